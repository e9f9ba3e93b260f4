// Opens the kitchen, waste, count and today without a network, with the last that the device saw of them.
//
// The network comes first: what is kept is shown only where the server does not answer, and the page is told how old it is. Pages
// and answers are kept for one person, the one whose session they came with; they go when anybody signs in or out. Program and
// styles are kept by version (the build writes it and the list below), and a kept page is only ever joined with the program
// that it was drawn by: what the server sends meanwhile of a newer version is passed on and not kept. What is sent to be
// changed goes past here, into the queue on the page (app/src/device_queue), and so does the stream of live events.
const VERSION = "0";
const SHELL = [];

const PAGES = ["/kitchen", "/stock/waste", "/stock/count", "/today"];
// Where somebody comes in or leaves, by a plain form.
const DOORS = ["/login", "/login/code", "/login/passkey/answer", "/logout", "/invitation", "/sign-up", "/tablet", "/tablets", "/account/sessions/end-all"];
const READS = ["/api/read_board", "/api/list_levels", "/api/read_count", "/api/view_today"];
// The server's headers with the version of the program and the person of the session.
const BUILD = "x-hornada-build";
const PERSON = "x-hornada-person";
const KEPT_AT = "x-kept-at";

// So long the network has for an answer before what is kept is shown, in milliseconds.
const PATIENCE = 4000;
// A page that was kept so recently is not fetched again only to be kept.
const RECENT = 60_000;

const PROGRAM = `hornada-program-${VERSION}`;
const DATA = `hornada-data-${VERSION}-`;
// Whose data is kept.
const WHO = "hornada-who";

// Pages that were drawn by this version's program, known while the worker lives.
const ours = new Map();
// Counts how often what is kept was deleted: what was asked for before is not kept after it.
let epoch = 0;
// What is kept changes one thing after the other: nobody's answer is put down between two steps of deleting.
let turn = Promise.resolve();

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => {
  if (typeof event.data?.keep === "string") event.waitUntil(look(event.data.keep));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && DOORS.includes(pathname)) event.respondWith(door(event));
  // Back from a provider of single sign-on somebody is signed in, or nobody.
  else if (request.mode === "navigate" && /^\/login\/sso\/[^/]+\/answer$/.test(pathname)) event.respondWith(door(event));
  else if (request.method === "POST" && READS.includes(pathname)) event.respondWith(read(event));
  else if (request.method !== "GET") return;
  else if (request.mode === "navigate" && PAGES.includes(pathname)) event.respondWith(page(event));
  else if (SHELL.includes(pathname) || /^\/pkg\/.*\.wasm$/.test(pathname)) event.respondWith(program(event));
});

async function install() {
  const cache = await caches.open(PROGRAM);
  await cache.addAll(SHELL.map((path) => new Request(path, { cache: "no-cache" })));
  await carryOver();
  await skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith("hornada-program-") && name !== PROGRAM) await caches.delete(name);
  }
  // Fetches nothing: pages wait for this.
  await dropOld();
  await clients.claim();
  for (const client of await clients.matchAll()) client.postMessage({ version: VERSION });
}

/** The caches of what versions before this one kept. */
async function oldData() {
  return (await caches.keys()).filter((name) => name.startsWith("hornada-data-") && !name.startsWith(DATA));
}

/** Fetches for this version the pages that the one before had kept: they are there without a network in this one too. */
async function carryOver() {
  for (const name of await oldData()) {
    for (const { url } of await (await caches.open(name)).keys()) {
      const { pathname, search } = new URL(url);
      if (PAGES.includes(pathname)) await visit(pathname + search);
    }
  }
}

/** A page says where it is. */
async function look(path) {
  // A page that was on its way while the worker took over, or that was loaded past it, is nobody's until somebody claims it.
  await clients.claim().catch(() => undefined);
  await visit(path);
  await carryOver();
  await dropOld();
}

/** Deletes what versions before this one kept, once something of this one is there; until then it says what is to be fetched. */
function dropOld() {
  return inTurn(async () => {
    const fresh = await data();
    if (!fresh || (await fresh.keys()).length === 0) return;
    for (const name of await oldData()) await caches.delete(name);
  });
}

/** Does the work when the work before it is done, whatever came of that. */
function inTurn(work) {
  const done = turn.then(work);
  turn = done.catch(() => undefined);
  return done;
}

/** Deletes what is kept of anybody, and keeps nothing of what is on its way. */
function forget() {
  epoch += 1;
  return inTurn(clear);
}

async function clear() {
  for (const name of await caches.keys()) {
    if (name.startsWith("hornada-data-") || name === WHO) await caches.delete(name);
  }
}

/** Somebody signs in or out. Until the server has answered it goes on answering for the session before. */
async function door(event) {
  event.waitUntil(forget());
  try {
    return await fetch(event.request);
  } finally {
    await forget();
  }
}

/** The cache of the person whose data is kept. */
async function data() {
  const who = await (await caches.open(WHO)).match("/who");
  return who && caches.open(DATA + (await who.text()));
}

