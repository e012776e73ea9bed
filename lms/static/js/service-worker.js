// Keeps what was opened usable without a network: pages that name their owner, their style, scripts and pictures.
// The network comes first and the server stays the truth; what is kept is shown only where no answer comes.
// SHELL stands before this text, with the version of all assets.
const ASSETS = `static-${SHELL.version}`;
const PICTURES = "pictures";
const PAGES = "pages-";
const PATIENCE = 8000; // milliseconds after which a kept page is better than a white one
let round = 0; // of keeping: what was asked for before everything was forgotten is not kept after it

addEventListener("install", (event) => {
  event.waitUntil(prepare().then(() => skipWaiting()));
});

async function prepare() {
  const cache = await caches.open(ASSETS);
  await cache.addAll(SHELL.assets);
  await cache.put(SHELL.page, await fetch(SHELL.page, { credentials: "omit" })); // as it looks to anybody
}

addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("static-") && name !== ASSETS;
  event.waitUntil(drop(isOld).then(() => clients.claim()));
});

async function drop(isMeant) {
  const names = (await caches.keys()).filter(isMeant);
  await Promise.all(names.map((name) => caches.delete(name)));
}

function forget() {
  round += 1;
  return drop((name) => !name.startsWith("static-"));
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && pathname === SHELL.signOut) event.waitUntil(forget());
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (pathname.startsWith(SHELL.pictures)) event.respondWith(keptFirst(request, PICTURES));
  else if (pathname.startsWith(SHELL.static) && search) event.respondWith(keptFirst(request, ASSETS));
  else if (pathname.startsWith(SHELL.static)) event.respondWith(networkFirst(request));
});

async function page(event) {
  const { url } = event.request;
  const since = round;
  const answer = fetch(event.request).then((response) => {
    event.waitUntil(note(url, response.clone(), since));
    return response;
  });
  answer.catch(() => {});
  const kept = copyOf(url);
  try {
    return await Promise.race([answer, lateCopy(kept)]);
  } catch {
    return (await kept) ?? (await caches.match(SHELL.page)) ?? Response.error();
  }
}

async function lateCopy(kept) {
  await new Promise((done) => setTimeout(done, PATIENCE));
  return (await kept) ?? new Promise(() => {});
}

// Whoever answers says whose page it is; one for somebody else, or for nobody, ends what was kept for others.
async function note(url, response, since) {
  const owner = response.headers.get(SHELL.owner);
  if (owner === SHELL.nobody) return forget();
  if (owner && response.status === 200) {
    await drop((name) => name.startsWith(PAGES) && name !== PAGES + owner);
    if (since === round) await put(PAGES + owner, url, response, since);
  } else if (response.type === "opaqueredirect" || [403, 404, 410].includes(response.status)) {
    for (const cache of await pages()) await cache.delete(url);
  }
}

async function put(name, address, response, since) {
  const cache = await caches.open(name);
  await cache.put(address, response);
  if (since !== round) await caches.delete(name);
}

async function pages() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PAGES));
  return Promise.all(names.map((name) => caches.open(name)));
}

/** Older than a sign-in may rest: whoever opened the page would have to sign in again to see it. */
function isOver(response) {
  return Date.now() - new Date(response.headers.get("Date") ?? 0) > SHELL.hours * 3_600_000;
}

/** The page as it was opened, marked with the time of that, so that it can say so. */
async function copyOf(url) {
  for (const cache of await pages()) {
    const found = await cache.match(url);
    if (!found) continue;
    if (isOver(found)) {
      await cache.delete(url);
      continue;
    }
    const html = await found.text();
    const opened = new Date(found.headers.get("Date") ?? 0).toISOString();
    return new Response(html.replace("<html ", `<html data-kept="${opened}" `), { headers: found.headers });
  }
  return undefined;
}

async function keptFirst(request, name) {
  const since = round;
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await put(name, request, response.clone(), since);
  return response;
}

async function networkFirst(request) {
  try {
    const response = await fetch(request);
    if (response.ok) await put(ASSETS, request, response.clone(), round);
    return response;
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}

// A page that was open before this worker came says what it consists of.
addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(forget());
  else if (Array.isArray(event.data?.keep)) event.waitUntil(Promise.all(event.data.keep.map(keep)));
});

async function keep(address) {
  const { origin, pathname } = new URL(address);
  if (origin !== location.origin || (await caches.match(address))) return;
  const since = round;
  const response = await fetch(address).catch(() => null);
  if (!response?.ok || response.redirected) return;
  if (pathname.startsWith(SHELL.static)) await put(ASSETS, address, response, since);
  else if (pathname.startsWith(SHELL.pictures)) await put(PICTURES, address, response, since);
  else await note(address, response, since);
}
