// The day in one tap: written down on this device first, then sent; the page says what became of it.
"use strict";
(() => {
  const main = document.getElementById("taps"), words = main.dataset, status = document.getElementById("said");
  const csrf = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] || main.querySelector("[name=csrfmiddlewaretoken]").value;
  const formOf = (site) => main.querySelector(`form[data-site="${site}"]`);
  // By its parts: no country's way to write a date is the same in every browser.
  const calendar = new Intl.DateTimeFormat("en", { timeZone: words.zone, calendar: "gregory", year: "numeric", month: "2-digit", day: "2-digit" });
  const dayOf = (moment) => ["year", "month", "day"].map((part) => calendar.formatToParts(moment).find(({ type }) => type === part).value).join("-");
  const isToday = () => words.on === dayOf(new Date());

  function mark(form, felt) {
    form.dataset.before = felt;
    for (const button of form.querySelectorAll("button")) {
      button.classList.toggle("tapped", button.value === felt);
      button.setAttribute("aria-pressed", String(button.value === felt));
    }
  }

  function say(what, earlier) {
    status.textContent = words[what].replace("{answer}", earlier ? main.querySelector(`button[value="${earlier}"]`).textContent.trim() : "");
    status.className = "notice notice-" + (what === "kept" ? "success" : "warning");
    status.hidden = false;
    document.getElementById("door").hidden = what !== "door";
  }

  function told(entry, how, said) {
    const form = entry.body.code === words.code && dayOf(entry.at) === dayOf(new Date()) ? formOf(entry.body.site) : null;
    if (how === "other" && form) mark(form, said.earlier);
    if (form || how === "lost") say(how, said && said.earlier);
    if (how === "kept" || how === "other") stay({ again: true });
  }

  // What came with a message is sent by the worker, which says what became of it where the message was.
  const send = () => self.waiting.send(told, csrf(), (entry) => !entry.message).catch(() => say("lost"));

  main.addEventListener("submit", (event) => {
    const form = event.target, felt = event.submitter.value;
    event.preventDefault();
    const body = { code: words.code, site: form.dataset.site, felt, before: form.dataset.before };
    self.waiting.keep({ to: words.to, csrf: csrf(), body }).then(() => { mark(form, felt); return send(); }, () => {
      // No room to write it down: then as a page without this script would.
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "felt", value: felt }));
      form.submit();
    });
  });

  // A page that was kept from another day knows no answer of today.
  function begin() {
    if (!isToday()) for (const form of main.querySelectorAll("form")) mark(form, "");
    return self.waiting.all().then((left) => {
      if (left.some((entry) => entry.message)) toWorker({ send: true });
      for (const entry of left) if (entry.body.code === words.code && dayOf(entry.at) === dayOf(new Date())) mark(formOf(entry.body.site), entry.body.felt);
      return left.length ? send() : null;
    });
  }

  // The worker keeps the page as it was last known, for when there is no network.
  async function toWorker(said) {
    if (!("serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register(words.worker);
    (await navigator.serviceWorker.ready).active.postMessage(said);
  }

  function stay(more) {
    const files = [...document.querySelectorAll('script[src], link[rel="stylesheet"], link[rel="icon"]')].map((each) => each.src || each.href);
    toWorker({ keep: [location.origin + location.pathname, ...files], ...more }).catch(() => {});
  }

  if ("serviceWorker" in navigator) navigator.serviceWorker.addEventListener("message", ({ data }) => told(data.entry, data.how, data.said));
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !isToday()) location.reload(); });
  begin().catch(() => {});
  stay();
})();