/** The cache for what came with a person's session; another person's goes. In turn only. */
async function dataOf(person) {
  const who = await caches.open(WHO);
  if ((await (await who.match("/who"))?.text()) !== person) {
    await clear();
    await (await caches.open(WHO)).put("/who", new Response(person));
  }
  return caches.open(DATA + person);
}

/** Keeps an answer, if it is one of this version to a person who is still signed in; `since` is the epoch in which it was asked for. */
async function keep(key, answer, since) {
  if (since !== epoch) return;
  // The session has ended: what came with it is nobody's to see.
  if (answer.status === 401) return forget();
  const [build, person] = [answer.headers.get(BUILD), answer.headers.get(PERSON)];
  if (build && build !== VERSION) await registration.update().catch(() => undefined);
  if (!answer.ok || answer.redirected || build !== VERSION || !person) return;
  const headers = new Headers(answer.headers);
  // The browser has unpacked it.
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  headers.set(KEPT_AT, String(Date.now()));
  const body = await answer.arrayBuffer();
  await inTurn(async () => {
    if (since === epoch) await (await dataOf(person)).put(key, new Response(body, { headers }));
  });
}

/** Keeps a page that was come to without loading it whole. */
async function visit(path) {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin || !PAGES.includes(url.pathname)) return;
  const kept = await (await data())?.match(url.href);
  if (kept && Date.now() - Number(kept.headers.get(KEPT_AT)) < RECENT) return;
  const since = epoch;
  const answer = await fetch(url, { headers: { accept: "text/html" } }).catch(() => undefined);
  if (answer) await keep(url.href, answer, since);
}

/** What the network says, if it says something in time and the server is not down. */
async function fromNetwork(asked) {
  const late = new Promise((done) => setTimeout(done, PATIENCE));
  const answer = await Promise.race([asked.catch(() => undefined), late]);
  return answer && answer.status < 500 ? answer : undefined;
}

/** Asks the network, and keeps the answer under `key` however late it comes: where nothing is kept yet the page waits for it too. */
function ask(event, key) {
  const since = epoch;
  const asked = fetch(event.request);
  event.waitUntil(asked.then((answer) => keep(key, answer.clone(), since)).catch(() => undefined));
  return asked;
}

async function page(event) {
  const { url } = event.request;
  const asked = ask(event, url);
  const answer = await fromNetwork(asked);
  if (answer) {
    ours.set(event.resultingClientId, answer.headers.get(BUILD) === VERSION);
    return answer;
  }
  const kept = await keptPage(url);
  if (!kept) return asked;
  if (kept.type === "default" && kept.status === 302) return kept;
  ours.set(event.resultingClientId, true);
  const text = await kept.text();
  // The page's own part (app/src/device_queue/worker.rs) tells how old it is.
  const told = text.replace("<html", `<html data-kept-at="${kept.headers.get(KEPT_AT)}"`);
  return new Response(told, { headers: kept.headers });
}

/** The page of an address, or the way to the one of the same name that was kept last: of another day, of another shop. */
async function keptPage(address) {
  const cache = await data();
  const exact = await cache?.match(address);
  if (exact || !cache) return exact;
  const { pathname } = new URL(address);
  let last;
  for (const { url } of await cache.keys()) {
    if (new URL(url).pathname !== pathname) continue;
    const at = Number((await cache.match(url))?.headers.get(KEPT_AT));
    if (!last || at > last.at) last = { url, at };
  }
  return last && new Response(undefined, { status: 302, headers: { location: last.url } });
}

async function read(event) {
  const { pathname } = new URL(event.request.url);
  const key = new URL(`/kept${pathname}?${encodeURIComponent(await event.request.clone().text())}`, location.origin).href;
  const asked = ask(event, key);
  const answer = await fromNetwork(asked);
  const client = await clients.get(event.clientId);
  if (answer) {
    client?.postMessage({ fresh: true });
    return answer;
  }
  const kept = await (await data())?.match(key);
  if (!kept) return asked;
  client?.postMessage({ keptAt: Number(kept.headers.get(KEPT_AT)) });
  return kept;
}

async function program(event) {
  const { pathname } = new URL(event.request.url);
  const isOurs = ours.get(event.clientId);
  const kept = isOurs === false ? undefined : ((await (await caches.open(PROGRAM)).match(pathname)) ?? (await part(pathname)));
  if (kept && isOurs) return kept;
  const asked = fetch(event.request);
  // A page of a newer version has no use for this one's program.
  return kept ? ((await fromNetwork(asked)) ?? kept) : asked;
}

/** A part of the program by itself, out of the packs that are kept (xtask/src/parts.rs says how they are made). */
async function part(pathname) {
  const name = /^\/pkg\/(.*)\.wasm$/.exec(pathname)?.[1];
  const cache = await caches.open(PROGRAM);
  for (const path of name ? SHELL.filter((path) => path.startsWith("/pkg/pack_")) : []) {
    const pack = await (await cache.match(path))?.arrayBuffer();
    if (!pack) continue;
    let at = 4 + new DataView(pack).getUint32(0, true);
    for (const [module, size] of JSON.parse(new TextDecoder().decode(pack.slice(4, at)))) {
      if (module === name) return new Response(pack.slice(at, at + size), { headers: { "content-type": "application/wasm" } });
      at += size;
    }
  }
  return undefined;
}
