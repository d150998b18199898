"""What differs in two lifecycles: their steps aligned level by level, the same parts folded.

The order of the two traces does not matter but for which side is which: `diff(b, a)` is `diff(a,
b)` seen in a mirror.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest
from typing import Final, TypeAlias

from densetrace.study.align import pairs
from densetrace.study.diff_identity import Contents, Speller, feeding, identity, loose
from densetrace.trace import ABSENT, Absent, Step, Trace
from densetrace.values import Value

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
    comparison = _Comparison(left, right)
    # Of several alignments that are as good, one is taken; for both directions it is the same one.
    if comparison.reversed:
        mirror = _Comparison(right, left)
        return Diff(left, right, _mirrored(mirror.pairs()))
    return Diff(left, right, comparison.pairs())


_Level: TypeAlias = tuple[tuple[Step, ...], tuple[Step, ...]]


class _Comparison:
    """Two traces on the way to their pairs."""

    def __init__(self, left: Trace, right: Trace) -> None:
        self._left, self._right = left, right
        self._spellers = Speller(left), Speller(right)
        contents = Contents()
        self._content = contents.number(left, self._spellers[0])
        self._content |= contents.number(right, self._spellers[1])
        self._partners: tuple[dict[str | None, int], dict[str | None, int]] = ({}, {})
        self._met = 0

    @property
    def reversed(self) -> bool:
        """Whether the other order of the two is the one in which they are aligned: an order of
        what they say, so that it does not matter which one was given first."""
        for left, right in zip_longest(self._left.walk(), self._right.walk()):
            if left is None or right is None:
                return right is None
            if self._content[id(left)] != self._content[id(right)]:
                own = [
                    repr((speller.own(step), len(step.children)))
                    for speller, step in zip(self._spellers, (left, right), strict=True)
                ]
                if own[0] != own[1]:
                    return own[1] < own[0]
        return False

    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of the outermost steps, and in each what is inside it."""
        # Not recursive: a trace may be deep. Each level is paired, then put together from within.
        levels: list[tuple[_Level, list[Pair]]] = []
        owners: list[tuple[int, int]] = [(-1, -1)]
        waiting: list[_Level] = [(self._left.steps, self._right.steps)]
        for number, level in enumerate(waiting):
            paired = list(self._paired(*level))
            levels.append((level, paired))
            self._meet(paired)
            for position, pair in enumerate(paired):
                if not pair.same and pair.left is not None and pair.right is not None:
                    waiting.append((pair.left.children, pair.right.children))
                    owners.append((number, position))
        for number in range(len(levels) - 1, 0, -1):
            owner, position = owners[number]
            outer = levels[owner][1]
            outer[position] = replace(outer[position], inside=tuple(levels[number][1]))
        return tuple(levels[0][1])

    def _paired(self, left: tuple[Step, ...], right: tuple[Step, ...]) -> Iterator[Pair]:
        for i, j in pairs(
            [self._content[id(step)] for step in left],
            [self._content[id(step)] for step in right],
            (self._identities(left, 0), self._identities(right, 1)),
            ([loose(step) for step in left], [loose(step) for step in right]),
        ):
            first = None if i is None else left[i]
            second = None if j is None else right[j]
            if first is None or second is None:
                yield Pair(first, second)
            elif self._content[id(first)] == self._content[id(second)]:
                yield Pair(first, second, same=True)
            else:
                yield Pair(first, second, changes=tuple(self._changes(first, second)))

    def _identities(self, steps: tuple[Step, ...], side: int) -> list[Hashable]:
        partners = self._partners[side]
        return [
            identity(step, feeds, partners.get(step.subject))
            for step, feeds in zip(steps, feeding(steps), strict=True)
        ]

    def _meet(self, paired: list[Pair]) -> None:
        """Keep in mind which object of one side is which of the other, by how they were made."""
        for pair in paired:
            if pair.either.kind == "new":
                for partners, step in zip(self._partners, (pair.left, pair.right), strict=True):
                    if step is not None and step.subject is not None:
                        partners.setdefault(step.subject, self._met)
                self._met += 1

    def _changes(self, left: Step, right: Step) -> Iterator[Change]:
        spelled = dict(self._spellers[0].fields(left)), dict(self._spellers[1].fields(right))
        if left.point != right.point:
            yield Change("point", left.point, right.point)
        for name in dict.fromkeys([*spelled[0], *spelled[1]]):
            if spelled[0].get(name) != spelled[1].get(name):
                yield Change(name, _field(left, name), _field(right, name))
        if _error(left) != _error(right):
            yield Change("error", _error(left), _error(right))


FACT: Final = " (fact)"


def _field(step: Step, name: str) -> Side:
    if name == "(result)":
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
