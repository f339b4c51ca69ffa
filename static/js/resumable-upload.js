// A file input with [data-upload] sends large files in parts before its form: what has arrived
// stays when the connection breaks. The form then names what was sent, in <name>_envoi. Without
// script the file goes with the form.
const SMALL = 256 * 1024; // goes with the form: nobody waits for it
const SHORTEST = 64 * 1024;
const LONGEST = 4 * 1024 * 1024;
const QUICK = 1500; // milliseconds: the next part may be twice as long
const FIRST_WAIT = 1000;
const LAST_WAIT = 30000;
const PATIENCE = 60000; // one part
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

class Refused extends Error {}

// The upload that this very file has begun in this tab, so that a page that was reloaded goes on.
const memory = (file) => `upload:${file.name}:${file.size}:${file.lastModified}`;

class Sending {
  constructor(input, state) {
    this.input = input;
    this.form = input.form;
    this.state = state;
    this.bar = state.querySelector("progress");
    this.words = state.querySelector("[role=status]");
    this.button = state.querySelector("[data-upload-pause]");
    this.pauseWords = this.button.textContent;
    this.button.addEventListener("click", () => (this.paused ? this.goOn() : this.pause()));
    addEventListener("online", () => this.wake?.());
  }

  say(kind) {
    const share = this.total ? this.arrived / this.total : 0;
    this.bar.value = Math.floor(share * 100);
    const words = this.words.dataset[kind].replace(
      "{percent}",
      percent.format(Math.floor(share * 100) / 100),
    );
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  fail(message) {
    this.bar.hidden = this.button.hidden = true;
    this.words.textContent = message || this.words.dataset.failed;
  }

  pause() {
    this.paused = true;
    this.button.textContent = this.button.dataset.goOn;
    this.request?.abort();
    this.say("paused");
  }

  goOn() {
    this.paused = false;
    this.button.textContent = this.pauseWords;
    this.say("sending");
    this.wake?.();
  }

  // Sends the files one after the other; true once the form may go, naming them.
  async run(files) {
    this.total = files.reduce((sum, file) => sum + file.size, 0);
    this.arrived = 0;
    this.state.hidden = this.bar.hidden = this.button.hidden = false;
    this.say("sending");
    const references = [];
    let before = 0;
    for (const file of files) {
      references.push(await this.send(file, before));
      before += file.size;
    }
    this.forget();
    for (const reference of references) {
      const hidden = document.createElement("input");
      Object.assign(hidden, { type: "hidden", name: `${this.input.name}_envoi`, value: reference });
      hidden.dataset.mine = "";
      this.form.append(hidden);
    }
    this.input.disabled = true; // its bytes have arrived: the form does not carry them again
  }

  forget() {
    for (const mine of this.form.querySelectorAll(
      `input[name="${this.input.name}_envoi"][data-mine]`,
    ))
      mine.remove();
  }

  async send(file, before) {
    let [address, offset] = await this.known(file);
    let length = SMALL;
    let wait = FIRST_WAIT;
    while (!address || offset < file.size) {
      try {
        if (this.paused) await this.pausedUntilAsked();
        if (!address) [address, offset] = await this.begin(file);
        this.arrived = before + offset;
        this.say("sending");
        const began = performance.now();
        const answer = await this.ask(address, "PATCH", file.slice(offset, offset + length), {
          "Content-Type": "application/offset+octet-stream",
          "Upload-Offset": offset,
        });
        if (answer.status === 404) address = null; // too old: from the start
        else if (answer.status === 409) [address, offset] = await this.standing(address);
        else offset = Number(answer.headers.get("Upload-Offset"));
        const quick = performance.now() - began < QUICK;
        length = Math.min(LONGEST, quick ? length * 2 : length);
        wait = FIRST_WAIT;
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (this.paused) continue;
        length = Math.max(SHORTEST, length / 2);
        this.say("waiting");
        await this.sleep(wait);
        wait = Math.min(LAST_WAIT, wait * 2);
        if (address)
          [address, offset] = await this.standing(address).catch(() => [address, offset]);
      }
    }
    this.arrived = before + file.size;
    this.say("sending");
    return address.split("/").pop();
  }

  async known(file) {
    const address = sessionStorage.getItem(memory(file));
    return address ? this.standing(address).catch(() => [null, 0]) : [null, 0];
  }

  async begin(file) {
    const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
    const answer = await this.ask(this.input.dataset.upload, "POST", null, {
      "Upload-Length": file.size,
      "Upload-Metadata": `filename ${name}`,
    });
    const address = answer.headers.get("Location");
    sessionStorage.setItem(memory(file), address);
    return [address, 0];
  }

  // Where an upload stands; one that has ended begins anew.
  async standing(address) {
    const answer = await this.ask(address, "HEAD", null, {});
    return answer.ok ? [address, Number(answer.headers.get("Upload-Offset"))] : [null, 0];
  }

  // Throws Refused, with what the server says, for what trying again would not change.
  async ask(address, method, body, headers) {
    this.request = new AbortController();
    const late = setTimeout(() => this.request.abort(), PATIENCE);
    try {
      const answer = await fetch(address, {
        method,
        body,
        signal: this.request.signal,
        headers: {
          Accept: "application/json",
          "Tus-Resumable": "1.0.0",
          "X-CSRFToken": this.form.elements.csrf_token.value,
          ...headers,
        },
      });
      if (answer.ok || [404, 409].includes(answer.status)) return answer;
      if (answer.status >= 500) throw new Error(`status ${answer.status}`);
      const said = await answer.json().catch(() => ({}));
      throw new Refused(said.message || "");
    } finally {
      clearTimeout(late);
    }
  }

  sleep(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  pausedUntilAsked() {
    return new Promise((resolve) => {
      this.wake = () => {
        if (!this.paused) resolve();
      };
    });
  }
}

for (const input of document.querySelectorAll("input[type=file][data-upload]")) {
  const state = input.closest(".field")?.querySelector("[data-upload-state]");
  if (!state || !input.form) continue;
  const sending = new Sending(input, state);
  const weight = () => [...input.files].reduce((sum, file) => sum + file.size, 0);
  let busy = false;

  input.addEventListener("change", () => {
    state.hidden = true; // what was said of another file
    // Several: what was kept stays, the new ones come after.
    if (!input.files.length || input.multiple) return;
    for (const kept of input.closest(".field").querySelectorAll("[data-upload-kept]"))
      kept.remove();
  });
  input.form.addEventListener("submit", async (event) => {
    if (busy) event.preventDefault();
    if (busy || input.disabled || weight() <= SMALL) return;
    event.preventDefault();
    busy = true;
    const button = event.submitter;
    button?.setAttribute("aria-disabled", "true");
    try {
      await sending.run([...input.files]);
      button?.removeAttribute("aria-disabled");
      busy = false;
      input.form.requestSubmit(button);
    } catch (error) {
      busy = false;
      button?.removeAttribute("aria-disabled");
      sending.fail(error.message);
    }
  });
  // Coming back to the page: another file may be chosen.
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      input.disabled = false;
      sending.forget();
      state.hidden = true;
    }
  });
}
