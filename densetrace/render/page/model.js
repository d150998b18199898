// The model of the page: the trace as densetrace wrote it, and the structure of its rows.
// All text is shown through `textContent`, so no text ever becomes markup.

const trace = JSON.parse(document.getElementById("trace").textContent);

const OPENS = 1;
const FAILED = 2;
const NONE = -1;

const textAt = (index) => (index === NONE ? "" : trace.texts[index]);

/** A step by its position, from 0; the page shows numbers from 1. */
function stepAt(position) {
  const [parent, kind, point, subject, answers, inputs, facts, result, error, where, took, sets, maps] =
    trace.steps[position];
  return {
    position, parent,
    kind: textAt(kind), point: textAt(point), subject: textAt(subject),
    what: textAt(answers[0]), why: textAt(answers[1]), keras: textAt(answers[2]),
    inputs: pairs(inputs), facts: pairs(facts),
    result: result === NONE ? null : textAt(result), error: textAt(error),
    where: where.length ? { file: textAt(where[0]), line: where[1], within: textAt(where[2]), text: textAt(where[3]) } : null,
    took: textAt(took),
    sets: sets.length ? textAt(sets[0]) : null,
    maps: maps.map(([name, grid]) => [textAt(name), grid]),
  };
}

/** The files of the person's own code; in each the statement of every line, as its first and last line. */
const files = trace.code.map(([name, lines, statements]) => {
  const of = new Map();
  for (const [first, last] of statements) for (let line = first; line <= last; line++) of.set(line, [first, last]);
  return { name: textAt(name), lines: lines.map(textAt), statement: (line) => of.get(line) ?? [line, line] };
});
const fileOf = new Map(trace.code.map(([name], index) => [name, index]));

/** The statement of the person's own code that the line of a step is in; null for a line of Keras. */
function statementOf(position) {
  const [name, line] = trace.steps[position][9];
  const file = fileOf.get(name);
  if (file === undefined || line < 1 || line > files[file].lines.length) return null;
  const [first, last] = files[file].statement(line);
  return { file, line, first, last };
}

/** The statements that led to a step, the innermost first: that of its own line, then those around it. */
function statementsOf(position) {
  const found = [];
  for (let at = position; at !== NONE; at = trace.steps[at][0]) {
    const one = statementOf(at);
    const last = found[found.length - 1];
    if (one && !(last && last.file === one.file && last.first === one.first)) found.push(one);
  }
  return found;
}

function pairs(flat) {
  const found = [];
  for (let index = 0; index < flat.length; index += 2) {
    found.push([textAt(flat[index]), textAt(flat[index + 1])]);
  }
  return found;
}

/** The rows of one level, and their nesting. */
class Level {
  constructor({ rows, closing }, name) {
    this.rows = rows;
    this.isSummary = name === "user";
    this.closing = closing;
    const count = rows.length;
    this.parents = new Int32Array(count).fill(NONE);
    this.ends = new Int32Array(count);
    this.positions = new Int32Array(count);
    this.siblings = new Int32Array(count);
    this.folded = new Set();
    this.rowOf = new Int32Array(trace.steps.length).fill(NONE);
    this.#nest();
    this.#findRows();
  }

