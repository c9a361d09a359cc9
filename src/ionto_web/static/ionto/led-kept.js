// What the hands-free session keeps on this device, and what it sends. An event is written down before anything else is
// done with it, under a name of its own, and stays until the server has said that it holds it.
"use strict";
window.led = (() => {
  const NAME = "ionto-led", AGAIN_MS = 15000, WAIT_MS = 10000;
  const main = document.getElementById("led"), data = JSON.parse(document.getElementById("led-data").textContent);
  const place = data.code + "/" + data.site;
  let database = null, sending = null, again = 0, told = () => {};

  function open() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("sessions", { keyPath: "id" });
        asked.result.createObjectStore("events", { keyPath: "id" }).createIndex("session", "session");
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = asked.onblocked = () => reject(asked.error || new Error("blocked"));
    });
  }

  // One transaction; it is done when the browser has written it.
  function write(stores, work) {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
      work(...stores.map((name) => transaction.objectStore(name)));
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  function read(store, ask) {
    return new Promise((resolve, reject) => {
      const asked = ask(database.transaction(store).objectStore(store));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  const sessions = async () => (await read("sessions", (store) => store.getAll())).filter((each) => each.place === place);
  const eventsOf = async (id) => (await read("events", (store) => store.index("session").getAll(id))).sort((a, b) => a.event.t_s - b.event.t_s || a.number - b.number);
  const keep = (session) => write(["sessions"], (store) => store.put(session));

  function note(session, event) {
    session.count = (session.count || 0) + 1;
    const entry = { id: crypto.randomUUID(), session: session.id, number: session.count, at: new Date().toISOString(), event, sent: false };
    return write(["events", "sessions"], (events, kept) => { events.put(entry); kept.put(session); }).then(() => { send(); return entry; });
  }

  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] || document.querySelector("[name=csrfmiddlewaretoken]").value;

  // Sent one after another; what was answered is forgotten here only when the session is told and all of it is there.
  function send() {
    sending = (sending || Promise.resolve()).then(sendAll).catch(() => later());
    return sending;
  }

  function later() {
    clearTimeout(again);
    again = setTimeout(send, AGAIN_MS);
  }

  async function sendAll() {
    for (const session of await sessions()) {
      const waiting = (await eventsOf(session.id)).filter((each) => !each.sent);
      if (!waiting.length && session.isTold && !session.isGone) await forget(session);
      if (!waiting.length || session.refused) continue;
      const events = waiting.map(({ id, at, event }) => ({ id, at, event }));
      const answer = await fetch(main.dataset.events, {
        method: "POST", credentials: "same-origin", signal: AbortSignal.timeout(WAIT_MS),
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ session: session.id, ticket: session.ticket, sent_at: new Date().toISOString(), events }),
      });
      if (answer.redirected || answer.status === 403 || answer.status === 404) { told(session, { signIn: true }); continue; }
      if (answer.status === 409 || answer.status === 422) {
        session.refused = (await answer.json()).why;
        await keep(session);
        told(session, { refused: session.refused });
        continue;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const said = await answer.json(), held = new Set(said.kept);
      if (said.record) session.answer = said;
      await write(["events", "sessions"], (store, kept) => {
        for (const each of waiting) if (held.has(each.id)) store.put({ ...each, sent: true });
        kept.put(session);
      });
      told(session, { answer: said });
      if (session.isTold) await forget(session);
    }
  }

  // The record is the server's; here stays only that there was a session today.
  function forget(session) {
    return eventsOf(session.id).then((events) => write(["events", "sessions"], (store, kept) => {
      for (const each of events) store.delete(each.id);
      kept.put({ id: session.id, place, isTold: true, isGone: true, isStopped: session.isStopped, isRed: session.isRed, toldAt: session.toldAt, on: session.on, answer: session.answer });
    }));
  }

  // Page and files for the worker; without one (a plain http address) the page says that it needs the network.
  async function stayWithoutNetwork(say) {
    if (!("serviceWorker" in navigator)) return say(false);
    try {
      await navigator.serviceWorker.register(main.dataset.worker);
      const worker = await navigator.serviceWorker.ready;
      const files = [...document.querySelectorAll('script[src], link[rel="stylesheet"]')].map((each) => each.src || each.href);
      navigator.serviceWorker.addEventListener("message", (event) => say(Boolean(event.data.kept)));
      worker.active.postMessage({ keep: [location.origin + location.pathname, ...files] });
    } catch { say(false); }
  }

  // While a session runs the worker opens its page even for somebody whose sign-in has run out.
  async function mark(isRunning) {
    if (!("caches" in window)) return;
    try {
      const cache = await caches.open(NAME), place = location.origin + location.pathname + "running";
      await (isRunning ? cache.put(place, new Response("")) : cache.delete(place));
    } catch { /* full: then a page that is loaded again asks for the sign-in */ }
  }

  addEventListener("online", () => send());
  return {
    main, data, place, sessions, eventsOf, keep, note, send, mark, stayWithoutNetwork,
    async ready() { database = await open(); },
    onTold(hear) { told = hear; },
  };
})();
