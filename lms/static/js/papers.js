// Photos are made small before they go out, and the page shows by itself when the server has read a file.
import { say } from "./send.js";
import { shrunk } from "./shrink.js";

const ASK_EVERY = 2000;

const waiting = document.querySelector("[data-waiting]");
const form = document.querySelector("[data-photos]");
const isBusy = () => [...document.querySelectorAll("input[type=file]")].some((input) => input.files.length);

async function ask() {
  const answer = await fetch(waiting.dataset.waiting, { headers: { Accept: "application/json" } }).catch(() => null);
  const body = answer?.ok ? await answer.json().catch(() => null) : null;
  if (body && !body.is_waiting && !isBusy()) location.reload();
  else setTimeout(ask, ASK_EVERY);
}
if (waiting) setTimeout(ask, ASK_EVERY);

async function sendPhotos() {
  const where = form.querySelector("[data-where]");
  const photos = [...form.elements.photos.files];
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  for (const [number, photo] of photos.entries()) {
    say(where, "here", `Đang thu nhỏ ảnh ${number + 1}/${photos.length}…`);
    body.append("photos", await shrunk(photo), `trang-${number + 1}.jpg`);
  }
  say(where, "here", "Đang gửi ảnh…");
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) {
    form.reset();
    say(where, "server", "Đã gửi ảnh.");
    location.reload();
    return;
  }
  const refused = await answer?.json().catch(() => null);
  const lost = "Chưa gửi được, có lẽ mạng đang yếu. Ảnh đã chọn vẫn còn, đồng chí bấm “Gửi ảnh” lần nữa.";
  say(where, "failed", refused?.error ?? lost);
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  await sendPhotos();
  button.disabled = false;
});
