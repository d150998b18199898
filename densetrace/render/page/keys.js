// All keys and their actions in one table, which the help shows too.

/** Keys, their help and their actions. The terminal has the same keys, except that the arrows act
 * as in other trees in browsers, and + and - as browsers use them: for the size of the type. */
const KEYS = [
  [["j", "n"], "next step", () => go(nextStop(1))],
  [["k", "p"], "previous step", () => go(nextStop(-1))],
  [["ArrowDown"], "next line", () => go(following(1, () => true)), true],
  [["ArrowUp"], "previous line", () => go(following(-1, () => true)), true],
  [["ArrowRight"], "unfold, or go to the first line inside", unfoldOrInto, true],
  [["ArrowLeft"], "fold, or go to the line that contains it", foldOrOut, true],
  [["s"], "step in: first step inside, or the next step", () => into(1)],
  [["S"], "back in: last step inside the previous one", () => into(-1)],
  [["o"], "step over the steps inside this one", over],
  [["O"], "step back over the steps inside the previous one", backOver],
  [["u"], "step out, to the step that contains this one", out],
  [["t"], "next step of the same kind", () => sameKind(1)],
  [["T"], "previous step of the same kind", () => sameKind(-1)],
  [["g", "Home"], "first step", () => go(firstStop()), true],
  [["G", "End"], "last step", () => go(lastStop()), true],
  [["PageDown"], "a page down; while presenting, next step", () => byPage(1), true],
  [["PageUp"], "a page up; while presenting, previous step", () => byPage(-1), true],
  [["17 Enter", ..."0123456789"], "to step 17", (key) => askNumber(key)],
  [["/"], "search names, values and source lines", toQuery],
  [["."], "next match", () => toFound(1)],
  [[","], "previous match", () => toFound(-1)],
  [["l"], "next level: user, author, framework", () => turnLevel(1)],
  [["L"], "previous level", () => turnLevel(-1)],
  [["x"], "fold this step, or the one that contains it", fold],
  [["Enter"], "fold or unfold", () => setFolded(here.row, !level().folded.has(here.row)), true],
  [["z"], "fold everything", () => foldAll(true)],
  [["Z"], "unfold everything", () => foldAll(false)],
  [["e"], "show or hide the explanation", () => toggle("why", "where")],
  [["v"], "show or hide the object's attributes", () => toggle("state")],
  [["c"], "show or hide the source code", () => toggle("line")],
  [["r"], "play or pause", togglePlay],
  [["<"], "slower", () => turnSpeed(-1)],
  [[">"], "faster", () => turnSpeed(1)],
  [["y"], "copy a link to this step", copyLink],
  [["+", "="], "larger type", () => resize(1)],
  [["-"], "smaller type", () => resize(-1)],
  [["f"], "present: large type for a projector, without the tools", () => present()],
  [[" "], "show more of a long text", () => read(1), true],
  [["b"], "go back in a long text", () => read(-1)],
  [["d"], "dark or light", toggleDark],
  [["?", "h"], "this help", showKeys],
];
const NAMES = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", " ": "Space" };

const actions = new Map(KEYS.flatMap(([keys, , act, ofTree]) => keys.map((key) => [key, { act, ofTree }])));

/** Letters act everywhere, unless they are turned off. Keys that buttons and scrolling need act only
 * while the tree has the focus. */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || element("keys").open) return;
  const { target, key } = event;
  const inTree = target === element("tree") || target === document.body;
  if (target instanceof HTMLInputElement && !["radio", "range", "checkbox"].includes(target.type)) return;
  if (target instanceof HTMLSelectElement) return;
  const action = actions.get(key);
  if (!action) return;
  const isLetter = key.length === 1 && key !== " ";
  if (isLetter ? !inTree && !element("letters").checked : !inTree) return;
  event.preventDefault();
  action.act(key);
});

/** Enter acts, Escape returns to the tree; the text of a search stays. */
function onEnter(id, act) {
  element(id).addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Enter") act(event);
    else element("tree").focus({ preventScroll: true });
  });
}
