// The reviewer's desk: one key a criterion, Enter for the next essay (fetched beforehand), all typing kept on the server.
import { say, send } from "./send.js";

const main = document.querySelector("main");
const KEEP_AFTER = 800;
const RENEW_EVERY = 4 * 60_000;
let form; // of the essay that is shown; everything below belongs to it
let scores = [];
let counter = 0;
let timer;
let keeping = null;
let isChanged = false;
let isDeciding = false;
let isTyping = false; // the part of a score behind the comma: digits go into the field
let passage = null; // the words chosen for a comment
let following = null; // {address, page} of the next essay

const shown = () => scores.filter((input) => !input.closest("[data-criterion]").hidden);
const text = (number) => String(number).replace(".", ",");
const value = (input) => Number(input.value.trim().replace(",", ".") || NaN);
const isScore = (input) => value(input) >= 0 && value(input) <= 10;
const saveButton = () => form.querySelector("button[value=mark], button[value=criterion]");

function start() {
  form = main.querySelector("[data-desk]");
  if (!form) return;
  scores = [...form.querySelectorAll("[data-weight]")];
  passage = following = null;
  isTyping = isDeciding = isChanged = false;
  form.dataset.scripted = "";
  for (const one of main.querySelectorAll("[data-without-script]")) one.hidden = true;
  for (const one of main.querySelectorAll("[data-phrase], [data-help]")) one.hidden = false;
  showTotal();
  if (!scores.length || scores[0].disabled) return;
  for (const paragraph of main.querySelectorAll("p[data-start]")) paragraph.tabIndex = -1;
  const open = shown().find((input) => !input.value) ?? saveButton();
  open.focus({ preventScroll: true });
  claim();
  lookAhead(form.dataset.next);
}

function showTotal() {
  const total = form.querySelector("[data-total]");
  total.hidden = !scores.every(isScore);
  for (const input of scores) {
    const levels = [...input.closest("[data-criterion]").querySelectorAll("[data-least]")];
    const reached = isScore(input) ? levels.filter((level) => value(input) >= Number(level.dataset.least)) : [];
    const at = reached.sort((one, other) => other.dataset.least - one.dataset.least)[0];
    for (const level of levels) level.querySelector("button").setAttribute("aria-pressed", String(level === at));
  }
  if (total.hidden) return;
  const weights = scores.map((input) => Number(input.dataset.weight));
  const sum = scores.reduce((all, input, at) => all + value(input) * weights[at], 0);
  const mark = sum / weights.reduce((all, weight) => all + weight, 0);
  total.querySelector("strong").textContent = mark.toLocaleString("vi", { maximumFractionDigits: 2 });
}

// --- Keeping what is typed -------------------------------------------------------------------------------------------

function changed() {
  isChanged = true;
  showTotal();
  clearTimeout(timer);
  timer = setTimeout(keep, KEEP_AFTER);
}

function keep() {
  clearTimeout(timer);
  keeping ??= keepOnce().finally(() => {
    keeping = null;
    if (isChanged && !isDeciding) timer = setTimeout(keep, 4000);
  });
  return keeping;
}

async function keepOnce() {
  if (!isChanged || isDeciding) return;
  isChanged = false;
  const mine = form;
  const where = mine.querySelector("[data-where]");
  counter = Math.max(counter + 1, Date.now());
  const { status, body } = await send(mine.dataset.notes, {
    scores: Object.fromEntries(scores.map((input) => [input.name.replace(/^score-/, ""), input.value])),
    comment: mine.elements.comment.value,
    remarks: JSON.parse(mine.elements.remarks.value),
    counter,
  });
  if (mine !== form) return;
  if (status === 200) {
    counter = Math.max(counter, body.counter);
    say(where, "server", `Đã giữ trên máy chủ lúc ${body.saved_at}`);
    return;
  }
  isChanged = true;
  if (status === 401) {
    say(where, "failed", "Chưa giữ được: phiên đã hết hạn.", { href: form.dataset.signIn, text: "Đăng nhập lại ở thẻ khác", target: "_blank" });
  } else say(where, "here", `Chưa giữ được trên máy chủ, đang thử lại. ${body.error ?? ""}`);
}

addEventListener("beforeunload", (event) => {
  if (isChanged && !isDeciding) event.preventDefault();
});

// --- The lease -------------------------------------------------------------------------------------------------------

