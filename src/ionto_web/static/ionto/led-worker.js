// Keeps the hands-free session's page and its files, so that it opens without a network. It sees nothing else.
"use strict";
const KEPT = "ionto-led", PATIENCE_MS = 4000, GONE = [401, 404, 410];
// What is kept is this person's own; which language or cookie asks for it makes no other page of it.
const HOWEVER_ASKED = { ignoreVary: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page says what it is made of; when all of it is kept, it is told so.
self.addEventListener("message", (event) => {
  if (!event.data || !event.data.keep) return;
  event.waitUntil(keep(event.data.keep).then((kept) => event.source && event.source.postMessage({ kept })));
});

async function keep(addresses) {
  const cache = await caches.open(KEPT);
  try {
    for (const address of addresses) {
      const isPage = address === addresses[0];
      if (!isPage && (await cache.match(address, HOWEVER_ASKED))) continue;
      const answer = await fetch(address, { credentials: "same-origin" });
      if (isPage && GONE.includes(answer.status)) await drop(address);
      if (!isOurs(answer, address)) return false;
      await cache.put(address, answer);
    }
    const wanted = new Set(addresses);
    for (const old of await cache.keys()) if (/\.(js|css)$/.test(new URL(old.url).pathname) && !wanted.has(old.url)) await cache.delete(old);
    return true;
  } catch { return Boolean(await cache.match(addresses[0], HOWEVER_ASKED)); }
}

// A door that asks for a password is not the page.
const isOurs = (answer, address) => answer.ok && !answer.redirected && answer.url.split("?")[0] === address.split("?")[0];

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else event.respondWith(caches.open(KEPT).then((cache) => cache.match(request, HOWEVER_ASKED)).then((kept) => kept || fetch(request)));
});

async function page(request) {
  const cache = await caches.open(KEPT), kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  const asked = fetch(request).catch(() => null);
  const answer = await Promise.race([asked, late]);
  // A server that is down is no better than none; a door, or a plan that has changed, waits until the session is over.
  if (answer && answer.ok) return answer;
  const isRunning = await cache.match(request.url.split("?")[0] + "running", HOWEVER_ASKED);
  if (answer && GONE.includes(answer.status) && !isRunning) await drop(request.url);
  return !answer || answer.status >= 500 || isRunning ? kept : answer;
}

// The record is erased, or not this person's to see any more: nothing of it stays here.
async function drop(address) {
  const path = address.split("?")[0], cache = await caches.open(KEPT);
  for (const place of [path, path + "running"]) await cache.delete(place, { ignoreSearch: true, ignoreVary: true });
  const place = new URL(path).pathname.split("/").slice(2, 4).join("/");
  await new Promise((done) => {
    const asked = indexedDB.open(KEPT);
    asked.onerror = asked.onblocked = done;
    // Nothing was ever written here: then nothing is made.
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onsuccess = () => {
      const work = asked.result.transaction(["sessions", "events"], "readwrite"), events = work.objectStore("events");
      work.objectStore("sessions").openCursor().onsuccess = ({ target: { result: found } }) => {
        if (!found) return;
        if (found.value.place === place) {
          found.delete();
          events.index("session").openKeyCursor(found.value.id).onsuccess = ({ target: { result: each } }) => { if (each) { events.delete(each.primaryKey); each.continue(); } };
        }
        found.continue();
      };
      work.oncomplete = work.onabort = () => { asked.result.close(); done(); };
    };
  });
}
