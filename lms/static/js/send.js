// Sending JSON to our own server: one shape of request, one shape of answer, never an exception for a lost network.
const token = document.querySelector("meta[name=csrf-token]").content;

/** Post `body`; resolves to {status, body}. Status 0 means that the server was not reached. */
export async function send(address, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 20_000);
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal: abort.signal,
    });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  } finally {
    clearTimeout(timer);
  }
}

/** Fill an element with text and, where given, a link behind it. */
export function say(element, state, text, link) {
  element.dataset.state = element.dataset.where = state;
  element.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    element.append(" ", anchor);
  }
}
