// Flags a question to come back to it later. Without this script the button sends the form.
import { send } from "./send.js";
import { keep, kept, letGo } from "./store.js";

const form = document.querySelector("[data-answers]");
const place = `flags:${form.dataset.flags}`;
const waiting = new Map(); // question -> { is_on, counter }
let sending = null;

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-flag]");
  if (!button) return;
  event.preventDefault();
  const fieldset = button.closest("[data-question]");
  const isOn = button.value.startsWith("on:");
  waiting.set(fieldset.dataset.question, { is_on: isOn, counter: Date.now() });
  show(fieldset, isOn);
  keepHere();
  flush();
});

function show(fieldset, isOn) {
  const button = fieldset.querySelector("[data-flag]");
  button.value = `${isOn ? "off" : "on"}:${fieldset.dataset.question}`;
  button.textContent = isOn ? "Bỏ đánh dấu" : "Đánh dấu để xem lại sau";
  const told = fieldset.querySelector("[data-flagged]");
  told.textContent = "";
  if (isOn) {
    const state = document.createElement("span");
    state.className = "state state-flag";
    state.textContent = "Xem lại sau";
    told.append(state);
  }
  form.dispatchEvent(new CustomEvent("standing"));
}

function flush() {
  sending ??= sendWaiting().finally(() => {
    sending = null;
  });
  return sending;
}

async function sendWaiting() {
  while (waiting.size) {
    const [question, flag] = waiting.entries().next().value;
    const { status, body } = await send(form.dataset.flags, { question, ...flag });
    if (status === 0 || status === 401 || status >= 500) break;
    if (waiting.get(question) === flag) {
      waiting.delete(question);
      if (status === 200 && body.is_on !== flag.is_on) show(fieldsetOf(question), body.is_on);
    }
  }
  keepHere();
}

function fieldsetOf(question) {
  return form.querySelector(`[data-question="${CSS.escape(question)}"]`);
}

// What the server does not have yet is kept in the browser, as answers are.
function keepHere() {
  return waiting.size ? keep({ key: place, kind: "flags", waits: false, entries: [...waiting] }) : letGo(place);
}

async function recall() {
  for (const [question, flag] of (await kept(place))?.entries ?? []) {
    const fieldset = fieldsetOf(question);
    if (!fieldset || waiting.has(question)) continue;
    waiting.set(question, flag);
    show(fieldset, flag.is_on);
  }
  if (waiting.size) flush();
}

addEventListener("online", flush);
setInterval(() => waiting.size && flush(), 5000);
recall();
