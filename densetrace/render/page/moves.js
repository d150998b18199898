// All moves: between steps and rows, by fold, level, search and number.

/** Whether stepping stops at a row: it has a step, or its level has none. */
const stops = (row) => !level().hasSteps || level().steps(row).length > 0;

/** The next or previous row where stepping stops: one in sight, or else one in a fold, which opens. */
function nextStop(direction) {
  const seen = following(direction);
  return seen === NONE ? nearest(direction) : seen;
}

/** The nearest row before or after this one where stepping stops, in a fold or not. */
function nearest(direction) {
  let row = here.row + direction;
  while (row >= 0 && row < level().rows.length && !stops(row)) row += direction;
  return row < level().rows.length ? Math.max(row, NONE) : NONE;
}

const firstStop = () => list.rows.find(stops) ?? level().stops[0];
const lastStop = () => list.rows.findLast(stops) ?? level().stops.at(-1);

/** The next or previous visible row that `wanted` accepts. */
function following(direction, wanted = stops) {
  const rows = list.rows;
  for (let index = list.index(here.row) + direction; index >= 0 && index < rows.length; index += direction) {
    if (wanted(rows[index])) return rows[index];
  }
  return NONE;
}

function go(row) {
  if (row !== NONE && row !== undefined) choose(row);
}

const into = (direction) => go(nearest(direction));

function over() {
  let row = level().ends[here.row];
  while (row < level().rows.length && !stops(row)) row += 1;
  if (row < level().rows.length) choose(row);
}

function backOver() {
  const depth = level().rows[here.row][0];
  let row = here.row - 1;
  while (row >= 0 && !stops(row)) row -= 1;
  while (row >= 0 && level().rows[row][0] > depth) row = level().parents[row];
  if (row >= 0 && stops(row)) choose(row);
}

function sameKind(direction) {
  if (here.step === NONE) return;
  const kind = trace.steps[here.step][1];
  const alike = (row) => level().steps(row).some((position) => trace.steps[position][1] === kind);
  for (let row = here.row + direction; row >= 0 && row < level().rows.length; row += direction) {
    if (alike(row)) {
      chooseStep(level().steps(row).find((position) => trace.steps[position][1] === kind));
      return;
    }
  }
}

function unfoldOrInto() {
  if (level().folded.has(here.row)) setFolded(here.row, false);
  else if (level().opens(here.row)) go(here.row + 1);
}

function foldOrOut() {
  if (level().opens(here.row) && !level().folded.has(here.row)) setFolded(here.row, true);
  else go(level().parents[here.row]);
}

function out() {
  const parent = level().parents[here.row];
  if (parent !== NONE && stops(parent)) choose(parent);
}

const rowAt = (index) => list.rows[Math.max(0, Math.min(list.rows.length - 1, index))];
const presents = () => document.documentElement.dataset.present !== undefined;

/** A page of rows; one step while presenting, since a presenter's remote sends these keys. */
function byPage(direction) {
  go(presents() ? nextStop(direction) : rowAt(list.index(here.row) + direction * list.page));
}

function setFolded(row, folded) {
  if (!level().opens(row)) return;
  if (folded) level().folded.add(row);
  else level().folded.delete(row);
  const hidden = folded && here.row > row && here.row < level().ends[row];
  list.show(level().inSight());
  if (hidden) choose(row);
  else { list.bring(row); activate(); showDetail(); }
}

function fold() {
  if (level().opens(here.row) && !level().folded.has(here.row)) setFolded(here.row, true);
  else if (level().parents[here.row] !== NONE) setFolded(level().parents[here.row], true);
}

function foldAll(folded) {
  level().folded.clear();
  let row = here.row;
  if (folded) {
    for (let each = 0; each < level().rows.length; each++) if (level().opens(each)) level().folded.add(each);
    while (level().parents[row] !== NONE) row = level().parents[row];
  }
  list.show(level().inSight());
  choose(row, { link: false });
}

function toLevel(name) {
  if (!levels.has(name)) return;
  here.level = name;
  element("levels").querySelector(`[value="${name}"]`).checked = true;
  here.row = 0;
  list.show(level().inSight(), true);
  if (query) search();
  element("closing").replaceChildren(...closing());
  if (level().hasSteps && here.step !== NONE) chooseStep(here.step);
  else choose(0);
}

function closing() {
  const lines = level().closing.map((line) => {
    const whole = made("p");
    whole.append(...spans(line));
    return whole;
  });
  const shown = level().rows.reduce((sum, row) => sum + row[4].length, 0);
  const count = `${TOTAL.toLocaleString("en")} ${TOTAL === 1 ? "step" : "steps"}`;
  const way = level().hasSteps && !level().isSummary && shown < TOTAL ? `, ${shown.toLocaleString("en")} shown at this level` : "";
  return [...lines, paragraph(`${count}${way}.`, "quiet")];
}

let found = [];

function toQuery() {
  if (!element("query").checkVisibility()) element("more").click();
  element("query").select();
}

function search() {
  query = element("query").value.trim().toLowerCase();
  found = [];
  if (query) for (let row = 0; row < level().rows.length; row++) if (level().haystack(row).includes(query)) found.push(row);
  list.redraw();
  tellFound();
}

function tellFound() {
  const at = found.indexOf(here.row);
  if (!query) element("found").textContent = "";
  else if (!found.length) element("found").textContent = "not found";
  else element("found").textContent = at < 0 ? `${found.length} found` : `${at + 1} of ${found.length}`;
}

/** To the next or previous match, wrapping around at the ends. */
function toFound(direction) {
  if (!found.length) return;
  const next = direction > 0 ? found.find((row) => row > here.row) : found.findLast((row) => row < here.row);
  choose(next ?? (direction > 0 ? found[0] : found[found.length - 1]));
  tellFound();
}

function turnLevel(direction) {
  const names = [...levels.keys()];
  toLevel(names[(names.indexOf(here.level) + direction + names.length) % names.length]);
}

/** Open or close all sections of the panel. */
function toggle(...keys) {
  const open = closed.has(keys[0]);
  for (const key of keys) {
    if (open) closed.delete(key);
    else closed.add(key);
    const part = element("body").querySelector(`[data-key="${key}"]`);
    if (part) part.open = open;
  }
}

function read(direction) {
  element("step").scrollBy({ top: direction * element("step").clientHeight * 0.8 });
}

function showKeys() {
  element("keys").showModal();
  element("keys-title").focus(); // else the dialog opens at its end, where the first control is
}

function askNumber(digit) {
  element("number").focus();
  element("number").value = digit;
}

function toNumber(written) {
  const number = Number(written);
  if (Number.isInteger(number) && number >= 1 && number <= TOTAL) {
    if (!level().hasSteps) toLevel("author");
    chooseStep(number - 1);
    return;
  }
  say(`Steps are numbered 1 to ${TOTAL}. There is no step ${String(written).slice(0, 20)}.`);
  element("number").value = here.step === NONE ? "" : here.step + 1;
}

/** The link `#17` chooses step 17. */
function followLink() {
  const written = location.hash.slice(1);
  if (written) toNumber(written);
}
