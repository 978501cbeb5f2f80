// A file that is too heavy is said so before it travels. `data-ent-most`: the most bytes that the field takes.
"use strict";

document.addEventListener("change", (event) => {
  const most = Number(event.target.dataset?.entMost);
  if (!most) return;
  const size = [...event.target.files].reduce((sum, file) => sum + file.size, 0);
  const mib = Math.floor(most / 2 ** 20);
  event.target.setCustomValidity(size > most ? `Trop lourd\u00a0: ${mib}\u00a0Mo au plus.` : "");
  event.target.reportValidity();
});

document.addEventListener("submit", (event) => {
  if (!event.target.querySelector(":invalid[data-ent-most]")) return;
  event.preventDefault();
  event.target.querySelector("[data-ent-most]").reportValidity();
}, true);
