// What was tapped and has not arrived yet, for the page of the day and for the worker of the messages: written down
// first, sent in its order, and forgotten when the server has said what became of it.
"use strict";
self.waiting = (() => {
  const NAME = "ionto-today", WAIT_MS = 10000, LATEST_MS = 7 * 24 * 3600 * 1000;

  function open() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("waiting", { keyPath: "number", autoIncrement: true });
        asked.result.createObjectStore("shown", { keyPath: "tag" });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = asked.onblocked = () => reject(asked.error || new Error("blocked"));
    });
  }

  // One transaction; it is done when the browser has written it.
  async function work(store, mode, ask) {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(store, mode, { durability: "strict" }), asked = ask(transaction.objectStore(store));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally { database.close(); }
  }

  const all = () => work("waiting", "readonly", (store) => store.getAll());
  const keep = (entry) => work("waiting", "readwrite", (store) => store.add({ ...entry, at: Date.now() }));
  const forget = (entry) => work("waiting", "readwrite", (store) => store.delete(entry.number));

  // `told(entry, how, said)` hears of each: kept, other, lost, door (somebody must sign in), or waits.
  async function send(told, csrf, isMine = () => true) {
    const sent = () => sendAll(told, csrf, isMine);
    return navigator.locks ? navigator.locks.request(NAME, sent) : sent();
  }

  async function sendAll(told, csrf, isMine) {
    for (const entry of (await all()).filter(isMine)) {
      const ago = Math.max(0, Date.now() - entry.at);
      if (ago > LATEST_MS) { await forget(entry); await told(entry, "lost"); continue; }
      const how = await sendOne(entry, ago / 1000, csrf);
      if (how.is === "kept" || how.is === "other" || how.is === "lost") await forget(entry);
      await told(entry, how.is, how.said);
      if (how.is === "waits" && !how.alone) break;
    }
    return (await all()).length;
  }

  async function sendOne(entry, ago_s, csrf) {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    if (entry.csrf) headers["X-CSRFToken"] = csrf || entry.csrf;
    let answer;
    try {
      answer = await fetch(entry.to, {
        method: "POST", credentials: entry.csrf ? "same-origin" : "omit", headers,
        signal: within(WAIT_MS), body: JSON.stringify({ ...entry.body, ago_s }),
      });
    } catch { return { is: "waits" }; }
    // What the site stumbles over holds up no other.
    if (answer.status >= 500 || answer.status === 429) return { is: "waits", alone: answer.status === 500 };
    // What a page wrote waits for its own person; what came with a message needs nobody to sign in.
    if (entry.csrf && (answer.redirected || answer.status === 403 || answer.status === 404)) return { is: "door" };
    // Somebody on the way may answer in the site's place, as in a hotel before one signs in there.
    if (answer.ok) return { is: (await answer.json().catch(() => ({}))).kept ? "kept" : "waits" };
    return answer.status === 409 ? { is: "other", said: await answer.json() } : { is: "lost" };
  }

  // Whether a message was shown here before: the copy that a killed worker leaves behind must not ring twice.
  async function isCopy(tag) {
    const known = await work("shown", "readonly", (store) => store.getAll());
    for (const old of known) if (Date.now() - old.at > LATEST_MS) await work("shown", "readwrite", (store) => store.delete(old.tag));
    await work("shown", "readwrite", (store) => store.put({ tag, at: Date.now() }));
    return known.some((each) => each.tag === tag);
  }

  return { all, keep, send, isCopy };
})();
