// [data-copy=name] copies the text of [data-copy-source=name], and says so for three seconds.
const SHOWN_FOR = 3000;

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.querySelector(`[data-copy-source="${button.dataset.copy}"]`);
  if (!navigator.clipboard || !source) continue;
  button.hidden = false;
  const words = button.querySelector("span") ?? button;
  const before = words.textContent;
  const said = document.createElement("span");
  said.className = "sr";
  said.setAttribute("role", "status");
  button.after(said);
  button.addEventListener("click", async () => {
    const lines = source.matches("ol, ul")
      ? [...source.children].map((line) => line.textContent.trim()).join("\n")
      : (source.dataset.copyValue ?? source.textContent.trim());
    await navigator.clipboard.writeText(lines);
    words.textContent = said.textContent = button.dataset.copied;
    setTimeout(() => {
      words.textContent = before;
      said.textContent = "";
    }, SHOWN_FOR);
  });
}
