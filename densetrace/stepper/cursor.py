"""A place in a timeline, and every way to move from there. Pure: a move gives a new cursor.

Moves go between the lines of a level as debuggers go between calls: into, over, out, and their
reverses. What is folded is passed over by `next` and `previous` and opened by a move that leads
inside. A move that leads nowhere gives the cursor back as it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from densetrace.data.steps import Step
from densetrace.kinds.kind import Level
from densetrace.kinds.spans import Parts
from densetrace.stepper.timeline import Stops, Timeline


@dataclass(frozen=True, slots=True)
class Folds:
    """What is folded: everything or nothing, but for the positions in `others`."""

    everything: bool = False
    others: frozenset[int] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Whether nothing is folded."""
        return not self.everything and not self.others

    def __contains__(self, position: int) -> bool:
        return self.everything != (position in self.others)

    def flipped(self, positions: frozenset[int]) -> "Folds":
        """The same with the state of these positions changed."""
        return Folds(self.everything, self.others ^ positions)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a timeline. `place` is a position; the cursor is at the stop that shows it.

    The place outlives a change of level: a step that has no line of its own at this level has one
    again at the next.
    """

    timeline: Timeline
    level: Level = "author"
    place: int = 0
    folds: Folds = field(default_factory=Folds)

    # -- where this is -----------------------------------------------------------------------------

    @property
    def stops(self) -> Stops:
        """The stops of this level."""
        return self.timeline.stops[self.level]

    @property
    def stop(self) -> int:
        """The stop one stands at, counted from 0."""
        return self.stops.of[self.place]

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
        """The last position one has seen when standing here: what has no stop of its own, or is
        folded, counts to the stop before it."""
        after = self.below(self.stop)
        end = self.stops.positions[after][0] if after is not None else len(self.timeline)
        return max(self.positions[-1], end - 1)

    def line(self, stop: int) -> Parts:
        """How a stop reads in one line."""
        return self.timeline.line(self.level, stop)

    def outer(self, stop: int) -> Iterator[int]:
        """The stops around a stop, the innermost first."""
        parent = self.stops.parents[stop]
        while parent >= 0:
            yield parent
            parent = self.stops.parents[parent]

    def holds_something(self, stop: int) -> bool:
        """Whether there are stops inside a stop."""
        return self.stops.ends[stop] > stop + 1

    def is_folded(self, stop: int) -> bool:
        """Whether the stops inside a stop are out of sight because it is folded."""
        return self.holds_something(stop) and self.stops.positions[stop][0] in self.folds

    def is_last(self, stop: int) -> bool:
        """Whether a stop is the last inside the one around it, or outside all, of its phase."""
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
        """The next stop in sight."""
        after = self.stops.ends[stop] if self.is_folded(stop) else stop + 1
        return after if after < len(self.stops.positions) else None

    def above(self, stop: int) -> int | None:
        """The stop in sight before this one, which is in sight itself."""
        if stop == 0:
            return None
        if self.folds.is_plain:
            return stop - 1
        # What this stop is inside of is unfolded; what lies between that and the stop before may
        # be folded.
        parents, parent = self.stops.parents, self.stops.parents[stop]
        if stop - 1 == parent:
            return parent
        between = [stop - 1]
        while parents[between[-1]] != parent:
            between.append(parents[between[-1]])
        return next((outer for outer in reversed(between) if self.is_folded(outer)), stop - 1)

    # -- moves -------------------------------------------------------------------------------------

    def at(self, position: int) -> "Cursor":
        """At a position, which is brought into sight."""
        return replace(self, place=min(max(position, 0), len(self.timeline) - 1))._in_sight()

    def next(self) -> "Cursor":
        """To the next stop in sight."""
        return self._to(self.below(self.stop))

    def previous(self) -> "Cursor":
        """To the stop in sight before this one."""
        return self._to(self.above(self.stop))

    def into(self) -> "Cursor":
        """Into this stop; to the next where there is nothing inside."""
        return self._to(self.stop + 1)

    def back_into(self) -> "Cursor":
        """To the stop before this one, inside whatever it is: the reverse of `into`."""
        return self._to(self.stop - 1)

    def over(self) -> "Cursor":
        """To the first stop after all that is inside this one."""
        return self._to(self.stops.ends[self.stop])

    def back_over(self) -> "Cursor":
        """Before this stop, over all that is inside the one before; out where it is the first."""
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
        """To the last stop, inside whatever it is."""
        return self._to(len(self.stops.positions) - 1)

    def same_kind(self, forward: bool = True) -> "Cursor":
        """To the next stop, or the one before, that tells a step of this kind."""
        kind, told = self.steps[0].kind, self.stops.positions
        stops = range(self.stop + 1, len(told)) if forward else range(self.stop - 1, -1, -1)
        for stop in stops:
            for position in told[stop]:
                if self.timeline.steps[position].kind == kind:
                    return self._to(stop)
        return self

    # -- level and folds ---------------------------------------------------------------------------

    def at_level(self, level: Level) -> "Cursor":
        """At the same place, looked at from another level."""
        return replace(self, level=level)._in_sight()

    def fold(self) -> "Cursor":
        """This stop folded; where there is nothing to fold, the stop around it."""
        if self.holds_something(self.stop) and not self.is_folded(self.stop):
            return self._flipped(self.stop)
        parent = self.stops.parents[self.stop]
        return self._to(parent)._flipped(parent) if parent >= 0 else self

    def unfold(self) -> "Cursor":
        """This stop unfolded."""
        return self._flipped(self.stop) if self.is_folded(self.stop) else self

    def fold_everything(self) -> "Cursor":
        """Every stop folded; one stands at the outermost around this one."""
        outermost = [self.stop, *self.outer(self.stop)][-1]
        return replace(self._to(outermost), folds=Folds(everything=True))

    def unfold_everything(self) -> "Cursor":
        """Every stop unfolded."""
        return replace(self, folds=Folds())

    def _to(self, stop: int | None) -> "Cursor":
        if stop is None or not 0 <= stop < len(self.stops.positions) or stop == self.stop:
            return self
        return self.at(self.stops.positions[stop][0])

    def _flipped(self, stop: int) -> "Cursor":
        return replace(self, folds=self.folds.flipped(frozenset((self.stops.positions[stop][0],))))

    def _in_sight(self) -> "Cursor":
        folded = frozenset(self._folded_around(self.stop))
        return replace(self, folds=self.folds.flipped(folded)) if folded else self

    def _folded_around(self, stop: int) -> Iterator[int]:
        """The positions of the folded stops around a stop."""
        stops, others = self.stops, self.folds.others
        if self.folds.everything:
            told, parents = stops.positions, stops.parents
            outer = parents[stop]
            while outer >= 0:
                if told[outer][0] not in others:
                    yield told[outer][0]
                outer = parents[outer]
            return
        # A trace may be deep: it is less to look through what is folded.
        for position in others:
            outer = stops.of[position]
            if outer < stop < stops.ends[outer] and stops.positions[outer][0] == position:
                yield position
