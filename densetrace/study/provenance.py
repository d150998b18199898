"""Where values stand in a trace, and how to look around there: the ground of provenance.

A `Place` is a point of the graph: a slot of a step, or a part of what is in that slot. A `Ledger`
knows the places of one trace. Which place a value came from is told by
`densetrace.study.provenance_sources`.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal, TypeAlias

from densetrace import collecting
from densetrace.study.index import indexed, told_quickly
from densetrace.study.order import OUTSIDE, in_order
from densetrace.study.parts import NOTHING, Part, all_parts, part_of, same
from densetrace.trace import Absent, Step, Trace
from densetrace.values import Instance, Value

Slot: TypeAlias = Literal["input", "fact", "result", "subject", "left_out", "run"]
"""What of a step a place is: an input or a fact by name, the result, the object it is about, an
argument that was left out, or that the step ran at all."""

FRAMEWORKS: Final = ("densetrace", "keras", "tf_keras", "tensorflow")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: step number `step`, what of it, and which part of that."""

    step: int
    slot: Slot
    name: str = ""
    path: tuple[Part, ...] = ()

    def part(self, *more: Part) -> "Place":
        """The place of a part of what stands here."""
        return replace(self, path=(*self.path, *more)) if more else self

    @property
    def whole(self) -> "Place":
        """The place of what this is the last part of."""
        return replace(self, path=self.path[:-1])


class Ledger:
    """The steps of a trace by number (their order of opening), and what stands around each.

    `looked` counts the values and steps that were looked at, so that a search can end when it has
    done enough: in an odd trace, thousands of places may each have thousands of neighbours.
    """

    def __init__(self, trace: Trace) -> None:
        self.outcome = trace.outcome
        self.of = trace.steps
        self.order = in_order(trace.steps)
        self.steps = self.order.steps
        with collecting.paused():
            self.index = indexed(self.order)
        self.looked = 0

    @cached_property
    def _before(self) -> list[int]:
        return self.order.siblings_before()

    def value(self, place: Place) -> Value | Absent:
        """What stands in a place; `NOTHING` when the place does not exist."""
        self.looked += 1
        step = self.steps[place.step]
        found: Value | Absent = NOTHING
        if place.slot == "input":
            found = step.inputs.get(place.name, NOTHING)
        elif place.slot == "fact":
            found = step.facts.get(place.name, NOTHING)
        elif place.slot == "result":
            found = step.result
        elif place.slot == "subject" and step.subject is not None:
            found = step.subject
        for part in place.path:
            found = part_of(found, part)
        return found

    def parts(self, place: Place) -> Iterator[tuple[tuple[Part, ...], Value]]:
        """What stands in a place, and the parts of it, as many as anybody needs."""
        for found in all_parts(self.value(place)):
            self.looked += 1
            yield found

    def children(self, number: int) -> list[int]:
        """The numbers of the steps directly inside a step, the last one first."""
        found = self.order.children(number)
        self.looked += len(found)
        return found[::-1]

    def earlier_siblings(self, number: int) -> Iterator[int]:
        """The steps opened before this one in the same step, the nearest first."""
        while (number := self._before[number]) != OUTSIDE:
            self.looked += 1
            yield number

    def above(self, number: int) -> int | None:
        """The number of the step that a step was opened in."""
        above = self.order.parents[number]
        return None if above == OUTSIDE else above

    def parent(self, number: int) -> Step | None:
        """The step that a step was opened in."""
        above = self.above(number)
        return None if above is None else self.steps[above]

    def attributes(self, subject: str | None, before: int) -> dict[str, int]:
        """The attributes an object had before a step: name -> the step that had set it last."""
        found = {}
        for name, numbers in self.index.assigned.get(subject, {}).items():
            self.looked += 1
            at = bisect_left(numbers, before)
            if at:
                found[name] = numbers[at - 1]
        return found

    def initializers_of(self, subject: str | None, before: int) -> list[int]:
        """The `__init__` steps of an object that were opened before a step, the last one first."""
        numbers = self.index.initialized.get(subject, [])
        earlier = numbers[: bisect_left(numbers, before)]
        self.looked += len(earlier)
        return earlier[::-1]

    def came_out_before(self, value: Value, number: int) -> int | None:
        """The last step before this one that had ended with this very object as its result."""
        if isinstance(value, Instance):
            return self.labelled_before(value.label, number)
        for candidate in self._ended(self.index.ended.get(told_quickly(value), []), number):
            if self.steps[candidate].result == value:
                return self._outermost(candidate, number)
        return None

    def labelled_before(self, label: str, number: int) -> int | None:
        """The last step before this one that had ended with the object of this label."""
        last = next(self._ended(self.index.labelled.get(label, []), number), None)
        return None if last is None else self._outermost(last, number)

    def _ended(self, numbers: list[int], before: int) -> Iterator[int]:
        """Those of some steps that had ended before a step, the last one first."""
        for at in range(bisect_left(numbers, before) - 1, -1, -1):
            self.looked += 1
            if not self.order.is_around(numbers[at], before):
                yield numbers[at]

    def _outermost(self, number: int, before: int) -> int:
        """The outermost step that gave what this one gave, and had ended before a step."""
        result, above = self.steps[number].result, self.above(number)
        while (
            above is not None
            and not self.order.is_around(above, before)
            and same(self.steps[above].result, result)
        ):
            self.looked += 1
            number, above = above, self.above(above)
        return number

    def maker(self, number: int) -> int | None:
        """The `new` step of the object that an `__init__` step, or one around it, initializes."""
        subject = self.steps[number].subject
        above: int | None = number
        while above is not None and self.steps[above].subject == subject:
            before = next(self.earlier_siblings(above), None)
            if before is not None and self.steps[before].kind == "new":
                return before
            self.looked += 1
            above = self.above(above)
        return None


def is_persons(step: Step) -> bool:
    """Whether a step was caused by a line of the person's own, not by one of a framework."""
    return step.where is not None and step.where.file.split("/")[0] not in FRAMEWORKS
