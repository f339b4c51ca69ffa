// A form with [data-unsaved] warns before its changes are left behind; sending it does not warn.
const said = (value) => (value instanceof File ? `${value.name} ${value.size}` : value);

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  const read = () =>
    JSON.stringify([...new FormData(form)].map(([name, value]) => [name, said(value)]));
  const before = read();
  let sending = false;
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && read() !== before) event.preventDefault();
  });
}
