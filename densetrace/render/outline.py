"""A trace as an outline: phases, and under them the lines in order, created as they are read.

The renderers (`tree`, `plain` and others) lay the outline out. Creating the outline of a long trace
costs nothing until its first line is read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeAlias

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import counted
from densetrace.kinds import KINDS
from densetrace.kinds.kind import LEVELS, Level
from densetrace.kinds.label import error_text
from densetrace.kinds.spans import CROSS, Span, Spans
from densetrace.render.backward import FORWARD, Backward, answers, backward
from densetrace.render.brief import Alike, folded, joined
from densetrace.render.folding import author_lines, fold_alike, framework_lines
from densetrace.render.lines import Line
from densetrace.render.overview import overview
from densetrace.render.phases import Phase, phases
from densetrace.system.arguments import received, word
from densetrace.system.errors import RequestError, did_you_mean, quoted

Annotate: TypeAlias = Callable[[Step], str | None]


@dataclass(frozen=True, slots=True)
class View:
    """What to show of a trace: the level, only these kinds of steps, and how deep; whether to close
    with heat maps of its weights and gradients, and whether to name the options that show more."""

    level: Level = "author"
    only: frozenset[str] = frozenset()
    depth: int | None = None
    heatmaps: bool = False
    has_hint: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.level, str) or self.level not in LEVELS:
            raise RequestError(
                f"A level is one of {', '.join(LEVELS)}. Received: {received(self.level)}.",
                did_you_mean(word(self.level), LEVELS),
            )
        for kind in sorted(self.only):
            if kind not in KINDS:
                raise RequestError(
                    f"There is no kind of step called {quoted(kind)}. Kinds: {', '.join(KINDS)}.",
                    did_you_mean(kind, KINDS),
                )
        if self.only and self.level == "user":
            raise RequestError(
                "The user level shows no individual steps, so there is nothing to choose from.",
                "Choose steps at another level: --level author or --level framework.",
            )
        if self.depth is not None and self.depth < 1:
            raise RequestError(f"A depth is 1 or more. Received: {self.depth}.")


MOST_GUIDES: Final = 64
"""A row knows at most this many of the lines around it. With all of them, the rows of a deep trace
would take quadratic time and memory."""


class Row(NamedTuple):
    """A line with its position in the outline.

    `depth` counts from 1. `last` says for each of the innermost `MOST_GUIDES` lines around it, and
    finally for itself, whether it is the last of its siblings. `opens` says whether lines follow
    inside it, and `parent` is the line around it.

    It is a tuple for the same reason as `Line`.
    """

    line: Line
    depth: int
    last: tuple[bool, ...]
    opens: bool
    parent: Line | None


@dataclass(slots=True)
class Outline:
    """The lines of a trace, for one view. `shown` counts the steps read so far.

    With `brief`, lines share a line where nothing is lost (`densetrace.render.brief`): for a tree
    of all steps at author level.
    """

    trace: Trace
    view: View = field(default_factory=View)
    annotate: Annotate | None = None
    shown: int = 0
    brief: bool = False
    _alike: Alike = field(init=False)
    _backward: Backward | None = None

    def __post_init__(self) -> None:
        self._alike = Alike(self._has_note)
        self.brief = self.brief and self.view.level == "author" and not self.view.only
        if self.annotate is None:
            self.annotate = _annotator(self.view.level, self.trace.keras)

    def phases(self) -> Iterator[Phase]:
        """The phases, in order. Without those in which only functions of Keras that are no hook
        points, such as a loss, ran something, and the view shows none of it."""
        if self.view.level == "user":
            return overview(self.trace)
        return (
            phase
            for phase in phases(self.trace)
            if not all("within" in step.facts for step in phase.steps) or self._has_lines(phase)
        )

    def _has_lines(self, phase: Phase) -> bool:
        # Without notes: this reads lines that are read again, and some notes are shown only once.
        unannotated = replace(self, annotate=lambda _: None)
        lines = unannotated._children(Line((), below=phase.steps, inner=phase.inner))
        return next(lines, None) is not None

    def rows(self, phase: Phase) -> Iterator[Row]:
        """The rows of a phase in reading order. Not recursive, because a trace may be deep."""
        top = self._children(Line((), below=phase.steps, inner=phase.inner))
        levels = [_Siblings(top, next(top, None))]
        while levels:
            siblings = levels[-1]
            line = siblings.next
            if line is None:
                levels.pop()
                continue
            siblings.next = next(siblings.lines, None)
            depth = siblings.depth
            here = (*siblings.last[-MOST_GUIDES:], siblings.next is None)
            first = None
            if depth == self.view.depth:
                line = _closed(self._alike.summed_up(line))
            elif line.below or line.inner:
                inside = self._children(line, depth + 1)
                first = next(inside, None)
            if first is None and self.brief:
                line = self._alike.summed_up(line)
            self.shown += len(line.steps)
            yield Row(line, depth, here, first is not None, siblings.parent)
            if first is not None:
                levels.append(_Siblings(inside, first, line, depth + 1, here))

    def _children(self, line: Line, depth: int = 1) -> Iterator[Line]:
        if line.below:
            lines = self._lines(line.below, line.steps[0] if line.steps else None)
            if self.brief:
                lines = joined(self._alike.lines(lines, line, self._inside), depth)
            yield from lines
        yield from line.inner

    def _has_note(self, step: Step) -> bool:
        from densetrace.teach.explanations import entry_for, has_note

        return has_note(entry_for(step, self.trace.keras), self.view.level)

    def _inside(self, line: Line) -> Iterator[Line]:
        """The lines inside a line of a brief outline, each on its own."""
        lines = self._lines(line.below, line.steps[0])
        return self._alike.lines(lines, line)

    def _lines(self, steps: Sequence[Step], parent: Step | None) -> Iterator[Line]:
        """The lines of sibling steps; the lines inside replace a line that the view leaves out."""
        fold = framework_lines if self.view.level == "framework" else author_lines
        waiting = [fold(steps, parent, self._asked_for)]
        if self.view.level == "author" and not self.view.only:
            waiting = [fold_alike(waiting[0])]
        if self.brief:
            waiting = [folded(waiting[0], is_outermost=parent is None)]
        while waiting:
            line = next(waiting[-1], None)
            if line is None:
                waiting.pop()
                continue
            line = _with_error(line)
            if not self.view.only or line.failed or any(map(self._asked_for, line.steps)):
                yield self._annotated(line)
            else:
                waiting.append(fold(line.below, line.steps[0], self._asked_for))

    def _asked_for(self, step: Step) -> bool:
        return step.kind in self.view.only

    def _annotated(self, line: Line) -> Line:
        noted = line.steps
        if noted[0].kind == "add_weight" and self.view.level != "framework":
            noted += tuple(step for step in line.below if step.kind == "initialize")
        assert self.annotate is not None
        notes = tuple(Span(note, "note") for note in map(self.annotate, noted) if note)
        if noted[0].kind in FORWARD:
            if self._backward is None:
                self._backward = backward(self.trace)
            inner = tuple(answers(noted[0], self._backward, self.view.level == "framework"))
            line = line._replace(inner=(*line.inner, *inner))
        if not notes:
            return line
        if line.failed:  # the note explains the error, so it goes under it
            return line._replace(inner=(line.inner[-1]._replace(notes=notes),))
        return line._replace(notes=notes)


def _with_error(line: Line) -> Line:
    """The line with its error under it, where its own step raised, not one inside it."""
    error = line.steps[0].error
    if error is None or any(child.error == error for child in line.below):
        return line
    inner = Line((CROSS, Span(f" {error_text(error)}", "error")), failed=True)
    return line._replace(spans=_marked(line.spans), inner=(inner,), failed=True)


def _closed(line: Line) -> Line:
    """A line whose inner lines are hidden: it counts them, and still shows an error."""
    inside = sum(1 for step in line.below for _ in step.walk())
    spans = line.spans
    error = line.steps[0].error if line.steps else None
    if error is not None and not line.failed:
        spans = _marked(spans)
    if inside:
        spans = (*spans, Span(f"  ({counted(inside, 'step')})", "aside"))
    notes = line.notes
    if error is not None:
        explained = line.inner[-1].notes if line.inner else ()
        notes = (*notes, Span(error_text(error), "error"), *explained)
    return line._replace(spans=spans, notes=notes, failed=error is not None)


def _marked(spans: Spans) -> Spans:
    return *spans, Span("  "), CROSS, Span(" failed", "error")


@dataclass(slots=True)
class _Siblings:
    """Lines with the same parent while they are read: the next of them, their parent and depth, and
    which of the lines around them are the last of their siblings."""

    lines: Iterator[Line]
    next: Line | None
    parent: Line | None = None
    depth: int = 1
    last: tuple[bool, ...] = ()


def _annotator(level: Level, keras: int) -> Annotate:
    """The notes of `densetrace.teach`; a note on a general idea appears once."""
    # Imported here: an outline with other notes does not need these.
    from densetrace.teach.explanations import entry_for, filled_note, has_note, noted_kinds

    used: set[str | tuple[str, str, str]] = set()
    noted = noted_kinds(level, keras)

    def annotate(step: Step) -> str | None:
        if step.kind not in noted and step.error is None:
            return None
        entry = entry_for(step, keras)
        topic = entry.topic or entry.key
        if not has_note(entry, level):
            return None
        if entry.once and topic in used:
            return filled_note(replace(entry, note=entry.again), step, keras) or None
        used.add(topic)
        return filled_note(entry, step, keras)

    return annotate
