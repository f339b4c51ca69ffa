// A form with [data-unsaved] warns before its changes are left behind; sending it does not warn.
for (const form of document.querySelectorAll("form[data-unsaved]")) {
  const read = () => new URLSearchParams(new FormData(form)).toString();
  const before = read();
  let sending = false;
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && read() !== before) event.preventDefault();
  });
}
