{% comment %}Keeps the page « Hors ligne » and what it is drawn with on the device. No page about a person is ever kept.{% endcomment %}"use strict";

const OFFLINE = "{% url "core:offline" %}";
const FILES = [OFFLINE,
  "{% static "vendor/bootstrap.css" %}", "{% static "css/tokens.css" %}", "{% static "css/ent.css" %}", "{% static "js/ent.js" %}",
  "{% static "vendor/atkinson-400.woff2" %}", "{% static "vendor/atkinson-600.woff2" %}", "{% static "icons.svg" %}", "{% static "app/favicon.svg" %}"];
// The names of the files change with their contents, and so does the name of what keeps them.
const KEPT = "ent " + FILES.join(" ");

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name !== KEPT).map((name) => caches.delete(name));
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  else if (FILES.includes(new URL(request.url).pathname)) event.respondWith(fetch(request).catch(() => caches.match(request, { ignoreSearch: true })));
});
