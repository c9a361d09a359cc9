// What this browser keeps of the person before goes, then the way goes on. The header that asks for it is not heard by
// every browser, and by Safari not where the way goes on at once; a worker may outlive it, and messages with it.
"use strict";
(async () => {
  const PATIENCE_MS = 4000, OURS = [{ name: "ionto-led" }, { name: "ionto-today" }];
  const on = document.getElementById("on"), leave = () => on && location.replace(on.href);
  const deleted = (name) => new Promise((done) => { Object.assign(indexedDB.deleteDatabase(name), { onsuccess: done, onerror: done, onblocked: done }); });
  const clears = [
    async () => { for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister(); },
    async () => { for (const name of await caches.keys()) await caches.delete(name); },
    async () => { for (const { name } of indexedDB.databases ? await indexedDB.databases() : OURS) await deleted(name); },
    async () => { localStorage.clear(); sessionStorage.clear(); },
  ];
  setTimeout(leave, PATIENCE_MS);
  // What one of them cannot do, for want of it, keeps none of the others.
  await Promise.allSettled(clears.map((clear) => clear()));
  leave();
})();
