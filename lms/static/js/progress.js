// Shows how far the worker is with what the page waits for, and loads the page anew when it is done.
const PAUSE = 2000;

async function look(place) {
  try {
    const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { done, total, is_finished: isFinished } = await answer.json();
    if (isFinished) return location.reload();
    const bar = place.querySelector("progress");
    bar.max = total;
    bar.value = done;
    place.querySelector(".numbers").textContent = `${done}/${total}`;
  } catch {
    // without a network the page stands still until there is one again
  }
  setTimeout(look, PAUSE, place);
}

for (const place of document.querySelectorAll("[data-progress]")) setTimeout(look, PAUSE, place);
