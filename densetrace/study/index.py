"""The places of a trace and what is in them: parts of values, who holds what, who was given it.

A `Place` is a slot of a step, or a part of what is in that slot. A `Ledger` knows the places of one
trace. Everything is found in one pass: in a long trace, visiting each step costs most of the time.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Final, Literal, TypeAlias

from densetrace.data.order import OUTSIDE, Order
from densetrace.data.steps import ABSENT, Absent, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Class, Function, Instance, Items, Mapping, Tensor, Value
from densetrace.kinds import KINDS
from densetrace.kinds.kind import nothing_set
from densetrace.system import gc_tuning

# -- parts of values -------------------------------------------------------------------------------


Part: TypeAlias = str | int
"""A part of a value: the `shape` or `dtype` of a tensor, an item, an entry."""

NOTHING: Final = ABSENT
"""What stands in a place that does not exist."""

MOST_PARTS: Final = 100
"""Of a value that consists of more, the first parts are looked at; the recorder keeps fewer."""

_MOST_IN_ALL: Final = 1000
_PARTS_SEEN: Final = 60
_PARTS_DEEP: Final = 3


def is_someone(value: object) -> bool:
    """Whether a value is an object of its own, so that meeting it again means something."""
    return isinstance(value, Instance | Tensor | Function | Class)


def same(left: object, right: object) -> bool:
    """Whether two values are the same; a list and a tuple of the same items are (shapes are told
    as either), 1 and True are not."""
    if isinstance(left, Items) and isinstance(right, Items):
        return left.length == right.length and all(map(same, left.items, right.items))
    if isinstance(left, Instance) and isinstance(right, Instance):
        return left.label == right.label
    return type(left) is type(right) and left == right


def part_of(value: object, part: Part) -> Value | Absent:
    """One part of a value."""
    match value:
        case Tensor(shape) if part == "shape":
            return Items("tuple", shape, len(shape))
        case Tensor() if part == "dtype":
            return value.dtype
        case Items(_, items) if isinstance(part, int):
            return items[part] if -len(items) <= part < len(items) else NOTHING
        case Mapping(entries):
            return next((item for key, item in entries if same(key, part)), NOTHING)
        case Instance(config=Mapping() as config):
            return part_of(config, part)
    return NOTHING


def direct_parts(value: object) -> Iterator[Part]:
    """The parts that a value consists of."""
    match value:
        case Tensor():
            yield from ("shape", "dtype")
        case Items(_, items):
            yield from range(len(items))
        case Mapping(entries):
            yield from (key for key, _ in entries if type(key) in (str, int))  # type: ignore[misc] # the types were just checked
        case Instance(config=Mapping() as config):
            yield from direct_parts(config)


def all_parts(value: object) -> Iterator[tuple[tuple[Part, ...], Value]]:
    """A value and the parts of it, outer ones first, as many as anybody needs."""
    waiting: list[tuple[tuple[Part, ...], object]] = [((), value)]
    for count, (path, found) in enumerate(waiting):
        if found is not NOTHING:
            yield path, found  # type: ignore[misc] # what is not NOTHING is a value
        if len(path) < _PARTS_DEEP and count < _PARTS_SEEN and len(waiting) < _MOST_IN_ALL:
            parts = islice(direct_parts(found), MOST_PARTS)
            waiting.extend(((*path, part), part_of(found, part)) for part in parts)


def is_telling(value: object) -> bool:
    """Whether finding an equal value elsewhere says that it came from there: None, True and empty
    values stand everywhere."""
    if isinstance(value, Items | Mapping):
        return value.length > 0
    return value is not None and not isinstance(value, bool) and value != ""


# -- the index -------------------------------------------------------------------------------------


_OF_THEIR_OWN: Final = frozenset((Tensor, Function, Class))

Held = dict[str, dict[str, int]]
"""Object -> attribute -> the number of the step that gave it its last value."""

Numbers = list[int]
"""The numbers of some steps, rising."""


@dataclass(frozen=True, slots=True)
class Index:
    """The steps of a trace by what they do.

    `held` has the objects in the order in which they are first met. `assigned` are all assignments
    by object and attribute, `initialized` the `__init__` steps by object. `labelled` are the steps
    that ended with an object of a label, `ended` those that ended with another object that can be
    told from its like, by `told_quickly`.
    """

    held: Held = field(default_factory=dict)
    assigned: dict[str | None, dict[str, Numbers]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    initialized: dict[str | None, Numbers] = field(default_factory=lambda: defaultdict(list))
    labelled: dict[str, Numbers] = field(default_factory=lambda: defaultdict(list))
    ended: dict[Hashable, Numbers] = field(default_factory=lambda: defaultdict(list))


def indexed(order: Order) -> Index:
    """The index of a trace."""
    index = Index()
    held, assigned, labelled, ended = index.held, index.assigned, index.labelled, index.ended
    for number, step in enumerate(order.steps):
        kind, subject, result = step.kind, step.subject, step.result
        if type(result) is Instance:
            labelled[result.label].append(number)
        elif type(result) in _OF_THEIR_OWN and not _is_inner(order, number):
            ended[told_quickly(result)].append(number)
        if KINDS[kind].act == "construct":
            if kind == "init":
                index.initialized[subject].append(number)
            if subject is not None:
                held.setdefault(subject, {})
        if step.error is not None:
            continue
        if kind == "assign":
            inputs = step.inputs
            name = inputs.get("name")
            if type(name) is str:
                assigned[subject][name].append(number)
                says_again = "before" in inputs and same(inputs["before"], inputs.get("value"))
                if subject is not None and not says_again:
                    held.setdefault(subject, {})[name] = number
        elif (sets := KINDS[kind].sets) is not nothing_set:
            for name, of in sets(step):
                owner = subject if of == "own" else _around(order, number)
                if owner is not None:
                    held.setdefault(owner, {})[name] = number
    return index


def told_quickly(value: object) -> Hashable:
    """Something of an object that is equal for equal objects, and quickly compared."""
    match value:
        case Tensor(shape):
            return shape
        case Function(name) | Class(name):
            return name
    return None


def _parent(order: Order, number: int) -> Step | None:
    """The step that a step was opened in."""
    parent = order.parents[number]
    return None if parent == OUTSIDE else order.steps[parent]


def _is_inner(order: Order, number: int) -> bool:
    """Whether a step is an operation of which the step around it says enough."""
    step = order.steps[number]
    return KINDS[step.kind].is_inner(step, _parent(order, number))


def _around(order: Order, number: int) -> str | None:
    """The object that the step around a step is about."""
    parent = _parent(order, number)
    return None if parent is None else parent.subject


# -- places ----------------------------------------------------------------------------------------


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
        self.order = trace.order
        self.steps = self.order.steps
        with gc_tuning.paused():
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
        """The numbers of the steps directly inside a step, the last one first. Inner operations
        are left out: the step itself says what they compute."""
        found = self.order.children(number)
        self.looked += len(found)
        return [child for child in reversed(found) if not _is_inner(self.order, child)]

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
        return _parent(self.order, number)

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
