"""A layer that one side calls by itself, and the other as part of a model."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.wording import joined, plain
from densetrace.study.diff import Diff, Pair

MAX_NAMES: Final = 4
"""At most this many layers are named."""


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The call of a model on one side, around the calls of layers that the other side makes
    itself."""

    call: Step
    inner: tuple[Step, ...]
    is_right: bool
    added: int
    others: tuple[str, ...]

    @property
    def model(self) -> str:
        """The class of the model."""
        return plain(self.call.facts.get("class"))

    def sentences(self) -> Iterator[str]:
        """What the model adds to its layers."""
        subjects = dict.fromkeys(plain(step.subject) for step in self.inner)
        layers = _named(subjects)
        if self.is_right:
            yield f"The second puts {layers} into a {self.model} model."
        else:
            yield f"The second calls {layers} without the {self.model} model around it."
        symbolic, eager = self._calls("symbolic"), self._calls("eager")
        it = "it" if len(subjects) == 1 else "them"
        if symbolic and eager:
            yield f"The model calls {it} first on symbolic tensors, then on the data."
        elif symbolic:
            yield f"The model calls {it} on symbolic tensors."
        others = _named(self.others)
        yield (
            f"Besides the steps of {layers}, there are {self.added:,} for the model itself"
            + ("." if others == "none" else f" and for {others}.")
        )

    def _calls(self, mode: str) -> int:
        subjects = {step.subject for step in self.inner}
        return sum(
            1
            for step in self.call.walk()
            if step.kind == "invoke" and step.subject in subjects and step.facts.get("mode") == mode
        )


def _named(names: Collection[str]) -> str:
    """The first of some names, and how many more there are."""
    if len(names) <= MAX_NAMES:
        return joined(names)
    return joined([*islice(names, MAX_NAMES - 1), f"{len(names) - MAX_NAMES + 1:,} more"])


def wrapping(found: Diff) -> Wrapping | None:
    """The model that one side adds around layers of the other side; None if there is none."""
    for pair in found.pairs:
        call = pair.either
        if call.kind != "invoke" or not pair.inside or (pair.left and pair.right):
            continue
        is_right = pair.left is None
        inner = tuple(_paired_calls(pair, is_right))
        if inner:
            added = _added(found, inner, is_right)
            return Wrapping(call, inner, is_right, added, tuple(_others(found, call, is_right)))
    return None


def _paired_calls(pair: Pair, is_right: bool) -> Iterator[Step]:
    """The calls inside a one-sided step that both sides make, as steps of its side."""
    waiting = list(reversed(pair.inside))
    while waiting:
        one = waiting.pop()
        if one.left is not None and one.right is not None:
            if one.either.kind == "invoke":
                yield one.right if is_right else one.left
        else:
            waiting.extend(reversed(one.inside))


def _others(found: Diff, call: Step, is_right: bool) -> Iterator[str]:
    """The layers that only the side of the model has."""
    for pair in found.pairs:
        step, other = (pair.right, pair.left) if is_right else (pair.left, pair.right)
        if step is None or other is not None or step.kind != "new":
            continue
        if step.subject != call.subject:
            yield plain(step.subject)


def _added(found: Diff, inner: tuple[Step, ...], is_right: bool) -> int:
    """How many steps only one side takes, without those in calls of the layers."""
    subjects = {step.subject for step in inner}
    count = 0
    for pair in found.differing:
        step, other = (pair.right, pair.left) if is_right else (pair.left, pair.right)
        if step is None or other is not None:
            continue
        if pair.inside:
            count += 1
        else:
            count += _outside(step, subjects)
    return count


def _outside(step: Step, subjects: set[str | None]) -> int:
    """How many steps there are in `step`, itself included, without calls of these layers."""
    count, waiting = 0, [step]
    while waiting:
        one = waiting.pop()
        if one.kind == "invoke" and one.subject in subjects:
            continue
        count += 1
        waiting.extend(one.children)
    return count
