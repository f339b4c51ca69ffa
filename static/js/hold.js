// The ring of a held hour. [data-hold] on .hold, with data-left (seconds), data-total, and the
// words: data-minutes ("{n} min"), data-seconds, data-over. Elements: [data-hold-clock],
// [data-hold-words], [data-hold-said] (role=status: 5, 2 and 1 minutes only). At zero the sentence
// says that it is over; with data-hold-reload (nothing is being typed on that page) the page asks
// again how things stand.
const ROUND = 182.2;
const ANNOUNCED = [300, 120, 60];
const READ_WITHIN = 6000;

for (const hold of document.querySelectorAll("[data-hold]")) {
  const started = Number(hold.dataset.left);
  const ends = performance.now() + started * 1000;
  const total = Number(hold.dataset.total);
  const circle = hold.querySelector(".hold__left");
  const clock = hold.querySelector("[data-hold-clock]");
  const words = hold.querySelector("[data-hold-words]");
  const said = hold.querySelector("[data-hold-said]");
  let before = started;

  const inWords = (left) =>
    left >= 60
      ? hold.dataset.minutes.replace("{n}", Math.ceil(left / 60))
      : hold.dataset.seconds.replace("{n}", left);

  const tick = () => {
    const left = Math.max(0, Math.round((ends - performance.now()) / 1000));
    circle?.setAttribute("stroke-dasharray", `${((ROUND * left) / total).toFixed(1)} ${ROUND}`);
    if (clock) clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (words) words.textContent = inWords(left);
    if (said && ANNOUNCED.some((mark) => before > mark && left <= mark))
      said.textContent = inWords(left);
    before = left;
    if (left > 0) return;
    clearInterval(timer);
    if (said) said.textContent = hold.dataset.over;
    const line = hold.querySelector("p");
    if (line) line.textContent = hold.dataset.over;
    if ("holdReload" in hold.dataset && started > 0)
      setTimeout(() => location.reload(), READ_WITHIN);
  };
  const timer = setInterval(tick, 1000);
  tick();
}
