// What the pages gain when scripts run. Everything works without this file: menus are <details>, acts are forms.
"use strict";

/* --- menus: one closes on Escape or on a click outside, and gives the focus back --- */

const openMenus = () => document.querySelectorAll("details.ent-menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
  const panel = document.querySelector("[data-ent-panel]:not(:empty)");
  if (panel) {
    const box = panel.parentElement;
    if (box.contains(document.activeElement)) box.querySelector("input").focus();
    panel.replaceChildren();
    // The first Escape closes the panel; the browser's own, which empties the field, comes with the second.
    event.preventDefault();
  }
});

/* --- search as one types: the panel empties with the field, and says how many were found --- */

document.addEventListener("input", (event) => {
  if (event.target.value) return;
  event.target.parentElement.querySelector("[data-ent-panel]")?.replaceChildren();
});

document.addEventListener("htmx:afterSwap", (event) => {
  const sentence = event.target.querySelector("[data-ent-say]");
  const voice = document.getElementById("annonce");
  if (sentence && voice) voice.textContent = sentence.textContent;
});

/* --- fragments: a redirect answers with its page; a failure says so and loses nothing --- */

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  if (!xhr.responseURL) return;
  const asked = new URL(pathInfo.finalRequestPath, location.href).pathname;
  if (new URL(xhr.responseURL).pathname === asked) return;
  event.detail.shouldSwap = false;
  location.assign(xhr.responseURL);
});

const sayFailure = () => document.getElementById("panne")?.removeAttribute("hidden");
document.addEventListener("htmx:sendError", sayFailure);
document.addEventListener("htmx:responseError", sayFailure);

/* --- forms: sent once, never left by mistake --- */

const restoreButtons = () => {
  for (const button of document.querySelectorAll("button[data-ent-sent]")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    delete button.dataset.entSent;
  }
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  delete form.dataset.entChanged;
  keepDraft(form);
  // After the browser has read the form, so that the pressed button is sent too.
  setTimeout(() => {
    for (const button of form.querySelectorAll("button:not([type=button], :disabled)")) {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
      button.dataset.entSent = "";
    }
  });
  // A download leaves the page in place: give the buttons back.
  if (form.hasAttribute("data-ent-download")) setTimeout(restoreButtons, 2000);
});

window.addEventListener("pageshow", restoreButtons);

// A form that leads on by itself, with its button where scripts are off.
document.querySelector("form[data-ent-now]")?.submit();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-ent-guard]");
  if (form) form.dataset.entChanged = "";
});

window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-ent-changed]")) event.preventDefault();
});

/* --- drafts: what a guarded form has sent is kept in this tab until a page shows that it arrived --- */

const DRAFT = "ent-draft:";
const guarded = () => [...document.querySelectorAll("form[data-ent-guard]")];
const draftKey = (form) => DRAFT + location.pathname + "#" + guarded().indexOf(form);
const KEPT = "textarea, select, input:not([type=hidden], [type=password], [type=file])";

const keepDraft = (form) => {
  if (!form.hasAttribute("data-ent-guard")) return;
  const fields = [...form.querySelectorAll(KEPT)].map((field) =>
    field.matches("[type=checkbox], [type=radio]") ? field.checked : field.value,
  );
  sessionStorage.setItem(draftKey(form), JSON.stringify({ lost: false, fields }));
};

const giveBack = (form, draft) => {
  const fields = [...form.querySelectorAll(KEPT)];
  if (fields.length !== draft.fields.length) return;
  fields.forEach((field, i) => {
    if (field.matches("[type=checkbox], [type=radio]")) field.checked = draft.fields[i];
    else field.value = draft.fields[i];
  });
  form.dataset.entChanged = "";
  document.getElementById("retrouve")?.removeAttribute("hidden");
};

const sortDrafts = () => {
  const notArrived = document.body.hasAttribute("data-ent-keeps-drafts");
  const back = ["back_forward", "reload"].includes(performance.getEntriesByType("navigation")[0]?.type);
  for (const key of Object.keys(sessionStorage).filter((name) => name.startsWith(DRAFT))) {
    const draft = JSON.parse(sessionStorage.getItem(key));
    const form = guarded().find((candidate) => draftKey(candidate) === key);
    if (notArrived) {
      const [path] = key.slice(DRAFT.length).split("#");
      document.querySelector("[data-ent-again]")?.setAttribute("href", path);
      sessionStorage.setItem(key, JSON.stringify({ ...draft, lost: true }));
      document.getElementById("garde")?.removeAttribute("hidden");
    } else if (form && (draft.lost || back)) {
      giveBack(form, draft);
      sessionStorage.removeItem(key);
    } else if (!draft.lost) {
      sessionStorage.removeItem(key);
    }
  }
};

/* --- lists: the bar of actions says how many are chosen --- */

const countChosen = (form) => {
  const chosen = form.querySelectorAll("input[type=checkbox][name]:checked").length;
  for (const bar of form.querySelectorAll("[data-ent-chosen]")) bar.textContent = chosen;
  for (const row of form.querySelectorAll("tr:has(input[type=checkbox][name])"))
    row.classList.toggle("is-sel", row.querySelector("input[type=checkbox][name]").checked);
};

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-ent-select]");
  if (!form) return;
  if (event.target.matches("[data-ent-all]"))
    for (const box of form.querySelectorAll("input[type=checkbox][name]")) box.checked = event.target.checked;
  countChosen(form);
});

/* --- passwords: shown or hidden --- */

document.addEventListener("click", (event) => {
  const button = event.target.closest(".ent-pwd button[aria-pressed]");
  if (!button) return;
  const field = button.parentElement.querySelector("input");
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", shown);
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, shown ? "#eye-slash" : "#eye"));
});

/* --- out of reach: come back alone when the network does --- */

if (document.querySelector("[data-ent-retry]")) {
  const link = document.querySelector("[data-ent-again]");
  // By its address and never by reloading: what was sent is not sent again without being asked.
  const again = () => fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok && location.assign(link.href), () => {});
  window.addEventListener("online", again);
  setInterval(again, 30000);
}

const worker = document.querySelector("[data-ent-worker]");
if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker.dataset.entWorker).catch(() => {});

// Chromium offers to install; other browsers have their own menus, which the page tells.
window.addEventListener("beforeinstallprompt", (event) => {
  const place = document.querySelector("[data-ent-install]");
  if (!place) return;
  event.preventDefault();
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => event.prompt(), { once: true });
});

sortDrafts();
document.querySelectorAll(".ent-pwd button[hidden]").forEach((button) => button.removeAttribute("hidden"));
document.querySelectorAll("form[data-ent-select]").forEach(countChosen);
// On a phone the tabs scroll: the one that is open is brought into sight.
document.querySelector(".ent-tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest", behavior: "instant" });
document.querySelector("[data-ent-focus]")?.focus();

/* --- printing: the button is there only where it can act --- */

for (const button of document.querySelectorAll("[data-ent-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
