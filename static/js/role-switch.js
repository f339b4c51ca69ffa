// A link with [data-role-switch] changes whom a form is for: its fields change at once, and what
// was typed stays. Without script, or when the page cannot be fetched, the link leads to the page
// of that part.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-role-switch]");
  const form = link?.closest("form[data-role-form]");
  if (!form || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const other = [...page.querySelectorAll("form[data-role-form]")].find(
      (one) => one.action === form.action,
    );
    if (!answer.ok || !other) throw new Error("no such form");
    keepTyped(form, other);
    form.replaceChildren(...other.children);
    form.querySelector("a[data-role-switch][aria-current]")?.focus();
  } catch {
    location.assign(link.href);
  }
});

function keepTyped(from, to) {
  for (const field of to.elements) {
    const typed = from.elements.namedItem(field.name);
    if (field.type === "hidden" || !typed || typed instanceof RadioNodeList) continue;
    if (field.type === "checkbox") field.checked = typed.checked;
    else if ("value" in field && field.type !== "submit") field.value = typed.value;
  }
}
