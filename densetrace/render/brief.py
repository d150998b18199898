"""Makes the tree of an author short without losing what it says.

- A base class whose `__init__` does nothing but call the next shares its line.
- An object that Keras creates by itself, such as an InputLayer, shows no steps inside.
- A symbolic call of a layer of Keras, which has no numbers yet, names its operations in one line.
- A long call of a method does not repeat the arguments that the heading above it shows.
- An object of a class that was constructed before shows only what differs from the first one.
- Lookups of None in a row by the same function share a line.
- Short assignments in a row share a line, as statements separated by semicolons.

A line with a note, an error, or lines inside is never left out, and a line that stands for others
says so.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import counted
from densetrace.data.wording import joined as listed
from densetrace.data.wording import outcome
from densetrace.kinds import KINDS
from densetrace.kinds.calling import is_symbolic
from densetrace.kinds.construction import MADE_BY_KERAS, arguments_given, class_made
from densetrace.kinds.label import assigned, called, point_end, subject
from densetrace.kinds.spans import ARROW, NEXT_STATEMENT, Span, Spans, plain_text
from densetrace.kinds.statements import attribute_of_line
from densetrace.render.cells import cell_len
from densetrace.render.folding import author_groups, author_lines, calls
from densetrace.render.lines import Line
from densetrace.render.numbers import width_of

MOST_JOINED: Final = 74
"""Assignments share a line of at most this many cells: it fits into 80 columns."""

COLUMNS: Final = 80
GUIDE: Final = 3
"""The cells of a line, and those that each line around it takes: the numbers of a weight have room
in the line that it shares."""

MOST_BASES: Final = 3
"""A line names at most this many base classes."""

MOST_NAMED: Final = 4
"""A line names at most this many operations, or attributes that were looked up."""

EXCEPT: Final = ", except:"
"""Ends what is said of an object that is like another: the lines that differ follow."""

_NUMBER: Final = re.compile(r"#\d+")
_COMPUTE: Final = ("op", "activation")
_METHODS: Final = ("add", "compile")
_STATEMENTS: Final = ("assign", "get", "name", "add_weight")


# -- before the notes ------------------------------------------------------------------------------


def folded(lines: Iterable[Line], is_outermost: bool) -> Iterator[Line]:
    """The lines, with fewer for base classes and for the objects that Keras creates."""
    held: Line | None = None
    for line in lines:
        if held is not None:
            if _is_init_of(line, held):
                yield _made_by_keras(held, line)
                held = None
                continue
            yield held
            held = None
        if is_outermost:
            yield _with_bases(_without_repetition(line))
        elif _creates_for_keras(line):
            held = line
        else:
            yield _with_bases(line)
    if held is not None:
        yield held


def _without_repetition(line: Line) -> Line:
    """A long call of a method without its arguments, if they are in the source line above it."""
    step = line.steps[0]
    if step.kind not in _METHODS or step.where is None or _width(line.spans) <= MOST_JOINED:
        return line
    source = step.where.text
    if f".{point_end(step, 1)}(" not in source or source.count("(") != source.count(")"):
        return line
    return line._replace(spans=called(f"{subject(step)}.{point_end(step, 1)}", ["..."]))


def _creates_for_keras(line: Line) -> bool:
    step = line.steps[0]
    return (
        step.kind == "new" and step.inputs.get("class") in MADE_BY_KERAS and not _fails(line.steps)
    )


def _is_init_of(line: Line, new: Line) -> bool:
    step = line.steps[0]
    is_same = step.facts.get("class") == new.steps[0].inputs.get("class")
    return step.kind == "init" and is_same and not _fails(line.steps)


def _made_by_keras(new: Line, init: Line) -> Line:
    """An object that Keras creates: `InputLayer(name='input_1')  (3 steps)`."""
    steps = (*new.steps, *init.steps)
    inside = sum(1 for step in steps for _ in step.walk()) - 1
    label = called(class_made(new.steps[0]), arguments_given(new.steps[0]))
    return Line((*label, Span(f"  ({counted(inside, 'step')})", "aside")), steps)


def _with_bases(line: Line) -> Line:
    """The line of an `__init__`, with those of base classes that it does nothing but call:
    `Sequential.__init__ calls Model.__init__, which calls Layer.__init__`."""
    while line.steps[0].kind == "init" and len(line.steps) <= MOST_BASES:
        groups = list(author_groups(line.below, line.steps[0], _never))
        if len(groups) != 1 or [step.kind for step in groups[0][0]] != ["init"]:
            break
        (inner,), below = groups[0]
        if _fails((*line.steps, inner)) or inner.subject != line.steps[0].subject:
            break
        line = Line(_with_base(line, inner), (*line.steps, inner), below)
    return line


def _with_base(line: Line, base: Step) -> Spans:
    """The spans of a line with one more base class. With two, arguments of None are left out."""
    first, *others = line.steps
    if not others:
        return (*line.spans, *calls(point_end(base, 2)))
    spans = line.spans
    if len(others) == 1 and all(value is None for value in first.inputs.values()):
        spans = Span(point_end(first, 2), "call"), *calls(point_end(others[0], 2))
    return (*spans, Span(", which"), *calls(point_end(base, 2)))


def _fails(steps: Iterable[Step]) -> bool:
    return any(step.error is not None for step in steps)


# -- with the notes --------------------------------------------------------------------------------


class _First(NamedTuple):
    """The first object of a class: its name, what each line of its `__init__` is about, and the
    texts of these lines, also without the numbers of objects. `settings` has the texts of those in
    the `__init__` of base classes too."""

    name: str
    about: tuple[str, ...]
    texts: frozenset[str]
    numberless: frozenset[str]
    settings: frozenset[str]


Inside: TypeAlias = Callable[[Line], Iterator[Line]]


class Alike:
    """Compares each `__init__` with that of the first object of the same class.

    `has_note` says whether a step has a note, even one that was shown before.
    """

    def __init__(self, has_note: Callable[[Step], bool]) -> None:
        self.has_note = has_note
        self._firsts: dict[tuple[str, object], _First] = {}
        # The first object that a later one is like, by the id of the step of the later `__init__`.
        self._like: dict[int, _First] = {}

    def lines(
        self, lines: Iterable[Line], around: Line, inside: Inside | None = None
    ) -> Iterator[Line]:
        """The lines inside `around` that say something else than for the first object. One that
        constructs a later object says which is the first.

        Args:
            lines: the lines inside `around`.
            around: the line around them.
            inside: returns the lines inside a line, for an `__init__` of a base class that is
                called alike: those in it that differ replace it.
        """
        first = self._first_of(around)
        for line in lines:
            line = self._compared(line, says_so=first is None)
            if line.steps and line.steps[0].kind == "call" and _is_symbolic(around):
                line = self._with_names_only(line)
            text = "" if first is None else plain_text(line.spans)
            if first is None or line.notes or line.failed:
                yield line
            elif inside is not None and self._first_of(line) is not None and text in first.texts:
                yield from inside(line)
            elif not _is_plain(line):
                yield line
            elif text not in first.texts:
                is_alike = _NUMBER.sub("#", text) in first.numberless
                yield _result_only(line) if is_alike else line

    def _first_of(self, line: Line) -> _First | None:
        return self._like.get(id(line.steps[-1])) if line.steps else None

    def _compared(self, line: Line, says_so: bool) -> Line:
        step = line.steps[-1] if line.steps else None
        if step is None or step.kind != "init" or not line.below or _fails(line.steps):
            return line
        key = step.point, step.facts.get("class")
        inner = _inside_init(line)
        about = tuple(_about(one) for one in inner)
        first = self._firsts.get(key)
        if first is None:
            texts = frozenset(plain_text(one.spans) for one in inner)
            numberless = frozenset(_NUMBER.sub("#", text) for text in texts)
            settings = frozenset(plain_text(one.spans) for one in _with_those_of_bases(line))
            self._firsts[key] = _First(subject(step), about, texts, numberless, settings)
        elif about == first.about:
            self._like[id(step)] = first
            if says_so:
                return line._replace(spans=(*line.spans, _like(first, EXCEPT)))
        return line

    def summed_up(self, line: Line) -> Line:
        """A line without lines under it: one that says which object its own is like names the
        attributes that differ, if there are any."""
        first = self._first_of(line)
        if first is None or line.spans[-1] != _like(first, EXCEPT):
            return line
        names = _differences(line, first.settings)
        aside = _like(first, f", except {names}" if names else "")
        return line._replace(spans=(*line.spans[:-1], aside))

    def _with_names_only(self, line: Line) -> Line:
        """A symbolic call with the names of its few operations, if it is that of a layer of
        Keras and there is no more to say of them."""
        step = line.steps[0]
        if not step.point.startswith("keras."):
            return line
        inner = tuple(group[0] for group, _ in author_groups(line.below, step, _never))
        is_short = 0 < len(inner) <= MOST_NAMED
        if not is_short or not all(map(self._has_only_a_name, inner)):
            return line
        names = ", ".join(point_end(one, 1) for one in inner)
        spans = (*line.spans, Span(f"  ({names})", "aside"))
        return line._replace(spans=spans, steps=(step, *inner), below=())

    def _has_only_a_name(self, step: Step) -> bool:
        return step.kind in _COMPUTE and step.error is None and not self.has_note(step)


def _like(first: _First, ending: str) -> Span:
    return Span(f"  (like {first.name}{ending})", "aside")


def _inside_init(line: Line) -> list[Line]:
    """The lines inside the line of an `__init__`."""
    return [_with_bases(one) for one in author_lines(line.below, line.steps[0], _never)]


def _with_those_of_bases(line: Line) -> Iterator[Line]:
    """The lines inside the line of an `__init__`. Those inside the `__init__` of a base class
    replace its line."""
    waiting = _inside_init(line)[::-1]
    while waiting:
        inner = waiting.pop()
        step = inner.steps[-1]
        if step.kind == "init" and step.subject == line.steps[-1].subject:
            waiting += reversed(_inside_init(inner))
        else:
            yield inner


def _differences(line: Line, known: frozenset[str]) -> str:
    """The attributes that the lines inside the line of an `__init__` set, where their texts are not
    among these: `_name, units and 2 more`. Those that are only another object of the same class
    come last."""
    numberless = {_NUMBER.sub("#", text) for text in known}
    found: dict[str, bool] = {}
    for inner in _with_those_of_bases(line):
        text = plain_text(inner.spans)
        if text not in known and inner.spans[0].role == "name":
            found[inner.spans[0].text] = _NUMBER.sub("#", text) in numberless
    names = sorted(found, key=lambda name: found[name])
    if len(names) > MOST_NAMED:
        names[MOST_NAMED - 1 :] = [f"{len(names) - MOST_NAMED + 1} more"]
    return listed(names) if names else ""


def _is_symbolic(line: Line) -> bool:
    return bool(line.steps) and is_symbolic(line.steps[0])


def _about(line: Line) -> str:
    """What a line is about: the kind of its step, and the attribute or function."""
    step = line.steps[0]
    name = line.steps[-1].inputs.get("name") if step.kind != "init" else None
    return f"{step.kind} {step.point} {name or attribute_of_line(step)}"


def _result_only(line: Line) -> Line:
    """A lookup that was shown in full for another object: only its attribute and the result."""
    step = line.steps[0]
    if step.kind != "get" or step.result is ABSENT:
        return line
    return line._replace(spans=(*assigned(_attribute(line)), Span(outcome(step.result), "result")))


def _attribute(line: Line) -> str:
    """The attribute that a line with a lookup sets."""
    last = line.steps[-1]
    if last.kind == "assign":
        return str(last.inputs.get("name"))
    return attribute_of_line(last) or ""


def joined(lines: Iterable[Line], depth: int) -> Iterator[Line]:
    """The lines at a depth of the tree, with short assignments in a row, and lookups of None in a
    row, in one line."""
    row: list[Line] = []
    for line in lines:
        if row and _fits_into(row, line, depth):
            row.append(line)
            continue
        if row:
            yield _one_line(row)
        row = [line]
    if row:
        yield _one_line(row)


def _fits_into(row: list[Line], line: Line, depth: int) -> bool:
    if not _is_plain(row[-1]) or not _is_statement(line):
        return False
    if len(row) < MOST_NAMED and _looks_up_none(line) and all(map(_looks_up_none, row)):
        return row[-1].steps[0].point == line.steps[0].point
    spans = _statements((*row, line))
    shown_beside = max(map(width_of, (*row, line)))
    room = COLUMNS - GUIDE * depth - shown_beside if shown_beside else MOST_JOINED
    return spans.count(ARROW) <= 1 and _width(spans) <= min(room, MOST_JOINED)


def _one_line(row: list[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    last = row[-1]
    spans = _lookups_of_none(row) if _looks_up_none(row[0]) else _statements(row)
    steps = tuple(step for line in row for step in line.steps)
    below = tuple(step for line in row for step in line.below)
    return Line(spans, steps, below, last.inner, last.notes)


def _statements(row: Iterable[Line]) -> Spans:
    """`input_spec = InputSpec(min_ndim=2); supports_masking = True`."""
    spans: list[Span] = []
    for line in row:
        spans += (NEXT_STATEMENT, *line.spans) if spans else line.spans
    return tuple(spans)


def _lookups_of_none(row: list[Line]) -> Spans:
    """`kernel_regularizer, bias_regularizer: each regularizers.get(None) → None`."""
    names = ", ".join(map(_attribute, row))
    step = row[0].steps[0]
    return Span(names, "name"), Span(": each "), *KINDS[step.kind].label(step)


def _is_statement(line: Line) -> bool:
    """Whether a line only sets an attribute; it may have a note."""
    return (
        bool(line.steps)
        and line.steps[0].kind in _STATEMENTS
        and not line.failed
        and not line.inner
        and (line.steps[-1].kind in ("assign", "name") or bool(_attribute(line)))
    )


def _is_plain(line: Line) -> bool:
    """Whether a line only sets an attribute, without a note or lines inside."""
    if not _is_statement(line) or line.notes:
        return False
    return next(author_groups(line.below, line.steps[0], _never), None) is None


def _looks_up_none(line: Line) -> bool:
    step = line.steps[0] if line.steps else None
    return (
        step is not None
        and step.kind == "get"
        and _is_plain(line)
        and step.result is None
        and set(step.inputs.values()) == {None}
    )


def _width(spans: Spans) -> int:
    return cell_len(plain_text(spans))


def _never(step: Step) -> bool:
    return False
