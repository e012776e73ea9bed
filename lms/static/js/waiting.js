// The page without a network: what still waits on this device, and which pages were kept.
import { letGo, onChange, owner, waiting } from "./store.js";
import { sendAll } from "./outbox.js";

const list = document.querySelector("[data-waiting]");
const pages = document.querySelector("[data-kept-pages]");
const button = document.querySelector("[data-send]");
const LONGEST = Number(pages.dataset.hours) * 3_600_000; // milliseconds that a page is kept, as a sign-in may rest

function item(record) {
  const row = document.createElement("li");
  const link = document.createElement("a");
  link.href = record.page;
  link.textContent = record.title;
  const count = record.kind === "draft" ? "bài viết" : `${record.entries.length} câu trả lời`;
  const state = document.createElement("p");
  state.className = `state ${record.refusal ? "state-bad" : "state-wait"}`;
  state.textContent = record.refusal ? `Máy chủ chưa nhận: ${record.refusal}` : "Chỉ có trên máy này, đang chờ gửi";
  const more = document.createElement("p");
  more.className = "quiet";
  more.textContent = `${count}, viết lúc ${new Date(record.at).toLocaleString("vi-VN")}`;
  row.append(link, more, state);
  if (owner && record.kind === "draft") row.append(text(record)); // whoever sits there without a sign-in reads nothing
  if (owner && record.refusal) row.append(discard(record));
  return row;
}

function text(record) {
  const whole = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "Xem phần đang chờ";
  whole.append(summary);
  for (const one of Object.values(record.texts).filter(Boolean)) {
    const area = document.createElement("p");
    area.className = "kept-text";
    area.textContent = one;
    whole.append(area);
  }
  return whole;
}

function discard(record) {
  const button = document.createElement("button");
  button.className = "second";
  button.textContent = "Xóa khỏi máy này";
  button.addEventListener("click", () => confirm("Phần này chỉ có trên máy này. Xóa hẳn?") && letGo(record.key));
  return button;
}

async function show() {
  const records = await waiting();
  list.replaceChildren(...records.map(item));
  list.hidden = !records.length;
  button.hidden = !owner || !records.length;
  document.querySelector("[data-nothing-waits]").hidden = records.length > 0;
}

async function showPages() {
  if (!globalThis.caches) return;
  const rows = [];
  for (const name of (await caches.keys()).filter((one) => one.startsWith("pages-"))) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const response = await cache.match(request);
      if (Date.now() - new Date(response.headers.get("Date") ?? 0) > LONGEST) {
        await cache.delete(request);
        continue;
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const link = document.createElement("a");
      link.href = request.url;
      link.textContent = page.querySelector("h1")?.textContent ?? request.url;
      const row = document.createElement("li");
      row.append(link);
      rows.push(row);
    }
  }
  pages.replaceChildren(...rows);
  pages.closest("section").hidden = !rows.length;
}

document.querySelector("[data-scripted]").hidden = false;
addEventListener("online", () => location.reload());
button.addEventListener("click", () => sendAll(true));
onChange(show);
show();
showPages();
