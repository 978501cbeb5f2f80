// Passkeys (WebAuthn): what the page asks of the browser, and its answer sent with the form. And copying what is shown.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

const make = async (asked) => {
  const options = asked.publicKey;
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  });
  return {
    ...named(made),
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
    },
  };
};

const use = async (asked) => {
  const options = asked.publicKey;
  const used = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
  return {
    ...named(used),
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : undefined,
    },
  };
};

const named = (credential) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  clientExtensionResults: {},
});

const answerWith = (button, work, asked) => {
  if (!window.PublicKeyCredential) return;
  const form = button.closest("form");
  const answer = form.querySelector("[data-ent-key-answer]");
  const failed = form.querySelector("[data-ent-key-failed]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      answer.value = JSON.stringify(await work(JSON.parse(asked)));
      answer.disabled = false;
      form.querySelector("[name=code]")?.removeAttribute("name");
      form.requestSubmit();
    } catch {
      // The person closed the window of their device, or it has no key for us.
      failed.hidden = false;
      button.disabled = false;
    }
  });
};

for (const button of document.querySelectorAll("[data-ent-key-make]")) answerWith(button, make, button.dataset.entKeyMake);
for (const button of document.querySelectorAll("[data-ent-key-use]")) answerWith(button, use, button.dataset.entKeyUse);

for (const button of document.querySelectorAll("[data-ent-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const shown = document.querySelector("[data-ent-copied]");
    await navigator.clipboard.writeText(shown.innerText.trim());
    button.querySelector("span").textContent = "Copié";
  });
}
