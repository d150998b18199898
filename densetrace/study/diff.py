"""What differs in two lifecycles: their steps aligned level by level, the same parts folded.

The order of the two traces does not matter but for which side is which: `diff(b, a)` is `diff(a,
b)` seen in a mirror.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import zip_longest
from typing import TypeAlias

from densetrace.data.trace import ABSENT, Absent, Step, Trace
from densetrace.data.values import Value
from densetrace.study.align import pairs
from densetrace.study.diff_identity import (
    FACT as FACT,
)
from densetrace.study.diff_identity import (
    RESULT,
    Contents,
    Speller,
    feeding,
    identity,
    loose,
)
from densetrace.system import gc_tuning

Side: TypeAlias = Value | Absent


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a step that differs: an input, a fact, the result or the error; `ABSENT` on the
    side that has no such field."""

    name: str
    left: Side
    right: Side


@dataclass(frozen=True, slots=True)
class Pair:
    """Two steps that are the same one in two lives, or a step that only one life has.

    `same` says that nothing in or below them differs; then `inside` is left out. `changes` are the
    fields of the steps themselves that differ.
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
        """The pair with its sides changed over, not so what is inside."""
        changes = tuple(Change(change.name, change.right, change.left) for change in self.changes)
        return replace(self, left=self.right, right=self.left, changes=changes)


@dataclass(frozen=True)
class Diff:
    """Two traces and how their steps pair. `arguments` are those the person changed."""

    left: Trace
    right: Trace
    pairs: tuple[Pair, ...] = field(repr=False)

    @cached_property
    def same(self) -> bool:
        """Whether nothing differs."""
        return all(pair.same for pair in self.pairs)

    def walk(self) -> Iterator[Pair]:
        """Every pair of which something differs, outer ones first; the same ones beside them."""
        waiting = list(reversed(self.pairs))
        while waiting:
            pair = waiting.pop()
            yield pair
            waiting.extend(reversed(pair.inside))

    @cached_property
    def differing(self) -> tuple[Pair, ...]:
        """The pairs that differ by themselves, not only by what is inside them."""
        return tuple(
            pair
            for pair in self.walk()
            if not pair.same and (pair.changes or pair.left is None or pair.right is None)
        )


def diff(left: Trace, right: Trace) -> Diff:
    """How two lifecycles differ, step by step. Names that Keras made up, places in source files,
    times and random numbers do not count."""
    with gc_tuning.paused():
        comparison = _Comparison(left, right)
        # Of several alignments that are as good, one is taken; for both directions the same one.
        if comparison.is_reversed:
            comparison.change_over()
            return Diff(left, right, _mirrored(comparison.pairs()))
        return Diff(left, right, comparison.pairs())


_Steps: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Level:
    """Sibling steps of both sides on the way to their pairs, and what they are inside of: the place
    of a pair in a level further out, whose steps have these changes."""

    left: _Steps
    right: _Steps
    paired: list[Pair] = field(default_factory=list)
    outer: "_Level | None" = None
    position: int = 0
    owner: Pair | None = None


class _Comparison:
    """Two traces on the way to their pairs."""

    def __init__(self, left: Trace, right: Trace) -> None:
        self._sides = left.steps, right.steps
        flat = left.order.steps, right.order.steps
        self._spellers = Speller(flat[0]), Speller(flat[1])
        self._contents = Contents()
        for steps, speller in zip(flat, self._spellers, strict=True):
            self._contents.number(steps, speller)
        self._partners: tuple[dict[str | None, int], dict[str | None, int]] = ({}, {})
        self._met = 0

    def change_over(self) -> None:
        """Change the sides over."""
        (left, right), (first, second) = self._sides, self._spellers
        self._sides, self._spellers = (right, left), (second, first)

    @property
    def is_reversed(self) -> bool:
        """Whether the other order of the two is the one in which they are aligned: an order of
        what they say, so that it does not matter which one was given first."""
        contents = self._contents
        levels = [zip_longest(*self._sides)]
        while levels:
            for left, right in levels[-1]:
                if left is None or right is None:
                    return right is None
                if contents.same(left, right):
                    continue
                as_many = len(left.children) == len(right.children)
                if not (as_many and contents.say_the_same(left, right)):
                    first, second = self._spellers[0].text(left), self._spellers[1].text(right)
                    if first != second:
                        return second < first
                levels.append(zip_longest(left.children, right.children))
                break
            else:
                levels.pop()
        return False

    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of the outermost steps, and in each what is inside it."""
        # Not recursive: a trace may be deep. Each level is paired, then put together from within.
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
        """Pair the steps of a level, and give those levels inside them that are to be paired."""
        left, right = level.left, level.right
        for i, j in pairs(
            self._contents.numbers(left),
            self._contents.numbers(right),
            (_Made(partial(self._identities, left, 0)), _Made(partial(self._identities, right, 1))),
            (_Made(partial(_loose, left)), _Made(partial(_loose, right))),
        ):
            first = None if i is None else left[i]
            second = None if j is None else right[j]
            if first is None or second is None:
                pair = Pair(first, second)
            elif self._contents.same(first, second):
                pair = Pair(first, second, same=True)
            else:
                pair = Pair(first, second, changes=self._changes(first, second))
                inside = first.children, second.children
                if any(inside):
                    yield _Level(*inside, [], level, len(level.paired), pair)
            level.paired.append(pair)
            if pair.either.kind == "new":
                self._meet(pair)

    def _identities(self, steps: _Steps, side: int, part: slice) -> list[Hashable]:
        partners = self._partners[side]
        # The step after the last one tells what that one is for.
        around = steps[part.start : part.stop + 1]
        return [
            identity(step, feeds, partners.get(step.subject))
            for step, feeds in zip(steps[part], feeding(around), strict=False)
        ]

    def _meet(self, pair: Pair) -> None:
        """Keep in mind which object of one side is which of the other, by how they were made."""
        for partners, step in zip(self._partners, (pair.left, pair.right), strict=True):
            if step is not None and step.subject is not None:
                partners.setdefault(step.subject, self._met)
        self._met += 1

    def _changes(self, left: Step, right: Step) -> tuple[Change, ...]:
        changes: list[Change] = []
        if not self._contents.say_the_same(left, right):
            first, second = self._spellers[0].fields(left), self._spellers[1].fields(right)
            if left.point != right.point:
                changes.append(Change("point", left.point, right.point))
            for name in first | second:
                if first.get(name) != second.get(name):
                    changes.append(Change(name, _field(left, name), _field(right, name)))
        if _error(left) != _error(right):
            changes.append(Change("error", _error(left), _error(right)))
        return tuple(changes)


@dataclass(frozen=True, slots=True)
class _Made:
    """Keys that are made when a slice of them is asked for."""

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
    """Pairs with their sides changed over, at every depth; what only one side has keeps its place,
    the left side's first."""
    order: list[Pair] = list(found)
    for pair in order:
        order.extend(pair.inside)
    done: dict[int, Pair] = {}
    for pair in reversed(order):
        inside = _left_first(tuple(done[id(inner)] for inner in pair.inside))
        done[id(pair)] = replace(pair.mirrored(), inside=inside)
    return _left_first(tuple(done[id(pair)] for pair in found))


def _left_first(found: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Between two pairs, the steps that only the left side has come first."""
    ordered: list[Pair] = []
    only: list[Pair] = []
    for pair in found:
        if pair.left is not None and pair.right is not None:
            ordered += sorted(only, key=lambda one: one.left is None)
            ordered.append(pair)
            only = []
        else:
            only.append(pair)
    return (*ordered, *sorted(only, key=lambda one: one.left is None))
