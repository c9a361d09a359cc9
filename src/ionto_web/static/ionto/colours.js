// The colours of the page, for pictures drawn on a canvas.
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
  onDarkness(redraw) {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  },
};
