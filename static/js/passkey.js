// form[data-passkey=use|make]: its button asks the browser for a passkey, then sends the form with
// the answer. It stays hidden where passkeys cannot work; [data-passkey-without] is shown there
// instead.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) =>
    sign.charCodeAt(0),
  );
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const described = (keys = []) => keys.map((key) => ({ ...key, id: bytes(key.id) }));

async function ask(form) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": form.elements.csrf_token.value,
    },
    body: "{}",
  });
  const options = await answer.json();
  if (!answer.ok) throw new Error(options.message ?? "");
  return options;
}

async function make(options) {
  const key = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  });
  return written(key, {
    attestationObject: text(key.response.attestationObject),
    transports: key.response.getTransports?.() ?? [],
  });
}

async function use(options) {
  const key = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: described(options.allowCredentials),
    },
  });
  const handle = key.response.userHandle;
  return written(key, {
    authenticatorData: text(key.response.authenticatorData),
    signature: text(key.response.signature),
    userHandle: handle ? text(handle) : null,
  });
}

function written(key, response) {
  response.clientDataJSON = text(key.response.clientDataJSON);
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response });
}

function say(form, words) {
  const place = form.querySelector("[data-passkey-said]");
  place.querySelector("[data-passkey-words]").textContent = words;
  place.hidden = !words;
}

function reason(error, said) {
  if (error.name === "InvalidStateError") return said.known;
  if (error.name === "NotAllowedError" || error.name === "AbortError") return said.cancelled;
  return error.constructor === Error && error.message ? error.message : said.failed;
}

async function run(form) {
  const button = form.querySelector("button[type=submit]");
  say(form, "");
  button.setAttribute("aria-disabled", "true");
  try {
    const options = await ask(form);
    const answer = await (form.dataset.passkey === "make" ? make(options) : use(options));
    form.elements.credential.value = answer;
    form.submit();
  } catch (error) {
    say(form, reason(error, form.querySelector("[data-passkey-said]").dataset));
    button.removeAttribute("aria-disabled");
  }
}

const canUse = (form) =>
  Boolean(window.PublicKeyCredential) && location.hostname === form.dataset.site;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!canUse(form)) continue;
  form.hidden = false;
  for (const other of document.querySelectorAll("[data-passkey-without]")) other.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!form.querySelector("button[aria-disabled]")) run(form);
  });
}

for (const choice of document.querySelectorAll("[data-passkey-choice]")) {
  choice.hidden = !window.PublicKeyCredential;
}
