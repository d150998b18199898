"""The evidence that a value came from somewhere: what its line says, who gave it, where it is met.

Each method looks for one sort of evidence, and finds nothing rather than guess.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, TypeAlias

from densetrace.study.parts import MOST_PARTS, Part, direct_parts, is_someone, is_telling, same
from densetrace.study.provenance import Ledger, Place, is_persons
from densetrace.study.provenance_line import Said
from densetrace.trace import Step
from densetrace.values import Instance, Items, Tensor, Value

How: TypeAlias = Literal[
    "typed",  # the person wrote it
    "given",  # the person called the object on it, or densetrace did for them
    "left_out",  # the person left it out, so its default stands
    "called",  # the person's line made it run, and more is not known
    "bound",  # an argument of `__init__` is one of the construction
    "passed",  # it was an argument of the step around
    "computed",  # the line computes it from this
    "fed",  # it came out of an earlier step
    "found",  # it was looked up by this
    "inside",  # it came out of a step inside
    "operand",  # it was computed from this
    "read",  # it was an attribute of the object
    "part",  # it consists of this
    "filled",  # this was None, so a value was filled in
    "caused",  # it ran because of this
]
ENDINGS: Final[tuple[How, ...]] = ("typed", "given", "left_out", "called")


@dataclass(frozen=True, slots=True)
class Source:
    """How a value came to a place, and from where; None when it came from the person."""

    how: How
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Looks for evidence around the places of a trace."""

    ledger: Ledger

    def fed(self, number: int, step: Step, value: Value) -> int | None:
        """The earlier step of the same statement that gave this value."""
        for sibling in self.ledger.earlier_siblings(number):
            earlier = self.ledger.steps[sibling]
            if not _same_statement(earlier, step):
                return None
            if earlier.kind != "new" and same(earlier.result, value):
                return sibling
        return None

    def told(self, number: int, told: Said, value: Value) -> list[Source]:
        """What a line says of a value: the names it is made of, or that it stands there."""
        named = self.named(number, told, value)
        if named or not told.literal:
            return named
        if is_persons(self.ledger.steps[number]):
            return [Source("typed")]
        return [Source("caused", Place(number, "run"))]

    def named(self, number: int, told: Said, value: Value) -> list[Source]:
        """What the names in a line stand for: arguments of the step around, attributes."""
        above = self.ledger.above(number)
        if above is None:
            return []
        equal, other = [], []
        for name in told.names:
            if name in self.ledger.steps[above].inputs:
                place = Place(above, "input", name)
                path = self._path_to(place, value)
                if path is not None:
                    equal.append(Source("passed", place.part(*path)))
                else:
                    other.append(Source("computed", place))
        attributes = self.ledger.attributes(self.ledger.steps[above].subject, number)
        for name in told.attributes:
            if name in attributes:
                place = Place(attributes[name], "input", "value")
                path = self._path_to(place, value)
                if path is not None:
                    equal.append(Source("read", place.part(*path)))
                else:
                    other.append(Source("computed", place))
        return equal or other

    def _path_to(self, place: Place, value: Value) -> tuple[Part, ...] | None:
        """The path to a value in what stands in a place; None when it is not there."""
        for path, found in self.ledger.parts(place):
            if same(found, value) and (not path or is_telling(value)):
                return path
        return None

    def met_before(self, place: Place, parent: Step | None, value: Value) -> list[Source]:
        """The same object met before, or an equal value near by."""
        if not is_telling(value):
            return []
        near = list(self._near(place.step, parent))
        if is_someone(value):
            for how, candidate in near:
                if same(self.ledger.value(candidate), value):
                    return [Source(how, candidate)]
            earlier = self.ledger.came_out_before(value, place.step)
            return [] if earlier is None else [Source("fed", Place(earlier, "result"))]
        equal = [
            Source(how, candidate.part(*path))
            for how, candidate in near
            for path, found in self.ledger.parts(candidate)
            if same(found, value) and "dtype" not in path  # all tensors may have one dtype
        ]
        if not equal:
            return []
        return [equal[min(self._repeats(place, value), len(equal) - 1)]]

    def _near(self, number: int, parent: Step | None) -> Iterator[tuple[How, Place]]:
        """What a line can see: the arguments of the step around, the attributes of its object, and
        what the objects among those arguments were made with."""
        above = self.ledger.above(number)
        if parent is None or above is None:
            return
        yield from (("passed", Place(above, "input", name)) for name in parent.inputs)
        own_name = self.ledger.steps[number].inputs.get("name")
        for name, step in self.ledger.attributes(parent.subject, number).items():
            if name != own_name:  # what stood there before is replaced, not used
                yield "read", Place(step, "input", "value")
        for value in parent.inputs.values():
            if isinstance(value, Instance):
                made = self.ledger.labelled_before(value.label, number)
                if made is not None and self.ledger.steps[made].kind == "new":
                    yield "read", Place(made, "fact", "bound")

    def _repeats(self, place: Place, value: Value) -> int:
        """How often the same value stands before this part in the same whole: two equal sizes of
        a shape do not come from one place when there are two to come from."""
        last = place.path[-1] if place.path else None
        if not isinstance(last, int):
            return 0
        whole = self.ledger.value(place.whole)
        items = whole.items[:last] if isinstance(whole, Items) else ()
        self.ledger.looked += len(items)
        return sum(same(item, value) for item in items)

    def in_pieces(self, place: Place, value: Value) -> list[Source]:
        parts: list[Part] = list(islice(direct_parts(value), MOST_PARTS))
        if isinstance(value, Tensor):
            parts = ["shape"]
        return [
            Source("part", place.part(part))
            for part in parts
            if is_telling(self.ledger.value(place.part(part)))
        ]

    def defaulted(self, place: Place, step: Step, name: str) -> list[Source]:
        """What was filled in for an argument of the same name that was None; else the step that
        ran says it."""
        caused = [Source("caused", Place(place.step, "run"))]
        if place.path:
            return caused
        above = self.ledger.above(place.step)
        about = step.subject or (self.ledger.steps[above].subject if above is not None else None)
        if about is not None:
            for number in self.ledger.initializers_of(about, place.step):
                inputs = self.ledger.steps[number].inputs
                if name in inputs and inputs[name] is None:
                    return [Source("filled", Place(number, "input", name))]
        return caused


def _same_statement(step: Step, later: Step) -> bool:
    first, second = step.where, later.where
    if first is None or second is None:
        return False
    # A statement of several lines assigns on its first and may look up further down.
    same_place = (first.file, first.function) == (second.file, second.function)
    return same_place and second.line <= first.line
