// How many messages wait: the number beside the tab, and the list of conversations.
const SOON = 300;

export class Badge {
  constructor(root) {
    this.root = root;
    this.timer = 0;
  }

  // Several hints in a row are one look.
  refreshSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh().catch(() => {}), SOON);
  }

  async refresh() {
    const answer = await fetch(this.root.dataset.unread, {
      headers: { Accept: "application/json" },
      cache: "no-store",
    });
    if (!answer.ok) return;
    const { count, text } = await answer.json();
    this.show(count, text);
    await this.refreshList();
  }

  show(count, text) {
    const tab = document.querySelector('.tab[data-tab="messages"]');
    if (!tab) return;
    tab.querySelector(".tab__n")?.remove();
    if (!count) return;
    const badge = document.createElement("span");
    badge.className = "n tab__n";
    const words = document.createElement("span");
    words.className = "sr";
    words.textContent = ` ${text}`;
    badge.append(String(count), words);
    tab.append(badge);
  }

  async refreshList() {
    const answer = await fetch(this.root.dataset.list, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const list = document.querySelector("[data-conversations]");
    const fresh = page.querySelector("[data-conversations]");
    if (!list || !fresh || list.contains(document.activeElement)) return;
    const current = list.querySelector('[aria-current="page"]')?.dataset.conversation;
    list.replaceChildren(...fresh.children);
    list.querySelector(`[data-conversation="${current}"]`)?.setAttribute("aria-current", "page");
  }
}
