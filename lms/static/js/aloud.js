// Reads a lesson aloud with the device's own Vietnamese voice; where there is none, nothing is shown.
const article = document.querySelector(".text");
const tools = document.querySelector(".tools");
const PIECES = "h2, h3, p, li, tr";
const NESTED = "ul, ol, p, sup, table";

let pieces = []; // [element, its sentences]
let at = 0;
let sentence = 0;
let turn = 0; // what an earlier turn still says when it ends is not ours any more
let voice = null;

function words(element) {
  if (element.matches("tr")) return [...element.cells].map((cell) => cell.textContent.trim()).join(", ");
  const copy = element.cloneNode(true);
  for (const inner of copy.querySelectorAll(NESTED)) inner.remove();
  return copy.textContent.trim();
}

function sentences(element) {
  return words(element).replace(/\s+/g, " ").match(/.+?(?:[.!?;:](?= )|$)/g) ?? []; // long utterances break off in some browsers
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = label;
  made.addEventListener("click", act);
  tools.append(made);
  return made;
}

function mark(element) {
  for (const one of article.querySelectorAll(".aloud")) one.classList.remove("aloud");
  if (!element) return;
  element.classList.add("aloud");
  element.scrollIntoView({ block: "nearest" });
}

function speak() {
  const mine = ++turn;
  speechSynthesis.cancel();
  while (at < pieces.length && sentence >= pieces[at][1].length) {
    at += 1;
    sentence = 0;
  }
  if (at >= pieces.length) {
    stop();
    return;
  }
  const [element, said] = pieces[at];
  if (!element.classList.contains("aloud")) mark(element);
  const utterance = new SpeechSynthesisUtterance(said[sentence]);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  utterance.onend = () => {
    if (mine !== turn) return;
    sentence += 1;
    speak();
  };
  speechSynthesis.speak(utterance);
}

function toggle() {
  const isSpeaking = main.dataset.speaking === "yes";
  main.dataset.speaking = isSpeaking ? "no" : "yes";
  main.textContent = isSpeaking ? "Nghe tiếp" : "Tạm dừng";
  end.hidden = false;
  if (isSpeaking) {
    turn += 1;
    speechSynthesis.cancel();
  } else {
    speak();
  }
}

function stop() {
  turn += 1;
  speechSynthesis.cancel();
  at = sentence = 0;
  mark(null);
  if (document.activeElement === end) main.focus();
  main.dataset.speaking = "no";
  main.textContent = "Nghe đọc bài";
  end.hidden = true;
}

let main = null;
let end = null;
function offer() {
  if (main) return;
  voice = speechSynthesis.getVoices().find((one) => /^vi\b/i.test(one.lang));
  if (!voice) return;
  pieces = [...article.querySelectorAll(PIECES)].map((one) => [one, sentences(one)]).filter(([, said]) => said.length);
  main = button("Nghe đọc bài", toggle);
  end = button("Dừng đọc", stop);
  end.hidden = true;
  addEventListener("pagehide", stop);
}

if ("speechSynthesis" in window) {
  offer();
  speechSynthesis.addEventListener?.("voiceschanged", offer);
}
