// Makes a passkey, or proves with one who somebody is. The server judges what comes of it.
const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const known = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

// Older Safari has neither parseRequestOptionsFromJSON nor toJSON, so both are written out here.
const make = (asked) =>
  navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: toBytes(asked.challenge),
      user: { ...asked.user, id: toBytes(asked.user.id) },
      excludeCredentials: known(asked.excludeCredentials),
    },
  });
const prove = (asked) =>
  navigator.credentials.get({
    publicKey: {
      ...asked,
      challenge: toBytes(asked.challenge),
      allowCredentials: known(asked.allowCredentials),
    },
  });
const answerOf = (made) => {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = toText(made.response[part]);
  }
  const clientExtensionResults = made.getClientExtensionResults();
  const id = toText(made.rawId);
  return { id, rawId: id, type: made.type, response, clientExtensionResults };
};

const asked = async (form) => {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  return (await answer.json()).request_options;
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const problem = form.querySelector("[role=alert]");
  const say = (sentence) => {
    problem.textContent = sentence;
    problem.hidden = !sentence;
  };
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    try {
      if (!window.PublicKeyCredential) return say(problem.dataset.missing);
      const { publicKey } = await asked(form);
      const answer = await (form.dataset.passkey === "make" ? make : prove)(publicKey);
      form.elements.credential.value = JSON.stringify(answerOf(answer));
      form.submit();
    } catch (error) {
      const sentences = { SecurityError: problem.dataset.address, InvalidStateError: problem.dataset.twice };
      say(sentences[error.name] || problem.dataset.failed);
    }
  });
}
