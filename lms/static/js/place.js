// Notes now and then which paragraph is at the top of the screen, so that any device can offer to go on from there.
const EVERY = 10_000;

const token = document.querySelector("meta[name=csrf-token]").content;
const text = document.querySelector("[data-place]");
const paragraphs = [...text.children];
let noted = 0; // opening a lesson at its top is no news, or a glance would forget the place
let notedAt = -Infinity;

function place() {
  const top = paragraphs.findIndex((one) => one.getBoundingClientRect().bottom > 1);
  return top < 0 ? paragraphs.length - 1 : top;
}

function note() {
  const paragraph = place();
  if (paragraph === noted || performance.now() - notedAt < EVERY) return;
  noted = paragraph;
  notedAt = performance.now();
  const fields = { text: text.dataset.text, paragraph, csrf_token: token };
  navigator.sendBeacon(text.dataset.place, new URLSearchParams(fields)); // arrives even when the page is left
}

setInterval(() => document.hidden || note(), 1000);
function leave() {
  notedAt = -Infinity;
  note();
}
document.addEventListener("visibilitychange", () => document.hidden && leave());
addEventListener("pagehide", leave);