  #nest() {
    const around = [];
    const numbers = new Map();
    this.rows.forEach(([depth, , , , steps], row) => {
      this.#close(around, depth, row);
      const parent = around.length ? around[around.length - 1] : NONE;
      around.push(row);
      this.parents[row] = parent;
      this.positions[row] = (numbers.get(parent) ?? 0) + 1;
      numbers.set(parent, this.positions[row]);
      for (const position of steps) this.rowOf[position] = row;
    });
    this.#close(around, 0, this.rows.length);
    for (let row = 0; row < this.rows.length; row++) this.siblings[row] = numbers.get(this.parents[row]);
  }

  #close(around, depth, row) {
    while (around.length > depth) this.ends[around.pop()] = row;
  }

  /** A step without a row of its own belongs to the row of its parent, or to the row before. */
  #findRows() {
    for (let position = 0; position < this.rowOf.length; position++) {
      if (this.rowOf[position] !== NONE) continue;
      const parent = trace.steps[position][0];
      if (parent !== NONE) this.rowOf[position] = this.rowOf[parent];
      else this.rowOf[position] = position ? this.rowOf[position - 1] : 0;
    }
    this.hasSteps = this.rows.some(([, , , , steps]) => steps.length);
    this.stops = [];
    for (let row = 0; row < this.rows.length; row++) {
      if (!this.hasSteps || this.rows[row][4].length) this.stops.push(row);
    }
  }

  /** The positions of the steps that a row is about, from its first to the one after its last. */
  range(row) {
    const [, , , , steps, from, to] = this.rows[row];
    if (from !== undefined) return [from, to];
    let [first, last] = [trace.steps.length, NONE];
    for (let inner = row; inner < this.ends[row]; inner++) {
      for (const position of inner === row ? steps : this.rows[inner][4]) {
        first = Math.min(first, position);
        last = Math.max(last, position);
      }
    }
    return last === NONE ? [0, 0] : [first, last + 1];
  }

  /** The rows directly inside a row. */
  inside(row) {
    const found = [];
    for (let inner = row + 1; inner < this.ends[row]; inner = this.ends[inner]) found.push(inner);
    return found;
  }

  opens(row) { return (this.rows[row][1] & OPENS) !== 0 && this.ends[row] > row + 1; }
  failed(row) { return (this.rows[row][1] & FAILED) !== 0; }
  steps(row) { return this.rows[row][4]; }

  /** The rows that are not hidden by a fold. */
  inSight() {
    const seen = [];
    for (let row = 0; row < this.rows.length; row = this.folded.has(row) ? this.ends[row] : row + 1) seen.push(row);
    return seen;
  }

  /** Unfold the rows around a row; true when one was folded. */
  reveal(row) {
    let hidden = false;
    for (let outer = this.parents[row]; outer !== NONE; outer = this.parents[outer]) {
      hidden = this.folded.delete(outer) || hidden;
    }
    return hidden;
  }

  line(row) { return this.#text(this.rows[row][2]); }
  notes(row) { return this.#text(this.rows[row][3]); }
  #text(spans) { return spans.map((span) => textAt(trace.parts[span][1])).join(""); }

  /** The text of a row that is searched, in lower case. */
  haystack(row) {
    const about = this.steps(row).map((position) => {
      const step = stepAt(position);
      const values = [...step.inputs, ...step.facts].flat().join(" ");
      return `${step.kind} ${step.point} ${values} ${step.result ?? ""} ${step.where?.text ?? ""}`;
    });
    return [this.line(row), this.notes(row), ...about].join("\n").toLowerCase();
  }
}

/** The attributes of the objects over time. */
class Attributes {
  #bySubject = new Map();

  constructor() {
    trace.steps.forEach((step, position) => {
      const [kind, subject, sets] = [textAt(step[1]), step[3], step[11]];
      if (subject === NONE || (kind !== "new" && !sets.length)) return;
      if (!this.#bySubject.has(subject)) this.#bySubject.set(subject, []);
      this.#bySubject.get(subject).push([position, sets[0], sets[1]]);
    });
  }

  /** The object whose attributes are shown at a step: its own, or that of the nearest step around it. */
  owner(position) {
    for (let at = position; at !== NONE; at = trace.steps[at][0]) {
      if (this.#bySubject.has(trace.steps[at][3])) return trace.steps[at][3];
    }
    return NONE;
  }

  /** The attributes of an object up to `until`; those set by the steps `by` are marked. */
  of(subject, until, by) {
    const held = new Map();
    for (const [position, name, value] of this.#bySubject.get(subject) ?? []) {
      if (position > until) break;
      if (name === undefined) {
        held.clear(); // a new object of this name
        continue;
      }
      const before = held.get(name);
      const change = by.includes(position) ? changed(before, value) : "";
      held.set(name, { attribute: textAt(name), index: value, value: textAt(value), change, position });
    }
    return [...held.values()];
  }

  /** What steps from `from` to before `to` set, by object: the last value of each attribute. */
  setBetween(from, to) {
    const found = new Map();
    for (const [subject, settings] of this.#bySubject) {
      for (const [position, name, value] of settings) {
        if (position < from || position >= to || name === undefined) continue;
        if (!found.has(subject)) found.set(subject, new Map());
        found.get(subject).set(name, { attribute: textAt(name), value: textAt(value), position });
      }
    }
    return [...found].map(([subject, held]) => [textAt(subject), [...held.values()]]);
  }
}

/** The weights as the steps before `to` left them; those that got numbers from `from` on are marked. */
function weightsBefore(to, from) {
  const held = new Map();
  for (const [since, name, value, grid, position] of trace.weights) {
    if (since >= to) break;
    const before = held.get(name);
    const change = since < from ? "" : before?.change || (before ? "changed" : "new");
    held.set(name, { name: textAt(name), value: textAt(value), grid, change, position });
  }
  return [...held.values()];
}

function changed(before, value) {
  if (!before) return "new";
  return before.index === value ? "set again" : `was ${before.value}`;
}
