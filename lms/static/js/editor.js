// The editor while one types: faults and preview of the unsaved text, pieces to put in, and nothing typed gets lost.
import { say, send } from "./send.js";

const CHECK_AFTER = 600;
const LARGEST_PICTURE = 5_000_000;

const form = document.querySelector("[data-editor]");
const area = form.elements.text;
const where = form.querySelector("[data-where]");
const frame = document.querySelector("iframe[name=preview]");
const list = document.querySelector("[data-faults]");
const place = `editor:${form.dataset.file}`;
const saved = plain(form.querySelector("[data-saved]").value);
let basedOn = form.elements.based_on.value;
let touched = false;
let leaving = false;
let timer;
let checking = false;
let shownPart = ""; // "" while the author has not chosen a place

// As the server keeps it: composed letters, plain line ends, one line end at the last line.
function plain(text) {
  return `${text.normalize("NFC").replace(/\r\n?/g, "\n").replace(/\n+$/, "")}\n`;
}

function isSaved() {
  return plain(area.value) === saved;
}

// --- keeping

function keep() {
  try {
    if (isSaved()) localStorage.removeItem(place);
    else localStorage.setItem(place, JSON.stringify({ text: area.value, basedOn }));
    say(where, "here", isSaved() ? "" : "Chưa lưu; một bản được giữ trên máy này.");
  } catch {
    say(where, "here", "Chưa lưu.");
  }
}

function recall() {
  const note = document.querySelector("[data-kept]");
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(place) ?? "null");
  } catch {
    return;
  }
  if (typeof kept?.text !== "string" || area.readOnly) return;
  if (plain(kept.text) === saved || plain(kept.text) === plain(area.value)) {
    localStorage.removeItem(place);
    return;
  }
  note.hidden = false;
  note.querySelector("[data-bring-back]").addEventListener("click", () => {
    area.value = kept.text;
    basedOn = form.elements.based_on.value = kept.basedOn; // so that a save by somebody else meanwhile is noticed
    note.hidden = true;
    area.focus();
    changed();
  });
  note.querySelector("[data-throw-away]").addEventListener("click", () => {
    localStorage.removeItem(place);
    note.hidden = true;
    area.focus();
  });
}

// --- faults and preview

function changed() {
  touched = true;
  keep();
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_AFTER);
}

async function check() {
  if (checking) return;
  checking = true;
  const text = area.value;
  const { status, body } = await send(form.dataset.check, { text });
  checking = false;
  if (status === 200) {
    showFaults(body.faults, body.others);
    showPreview(body.preview);
  } else if (status === 401) {
    say(where, "failed", "Phiên đã hết hạn. Bấm Lưu để đăng nhập lại, nội dung vẫn được giữ.");
  } else if (status === 0) {
    say(where, "failed", "Mất mạng: chưa kiểm tra được. Bản chưa lưu vẫn giữ trên máy này.");
  } else {
    say(where, "failed", body.error ?? "Chưa kiểm tra được.");
  }
  if (area.value !== text) changed();
}

function showFaults(faults, others) {
  list.replaceChildren(...faults.map(shown));
  document.querySelector("[data-count]").textContent = faults.length
    ? `${faults.length} điểm cần xem`
    : "không có lỗi trong tệp này";
  const rest = document.querySelector("[data-others]");
  rest.hidden = !others;
  rest.textContent = `Các tệp khác của chuyên đề còn ${others} điểm cần xem.`;
}

function shown(fault) {
  const item = document.createElement("li");
  item.className = `fault fault-${fault.severity}`;
  const link = document.createElement("a");
  link.href = "#text";
  link.dataset.line = fault.line;
  link.textContent = `Dòng ${fault.line}`;
  const name = document.createElement("strong");
  name.textContent = `${fault.name}:`;
  item.append(link, " ", name, ` ${fault.message} ${fault.cure}`);
  if (fault.excerpt) {
    const excerpt = document.createElement("q");
    excerpt.textContent = fault.excerpt;
    item.append(" ", excerpt);
  }
  return item;
}

// The page in the frame stays, so that it neither flickers nor scrolls nor fills the browser's history.
function showPreview(html) {
  const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  const old = frame.contentDocument?.querySelector("main");
  if (main && old) {
    old.replaceWith(main);
    follow();
  } else frame.addEventListener("load", () => showPreview(html), { once: true });
}

