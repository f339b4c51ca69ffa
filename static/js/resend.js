// [data-resend-in=seconds] on a button: it waits, and the sentence [data-resend-words] counts down.
for (const button of document.querySelectorAll("[data-resend-in]")) {
  const words = document.querySelector("[data-resend-words]");
  let left = Number(button.dataset.resendIn);
  const tick = () => {
    button.toggleAttribute("disabled", left > 0);
    if (words) {
      words.hidden = left <= 0;
      words.textContent = (words.dataset.resendWords ?? "").replace("{n}", left);
    }
    if (left <= 0) clearInterval(timer);
    left -= 1;
  };
  const timer = setInterval(tick, 1000);
  tick();
}
