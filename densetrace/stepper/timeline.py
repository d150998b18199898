"""A trace as a timeline with stops, indexed once, so that no move costs more than what it shows.

Positions count all steps from 0 in order of opening. A level chooses the stops among them:
framework stops at every step, author where its tree has a line, user where something happens to an
object.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.kinds import KINDS
from densetrace.kinds.kind import Level
from densetrace.kinds.spans import CROSS, Part, Parts
from densetrace.render.folding import author_groups, author_lines, framework_lines
from densetrace.render.lines import Line
from densetrace.render.phases import Phase, phases
from densetrace.system import gc_tuning


@dataclass(frozen=True, slots=True)
class Stops:
    """The stops of one level, in order; the tree has one line for each.

    `positions` are those of the steps that a stop shows, `parents` the stops that contain them (-1
    outside all), `ends` the first stop after everything inside. `of` maps each position to the stop
    that shows it, or else to the last stop before it.
    """

    positions: list[tuple[int, ...]]
    parents: list[int]
    ends: list[int]
    of: Sequence[int]


class _Levels(dict[Level, Stops]):
    """The stops of each level, made when somebody first looks from there."""

    def __init__(self, make: Callable[[Level], Stops]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, level: Level) -> Stops:
        self[level] = self._make(level)
        return self[level]


class Timeline:
    """A trace with the indices that stepping needs; built in time linear in its length.

    `parents` and `ends` are for positions what they are for stops in `Stops`.
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
        """The number of the phase that a position belongs to, from 0."""
        return max(0, bisect_right(self.phase_starts, position) - 1)

    def line(self, level: Level, stop: int) -> Parts:
        """How a stop reads in one line."""
        stops = self.stops[level]
        positions = stops.positions[stop]
        first = self.steps[positions[0]]
        parts = self._folded(level, positions).parts
        if first.error is not None:
            parts = (*parts, Part("  "), CROSS, Part(" failed", "error"))
        return parts

    def _folded(self, level: Level, positions: tuple[int, ...]) -> Line:
        """The line of a stop, as the tree of that level folds it."""
        up = self.parents[positions[0]]
        parent = self.steps[up] if up >= 0 else None
        siblings = [
            self.steps[position] for position in positions if self.parents[position] != positions[0]
        ]
        fold = framework_lines if level == "framework" else author_lines
        return next(fold(siblings, parent, _asked_for))

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
            # Where a level has nothing to stop at, it stops everywhere, as framework level does.
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
        """The steps of each stop of the user level, and the stop that it is inside of.

        Whatever raised is a stop as well, so that a failure can be followed to its cause.
        """
        chosen: list[tuple[int, ...]] = []
        parents: list[int] = []
        around: list[int] = []
        for position, (step, parent) in enumerate(zip(self.steps, self.parents, strict=True)):
            outer = around[parent] if parent >= 0 else -1
            # An object is made once, however many classes have a part in it.
            again = step.kind == "init" and parent >= 0 and self.steps[parent].kind == "init"
            if not again and (KINDS[step.kind].level == "user" or step.error is not None):
                around.append(len(chosen))
                chosen.append((position,))
                parents.append(outer)
            else:
                around.append(outer)
        return chosen, parents

    def _author(self) -> tuple[list[tuple[int, ...]], list[int]]:
        """The steps of each stop of the author level, and the stop that it is inside of."""
        position_of = {id(step): position for position, step in enumerate(self.steps)}
        chosen: list[tuple[int, ...]] = []
        parents: list[int] = []
        waiting = [(author_groups(self.trace.steps, None, _unasked), -1)]
        while waiting:
            groups, parent = waiting[-1]
            for steps, below in groups:
                chosen.append(tuple([position_of[id(step)] for step in steps]))
                parents.append(parent)
                if below:
                    waiting.append((author_groups(below, steps[0], _unasked), len(chosen) - 1))
                    break
            else:
                waiting.pop()
        return chosen, parents


def _ends(parents: list[int]) -> list[int]:
    """Where what is inside each ends, when everything stands in reading order."""
    ends = list(range(1, len(parents) + 1))
    for position in range(len(parents) - 1, -1, -1):
        parent, end = parents[position], ends[position]
        if parent >= 0 and ends[parent] < end:
            ends[parent] = end
    return ends


def _asked_for(step: Step) -> bool:
    return True


def _unasked(step: Step) -> bool:
    return False
