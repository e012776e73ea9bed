// The time that is left, by the server's clock. It is shown to whoever opens it; everybody is told at 10, 5 and 1 minute.
const timer = document.querySelector("[data-timer]");
const shown = timer.querySelector("[data-time-left]");
const warning = document.querySelector("[data-time-warning]");
const TOLD_AT = [60, 300, 600]; // seconds
const CHOICE = "timer-is-open";
let end = performance.now() + Number(timer.dataset.timer) * 1000;
let before = null;

/** The server says anew how many seconds are left. */
export function endsIn(seconds) {
  end = performance.now() + seconds * 1000;
}

function tell() {
  const left = Math.max(0, Math.round((end - performance.now()) / 1000));
  shown.textContent = left ? `Còn ${Math.floor(left / 60)} phút ${String(left % 60).padStart(2, "0")} giây` : "Đã hết giờ";
  const crossed = TOLD_AT.find((seconds) => before > seconds && left <= seconds);
  if (!left) warn("Đã hết giờ. Những câu đã lưu được tính; đồng chí bấm “Xem lại và nộp bài” để xem kết quả.");
  else if (crossed) warn(`Còn ${crossed / 60} phút.`);
  else if (left > TOLD_AT.at(-1)) warn("");
  before = left;
}

// The same words are not put there again, or a screen reader would say them every second.
function warn(words) {
  if (warning.textContent !== words) warning.textContent = words;
}

function remember(isOpen) {
  try {
    localStorage.setItem(CHOICE, isOpen ? "yes" : "");
  } catch {
    // Without storage the time is folded again on the next page.
  }
}

try {
  timer.open = localStorage.getItem(CHOICE) === "yes";
} catch {
  // As above.
}
timer.addEventListener("toggle", () => remember(timer.open));
timer.hidden = false;
tell();
setInterval(tell, 1000);
