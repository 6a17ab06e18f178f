// The clock of an environment, ticking: it goes on by itself and asks now and then whether somebody moved it.

const clock = document.getElementById("clock");
const mode = document.getElementById("clock-mode");
const ASK_EVERY = 5000; // milliseconds

let told = Date.parse(clock.dateTime);
let at = performance.now();

function show() {
  const frozen = mode.dataset.mode === "frozen";
  const now = new Date(frozen ? told : told + performance.now() - at).toISOString();
  const text = `${now.slice(0, 10)} ${now.slice(11, 19)}`;
  if (clock.textContent !== text) clock.textContent = text;
}

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(clock.dataset.clock);
    if (!answer.ok) return;
    const said = await answer.json();
    told = Date.parse(said.now);
    at = performance.now();
    // The mode is a live region: it is read out only when it changes.
    if (said.mode !== mode.dataset.mode) {
      mode.dataset.mode = said.mode;
      mode.textContent = mode.dataset[said.mode];
    }
    show();
  } catch {
    // The server is gone for the moment.
  }
}

setInterval(show, 250);
setInterval(ask, ASK_EVERY);
document.addEventListener("visibilitychange", ask);
show();
