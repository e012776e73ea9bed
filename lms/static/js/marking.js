// One key a line: 1, 2, 3… choose how much it is worth and go on to the next; Enter in a line saves. Everything works without it.
const form = document.querySelector("[data-marking]");
const lines = [...form.querySelectorAll("fieldset")];
form.querySelector("[data-keys]").hidden = false;

function go(to) {
  const field = to < lines.length ? lines[to].querySelector("input:checked") ?? lines[to].querySelector("input") : form.querySelector("button");
  field.focus();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
  if (event.target.matches("textarea, input:not([type=radio])")) return;
  const here = Math.max(0, lines.findIndex((line) => line.contains(event.target)));
  const step = lines[here].querySelectorAll("input")[Number(event.key) - 1];
  if (!step) return;
  event.preventDefault();
  step.checked = true;
  go(here + 1);
});

const open = lines.findIndex((line) => !line.querySelector("input:checked"));
if (open === 0 && !document.querySelector("[role=alert]")) lines[0].querySelector("input").focus({ preventScroll: true });
