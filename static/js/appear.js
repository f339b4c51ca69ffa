// What the server shows after a while also comes by itself on an open page; what it replaces goes.
for (const late of document.querySelectorAll("[data-appear-in]")) {
  setTimeout(
    () => {
      late.hidden = false;
      for (const early of document.querySelectorAll("[data-gives-way]")) early.hidden = true;
    },
    Number(late.dataset.appearIn) * 1000,
  );
}
