// The page: presenting, layout, printing, event handlers, and the start.

function resized() {
  layOut();
  list.show(level().inSight(), true);
  list.bring(here.row);
}

/** Big type without the tools, for a projector; again, as it was before. The tree has the focus, so
 * that its keys act at once. */
function present() {
  const starts = !presents();
  document.documentElement.toggleAttribute("data-present", starts);
  element("present").setAttribute("aria-pressed", starts);
  element("present").textContent = starts ? "End presenting" : "Present";
  toSize(starts ? Math.max(size, ON_A_PROJECTOR) : 1);
  showCode();
  element("tree").focus({ preventScroll: true });
}

/** Where the script, the tree and the step stand, by the width of the window in letters. */
function layOut() {
  unitNow = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const width = innerWidth / unit();
  document.documentElement.dataset.layout = width < 820 ? "narrow" : width < 1180 ? "medium" : "wide";
}

/** A printed page cannot scroll: add the script and all visible rows for printing, and remove them
 * afterwards. */
function toPaper() {
  const rows = level().inSight().map((row) => filled(row, made("div", "row"), DEEPEST_ON_PAPER));
  const end = made("div", "closing");
  end.append(...closing());
  element("paper").replaceChildren(...files.map(printedFile), ...rows, end);
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
  press("first", () => go(firstStop()));
  press("previous", () => go(nextStop(-1)));
  press("play", togglePlay);
  press("next", () => go(nextStop(1)));
  press("last", () => go(lastStop()));
  press("out", out);
  press("copy", copyLink);
  press("smaller", () => resize(-1));
  press("larger", () => resize(1));
  press("present", present);
  press("more", () => {
    const open = element("tools").classList.toggle("open");
    element("more").setAttribute("aria-expanded", open);
    element("more").textContent = open ? "Less" : "More";
  });
  element("slider").addEventListener("input", slide);
  element("speed").addEventListener("change", () => playing && play());
  element("lines").addEventListener("click", (event) => {
    const line = event.target.closest(".code-line");
    if (line) toStatement(Number(line.dataset.line));
  });
  addEventListener("resize", layOut);
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
layOut();
element("of").textContent = `of ${TOTAL.toLocaleString("en")}`;
levelChoices();
speedChoices();
keyRows();
listen();
tellDark();
here.step = level().hasSteps ? NONE : 0;
toLevel(here.level);
choose(firstStop() ?? 0, { link: false });
followLink();
element("tree").focus({ preventScroll: true });
