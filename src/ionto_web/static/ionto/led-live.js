// Shows a session that a connected device gives to somebody whose hands are in the water: what flows, how long still, and
// its stop. The device runs in the server; this page says all the while that it is there, for its stop is all there is.
"use strict";
(() => {
  const { main, data, at, remember, recall, fill, say, number, clock, view, refuse, hear, tone, speak } = led, w = data.words;
  const TICK_MS = 250, WAIT_MS = 2500, AGAIN_MS = 1000, KEPT_MS = 3 * 3600e3, UNHEARD_BEATS = 3;
  const put = w.put[data.site], rule_short = w.rule_short[data.site], LIVE = "live " + led.place;
  let run = null, picture = null, source = null, timer = 0, beats = 0, beginsAt = 0, isAsked = false, ticked = 0;
  let heardAt = 0, beatenAt = 0, holdsLock = false, leads = null, isSignedOut = false, pending = null, lost = "", saidPhase = "";

  const ask = (address, body) => fetch(address, {
    method: "POST", credentials: "same-origin", signal: within(WAIT_MS), body,
    headers: { Accept: "application/json", "X-CSRFToken": led.token(), ...(typeof body === "string" ? { "Content-Type": "application/json" } : {}) },
  });

  // ---- before it begins: time to get into the water
  function leadIn(keys) {
    if (beginsAt || run) return;
    led.listen(soundStops);
    beginsAt = performance.now() + data.lead_in_s * 1000;
    say(at("outcome"), "");
    view("run");
    say(at("h-run"), w.step_checking_contact);
    say(at("said"), fill(w.lead_in, { put }));
    say(at("stop"), w.stop);
    at("current").hidden = true;
    at("progress").hidden = true;
    speak(at("said").textContent, false);
    led.stayAwake();
    timer = setInterval(() => waiting(keys), TICK_MS);
  }

  function waiting(keys) {
    const left = Math.max(0, Math.ceil((beginsAt - performance.now()) / 1000));
    say(at("clock"), clock(left));
    if (left && left <= 3 && left !== ticked) tone(660, 0, 0.06, 0.25);
    ticked = left;
    if (!left) { timer = clearInterval(timer) || 0; start(keys); }
  }

  // Back to the checklist, with what came of it above it: below it, nobody would see it.
  function callOff(words) {
    timer = clearInterval(timer) || 0;
    beginsAt = 0;
    isAsked = false;
    led.letSleep();
    view("check");
    say(at("outcome"), words);
    speak(words, true);
  }

  async function start(keys) {
    const speed = main.querySelector("input[name=speed]:checked");
    isAsked = true;
    try {
      const answer = await ask(main.dataset.start, JSON.stringify({ ticked: keys, page: led.phone, speed_ratio: Number(speed.value) }));
      const said = answer.redirected ? { why: w.sign_in } : await answer.json();
      if (!said.running) return callOff(beginsAt ? fill(w.not_started, { why: said.why }) : w.not_begun);
      remember("ticks", null);
      follow(said.running);
      // Called off while it was being asked for: what has begun is stopped, and watched until it is at zero.
      if (!beginsAt) press("stop_pressed");
    } catch { callOff(fill(w.not_known, { n: Math.ceil(data.silent_s + 1 + data.falls_s) })); }
  }

  // ---- while it runs
  function follow(found) {
    run = found;
    remember(LIVE, { ...run, at: Date.now() });
    heardAt = beatenAt = performance.now();
    view("run");
    at("current").hidden = at("progress").hidden = false;
    say(at("stop"), w.stop);
    say(at("clock"), "…");
    say(at("aim"), "…");
    say(at("said"), "");
    led.mark(true);
    led.stayAwake();
    led.listen(soundStops);
    watch();
    // Of several tabs one leads; another takes over when it is closed. Between browsers the server decides.
    navigator.locks.request("ionto-led " + data.code, () => { holdsLock = true; beat(); return new Promise(() => {}); });
    setTimeout(() => { if (!holdsLock) leads = false; }, 2 * AGAIN_MS);
    timer = setInterval(tick, TICK_MS);
    beats = setInterval(beat, data.beat_s * 1000);
  }

  function watch() {
    if (source) source.close();
    source = new EventSource(run.stream);
    source.addEventListener("picture", (event) => show(JSON.parse(event.data)));
    source.addEventListener("gone", over);
    source.onerror = () => { source.close(); if (run) setTimeout(() => run && watch(), AGAIN_MS); };
  }

  async function beat() {
    if (!holdsLock || !run) return;
    const sentAt = performance.now();
    try {
      const answer = await ask(run.beat, JSON.stringify({ page: led.phone }));
      isSignedOut = answer.redirected || answer.status === 403;
      if (isSignedOut) return;
      if (answer.status === 404) { remember(LIVE, null); led.mark(false); return location.reload(); }
      leads = (await answer.json()).leads;
      if (leads) beatenAt = sentAt;
    } catch { /* no link: the device goes down by itself, and the page says so */ }
  }

  function show(seen) {
    if (!run) return;
    picture = seen;
    if (!seen.is_stale) heardAt = performance.now();
    tick();
  }

  function tick() {
    const waited_s = (performance.now() - heardAt) / 1000;
    at("watching").hidden = leads !== false;
    led.showMissing();
    if (isSignedOut) return showLost("signed_out", w.signed_out);
    // Pictures may come while nothing that is sent arrives: then the stop would not be heard either.
    const isUnheard = leads && performance.now() - beatenAt > UNHEARD_BEATS * data.beat_s * 1000;
    if (waited_s > data.stale_s || isUnheard) return showLost(...whyLost(isUnheard));
    if (!picture) return;
    if (lost) { lost = ""; at("lost").hidden = true; if (leads) speak(w.link_back, false); }
    main.querySelector(".run").classList.remove("is-lost");
    const { phase, possible } = picture;
    say(at("h-run"), picture.phase_words);
    say(at("clock"), clock(picture.left_s));
    at("clock").classList.toggle("is-long", at("clock").textContent.length > 4);
    say(at("aim"), number(picture.current_ma.toFixed(1)));
    say(at("whole"), fill(w.set_to, { aim_ma: number(picture.aim_ma) }));
    at("progress").value = picture.done_fraction;
    const told = picture.page_lost ? fill(w.page_lost, { put }) : picture.told.join(" ");
    say(at("said"), told);
    at("steer").hidden = !possible.includes("resume_pressed");
    if (!pending) say(at("stop"), phase === "stopping" ? w.cut_now : w.stop);
    if (saidPhase !== phase + told && leads) speak(told || picture.phase_words, picture.page_lost);
    saidPhase = leads ? phase + told : saidPhase;
  }

  function whyLost(isUnheard) {
    const link_s = (performance.now() - beatenAt) / 1000;
    if (!isUnheard && picture && picture.is_stale) return ["device", fill(w.lost_device, { rule_short })];
    if (leads === false) return ["watcher", w.lost_watcher];
    // Heard no more, the device waits so long, and then goes down as it always does.
    const left_s = Math.ceil(data.silent_s + 1 + (picture ? picture.falls_s : data.falls_s) - link_s);
    return left_s > 0 ? ["falls", fill(w.lost_falls, { n: left_s })] : ["zero", fill(w.lost_zero, { rule_short })];
  }

  // What was seen last is not shown any more: nobody must take it for what flows.
  function showLost(kind, words) {
    main.querySelector(".run").classList.add("is-lost");
    say(at("h-run"), w.lost);
    say(at("clock"), "–");
    say(at("aim"), "–");
    say(at("whole"), "");
    at("progress").removeAttribute("value");
    say(at("said"), pending ? w.stop_unheard : "");
    at("steer").hidden = true;
    say(at("lost"), words);
    at("lost").hidden = false;
    if (lost !== kind && kind !== "watcher") speak(w.lost + ". " + words, true);
    lost = kind;
  }

  // ---- buttons, keys, and what is heard
  function stop(kind) {
    if (main.dataset.view !== "run") return;
    if (run) return void press(kind);
    if (!beginsAt) return;
    if (!isAsked) return callOff(w.not_begun);
    // Only the answer will say whether something has begun.
    beginsAt = 0;
    say(at("stop"), "…");
  }

  // A stop is sent until it is heard; a second one, which would cut, only once the first has been.
  async function press(kind) {
    if (pending) return;
    pending = kind;
    const once = "?once=" + crypto.randomUUID();
    if (kind !== "resume_pressed") say(at("stop"), "…");
    while (run) {
      try {
        const answer = await ask(run.press[kind] + once);
        if (answer.status === 202 || answer.status === 409) break;
      } catch { /* said by what is shown when nothing is seen */ }
      if (kind === "resume_pressed") break;
      await new Promise((again) => setTimeout(again, AGAIN_MS));
    }
    pending = null;
  }

  // A sound never cuts: whoever claps three times wants it to end, not to be pricked.
  function soundStops() {
    if (!picture || picture.phase !== "stopping") stop("stop_pressed");
  }

  at("stop").addEventListener("click", () => stop("stop_pressed"));
  at("hurts").addEventListener("click", () => stop("pain_reported"));
  at("go-on").addEventListener("click", () => { at("stop").focus({ preventScroll: true }); press("resume_pressed"); });
  document.addEventListener("keydown", (event) => {
    if (main.dataset.view !== "run" || !led.isStop(event)) return;
    event.preventDefault();
    stop("stop_pressed");
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && (run || beginsAt)) { hear(); led.stayAwake(); if (run) { beat(); tick(); } } });

  // ---- after
  function over() {
    if (!run) return;
    source.close();
    clearInterval(timer);
    clearInterval(beats);
    led.letSleep();
    led.mark(false);
    const ended = run;
    run = null;
    at("ask").onsubmit = (event) => { event.preventDefault(); tell(ended, led.felt(at("ask").elements)); };
    at("later").onclick = () => tell(ended, []);
    view("ask");
    say(at("outcome"), w.live_over);
    speak(w.live_over, false);
  }

  async function tell(ended, felt) {
    const body = new FormData();
    for (const each of felt) body.append("felt-" + each.effect, each.severity);
    try {
      const answer = await (await ask(ended.comfort, body)).json();
      remember(LIVE, null);
      say(at("had"), fill(w.done_numbers, { held: number(Math.round(answer.held_min * 10) / 10), minutes: number(ended.minutes), current: number(Math.round(answer.current_ma * 10) / 10) }));
      led.next(answer);
      say(at("sent"), w.sent);
      say(at("outcome"), "");
      view("done");
    } catch { say(at("unsent"), w.not_sent); at("unsent").hidden = false; }
  }

  at("again").addEventListener("click", () => location.reload());

  // ---- from the beginning
  function begin() {
    // Kept so that a page that is loaded again without a network still says what the device does and how to get out.
    led.stayWithoutNetwork(() => {});
    const kept = recall(LIVE);
    if (data.running) follow(data.running);
    else if (kept && Date.now() - kept.at < KEPT_MS) follow(kept);
    else if (data.refusal) refuse(data.refusal);
    else led.before(leadIn);
  }

  if (led.cannot) refuse(led.cannot); else begin();
})();
