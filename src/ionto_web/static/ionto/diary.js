// The diary: a tap that did not arrive must not look as if it had.
"use strict";
(() => {
  const words = document.currentScript.dataset.notSaved;
  const failed = () => { document.querySelector("#recent .said").textContent = words; };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.body.addEventListener(name, failed);
})();
