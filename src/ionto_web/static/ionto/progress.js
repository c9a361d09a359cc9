// The picture of the progress: what was recorded, the sessions as marks, and the forecast with its band.
"use strict";
(() => {
  const DAY_S = 86400;
  // Half-transparent, in a form that every canvas takes.
  const faint = (hex, alpha) => hex + Math.round(alpha * 255).toString(16).padStart(2, "0");

  function table(picture) {
    // One row per moment, so that facts and forecast share one time axis.
    const rows = new Map();
    const put = (s, column, value) => { if (!rows.has(s)) rows.set(s, [s, null, null, null, null, null]); rows.get(s)[column] = value; };
    for (const [s, low, middle, high] of picture.forecast) { put(s, 1, high); put(s, 2, low); put(s, 3, middle); }
    for (const [s, value] of picture.sweat) put(s, 4, value);
    for (const [s, value] of picture.ratings) put(s, 5, value);
    for (const s of [...picture.sessions, picture.today_s]) put(s, 0, s);
    const sorted = [...rows.values()].sort((a, b) => a[0] - b[0]);
    return [0, 1, 2, 3, 4, 5].map((column) => sorted.map((row) => row[column]));
  }

  function marks(picture, words) {
    return (u) => {
      const ctx = u.ctx, top = u.bbox.top, bottom = u.bbox.top + u.bbox.height, dot = devicePixelRatio;
      ctx.save();
      ctx.fillStyle = ionto.colour("accent");
      for (const s of picture.sessions) {
        const x = u.valToPos(s, "x", true);
        if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
        ctx.beginPath(); ctx.moveTo(x, bottom - 12 * dot); ctx.lineTo(x - 5 * dot, bottom); ctx.lineTo(x + 5 * dot, bottom); ctx.fill();
      }
      const line = (s, colour, dash, words, y, side) => {
        const x = u.valToPos(s, "x", true);
        ctx.strokeStyle = ctx.fillStyle = ionto.colour(colour); ctx.lineWidth = 2 * dot; ctx.setLineDash(dash.map((d) => d * dot));
        ctx.beginPath(); ctx.moveTo(x, top); ctx.lineTo(x, bottom); ctx.stroke();
        ctx.font = 13 * dot + "px system-ui, sans-serif"; ctx.textAlign = side(x);
        ctx.fillText(words, x + (ctx.textAlign === "left" ? 5 : -5) * dot, top + y * dot);
      };
      // Each word on its own side of its line, unless the picture ends there.
      const before = (x) => (x < u.bbox.left + 50 * dot ? "left" : "right"), after = (x) => (x > u.bbox.left + u.bbox.width - 85 * dot ? "right" : "left");
      line(picture.today_s, "muted", [3, 4], words.today, 14, before);
      if (picture.next_s !== null) line(picture.next_s, "accent", [], words.next, 32, after);
      ctx.restore();
    };
  }

  function draw(box) {
    const picture = JSON.parse(document.getElementById(box.dataset.picture).textContent);
    box.replaceChildren();
    const accent = ionto.colour("accent"), data = table(picture), none = () => null;
    const chart = new uPlot({
      width: box.clientWidth, height: Math.min(360, Math.max(260, box.clientWidth * 0.45)), legend: { show: false }, cursor: { show: false },
      fmtDate: (template) => uPlot.fmtDate(template, ionto.dayNames),
      tzDate: (s) => uPlot.tzDate(new Date(s * 1e3), picture.zone),
      scales: {
        x: { range: (u, low, high) => [low - DAY_S, high + DAY_S] },
        sweat: { range: (u, low, high) => [0, Math.max(20, (high || 0) * 1.08)] },
        rating: { range: [0, 10.5] },
      },
      axes: [
        ionto.axis({ space: 70, values: [[DAY_S * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1], [DAY_S, "{D} {MMM}", null, null, null, null, null, null, 1]] }),
        ionto.axis({ scale: "sweat", size: 48 }),
        ionto.axis({ scale: "rating", side: 1, size: 36, grid: { show: false } }),
      ],
      series: [
        {},
        { scale: "sweat", stroke: faint(accent, 0.35), width: 1, points: { show: false }, spanGaps: true },
        { scale: "sweat", stroke: faint(accent, 0.35), width: 1, points: { show: false }, spanGaps: true },
        { scale: "sweat", stroke: accent, width: 3, points: { show: false }, spanGaps: true },
        { scale: "sweat", stroke: ionto.colour("ink"), paths: none, points: { show: true, size: 10, width: 2, fill: ionto.colour("ink") } },
        { scale: "rating", stroke: ionto.colour("rating"), paths: none, points: { show: true, size: 8, width: 2, fill: ionto.colour("surface") } },
      ],
      bands: [{ series: [1, 2], fill: faint(accent, 0.18) }],
      hooks: { draw: [marks(picture, box.dataset)] },
    }, data, box);
    addEventListener("resize", () => chart.setSize({ width: box.clientWidth, height: chart.height }));
  }

  // The library is fetched when a picture comes near the screen; what it shows stands in the tables as well.
  const address = document.currentScript.dataset.plot, boxes = document.querySelectorAll(".chart-progress");
  const all = () => { for (const box of boxes) draw(box); };
  const near = new IntersectionObserver((seen) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    near.disconnect();
    const library = Object.assign(document.createElement("script"), { src: address });
    library.addEventListener("load", () => { ionto.onDarkness(all); all(); });
    document.head.append(library);
  }, { rootMargin: "300px" });
  for (const box of boxes) near.observe(box);
})();
