// The diary: a tap that did not arrive must not look as if it had. It is said beside the button, where the eyes are.
"use strict";
(() => {
  const page = document.querySelector("[data-not-saved]");
  if (!page) return;
  const words = page.dataset.notSaved;

  function failed(event) {
    forget(event);
    const said = Object.assign(document.createElement("p"), { className: "notice notice-error", textContent: words });
    said.setAttribute("role", "alert");
    event.target.append(said);
  }

  function forget(event) {
    for (const said of event.target.querySelectorAll("p[role=alert]")) said.remove();
  }

  document.body.addEventListener("htmx:beforeRequest", forget);
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.body.addEventListener(name, failed);
})();
