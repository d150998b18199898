// One step in full: explanation, source line, values, and the attributes of its object.

const attributes = new Attributes();

/** The keys of the closed sections; they stay closed from step to step. */
const closed = new Set();

/** A section of the panel that opens and closes under its heading; `closed` remembers it by `key`. */
function section(key, title, ...content) {
  const details = made("details");
  details.open = !closed.has(key);
  details.dataset.key = key;
  const head = made("summary");
  head.append(made("h3", "", title));
  details.append(head, ...content);
  details.addEventListener("toggle", () => (details.open ? closed.delete(key) : closed.add(key)));
  return details;
}

function paragraph(text, className = "") {
  return made("p", className, text);
}

/** A table of names and values. A row is `[name, value, change, lead]`: `change` says how this step
 * changed the value, `lead` chooses the step that set it. */
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

/** The explanation: what happened, why Keras does it, where in Keras it is. */
function explained(step) {
  const sections = [paragraph(step.what, "lead")];
  if (step.why) sections.push(section("why", "Why", paragraph(step.why)));
  if (step.keras) sections.push(section("where", "Where in Keras", paragraph(step.keras)));
  return sections;
}

/** The place of a source line; an expression has no file. */
function place({ file, line, within }) {
  if (file === "<expression>") return "what you typed";
  const inside = within && !within.startsWith("<") ? `, in ${within}` : "";
  return line ? `${file}, line ${line}${inside}` : file;
}

function source(where) {
  const figure = made("figure", "source");
  figure.append(
    made("figcaption", "", place(where)),
    made("code", "", where.text || "(the text of this line is not recorded)"),
  );
  return section("line", "The line that caused it", figure);
}

function values(step) {
  const rows = [...step.inputs, ...step.facts];
  if (step.result !== null) rows.push(["→ result", step.result]);
  if (!rows.length) return [];
  const maps = step.maps.flatMap(([name, grid]) => {
    const whole = made("div", "weight");
    whole.append(made("div", "numbers", name), ...heatMap(grid, name));
    return [whole];
  });
  return [section("values", "Values", table("Values of this step", ["Name", "Value"], rows), ...maps)];
}

function state(step, group) {
  const subject = attributes.owner(step.position);
  if (subject === NONE) return [];
  const held = attributes.of(subject, Math.max(step.position, ...group), group);
  const name = textAt(subject);
  const rows = held.map(({ attribute, value, change, position }) => [attribute, value, change, () => chooseStep(position)]);
  const content = rows.length
    ? table(`Attributes of ${name} so far`, ["Attribute", "Value"], rows)
    : paragraph("No attribute is set yet.", "quiet");
  return [section("state", `State of ${name}`, content)];
}

/** Everything about a step. `group` has the steps that share its row. */
function detail(step, group) {
  const sections = [];
  if (step.error) sections.push(paragraph(`✗ ${step.error}`, "failed"));
  sections.push(...explained(step));
  if (step.where) sections.push(source(step.where));
  sections.push(...values(step), ...state(step, group));
  sections.push(section("took", "Time", paragraph(`${step.took}, steps inside included`, "quiet")));
  return sections;
}
