// Saves each answer as it is chosen and says truthfully where it is. Without this script the form saves and hands in.
import { answerOf, showAnswer } from "./answer.js";
import { say, send } from "./send.js";

const form = document.querySelector("[data-answers]");
const unsaved = form.querySelector("[data-unsaved]");
const waiting = new Map(); // question -> its fieldset, in the order of answering
let counter = Number(form.elements.counter.value);
let sending = null;
let signedOut = false;
let leaving = false;
const signIn = { href: form.dataset.signIn, text: "Đăng nhập lại để lưu" };

form.querySelector("[data-without-script]").hidden = true;

form.addEventListener("change", (event) => {
  note(event.target.closest("[data-question]"));
});

// What is typed is saved after a short rest, not only when the field is left; Enter saves and never hands in.
let rest = 0;
form.addEventListener("input", (event) => {
  if (event.target.type !== "text") return;
  clearTimeout(rest);
  rest = setTimeout(note, 1500, event.target.closest("[data-question]"));
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.target.type !== "text") return;
  event.preventDefault();
  note(event.target.closest("[data-question]"));
});

function note(fieldset) {
  if (!fieldset) return;
  clearTimeout(rest);
  counter = Math.max(counter + 1, Date.now());
  form.elements.counter.value = counter;
  fieldset.dataset.counter = counter;
  waiting.delete(fieldset.dataset.question);
  waiting.set(fieldset.dataset.question, fieldset);
  say(state(fieldset), "waiting", "Đang lưu…");
  keepHere();
  flush();
}

function state(fieldset) {
  return fieldset.querySelector("[data-state]");
}

function flush() {
  sending ??= sendWaiting().finally(() => {
    sending = null;
  });
  return sending;
}

async function sendWaiting() {
  while (waiting.size) {
    const [question, fieldset] = waiting.entries().next().value;
    const count = Number(fieldset.dataset.counter);
    const { status, body } = await send(form.dataset.answers, { question, chosen: answerOf(fieldset), counter: count });
    if (status === 200) {
      counter = Math.max(counter, body.counter);
      if (Number(fieldset.dataset.counter) === count) settle(question, fieldset, body);
    } else if (status === 0 || status >= 500) {
      for (const one of waiting.values()) say(state(one), "waiting", "Đang chờ mạng – chưa lưu trên máy chủ");
      break;
    } else if (status === 401) {
      signedOut = true;
      for (const one of waiting.values()) say(state(one), "failed", "Chưa lưu được: phiên đã hết hạn.", signIn);
      break;
    } else {
      waiting.delete(question);
      say(state(fieldset), "failed", `Chưa lưu được. ${body.error ?? ""}`);
    }
  }
  tell();
}

function settle(question, fieldset, body) {
  waiting.delete(question);
  if (body.is_newest) {
    say(state(fieldset), "saved", `Đã lưu lúc ${body.saved_at}`);
    return;
  }
  showAnswer(fieldset, body.chosen);
  say(state(fieldset), "waiting", "Câu này vừa được trả lời ở máy khác; đây là câu trả lời mới nhất.");
}

// What the server does not have yet is kept in the browser, so that a reload or a new sign-in finds it again.
const place = `answers:${form.dataset.answers}`;

function keepHere() {
  const entries = [...waiting.values()].map((one) => [one.dataset.question, answerOf(one), Number(one.dataset.counter)]);
  try {
    if (entries.length) localStorage.setItem(place, JSON.stringify(entries));
    else localStorage.removeItem(place);
  } catch {
    // Private mode without storage: the open page still holds the answers.
  }
}

function tell() {
  keepHere();
  unsaved.hidden = !waiting.size;
  unsaved.textContent = waiting.size ? `Còn ${waiting.size} câu chưa lưu trên máy chủ. Đừng đóng trang này.` : "";
}

function recall() {
  let entries = [];
  try {
    entries = JSON.parse(localStorage.getItem(place) ?? "[]");
  } catch {
    return;
  }
  for (const [question, ids, count] of entries) {
    const fieldset = form.querySelector(`[data-question="${CSS.escape(question)}"]`);
    if (!fieldset) continue;
    showAnswer(fieldset, ids);
    fieldset.dataset.counter = count;
    counter = Math.max(counter, count);
    waiting.set(question, fieldset);
    say(state(fieldset), "waiting", "Đang gửi câu trả lời giữ trên máy này…");
  }
  flush();
}

addEventListener("online", flush);
setInterval(() => waiting.size && !signedOut && flush(), 5000);
addEventListener("beforeunload", (event) => {
  keepHere();
  if (waiting.size && !signedOut && !leaving) event.preventDefault();
});
form.addEventListener("submit", async (event) => {
  if (leaving) return;
  const empty = [...form.querySelectorAll("[data-question]")].filter((one) => !answerOf(one).length).length;
  const agreed = !empty || confirm(`Còn ${empty} câu chưa trả lời. Nộp bài?`);
  leaving = agreed && !waiting.size;
  if (leaving) return;
  event.preventDefault();
  if (!agreed) return;
  await flush();
  if (!waiting.size) {
    leaving = true;
    form.requestSubmit();
  } else if (signedOut) {
    say(unsaved, "failed", "Chưa nộp được: phiên đã hết hạn.", signIn);
  } else {
    say(unsaved, "waiting", "Chưa nộp được: đang chờ mạng. Câu trả lời vẫn giữ trên máy này; có mạng, đồng chí bấm nộp lại.");
  }
});

const clock = document.querySelector("[data-time-left]");
const warning = document.querySelector("[data-time-warning]");
const end = performance.now() + Number(clock.dataset.timeLeft) * 1000;
const SOON = 120; // seconds before the end when people are warned
function tick() {
  const left = Math.max(0, Math.round((end - performance.now()) / 1000));
  clock.hidden = false;
  clock.textContent = left ? `Còn ${Math.floor(left / 60)} phút ${String(left % 60).padStart(2, "0")} giây.` : "Đã hết giờ. Những câu đã lưu được tính; đồng chí bấm “Nộp bài” để xem kết quả.";
  if (left <= SOON && !("soon" in clock.dataset)) {
    clock.dataset.soon = "";
    warning.textContent = "Sắp hết giờ làm bài.";
  }
  if (left) setTimeout(tick, 1000);
  else warning.textContent = clock.textContent;
}
tick();
recall();
