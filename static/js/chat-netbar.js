// How the connection is, in words, at the top of the conversation.
const GOOD_NEWS = 4000;

export class NetBar {
  constructor(root) {
    this.bar = root.querySelector("[data-netbar]");
    this.state = "";
    this.timer = 0;
    window.addEventListener("offline", () => this.offline());
    window.addEventListener("online", () => this.retrying());
  }

  offline() {
    this.say("offline");
  }

  retrying() {
    if (this.state === "offline") this.say("retrying");
  }

  online() {
    if (this.state !== "offline" && this.state !== "retrying") return;
    this.say("online");
    this.timer = setTimeout(() => this.say(""), GOOD_NEWS);
  }

  // "gone" and "signed-out" are final.
  say(state) {
    if (this.state === state || this.state === "gone" || this.state === "signed-out") return;
    clearTimeout(this.timer);
    this.state = state;
    this.bar.hidden = !state;
    for (const part of this.bar.querySelectorAll("[data-net]")) {
      part.hidden = part.dataset.net !== state;
    }
  }
}