async function claim(takeOver = false) {
  const mine = form;
  const { status, body } = await send(mine.dataset.claim, { take_over: takeOver });
  if (mine !== form) return;
  const note = main.querySelector("[data-held]");
  if (status === 200) {
    note.hidden = body.is_mine;
    if (body.holder) note.querySelector("[data-holder]").textContent = `${body.holder} đang đọc bài này. Đồng chí vẫn chấm được; cả hai điểm đều được giữ.`;
  } else if (status === 409) {
    note.hidden = false;
    note.querySelector("[data-holder]").textContent = body.error;
  }
}

setInterval(() => form && !document.hidden && claim(), RENEW_EVERY);

// --- Going on --------------------------------------------------------------------------------------------------------

async function fetchPage(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
    return answer.ok ? { address: new URL(answer.url), page: await answer.text() } : null;
  } catch {
    return null;
  }
}

async function lookAhead(address) {
  const mine = form;
  const found = await fetchPage(address);
  if (mine !== form) return;
  following = found;
  form.dataset.following = ""; // the next essay lies ready
}

function show({ address, page }, said = "") {
  const read = new DOMParser().parseFromString(page, "text/html");
  document.title = read.title;
  main.replaceChildren(...read.querySelector("main").childNodes);
  if (said) {
    const note = document.createElement("div");
    note.className = "note note-good";
    note.setAttribute("role", "status");
    note.textContent = said;
    main.prepend(note);
  }
  if (address.href !== location.href) history.pushState({}, "", address);
  scrollTo(0, 0);
  start();
}

addEventListener("popstate", () => location.reload());

async function decide(decision) {
  if (isDeciding) return;
  isDeciding = true;
  clearTimeout(timer);
  await keeping;
  const sent = new FormData(form);
  sent.set("decision", decision);
  sent.set("counter", Math.max(counter + 1, Date.now()));
  const where = form.querySelector("[data-where]");
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body: sent, headers, credentials: "same-origin" });
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) {
      isChanged = false;
      const next = new URL(body.next, location.href);
      if (following?.address.href === next.href) show(following, body.said);
      else location.assign(next);
      return;
    }
    isChanged = answer.status !== 409;
    const link = { href: form.dataset.signIn, text: "Đăng nhập lại" };
    say(where, "failed", answer.status === 401 ? "Chưa lưu được: phiên đã hết hạn." : (body.error ?? "Chưa lưu được."), answer.status === 401 ? link : undefined);
  } catch {
    isChanged = true;
    say(where, "here", "Chưa lưu được: mất mạng. Đồng chí bấm lại khi có mạng.");
  }
  isDeciding = false;
  where.scrollIntoView({ block: "nearest" });
  if (isChanged) changed();
}

document.addEventListener("submit", (event) => {
  const decision = event.submitter?.value;
  if (event.target !== form) isChanged = isChanged && !keep();
  else if (["mark", "criterion", "return"].includes(decision)) {
    event.preventDefault();
    decide(decision);
  } else if (decision === "remark") {
    event.preventDefault();
    addRemark();
  } else if (decision?.startsWith("remove:")) {
    event.preventDefault();
    const remarks = JSON.parse(form.elements.remarks.value);
    remarks.splice(Number(decision.slice(7)) - 1, 1);
    showRemarks(remarks);
  } else if (decision?.startsWith("level:")) event.preventDefault();
});

// --- Scores ----------------------------------------------------------------------------------------------------------

function score(input, points) {
  input.value = points;
  isTyping = false;
  changed();
  const open = shown();
  const next = open.slice(open.indexOf(input) + 1).find((one) => !one.value) ?? open[open.indexOf(input) + 1];
  (next ?? saveButton()).focus({ preventScroll: false });
}

const current = () => shown().find((input) => input === document.activeElement) ?? shown().find((input) => !input.value);

function scoreKey(event) {
  const input = current();
  if (/^[0-9]$/.test(event.key) && input) score(input, event.key);
  else if (event.key.toLowerCase() === "x" && input) score(input, "10");
  else if (event.key === "," || event.key === ".") {
    const open = shown();
    const at = open.indexOf(document.activeElement);
    const last = at < 0 ? open.at(-1) : open[Math.max(0, at - 1)];
    if (!/^[0-9]+$/.test(last.value)) return false;
    last.value += ",";
    last.focus();
    isTyping = true;
    changed();
    last.setSelectionRange(9, 9);
  } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && event.target.dataset.weight && isScore(event.target)) {
    const step = event.key === "ArrowUp" ? 0.25 : -0.25;
    event.target.value = text(Math.min(10, Math.max(0, value(event.target) + step)));
    changed();
  } else return false;
  return true;
}

// --- Comments on words -----------------------------------------------------------------------------------------------

