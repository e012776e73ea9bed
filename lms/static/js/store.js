// The one place in the browser for what was written here: kept through reloads and crashes, for one person alone.
// A record is {key, kind: "draft" | "answers", title, page, address, waits, …}; `waits` says the server lacks it.
const NAME = "thu-hoach";
const RECORDS = "records";
/** Whose records these are; "" where nobody is signed in. */
export const owner = document.documentElement.dataset.owner ?? "";

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(RECORDS, { keyPath: "key" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
opened.catch(() => {}); // every use meets it again

async function run(mode, act) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(RECORDS, mode);
    const request = act(transaction.objectStore(RECORDS));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

const changes = "BroadcastChannel" in globalThis ? new BroadcastChannel("waiting") : null;
const listeners = [];
const PAUSE = 300; // milliseconds: lists need not follow every key that is pressed
let timer;

/** Do this soon after something was kept or let go, in this tab or another. */
export function onChange(act) {
  listeners.push(act);
  if (listeners.length === 1) changes?.addEventListener("message", told);
}

function told() {
  clearTimeout(timer);
  timer = setTimeout(() => listeners.forEach((act) => act()), PAUSE);
}

function tell() {
  told();
  changes?.postMessage("");
}

const newest = new Map(); // key -> the record to be written next
const writing = new Map(); // key -> the write that runs

/** Keep a record; resolves to whether the browser did. While one write runs, only the newest waits for its turn. */
export async function keep(record) {
  const { key } = record;
  newest.set(key, { at: Date.now(), ...record, owner });
  while (writing.has(key)) await writing.get(key);
  const taken = newest.get(key);
  if (!taken) return true; // it went along with another one
  newest.delete(key);
  const write = run("readwrite", (records) => records.put(taken)).then(
    () => true,
    () => false,
  );
  writing.set(key, write);
  const isKept = await write;
  writing.delete(key);
  tell();
  return isKept;
}

export async function letGo(key) {
  newest.delete(key);
  await run("readwrite", (records) => records.delete(key)).catch(() => {});
  tell();
}

/** A record of this person, or undefined. */
export async function kept(key) {
  const record = await run("readonly", (records) => records.get(key)).catch(() => undefined);
  return record?.owner === owner ? record : undefined;
}

/** What the server lacks, the oldest first. Where nobody is signed in, whoever's it is. */
export async function waiting() {
  const all = await run("readonly", (records) => records.getAll()).catch(() => []);
  return all.filter((one) => one.waits && (!owner || one.owner === owner)).sort((one, other) => one.at - other.at);
}

/** Let go of what another person left on this device. */
export async function claim() {
  const all = await run("readonly", (records) => records.getAll()).catch(() => []);
  const strange = all.filter((one) => one.owner !== owner);
  for (const one of strange) await letGo(one.key);
}

/** Let go of everything, before somebody leaves a device that others use. */
export async function wipe() {
  newest.clear();
  await run("readwrite", (records) => records.clear()).catch(() => {});
  navigator.serviceWorker?.controller?.postMessage("forget");
}

/** Say that a page with the record is open, so that no other one sends it. */
export function stayOpen(key) {
  navigator.locks?.request(key, { mode: "shared" }, () => new Promise(() => {}));
}
