// On every page of a signed-in person: sends what waits, says what still does, and keeps pages for hours without a
// network. On the sign-in page it says that somebody's writing waits on this device.
import { claim, onChange, owner, waiting, wipe } from "./store.js";
import { sendAll } from "./outbox.js";

const AGAIN = 30_000;
const root = document.documentElement;
const main = document.querySelector("main");
const bar = note("note-wait");
const copy = note("note-wait");

function note(kind) {
  const element = document.createElement("div");
  element.className = `note ${kind}`;
  element.setAttribute("role", "status");
  element.hidden = true;
  main.prepend(element);
  return element;
}

function fill(element, text, href, label) {
  const line = document.createElement("p");
  line.textContent = text;
  if (href) {
    const anchor = document.createElement("a");
    anchor.href = href;
    anchor.textContent = label;
    line.append(" ", anchor);
  }
  element.replaceChildren(line);
  element.hidden = !text;
}

/** “1 bài viết và 3 câu trả lời” of what waits. */
function inWords(records) {
  const drafts = records.filter((one) => one.kind === "draft").length;
  const answers = records.flatMap((one) => one.entries ?? []).length;
  return [drafts && `${drafts} bài viết`, answers && `${answers} câu trả lời`].filter(Boolean).join(" và ");
}

async function tell() {
  const here = location.pathname;
  const records = (await waiting()).filter((one) => one.page !== here); // the page itself says where its own text is
  if (document.querySelector("[data-waiting]")) return; // the page is the list itself
  if (!owner) {
    const text = records.length
      ? `Trên máy này còn ${inWords(records)} chưa gửi lên máy chủ. Người viết đăng nhập lại thì tự gửi đi; người khác đăng nhập thì phần đó bị xóa khỏi máy.`
      : "";
    fill(bar, text);
  } else fill(bar, records.length ? `Chưa gửi: ${inWords(records)}.` : "", root.dataset.waitingPage, "Xem phần chưa gửi");
}

let isBack = false; // a copy was shown because no answer came, whatever the browser thinks of its network
function tellOfNetwork() {
  const opened = root.dataset.kept;
  if (opened && isBack) fill(copy, "Đã có mạng lại.", location.href, "Tải lại trang để xem bản mới nhất");
  else if (opened) {
    const text = `Không có mạng, hoặc mạng quá chậm. Đây là trang đồng chí đã mở lúc ${moment(opened)}, giữ trên máy này.`;
    fill(copy, text, location.href, "Thử tải lại");
  }
  else if (!navigator.onLine) fill(copy, "Không có mạng. Phần đồng chí viết được giữ trên máy này và tự gửi khi có mạng.");
  else fill(copy, "");
}

function moment(iso) {
  return new Date(iso).toLocaleString("vi-VN", { hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit", year: "numeric" });
}

async function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  const isNew = !navigator.serviceWorker.controller;
  await navigator.serviceWorker.register(root.dataset.worker, { scope: "/" });
  if (!isNew) return;
  const { active } = await navigator.serviceWorker.ready;
  const parts = performance.getEntriesByType("resource").map((entry) => entry.name);
  active.postMessage({ keep: [location.href.split("#")[0], ...parts] });
}

// Nothing of this person stays on a device that others use; what cannot be sent is asked about first.
async function leave(event) {
  event.preventDefault();
  await sendAll();
  const records = await waiting();
  const left = [inWords(records), Object.keys(localStorage).some((key) => key.startsWith("editor:")) ? "bản thảo chuyên đề" : ""].filter(Boolean).join(" và ");
  const text = `Còn ${left} chưa gửi lên máy chủ. Đăng xuất thì phần đó bị xóa khỏi máy này. Vẫn đăng xuất?`;
  if (left && !confirm(text)) return;
  await wipe();
  event.target.submit();
}

if (owner) {
  await claim();
  keepPages().catch(() => {}); // works without, as on plain HTTP
  document.querySelector("form[data-sign-out]")?.addEventListener("submit", leave);
  addEventListener("online", () => sendAll());
  setInterval(async () => (await waiting()).length && sendAll(), AGAIN);
  sendAll();
}
addEventListener("online", () => {
  isBack = true;
  tellOfNetwork();
});
addEventListener("offline", tellOfNetwork);
tellOfNetwork();
onChange(tell);
tell();
