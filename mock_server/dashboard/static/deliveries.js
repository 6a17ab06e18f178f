// Deliveries, live: whenever the stream tells of one, the same page is fetched again and its living part replaced.

import { prepare } from "./page.js";

const PAUSE_BETWEEN = 500; // milliseconds between two looks, and five times as long as a look takes
const part = document.getElementById("live-part");

let stream = null;
let timer = null;
let took = 0;

async function refresh() {
  const started = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live-part");
    // Whoever is about to press a button in there keeps it.
    if (answer.ok && fresh && fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
      part.replaceChildren(...fresh.childNodes);
      prepare(part);
    }
  } catch {
    // The server is gone for the moment; the stream tells when it is back.
  } finally {
    took = performance.now() - started;
    timer = null;
  }
}

function look() {
  timer ??= setTimeout(refresh, Math.max(PAUSE_BETWEEN, 5 * took));
}

function listen() {
  if (stream || "older" in part.dataset) return;
  stream = new EventSource(part.dataset.stream);
  for (const kind of ["open", "delivery", "missed"]) stream.addEventListener(kind, look);
}

// A tab that nobody sees costs nothing.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { stream?.close(); stream = null; } else { listen(); look(); }
});
part.addEventListener("focusout", look);
listen();
