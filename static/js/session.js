// Two minutes before a session ends, a dialog offers to stay. [data-session] on the dialog, with
// data-left (seconds), data-warn, data-ask (address that says how long is left, prolonging nothing)
// and the words data-words ("{n} s", "{m} min"), data-over. Inside: [data-session-left],
// [data-session-said] (role=status), [data-session-text], form[data-session-stay],
// [data-session-end]. Other tabs may have prolonged it: before speaking, the page asks.
const dialog = document.querySelector("[data-session]");
const SLACK = 1;

if (dialog?.showModal) {
  const warn = Number(dialog.dataset.warn);
  const form = dialog.querySelector("[data-session-stay]");
  const left = dialog.querySelector("[data-session-left]");
  const said = dialog.querySelector("[data-session-said]");
  const text = dialog.querySelector("[data-session-text]");
  let ends = 0;
  let timer = 0;

  const secondsLeft = () => Math.max(0, Math.round((ends - Date.now()) / 1000));
  const inWords = (seconds) =>
    seconds > 60
      ? dialog.dataset.minutes.replace("{n}", Math.ceil(seconds / 60))
      : dialog.dataset.seconds.replace("{n}", seconds);

  const start = (seconds) => {
    ends = Date.now() + seconds * 1000;
    clearTimeout(timer);
    timer = setTimeout(seconds > warn ? ask : tick, Math.max(seconds - warn, 0) * 1000);
  };

  const ask = async () => {
    const seconds = await fetchLeft(dialog.dataset.ask, {});
    if (seconds === null || seconds <= warn + SLACK) {
      if (seconds !== null) ends = Date.now() + seconds * 1000;
      show();
    } else {
      if (dialog.open) dialog.close();
      start(seconds);
    }
  };

  const show = () => {
    if (!dialog.open) dialog.showModal();
    tick();
  };

  const tick = () => {
    if (!dialog.open) return show();
    const seconds = secondsLeft();
    left.textContent = inWords(seconds);
    if (seconds === 60) said.textContent = inWords(seconds);
    if (seconds > 0) timer = setTimeout(tick, 1000);
    else over();
  };

  const over = () => {
    clearTimeout(timer);
    text.textContent = dialog.dataset.over;
    said.textContent = "";
    form.hidden = true;
    dialog.querySelector("[data-session-end]").hidden = false;
  };

  const fetchLeft = async (address, options) => {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, ...options });
      if (answer.status === 401 || answer.status === 403) return 0;
      return answer.ok ? (await answer.json()).left : null;
    } catch {
      return null;
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const seconds = await fetchLeft(form.action, { method: "POST", body: new FormData(form) });
    if (seconds === null) said.textContent = dialog.dataset.unreachable;
    else if (seconds <= warn) {
      ends = Date.now() + seconds * 1000;
      if (seconds) text.textContent = dialog.dataset.last;
      else over();
    } else {
      dialog.close();
      start(seconds);
    }
  });

  dialog.querySelector("[data-session-end]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("cancel", (event) => {
    if (!form.hidden) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && secondsLeft() <= warn) ask();
  });
  start(Number(dialog.dataset.left));
}
