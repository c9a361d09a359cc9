// What every hands-free page is made of: words and figures, voice and tones, the screen, and what stays on this device.
// An event is written down before anything else is done with it, under a name of its own, and stays until the server has
// said that it holds it.
"use strict";
window.led = (() => {
  const NAME = "ionto-led", AGAIN_MS = 15000, WAIT_MS = 10000, TICKS_KEPT_MS = 15 * 60e3, ECHO_MS = 300, ASK_MS = 3000, SETTLE_MS = 120;
  const NOT_A_STOP = /^(Tab|Shift|Control|Alt|AltGraph|Meta|CapsLock|NumLock|ScrollLock|Fn|FnLock|Dead|AudioVolume.*|Volume.*|Brightness.*|Media.*|Print.*)$/;
  const main = document.getElementById("led"), data = JSON.parse(document.getElementById("led-data").textContent);
  const place = data.code + "/" + data.site;
  let database = null, sending = null, again = 0, told = () => {};

  // ---- words and figures
  const w = data.words, at = (id) => document.getElementById(id);
  const remember = (name, value) => { try { localStorage.setItem("ionto-led-" + name, JSON.stringify(value)); } catch { /* full: then it is not remembered */ } };
  const recall = (name) => { try { return JSON.parse(localStorage.getItem("ionto-led-" + name)); } catch { return null; } };
  // By this name the server knows this browser.
  const phone = recall("page") || (crypto.randomUUID ? crypto.randomUUID() : "");
  remember("page", phone);
  // What keeps this browser from leading a session, in words.
  const cannot = !isSecureContext ? w.not_secure : navigator.locks && crypto.randomUUID && window.indexedDB ? "" : w.old_browser;
  const fill = (words, filled) => words.replace(/{(\w+)}/g, (all, name) => (name in filled ? filled[name] : all));
  const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const number = (value) => String(value).replace(".", data.language === "de" ? "," : ".");
  const clock = (s) => Math.floor(s / 60) + ":" + String(Math.floor(s % 60)).padStart(2, "0");
  const locale = data.language === "en" ? "en-GB" : data.language;
  const day = (iso) => new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(new Date(iso + "T00:00:00Z"));

  function view(name) {
    if (main.dataset.view === name) return;
    main.dataset.view = name;
    document.body.dataset.view = name;
    const head = main.querySelector(`section[data-view="${name}"] h1`);
    scrollTo(0, 0);
    if (name === "run") at("stop").focus({ preventScroll: true });
    else if (head) { head.tabIndex = -1; head.focus({ preventScroll: true }); }
  }

  const refuse = (words) => { say(at("refusal"), words); view("refused"); };

  // Any key that somebody presses on purpose; Enter on another button presses that one.
  function isStop(event) {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || NOT_A_STOP.test(event.key)) return false;
    const focused = document.activeElement;
    return !((event.key === "Enter" || event.key === " ") && focused && focused.matches("button, a") && focused !== at("stop"));
  }

  // ---- sound and screen
  // Sounds, a voice, and a screen that stays on: a browser gives them to whoever has touched the page, and to nobody else.
  const canSpeak = "speechSynthesis" in window;
  // Until iOS 18.4 a page that was opened from the home screen got the promise of a bright screen, and not the screen.
  const IS_DIM = Boolean(navigator.standalone) && /OS (1[67]_|18_[0-3](?!\d))/.test(navigator.userAgent);
  let wishes = { note: "", voice: true, sounds: true, ...recall("wishes") }, audio = null, lock = null, isAsked = false;
  let isTouched = false, isVoiceless = !canSpeak, plays = "playback", dark = "", settling = 0, hushedAt = -SETTLE_MS;
  const isMute = () => Boolean(wishes.sounds && audio && audio.state !== "running") || (wishes.voice && !isVoiceless && !isTouched);

  function hear() {
    // The switch that silences an iPhone silences a page, unless the page says that it plays.
    const kind = wishes.sounds || wishes.voice ? plays : "auto";
    try { if (navigator.audioSession && navigator.audioSession.type !== kind) navigator.audioSession.type = kind; } catch { /* then the switch rules */ }
    try { audio = audio || new AudioContext(); audio.resume(); } catch { audio = null; }
  }

  // In the touch itself: an iPhone speaks later only if it was asked to in one, be it for no word.
  function touch() {
    hear();
    if (canSpeak && wishes.voice && !isTouched) { isTouched = true; utter(""); }
    if (main.dataset.view === "run") stayAwake();
  }

  // What is missing while it runs, and what would bring it back.
  function showMissing() {
    const words = isMute() ? (dark ? w.tap_both : w.tap_sound) : dark ? w[dark] : isVoiceless && wishes.voice ? w.voiceless : "";
    say(at("silent"), words);
    at("silent").hidden = !words;
  }

  function tone(hertz, from_s, lasts_s, loud) {
    if (!audio || audio.state !== "running" || !wishes.sounds) return;
    soundsUntil = Math.max(soundsUntil, performance.now() + (from_s + lasts_s) * 1000 + ECHO_MS);
    const begins = audio.currentTime + from_s, source = audio.createOscillator(), gain = audio.createGain();
    source.frequency.value = hertz;
    gain.gain.setValueAtTime(0, begins);
    gain.gain.linearRampToValueAtTime(loud, begins + 0.02);
    gain.gain.setTargetAtTime(0, begins + lasts_s, 0.04);
    source.connect(gain).connect(audio.destination);
    source.start(begins);
    source.stop(begins + lasts_s + 0.4);
  }

  function speak(text, isUrgent) {
    if (isUrgent) { tone(880, 0, 0.18, 0.5); tone(1175, 0.24, 0.28, 0.5); } else tone(784, 0, 0.22, 0.35);
    if (!canSpeak || !wishes.voice) return;
    const interrupts = (isUrgent && speechSynthesis.speaking) || performance.now() - hushedAt < SETTLE_MS;
    if (isUrgent) speechSynthesis.cancel();
    clearTimeout(settling);
    // Said at once after what it interrupts, it would be lost with it in some browsers.
    if (interrupts) settling = setTimeout(utter, SETTLE_MS, text); else utter(text);
  }

  function utter(text) {
    const words = new SpeechSynthesisUtterance(text.replace(/\bmA\b/g, w.spoken_unit));
    words.lang = data.language;
    words.voice = speechSynthesis.getVoices().find((voice) => voice.lang.startsWith(data.language)) || null;
    words.rate = 0.95;
    words.onstart = () => hasVoice(true);
    words.onerror = () => { if (!speechSynthesis.getVoices().length) hasVoice(false); };
    speechSynthesis.speak(words);
  }

  function hasVoice(does) {
    isVoiceless = !does;
    if (at("voiceless")) at("voiceless").hidden = does || !wishes.voice;
  }

  // A loud sound as a stop, where the person asked for it, for this session. What the microphone hears goes to
  // led-ear.js in this browser and nowhere else.
  let ear = null, heard = () => {}, soundsUntil = 0;
  const canHear = "AudioWorkletNode" in window && Boolean(navigator.mediaDevices);
  const isSpeaking = () => performance.now() < soundsUntil || ("speechSynthesis" in window && speechSynthesis.speaking);

  async function openEar() {
    plays = "play-and-record";
    hear();
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: false, autoGainControl: false } }).catch(onlyPlays);
    try {
      await audio.audioWorklet.addModule(main.dataset.ear);
      const node = new AudioWorkletNode(audio, "led-ear"), source = audio.createMediaStreamSource(stream);
      source.connect(node).connect(audio.destination);
      node.port.onmessage = (event) => { if (isSpeaking()) node.port.postMessage("deaf"); else heard(event.data); };
      ear = { stream, node, source };
      stream.getTracks()[0].onended = () => { closeEar(); showEar(); };
      sessionStorage.setItem("ionto-led-ear", "1");
    } catch (error) { for (const track of stream.getTracks()) track.stop(); onlyPlays(error); }
  }

  function onlyPlays(error) {
    plays = "playback";
    hear();
    throw error;
  }

  function closeEar() {
    plays = "playback";
    if (!ear) return;
    for (const track of ear.stream.getTracks()) track.stop();
    ear.source.disconnect();
    ear.node.disconnect();
    ear = null;
  }

  const wantsEar = () => canHear && sessionStorage.getItem("ionto-led-ear") === "1";

  function showEar() {
    at("ear-on").hidden = !wantsEar();
    say(at("ear-on"), ear ? w.ear_on : w.ear_lost);
  }

  // While it runs: also after the page was loaded again.
  function listen(stop) {
    heard = stop;
    if (wantsEar() && !ear) openEar().then(showEar, showEar);
    showEar();
  }

  async function tryEar() {
    at("ear-told").hidden = false;
    if (!at("ear").checked) { sessionStorage.removeItem("ionto-led-ear"); closeEar(); at("ear-told").hidden = true; return; }
    heard = () => say(at("ear-told"), w.ear_works);
    try { await openEar(); say(at("ear-told"), w.ear_try); } catch { at("ear").checked = false; say(at("ear-told"), w.ear_denied); }
  }

  async function stayAwake() {
    if (!navigator.wakeLock || document.hidden || lock || isAsked) return;
    isAsked = true;
    try {
      lock = await navigator.wakeLock.request("screen");
      dark = "";
      lock.addEventListener("release", () => { lock = null; dark = document.hidden ? "" : "tap_awake"; });
    } catch { dark = navigator.userActivation && navigator.userActivation.isActive ? "awake_lost" : "tap_awake"; }
    isAsked = false;
  }

  function letSleep() {
    if (lock) lock.release();
    sessionStorage.removeItem("ionto-led-ear");
    closeEar();
    at("ear").checked = false;
    at("ear-told").hidden = true;
    clearTimeout(settling);
    hushedAt = performance.now();
    if (canSpeak) speechSynthesis.cancel();
  }

  // ---- before: what is ticked, and what is wished for
  const boxes = [...main.querySelectorAll(".check input")], needed = boxes.filter((box) => !box.closest(".advice"));
  const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  let begin = null, isPressed = false;

  // At once, and not only when the server has been asked what else is open: who ticks early is not to tick again.
  function prepare() {
    // A page that is loaded again is the same time; every other time each line is asked anew.
    const ticks = recall("ticks");
    if (ticks && ticks.place === place && Date.now() - ticks.at < TICKS_KEPT_MS && Date.now() >= ticks.at) for (const box of boxes) box.checked = ticks.keys.includes(box.value);
    at("note").value = wishes.note;
    at("voice").checked = wishes.voice;
    at("sounds").checked = wishes.sounds;
    at("ear-choice").hidden = !canHear;
    at("ear").addEventListener("change", tryEar);
    at("voiceless").hidden = canSpeak;
    at("awake").hidden = Boolean(navigator.wakeLock) && !IS_DIM;
    if (at("early").dataset.on) { say(at("early"), fill(w.early, { on: day(at("early").dataset.on) })); at("early").hidden = false; }
    main.querySelector('section[data-view="check"]').addEventListener("change", () => {
      remember("ticks", { place, at: Date.now(), keys: ticked() });
      wishes = { note: at("note").value, voice: at("voice").checked, sounds: at("sounds").checked };
      remember("wishes", wishes);
      if (!at("missing").hidden) missing();
    });
    at("try").addEventListener("click", () => { touch(); setTimeout(() => speak(w.sound_works, false), 80); });
    at("start").addEventListener("click", () => {
      const first = missing();
      if (first) return first.focus();
      touch();
      stayAwake();
      isPressed = true;
      if (begin) begin(ticked());
    });
  }

  function before(start) {
    begin = start;
    view("check");
    if (isPressed) begin(ticked());
  }

  function missing() {
    const left = needed.filter((box) => !box.checked);
    at("missing").hidden = !left.length;
    say(at("missing"), fill(w.missing, { n: left.length }));
    return left[0];
  }

  // What was felt, as the questions afterwards have it.
  const felt = (fields) => [fields.comfort.value, fields.skin.value].filter(Boolean).map((each) => ({ effect: each.split(" ")[0], severity: each.split(" ")[1] }));

  function next(answer) {
    say(at("next"), answer.next_on ? fill(answer.wait_until && answer.wait_until !== answer.next_on ? w.next_wait : w.next, { on: day(answer.next_on), until: day(answer.wait_until || answer.next_on) }) : w.no_next);
    say(at("why"), answer.why ? w.next_because + " " + answer.why : "");
    at("alerts").replaceChildren(...answer.alerts.map((words) => Object.assign(document.createElement("p"), { className: "notice", textContent: words })));
    at("record").href = answer.record;
    at("record").hidden = false;
  }

  // ---- what stays here

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

  const everySession = () => read("sessions", (store) => store.getAll());
  const sessions = async () => (await everySession()).filter((each) => each.place === place);
  const eventsOf = async (id) => (await read("events", (store) => store.index("session").getAll(id))).sort((a, b) => a.event.t_s - b.event.t_s || a.number - b.number);
  const keep = (session) => write(["sessions"], (store) => store.put(session));

  function note(session, event) {
    session.count = (session.count || 0) + 1;
    const entry = { id: crypto.randomUUID(), session: session.id, number: session.count, at: new Date().toISOString(), event, phone, sent: false };
    return write(["events", "sessions"], (events, kept) => { events.put(entry); kept.put(session); }).then(() => { send(); return entry; });
  }

  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] || document.querySelector("[name=csrfmiddlewaretoken]").value;

  // Sent one after another, also what was led at another place; what was answered is forgotten here only when the session is told and all of it is there.
  function send() {
    sending = (sending || Promise.resolve()).then(sendAll).catch(() => later()).then(tellUnsent).catch(() => {});
    return sending;
  }

  function later() {
    clearTimeout(again);
    again = setTimeout(send, AGAIN_MS);
  }

  async function sendAll() {
    for (const session of await everySession()) {
      const waiting = (await eventsOf(session.id)).filter((each) => !each.sent);
      if (!waiting.length && session.isTold && !session.isGone) await forget(session);
      if (!waiting.length || session.refused) continue;
      const events = waiting.map(({ id, at, event, phone: by }) => ({ id, at, event, phone: by }));
      const answer = await fetch(main.dataset.events.replace(place, session.place), {
        method: "POST", credentials: "same-origin", signal: within(WAIT_MS),
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ session: session.id, ticket: session.ticket, sent_at: new Date().toISOString(), events }),
      });
      if (answer.redirected || answer.status === 403) { told(session, { signIn: true }); continue; }
      // The record is erased, or not this person's any more: what was written for it goes with it.
      if (answer.status === 404 || answer.status === 410) { await wipe(session); told(session, { gone: true }); continue; }
      if (answer.status === 409 || answer.status === 422) {
        session.refused = (await answer.json()).why;
        await keep(session);
        told(session, { refused: session.refused });
        continue;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const said = await answer.json(), held = new Set(said.kept);
      if (said.taken) { await wipe(session); told(session, { taken: true }); continue; }
      if (said.record) session.answer = said;
      await write(["events", "sessions"], (store, kept) => {
        for (const each of waiting) if (held.has(each.id)) store.put({ ...each, sent: true });
        // Only what was answered: the page may have written more of the session meanwhile.
        kept.get(session.id).onsuccess = ({ target: { result: now } }) => { if (now) kept.put({ ...now, answer: session.answer }); };
      });
      told(session, { answer: said });
      if (session.isTold) await forget(session);
    }
  }

  function wipe(session) {
    return eventsOf(session.id).then((events) => write(["events", "sessions"], (store, kept) => {
      for (const each of events) store.delete(each.id);
      kept.delete(session.id);
    }));
  }

  // Whoever signs out is told first that something here is open or not sent, of whichever place: this says so to the server.
  async function tellUnsent() {
    let isUnsent = false;
    for (const session of await everySession()) isUnsent ||= !session.isGone && (!session.isOver || (await eventsOf(session.id)).some((each) => !each.sent));
    document.cookie = "ionto_unsent=1; path=/; SameSite=Lax; max-age=" + (isUnsent ? 7 * 86400 : 0);
  }

  // What another phone began, as if it had been written here; all of it is on the server already.
  function adopt(session, written) {
    session.count = written.length;
    return write(["events", "sessions"], (events, kept) => {
      written.forEach((each, n) => events.put({ id: each.id, session: session.id, number: n + 1, at: each.at, event: each.event, phone: each.phone, sent: true }));
      kept.put(session);
    });
  }

  // Whether a session is open here, or has been taken over; null without a network.
  async function askOpen(more) {
    try {
      const answer = await fetch(main.dataset.open, {
        method: "POST", credentials: "same-origin", signal: within(ASK_MS),
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() }, body: JSON.stringify({ phone, ...more }),
      });
      return answer.ok && !answer.redirected ? await answer.json() : null;
    } catch { return null; }
  }

  // The record is the server's; here stays only that there was a session today.
  function forget(session) {
    return eventsOf(session.id).then((events) => write(["events", "sessions"], (store, kept) => {
      for (const each of events) store.delete(each.id);
      kept.put({ id: session.id, place: session.place, isTold: true, isGone: true, isStopped: session.isStopped, isRed: session.isRed, toldAt: session.toldAt, on: session.on, answer: session.answer });
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
      worker.active.postMessage({ keep: [location.origin + location.pathname, ...files, location.origin + main.dataset.ear] });
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

  for (const kind of ["pointerup", "touchend"]) document.addEventListener(kind, () => { if (main.dataset.view === "run") touch(); });
  addEventListener("online", () => send());
  if (boxes.length) prepare();
  return {
    main, data, place, at, remember, recall, fill, say, number, clock, locale, view, refuse, cannot, isStop, showMissing, hear, touch, tone, speak, listen, stayAwake, letSleep,
    before, felt, next, token, sessions, eventsOf, keep, adopt, wipe, askOpen, phone, note, send, mark, stayWithoutNetwork,
    async ready() { database = await open(); },
    onTold(hear) { told = hear; },
  };
})();
