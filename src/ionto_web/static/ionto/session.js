// The running session: shows what the session reports, and sends what is pressed. It decides nothing.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (live.dataset.wait) {
    setTimeout(() => location.reload(), Number(live.dataset.wait));
    return;
  }
  const STALE_MS = 2000;
  const at = (id) => document.getElementById(id);
  const buttons = {}, keys = { " ": "stop_pressed", Escape: "stop_pressed" };
  for (const button of live.querySelectorAll("button[data-press]")) {
    buttons[button.dataset.press] = button;
    button.dataset.words = button.textContent;
    for (const key of button.getAttribute("aria-keyshortcuts").split(" ")) if (key.length === 1) keys[key] = button.dataset.press;
  }
  const stop = buttons.stop_pressed;
  let seconds = [], current = [], voltage = [], chart = null, heardAt = performance.now(), source = null, isOver = false;

  const clock = (s) => Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
  const decimal = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false });
  const written = (number) => decimal.format(number);
  const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  // Without its library there is no picture; figures and buttons stand all the same.
  function draw() {
    if (!window.uPlot) return;
    if (chart) chart.destroy();
    const box = at("chart");
    chart = new uPlot({
      width: box.clientWidth, height: 220, cursor: { show: false }, legend: { show: false },
      scales: { x: { time: false }, mA: { range: (u, low, high) => [0, Math.max(5, high * 1.1)] }, V: { range: (u, low, high) => [0, Math.max(20, high * 1.1)] } },
      axes: [
        ionto.axis({ incrs: [30, 60, 120, 300, 600], values: (u, ticks) => ticks.map((s) => s / 60 + " min") }),
        ionto.axis({ scale: "mA", values: (u, ticks) => ticks.map((v) => v + " mA"), size: 64 }),
        ionto.axis({ scale: "V", side: 1, grid: { show: false }, values: (u, ticks) => ticks.map((v) => v + " V"), size: 54 }),
      ],
      series: [{}, { scale: "mA", stroke: ionto.colour("accent"), width: 3, points: { show: false } }, { scale: "V", stroke: ionto.colour("muted"), width: 2, dash: [6, 5], points: { show: false } }],
    }, [seconds, current, voltage], box);
  }

  function add(points) {
    for (const [s, mA, V] of points) { seconds.push(s); current.push(mA); voltage.push(V); }
    if (points.length && chart) chart.setData([seconds, current, voltage]);
  }

  function show(picture) {
    // A picture of an old reading is no news.
    if (picture.is_stale) return;
    heardAt = performance.now();
    at("lost").hidden = true;
    live.classList.remove("is-stale");
    live.dataset.phase = picture.phase;
    say(at("phase"), picture.phase_words);
    say(at("current"), written(picture.current_ma));
    say(at("voltage"), written(picture.voltage_v));
    say(at("left"), clock(picture.left_s));
    at("progress").value = picture.done_fraction;
    say(at("aim"), written(picture.aim_ma));
    tell(picture.told);
    for (const [name, button] of Object.entries(buttons)) button.disabled = !picture.possible.includes(name);
    swap(picture.possible.includes("resume_pressed"));
    // Only what the session itself reports counts as stopping or stopped.
    if (picture.phase === "stopping") { say(stop, live.dataset.cut); buttons.pain_reported.disabled = true; }
    if (picture.has_ended) say(stop, live.dataset.over);
    add(picture.points);
  }

  function tell(sentences) {
    const box = at("told");
    if (sentences.length === box.children.length && sentences.every((said, n) => box.children[n].textContent === said)) return;
    box.replaceChildren(...sentences.map((said) => Object.assign(document.createElement("p"), { textContent: said })));
  }

  // A break and its end share a place; the focus stays on it.
  function swap(isPaused) {
    const [shown, gone] = isPaused ? [buttons.resume_pressed, buttons.pause_pressed] : [buttons.pause_pressed, buttons.resume_pressed];
    const hadFocus = document.activeElement === gone;
    shown.form.hidden = false;
    gone.form.hidden = true;
    if (hadFocus) shown.focus();
  }

  function watch() {
    source = new EventSource(live.dataset.stream);
    source.addEventListener("points", (event) => { seconds = []; current = []; voltage = []; add(JSON.parse(event.data)); heardAt = performance.now(); });
    source.addEventListener("picture", (event) => show(JSON.parse(event.data)));
    source.addEventListener("gone", () => { isOver = true; source.close(); location.reload(); });
  }

  async function press(name) {
    const button = buttons[name], isBig = button.id !== "";
    if (isBig) say(button, "…");
    try {
      const answer = await fetch(button.form.action, { method: "POST", body: new FormData(button.form), headers: { Accept: "application/json" } });
      if (answer.status !== 202 && answer.status !== 409) throw new Error(String(answer.status));
      if (name === "pain_reported") say(button, live.dataset.heard);
    } catch (error) {
      if (isOver) return;
      if (isBig) say(button, button.dataset.words);
      at("lost").hidden = false;
    }
  }

  for (const [name, button] of Object.entries(buttons)) {
    button.form.addEventListener("submit", (event) => { event.preventDefault(); press(name); });
  }
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const isLetter = event.key.length === 1 && event.key !== " ", name = keys[isLetter ? event.key.toLowerCase() : event.key];
    if (!name || (isLetter && !at("letters").checked)) return;
    // Space on another button presses that one.
    if (event.key === " " && document.activeElement && document.activeElement !== stop && document.activeElement.matches("button, input, summary, a")) return;
    event.preventDefault();
    if (!buttons[name].disabled) press(name);
  });
  setInterval(() => {
    if (isOver || performance.now() - heardAt < STALE_MS) return;
    live.classList.add("is-stale");
    at("lost").hidden = false;
  }, 500);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source.close(); } else if (!isOver) { heardAt = performance.now(); watch(); }
  });
  addEventListener("resize", () => chart && chart.setSize({ width: at("chart").clientWidth, height: 220 }));
  ionto.onDarkness(draw);
  // The library stands behind this in the same file.
  document.addEventListener("DOMContentLoaded", draw);
  watch();
})();
