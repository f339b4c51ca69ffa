// The live connection. A page works without it: it then asks every few seconds.
import { io } from "../vendor/socket.io.esm.min.js";

const REFUSED_WAIT = 30000;

// `hear.changed` is called whenever the connection comes or goes: hints may have been missed.
export function listen(hear, account) {
  const socket = io({
    transports: ["websocket"],
    reconnectionDelay: 1000,
    reconnectionDelayMax: 10000,
    randomizationFactor: 0.5,
    timeout: 8000,
    // To whom this page was shown: the cookie may be another's by now.
    auth: account ? { account } : {},
  });
  socket.on("message_posted", hear.message_posted);
  socket.on("conversation_read", hear.conversation_read);
  socket.on("connect", hear.changed);
  socket.on("disconnect", (reason) => {
    if (reason === "io server disconnect") later(socket); // the library would not come back
    hear.changed();
  });
  socket.on("connect_error", (error) => {
    if (error.message === "account_changed") return; // for good: the page asks, and says so itself
    if (!socket.active) later(socket); // the server said no: it is full, or nobody is signed in
  });
  return socket;
}

function later(socket) {
  setTimeout(() => socket.connected || socket.connect(), REFUSED_WAIT * (0.75 + Math.random() / 2));
}
