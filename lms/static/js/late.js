// Sends what waited in this browser when time ran out; it counts if it was written in time.
import { keptAt, sendKept, takeOver } from "./kept.js";
import { say } from "./send.js";

const note = document.querySelector("[data-late]");

async function sendAll() {
  const { taken, refusals, stopped } = await sendKept(note.dataset.late, (count) => {
    say(note, "waiting", `Đang gửi ${count} câu trả lời giữ trên máy này…`);
    note.hidden = false;
  });
  if (stopped === 401) {
    say(note, "failed", "Chưa gửi được: phiên đã hết hạn.", { href: note.dataset.signIn, text: "Đăng nhập lại để gửi" });
  } else if (stopped === 0) {
    const { length } = await keptAt(note.dataset.late);
    say(note, "waiting", `Còn ${length} câu trả lời trên máy này đang chờ mạng. Đừng xem kết quả vội.`);
    setTimeout(sendAll, 5000);
  } else if (taken || refusals.size) {
    const sentences = [taken && `Máy chủ đã nhận ${taken} câu trả lời viết trước khi hết giờ.`, ...refusals];
    say(note, refusals.size ? "failed" : "saved", sentences.filter(Boolean).join(" "));
  }
}

takeOver(note.dataset.late);
sendAll();
