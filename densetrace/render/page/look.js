"use strict";
// What pages share: light and dark, the size of the type, messages, and links that are copied.

const element = (id) => document.getElementById(id);

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  return (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
}

function toggleDark() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  tellDark();
}

function tellDark() { element("dark").setAttribute("aria-pressed", isDark()); }

/** Sizes of type; the larger ones are for a projector. */
const SIZES = [0.85, 1, 1.15, 1.3, 1.5, 1.75, 2, 2.5, 3];
const ON_A_PROJECTOR = 1.5;
let size = 1;

/** Show the page in this size; each page has a function `resized` for what follows from it. */
function toSize(wanted) {
  size = wanted;
  document.documentElement.style.setProperty("--size", size);
  resized();
  element("smaller").disabled = size === SIZES[0];
  element("larger").disabled = size === SIZES.at(-1);
}

const resize = (direction) => {
  toSize((direction > 0 ? SIZES.find((each) => each > size) : SIZES.findLast((each) => each < size)) ?? size);
};

let telling = 0;

/** Show a message for some seconds; assistive technology reads it too. */
function tell(message, seconds = 3) {
  const toast = element("toast");
  toast.hidden = false;
  toast.textContent = message;
  clearTimeout(telling);
  telling = setTimeout(() => { toast.hidden = true; }, seconds * 1000);
}

/** Copy the address of this page with a fragment; where the browser does not allow that, show it. */
async function copyAddress(fragment, what) {
  const address = `${location.href.split("#")[0]}${fragment}`;
  try {
    await navigator.clipboard.writeText(address);
    tell(`Copied a link to ${what}.`);
  } catch {
    tell(`Copy this address: ${address}`, 20);
  }
}
