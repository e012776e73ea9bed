// The reviewer's desk by keyboard: the running mark, Ctrl+Enter to save and go on, and a claim that renews itself.
import { send } from "./send.js";

const form = document.querySelector("[data-claim]");
const total = form.querySelector("[data-total]");
const scores = [...form.querySelectorAll("[data-weight]")];

function showTotal() {
  const values = scores.map((input) => Number(input.value.replace(",", ".") || NaN));
  total.hidden = values.some(Number.isNaN);
  if (total.hidden) return;
  const weights = scores.map((input) => Number(input.dataset.weight));
  const sum = values.reduce((all, value, at) => all + value * weights[at], 0);
  const mark = sum / weights.reduce((all, weight) => all + weight, 0);
  total.querySelector("strong").textContent = mark.toLocaleString("vi", { maximumFractionDigits: 2 });
}

form.addEventListener("input", showTotal);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.querySelector("button[value=mark]")?.click();
  } else if (event.key === "Enter" && event.target.dataset.weight) {
    event.preventDefault();
    (scores[scores.indexOf(event.target) + 1] ?? form.elements.comment).focus();
  }
});

showTotal();
if (scores.length && !scores[0].disabled) {
  const claim = () => send(form.dataset.claim, {});
  claim();
  setInterval(claim, 4 * 60_000);
  scores[0].focus({ preventScroll: true });
}
