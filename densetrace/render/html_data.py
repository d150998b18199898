"""The data of the page as compact JSON: every step in full, the lines of every level, the script.

Each text is stored once, in one table, and referred to by its index: a long trace repeats the same
few thousand texts. All texts are escaped first, and the page shows them as text only.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any, Final

from densetrace.data.code import code_of, statements
from densetrace.data.steps import ABSENT, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Tensor, Value
from densetrace.data.wording import in_full, in_sentence
from densetrace.kinds import KINDS
from densetrace.kinds.kind import LEVELS
from densetrace.kinds.label import error_text
from densetrace.kinds.optimizing import gradient_names, tensors_in
from densetrace.kinds.spans import Span, Spans
from densetrace.render.heatmap import heat_map, in_words
from densetrace.render.model_picture import in_words as in_sentences
from densetrace.render.model_picture import pictured, svg
from densetrace.render.models import models
from densetrace.render.outline import Outline, View
from densetrace.render.phases import Phase, source_text
from densetrace.render.summary import summary
from densetrace.render.weights import weight_values
from densetrace.system.escape import visible

NONE: Final = -1
"""The index that refers to no text."""

MOST_MAPS: Final = 16
"""A step has at most this many heat maps."""

MOST_PICTURES: Final = 4
MOST_PICTURED: Final = 100
"""The page has pictures of this many models, of at most so many layers."""

OPENS: Final = 1
FAILED: Final = 2

# The data cannot end the `script` element that holds it, or begin another.
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def page_data(trace: Trace, view: View) -> str:
    """The data of the page, as JSON that is safe inside a `script` element."""
    form = json.dumps(_Page(trace).form(view), ensure_ascii=False, separators=(",", ":"))
    return form.translate(_ESCAPED)


class _Page:
    """The tables under construction."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.texts: dict[str, int] = {}
        self.spans: dict[Span, int] = {}
        order = trace.order
        self.positions = {id(step): position for position, step in enumerate(order.steps)}
        self.ends = order.ends
        self.values: dict[int, int] = {}
        self.grids: dict[tuple[int, int, int, int, str], int] = {}

    def form(self, view: View) -> dict[str, Any]:
        levels = [level for level in LEVELS if not (view.only and level == "user")]
        shown = {level: self._level(View(level, view.only, view.depth)) for level in levels}
        steps = self._steps()
        return {
            "title": source_text(self.trace) or "trace",
            "level": view.level,
            "levels": shown,
            "steps": steps,
            "code": self._code(),
            "weights": self._weights(),
            "pictures": self._pictures(),
            "grids": list(self.grids),
            "parts": [[span.role, self._text(span.text)] for span in self.spans],
            "texts": list(map(visible, self.texts)),
        }

    # -- lines -------------------------------------------------------------------------------------

    def _level(self, view: View) -> dict[str, Any]:
        """Rows `[depth, flags, spans, notes, steps]`; a row of depth 0 is a phase, and ends with
        the first position of its steps and the one after the last."""
        outline = Outline(self.trace, view)
        rows: list[list[Any]] = []
        for phase in outline.phases():
            heading = len(rows)
            rows.append([0, 0, self._line(_heading(phase)), [], [], *self._range(phase)])
            for row in outline.rows(phase):
                rows[heading][1] = OPENS
                flags = OPENS * row.opens | FAILED * row.line.failed
                shown = row.line.steps or row.line.about
                steps = [self.positions[id(step)] for step in shown]
                line = self._line(row.line.spans)
                rows.append([row.depth, flags, line, self._line(row.line.notes), steps])
        # The last line of a summary counts steps and names options; the page has its own.
        *closing, _ = summary(outline)
        return {"rows": rows, "closing": [self._line(spans) for spans in closing]}

    def _range(self, phase: Phase) -> tuple[int, int]:
        positions = [self.positions[id(step)] for step in phase.steps or phase.about]
        if not positions:
            return 0, 0
        return min(positions), max(self.ends[position] for position in positions)

    def _line(self, spans: Iterable[Span]) -> list[int]:
        return [self.spans.setdefault(span, len(self.spans)) for span in spans]

    # -- steps -------------------------------------------------------------------------------------

    def _steps(self) -> list[list[Any]]:
        from densetrace.teach.explanations import explain_step

        found: list[list[Any]] = []
        parents = _parents(self.trace)
        keras = self.trace.keras
        for step, parent in zip(self.trace.walk(), parents, strict=True):
            explained = explain_step(step, keras)
            where = step.where
            found.append(
                [
                    parent,
                    self._text(step.kind),
                    self._text(step.point),
                    NONE if step.subject is None else self._text(step.subject),
                    [
                        self._text(answer)
                        for answer in (explained.what, explained.why, explained.where)
                    ],
                    self._named(step.inputs),
                    self._named(step.facts),
                    self._result(step),
                    NONE if step.error is None else self._text(error_text(step.error)),
                    [self._text(where.file), where.line, *map(self._text, _code(step))]
                    if where
                    else [],
                    self._text(duration(step.ns)),
                    self._sets(step),
                    self._maps(step),
                ]
            )
        return found

    # -- the script, and the weights ---------------------------------------------------------------

    def _code(self) -> list[list[Any]]:
        """Each file of the person: its name, its lines, and the first and the last line of each of
        its statements."""
        return [
            [
                self._text(file),
                [self._text(line.expandtabs()) for line in lines],
                sorted(set(statements(lines).values())),
            ]
            for file, lines in code_of(self.trace).items()
        ]

    def _weights(self) -> list[list[int]]:
        """Each value of a weight: since when, the weight, the value, its heat map, and the step."""
        return [
            [
                one.since,
                self._text(one.name),
                self._value(one.value),
                self._grid(one.value),
                one.step,
            ]
            for one in weight_values(self.trace)
        ]

    def _pictures(self) -> list[list[int]]:
        """The picture of each model: its name, an address with the picture, and its words."""
        found = [model for model in pictured(self.trace) if len(model.layers) <= MOST_PICTURED]
        others = models(self.trace)
        return [
            [
                self._text(model.name),
                self._text(f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"),
                self._text(in_sentences(model)),
            ]
            for model in found[:MOST_PICTURES]
            for drawn in [svg(model, others)]
        ]

    def _maps(self, step: Step) -> list[list[int]]:
        """The heat maps of the arrays of a step: what each array is, and its grid."""
        if step.kind == "assign":
            return []
        named = [*step.inputs.items(), *step.facts.items()]
        if step.result is not ABSENT:
            named += _results(step, step.result)
        found = [[self._text(name), self._grid(value)] for name, value in _tensors(named)]
        return [pair for pair in found if pair[1] != NONE][:MOST_MAPS]

    def _grid(self, value: Value) -> int:
        """The index of a heat map, which is its rows, columns, largest number, words and levels."""
        if not isinstance(value, Tensor):
            return NONE
        found = heat_map(value)
        if found is None:
            return NONE
        levels = bytes(
            0 if level is None else level + 128 for row in found.levels for level in row
        ).hex()
        largest, words = self._text(in_sentence(found.largest)), self._text(in_words(value))
        grid = (len(found.levels), len(found.levels[0]), largest, words, levels)
        return self.grids.setdefault(grid, len(self.grids))

    def _result(self, step: Step) -> int:
        """The result; a None counts as one only where the kind shows it."""
        if step.result is ABSENT or (step.result is None and not KINDS[step.kind].shows_none):
            return NONE
        return self._value(step.result)

    def _sets(self, step: Step) -> list[int]:
        """The attribute that a step sets, and its value."""
        name = step.inputs.get("name")
        if step.kind != "assign" or not isinstance(name, str) or step.error is not None:
            return []
        return [self._text(name), self._value(step.inputs.get("value"))]

    def _named(self, values: dict[str, Value]) -> list[int]:
        """Name, value, name, value."""
        return [
            number
            for name, value in values.items()
            for number in (self._text(name), self._value(value))
        ]

    def _value(self, value: Value) -> int:
        # The steps of a trace share many values: each is formatted once.
        key = id(value)
        if key not in self.values:
            self.values[key] = self._text(in_full(value))
        return self.values[key]

    def _text(self, text: str) -> int:
        if text not in self.texts:
            self.texts[text] = len(self.texts)
        return self.texts[text]


def _results(step: Step, result: Value) -> list[tuple[str, Value]]:
    """The result of a step by name; of a list of gradients each by that of its variable."""
    names = gradient_names(step) if step.kind == "gradient" else ()
    if isinstance(result, Items) and names:
        gradients = zip(names, result.items, strict=False)  # a long list is not kept whole
        return [(f"gradient of {name}", item) for name, item in gradients]
    return [("result", result)]


def _tensors(named: Iterable[tuple[str, Value]]) -> Iterator[tuple[str, Tensor]]:
    """The arrays among values, also in lists, with their names."""
    for name, value in named:
        for tensor in tensors_in(value):
            yield name, tensor


def _heading(phase: Phase) -> Spans:
    number = (Span(f"{phase.number}  ", "number"),) if phase.number else ()
    aside = (Span(f"   {phase.aside}", "aside"),) if phase.aside else ()
    return (*number, *(phase.longer or phase.title), *aside)


def _code(step: Step) -> tuple[str, str]:
    assert step.where is not None
    return step.where.function, step.where.text


def _parents(trace: Trace) -> list[int]:
    """The position of the parent of each step; -1 for an outermost step."""
    parents: list[int] = []
    waiting = [(step, NONE) for step in reversed(trace.steps)]
    while waiting:
        step, parent = waiting.pop()
        waiting.extend((child, len(parents)) for child in reversed(step.children))
        parents.append(parent)
    return parents


_UNITS: Final = ((1_000, "ns"), (1_000_000, "µs"), (1_000_000_000, "ms"))


def duration(ns: int) -> str:
    """Nanoseconds in a readable unit: `850 ns`, `12.3 µs`."""
    for (limit, unit), divisor in zip(_UNITS, (1, 1_000, 1_000_000), strict=True):
        if ns < limit:
            return f"{ns / divisor:.3g} {unit}"
    return f"{ns / 1_000_000_000:.3g} s"
