"""A trace as places to stop at, found once, so that no move costs more than what it shows.

Positions count all steps from 0 in order of opening. A level chooses the stops among them:
framework stops at every step, author where its tree has a line, user where something happens to an
object.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from densetrace.render.folding import author_lines, framework_lines
from densetrace.render.lines import CROSS, Line, Part, Parts
from densetrace.render.outline import LEVELS, Level
from densetrace.render.phases import Phase, phases
from densetrace.trace import Step, Trace

USER_KINDS: Final = frozenset(
    ("new", "init", "build", "add_weight", "invoke", "call", "add", "pop", "compile")
)
"""Where the user level stops: an object is made, gets its weights, is put somewhere, or is used.
It stops at whatever raised as well, so that a failure can be followed to its cause."""


@dataclass(frozen=True, slots=True)
class Stops:
    """The stops of one level, in order; each is told by one line of the tree.

    `told` are the positions of the steps that can be read off a stop, `parents` the stops they are
    inside of (-1 outside all), `ends` the first stop after everything inside. `of` maps each
    position to the stop where it is told, or else to the last stop before it; `kinds` each kind to
    its stops.
    """

    told: list[tuple[int, ...]]
    parents: list[int]
    ends: list[int]
    of: list[int]
    kinds: dict[str, list[int]]


class Walk:
    """A trace with the indices that stepping needs; built in time linear in its length.

    `parents` and `ends` are for positions what they are for stops in `Stops`.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.steps, self.parents = _flattened(trace.steps)
        self.ends = _ends(self.parents)
        self._positions = {id(step): position for position, step in enumerate(self.steps)}
        self.phases: list[Phase] = list(phases(trace))
        self.phase_starts = [self._positions[id(phase.steps[0])] for phase in self.phases]
        every = [((position,), parent) for position, parent in enumerate(self.parents)]
        self.stops: dict[Level, Stops] = {
            level: self._stops(list(chosen) or every)
            for level, chosen in zip(LEVELS, (self._user(), self._author(), every), strict=True)
        }

    def __len__(self) -> int:
        return len(self.steps)

    def phase_at(self, position: int) -> int:
        """The number of the phase that a position belongs to, from 0."""
        return max(0, bisect_right(self.phase_starts, position) - 1)

    def line(self, level: Level, stop: int) -> Parts:
        """How a stop reads in one line."""
        stops = self.stops[level]
        told = stops.told[stop]
        first = self.steps[told[0]]
        parts = self._folded(level, told).parts
        if first.error is not None:
            parts = (*parts, Part("  "), CROSS, Part(" failed", "error"))
        return parts

    def _folded(self, level: Level, told: tuple[int, ...]) -> Line:
        """The line of a stop, as the tree of that level folds it."""
        up = self.parents[told[0]]
        parent = self.steps[up] if up >= 0 else None
        siblings = [self.steps[position] for position in told if self.parents[position] != told[0]]
        fold = framework_lines if level == "framework" else author_lines
        return next(fold(siblings, parent, _asked_for))

    def _user(self) -> Iterator[tuple[tuple[int, ...], int]]:
        around: list[int] = []
        count = 0
        for position, (step, parent) in enumerate(zip(self.steps, self.parents, strict=True)):
            outer = around[parent] if parent >= 0 else -1
            inside = self.steps[parent].kind if parent >= 0 else ""
            # An object is made once, however many classes have a part in it.
            told_by_another = step.kind == inside == "init"
            if not told_by_another and (step.kind in USER_KINDS or step.error is not None):
                yield (position,), outer
                around.append(count)
                count += 1
            else:
                around.append(outer)

    def _author(self) -> Iterator[tuple[tuple[int, ...], int]]:
        waiting = [(author_lines(self.trace.steps, None, _unasked), -1)]
        count = 0
        while waiting:
            lines, parent = waiting[-1]
            line = next(lines, None)
            if line is None:
                waiting.pop()
                continue
            yield tuple(self._positions[id(step)] for step in line.steps), parent
            if line.below:
                inside = author_lines(line.below, line.steps[0], _unasked)
                waiting.append((inside, count))
            count += 1

    def _stops(self, chosen: Iterable[tuple[tuple[int, ...], int]]) -> Stops:
        told: list[tuple[int, ...]] = []
        parents: list[int] = []
        kinds: dict[str, list[int]] = {}
        of = [-1] * len(self.steps)
        for stop, (positions, parent) in enumerate(chosen):
            told.append(positions)
            parents.append(parent)
            for position in positions:
                of[position] = stop
            for kind in {self.steps[position].kind for position in positions}:
                kinds.setdefault(kind, []).append(stop)
        latest = 0
        told_first = {positions[0]: stop for stop, positions in enumerate(told)}
        for position in range(len(of)):
            latest = told_first.get(position, latest)
            if of[position] < 0:
                of[position] = latest
        return Stops(told, parents, _ends(parents), of, kinds)


def _flattened(steps: tuple[Step, ...]) -> tuple[list[Step], list[int]]:
    """All steps in order of opening, and the position of the step that each is inside of."""
    flat: list[Step] = []
    parents: list[int] = []
    waiting = [(step, -1) for step in reversed(steps)]
    while waiting:
        step, parent = waiting.pop()
        position = len(flat)
        flat.append(step)
        parents.append(parent)
        waiting.extend((child, position) for child in reversed(step.children))
    return flat, parents


def _ends(parents: list[int]) -> list[int]:
    """Where what is inside each ends, when everything stands in reading order."""
    ends = list(range(1, len(parents) + 1))
    for position in range(len(parents) - 1, -1, -1):
        parent = parents[position]
        if parent >= 0:
            ends[parent] = max(ends[parent], ends[position])
    return ends


def _asked_for(step: Step) -> bool:
    return True


def _unasked(step: Step) -> bool:
    return False
