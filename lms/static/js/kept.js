// Answers that the page of an attempt kept in this browser because the server did not have them yet.
import { send } from "./send.js";
import { keep, kept, letGo, stayOpen } from "./store.js";

const placeOf = (address) => `answers:${address}`;

/** Say that this page sends them, so that no other one does. */
export function takeOver(address) {
  stayOpen(placeOf(address));
}

/** The kept answers as [question, chosen, counter, proof], in the order of answering. */
export async function keptAt(address) {
  return (await kept(placeOf(address)))?.entries ?? [];
}

/**
 * Send what is kept, in order, forgetting each answer once the server has judged it. Resolves to how many were taken,
 * the server's refusals, and `stopped`: 401 or 0 (no network) where it could not go on, else null.
 */
export async function sendKept(address, tell) {
  const found = { taken: 0, refusals: new Set(), stopped: null };
  const record = await kept(placeOf(address));
  for (let entries = record?.entries ?? []; entries.length; entries = entries.slice(1)) {
    await keep({ ...record, entries });
    tell(entries.length);
    const [question, chosen, counter, proof] = entries[0];
    const { status, body } = await send(address, { question, chosen, counter, ...proof });
    if (status === 401) return { ...found, stopped: 401 };
    if (status === 0 || status >= 500) return { ...found, stopped: 0 };
    if (status === 200) found.taken += 1;
    else found.refusals.add(body.error ?? "Máy chủ chưa nhận.");
  }
  if (record) await letGo(placeOf(address));
  return found;
}