function choose() {
  const chosen = getSelection();
  if (!chosen.rangeCount || chosen.isCollapsed) return;
  const range = chosen.getRangeAt(0);
  const node = range.startContainer;
  const paragraph = (node.nodeType === 1 ? node : node.parentElement).closest("p[data-start]");
  if (!paragraph) return;
  if (!paragraph.contains(range.endContainer)) range.setEnd(paragraph, paragraph.childNodes.length);
  const before = document.createRange();
  before.setStart(paragraph, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const quote = range.toString();
  if (!quote.trim()) return;
  const start = Number(paragraph.dataset.start) + [...before.toString()].length;
  passage = { prompt_id: paragraph.dataset.prompt, start, quote };
  const where = main.querySelector("[data-chosen]");
  if (!where) return;
  where.hidden = false;
  where.textContent = `“${quote}”`;
}

document.addEventListener("selectionchange", () => form && choose());

async function addRemark() {
  const words = document.getElementById("remark_text");
  if (!words.value.trim()) return words.focus();
  if (!passage) {
    const place = document.getElementById("remark_at").value;
    const [prompt, start] = [place.slice(0, place.lastIndexOf(":")), place.slice(place.lastIndexOf(":") + 1)];
    const paragraph = [...main.querySelectorAll("p[data-start]")].find((one) => one.dataset.prompt === prompt && one.dataset.start === start);
    passage = { prompt_id: prompt, start: Number(start), quote: paragraph.textContent };
  }
  if (document.querySelector("[name=remark_keep]").checked) {
    const sent = new FormData();
    sent.set("csrf_token", form.elements.csrf_token.value);
    sent.set("text", words.value);
    await fetch(form.dataset.phrases, { method: "POST", body: sent, headers: { Accept: "application/json" } }).catch(() => {});
  }
  await showRemarks([...JSON.parse(form.elements.remarks.value), { ...passage, text: words.value.trim() }]);
}

// The server draws the text with its comments; what is typed is kept there first, so nothing is lost in between.
async function showRemarks(remarks) {
  form.elements.remarks.value = JSON.stringify(remarks);
  isChanged = true;
  await keep();
  if (isChanged) await keep();
  const page = isChanged ? null : await fetchPage(location.href);
  if (!page) return;
  const top = scrollY;
  show(page);
  scrollTo(0, top);
}

// --- Keys and thumbs -------------------------------------------------------------------------------------------------

const letters = {
  p() {
    const all = [...main.querySelectorAll("p[data-start]")];
    const next = all[(all.indexOf(document.activeElement) + 1) % all.length];
    next?.focus();
    if (next) getSelection().selectAllChildren(next);
  },
  c: () => document.getElementById("remark_text")?.focus(),
  g: () => form.elements.comment.focus(),
  m() {
    const prompts = form.querySelector(".prompts");
    prompts.open = !prompts.open;
  },
  z: () => main.querySelector("[data-undo] button")?.click(),
  "?": () => main.querySelector("[data-keys]").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!form || isDeciding || main.querySelector("dialog[open]")) return;
  const at = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (at.id === "remark_text") addRemark();
    else saveButton()?.click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || at.matches("textarea, select, input[type=date]")) return;
  if (event.key === "Enter" && at.dataset.weight) {
    event.preventDefault();
    isTyping = false;
    (shown()[shown().indexOf(at) + 1] ?? saveButton()).focus();
  } else if (event.key === "Enter" && at === document.body) saveButton()?.click();
  else if (at.matches("p[data-start]") && event.key.startsWith("Arrow")) {
    event.preventDefault();
    const way = event.key === "ArrowRight" || event.key === "ArrowDown" ? "forward" : "backward";
    getSelection().modify(event.shiftKey ? "extend" : "move", way, "word");
  } else if (!saveButton()) return;
  else if (isTyping && at.dataset.weight) return;
  else if (scoreKey(event)) event.preventDefault();
  else if (letters[event.key.toLowerCase()]) {
    event.preventDefault();
    letters[event.key.toLowerCase()]();
  }
});

document.addEventListener("input", (event) => {
  if (form && (event.target.dataset.weight || event.target === form.elements.comment)) changed();
});
document.addEventListener("focusout", (event) => {
  if (event.target.dataset?.weight) isTyping = false;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!form || !button) return;
  if (button.dataset.points !== undefined) {
    event.preventDefault();
    score(button.closest("[data-criterion]").querySelector("[data-weight]"), button.dataset.points);
  } else if (button.dataset.phrase !== undefined) {
    const words = document.getElementById("remark_text");
    words.value = words.value ? `${words.value} ${button.textContent}` : button.textContent;
    words.focus();
  } else if (button.dataset.help !== undefined) letters["?"]();
});

start();
