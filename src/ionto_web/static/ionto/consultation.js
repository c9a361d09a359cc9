// The questions: shows those that are asked after the answers so far, and says whether the answers are saved.
"use strict";
(() => {
  const form = document.querySelector("form.consultation");
  if (!form) return;
  const draft = document.getElementById("draft");
  const asked = [...form.querySelectorAll("[data-when]")].map((part) => ({ part, ...JSON.parse(part.dataset.when) }));

  // A question that is hidden counts as not answered, as on the server.
  const values = (name) => [...form.elements]
    .filter((input) => input.name === name && !input.closest("[hidden]"))
    .filter((input) => !["radio", "checkbox"].includes(input.type) || input.checked)
    .map((input) => input.value.trim()).filter((value) => value !== "");

  const holds = ({ question, operator, answer }) => operator === "exists" ? values(question).length > 0 === answer : values(question).includes(answer);

  // In their order: a condition always asks about an earlier question.
  function decide() {
    for (const { part, combined, conditions } of asked) {
      part.hidden = !(combined === "any" ? conditions.some(holds) : conditions.every(holds));
    }
    // A heading with no question below it says nothing.
    for (const group of form.querySelectorAll("fieldset[id^='part-']")) {
      group.classList.toggle("d-none", [...group.querySelectorAll(".field")].every((field) => field.closest("[hidden]")));
    }
  }

  // "None of these" stands alone.
  function untick(input) {
    if (input.type !== "checkbox" || !input.checked) return;
    for (const other of form.elements) {
      if (other.name === input.name && other !== input && ("alone" in input.dataset || "alone" in other.dataset)) other.checked = false;
    }
  }

  function failed() {
    const said = document.createElement("span");
    said.className = "draft-saved draft-failed";
    said.textContent = draft.dataset.failed;
    draft.replaceChildren(said);
  }

  form.addEventListener("input", (event) => { untick(event.target); decide(); });
  draft.addEventListener("htmx:sendError", failed);
  draft.addEventListener("htmx:responseError", failed);
  // Whoever was signed out meanwhile gets the sign-in page, which holds nothing to show here.
  draft.addEventListener("htmx:afterSwap", () => { if (!draft.firstElementChild) failed(); });
  decide();
})();
