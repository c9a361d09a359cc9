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
  const buttons = { stop: at("stop"), pain: at("pain") };
  let seconds = [], current = [], voltage = [], chart = null, heardAt = performance.now(), source = null, isOver = false;

  const clock = (s) => Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
  const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  function draw() {
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
    if (points.length) chart.setData([seconds, current, voltage]);
  }

  function show(picture) {
    heardAt = performance.now();
    at("lost").hidden = true;
    live.classList.remove("is-stale");
    live.dataset.phase = picture.phase;
    say(at("phase"), picture.phase_words);
    say(at("current"), picture.current_ma.toFixed(1));
    say(at("voltage"), picture.voltage_v.toFixed(1));
    say(at("left"), clock(picture.left_s));
    at("progress").value = picture.done_fraction;
    // Only what the session itself reports counts as stopping or stopped.
    if (picture.phase === "stopping") { say(buttons.stop, "CUT NOW"); buttons.pain.disabled = true; }
    if (picture.has_ended) { say(buttons.stop, "OVER"); buttons.stop.disabled = buttons.pain.disabled = true; }
    add(picture.points);
  }

  function watch() {
    source = new EventSource(live.dataset.stream);
    source.addEventListener("points", (event) => { seconds = []; current = []; voltage = []; add(JSON.parse(event.data)); heardAt = performance.now(); });
    source.addEventListener("picture", (event) => show(JSON.parse(event.data)));
    source.addEventListener("gone", () => { isOver = true; source.close(); location.reload(); });
  }

  async function press(which) {
    const form = at(which + "-form");
    say(buttons[which], "…");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (answer.status !== 202 && answer.status !== 409) throw new Error(String(answer.status));
      if (which === "pain") say(buttons.pain, "We heard you");
    } catch (error) {
      if (isOver) return;
      say(buttons[which], which === "stop" ? "STOP" : "It hurts");
      at("lost").hidden = false;
    }
  }

  for (const which of ["stop", "pain"]) {
    at(which + "-form").addEventListener("submit", (event) => { event.preventDefault(); press(which); });
  }
  document.addEventListener("keydown", (event) => {
    if (event.repeat || (event.key !== "Escape" && event.key !== " ")) return;
    // Space on the pain button says that it hurts, which stops as well.
    if (event.key === " " && document.activeElement && document.activeElement !== buttons.stop && document.activeElement.matches("button, summary, a")) return;
    event.preventDefault();
    if (!buttons.stop.disabled) press("stop");
  });
  setInterval(() => {
    if (isOver || performance.now() - heardAt < STALE_MS) return;
    live.classList.add("is-stale");
    at("lost").hidden = false;
  }, 500);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source.close(); } else if (!isOver) { heardAt = performance.now(); watch(); }
  });
  addEventListener("resize", () => chart.setSize({ width: at("chart").clientWidth, height: 220 }));
  ionto.onDarkness(draw);
  draw();
  watch();
})();
