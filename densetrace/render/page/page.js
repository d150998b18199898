// The page: colour scheme, printing, event handlers, and the start.

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  return (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
}

function toggleDark() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  tellDark();
}

function tellDark() { element("dark").setAttribute("aria-pressed", isDark()); }

/** A printed page cannot scroll: add all visible rows for printing, and remove them afterwards. */
function toPaper() {
  const rows = level().inSight().map((row) => filled(row, made("div", "row"), DEEPEST_ON_PAPER));
  const end = made("div", "closing");
  end.append(...closing());
  element("paper").replaceChildren(...rows, end);
}

function offPaper() { element("paper").replaceChildren(); }

function levelChoices() {
  for (const name of levels.keys()) {
    const label = made("label", "", name);
    const radio = made("input");
    Object.assign(radio, { type: "radio", name: "level", value: name });
    radio.addEventListener("change", () => toLevel(name));
    label.prepend(radio);
    element("levels").append(label);
  }
}

function keyRows() {
  for (const [keys, what] of KEYS) {
    const row = made("tr");
    const cell = made("th");
    cell.scope = "row";
    const names = keys[0] === "17 Enter" ? keys.slice(0, 1) : keys;
    names.forEach((key, index) => cell.append(...(index ? [" "] : []), made("kbd", "", NAMES[key] ?? key)));
    row.append(cell, made("td", "", what));
    element("key-rows").append(row);
  }
}

function listen() {
  element("sheet").addEventListener("click", (event) => {
    const item = event.target.closest(".row");
    if (!item) return;
    const row = Number(item.dataset.row);
    if (event.target.classList.contains("fold")) setFolded(row, !level().folded.has(row));
    else choose(row);
    element("tree").focus({ preventScroll: true });
  });
  element("scroller").addEventListener("scroll", activate, { passive: true });
  const press = (id, act) => element(id).addEventListener("click", act);
  press("first", () => go(list.rows.find(stops)));
  press("previous", () => go(following(-1)));
  press("next", () => go(following(1)));
  press("last", () => go(list.rows.findLast(stops)));
  press("out", out);
  press("dark", toggleDark);
  press("help", showKeys);
  element("query").addEventListener("input", search);
  onEnter("query", (event) => toFound(event.shiftKey ? -1 : 1));
  onEnter("number", () => toNumber(element("number").value));
  addEventListener("hashchange", followLink);
  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", offPaper);
  matchMedia("print").addEventListener("change", (change) => (change.matches ? toPaper() : offPaper()));
  prefersDark.addEventListener("change", tellDark);
}

element("app").hidden = false;
element("of").textContent = `of ${TOTAL.toLocaleString("en")}`;
levelChoices();
keyRows();
listen();
tellDark();
here.step = level().hasSteps ? NONE : 0;
toLevel(here.level);
choose(list.rows.find(stops) ?? 0, { link: false });
followLink();
element("tree").focus({ preventScroll: true });
