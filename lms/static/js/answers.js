// Saves each answer as it is chosen and says truthfully where it is. Without this script the form saves and hands in.
import { answerOf, showAnswer } from "./answer.js";
import { beat, now, pulse, received } from "./tick.js";
import { say, send } from "./send.js";
import { keep, kept, letGo, stayOpen } from "./store.js";
import { countWords } from "./words.js";
import { endsIn } from "./timer.js";

const form = document.querySelector("[data-answers]");
const unsaved = form.querySelector("[data-unsaved]");
const elsewhere = document.querySelector("[data-elsewhere]");
const place = `answers:${form.dataset.answers}`;
stayOpen(place);
const left = kept(place); // asked for before anything is kept anew
const waiting = new Map(); // question -> its fieldset, in the order of answering
const others = "BroadcastChannel" in window ? new BroadcastChannel(form.dataset.answers) : null; // tabs of this browser
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
  if (event.target.type !== "text" && event.target.type !== "textarea") return;
  clearTimeout(rest);
  showWords(event.target);
  rest = setTimeout(note, 1500, event.target.closest("[data-question]"));
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.target.type !== "text") return;
  event.preventDefault();
  note(event.target.closest("[data-question]"));
});

function showWords(field) {
  if (!field.dataset.mostWords) return;
  const words = countWords(field.value);
  const line = field.closest("[data-question]").querySelector("[data-words]");
  const beyond = words - Number(field.dataset.mostWords);
  line.hidden = false;
  line.textContent = beyond > 0 ? `Đã viết ${words} từ, ${beyond} từ cuối sẽ không được chấm.` : `Đã viết ${words} từ.`;
}

function note(fieldset) {
  if (!fieldset) return;
  clearTimeout(rest);
  counter = Math.max(counter + 1, Date.now());
  form.elements.counter.value = counter;
  fieldset.dataset.counter = counter;
  Object.assign(fieldset.dataset, now());
  waiting.delete(fieldset.dataset.question);
  waiting.set(fieldset.dataset.question, fieldset);
  say(state(fieldset), "waiting", "Đang lưu…");
  keepHere();
  stand();
  flush();
}

// For whoever shows where the questions stand.
function stand() {
  form.dispatchEvent(new CustomEvent("standing"));
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
    const sent = { question, chosen: answerOf(fieldset), counter: count, ...proof(fieldset) };
    const { status, body } = await send(form.dataset.answers, sent);
    if (status === 200) {
      received(body.tick);
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
  others?.postMessage({ question, chosen: body.chosen, counter: body.counter, saved_at: body.saved_at });
  if (body.is_newest) {
    say(state(fieldset), "saved", `Đã lưu lúc ${body.saved_at}`);
    return;
  }
  take(fieldset, body);
  if (body.is_checked) freeze(fieldset);
}

// Checked in another tab or on another device: no answer takes its place any more.
function freeze(fieldset) {
  for (const field of fieldset.querySelectorAll("input, select, textarea, [name=check]")) field.disabled = true;
  const again = { href: `?q=${fieldset.id.replace("cau-", "")}`, text: "Tải lại để xem" };
  say(state(fieldset), "saved", "Câu này đã kiểm tra ở nơi khác nên giữ nguyên câu trả lời.", again);
}

function proof(fieldset) {
  return fieldset.dataset.tick ? { tick: fieldset.dataset.tick, elapsed: Number(fieldset.dataset.elapsed) } : {};
}

// Another tab or device has answered: show the newer answer, and say so.
function take(fieldset, newer) {
  showAnswer(fieldset, newer.chosen);
  fieldset.dataset.counter = newer.counter;
  say(state(fieldset), "saved", `Đã lưu ở nơi khác lúc ${newer.saved_at}; đây là câu trả lời mới nhất.`);
  elsewhere.hidden = false;
}

function heard(newer) {
  const fieldset = form.querySelector(`[data-question="${CSS.escape(newer.question)}"]`);
  if (!fieldset || newer.counter <= Number(fieldset.dataset.counter ?? 0)) return;
  counter = Math.max(counter, newer.counter);
  waiting.delete(newer.question);
  take(fieldset, newer);
  tell();
}

// What the server does not have yet is kept in the browser, so that a reload or a new sign-in finds it again.
function keepHere() {
  const entries = [...waiting.values()].map((one) => [one.dataset.question, answerOf(one), Number(one.dataset.counter), proof(one)]);
  if (!entries.length) return letGo(place);
  const record = { key: place, kind: "answers", title: document.querySelector("h1").textContent, page: location.pathname };
  return keep({ ...record, address: form.dataset.answers, entries, waits: true });
}

function tell() {
  keepHere();
  stand();
  unsaved.hidden = !waiting.size;
  unsaved.textContent = waiting.size ? `Còn ${waiting.size} câu chưa lưu trên máy chủ. Đừng đóng trang này.` : "";
}

async function recall(touched) {
  for (const [question, ids, count, { tick = "", elapsed = 0 } = {}] of (await left)?.entries ?? []) {
    const fieldset = form.querySelector(`[data-question="${CSS.escape(question)}"]`);
    if (!fieldset || touched.includes(fieldset) || count <= Number(fieldset.dataset.counter ?? 0)) continue;
    showAnswer(fieldset, ids);
    Object.assign(fieldset.dataset, { counter: count, tick, elapsed });
    counter = Math.max(counter, count);
    waiting.set(question, fieldset);
    say(state(fieldset), "waiting", "Đang gửi câu trả lời giữ trên máy này…");
  }
  flush();
}

// Somebody may have answered before this script came; the page itself shows only what the server has.
async function catchUp() {
  const isAnswered = (fieldset) => [...fieldset.querySelectorAll("input, select, textarea")].some(isTouched);
  const touched = [...form.querySelectorAll("[data-question]")].filter(isAnswered);
  await recall(touched);
  touched.forEach(note);
}

function isTouched(control) {
  if (control.type === "radio" || control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
  const first = [...control.options].findLast((option) => option.defaultSelected) ?? control.options[0];
  return control.value !== first.value;
}

async function ask() {
  if (signedOut || leaving) return;
  const body = await pulse(form.dataset.pulse, counter);
  if (!body) return;
  endsIn(body.seconds_left);
  for (const newer of body.newer) heard(newer);
  if (body.is_over && !waiting.size) {
    leaving = true;
    location.reload();
  }
}

others?.addEventListener("message", (event) => heard(event.data));
beat(ask);
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  leaving = false;
  flush().then(ask);
});
addEventListener("online", () => flush().then(ask));
setInterval(() => waiting.size && !signedOut && flush(), 5000);
addEventListener("beforeunload", (event) => {
  keepHere();
  if (waiting.size && !signedOut && !leaving) event.preventDefault();
});
// Whichever button sends the form: first everything is on the server, then the page goes.
form.addEventListener("submit", async (event) => {
  if (leaving) return;
  leaving = !waiting.size;
  if (leaving) return;
  event.preventDefault();
  await flush();
  if (!waiting.size) {
    leaving = true;
    form.requestSubmit(event.submitter);
    return;
  }
  const deed = event.submitter?.name === "check" ? "kiểm tra" : "nộp";
  if (signedOut) {
    say(unsaved, "failed", `Chưa ${deed} được: phiên đã hết hạn.`, signIn);
  } else {
    say(unsaved, "waiting", `Chưa ${deed} được: đang chờ mạng. Câu trả lời vẫn giữ trên máy này; có mạng, đồng chí bấm lại.`);
  }
});

catchUp();
