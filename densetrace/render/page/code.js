// The person's own script beside the tree, with the statement lit that led to the chosen step.

let fileShown = NONE;

/** The step whose script line is lit: the chosen one, or the first of a heading. */
function positionHere() {
  if (isAtStep()) return here.step;
  const [from, to] = level().range(here.row);
  return to > from ? from : here.step;
}

function showCode() {
  const position = positionHere();
  const chain = files.length && position !== NONE ? statementsOf(position) : [];
  element("code").hidden = !files.length;
  document.documentElement.toggleAttribute("data-code", files.length > 0);
  document.documentElement.toggleAttribute("data-one-file", files.length === 1);
  if (!files.length) return;
  const file = chain.length ? chain[0].file : Math.max(fileShown, 0);
  if (file !== fileShown) fillCode(file);
  for (const line of element("lines").querySelectorAll(".lit, .around")) {
    line.classList.remove("lit", "around", "exact");
    line.removeAttribute("aria-current");
  }
  chain.forEach((one, index) => {
    if (one.file !== file) return;
    for (let number = one.first; number <= one.last; number++) {
      const line = element("lines").children[number - 1];
      if (index === 0) line.setAttribute("aria-current", "true");
      line.classList.add(index === 0 ? "lit" : "around");
      line.classList.toggle("exact", index === 0 && number === one.line);
    }
  });
  if (chain.length) bringLine(chain[0]);
}

/** Scroll the script so that a whole statement shows, or as much of it as fits. */
function bringLine({ first, last }) {
  const box = element("lines");
  const [top, end] = [box.children[first - 1], box.children[last - 1]];
  const [above, below] = [top.offsetTop, end.offsetTop + end.offsetHeight]; // from the top of the box
  if (above >= box.scrollTop && below <= box.scrollTop + box.clientHeight) return;
  box.scrollTop = Math.max(0, Math.min(above - 8, (above + below - box.clientHeight) / 2));
}

/** A file of the script for a printed page. */
function printedFile({ name, lines }) {
  const whole = made("div", "printed");
  whole.append(made("h2", "", name), ...lines.map((text, index) => codeLine(index + 1, text)));
  whole.style.setProperty("--digits", `${lines.length}`.length);
  return whole;
}

function codeLine(number, text) {
  const line = made("div", "code-line");
  line.append(made("span", "code-number", `${number}`), made("code", "", text || " "));
  return line;
}

function fillCode(file) {
  fileShown = file;
  element("code-title").textContent = files[file].name;
  const reached = new Set();
  starts().forEach((positions, key) => positions.length && reached.add(key));
  element("lines").replaceChildren(
    ...files[file].lines.map((text, index) => {
      const [first] = files[file].statement(index + 1);
      const leads = reached.has(`${file}:${first}`);
      const line = codeLine(index + 1, text);
      line.dataset.line = index + 1;
      line.classList.toggle("leads", leads);
      if (leads) line.title = "To the steps of this statement";
      return line;
    }),
  );
  element("lines").style.setProperty("--digits", `${files[file].lines.length}`.length);
}

let startsKnown = null;

/** The positions of the steps that each statement causes itself, by file and first line: not of those
 * that steps of the same statement contain. */
function starts() {
  if (startsKnown) return startsKnown;
  startsKnown = new Map();
  const key = (one) => `${one.file}:${one.first}`;
  for (let position = 0; position < TOTAL; position++) {
    const one = statementOf(position);
    if (!one) continue;
    const parent = trace.steps[position][0];
    const around = parent === NONE ? null : statementOf(parent);
    if (around && key(around) === key(one)) continue;
    if (!startsKnown.has(key(one))) startsKnown.set(key(one), []);
    startsKnown.get(key(one)).push(position);
  }
  return startsKnown;
}

/** To the next step of the statement on a line; after the last, to its first. */
function toStatement(line) {
  const [first] = files[fileShown].statement(line);
  const positions = starts().get(`${fileShown}:${first}`);
  if (!positions) return;
  if (!level().hasSteps) toLevel("author");
  chooseStep(positions.find((position) => position > here.step) ?? positions[0]);
}
