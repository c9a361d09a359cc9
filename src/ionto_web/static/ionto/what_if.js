// What if I wait: the chance of a dry enough day, for every day that the slider is drawn to.
"use strict";
(() => {
  for (const slider of document.querySelectorAll(".what-if-slider input")) {
    const days = JSON.parse(document.getElementById(slider.dataset.days).textContent);
    const said = document.getElementById(slider.getAttribute("aria-describedby"));
    const say = () => {
      const day = days[slider.value];
      said.textContent = day.words;
      slider.setAttribute("aria-valuetext", day.on);
    };
    slider.addEventListener("input", say);
    slider.parentElement.hidden = false;
    say();
  }
})();
