// The button under the hours repeats the choice: [data-slot-words="Continue with {slot}"] on the button,
// data-words on each radio.
for (const button of document.querySelectorAll("[data-slot-words]")) {
  const form = button.closest("form");
  const say = () => {
    const chosen = form.querySelector("input[type=radio][data-words]:checked");
    if (chosen) button.textContent = button.dataset.slotWords.replace("{slot}", chosen.dataset.words);
  };
  form.addEventListener("change", say);
  say();
}
