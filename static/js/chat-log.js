// The messages on the page. `seq` is how far it goes; what is there already is never added twice.
const NEAR = 80;

export class Log {
  constructor(root) {
    this.log = root.querySelector("[data-log]");
    this.end = this.log.querySelector("[data-end]");
    this.seq = Number(root.dataset.seq);
  }

  // Adds the server's lines and says whether there was anything new, so that the page asks again.
  add(html, seq) {
    if (seq <= this.seq) return false;
    const follow = this.isAtEnd();
    const parts = document.createElement("template");
    parts.innerHTML = html;
    for (const line of [...parts.content.children]) {
      const number = Number(line.dataset.seq ?? 0);
      if (number && number <= this.seq) continue;
      if (line.dataset.clientId) this.waiting(line.dataset.clientId)?.remove();
      this.log.insertBefore(line, this.firstWaiting());
      if (number) this.seq = number;
    }
    this.log.querySelector("[data-none]")?.remove();
    if (follow) this.toEnd();
    return true;
  }

  addWaiting(line) {
    this.log.insertBefore(line, this.end);
    this.toEnd();
  }

  waiting(clientId) {
    return this.log.querySelector(`.msg--wait[data-client-id="${CSS.escape(clientId)}"]`);
  }

  firstWaiting() {
    return this.log.querySelector(".msg--wait") ?? this.end;
  }

  // On a phone the page scrolls, elsewhere the log itself.
  get scroller() {
    const own = this.log.scrollHeight > this.log.clientHeight + 1;
    return own ? this.log : document.scrollingElement;
  }

  isAtEnd() {
    const it = this.scroller;
    return it.scrollHeight - it.scrollTop - it.clientHeight < NEAR;
  }

  toEnd() {
    const it = this.scroller;
    it.scrollTop = it.scrollHeight;
  }
}
