"""Where values stand in a trace, and how to look around there: the ground of provenance.

A `Place` is a point of the graph: a slot of a step, or a part of what is in that slot. A `Ledger`
knows the places of one trace. Which place a value came from is told by
`densetrace.study.provenance_sources`.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from densetrace.trace import ABSENT, Absent, Step, Trace
from densetrace.values import Class, Function, Instance, Items, Mapping, Tensor, Value

Slot: TypeAlias = Literal["input", "fact", "result", "subject", "left_out", "run"]
"""What of a step a place is: an input or a fact by name, the result, the object it is about, an
argument that was left out, or that the step ran at all."""

Part: TypeAlias = str | int
"""A part of a value: the `shape` or `dtype` of a tensor, an item, an entry."""

NOTHING: Final = ABSENT
"""What stands in a place that does not exist."""

FRAMEWORKS: Final = ("densetrace", "keras", "tf_keras", "tensorflow")
_PARTS_SEEN: Final = 60
_PARTS_DEEP: Final = 3


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
    """The steps of a trace by number (their order of opening), and what stands around each."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.steps: list[Step] = []
        self.parents: list[int | None] = []
        self.children: dict[int | None, list[int]] = defaultdict(list)
        self._position: list[int] = []
        self._assigned: dict[str | None, dict[str, list[int]]] = defaultdict(dict)
        self._results: dict[Value, list[int]] = defaultdict(list)
        self._labels: dict[str, list[int]] = defaultdict(list)
        self._initialized: dict[str | None, list[int]] = defaultdict(list)
        waiting: list[tuple[Step, int | None]] = [(step, None) for step in reversed(trace.steps)]
        while waiting:
            step, parent = waiting.pop()
            number = len(self.steps)
            self._enter(step, number, parent)
            waiting.extend((child, number) for child in reversed(step.children))

    def _enter(self, step: Step, number: int, parent: int | None) -> None:
        self.steps.append(step)
        self.parents.append(parent)
        self._position.append(len(self.children[parent]))
        self.children[parent].append(number)
        name = step.inputs.get("name")
        if step.kind == "assign" and isinstance(name, str) and step.error is None:
            self._assigned[step.subject].setdefault(name, []).append(number)
        if step.kind == "init":
            self._initialized[step.subject].append(number)
        if isinstance(step.result, Instance):
            self._labels[step.result.label].append(number)
        elif not isinstance(step.result, Absent) and is_someone(step.result):
            self._results[step.result].append(number)

    def value(self, place: Place) -> Value | Absent:
        """What stands in a place; `NOTHING` when the place does not exist."""
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

    def parent(self, number: int) -> Step | None:
        """The step that a step was opened in."""
        above = self.parents[number]
        return None if above is None else self.steps[above]

    def earlier_siblings(self, number: int) -> Iterator[int]:
        """The steps opened before this one in the same step, the nearest first."""
        siblings = self.children[self.parents[number]]
        return (siblings[index] for index in range(self._position[number] - 1, -1, -1))

    def attributes(self, subject: str | None, before: int) -> dict[str, int]:
        """The attributes an object had before a step: name -> the step that had set it last."""
        found = {}
        for name, numbers in self._assigned.get(subject, {}).items():
            index = bisect_left(numbers, before)
            if index:
                found[name] = numbers[index - 1]
        return found

    def initializers_of(self, subject: str | None, before: int) -> list[int]:
        """The `__init__` steps of an object that were opened before a step, the last one first."""
        numbers = self._initialized.get(subject, [])
        return numbers[: bisect_left(numbers, before)][::-1]

    def came_out_before(self, value: Value, number: int) -> int | None:
        """The last step before this one that had ended with this very object as its result."""
        if isinstance(value, Instance):
            return self.labelled_before(value.label, number)
        return self._last_ended(self._results.get(value, []), number)

    def labelled_before(self, label: str, number: int) -> int | None:
        """The last step before this one that had ended with the object of this label."""
        return self._last_ended(self._labels.get(label, []), number)

    def _last_ended(self, numbers: list[int], before: int) -> int | None:
        around = set(self._ancestors(before))
        for index in range(bisect_left(numbers, before) - 1, -1, -1):
            if numbers[index] not in around:
                return self._outermost(numbers[index], around)
        return None

    def _outermost(self, number: int, around: set[int]) -> int:
        """The outermost step that gave what this one gave, and had ended too."""
        result, above = self.steps[number].result, self.parents[number]
        while above is not None and above not in around and same(self.steps[above].result, result):
            number, above = above, self.parents[above]
        return number

    def _ancestors(self, number: int) -> Iterator[int]:
        above = self.parents[number]
        while above is not None:
            yield above
            above = self.parents[above]

    def maker(self, number: int) -> int | None:
        """The `new` step of the object that an `__init__` step, or one around it, initializes."""
        subject = self.steps[number].subject
        above: int | None = number
        while above is not None and self.steps[above].subject == subject:
            for sibling in self.earlier_siblings(above):
                if self.steps[sibling].kind == "new":
                    return sibling
                break
            above = self.parents[above]
        return None


def is_persons(step: Step) -> bool:
    """Whether a step was caused by a line of the person's own, not by one of a framework."""
    return step.where is not None and step.where.file.split("/")[0] not in FRAMEWORKS


# -- values ---------------------------------------------------------------------------------------


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
        if len(path) < _PARTS_DEEP and count < _PARTS_SEEN:
            waiting.extend(((*path, part), part_of(found, part)) for part in direct_parts(found))


def is_telling(value: object) -> bool:
    """Whether finding an equal value elsewhere says that it came from there: None, True and empty
    values stand everywhere."""
    if isinstance(value, Items | Mapping):
        return value.length > 0
    return value is not None and not isinstance(value, bool) and value != ""
