// The moves of a diff page: from difference to difference, equal steps, looks.

const differences = [...document.querySelectorAll("tr.differs, tr.left, tr.right")];
let current = -1;

function resized() { if (current >= 0) differences[current].scrollIntoView({ block: "center" }); }

function toDifference(index, { link = true } = {}) {
  if (index < 0 || index >= differences.length) return;
  for (let outer = differences[index].closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
  if (current >= 0) {
    differences[current].classList.remove("here");
    differences[current].removeAttribute("aria-current");
  }
  current = index;
  const row = differences[current];
  row.classList.add("here");
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "center" });
  row.focus({ preventScroll: true });
  if (link) history.replaceState(null, "", `#${row.id}`);
  showPosition();
}

function showPosition() {
  const all = differences.length.toLocaleString("en");
  element("position").textContent = current < 0 ? `${all} ${differences.length === 1 ? "row differs" : "rows differ"}` : `${current + 1} of ${all}`;
  element("previous").disabled = current <= 0;
  element("next").disabled = current >= differences.length - 1;
}

function toggleEqual() {
  const folds = [...document.querySelectorAll("details.equal")];
  const open = folds.some((each) => !each.open);
  for (const each of folds) each.open = open;
  element("unfold").setAttribute("aria-pressed", open);
  resized();
}

function followLink() {
  const index = differences.findIndex((row) => `#${row.id}` === location.hash);
  if (index >= 0) toDifference(index, { link: false });
}

const ACTIONS = {
  j: () => toDifference(current + 1), n: () => toDifference(current + 1),
  k: () => toDifference(current - 1), p: () => toDifference(current - 1),
  g: () => toDifference(0), G: () => toDifference(differences.length - 1),
  e: toggleEqual, d: toggleDark, "+": () => resize(1), "=": () => resize(1), "-": () => resize(-1),
  y: () => copyLink(),
};

function copyLink() {
  const row = differences[Math.max(current, 0)];
  if (row) copyAddress(`#${row.id}`, `difference ${Math.max(current, 0) + 1}`);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const act = Object.hasOwn(ACTIONS, event.key) ? ACTIONS[event.key] : null;
  if (!act) return;
  event.preventDefault();
  act();
});

document.querySelector(".tools").hidden = false;
for (const [id, act] of [
  ["next", () => toDifference(current + 1)], ["previous", () => toDifference(current - 1)],
  ["unfold", toggleEqual], ["dark", toggleDark], ["copy", copyLink],
  ["smaller", () => resize(-1)], ["larger", () => resize(1)],
]) element(id).addEventListener("click", act);
element("unfold").hidden = !document.querySelector("details.equal");
element("copy").hidden = !differences.length;
for (const id of ["previous", "next", "position"]) element(id).hidden = !differences.length;
addEventListener("hashchange", followLink);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
prefersDark.addEventListener("change", tellDark);
tellDark();
showPosition();
followLink();
