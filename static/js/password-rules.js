// The rules under a new password turn green as they are met; nothing ever turns red while typing.
const tests = {
  length: (text, minimum) => [...text.normalize("NFC")].length >= minimum,
  upper: (text) => /\p{Lu}/u.test(text),
  lower: (text) => /\p{Ll}/u.test(text),
  digit: (text) => /\d/u.test(text),
};

for (const input of document.querySelectorAll("[data-rules]")) {
  const list = document.getElementById(input.dataset.rules);
  const rules = [...list.querySelectorAll("[data-rule]")];
  const progress = list.querySelector("[data-rules-progress]");
  const look = () => {
    const met = rules.map((rule) =>
      tests[rule.dataset.rule](input.value, Number(list.dataset.minimum)),
    );
    rules.forEach((rule, number) => show(rule, met[number], list.dataset));
    if (progress) summarize(progress, rules, met);
  };
  input.addEventListener("input", look);
  look();
}

function show(rule, met, words) {
  rule.classList.toggle("is-ok", met);
  const use = rule.querySelector("use");
  use.setAttribute(
    "href",
    use.getAttribute("href").replace(/#.*$/, met ? "#circle-check" : "#circle"),
  );
  rule.querySelector("[data-rule-state]").textContent = met ? words.done : words.left;
}

// One chain and one sentence for the whole, once something is typed.
function summarize(progress, rules, met) {
  const count = progress.querySelector("[data-rules-count]");
  const missing = progress.querySelector("[data-rules-missing]");
  const left = rules.filter((_rule, number) => !met[number]);
  const names = left.map((rule) =>
    rule.querySelector("[data-rule-words]").textContent.toLowerCase(),
  );
  progress.hidden = left.length === rules.length;
  progress
    .querySelectorAll("li")
    .forEach((cell, number) => cell.classList.toggle("is-done", met[number]));
  count.textContent = count.dataset.rulesCount
    .replace("{met}", rules.length - left.length)
    .replace("{total}", rules.length);
  missing.textContent = left.length
    ? missing.dataset.rulesMissing.replace("{rules}", names.join(", "))
    : "";
}
