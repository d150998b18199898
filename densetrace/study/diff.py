"""How two traces differ: their steps aligned level by level, equal subtrees folded.

`diff(b, a)` is the mirror image of `diff(a, b)`. Three keys, from strict to loose, pair the steps:
`content` is all fields of a step and of the steps inside it, `identity` is which step it is, `kind`
is only the sort of step.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import zip_longest
from typing import Final, TypeAlias

from densetrace.data.operations import ON_EVERY_ENGINE
from densetrace.data.steps import ABSENT, Absent, Step, flattened
from densetrace.data.trace import Trace
from densetrace.data.values import Value
from densetrace.kinds import KINDS, feeds
from densetrace.kinds.functions import IN_TRAINING
from densetrace.kinds.statements import set_by_line
from densetrace.study.align import pairs
from densetrace.study.comparable import FACT, RESULT, Contents, Inside, Normalizer
from densetrace.system import gc_tuning

# -- what is compared ------------------------------------------------------------------------------


def inside_one_engine(step: Step) -> tuple[Step, ...]:
    """The steps inside a step except inner operations, which are replaced by the steps inside them:
    the operations of a function follow from its arguments."""
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
    return flattened(steps, None, _is_elsewhere_unknown)


def of_one_engine(step: Step) -> bool:
    """Whether a step is an operation that a comparison of two engines leaves out."""
    return _is_elsewhere_unknown(step, None)


def _is_inner(step: Step, parent: Step | None) -> bool:
    return KINDS[step.kind].is_inner(step, parent)


def _is_elsewhere_unknown(step: Step, parent: Step | None) -> bool:
    return step.kind == "op" and (step.point not in ON_EVERY_ENGINE or called_by_backend(step))


def called_by_backend(step: Step) -> bool:
    """Whether `keras.backend` or another operation called an operation: a real Keras reports
    TensorFlow's raw operations there."""
    if step.where is None:
        return False
    file = step.where.file
    return file.endswith("keras/backend.py") or "densetrace/tensorflow/ops/" in file


def _without(step: Step, is_left_out: Callable[[Step, Step | None], bool]) -> tuple[Step, ...]:
    """The steps inside a step; a step that is left out is replaced by the steps inside it."""
    return flattened(step.children, step, is_left_out)


# -- keys of steps ---------------------------------------------------------------------------------


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
    are the fields of the steps themselves that differ. A step of one side has pairs `inside` if it
    is the call of a model around a layer that the other side calls by itself; otherwise it is
    alone with all steps inside it.
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
_Around: TypeAlias = dict[int, list[int]]


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

    @property
    def is_wrapped(self) -> bool:
        """Whether only one of its sides is inside a step."""
        return self.owner is not None and None in (self.owner.left, self.owner.right)


@dataclass(frozen=True, slots=True)
class _Wrap:
    """One step of a side, the right one if `is_right`, and the steps of the other side whose calls
    it contains."""

    left: slice
    right: slice
    is_right: bool


def _in_order(wraps: list[_Wrap]) -> list[_Wrap]:
    """The wraps that neither overlap nor cross, in order."""
    found: list[_Wrap] = []
    for wrap in sorted(wraps, key=lambda one: (one.left.start, one.right.start)):
        last = found[-1] if found else None
        if last is None or (
            last.left.stop <= wrap.left.start and last.right.stop <= wrap.right.start
        ):
            found.append(wrap)
    return found


