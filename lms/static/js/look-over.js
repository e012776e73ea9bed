// Before handing in: what only this browser has is shown and sent first.
import { keptAt, sendKept, takeOver } from "./kept.js";
import { say } from "./send.js";

const block = document.querySelector("[data-kept]");
const note = block.querySelector("[data-kept-state]");
const form = document.querySelector("[data-hand-in]");
const order = form.dataset.order.split(" ");
const { kept: address, attempt, signIn } = block.dataset;
let isClear = false;

async function show() {
  const entries = await keptAt(address);
  const numbers = entries.map(([question]) => order.indexOf(question) + 1).sort((one, other) => one - other);
  block.querySelector("[data-kept-seats]").replaceChildren(...numbers.map(seat));
  block.hidden = !numbers.length;
  return numbers.length;
}

function seat(number) {
  const [item, link, name, state] = ["li", "a", "span", "span"].map((tag) => document.createElement(tag));
  link.href = `${attempt}?q=${number}#cau-${number}`;
  Object.assign(name, { className: "seat", textContent: `Câu ${number}` });
  Object.assign(state, { className: "state state-wait", textContent: "Chưa lưu" });
  link.append(name, " ", state);
  item.append(link);
  return item;
}

async function sendAll() {
  if (!(await show())) return true;
  const { stopped, refusals } = await sendKept(address, (count) => {
    say(note, "waiting", `Đang gửi ${count} câu trả lời giữ trên máy này…`);
  });
  if (stopped === 401) {
    say(note, "failed", "Chưa lưu được: phiên đã hết hạn.", { href: signIn, text: "Đăng nhập lại để lưu" });
  } else if (stopped === 0) {
    await show();
    say(note, "waiting", "Đang chờ mạng. Những câu này chỉ có trên máy này; đồng chí nộp bài khi đã lưu xong.");
    setTimeout(sendAll, 5000);
  } else if (refusals.size) {
    say(note, "failed", [...refusals].join(" "));
  } else {
    location.reload();
  }
  return false;
}

form.addEventListener("submit", async (event) => {
  if (isClear) return;
  event.preventDefault();
  isClear = await sendAll();
  if (isClear) form.requestSubmit();
  else block.scrollIntoView();
});
addEventListener("pageshow", (event) => event.persisted && location.reload());
takeOver(address);
sendAll();
