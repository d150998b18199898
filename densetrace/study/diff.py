"""How two traces differ: their steps aligned level by level, equal subtrees folded.

`diff(b, a)` is the mirror image of `diff(a, b)`. Three keys, from strict to loose, pair the steps:
`content` is all fields of a step and of the steps inside it, `identity` is which step it is, `kind`
is only the sort of step.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import zip_longest
from typing import Any, Final, TypeAlias

from densetrace.data.operations import ON_EVERY_ENGINE
from densetrace.data.steps import ABSENT, Absent, Step
from densetrace.data.trace import Trace
from densetrace.data.values import (
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Opaque,
    Tensor,
    Value,
)
from densetrace.kinds import KINDS, feeds
from densetrace.kinds.functions import IN_TRAINING
from densetrace.kinds.statements import set_by_line
from densetrace.study.align import pairs
from densetrace.system import gc_tuning

# -- what is compared ------------------------------------------------------------------------------


Inside: TypeAlias = Callable[[Step], tuple[Step, ...]]
"""Gives the steps inside a step that are compared."""


def inside_one_engine(step: Step) -> tuple[Step, ...]:
    """The steps inside a step but for inner operations, in whose place stand the steps inside
    them: what a function computes with follows from what it was given."""
    return _without(step, _is_inner)


_COMPUTING: Final = frozenset(IN_TRAINING)


def inside_two_engines(step: Step) -> tuple[Step, ...]:
    """The steps inside a step but for operations that one engine may not record, and for those of
    which a step of training consists: its result is compared."""
    return tuple(
        one
        for one in _without(step, _is_elsewhere_unknown)
        if one.kind != "backward" and not (one.kind == "op" and step.kind in _COMPUTING)
    )


def outermost_two_engines(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The outermost steps of a trace, without the operations that one engine may not record."""
    return _kept(steps, None, _is_elsewhere_unknown)


def of_one_engine(step: Step) -> bool:
    """Whether a step is an operation that a comparison of two engines leaves out."""
    return _is_elsewhere_unknown(step, None)


def _is_inner(step: Step, parent: Step | None) -> bool:
    return KINDS[step.kind].is_inner(step, parent)


def _is_elsewhere_unknown(step: Step, parent: Step | None) -> bool:
    return step.kind == "op" and (step.point not in ON_EVERY_ENGINE or called_by_backend(step))


def called_by_backend(step: Step) -> bool:
    """Whether `keras.backend` called an operation: a real Keras reports TensorFlow's raw operation
    there."""
    return step.where is not None and step.where.file.endswith("keras/backend.py")


def _without(
    step: Step, is_left_out: Callable[[Step, Step | None], bool]
) -> tuple[Step, ...]:  # fmt: skip
    """The steps inside a step; a step that is left out is replaced by the steps inside it."""
    return _kept(step.children, step, is_left_out)


def _kept(
    steps: tuple[Step, ...], parent: Step | None, is_left_out: Callable[[Step, Step | None], bool]
) -> tuple[Step, ...]:
    if not any(is_left_out(step, parent) for step in steps):
        return steps
    found: list[Step] = []
    waiting = [(step, parent) for step in reversed(steps)]
    while waiting:
        child, parent = waiting.pop()
        if is_left_out(child, parent):
            waiting.extend((inner, child) for inner in reversed(child.children))
        else:
            found.append(child)
    return tuple(found)


# -- comparable values and keys --------------------------------------------------------------------


Comparable: TypeAlias = Hashable

FACT: Final = " (fact)"
RESULT: Final = "(result)"
_BEFORE_FIELDS: Final = 3

_AUTOMATIC_NAME: Final = re.compile(r"^(.*?)(?:_\d+)?((?:_input)?)(?:/.*)?$", re.DOTALL)


