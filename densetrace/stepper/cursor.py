"""A position in a timeline, and all moves from there. Pure: a move returns a new cursor.

Moves work like those of a debugger: into, over, out, and their reverses. `next` and `previous` skip
the stops inside a folded stop; a move to one of those unfolds it. A move without a target returns
the cursor unchanged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from densetrace.data.steps import Step
from densetrace.kinds.kind import Level
from densetrace.kinds.spans import Spans
from densetrace.stepper.timeline import Stops, Timeline


@dataclass(frozen=True, slots=True)
class Folds:
    """The folded stops: everything or nothing, except for the positions in `others`."""

    everything: bool = False
    others: frozenset[int] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is folded."""
        return not self.everything and not self.others

    def __contains__(self, position: int) -> bool:
        return self.everything != (position in self.others)

    def flipped(self, positions: frozenset[int]) -> "Folds":
        """With these positions folded if they were unfolded, and the reverse."""
        return Folds(self.everything, self.others ^ positions)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in a timeline; the cursor is at the stop that shows it.

    A change of level keeps the position: a step without a line of its own at this level may have
    one at the next.
    """

    timeline: Timeline
    level: Level = "author"
    position: int = 0
    folds: Folds = field(default_factory=Folds)

    # -- the current stop --------------------------------------------------------------------------

    @property
    def stops(self) -> Stops:
        """The stops of this level."""
        return self.timeline.stops[self.level]

    @property
    def stop(self) -> int:
        """The number of the current stop, from 0."""
        return self.stops.of[self.position]

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions of the steps at this stop."""
        return self.stops.positions[self.stop]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps at this stop."""
        return tuple(self.timeline.steps[position] for position in self.positions)

    @property
    def number(self) -> int:
        """The number of the first step at this stop, from 1."""
        return self.positions[0] + 1

    @property
    def until(self) -> int:
        """The last position that this stop covers: steps that are folded or have no stop of their
        own belong to the stop before them."""
        after = self.below(self.stop)
        end = self.stops.positions[after][0] if after is not None else len(self.timeline)
        return max(self.positions[-1], end - 1)

    @property
    def others(self) -> tuple[int, int] | None:
        """The first and the last number of the other steps that this stop covers; None if it covers
        none. So the numbers of successive stops leave no gap."""
        last = self.until + 1
        return (self.number + 1, last) if last > self.number else None

    def line(self, stop: int) -> Spans:
        """The line of a stop."""
        return self.timeline.line(self.level, stop)

    def outer(self, stop: int) -> Iterator[int]:
        """The stops around a stop, the innermost first."""
        parent = self.stops.parents[stop]
        while parent >= 0:
            yield parent
            parent = self.stops.parents[parent]

    def has_inner_stops(self, stop: int) -> bool:
        """Whether there are stops inside a stop."""
        return self.stops.ends[stop] > stop + 1

    def is_folded(self, stop: int) -> bool:
        """Whether a stop has inner stops and is folded."""
        return self.has_inner_stops(stop) and self.stops.positions[stop][0] in self.folds

    def is_last(self, stop: int) -> bool:
        """Whether a stop is the last of its siblings; the outermost of a phase are siblings."""
        end, parent = self.stops.ends[stop], self.stops.parents[stop]
        if parent >= 0:
            return end == self.stops.ends[parent]
        return end == len(self.stops.positions) or self.starts_phase(end)

    def starts_phase(self, stop: int) -> bool:
        """Whether a phase begins with this stop."""
        if stop == 0:
            return True
        here, before = self.stops.positions[stop][0], self.stops.positions[stop - 1][0]
        return self.timeline.phase_at(here) != self.timeline.phase_at(before)

    def below(self, stop: int) -> int | None:
        """The next visible stop."""
        after = self.stops.ends[stop] if self.is_folded(stop) else stop + 1
        return after if after < len(self.stops.positions) else None

    def above(self, stop: int) -> int | None:
        """The visible stop before this one, which is visible itself."""
        if stop == 0:
            return None
        if self.folds.is_empty:
            return stop - 1
        # The stops around this one are unfolded; those around the previous stop may be folded.
        parents, parent = self.stops.parents, self.stops.parents[stop]
        if stop - 1 == parent:
            return parent
        between = [stop - 1]
        while parents[between[-1]] != parent:
            between.append(parents[between[-1]])
        return next((outer for outer in reversed(between) if self.is_folded(outer)), stop - 1)

    # -- moves -------------------------------------------------------------------------------------

    def at(self, position: int) -> "Cursor":
        """To a position, unfolding the stops around it."""
        return replace(self, position=min(max(position, 0), len(self.timeline) - 1))._revealed()

    def next(self) -> "Cursor":
        """To the next visible stop."""
        return self._to(self.below(self.stop))

    def previous(self) -> "Cursor":
        """To the previous visible stop."""
        return self._to(self.above(self.stop))

    def into(self) -> "Cursor":
        """Into this stop, or to the next one if it has no inner stops."""
        return self._to(self.stop + 1)

    def back_into(self) -> "Cursor":
        """To the previous stop at any depth: the reverse of `into`."""
        return self._to(self.stop - 1)

    def over(self) -> "Cursor":
        """To the first stop after this one and its inner stops."""
        return self._to(self.stops.ends[self.stop])

    def back_over(self) -> "Cursor":
        """To the previous sibling, over its inner stops; from the first sibling, out."""
        parent, before = self.stops.parents[self.stop], self.stop - 1
        while before > parent and self.stops.parents[before] != parent:
            before = self.stops.parents[before]
        return self._to(before)

    def out(self) -> "Cursor":
        """To the stop around this one."""
        return self._to(self.stops.parents[self.stop])

    def first(self) -> "Cursor":
        """To the first stop."""
        return self._to(0)

    def last(self) -> "Cursor":
        """To the last stop at any depth."""
        return self._to(len(self.stops.positions) - 1)

    def same_kind(self, forward: bool = True) -> "Cursor":
        """To the next or previous stop with a step of this kind."""
        kind, positions = self.steps[0].kind, self.stops.positions
        stops = range(self.stop + 1, len(positions)) if forward else range(self.stop - 1, -1, -1)
        for stop in stops:
            for position in positions[stop]:
                if self.timeline.steps[position].kind == kind:
                    return self._to(stop)
        return self

    # -- level and folds ---------------------------------------------------------------------------

    def at_level(self, level: Level) -> "Cursor":
        """At the same position, at another level."""
        return replace(self, level=level)._revealed()

    def fold(self) -> "Cursor":
        """With this stop folded, or the stop around it if this one cannot be."""
        if self.has_inner_stops(self.stop) and not self.is_folded(self.stop):
            return self._flipped(self.stop)
        parent = self.stops.parents[self.stop]
        return self._to(parent)._flipped(parent) if parent >= 0 else self

    def unfold(self) -> "Cursor":
        """With this stop unfolded."""
        return self._flipped(self.stop) if self.is_folded(self.stop) else self

    def fold_everything(self) -> "Cursor":
        """With every stop folded, at the outermost stop around this one."""
        outermost = [self.stop, *self.outer(self.stop)][-1]
        return replace(self._to(outermost), folds=Folds(everything=True))

    def unfold_everything(self) -> "Cursor":
        """With every stop unfolded."""
        return replace(self, folds=Folds())

    def _to(self, stop: int | None) -> "Cursor":
        if stop is None or not 0 <= stop < len(self.stops.positions) or stop == self.stop:
            return self
        return self.at(self.stops.positions[stop][0])

    def _flipped(self, stop: int) -> "Cursor":
        return replace(self, folds=self.folds.flipped(frozenset((self.stops.positions[stop][0],))))

    def _revealed(self) -> "Cursor":
        folded = frozenset(self._folded_around(self.stop))
        return replace(self, folds=self.folds.flipped(folded)) if folded else self

    def _folded_around(self, stop: int) -> Iterator[int]:
        """The positions of the folded stops around a stop."""
        stops, others = self.stops, self.folds.others
        if self.folds.everything:
            positions, parents = stops.positions, stops.parents
            outer = parents[stop]
            while outer >= 0:
                if positions[outer][0] not in others:
                    yield positions[outer][0]
                outer = parents[outer]
            return
        # A trace may be deep: iterating over the folded stops is faster.
        for position in others:
            outer = stops.of[position]
            if outer < stop < stops.ends[outer] and stops.positions[outer][0] == position:
                yield position
