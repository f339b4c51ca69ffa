// The second press on a button that already sent is ignored, and the wait is said. Coming back to
// the page, or staying on it (a file was downloaded), makes the button live again.
const AGAIN_AFTER = 10000;
const said = document.querySelector("[data-sending]");

function release(form) {
  delete form.dataset.sent;
  form.querySelector("button[aria-disabled]")?.removeAttribute("aria-disabled");
  if (said) said.textContent = "";
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  form.dataset.sent = "yes";
  if (form.contains(event.submitter)) event.submitter.setAttribute("aria-disabled", "true");
  if (said) said.textContent = said.dataset.sending;
  setTimeout(() => release(form), AGAIN_AFTER);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) release(form);
});