class Normalizer:
    """Normalizes the values of one trace so that they can be compared with those of another.

    Automatic names (`dense_1`) lose their number. Labels (`GlorotUniform#2`) are left out, and so
    are the elements of arrays, which are random or depend on random numbers.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._bases = {
            base
            for step in steps
            if step.kind == "name" and isinstance(base := step.inputs.get("base"), str)
        }
        self._names: dict[str, str] = {}

    def normalize(self, value: object) -> Comparable:
        """The comparable form of a value; 1, 1.0 and True stay different."""
        kind = type(value)
        if kind is str:
            return self._names.get(value) or self._name(value)  # type: ignore[call-overload,arg-type] # it is a str
        rule = _RULES.get(kind)
        return (kind.__name__, value) if rule is None else rule(self, value)

    def _name(self, text: str) -> str:
        match = _AUTOMATIC_NAME.match(text)
        name = match[1] + match[2] if match and match[1] in self._bases else text
        self._names[text] = name
        return name

    def flat_fields(self, step: Step) -> list[Comparable]:
        """The comparable fields of a step: its kind, point and error, then name and value of each
        input, each fact and the result in turn."""
        error = step.error
        raised = error and (error.type, self._name(error.message))
        found: list[Comparable] = [step.kind, step.point, raised]
        normalize = self.normalize
        ignored = KINDS[step.kind].not_said
        for name, value in step.inputs.items():
            if name not in ignored:
                found += name, normalize(value)
        for name, value in step.facts.items():
            found += name + FACT, normalize(value)
        if step.result is not ABSENT:
            found += RESULT, normalize(step.result)
        return found

    def fields(self, step: Step) -> dict[str, Comparable]:
        """The comparable form of each input, each fact and the result, by name."""
        flat = self.flat_fields(step)
        return dict(zip(flat[_BEFORE_FIELDS::2], flat[_BEFORE_FIELDS + 1 :: 2], strict=True))  # type: ignore[arg-type] # names and values in turn

    def text(self, step: Step) -> str:
        """The comparable fields of a step as text, by which any two steps can be sorted."""
        flat = self.flat_fields(step)
        head, rest = flat[:_BEFORE_FIELDS], flat[_BEFORE_FIELDS:]
        return repr(((*head, *zip(rest[::2], rest[1::2], strict=True)), len(step.children)))


def _instance(normalizer: Normalizer, value: Instance) -> Comparable:
    whole = ("instance", value.cls, value.module, normalizer.normalize(value.config))
    return (*whole, *hyperparameters(value))


def hyperparameters(value: Instance) -> Iterator[tuple[str, Value]]:
    """The settings of an optimizer that are numbers in variables, such as its learning rate: name
    and number. Unlike other numbers in arrays they do not depend on random ones."""
    if value.module.startswith(_OPTIMIZERS) and isinstance(value.config, Mapping):
        for name, item in value.config.entries:
            if not isinstance(name, str) or not isinstance(item, Tensor):
                continue
            if item.shape == () and len(item.elements) == 1:
                yield name, item.elements[0]


def _tensor(normalizer: Normalizer, value: Tensor) -> Comparable:
    return ("tensor", value.shape, value.dtype, value.symbolic)


def _items(normalizer: Normalizer, value: Items) -> Comparable:
    kind, items = value.type, value.items
    # Keras accepts lists, tuples and TensorShapes as shapes.
    if kind in ("list", "tuple") and _SIZES.issuperset(map(type, items)):
        return ("shape", value.length, *items)
    return (kind, value.length, *[normalizer.normalize(item) for item in items])


def _mapping(normalizer: Normalizer, value: Mapping) -> Comparable:
    normalize = normalizer.normalize
    return (
        "dict",
        value.length,
        *[(normalize(key), normalize(item)) for key, item in value.entries],
    )


def _unchanged(normalizer: Normalizer, value: Hashable) -> Comparable:
    return value


_OPTIMIZERS: Final = "keras.optimizers."
_SIZES: Final = frozenset((int, type(None)))
_RULES: Final[dict[type, Callable[[Normalizer, Any], Comparable]]] = {
    Instance: _instance,
    Tensor: _tensor,
    Items: _items,
    Mapping: _mapping,
    Function: _unchanged,
    Class: _unchanged,
    Opaque: _unchanged,
}


class Contents:
    """Numbers the steps by content, that of the steps inside them included: equal content, equal
    number."""

    def __init__(self) -> None:
        self._owns: dict[Hashable, int] = {}
        self._wholes: dict[Hashable, int] = {}
        self._own_of: list[int] = []
        self._numbered: dict[int, int] = {}

    def number(self, steps: Sequence[Step], normalizer: Normalizer, inside: Inside) -> None:
        """Number all steps of a trace, given in order of opening."""
        owns, wholes, own_of, numbered = self._owns, self._wholes, self._own_of, self._numbered
        flat_fields = normalizer.flat_fields
        # In reverse order of opening, children come before their parents.
        for step in reversed(steps):
            own = owns.setdefault(tuple(flat_fields(step)), len(owns))
            whole: Hashable = own
            if step.children and (children := inside(step)):
                whole = (own, *[numbered[id(child)] for child in children])
            number = wholes.setdefault(whole, len(own_of))
            if number == len(own_of):
                own_of.append(own)
            numbered[id(step)] = number

    def numbers(self, steps: Iterable[Step]) -> list[int]:
        """The numbers of some steps that were numbered."""
        return [self._numbered[id(step)] for step in steps]

    def same(self, left: Step, right: Step) -> bool:
        """Whether two steps and all steps inside them are equal."""
        return self._numbered[id(left)] == self._numbered[id(right)]

    def same_fields(self, left: Step, right: Step) -> bool:
        """Whether two steps are equal, whatever is inside them."""
        first, second = self._numbered[id(left)], self._numbered[id(right)]
        return self._own_of[first] == self._own_of[second]


def identity(step: Step, sets: str | None, about: Hashable) -> Hashable:
    """A key for which step this is, whatever its values. `sets` is the attribute that is set to its
    result, `about` a key of its object that is the same on both sides."""
    return KINDS[step.kind].identity(step, sets, about)


def loose(step: Step) -> Hashable:
    """A key for the sort of step, or for which step it is where steps of a sort never match."""
    return KINDS[step.kind].loose_identity(step)


def feeding(steps: tuple[Step, ...]) -> list[str | None]:
    """For each of some siblings, the attribute that the next step sets to its result."""
    names: list[str | None] = []
    for position, step in enumerate(steps):
        after = steps[position + 1] if position + 1 < len(steps) else None
        names.append(_set_with(step, after))
    return names


def _set_with(step: Step, after: Step | None) -> str | None:
    if not KINDS[step.kind].feeds_assign:
        return None
    if after is not None and feeds(step, after):
        return _word(after.inputs.get("name"))
    return set_by_line(step)


def _word(value: Value) -> str | None:
    return value if isinstance(value, str) else None


# -- pairs of steps --------------------------------------------------------------------------------


Side: TypeAlias = Value | Absent


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a step that differs: an input, a fact, the result or the error; `ABSENT` on a side
    that lacks the field."""

    name: str
    left: Side
    right: Side


