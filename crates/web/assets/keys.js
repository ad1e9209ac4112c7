// Security keys and passkeys: shows what needs a script, asks the browser, and sends its answer with the form.

const form = document.getElementById("key-form");
const button = document.getElementById("key");
const status = document.getElementById("key-status");
const wishes = [...form.querySelectorAll("input[name=wish]")];

const bytes = text =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), letter => letter.charCodeAt(0));
const text = buffer =>
  btoa(Array.from(new Uint8Array(buffer), byte => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const named = list => (list ?? []).map(it => ({ ...it, id: bytes(it.id) }));

const question = () => {
  const wish = wishes.find(it => it.checked) ?? form;
  const options = JSON.parse(wish.dataset.options).publicKey;
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  if (options.excludeCredentials) options.excludeCredentials = named(options.excludeCredentials);
  if (options.allowCredentials) options.allowCredentials = named(options.allowCredentials);
  return options;
};

const answered = credential => {
  const { response } = credential;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    said.attestationObject = text(response.attestationObject);
    said.transports = response.getTransports?.() ?? [];
  } else {
    said.authenticatorData = text(response.authenticatorData);
    said.signature = text(response.signature);
    said.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  const { id, rawId, type } = credential;
  const clientExtensionResults = credential.getClientExtensionResults();
  form.elements.response.value =
    JSON.stringify({ id, rawId: text(rawId), type, response: said, clientExtensionResults });
  form.submit();
};

const failed = error => {
  if (error.name === "AbortError") return;
  const known = { NotAllowedError: "cancelled", InvalidStateError: "known", SecurityError: "site" };
  status.className = "blame";
  status.textContent = form.dataset[known[error.name]] ?? form.dataset.failed;
  button.disabled = false;
  button.focus();
};

let waiting = new AbortController();
const ask = (how, more) => {
  waiting.abort();
  waiting = new AbortController();
  return navigator.credentials[how]({ publicKey: question(), signal: waiting.signal, ...more });
};

const pressed = () => {
  if (!form.reportValidity()) return;
  status.className = "";
  status.textContent = form.dataset.waiting;
  button.disabled = true;
  ask(wishes.length ? "create" : "get").then(answered, failed);
};

// A page that comes back as it was has a question that is answered already.
addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

if (window.PublicKeyCredential) {
  form.hidden = false;
  form.addEventListener("submit", event => { event.preventDefault(); pressed(); });
  button.addEventListener("click", event => { event.preventDefault(); pressed(); });
  if (document.activeElement === document.body && form.dataset.first) button.focus();
  // Browsers that can do so offer passkeys in the field for the user name.
  const offers = document.querySelector("input[autocomplete~=webauthn]") &&
    await PublicKeyCredential.isConditionalMediationAvailable?.();
  if (offers) ask("get", { mediation: "conditional" }).then(answered, () => {});
} else {
  status.textContent = form.dataset.unable;
}
