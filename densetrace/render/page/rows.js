// The rows of the tree, and the chosen row and step.

const levels = new Map(Object.entries(trace.levels).map(([name, form]) => [name, new Level(form, name)]));
const TOTAL = trace.steps.length;

const here = { level: trace.level, row: 0, step: NONE };
const level = () => levels.get(here.level);

const INDENT = 16;
const LEAST_ROOM = 220;
/** Pixels of the page in one of the design: the person may choose bigger type. */
let unitNow = 1;
const unit = () => unitNow;
const DEEPEST_ON_PAPER = 20;
let query = "";

function deepest() {
  return Math.max(1, Math.floor((element("scroller").clientWidth / unit() - LEAST_ROOM) / INDENT));
}

function spans(indices) {
  return indices.flatMap((index) => {
    const [role, text] = trace.parts[index];
    const pieces = marked(textAt(text));
    if (role === "text") return pieces;
    const run = made("span", role);
    run.append(...pieces);
    return [run];
  });
}

/** A text with the matches of the search marked. */
function marked(text) {
  if (!query) return [text];
  const pieces = [];
  const lower = text.toLowerCase();
  let from = 0;
  // Where the lower case is longer than the text, indices do not fit, and nothing is marked.
  for (let at = lower.indexOf(query); at >= 0 && lower.length === text.length; at = lower.indexOf(query, from)) {
    if (at > from) pieces.push(text.slice(from, at));
    pieces.push(made("mark", "", text.slice(at, at + query.length)));
    from = at + query.length;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

function filled(row, item, most) {
  const [depth, , line, notes] = level().rows[row];
  item.style.setProperty("--depth", Math.min(depth, most));
  if (depth === 0) item.classList.add("phase");
  if (level().opens(row)) {
    const fold = made("span", "fold", level().folded.has(row) ? "▸" : "▾");
    fold.setAttribute("aria-hidden", "true");
    item.append(fold);
  }
  const text = made("span", "line");
  if (depth > most) text.append(made("span", "deep", `${depth}`));
  text.append(...spans(line));
  item.append(text);
  for (const note of notes) {
    const annotation = made("span", "note");
    annotation.append(...spans([note]));
    item.append(annotation);
  }
  return item;
}

function rowElement(row) {
  const item = filled(row, made("div", "row"), deepest());
  item.id = `row-${row}`;
  item.dataset.row = row;
  item.setAttribute("role", "treeitem");
  item.setAttribute("aria-level", level().rows[row][0] + 1);
  item.setAttribute("aria-posinset", level().positions[row]);
  item.setAttribute("aria-setsize", level().siblings[row]);
  item.setAttribute("aria-selected", row === here.row);
  if (level().opens(row)) item.setAttribute("aria-expanded", !level().folded.has(row));
  if (row === here.row) item.classList.add("here");
  return item;
}

function guess(row) {
  const [depth, , line, notes] = level().rows[row];
  const room = element("scroller").clientWidth / unit() - Math.min(depth, deepest()) * INDENT - 49;
  const lines = (indices, size) => {
    let count = 0;
    for (const index of indices) count += textAt(trace.parts[index][1]).length;
    return count ? Math.max(1, Math.ceil((count * size) / room)) : 0;
  };
  const height = 4 + lines(line, 7.9) * 20 + (depth ? 0 : 10) + (notes.length ? 3 + lines(notes, 7) * 19 : 0);
  return height * unit();
}

const list = new WindowedList(element("scroller"), element("tree"), element("sheet"), rowElement, guess);

/** Choose a row, and one of its steps. */
function choose(row, { step = level().steps(row)[0] ?? NONE, link = true } = {}) {
  const before = here.row;
  here.row = row;
  if (step !== NONE) here.step = step;
  if (level().reveal(row)) list.show(level().inSight());
  list.bring(row);
  for (const changed of [before, row]) {
    const item = list.element(changed);
    item?.classList.toggle("here", changed === row);
    item?.setAttribute("aria-selected", changed === row);
  }
  activate();
  showDetail();
  if (link && step !== NONE) history.replaceState(null, "", `#${step + 1}`);
}

/** Tell assistive technology which row is chosen, while that row is in the page. */
function activate() {
  if (list.element(here.row)) element("tree").setAttribute("aria-activedescendant", `row-${here.row}`);
  else element("tree").removeAttribute("aria-activedescendant");
}

function chooseStep(position, options = {}) {
  choose(level().rowOf[position], { step: position, ...options });
}

/** Whether the right half shows the chosen step, not a heading. */
function isAtStep() {
  const { row, step } = here;
  return step !== NONE && level().hasSteps && level().rows[row][0] > 0 && level().rowOf[step] === row;
}

function showDetail() {
  const group = level().steps(here.row);
  const atStep = isAtStep();
  element("number").value = here.step === NONE ? "" : here.step + 1;
  if (!atStep) {
    element("detail-title").textContent = level().line(here.row).trim();
    element("body").replaceChildren(...headed(here.row));
  } else {
    const step = stepAt(here.step);
    const own = group.includes(here.step);
    element("detail-title").textContent = own ? level().line(here.row).trim() : `${step.kind} ${step.point}`;
    const about = step.subject ? `${step.kind}, about ${step.subject}` : step.kind;
    const body = [paragraph(`${about} · ${step.point}`, "point")];
    if (group.length > 1 || !own) body.push(siblings(own ? group : [...group, here.step]));
    body.push(...detail(step, group));
    element("body").replaceChildren(...body);
  }
  element("step").scrollTop = 0;
  showCode();
  showMoves();
  if (document.activeElement !== element("tree")) {
    const position = atStep ? `Step ${here.step + 1} of ${TOTAL}: ` : "";
    say(`${position}${element("detail-title").textContent}`);
  }
}

/** A button for each of the steps that share a row. */
function siblings(positions) {
  const buttons = made("div", "siblings");
  for (const position of positions) {
    const button = made("button", "", `step ${position + 1}: ${textAt(trace.steps[position][1])}`);
    button.type = "button";
    button.setAttribute("aria-pressed", position === here.step);
    button.addEventListener("click", () => {
      chooseStep(position);
      element("body").querySelector(".siblings [aria-pressed='true']")?.focus();
    });
    buttons.append(button);
  }
  return buttons;
}

function say(text) { element("status").textContent = text; }
