// After a refused form the summary of what to correct has the focus, so that it is read first.
document.querySelector("[data-focus]")?.focus();
