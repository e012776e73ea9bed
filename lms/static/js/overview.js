// Keeps the overview of the questions true while they are being answered.
import { answerOf } from "./answer.js";

const form = document.querySelector("[data-answers]");
const overview = document.querySelector("[data-overview]");
const questions = [...form.querySelectorAll("[data-question]")];
const UNSAVED = ["waiting", "failed"];

function show() {
  let answered = 0;
  questions.forEach((fieldset, at) => {
    const [state, flag] = overview.querySelectorAll(`[data-seat="${at + 1}"] .state`);
    const isUnsaved = UNSAVED.includes(fieldset.querySelector("[data-state]").dataset.state);
    const isChecked = "checked" in fieldset.dataset;
    const isAnswered = isChecked || answerOf(fieldset).length > 0;
    answered += isAnswered;
    state.className = `state state-${isUnsaved ? "wait" : isAnswered ? "done" : "open"}`;
    state.textContent = isUnsaved ? "Chưa lưu" : isChecked ? "Đã kiểm tra" : isAnswered ? "Đã trả lời" : "Chưa trả lời";
    flag.hidden = !fieldset.querySelector("[data-flagged] .state");
  });
  overview.querySelector("[data-answered]").textContent = `đã trả lời ${answered}/${questions.length} câu`;
}

form.addEventListener("standing", show);
show();
