// A chosen file is named, with its size. Without script the browser's own control does it:
// [class=drop] stays plain.
const language = document.documentElement.lang;
const UNITS = [
  ["megabyte", 1024 * 1024],
  ["kilobyte", 1024],
  ["byte", 1],
];

function size(bytes) {
  const [unit, worth] = UNITS.find(([, least]) => bytes >= least) ?? UNITS[2];
  const options = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language, options).format(bytes / worth);
}

for (const input of document.querySelectorAll(".drop input[type=file]")) {
  const place = input.closest(".drop");
  place.classList.add("is-live");
  const said = document.createElement("p");
  said.className = "bold";
  said.setAttribute("role", "status");
  place.append(said);
  const say = () => {
    said.textContent = [...input.files]
      .map((file) => `${file.name} (${size(file.size)})`)
      .join(", ");
  };
  input.addEventListener("change", say);
  say();
}