@dataclass(frozen=True, slots=True)
class Pair:
    """Two steps that correspond, or a step that only one trace has.

    `same` means that nothing in the steps or inside them differs; then `inside` is empty. `changes`
    are the fields of the steps themselves that differ.
    """

    left: Step | None
    right: Step | None
    same: bool = False
    changes: tuple[Change, ...] = ()
    inside: tuple["Pair", ...] = ()

    @property
    def either(self) -> Step:
        """The step, on whichever side there is one."""
        step = self.left or self.right
        assert step is not None
        return step

    def mirrored(self) -> "Pair":
        """The pair with its sides swapped, but not the pairs inside."""
        changes = tuple(Change(change.name, change.right, change.left) for change in self.changes)
        return replace(self, left=self.right, right=self.left, changes=changes)


@dataclass(frozen=True)
class Diff:
    """Two traces and the pairs of their steps."""

    left: Trace
    right: Trace
    pairs: tuple[Pair, ...] = field(repr=False)

    @cached_property
    def same(self) -> bool:
        """Whether nothing differs."""
        return all(pair.same for pair in self.pairs)

    def walk(self) -> Iterator[Pair]:
        """Every pair outside equal subtrees, outer ones first."""
        waiting = list(reversed(self.pairs))
        while waiting:
            pair = waiting.pop()
            yield pair
            waiting.extend(reversed(pair.inside))

    @cached_property
    def differing(self) -> tuple[Pair, ...]:
        """The pairs that differ themselves, not only inside."""
        return tuple(
            pair
            for pair in self.walk()
            if not pair.same and (pair.changes or pair.left is None or pair.right is None)
        )


