// Plays the timeline of a hands-free session, and writes down what happens. It decides nothing and knows no number of its
// own: steps, words and times come from the server, which also folds what is written here into the real session.
"use strict";
(() => {
  const { main, data, at, remember, fill, say, number, clock, locale, view, refuse, hear, touch, tone, speak } = led, w = data.words;
  const TICK_MS = 250, DRIFT_MS = 1500, BEAT_MS = 1000;
  let session = null, events = [], anchor = null, lastMono = 0, lastWall = 0, beatAt = 0, spoken = new Set(), shownAt = "", ticked = 0;
  let timer = 0;

  const lasting = (s) => (s < 90 ? fill(w.seconds_many, { n: Math.round(s) }) : fill(w.minutes_many, { n: Math.round(s / 60) }));
  const hour = (ms) => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(ms);
  const today = () => new Intl.DateTimeFormat("sv").format(new Date());

  // ---- the timeline, played
  const now = () => anchor.t_s + (performance.now() - anchor.mono) / 1000;
  const whole = (t_s) => Math.min(86400, Math.round(Math.ceil(t_s / line().tick_s - 1e-6) * line().tick_s * 100) / 100);
  const line = () => session.timeline;
  const stopOf = () => events.find((each) => each.kind === "stop_pressed" || each.kind === "pain_reported");

  // Every step with its beginning and end, as far as it is known what happened.
  function steps() {
    let begins = 0;
    return line().steps.map((step) => {
      let ends = begins + step.lasts_s;
      for (const stay of events) {
        if (stay.kind !== "stayed_on" || !step.falls) continue;
        // Nobody told them to turn it down while the page was away: they do so now.
        if (begins > stay.t_s && begins < stay.until_s) { begins = stay.until_s; ends = begins + step.lasts_s; }
        else if (begins <= stay.t_s && stay.t_s < ends) ends += stay.until_s - stay.t_s;
      }
      let answered = null;
      if (step.answer) {
        const mores = events.filter((each) => each.kind === "more_time_asked" && each.t_s >= begins && each.t_s <= begins + line().most_s).length;
        const most = begins + Math.min(step.patience_s + line().more_s * mores, Math.max(step.patience_s, line().most_s));
        answered = events.find((each) => each.kind === "answered" && each.answer === step.answer && each.half_count === step.half_count) || null;
        const when = Math.min(answered ? Math.max(answered.t_s, begins) : most, most);
        ends = Math.max(begins + step.least_s, when + step.lasts_s);
      }
      const played = { ...step, begins, ends, answered };
      begins = ends;
      return played;
    });
  }

  // Where the session is at a moment: in a step, or in those after a stop.
  function place(t_s) {
    const all = steps(), stop = stopOf(), last = all[all.length - 1];
    if (stop && stop.t_s < last.begins) {
      const [falls, over] = line().stop, ends = stop.t_s + falls.lasts_s;
      const step = t_s < ends ? { ...falls, begins: stop.t_s, ends } : { ...over, begins: ends, ends };
      return { step, key: "stop" + step.phase, isOver: t_s >= ends, isStopped: true, total: ends };
    }
    const index = all.findIndex((step, n) => t_s < step.ends || n === all.length - 1);
    return { step: all[index], key: String(index), isOver: all[index] === last, isStopped: false, total: last.begins };
  }

  const heldMin = () => {
    const stop = stopOf(), until = stop ? stop.t_s : Infinity;
    return steps().filter((step) => step.phase === "holding").reduce((sum, step) => sum + Math.max(0, Math.min(step.ends, until, now()) - step.begins), 0) / 60;
  };

  function note(event) {
    events.push(event);
    events.sort((a, b) => a.t_s - b.t_s);
    return led.note(session, event).catch(() => say(at("network"), w.cannot_keep));
  }

  function tick() {
    const mono = performance.now(), wall = Date.now(), waited = mono - lastMono, drift = wall - lastWall - waited;
    const before = now() - waited / 1000;
    lastMono = mono; lastWall = wall;
    // The wall went on without us: asleep, or its clock was set. Which of them it was, only the person can say.
    if (drift > Math.max(DRIFT_MS, line().unasked_s * 1000)) { wasAway(before, before + (waited + drift) / 1000, true); }
    else if (waited > line().unasked_s * 1000) wasAway(before, before + waited / 1000, false);
    if (session.away && !document.hidden) return ask();
    show();
    if (mono - beatAt > BEAT_MS) { beatAt = mono; session.beat = { t_s: now(), wall }; led.keep(session).catch(() => {}); }
  }

  function show() {
    const t_s = now(), here = place(t_s), { step } = here, left = Math.max(0, Math.ceil(step.ends - t_s - 1e-3));
    say(at("h-run"), w["step_" + step.phase]);
    say(at("clock"), here.isOver ? "✓" : clock(left));
    at("clock").classList.toggle("is-long", at("clock").textContent.length > 4);
    // Nobody measures: what is to be set stands there with an arrow, what is held without, and at rest nothing.
    const rests = step.from_ma < 1 && step.to_ma < 1;
    at("current").hidden = !line().asks_reached || here.isOver || rests;
    say(at("aim"), (step.from_ma === step.to_ma ? "" : "→") + number(step.to_ma < 1 ? 0 : step.to_ma));
    say(at("whole"), here.isOver ? "" : fill(w.left_in_all, { minutes: Math.ceil(Math.max(0, here.total - t_s) / 60) }));
    at("progress").value = Math.min(1, t_s / here.total);
    const waits = Boolean(step.answer) && !step.answered && !here.isOver;
    at("steer").hidden = at("waits").hidden = !waits;
    if (waits) say(at("waits"), w.goes_on_in + " " + clock(left));
    document.querySelector(".stops").hidden = here.isStopped || here.isOver;
    document.querySelector(".run").classList.toggle("is-stopped", here.isStopped);
    at("zero").hidden = !here.isStopped && !here.isOver;
    cues(here, t_s);
    if (here.key !== shownAt) { if (shownAt && document.activeElement.closest("[hidden]")) (here.isStopped || here.isOver ? at("zero") : at("stop")).focus(); shownAt = here.key; }
    if (here.isOver) overAt(t_s);
    if (waits || step.phase === "ramping_up") count(left);
    led.showMissing();
  }

  // The end is written down once: when the page has led to it, or when somebody is out before that.
  function overAt(t_s) {
    if (session.isOver) return;
    const here = place(t_s);
    Object.assign(session, { isOver: true, isStopped: here.isStopped });
    led.mark(false);
    note({ kind: "over", t_s: whole(Math.min(t_s, here.total)) });
  }

  function cues({ step, key }, t_s) {
    // The last of a step stands there until the next; each is spoken once.
    const due = step.says.map((cue, n) => ({ ...cue, name: key + "/" + n })).filter((cue) => cue.at_s === 0 || step.begins + cue.at_s <= t_s);
    if (!due.length) return;
    const newest = due[due.length - 1].at_s;
    say(at("said"), due.filter((cue) => cue.at_s === newest).map((cue) => cue.text).join(" "));
    for (const cue of due) {
      if (spoken.has(cue.name)) continue;
      spoken.add(cue.name);
      // What was due long ago is not called out now; only the latest is, for whoever comes back.
      if (cue.at_s === newest) speak(cue.text, cue.urgent);
    }
  }

  function count(left) {
    if (left > 3 || left < 1 || left === ticked) { if (left > 3) ticked = 0; return; }
    ticked = left;
    tone(660, 0, 0.06, 0.25);
  }

  // ---- away and back
  function wasAway(from_s, until_s, mayBeClock) {
    if (place(from_s).isOver) { anchor = { t_s: until_s, mono: performance.now() }; return; }
    session.away = { from_s: session.away ? session.away.from_s : whole(from_s), wall: session.away ? session.away.wall : Date.now() - (until_s - from_s) * 1000, mayBeClock };
    anchor = { t_s: until_s, mono: performance.now() };
    led.keep(session).catch(() => {});
  }

  // What somebody had to do with their hands in that time, if anything.
  const dueBetween = (from_s, until_s) => steps().find((step) => (step.falls || step.answer) && step.ends > from_s && step.begins < until_s);

  function ask() {
    const { from_s, mayBeClock, wall } = session.away, until_s = now();
    if (main.dataset.view === "away") return;
    say(at("away"), fill(w.away, { from: hour(wall), until: hour(Date.now()), how_long: lasting(until_s - from_s) }));
    for (const button of main.querySelectorAll("[data-said]")) {
      const said = button.dataset.said;
      button.hidden = (said === "as_planned" && !dueBetween(from_s, until_s)) || (said === "clock" && !mayBeClock) || (said === "on" && until_s - from_s > line().longest_on_s);
    }
    view("away");
    speak(at("away").textContent, true);
  }

  async function back(said) {
    touch();
    const from_s = session.away.from_s, until_s = whole(now());
    session.away = null;
    await note({ kind: "away", t_s: from_s, until_s, said });
    if (said === "on") {
      const due = steps().find((step) => step.falls && step.begins > from_s && step.begins < until_s);
      const inIt = steps().find((step) => step.falls && step.begins <= from_s && from_s < step.ends);
      if (due || inIt) await note({ kind: "stayed_on", t_s: from_s, until_s });
      if (due && until_s - due.begins > line().late_s) await note({ kind: "stop_pressed", t_s: until_s });
    } else if (said === "off" || said === "unknown") await note({ kind: "stop_pressed", t_s: from_s });
    else if (said === "clock") anchor = { t_s: from_s, mono: performance.now() };
    spoken = new Set();
    run();
  }

  // ---- buttons and keys
  function stop(kind) {
    if (main.dataset.view !== "run" || stopOf() || place(now()).isOver) return;
    note({ kind, t_s: whole(now()) });
    show();
    at("zero").focus({ preventScroll: true });
  }

  at("stop").addEventListener("click", () => stop("stop_pressed"));
  at("hurts").addEventListener("click", () => stop("pain_reported"));
  at("done-step").addEventListener("click", () => {
    const { step } = place(now());
    if (step.answer && !step.answered) note({ kind: "answered", t_s: whole(now()), answer: step.answer, half_count: step.half_count });
    at("stop").focus({ preventScroll: true });
    show();
  });
  at("more").addEventListener("click", () => { note({ kind: "more_time_asked", t_s: whole(now()) }); show(); });
  at("zero").addEventListener("click", () => { overAt(now()); endRun(); questions(); });
  for (const button of main.querySelectorAll("[data-said]")) button.addEventListener("click", () => back(button.dataset.said));

  document.addEventListener("keydown", (event) => {
    const isAway = main.dataset.view === "away";
    if (!isAway && (main.dataset.view !== "run" || stopOf() || place(now()).isOver)) return;
    if (!led.isStop(event)) return;
    event.preventDefault();
    // Whoever only wants it to end answers nothing more.
    if (isAway) back("unknown"); else stop("stop_pressed");
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && timer) { hear(); led.stayAwake(); tick(); } });

  function run() {
    lastMono = performance.now(); lastWall = Date.now();
    led.mark(true);
    view("run");
    led.listen(() => stop("stop_pressed"));
    show();
    led.stayAwake();
    if (!timer) timer = setInterval(tick, TICK_MS);
  }

  function endRun() {
    timer = clearInterval(timer) || 0;
    led.letSleep();
  }

  // ---- before
  async function start() {
    if (session) return;
    if (Date.now() > Date.parse(data.good_until)) return refuse(w.too_old);
    session = { id: crypto.randomUUID(), place: led.place, ticket: data.ticket, timeline: data.timeline, display: data.display, on: today(), beat: { t_s: 0, wall: Date.now() } };
    anchor = { t_s: 0, mono: performance.now() };
    events = [];
    try {
      await led.note(session, { kind: "began", t_s: 0 });
      events.push({ kind: "began", t_s: 0 });
      const first = line().steps[0];
      if (first.answer) await note({ kind: "answered", t_s: 0, answer: first.answer, half_count: first.half_count });
    } catch { session = null; return refuse(w.cannot_keep); }
    remember("ticks", null);
    run();
  }

  // ---- after
  function questions() {
    const held = steps().filter((step) => step.phase === "holding"), until = stopOf() ? stopOf().t_s : Infinity;
    const turned = steps().find((step) => step.half_count === 2 && step.answer === "poles");
    at("ask-reached").hidden = !line().asks_reached || !held.length || held[0].begins >= until;
    at("ask-turned").hidden = !turned || Boolean(turned.answered) || turned.ends >= until;
    say(at("reached"), fill(w.reached, { display: session.display }));
    say(at("planned"), fill(w.reached_planned, { aim_ma: number(line().aim_ma) }));
    view("ask");
  }

  at("ask").addEventListener("change", () => { at("other").hidden = at("ask").elements.reached.value !== "other"; });
  at("ask").addEventListener("submit", (event) => { event.preventDefault(); tell(at("ask").elements); });
  at("later").addEventListener("click", () => { session.isTold = true; led.keep(session).then(() => led.send()); done(); });

  async function tell(fields) {
    const other = Number(at("shown").value.trim().replace(",", ".").replace(/\s*mA$/i, "") || NaN), isOther = fields.reached.value === "other" && !at("ask-reached").hidden;
    const isWrong = isOther && !(other >= 0 && other <= 35);
    at("shown").setAttribute("aria-invalid", String(isWrong));
    if (isWrong) return at("shown").focus();
    const reached_ma = isOther ? other : fields.reached.value === "planned" ? line().aim_ma : null;
    const turned = { yes: true, no: false }[fields.turned.value];
    Object.assign(session, { isTold: true, toldAt: Date.now(), isRed: Boolean(at("ask").querySelector("[data-red]:checked")) });
    await note({ kind: "told", t_s: whole(now()), reached_ma, turned: turned === undefined ? null : turned, felt: led.felt(fields) });
    done();
  }

  function done() {
    const answer = session.answer;
    const stopped = Boolean(stopOf()) && place(now()).isStopped;
    const current = answer ? Math.round(answer.current_ma * 10) / 10 : line().aim_ma, held = answer ? answer.held_min : heldMin();
    say(at("had"), fill(w.done_numbers, { held: number(Math.round(held * 10) / 10), minutes: number(line().duration_min), current: number(current) }) + (stopped ? " " + w.done_stopped : ""));
    if (answer) led.next(answer);
    say(at("sent"), session.refused ? fill(w.refused, { why: session.refused }) : answer ? w.sent : w.kept_here);
    view("done");
  }

  at("again").addEventListener("click", () => location.reload());
  led.onTold((which, said) => {
    if (!session || which.id !== session.id) return;
    if (said.taken) return taken();
    if (said.gone) { endRun(); led.mark(false); session = null; return location.reload(); }
    Object.assign(session, { answer: which.answer, refused: which.refused });
    // What may be led next is another matter now.
    if (which.answer) led.stayWithoutNetwork(() => {});
    if (main.dataset.view === "done") { done(); if (said.signIn) say(at("sent"), w.kept_here + " " + w.sign_in); }
  });

  // ---- on another phone
  function taken() {
    const id = session && session.id;
    endRun();
    led.mark(false);
    session = null;
    view("taken");
    return id && led.wipe({ id }).then(led.send);
  }

  async function askTaken() {
    if (!session || session.isOver) return;
    const said = await led.askOpen({ session: session.id, t_s: now() });
    if (said && said.taken) await taken();
  }

  function offer(there) {
    const began = Date.now() - there.now_s * 1000;
    say(at("open"), fill(w.open, { since: hour(began), heard: hour(began + there.heard_s * 1000) }));
    at("go-on-here").onclick = async () => {
      touch();
      await takeOver(there);
      if (there.now_s - there.heard_s > line().unasked_s) wasAway(there.heard_s, now(), false);
      if (session.away) { timer = setInterval(tick, TICK_MS); ask(); led.stayAwake(); } else run();
    };
    at("it-ended").onclick = async () => {
      const [hours, minutes] = at("ended").value.split(":").map(Number), when = new Date(began);
      when.setHours(hours, minutes, 59, 0);
      // After midnight the clock starts anew.
      if (when < began) when.setDate(when.getDate() + 1);
      const t_s = Math.max(there.heard_s, (when - began) / 1000);
      const isWrong = !(when > began && (when - began) / 1000 < there.now_s + 60);
      at("ended-wrong").hidden = !isWrong;
      if (isWrong) return at("ended").focus();
      await takeOver(there);
      if (!place(Math.min(t_s, now())).isOver) await note({ kind: "stop_pressed", t_s: whole(Math.min(t_s, now())) });
      Object.assign(session, { isOver: true, isStopped: Boolean(stopOf()) });
      await note({ kind: "over", t_s: whole(Math.min(now(), place(now()).total)) });
      questions();
    };
    view("open");
  }

  async function takeOver(there) {
    session = { id: there.session, place: led.place, ticket: there.ticket, timeline: there.timeline, display: there.display, on: today(), beat: { t_s: there.now_s, wall: Date.now() } };
    anchor = { t_s: there.now_s, mono: performance.now() };
    lastMono = performance.now(); lastWall = Date.now();
    events = there.events.map((each) => each.event);
    await led.adopt(session, there.events);
    await note({ kind: "taken_over", t_s: whole(now()) });
  }

  at("look").addEventListener("click", () => location.reload());

  // ---- from the beginning
  async function begin() {
    try { await led.ready(); } catch { return refuse(w.cannot_keep); }
    led.stayWithoutNetwork((isKept) => say(at("network"), isKept ? w.offline_ready : w.offline_not));
    led.send();
    const kept = await led.sessions(), open = kept.find((each) => !each.isTold);
    if (open && !open.isOver) {
      const said = await led.askOpen({ session: open.id, t_s: open.beat.t_s });
      if (said && said.taken) { session = open; return taken(); }
    }
    setInterval(askTaken, (data.ask_s || 10) * 1000);
    if (!open) {
      const there = await led.askOpen({});
      if (there && there.open) return offer(there.open);
      if (data.refusal && !(data.not_before && today() >= data.not_before)) return refuse(data.refusal);
      if (kept.some((each) => each.isRed && each.toldAt > Date.parse(data.made_at))) return refuse(w.grave);
      if (kept.some((each) => each.on === today() && !each.isStopped)) return refuse(w.had_today);
      return led.before(start);
    }
    session = open;
    events = (await led.eventsOf(open.id)).map((each) => each.event);
    const since_s = Math.max(0, (Date.now() - open.beat.wall) / 1000), isBehind = Date.now() < open.beat.wall - DRIFT_MS;
    anchor = { t_s: open.beat.t_s + since_s, mono: performance.now() };
    lastMono = performance.now(); lastWall = Date.now();
    if (open.isOver) return questions();
    hear();
    if (since_s > line().unasked_s || isBehind) wasAway(open.beat.t_s, open.beat.t_s + since_s, true);
    led.listen(() => stop("stop_pressed"));
    if (session.away) { timer = setInterval(tick, TICK_MS); ask(); led.stayAwake(); } else run();
  }

  if (led.cannot) refuse(led.cannot);
  else navigator.locks.request("ionto-led " + data.code, { ifAvailable: true }, (held) => {
    if (held) { begin(); return new Promise(() => {}); }
    view("elsewhere");
    navigator.locks.request("ionto-led " + data.code, () => { location.reload(); return new Promise(() => {}); });
    return undefined;
  });
})();
