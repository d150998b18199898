// The right half for a heading: what its statement did, line by line, what it changed, the weights.

const MOST_LISTED = 24;
const MOST_OBJECTS = 6;

/** The first of many, and how many more there are. */
function some(all, most, show) {
  const shown = all.slice(0, most).map(show);
  const more = all.length - most;
  if (more > 0) shown.push(paragraph(`and ${more.toLocaleString("en")} more`, "quiet"));
  return shown;
}

const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

function headed(row) {
  const [from, to] = level().range(row);
  const body = [];
  const notes = level().notes(row);
  if (notes) body.push(paragraph(notes, "lead"));
  const lines = level().ends[row] - row - 1;
  const phase = level().rows[row][0] === 0;
  const sum = [];
  if (phase && to > from) sum.push(`${counted(to - from, "step")} of Keras`);
  if (lines) sum.push(`${counted(lines, "line")} at this level`);
  body.push(paragraph(sum.length ? `${sum.join(", ")}.` : "Nothing inside at this level.", "lead"));
  if (to > from && phase) body.push(...statementSection(from));
  const inner = level().inside(row);
  if (inner.length) body.push(section("inside", "What happens, in order", ...listed(inner)));
  body.push(...changesSection(from, to), ...weightsSection(from, to));
  body.push(...pictureSection());
  return body;
}

function statementSection(position) {
  const [one] = statementsOf(position);
  if (!one) return [];
  const file = files[one.file];
  const figure = made("figure", "source");
  const where = one.first === one.last ? `line ${one.first}` : `lines ${one.first} to ${one.last}`;
  const text = unindented(file.lines.slice(one.first - 1, one.last));
  figure.append(made("figcaption", "", `${file.name}, ${where}`), made("code", "", text));
  return [section("statement", "The statement", figure)];
}

function unindented(lines) {
  const indents = lines.filter((line) => line.trim()).map((line) => line.length - line.trimStart().length);
  return lines.map((line) => line.slice(Math.min(...indents, 1000))).join("\n");
}

function listed(rows) {
  const buttons = some(rows, MOST_LISTED, (row) => {
    const button = made("button", level().failed(row) ? "entry failed" : "entry");
    button.type = "button";
    button.append(...spans(level().rows[row][2]));
    button.addEventListener("click", () => choose(row));
    return button;
  });
  const whole = made("div", "entries");
  whole.append(...buttons);
  return [whole];
}

function changesSection(from, to) {
  const changed = attributes.setBetween(from, to);
  if (!changed.length) return [];
  const tables = some(changed, MOST_OBJECTS, ([subject, held]) => {
    const rows = held.slice(0, MOST_LISTED).map(({ attribute, value, position }) => [attribute, value, "", () => chooseStep(position)]);
    const part = made("div", "object");
    part.append(made("h4", "", subject), table(`Attributes of ${subject} set here`, ["Attribute", "Value"], rows));
    if (held.length > MOST_LISTED) part.append(paragraph(`and ${counted(held.length - MOST_LISTED, "attribute")} more`, "quiet"));
    return part;
  });
  return [section("changes", "What it changes", ...tables)];
}

function weightsSection(from, to) {
  const weights = weightsBefore(to, from);
  if (!weights.length) return [];
  return [section("weights", "Weights so far", ...some(weights, MOST_LISTED, (weight) => weightElement(weight)))];
}

function weightElement({ name, value, grid, change, position }) {
  const whole = made("div", change ? "weight changed" : "weight");
  const button = made("button", "link", name);
  button.type = "button";
  button.title = "To the step that set it";
  button.addEventListener("click", () => chooseStep(position));
  whole.append(button);
  if (change) whole.append(" ", made("span", "flag", change));
  whole.append(made("div", "numbers", value), ...heatMap(grid, name));
  return whole;
}

function pictureSection() {
  return trace.pictures.map(([name, address, words]) => {
    const picture = made("img", "picture");
    picture.src = textAt(address);
    picture.alt = `${textAt(name)}: ${textAt(words)}`;
    return section("picture", `The model ${textAt(name)}`, picture);
  });
}
