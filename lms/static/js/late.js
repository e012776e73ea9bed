// Sends what waited in this browser when time ran out; it counts if it was written in time.
import { say, send } from "./send.js";
import { keep, kept, letGo, stayOpen } from "./store.js";

const note = document.querySelector("[data-late]");
const place = `answers:${note.dataset.late}`;

async function sendAll() {
  const refusals = [];
  let taken = 0;
  const record = await kept(place);
  for (let entries = record?.entries ?? []; entries.length; entries = entries.slice(1)) {
    await keep({ ...record, entries });
    const [question, chosen, counter, proof] = entries[0];
    say(note, "waiting", `Đang gửi ${entries.length} câu trả lời giữ trên máy này…`);
    note.hidden = false;
    const { status, body } = await send(note.dataset.late, { question, chosen, counter, ...proof });
    if (status === 401) {
      say(note, "failed", "Chưa gửi được: phiên đã hết hạn.", { href: note.dataset.signIn, text: "Đăng nhập lại để gửi" });
      return;
    }
    if (status === 0 || status >= 500) {
      say(note, "waiting", `Còn ${entries.length} câu trả lời trên máy này đang chờ mạng. Đừng xem kết quả vội.`);
      setTimeout(sendAll, 5000);
      return;
    }
    if (status === 200) taken += 1;
    else refusals.push(body.error ?? "Máy chủ chưa nhận.");
  }
  if (record) await letGo(place);
  const sentences = [taken && `Máy chủ đã nhận ${taken} câu trả lời viết trước khi hết giờ.`, ...new Set(refusals)];
  if (taken || refusals.length) say(note, refusals.length ? "failed" : "saved", sentences.filter(Boolean).join(" "));
}

stayOpen(place);
sendAll();
