// Turns from question to question without a reload, so also without network. Without this script every turn is a page.
const form = document.querySelector("[data-one-a-page]");
const questions = [...form.querySelectorAll("[data-question]")];
const [back, on] = [-1, 1].map((step) => form.querySelector(`[data-turn="${step}"]`));
const finish = form.querySelector("[data-finish]");

function shownIn(address) {
  const asked = Number(new URL(address).searchParams.get("q")) || 1;
  return Math.min(Math.max(asked, 1), questions.length);
}

function show(number) {
  questions.forEach((fieldset, at) => {
    fieldset.hidden = at + 1 !== number;
  });
  for (const section of form.querySelectorAll("[data-section]")) {
    section.hidden = !section.querySelector("[data-question]:not([hidden])");
  }
  for (const seat of document.querySelectorAll("[data-seat]")) {
    if (Number(seat.dataset.seat) === number) seat.setAttribute("aria-current", "true");
    else seat.removeAttribute("aria-current");
  }
  form.elements.q.value = number;
  back.hidden = number === 1;
  on.hidden = number === questions.length;
  back.value = number - 1;
  on.value = number + 1;
  finish.classList.toggle("second", number < questions.length);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=to]");
  const number = Number(button?.value);
  if (!number) return;
  event.preventDefault();
  const overview = button.closest("details");
  if (overview) overview.open = false;
  show(number);
  history.pushState(null, "", `?q=${number}`);
  const fieldset = questions[number - 1];
  fieldset.scrollIntoView();
  fieldset.focus({ preventScroll: true });
});

addEventListener("popstate", () => show(shownIn(location.href)));
show(shownIn(location.href));