class _Calls:
    """Where objects are called in a trace: steps by their numbers, in order of opening."""

    def __init__(self, trace: Trace) -> None:
        order = trace.order
        self._order = order
        self._calls: dict[str | None, list[int]] = {}
        for number, step in enumerate(order.steps):
            if step.kind == "invoke":
                self._calls.setdefault(step.subject, []).append(number)

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(step): number for number, step in enumerate(self._order.steps)}

    def around(self, subjects: Iterable[tuple[str | None, int]], steps: _Steps) -> _Around:
        """For each of some siblings that contains calls of these objects, at any depth, the numbers
        given with the objects."""
        numbers = [self._numbers[id(step)] for step in steps]
        found: _Around = defaultdict(list)
        for subject, given in subjects:
            calls = self._calls.get(subject, [])
            first = bisect_left(calls, numbers[0])
            last = bisect_left(calls, self._order.ends[numbers[-1]])
            for call in calls[first:last]:
                at = bisect_left(numbers, call) - 1
                if at >= 0 and self._order.is_around(numbers[at], call):
                    found[at].append(given)
        return found


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
        self._calls = _Calls(left), _Calls(right)
        self._common: dict[int, tuple[str | None, str | None]] = {}
        self._matched = 0

    def swap_sides(self) -> None:
        """Swap left and right."""
        self._sides, self._normalizers = self._sides[::-1], self._normalizers[::-1]
        self._calls = self._calls[::-1]

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
        inside_pairs = list(self._pair_part(level, level.left, level.right))
        # Only now the objects that the steps of this level create are known by both sides.
        wraps = self._wraps(level.left, level.right)
        if not wraps and not level.is_wrapped:
            yield from inside_pairs
            return
        level.paired.clear()
        i = j = 0
        for wrap in wraps:
            yield from self._pair_part(
                level, level.left[i : wrap.left.start], level.right[j : wrap.right.start]
            )
            i, j = wrap.left.stop, wrap.right.stop
            left, right = level.left[wrap.left], level.right[wrap.right]
            if wrap.is_right:
                pair, inside = Pair(None, right[0]), (left, self._inside(right[0]))
            else:
                pair, inside = Pair(left[0], None), (self._inside(left[0]), right)
            yield _Level(*inside, [], level, len(level.paired), pair)
            level.paired.append(pair)
        left, right = level.left[i:], level.right[j:]
        if level.is_wrapped and not wraps:
            # A model may call a layer several times; the first call builds it.
            i, j = self._end_of_first_calls(left, right)
            yield from self._pair_part(level, left[:i], right[:j])
            left, right = left[i:], right[j:]
        yield from self._pair_part(level, left, right)

    def _end_of_first_calls(self, left: _Steps, right: _Steps) -> tuple[int, int]:
        """The positions after the first call of each object that both sides call."""
        calls = [
            {self._called(step, side): at for at, step in reversed(list(enumerate(steps)))}
            for side, steps in enumerate((left, right))
        ]
        common = calls[0].keys() & calls[1].keys() - {None}
        ends = [max((at[key] for key in common), default=-1) + 1 for at in calls]
        return ends[0], ends[1]

    def _pair_part(self, level: _Level, left: _Steps, right: _Steps) -> Iterator[_Level]:
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

    def _wraps(self, left: _Steps, right: _Steps) -> list["_Wrap"]:
        """The calls of one side that contain, at any depth, calls which the other side makes on
        this level. In order, and without crossing."""
        called = [
            {
                key: at
                for at, step in enumerate(steps)
                if (key := self._called(step, side)) is not None
            }
            for side, steps in enumerate((left, right))
        ]
        missing = [called[0].keys() - called[1].keys(), called[1].keys() - called[0].keys()]
        found: list[_Wrap] = []
        for side, steps in enumerate((left, right)):
            other = 1 - side
            if not steps or not missing[other]:
                continue
            absent = [(self._common[key][side], called[other][key]) for key in missing[other]]
            for at, wrapped in self._calls[side].around(absent, steps).items():
                if self._called(steps[at], side) not in called[other]:
                    here, there = slice(at, at + 1), slice(min(wrapped), max(wrapped) + 1)
                    found.append(
                        _Wrap(here, there, False) if side == 0 else _Wrap(there, here, True)
                    )
        return _in_order(found)

    def _called(self, step: Step, side: int) -> int | None:
        """The key of the object that a step calls, if both sides have created it."""
        if step.kind != "invoke":
            return None
        key = self._partners[side].get(step.subject)
        return key if key in self._common else None

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
        subjects = [None if step is None else step.subject for step in (pair.left, pair.right)]
        if any(subject in side for subject, side in zip(subjects, self._partners, strict=True)):
            return
        for partners, subject in zip(self._partners, subjects, strict=True):
            if subject is not None:
                partners.setdefault(subject, self._matched)
        if None not in subjects:
            self._common[self._matched] = subjects[0], subjects[1]
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
    """Put steps of the left side before those of the right side, between two pairs with steps of
    both sides."""
    ordered: list[Pair] = []
    one_sided: list[Pair] = []
    for pair in found:
        if pair.inside or (pair.left is not None and pair.right is not None):
            ordered += sorted(one_sided, key=lambda one: one.left is None)
            ordered.append(pair)
            one_sided = []
        else:
            one_sided.append(pair)
    return (*ordered, *sorted(one_sided, key=lambda one: one.left is None))
