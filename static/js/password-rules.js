// The rules under a new password turn green as they are met; nothing ever turns red while typing.
const tests = {
  length: (text, minimum) => [...text].length >= minimum,
  upper: (text) => /\p{Lu}/u.test(text),
  lower: (text) => /\p{Ll}/u.test(text),
  digit: (text) => /\d/u.test(text),
};

for (const input of document.querySelectorAll("[data-rules]")) {
  const list = document.getElementById(input.dataset.rules);
  const look = () => {
    for (const rule of list.querySelectorAll("[data-rule]")) {
      const met = tests[rule.dataset.rule](input.value, Number(list.dataset.minimum));
      rule.classList.toggle("is-ok", met);
      const use = rule.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, met ? "#circle-check" : "#circle"));
      rule.querySelector("[data-rule-state]").textContent = met ? list.dataset.done : list.dataset.left;
    }
  };
  input.addEventListener("input", look);
  look();
}
