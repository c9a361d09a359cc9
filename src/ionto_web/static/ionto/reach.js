// The devices that take messages: this one is added, marked in the list, and told when it is removed.
"use strict";
(() => {
  const box = document.getElementById("devices"), words = box.dataset;
  const show = (what) => { for (const each of box.querySelectorAll("[data-when]")) each.hidden = !each.dataset.when.split(" ").includes(what); };

  async function subscription() {
    const registration = await navigator.serviceWorker.getRegistration(words.scope);
    return registration ? registration.pushManager.getSubscription() : null;
  }

  async function hashOf(text) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function begin() {
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return show("cannot");
    const had = await subscription(), known = await self.device.known();
    if (had && known && had.endpoint !== known && (await self.device.renew(known, had).catch(() => false))) return location.reload();
    const here = box.querySelector(`[data-device="${await hashOf(had ? had.endpoint : known)}"]`);
    if (!here) return show(Notification.permission === "denied" ? "denied" : known ? "ended" : "can");
    here.querySelector(".here").hidden = false;
    if (had) await self.device.know(had.endpoint);
    here.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      Promise.allSettled([had && had.unsubscribe(), self.device.forget()]).then(() => event.target.submit());
    });
    return show(!had || "ended" in here.dataset ? "ended" : "on");
  }

  async function active(registration) {
    const worker = registration.installing || registration.waiting || registration.active;
    if (worker.state !== "activated") await new Promise((done) => worker.addEventListener("statechange", () => worker.state === "activated" && done()));
    return registration;
  }

  // The browser's own name for itself, so that its person knows which one it is.
  function name() {
    const agent = navigator.userAgent, first = (pairs) => (pairs.find(([sign]) => agent.includes(sign)) || [])[1];
    const browser = first([["Edg", "Edge"], ["OPR", "Opera"], ["SamsungBrowser", "Samsung Internet"], ["Firefox", "Firefox"], ["Chrom", "Chrome"], ["Safari", "Safari"]]);
    const system = first([["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Macintosh", "Mac"], ["Linux", "Linux"]]);
    return [browser || "Browser", system].filter(Boolean).join(", ");
  }

  async function add() {
    if (await Notification.requestPermission() !== "granted") return show("denied");
    const registration = await active(await navigator.serviceWorker.register(words.worker));
    const old = await registration.pushManager.getSubscription();
    if (old) await old.unsubscribe();
    const made = (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: words.key })).toJSON();
    const form = new FormData(box.querySelector("form[data-add]"));
    for (const [key, value] of Object.entries({ name: name(), endpoint: made.endpoint, ...made.keys, old: await self.device.known() })) form.set(key, value);
    const answer = await fetch(words.add, { method: "POST", body: form, credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    await self.device.know(made.endpoint);
    location.assign((await answer.json()).then);
  }

  box.querySelector("form[data-add]").addEventListener("submit", (event) => {
    event.preventDefault();
    add().catch(() => show("failed"));
  });
  begin().catch(() => show("cannot"));
})();
