// Shows messages, takes the tap on them, and keeps the page of the day for when there is no network. It sees the
// addresses under its own only, and no page of a session.
const KEPT = "ionto-today", PATIENCE_MS = 4000, HOWEVER_ASKED = { ignoreSearch: true, ignoreVary: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// --- messages

self.addEventListener("push", (event) => event.waitUntil(show(event.data.json()).then(sendAll)));

async function show(message) {
  const shown = await self.registration.getNotifications({ tag: message.tag });
  const isCopy = await self.waiting.isCopy(message.tag).catch(() => false);
  const most = (self.Notification && Notification.maxActions) || 0;
  const fitting = [message.buttons, message.fewer || []].find((buttons) => buttons.length <= most);
  await say(message, message.title, message.body, fitting || [], isCopy);
  // Seen and put away before: a browser wants every message shown, so it is shown and put away again.
  if (isCopy && !shown.length) await close(message.tag);
}

const say = (message, title, body, actions, silent) => self.registration.showNotification(title, {
  body, actions, silent, tag: message.tag, lang: message.lang, icon: ICON, data: message });

async function close(tag) {
  for (const each of await self.registration.getNotifications({ tag })) each.close();
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(tapped(event.notification.data, event.action));
});

async function tapped(message, action) {
  if (!action) return open(message.opens);
  const half = (message.fewer || []).find((button) => button.action === action);
  if (half) return say(message, message.title, message.says.more, half.then, true);
  try {
    await self.waiting.keep({ to: message.to, body: { ticket: message.ticket, said: action }, message });
  } catch { return open(message.opens); }
  return sendAll();
}

async function open(path) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const here = windows.find((each) => new URL(each.url).pathname === path);
  return here ? here.focus() : self.clients.openWindow(path);
}

// --- the address of this browser

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewed(event)));

// Some browsers say in the event what was and what is; where one does not, it is known or asked for.
async function renewed({ oldSubscription, newSubscription } = {}) {
  const old = (await self.device.known()) || (oldSubscription && oldSubscription.endpoint);
  if (!old) return;
  const manager = self.registration.pushManager;
  const now = newSubscription || (await manager.getSubscription()) || (await manager.subscribe({ userVisibleOnly: true, applicationServerKey: KEY }));
  if (now.endpoint !== old) await self.device.renew(old, now);
}

// --- what was tapped

async function sendAll() {
  const left = await self.waiting.send(told);
  if (left && self.registration.sync) await self.registration.sync.register("send").catch(() => {});
  return left;
}

async function told(entry, how, said) {
  const message = entry.message;
  // A page that is open says it itself.
  if (!message) for (const page of await self.clients.matchAll()) page.postMessage({ entry, how, said });
  if (!message) return;
  if (how === "kept") { await close(message.tag); return; }
  const says = message.says[how];
  if (says) await say({ ...message, buttons: [] }, message.title, says, [], true);
}

self.addEventListener("sync", (event) => event.waitUntil(sendAll().then((left) => {
  if (left) throw new Error("some wait");
})));

// --- the page of the day

self.addEventListener("message", (event) => {
  if (event.data && event.data.keep) event.waitUntil(keep(event.data.keep, event.data.again));
  // Whoever was signed out when the address changed is signed in now.
  if (event.data && event.data.keep) event.waitUntil(renewed().catch(() => {}));
  if (event.data && event.data.send) event.waitUntil(sendAll());
});

async function keep(addresses, again) {
  const cache = await caches.open(KEPT), wanted = new Set(addresses);
  for (const address of addresses) {
    const isPage = address === addresses[0];
    if (!(again && isPage) && (await cache.match(address, HOWEVER_ASKED))) continue;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) await cache.put(address, answer);
  }
  for (const old of await cache.keys()) if (!wanted.has(old.url)) await cache.delete(old);
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else event.respondWith(caches.match(request, { ...HOWEVER_ASKED, cacheName: KEPT }).then((kept) => kept || fetch(request)));
});

async function page(request) {
  const cache = await caches.open(KEPT), kept = await cache.match(request, HOWEVER_ASKED);
  const asked = fetch(request).catch(() => null);
  const answer = await (kept ? Promise.race([asked, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]) : asked);
  if (!answer || answer.status >= 500) return kept || answer || Response.error();
  if (answer.ok) await cache.put(request, answer.clone());
  // A door: whoever is signed out leaves no page behind.
  else await cache.delete(request, HOWEVER_ASKED);
  return answer;
}
