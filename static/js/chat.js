// One open page of messages: it sends what is typed, asks for what is new, and says how the
// connection is. The server's hints carry numbers only; what was written is always asked for.
import { Badge } from "./chat-badge.js";
import { listen } from "./chat-connection.js";
import { Log } from "./chat-log.js";
import { NetBar } from "./chat-netbar.js";
import { Outgoing } from "./chat-outgoing.js";

const POLL = 4000;
const CALM = 60000;
const SOON = 300;

const place = document.querySelector("[data-unread]");
if (place) open(place);

function open(root) {
  const badge = new Badge(root);
  const thread = root.dataset.thread ? openThread(root) : null;
  const hear = {
    message_posted: (hint) => {
      if (thread && hint.conversation === thread.id) thread.ask();
      badge.refreshSoon();
    },
    conversation_read: () => badge.refreshSoon(),
    changed: () => (thread ? thread.ask() : badge.refreshSoon()),
  };
  const socket = listen(hear, root.dataset.account);
  if (thread) thread.use(socket);
  repeat(socket, () => (thread ? thread.ask() : badge.refreshSoon()));
}

// Without a socket the page asks every few seconds; with one, now and then, in case a hint was
// lost.
function repeat(socket, ask) {
  let asked = Date.now();
  setInterval(() => {
    if (document.hidden) return;
    if (Date.now() - asked < (socket.connected ? CALM : POLL)) return;
    asked = Date.now();
    ask();
  }, POLL / 4);
  for (const event of ["focus", "online"]) window.addEventListener(event, ask);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
}

function openThread(root) {
  const log = new Log(root);
  const bar = new NetBar(root);
  const form = root.querySelector("[data-composer]");
  const outgoing = new Outgoing(root, form, { log, bar, stored: () => ask() });
  let asking = false;
  let again = false;
  let socket = null;
  let marked = log.seq;

  async function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    do {
      again = false;
      const answer = await fetchNews();
      if (answer === null) break;
      again ||= log.add(answer.html, answer.seq);
    } while (again);
    asking = false;
    markRead();
  }

  async function fetchNews() {
    const url = `${root.dataset.news}?apres=${log.seq}`;
    let response;
    try {
      response = await fetch(url, {
        headers: { Accept: "application/json" },
        cache: "no-store",
        signal: AbortSignal.timeout(10000),
      });
    } catch {
      bar.offline();
      return null;
    }
    if (response.status === 404) return outgoing.close("gone");
    if (response.status === 401) return outgoing.close("signed-out");
    const seq = Number(response.headers.get("X-Last-Seq"));
    if (!response.ok || !response.headers.has("X-Last-Seq")) {
      bar.offline();
      return null;
    }
    bar.online();
    outgoing.resume();
    return { html: await response.text(), seq };
  }

  function markRead() {
    if (document.hidden || log.seq <= marked) return;
    marked = log.seq;
    if (socket?.connected) {
      socket.emit("mark_read", { conversation: Number(root.dataset.thread), seq: marked });
      return;
    }
    const body = new FormData(form);
    body.delete("body");
    body.set("seq", marked);
    const options = { method: "POST", body, headers: { Accept: "application/json" } };
    fetch(root.dataset.read, options).catch(() => bar.offline());
  }

  log.toEnd();
  setTimeout(ask, SOON); // what came between the page and this script
  return {
    id: Number(root.dataset.thread),
    ask,
    use(connection) {
      socket = connection;
      outgoing.use(connection);
    },
  };
}
