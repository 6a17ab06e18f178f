// The timeline, live: whenever the stream tells of something, the same page is fetched again and the rows that changed
// are put in. So there is one rendering, the filters are the server's, and the list is never longer than one page.

import { prepare } from "./page.js";

const PAUSE_BETWEEN = 500; // milliseconds between two looks, and five times as long as a look takes
const section = document.getElementById("timeline");
const live = document.getElementById("live");
const pause = document.getElementById("pause");
const help = document.getElementById("help");
const search = document.getElementById("q");
const older = "older" in section.dataset;

let stream = null;
let timer = null;
let busy = false;
let again = false;
let waiting = 0;
let took = 0;

const paused = () => pause.getAttribute("aria-pressed") === "true";
const rows = () => [...section.querySelectorAll(".row")];
const say = (text) => { if (live.textContent !== text) live.textContent = text; };

function tell() {
  if (older) say("An older part");
  else if (!paused()) say(stream?.readyState === EventSource.OPEN ? "Live" : "Connecting…");
  else say(waiting ? `Paused, ${waiting} new` : "Paused");
  live.dataset.state = older ? "older" : paused() ? "paused" : "live";
}

// Puts what was fetched in the place of what is there; rows that are the same stay the same nodes, focus and all.
function replace(fresh) {
  const known = new Map(rows().map((row) => [row.id, row]));
  const focused = document.activeElement?.closest?.(".row")?.id;
  const next = [...fresh.querySelectorAll(".row")];
  for (const row of next) {
    const before = known.get(row.id);
    if (before && before.innerHTML === row.innerHTML) row.replaceWith(before);
    else row.classList.add(before ? "changed" : "fresh");
  }
  section.replaceChildren(...fresh.childNodes);
  prepare(section);
  if (focused) document.getElementById(focused)?.querySelector(".call")?.focus({ preventScroll: true });
}

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  const started = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("timeline");
    if (answer.ok && fresh && !paused()) replace(fresh);
  } catch {
    // The server is gone for the moment; the stream tells when it is back.
  } finally {
    busy = false;
    took = performance.now() - started;
    if (again) { again = false; look(); }
    tell();
  }
}

function look() {
  if (paused()) { waiting += 1; tell(); return; }
  timer ??= setTimeout(() => { timer = null; refresh(); }, Math.max(PAUSE_BETWEEN, 5 * took));
}

function listen() {
  if (older || stream) return;
  stream = new EventSource(section.dataset.stream);
  let first = true;
  stream.addEventListener("open", () => { tell(); if (!first) look(); first = false; });
  stream.addEventListener("error", tell);
  for (const kind of ["request", "delivery", "missed"]) stream.addEventListener(kind, look);
}

function setPaused(on) {
  pause.setAttribute("aria-pressed", String(on));
  pause.textContent = on ? "Resume" : "Pause";
  waiting = 0;
  if (!on) refresh();
  tell();
}

// A tab that nobody sees costs nothing.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { stream?.close(); stream = null; } else { listen(); look(); }
});

function step(by) {
  const all = rows();
  const at = all.indexOf(document.activeElement?.closest?.(".row"));
  const row = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  row?.querySelector(".call").focus();
  row?.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => search.focus(),
  p: () => setPaused(!paused()),
  r: () => setPaused(false),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.getElementById("controls").hidden = false;
document.getElementById("keys").addEventListener("click", KEYS["?"]);
pause.addEventListener("click", KEYS.p);
if (older) pause.hidden = true;
for (const choice of document.querySelectorAll(".filters select")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}
listen();
tell();