def diff(left: Trace, right: Trace) -> Diff:
    """Compare two traces step by step. Automatic names, source positions, times and random numbers
    are ignored."""
    with gc_tuning.paused():
        comparison = _Comparison(left, right)
        # Several alignments may be equally good: both directions take the same one.
        if comparison.is_reversed:
            comparison.swap_sides()
            return Diff(left, right, _mirrored(comparison.pairs()))
        return Diff(left, right, comparison.pairs())


_Steps: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Level:
    """Sibling steps of both sides and their pairs so far. They are inside `owner`, which is at
    `position` in the level `outer`."""

    left: _Steps
    right: _Steps
    paired: list[Pair] = field(default_factory=list)
    outer: "_Level | None" = None
    position: int = 0
    owner: Pair | None = None


class _Comparison:
    """The pairing of two traces."""

    def __init__(self, left: Trace, right: Trace) -> None:
        self._sides = left.steps, right.steps
        flat = left.order.steps, right.order.steps
        self._normalizers = Normalizer(flat[0]), Normalizer(flat[1])
        one_engine = left.engine.get("name") == right.engine.get("name")
        self._inside: Inside = inside_one_engine if one_engine else inside_two_engines
        self._contents = Contents()
        for steps, normalizer in zip(flat, self._normalizers, strict=True):
            self._contents.number(steps, normalizer, self._inside)
        self._partners: tuple[dict[str | None, int], dict[str | None, int]] = ({}, {})
        self._matched = 0

    def swap_sides(self) -> None:
        """Swap left and right."""
        (left, right), (first, second) = self._sides, self._normalizers
        self._sides, self._normalizers = (right, left), (second, first)

    @property
    def is_reversed(self) -> bool:
        """Whether the sides have to be swapped to be aligned in their canonical order, which
        depends on their content only, not on which trace is the left one."""
        contents = self._contents
        levels = [zip_longest(*self._sides)]
        while levels:
            for left, right in levels[-1]:
                if left is None or right is None:
                    return right is None
                if contents.same(left, right):
                    continue
                children = self._inside(left), self._inside(right)
                as_many = len(children[0]) == len(children[1])
                if not (as_many and contents.same_fields(left, right)):
                    first, second = (
                        self._normalizers[0].text(left),
                        self._normalizers[1].text(right),
                    )
                    if first != second:
                        return second < first
                levels.append(zip_longest(*children))
                break
            else:
                levels.pop()
        return False

    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of the outermost steps, with the pairs inside them."""
        # Not recursive: a trace may be deep. All levels are paired, then assembled innermost first.
        levels = [_Level(*self._sides)]
        for level in levels:
            levels += self._pair(level)
        for level in reversed(levels):
            if level.outer is not None and level.owner is not None:
                left, right, changes = level.owner.left, level.owner.right, level.owner.changes
                whole = Pair(left, right, changes=changes, inside=tuple(level.paired))
                level.outer.paired[level.position] = whole
        return tuple(levels[0].paired)

    def _pair(self, level: _Level) -> Iterator[_Level]:
        """Pair the steps of a level, and yield the levels inside them that differ."""
        left, right = level.left, level.right
        for i, j in pairs(
            self._contents.numbers(left),
            self._contents.numbers(right),
            (
                _LazyKeys(partial(self._identities, left, 0)),
                _LazyKeys(partial(self._identities, right, 1)),
            ),
            (_LazyKeys(partial(_loose, left)), _LazyKeys(partial(_loose, right))),
        ):
            first = None if i is None else left[i]
            second = None if j is None else right[j]
            if first is None or second is None:
                pair = Pair(first, second)
            elif self._contents.same(first, second):
                pair = Pair(first, second, same=True)
            else:
                pair = Pair(first, second, changes=self._changes(first, second))
                inside = self._inside(first), self._inside(second)
                if any(inside):
                    yield _Level(*inside, [], level, len(level.paired), pair)
            level.paired.append(pair)
            if pair.either.kind == "new":
                self._match_objects(pair)

    def _identities(self, steps: _Steps, side: int, part: slice) -> list[Hashable]:
        partners = self._partners[side]
        # The step after the slice may be the assignment of its last step's result.
        around = steps[part.start : part.stop + 1]
        return [
            identity(step, feeds, partners.get(step.subject))
            for step, feeds in zip(steps[part], feeding(around), strict=False)
        ]

    def _match_objects(self, pair: Pair) -> None:
        """Give the objects of a pair of `new` steps the same key on both sides."""
        for partners, step in zip(self._partners, (pair.left, pair.right), strict=True):
            if step is not None and step.subject is not None:
                partners.setdefault(step.subject, self._matched)
        self._matched += 1

    def _changes(self, left: Step, right: Step) -> tuple[Change, ...]:
        changes: list[Change] = []
        if not self._contents.same_fields(left, right):
            first, second = self._normalizers[0].fields(left), self._normalizers[1].fields(right)
            if left.point != right.point:
                changes.append(Change("point", left.point, right.point))
            for name in first | second:
                if first.get(name) != second.get(name):
                    changes.append(Change(name, _field(left, name), _field(right, name)))
        if _error(left) != _error(right):
            changes.append(Change("error", _error(left), _error(right)))
        return tuple(changes)


@dataclass(frozen=True, slots=True)
class _LazyKeys:
    """Keys that are computed when a slice of them is requested."""

    make: Callable[[slice], list[Hashable]]

    def __getitem__(self, part: slice) -> list[Hashable]:
        return self.make(part)


def _loose(steps: _Steps, part: slice) -> list[Hashable]:
    return [loose(step) for step in steps[part]]


def _field(step: Step, name: str) -> Side:
    if name == RESULT:
        return step.result
    if name.endswith(FACT):
        return step.facts.get(name.removesuffix(FACT), ABSENT)
    return step.inputs.get(name, ABSENT)


def _error(step: Step) -> Side:
    return ABSENT if step.error is None else f"{step.error.type}: {step.error.message}"


def _mirrored(found: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Pairs with their sides swapped at every depth; steps of one side keep their positions, those
    of the left side first."""
    order: list[Pair] = list(found)
    for pair in order:
        order.extend(pair.inside)
    done: dict[int, Pair] = {}
    for pair in reversed(order):
        inside = _left_first(tuple(done[id(inner)] for inner in pair.inside))
        done[id(pair)] = replace(pair.mirrored(), inside=inside)
    return _left_first(tuple(done[id(pair)] for pair in found))


def _left_first(found: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Put steps of the left side before those of the right side, between two full pairs."""
    ordered: list[Pair] = []
    one_sided: list[Pair] = []
    for pair in found:
        if pair.left is not None and pair.right is not None:
            ordered += sorted(one_sided, key=lambda one: one.left is None)
            ordered.append(pair)
            one_sided = []
        else:
            one_sided.append(pair)
    return (*ordered, *sorted(one_sided, key=lambda one: one.left is None))
