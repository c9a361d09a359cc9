// The colours of the page, and the words of its language for days, for pictures drawn on a canvas.
"use strict";
window.ionto = {
  colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  },
  font: "14px system-ui, sans-serif",
  axis(more) {
    return Object.assign(
      { stroke: ionto.colour("muted"), font: ionto.font, grid: { stroke: ionto.colour("line"), width: 1 }, ticks: { stroke: ionto.colour("line") } },
      more
    );
  },
  get dayNames() {
    const named = (count, at, what) => Array.from({ length: count }, (_, n) =>
      new Intl.DateTimeFormat(document.documentElement.lang, { ...what, timeZone: "UTC" }).format(at(n)));
    const month = (n) => Date.UTC(2023, n, 1), day = (n) => Date.UTC(2023, 0, 1 + n);
    return {
      MMMM: named(12, month, { month: "long" }), MMM: named(12, month, { month: "short" }),
      WWWW: named(7, day, { weekday: "long" }), WWW: named(7, day, { weekday: "short" }),
    };
  },
  onDarkness(redraw) {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  },
};
