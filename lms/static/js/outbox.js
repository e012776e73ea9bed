// Sends what waits in this browser, from whatever page is open; a page that holds the text itself sends it itself.
import { kept, keep, letGo, waiting } from "./store.js";
import { send } from "./send.js";

let running = null;

/** Send everything that waits, each thing once; what was refused goes out again only when somebody asks for it. */
export function sendAll(again = false) {
  running ??= sendInOrder(again).finally(() => {
    running = null;
  });
  return running;
}

async function sendInOrder(again) {
  if (!navigator.locks) return; // plain HTTP: two tabs could not agree on who sends
  for (const { key, refusal } of await waiting()) {
    if (refusal && !again) continue;
    const reached = await navigator.locks.request(key, { ifAvailable: true }, (lock) => !lock || sendOne(key));
    if (!reached) return;
  }
}

/** Resolves to false when the server was not reached. */
async function sendOne(key) {
  for (;;) {
    const record = await kept(key);
    if (!record?.waits) return true;
    const { status, body } = record.kind === "draft" ? await sendDraft(record) : await sendAnswer(record);
    if (status === 0 || status >= 500 || status === 400 || status === 401) return false; // 400: of an older sign-in
    if (status !== 200) {
      await keep({ ...(await kept(key)), refusal: body.error ?? "Máy chủ chưa nhận." });
      return true;
    }
  }
}

async function sendDraft(record) {
  const sent = record.unanswered ?? record.texts;
  await keep({ ...record, unanswered: sent });
  const answer = await send(record.address, { texts: sent, based_on: record.basedOn });
  const { status, body } = answer;
  if (status === 200 && body.is_aside) await letGo(record.key); // both texts stand on the server now
  else if (status > 0 && status < 500) {
    const now = (await kept(record.key)) ?? record; // its page may have been opened meanwhile
    const isTaken = status === 200 && { basedOn: body.number, savedAt: body.saved_at, refusal: "" };
    const waits = status !== 200 || JSON.stringify(sent) !== JSON.stringify(now.texts);
    await keep({ ...now, ...isTaken, waits, unanswered: null });
  }
  return answer;
}

async function sendAnswer(record) {
  const [[question, chosen, counter, proof], ...others] = record.entries;
  const answer = await send(record.address, { question, chosen, counter, ...proof });
  if (answer.status === 200 && others.length) await keep({ ...record, entries: others });
  else if (answer.status === 200) await letGo(record.key);
  return answer;
}
