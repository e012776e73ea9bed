// Tries what a quiz will need: this script itself, a place to keep answers, the network, the clock, and one answer.
import { say, send } from "./send.js";
import { keep, kept, letGo } from "./store.js";

const table = document.querySelector("[data-try-out]");
const form = document.querySelector("[data-try-out-form]");
const address = table.dataset.tryOut;
const KEY = "try-out";
const SLOW = 2000; // milliseconds
const ASTRAY = 60_000; // milliseconds

form.querySelector("[data-without-script]").hidden = true;

function tell(check, kind, word, words) {
  const state = document.createElement("span");
  state.className = `state state-${kind}`;
  state.textContent = word;
  table.querySelector(`[data-check=${check}]`).replaceChildren(state, ` ${words}`);
}

async function tryStorage() {
  const isKept = (await keep({ key: KEY, kind: "try-out", waits: false })) && (await kept(KEY)) !== undefined;
  await letGo(KEY);
  if (isKept) tell("storage", "done", "Giữ được", "Mất mạng giữa chừng, câu trả lời vẫn nằm trên máy này và tự gửi khi có mạng.");
  else tell("storage", "wait", "Không giữ được", "Thường do cửa sổ ẩn danh. Đồng chí mở cửa sổ thường, hoặc đừng đóng trang khi mất mạng.");
}

async function ask() {
  const start = performance.now();
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  const body = await answer.json();
  const took = performance.now() - start;
  return { took, chosen: body.chosen, ahead: Date.now() - took / 2 - body.now };
}

async function tryNetwork() {
  const rounds = [];
  try {
    for (let turn = 0; turn < 3; turn += 1) rounds.push(await ask());
  } catch {
    tell("network", "bad", "Chưa tới máy chủ", "Đồng chí kiểm tra mạng rồi mở lại trang này.");
    return;
  }
  const { took, ahead } = rounds.toSorted((one, other) => one.took - other.took)[1];
  const seconds = Math.max(0.1, took / 1000).toLocaleString("vi-VN", { maximumFractionDigits: 1 });
  if (took < SLOW) tell("network", "done", "Tốt", `Máy chủ trả lời sau khoảng ${seconds} giây.`);
  else tell("network", "wait", "Chậm", `Máy chủ trả lời sau khoảng ${seconds} giây. Vẫn làm bài được; đồng chí chờ mỗi câu báo “Đã lưu”.`);
  const minutes = Math.round(Math.abs(ahead) / ASTRAY);
  if (Math.abs(ahead) < ASTRAY) tell("clock", "done", "Khớp", "Giờ của máy khớp với giờ máy chủ.");
  else tell("clock", "wait", `Lệch ${minutes} phút`, `Đồng hồ của máy ${ahead > 0 ? "nhanh" : "chậm"} hơn máy chủ. Bài kiểm tra tính theo giờ máy chủ, không theo giờ của máy.`);
}

async function saveAndReadBack(chosen) {
  const state = form.querySelector("[data-state]");
  say(state, "waiting", "Đang lưu…");
  const { status, body } = await send(address, { chosen });
  if (status !== 200) {
    say(state, "failed", body.error ?? "Chưa lưu được: chưa tới được máy chủ. Đồng chí kiểm tra mạng rồi chọn lại.");
    return;
  }
  const back = await ask().catch(() => null);
  if (back?.chosen === chosen) say(state, "saved", `Máy chủ đã lưu lúc ${body.saved_at} và đọc lại đúng: ${chosen}. Máy này làm bài được.`);
  else say(state, "failed", "Đã lưu nhưng chưa đọc lại được. Đồng chí thử lại.");
}

form.addEventListener("change", (event) => saveAndReadBack(event.target.value));
tell("browser", "done", "Dùng được", "Câu trả lời tự lưu ngay khi đồng chí chọn.");
tryStorage();
tryNetwork();
