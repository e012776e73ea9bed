// Keeps a reflection in the browser with every change and on the server within seconds, and says truthfully where it is.
import { pasteCleanly } from "./paste.js";
import { say, send } from "./send.js";
import { keep, kept, stayOpen } from "./store.js";
import { countWords } from "./words.js";

const SAVE_AFTER = 3000;
const SAVE_AT_LATEST = 9000;

const form = document.querySelector("[data-draft]");
const where = document.querySelector("[data-where]");
const place = `draft:${form.dataset.draft}`;
const areas = [...form.querySelectorAll("textarea")];
let basedOn = Number(form.elements.based_on.value);
let onServer = JSON.stringify(texts((area) => area.defaultValue)); // somebody may have typed before this script came
let timer;
let firstUnsaved = 0;
let sending = null;
let unanswered = null; // sent, but no answer came: it may stand on the server or not
let leaving = false;
let savedAt = form.dataset.serverTime;

function texts(of = (area) => area.value) {
  return Object.fromEntries(areas.map((area) => [area.name.replace(/^text-/, ""), of(area)]));
}

function count(area) {
  const shown = form.querySelector(`[data-count-for="${area.id}"]`);
  const words = countWords(area.value);
  shown.textContent = `${words} từ`;
  shown.dataset.enough = words >= Number(area.dataset.least) && words <= Number(area.dataset.most) ? "yes" : "no";
}

function isSaved() {
  return JSON.stringify(texts()) === onServer;
}

// What the server has is kept too: without a network the page that opens again is older than that.
function keepHere() {
  const record = { key: place, kind: "draft", title: form.dataset.title, page: location.pathname, address: form.action };
  return keep({ ...record, texts: texts(), basedOn, unanswered, savedAt, waits: !isSaved() });
}

function changed() {
  const isKept = keepHere();
  if (isSaved()) return;
  firstUnsaved ||= performance.now();
  clearTimeout(timer);
  timer = setTimeout(save, Math.max(0, Math.min(SAVE_AFTER, firstUnsaved + SAVE_AT_LATEST - performance.now())));
  isKept.then((kept) => {
    if (isSaved() || sending) return;
    say(where, "here", kept ? "Mới giữ trên máy này, đang chờ lưu lên máy chủ…" : "Chưa lưu, đang chờ lưu lên máy chủ…");
  });
}

function save() {
  clearTimeout(timer);
  if (!isSaved()) {
    sending ??= saveOnce().finally(() => {
      sending = null;
    });
  }
  return sending;
}

// What was sent without an answer goes out again before anything newer, or the two would look like two devices.
async function saveOnce() {
  const sent = unanswered ?? texts();
  unanswered = sent;
  keepHere();
  const { status, body } = await send(form.action, { texts: sent, based_on: basedOn });
  if (status > 0 && status < 500) unanswered = null;
  if (status === 200 && body.is_aside) {
    onServer = JSON.stringify(sent);
    keepHere();
    leaving = true;
    location.assign(`${location.pathname}#hai-ban`);
    location.reload();
  } else if (status === 200) {
    onServer = JSON.stringify(sent);
    basedOn = body.number;
    form.elements.based_on.value = basedOn;
    firstUnsaved = 0;
    savedAt = body.saved_at;
    keepHere();
    if (isSaved()) say(where, "server", `Đã lưu trên máy chủ lúc ${body.saved_at}`);
    else changed();
  } else if (status === 401) {
    say(where, "failed", "Chỉ có trên máy này: phiên đã hết hạn.", { href: form.dataset.signIn, text: "Đăng nhập lại để lưu" });
  } else if (status === 0 || status >= 500) {
    say(where, "here", "Chỉ có trên máy này, đang chờ mạng.");
    timer = setTimeout(save, 5000);
  } else {
    say(where, "failed", `Chỉ có trên máy này. ${body.error ?? "Máy chủ chưa nhận."}`);
  }
}

async function recall() {
  const record = await kept(place);
  if (!record) return;
  const shown = plain(texts());
  if (plain(record.texts) === shown || (!record.waits && record.basedOn <= basedOn)) return;
  for (const area of areas) {
    const text = record.texts[area.name.replace(/^text-/, "")];
    if (typeof text === "string") area.value = text;
  }
  if (!record.waits) {
    onServer = JSON.stringify(texts());
    savedAt = record.savedAt;
    say(where, "server", `Đã lưu trên máy chủ lúc ${savedAt}`);
  }
  if (!record.unanswered || plain(record.unanswered) !== shown) {
    basedOn = record.basedOn;
    unanswered = record.waits ? record.unanswered : null;
  }
  form.elements.based_on.value = basedOn;
}

// Texts as the server keeps them: in one form of Unicode, without spaces around.
function plain(all) {
  return JSON.stringify(areas.map((area) => (all[area.name.replace(/^text-/, "")] ?? "").normalize("NFC").trim()));
}

if (matchMedia("(min-width: 1280px)").matches) {
  for (const one of document.querySelectorAll("[data-beside]")) one.open = true; // there is room beside the text
}
stayOpen(place);
await recall();
for (const area of areas) {
  count(area);
  pasteCleanly(area);
  area.addEventListener("input", () => {
    count(area);
    changed();
  });
}
changed();
addEventListener("online", save);
document.addEventListener("visibilitychange", () => document.hidden && save());
form.addEventListener("submit", async (event) => {
  leaving ||= isSaved() && !sending;
  if (leaving) return;
  event.preventDefault();
  say(where, "here", "Đang lưu lên máy chủ…");
  await save();
  await save(); // the first may have carried what was typed before
  if (leaving || !isSaved()) return; // the line above the buttons says why
  leaving = true;
  form.requestSubmit(event.submitter);
});
addEventListener("beforeunload", (event) => {
  keepHere();
  if (!leaving && !isSaved()) event.preventDefault();
});
