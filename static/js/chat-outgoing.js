// What was written and has not arrived yet: kept in this page only, shown as waiting, sent in
// order, one at a time. Trying again uses the same id, so that nothing can arrive twice.
const ANSWER_WITHIN = 10000;
const RETRY = 4000;
// What the server says when it, or part of it, cannot now: nothing is lost, the same message leaves
// again.
const FOR_NOW = new Set(["too_many_requests", "unavailable", "uncertain", "busy"]);

export class Outgoing {
  constructor(root, form, { log, bar, stored }) {
    Object.assign(this, { root, form, log, bar, stored });
    this.field = form.querySelector("textarea");
    this.error = root.querySelector("[data-error]");
    this.said = this.error.querySelector("[data-said]");
    this.writeSomething = this.said.textContent;
    this.model = root.querySelector("template[data-waiting]");
    this.queue = [];
    this.sending = false;
    this.timer = 0;
    this.socket = null;
    form.addEventListener("submit", (event) => this.submit(event));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.queue.length) event.preventDefault();
    });
  }

  use(socket) {
    this.socket = socket;
  }

  submit(event) {
    event.preventDefault();
    const body = this.field.value.trim();
    if (!body) {
      this.complain(this.writeSomething);
      return;
    }
    this.complain("");
    const item = { body, clientId: newId(), state: "waiting", line: this.draw(body) };
    item.line.dataset.clientId = item.clientId;
    item.line.querySelector("[data-retry]").addEventListener("click", () => this.retry(item));
    this.log.addWaiting(item.line);
    this.queue.push(item);
    this.field.value = "";
    this.field.focus();
    this.resume();
  }

  draw(body) {
    const line = this.model.content.firstElementChild.cloneNode(true);
    const text = line.querySelector(".msg__text");
    body.split(/\r?\n/).forEach((part, number) => {
      if (number) text.append(document.createElement("br"));
      text.append(part);
    });
    return line;
  }

  retry(item) {
    this.show(item, "waiting");
    this.resume();
  }

  async resume() {
    if (this.sending) return;
    clearTimeout(this.timer);
    this.sending = true;
    let next;
    while ((next = this.queue[0]) && next.state !== "failed") {
      this.show(next, "sending");
      const answer = await this.deliver(next);
      if (!this.settle(next, answer)) break;
    }
    this.sending = false;
  }

  // Says whether the following message may leave: not before this one, or the order would change.
  settle(item, answer) {
    if (answer?.ok) {
      this.queue.shift();
      this.stored();
      return true;
    }
    if (!answer || FOR_NOW.has(answer.error)) {
      this.show(item, "waiting");
      const wait = answer?.retry_after ? answer.retry_after * 1000 : RETRY;
      this.timer = setTimeout(() => this.resume(), wait);
      if (answer?.error !== "too_many_requests") this.bar.offline();
      return false;
    }
    if (answer.error === "invalid_message") {
      this.queue.shift();
      item.line.remove();
      this.field.value = this.field.value ? `${item.body}\n${this.field.value}` : item.body;
      this.complain(answer.message);
      return true;
    }
    if (answer.error === "not_found") this.close("gone");
    if (answer.error === "signed_out") this.close("signed-out");
    this.show(item, "failed", answer.message);
    return false;
  }

  async deliver(item) {
    if (this.socket?.connected) {
      const said = {
        conversation: Number(this.root.dataset.thread),
        body: item.body,
        client_id: item.clientId,
      };
      try {
        return await this.socket.timeout(ANSWER_WITHIN).emitWithAck("post_message", said);
      } catch {
        // No answer: it may have arrived or not. The same id by the other door settles it.
      }
    }
    return this.deliverByPage(item);
  }

  async deliverByPage(item) {
    const body = new FormData(this.form);
    body.set("body", item.body);
    body.set("client_id", item.clientId);
    try {
      const response = await fetch(this.form.action, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      if (response.status === 503) return null;
      const answer = await response.json();
      const wait = Number(response.headers.get("Retry-After")) || 60;
      return { retry_after: wait, ...answer };
    } catch {
      return null;
    }
  }

  show(item, state, why = "") {
    item.state = state;
    for (const part of item.line.querySelectorAll("[data-state]")) {
      part.hidden = part.dataset.state !== state;
    }
    if (why) item.line.querySelector("[data-why]").textContent = why;
  }

  complain(text) {
    this.said.textContent = text;
    this.error.hidden = !text;
    this.field.setAttribute("aria-invalid", String(Boolean(text)));
    if (text) this.field.focus();
  }

  // Nothing more can leave: what was typed stays on the page, to be copied.
  close(reason) {
    this.bar.say(reason);
    this.form.hidden = true;
    return null;
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
