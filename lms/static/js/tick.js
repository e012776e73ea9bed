// The server's signed clock for this page, and how long ago it was received by the browser's steady clock.
const form = document.querySelector("[data-tick]");
const navigation = performance.getEntriesByType("navigation")[0];
const EVERY = 60_000;
let tick = form.dataset.tick;
let since = navigation?.responseStart ?? performance.now(); // never before the server signed it

/** The newest tick and the whole milliseconds since it came: when something is being written. */
export function now() {
  return { tick, elapsed: Math.max(0, Math.floor(performance.now() - since)) };
}

export function received(newer) {
  if (!newer) return;
  tick = newer;
  since = performance.now();
}

/** Ask the server for its clock and for what has been saved elsewhere; null when it was not reached. */
export async function pulse(address, counter) {
  try {
    const answer = await fetch(`${address}?counter=${counter}`, {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
    if (!answer.ok) return null;
    const body = await answer.json();
    received(body.tick);
    return body;
  } catch {
    return null;
  }
}

/** Do this every minute while the page is looked at, and when somebody comes back to it. */
export function beat(act) {
  setInterval(() => document.hidden || act(), EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || act());
}
