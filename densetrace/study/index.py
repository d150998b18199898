"""The places of a trace and the values in them: parts of values, attributes, results.

A `Place` is a slot of a step, or a part of the value in that slot. A `TraceIndex` finds the places
of one trace. It is built in one pass: in a long trace, visiting each step costs most of the time.
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
"""The value of a place that does not exist."""

MAX_PARTS: Final = 100
"""Only the first parts of a longer value are searched; the recorder keeps fewer."""

_MAX_QUEUED: Final = 1000
_MAX_EXPANDED: Final = 60
_MAX_DEPTH: Final = 3


def has_identity(value: object) -> bool:
    """Whether a value stands for one object, so that an equal value is the same object."""
    return isinstance(value, Instance | Tensor | Function | Class)


def same(left: object, right: object) -> bool:
    """Whether two values are the same: a list and a tuple of the same items are (a shape may be
    either), 1 and True are not."""
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
    """The direct parts of a value."""
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
    """A value and its parts, outer ones first, down to a limited depth and number."""
    waiting: list[tuple[tuple[Part, ...], object]] = [((), value)]
    for count, (path, found) in enumerate(waiting):
        if found is not NOTHING:
            yield path, found  # type: ignore[misc] # what is not NOTHING is a value
        if len(path) < _MAX_DEPTH and count < _MAX_EXPANDED and len(waiting) < _MAX_QUEUED:
            parts = islice(direct_parts(found), MAX_PARTS)
            waiting.extend(((*path, part), part_of(found, part)) for part in parts)


def is_distinctive(value: object) -> bool:
    """Whether an equal value elsewhere is evidence of a source: None, True and empty values are
    everywhere."""
    if isinstance(value, Items | Mapping):
        return value.length > 0
    return value is not None and not isinstance(value, bool) and value != ""


# -- the index -------------------------------------------------------------------------------------


_WITH_IDENTITY: Final = frozenset((Tensor, Function, Class))

Held = dict[str, dict[str, int]]
"""Object -> attribute -> the number of the step that set its last value."""

Numbers = list[int]
"""The numbers of some steps, ascending."""


@dataclass(frozen=True, slots=True)
class StepTables:
    """The steps of a trace by what they do.

    `held` lists the objects in order of first appearance; `updated` has the steps that gave weights
    their last numbers. `assigned` has all assignments by object
    and attribute, `initialized` the `__init__` steps by object. `labelled` has the steps that
    returned an instance, by its label; `ended` those that returned a tensor, function or class, by
    `quick_key`.
    """

    held: Held = field(default_factory=dict)
    updated: Held = field(default_factory=dict)
    assigned: dict[str | None, dict[str, Numbers]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    initialized: dict[str | None, Numbers] = field(default_factory=lambda: defaultdict(list))
    labelled: dict[str, Numbers] = field(default_factory=lambda: defaultdict(list))
    ended: dict[Hashable, Numbers] = field(default_factory=lambda: defaultdict(list))


def step_tables(order: Order) -> StepTables:
    """Build the tables of a trace in one pass."""
    tables = StepTables()
    held, assigned, labelled, ended = tables.held, tables.assigned, tables.labelled, tables.ended
    updated = tables.updated
    for number, step in enumerate(order.steps):
        kind, subject, result = step.kind, step.subject, step.result
        if type(result) is Instance:
            labelled[result.label].append(number)
        elif type(result) in _WITH_IDENTITY and not _is_inner(order, number):
            ended[quick_key(result)].append(number)
        if KINDS[kind].act == "construct":
            if kind == "init":
                tables.initialized[subject].append(number)
            if subject is not None:
                held.setdefault(subject, {})
        if step.error is not None:
            continue
        if kind == "assign":
            inputs = step.inputs
            name = inputs.get("name")
            if type(name) is str:
                assigned[subject][name].append(number)
                is_unchanged = "before" in inputs and same(inputs["before"], inputs.get("value"))
                if subject is not None and not is_unchanged:
                    held.setdefault(subject, {})[name] = number
        elif (sets := KINDS[kind].sets) is not nothing_set:
            for name, of, what in sets(step):
                owner = subject if of == "own" else of
                if of == "around":
                    owner = _parent_subject(order, number)
                if owner is None or (what == "weight" and owner not in held):
                    continue
                attributes = (updated if what == "weight" else held).setdefault(owner, {})
                before = None if what == "attribute" else attributes.get(name)
                if before is None or not order.is_around(before, number):
                    attributes[name] = number
    return tables


def quick_key(value: object) -> Hashable:
    """A key that is equal for equal objects and quick to compare."""
    match value:
        case Tensor(shape):
            return shape
        case Function(name) | Class(name):
            return name
    return None


def _parent(order: Order, number: int) -> Step | None:
    """The parent of a step."""
    parent = order.parents[number]
    return None if parent == OUTSIDE else order.steps[parent]


def _is_inner(order: Order, number: int) -> bool:
    """Whether a step is an operation of which its parent says enough."""
    step = order.steps[number]
    return KINDS[step.kind].is_inner(step, _parent(order, number))


def _parent_subject(order: Order, number: int) -> str | None:
    """The object that the parent of a step is about."""
    parent = _parent(order, number)
    return None if parent is None else parent.subject


# -- places ----------------------------------------------------------------------------------------


Slot: TypeAlias = Literal["input", "fact", "result", "subject", "left_out", "run"]
"""The slots of a step: an input or a fact by name, the result, the object it is about, an argument
that was left out, or the run of the step itself."""

FRAMEWORKS: Final = ("densetrace", "keras", "tf_keras", "tensorflow")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is: step number `step`, a slot of that step, and a path to a part of it."""

    step: int
    slot: Slot
    name: str = ""
    path: tuple[Part, ...] = ()

    def part(self, *more: Part) -> "Place":
        """The place of a part of the value here."""
        return replace(self, path=(*self.path, *more)) if more else self

    @property
    def whole(self) -> "Place":
        """The place of the value that this is a part of."""
        return replace(self, path=self.path[:-1])