// The preview shows the part in which the author is writing: the last heading, or the question, above the cursor.
function follow() {
  const above = area.value.slice(0, area.selectionStart).match(/^##/gm)?.length ?? 0;
  const parts = frame.contentDocument?.querySelectorAll(".text h2, .text h3, form > .question, form > .note") ?? [];
  const part = `${above}/${parts.length}`;
  if (part === shownPart || !parts.length) return;
  shownPart = part;
  const top = above ? (parts[above - 1] ?? parts[parts.length - 1]).getBoundingClientRect().top : -Infinity;
  frame.contentWindow.scrollTo(0, Math.max(0, top + frame.contentWindow.scrollY - 8));
}

frame.addEventListener("load", () => {
  if (!shownPart) return;
  shownPart = "";
  follow();
});

list.addEventListener("click", (event) => {
  const line = Number(event.target.closest("[data-line]")?.dataset.line);
  if (!line) return;
  event.preventDefault();
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  select(start, start + (lines[line - 1] ?? "").length);
});

function select(start, end) {
  area.setSelectionRange(start, start);
  area.blur(); // focusing anew brings the place into view
  area.focus();
  area.setSelectionRange(start, end);
  follow();
}

// --- putting pieces in

function insert(piece) {
  let at = touched || area.selectionStart ? area.selectionStart : area.value.length;
  let end = area.selectionEnd < at ? at : area.selectionEnd;
  if (piece.startsWith("## ") && piece.includes("\nkind:")) {
    const next = area.value.indexOf("\n## ", at);
    at = end = next < 0 ? area.value.length : next + 1;
    piece = withFreeId(piece);
  }
  if (piece.includes("\n")) {
    const before = area.value.slice(0, at);
    const gap = before.endsWith("\n\n") || !before ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    piece = `${gap}${piece.replace(/\n*$/, "\n")}${area.value.slice(end).trim() ? "\n" : ""}`;
  }
  area.focus();
  area.setSelectionRange(at, end);
  if (!document.execCommand("insertText", false, piece)) area.setRangeText(piece, at, end, "end"); // the first can be undone
  changed();
}

function withFreeId(piece) {
  const id = piece.slice(3, piece.indexOf("\n"));
  const [, stem, number] = /^(.*?)(\d*)$/.exec(id);
  let free = id;
  for (let next = Number(number || 1) + 1; `\n${area.value}\n`.includes(`\n## ${free}\n`); next += 1) {
    free = `${stem}${String(next).padStart(number.length || 1, "0")}`;
  }
  return `## ${free}${piece.slice(piece.indexOf("\n"))}`;
}

for (const button of document.querySelectorAll("[data-insert]")) {
  button.hidden = false;
  button.addEventListener("click", () => insert(button.dataset.insert));
}

const picture = document.querySelector("[data-picture]");
picture?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = picture.querySelector("[data-picture-error]");
  const file = picture.elements.picture.files[0];
  if (file && file.size > LARGEST_PICTURE) {
    error.textContent = "Ảnh lớn hơn 5 MB. Thu nhỏ ảnh rồi thử lại.";
    return;
  }
  error.textContent = "";
  try {
    const answer = await fetch(picture.action, {
      method: "POST",
      body: new FormData(picture),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
    const body = await answer.json();
    if (body.markdown) {
      insert(`${body.markdown}\n`);
      picture.reset();
    } else error.textContent = body.error ?? "Chưa tải được ảnh.";
  } catch {
    error.textContent = "Mất mạng: chưa tải được ảnh. Đồng chí thử lại.";
  }
});

// --- the width of the preview

const widths = document.querySelector(".widths");
const box = document.querySelector("[data-frame]");
const DESK = 1280;
const LEAST_SCALE = 0.6; // smaller is no text; a phone scrolls sideways in the frame

function fit() {
  const scale = box.dataset.frame === "desk" ? Math.max(LEAST_SCALE, Math.min(1, box.clientWidth / DESK)) : 1;
  frame.style.transform = scale < 1 ? `scale(${scale})` : "";
  frame.style.width = box.dataset.frame === "desk" ? `${DESK}px` : "";
  frame.style.height = scale < 1 ? `${box.clientHeight / scale}px` : "";
}

widths.hidden = false;
widths.addEventListener("click", (event) => {
  const width = event.target.dataset.width;
  if (!width) return;
  box.dataset.frame = width;
  for (const button of widths.children) button.setAttribute("aria-pressed", String(button.dataset.width === width));
  fit();
  box.scrollIntoView({ block: "nearest" });
});
addEventListener("resize", fit);

// --- the way in and out

for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;
area.addEventListener("input", changed);
area.addEventListener("click", () => {
  touched = true;
  follow();
});
form.addEventListener("submit", () => {
  leaving = true;
  try {
    sessionStorage.setItem(place, JSON.stringify([area.selectionStart, area.scrollTop, scrollY]));
  } catch {
    /* without it the page opens at its top */
  }
});
addEventListener("keydown", (event) => {
  if (event.key === "s" && (event.ctrlKey || event.metaKey) && !area.readOnly) {
    event.preventDefault();
    form.requestSubmit();
  }
});
addEventListener("beforeunload", (event) => {
  if (!leaving && !isSaved()) event.preventDefault();
});

function comeBack() {
  try {
    const [caret, inside, page] = JSON.parse(sessionStorage.getItem(place) ?? "[]");
    sessionStorage.removeItem(place);
    if (caret === undefined) return;
    area.setSelectionRange(caret, caret);
    area.scrollTop = inside;
    scrollTo(0, page);
    touched = true;
  } catch {
    /* as above */
  }
}

recall();
comeBack();
if (!isSaved()) {
  const id = area.value.lastIndexOf("\n## ");
  const stem = area.value.indexOf("\n\n", id) + 2;
  if (location.hash === "#text" && id > 0 && stem > 1) select(stem, area.value.indexOf("\n", stem)); // to type over it
  changed();
}
