"""A trace as a timeline with stops, indexed once, so that a move takes time for what it shows only.

Positions number all steps from 0 in order of opening. Each level has its own stops: framework stops
at every step, author at each line of its tree, user at the main events of an object.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.kinds import KINDS
from densetrace.kinds.kind import Level
from densetrace.kinds.spans import CROSS, Span, Spans
from densetrace.render.folding import author_groups, author_lines, framework_lines
from densetrace.render.lines import Line
from densetrace.render.phases import Phase, phases
from densetrace.system import gc_tuning


@dataclass(frozen=True, slots=True)
class Stops:
    """The stops of one level, in order; the tree has one line for each.

    For each stop, `positions` has the positions of its steps, `parents` the stop around it (-1 for
    an outermost one), `ends` the first stop after its inner stops. `of` maps each position to the
    stop that shows it, or else to the last stop before it.
    """

    positions: list[tuple[int, ...]]
    parents: list[int]
    ends: list[int]
    of: Sequence[int]


class _Levels(dict[Level, Stops]):
    """The stops of each level, computed on first use."""

    def __init__(self, make: Callable[[Level], Stops]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, level: Level) -> Stops:
        self[level] = self._make(level)
        return self[level]


class Timeline:
    """A trace with the indices that stepping needs, built in linear time.

    `parents` and `ends` mean for positions what they mean for stops in `Stops`.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        order = trace.order
        self.steps, self.parents, self.ends = order.steps, order.parents, order.ends
        self.phases: list[Phase] = list(phases(trace))
        self.phase_starts = self._phase_starts()
        self.stops = _Levels(self._stops)

    def __len__(self) -> int:
        return len(self.steps)

    def phase_at(self, position: int) -> int:
        """The index of the phase of a position."""
        return max(0, bisect_right(self.phase_starts, position) - 1)

    def line(self, level: Level, stop: int) -> Spans:
        """The line of a stop."""
        stops = self.stops[level]
        positions = stops.positions[stop]
        first = self.steps[positions[0]]
        spans = self._folded(level, positions).spans
        if first.error is not None:
            spans = (*spans, Span("  "), CROSS, Span(" failed", "error"))
        return spans

    def _folded(self, level: Level, positions: tuple[int, ...]) -> Line:
        """The line of a stop, as in the tree of that level."""
        up = self.parents[positions[0]]
        parent = self.steps[up] if up >= 0 else None
        siblings = [
            self.steps[position] for position in positions if self.parents[position] != positions[0]
        ]
        fold = framework_lines if level == "framework" else author_lines
        return next(fold(siblings, parent, _always))

    def _phase_starts(self) -> list[int]:
        """The position at which each phase begins."""
        starts: list[int] = []
        position = 0
        for phase in self.phases:
            starts.append(position)
            for _ in phase.steps:
                position = self.ends[position]
        return starts

    def _stops(self, level: Level) -> Stops:
        with gc_tuning.paused():
            return self._found(level)

    def _found(self, level: Level) -> Stops:
        chosen, parents = self._chosen(level)
        if not chosen:
            # A level without stops of its own stops at every step, as framework level does.
            every: list[tuple[int, ...]] = list(zip(range(len(self.steps))))
            return Stops(every, self.parents, self.ends, range(len(self.steps)))
        of = [-1] * len(self.steps)
        for stop, positions in enumerate(chosen):
            for position in positions:
                of[position] = stop
        latest = 0
        for position, stop in enumerate(of):
            if stop < 0:
                of[position] = latest
            elif chosen[stop][0] == position:
                latest = stop
        return Stops(chosen, parents, _ends(parents), of)

    def _chosen(self, level: Level) -> tuple[list[tuple[int, ...]], list[int]]:
        if level == "framework":
            return [], []
        return self._user() if level == "user" else self._author()

    def _user(self) -> tuple[list[tuple[int, ...]], list[int]]:
        """The positions of each stop at user level, and the stop around it.

        Every step that raised is a stop, so that a failure can be followed to its cause.
        """
        chosen: list[tuple[int, ...]] = []
        parents: list[int] = []
        around: list[int] = []
        for position, (step, parent) in enumerate(zip(self.steps, self.parents, strict=True)):
            outer = around[parent] if parent >= 0 else -1
            # The `__init__` of a base class creates no other object.
            again = step.kind == "init" and parent >= 0 and self.steps[parent].kind == "init"
            if not again and (KINDS[step.kind].level == "user" or step.error is not None):
                around.append(len(chosen))
                chosen.append((position,))
                parents.append(outer)
            else:
                around.append(outer)
        return chosen, parents

    def _author(self) -> tuple[list[tuple[int, ...]], list[int]]:
        """The positions of each stop at author level, and the stop around it."""
        position_of = {id(step): position for position, step in enumerate(self.steps)}
        chosen: list[tuple[int, ...]] = []
        parents: list[int] = []
        waiting = [(author_groups(self.trace.steps, None, _never), -1)]
        while waiting:
            groups, parent = waiting[-1]
            for steps, below in groups:
                chosen.append(tuple([position_of[id(step)] for step in steps]))
                parents.append(parent)
                if below:
                    waiting.append((author_groups(below, steps[0], _never), len(chosen) - 1))
                    break
            else:
                waiting.pop()
        return chosen, parents


def _ends(parents: list[int]) -> list[int]:
    """The end of each stop: the first stop after its inner stops, in reading order."""
    ends = list(range(1, len(parents) + 1))
    for position in range(len(parents) - 1, -1, -1):
        parent, end = parents[position], ends[position]
        if parent >= 0 and ends[parent] < end:
            ends[parent] = end
    return ends


def _always(step: Step) -> bool:
    return True


def _never(step: Step) -> bool:
    return False
