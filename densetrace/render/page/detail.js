// One step in full: what happened and why, the line that caused it, its values, the object's state.

const attributes = new Attributes();

/** The parts of the panel that somebody has closed; they stay closed from step to step. */
const closed = new Set();

/** A part of the panel with a heading, which opens and closes. `key` is what it is remembered by. */
function section(key, title, ...content) {
  const part = made("details");
  part.open = !closed.has(key);
  part.dataset.key = key;
  const head = made("summary");
  head.append(made("h3", "", title));
  part.append(head, ...content);
  part.addEventListener("toggle", () => (part.open ? closed.delete(key) : closed.add(key)));
  return part;
}

function paragraph(text, className = "") {
  return made("p", className, text);
}

/** Name and value in rows. A row is `[name, value]`; `change` says how this step changed it, and
 * `lead` leads to where it was set. */
function table(caption, heads, rows) {
  const whole = made("table");
  whole.append(made("caption", "unseen", caption));
  const head = made("tr");
  for (const name of heads) {
    const cell = made("th", "", name);
    cell.scope = "col";
    head.append(cell);
  }
  const top = made("thead");
  top.append(head);
  const body = made("tbody");
  for (const [name, value, change, lead] of rows) {
    const line = made("tr", change ? "changed" : "");
    const label = made("th", "", lead ? "" : name);
    label.scope = "row";
    if (lead) {
      const button = made("button", "link", name);
      button.type = "button";
      button.title = "To the step that set it";
      button.addEventListener("click", lead);
      label.append(button);
    }
    const cell = made("td", "", value);
    if (change) cell.append(" ", made("span", "flag", change));
    line.append(label, cell);
    body.append(line);
  }
  whole.append(top, body);
  return whole;
}

/** Three answers: what happened; why Keras does it; where in Keras it is. */
function explained(step) {
  const parts = [paragraph(step.what, "lead")];
  if (step.why) parts.push(section("why", "Why", paragraph(step.why)));
  if (step.place) parts.push(section("where", "Where in Keras", paragraph(step.place)));
  return parts;
}

function source(where) {
  const figure = made("figure", "source");
  const within = where.within && !where.within.startsWith("<") ? `, in ${where.within}` : "";
  figure.append(
    made("figcaption", "", where.line ? `${where.file}, line ${where.line}${within}` : where.file),
    made("code", "", where.text || "(the text of this line is not recorded)"),
  );
  return section("line", "The line that caused it", figure);
}

function values(step) {
  const rows = [...step.inputs, ...step.facts];
  if (step.result !== null) rows.push(["→ result", step.result]);
  return rows.length ? [section("values", "Values", table("Values of this step", ["Name", "Value"], rows))] : [];
}

function state(step, told) {
  const subject = attributes.owner(step.position);
  if (subject === NONE) return [];
  const held = attributes.of(subject, Math.max(step.position, ...told), told);
  const name = textAt(subject);
  const rows = held.map(({ attribute, value, change, position }) => [attribute, value, change, () => chooseStep(position)]);
  const content = rows.length
    ? table(`Attributes of ${name} so far`, ["Attribute", "Value"], rows)
    : paragraph("No attribute is set yet.", "quiet");
  return [section("state", `State of ${name}`, content)];
}

/** Everything about a step. `told` are the steps that share its row. */
function detail(step, told) {
  const parts = [];
  if (step.error) parts.push(paragraph(`✗ ${step.error}`, "failed"));
  parts.push(...explained(step));
  if (step.where) parts.push(source(step.where));
  parts.push(...values(step), ...state(step, told));
  parts.push(section("took", "Time", paragraph(`${step.took}, steps inside included`, "quiet")));
  return parts;
}
