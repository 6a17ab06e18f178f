// On every page: copy buttons, forms that send themselves, details that a link leads into, the tab one is on.

for (const form of document.querySelectorAll("form[data-submit]")) {
  form.querySelector("button")?.setAttribute("hidden", "");
  form.addEventListener("change", () => form.requestSubmit());
}

function select(source) {
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // Without https browsers give no clipboard but to loopback; the old way still works.
    select(source);
    if (!document.execCommand("copy")) return;
  }
  button.firstChild.data = "Copied";
  setTimeout(() => { button.firstChild.data = "Copy"; }, 1500);
}

export function prepare(part) {
  for (const button of part.querySelectorAll("button[data-copy]")) button.hidden = false;
}

prepare(document);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (button) copy(button);
});

function openTarget() {
  // :target is what the browser found, whatever stands in the address.
  const target = document.querySelector(":target");
  const details = target?.querySelector(":scope > details") ?? target?.closest("details");
  if (!details) return;
  details.open = true;
  target.scrollIntoView();
}

addEventListener("hashchange", openTarget);
openTarget();

// Narrow windows show the tabs in one line that scrolls.
const tabs = document.querySelector(".tabs");
const here = tabs.querySelector("[aria-current]");
if (here) tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - here.offsetWidth) / 2;