class TraceIndex:
    """The steps of a trace in order of opening, with lookup of parents, attributes and results.

    `visited` counts the values and steps visited, so that a search can be bounded: in an unusual
    trace, thousands of places may each have thousands of neighbours.
    """

    def __init__(self, trace: Trace) -> None:
        self.outcome = trace.outcome
        self.trace_steps = trace.steps
        self.order = trace.order
        self.steps = self.order.steps
        with gc_tuning.paused():
            self.tables = step_tables(self.order)
        self.visited = 0

    @cached_property
    def _of_kind(self) -> dict[str, Numbers]:
        found: dict[str, Numbers] = defaultdict(list)
        for number, step in enumerate(self.steps):
            found[step.kind].append(number)
        return dict(found)

    def of_kind(self, kind: str) -> Numbers:
        """The numbers of the steps of a kind, ascending."""
        return self._of_kind.get(kind, [])

    @cached_property
    def _before(self) -> list[int]:
        return self.order.siblings_before()

    def value(self, place: Place) -> Value | Absent:
        """The value of a place; `NOTHING` if the place does not exist."""
        self.visited += 1
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
        """The value of a place and its parts, as `all_parts` gives them."""
        for found in all_parts(self.value(place)):
            self.visited += 1
            yield found

    def children(self, number: int) -> list[int]:
        """The numbers of the child steps, last first, without inner operations: the step itself
        says what they compute."""
        found = self.order.children(number)
        self.visited += len(found)
        return [child for child in reversed(found) if not _is_inner(self.order, child)]

    def earlier_siblings(self, number: int) -> Iterator[int]:
        """The siblings opened before this step, nearest first."""
        while (number := self._before[number]) != OUTSIDE:
            self.visited += 1
            yield number

    def parent_number(self, number: int) -> int | None:
        """The number of the parent step."""
        parent = self.order.parents[number]
        return None if parent == OUTSIDE else parent

    def parent(self, number: int) -> Step | None:
        """The parent step."""
        return _parent(self.order, number)

    def attributes(self, subject: str | None, before: int) -> dict[str, int]:
        """The attributes of an object before a step: name -> the step that set it last."""
        found = {}
        for name, numbers in self.tables.assigned.get(subject, {}).items():
            self.visited += 1
            at = bisect_left(numbers, before)
            if at:
                found[name] = numbers[at - 1]
        return found

    def initializers_of(self, subject: str | None, before: int) -> list[int]:
        """The `__init__` steps of an object opened before a step, last first."""
        numbers = self.tables.initialized.get(subject, [])
        earlier = numbers[: bisect_left(numbers, before)]
        self.visited += len(earlier)
        return earlier[::-1]

    def latest_producer(self, value: Value, number: int) -> int | None:
        """The last step that had returned this object before a step opened.

        Outside all steps, only what other steps outside returned is at hand: an equal tensor of
        numbers inside one of them is another tensor.
        """
        is_outside = self.parent_number(number) is None
        if isinstance(value, Instance):
            return self.latest_producer_of(value.label, number)
        for candidate in self._ended(self.tables.ended.get(quick_key(value), []), number):
            if self.steps[candidate].result == value:
                found = self._outermost(candidate, number)
                inside = self.parent_number(found) is not None
                if not (is_outside and inside and isinstance(value, Tensor) and value.elements):
                    return found
        return None

    def latest_producer_of(self, label: str, number: int) -> int | None:
        """The last step that had returned the object of this label before a step opened."""
        last = next(self._ended(self.tables.labelled.get(label, []), number), None)
        return None if last is None else self._outermost(last, number)

    def _ended(self, numbers: list[int], before: int) -> Iterator[int]:
        """Those of `numbers` that had ended before a step opened, last first."""
        for at in range(bisect_left(numbers, before) - 1, -1, -1):
            self.visited += 1
            if not self.order.is_around(numbers[at], before):
                yield numbers[at]

    def _outermost(self, number: int, before: int) -> int:
        """The outermost step with the same result that had ended before a step opened."""
        result, parent = self.steps[number].result, self.parent_number(number)
        while (
            parent is not None
            and not self.order.is_around(parent, before)
            and same(self.steps[parent].result, result)
        ):
            self.visited += 1
            number, parent = parent, self.parent_number(parent)
        return number

    def construction_of(self, number: int) -> int | None:
        """The `new` step of the object that an `__init__` step or a parent of it initializes."""
        subject = self.steps[number].subject
        current: int | None = number
        while current is not None and self.steps[current].subject == subject:
            before = next(self.earlier_siblings(current), None)
            if before is not None and self.steps[before].kind == "new":
                return before
            self.visited += 1
            current = self.parent_number(current)
        return None


def from_user_code(step: Step) -> bool:
    """Whether a line of the user's code, not of a framework, caused a step."""
    return step.where is not None and step.where.file.split("/")[0] not in FRAMEWORKS
