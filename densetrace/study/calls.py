"""The calls of `compile`, `fit` and the others as targets of `why`: `fit.batch_size`, or, where a
script has several, `fit 2.batch_size`.

A call is numbered among those of its method that you made, in the order in which they ran: a
validation, which `fit` runs, does not count.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from densetrace.data.steps import ABSENT
from densetrace.data.values import counted
from densetrace.kinds.fitting import logs_of
from densetrace.kinds.label import point_end
from densetrace.study.index import NOTHING, Place, Slot, TraceIndex, direct_parts
from densetrace.study.settings import DEFAULTS, METHODS, default
from densetrace.study.training import log_place
from densetrace.system.errors import RequestError, did_you_mean, shown

_NUMBERED: Final = re.compile(r"(\w{1,99}) (\d{1,9})\.(.+)", re.DOTALL)
INNER: Final = "inner_optimizer"
"""The setting of a `LossScaleOptimizer` that is the optimizer it wraps."""

_OPTIMIZER: Final = "optimizer"
_KEPT: Final[tuple[Slot, str]] = ("fact", "resolved_now")
"""Where a step of `compile` has the optimizer with its settings."""

Found = tuple[str, Place]
"""A target as you would type it, and its place."""


class Calls:
    """The calls of a trace, by number of their step: what each is called."""

    def __init__(self, index: TraceIndex) -> None:
        self._index = index
        numbers = sorted(number for kind in METHODS for number in index.of_kind(kind))
        self._own = [number for number in numbers if not _is_inside_one(index, number)]
        totals = Counter(map(self.method, self._own))
        seen: Counter[str] = Counter()
        self.names: dict[int, str] = {}
        for number in self._own or numbers:
            method = self.method(number)
            seen[method] += 1
            self.names[number] = f"{method} {seen[method]}" if totals[method] > 1 else method

    def method(self, number: int) -> str:
        """The method that a step is a call of: `fit`."""
        return point_end(self._index.steps[number], 1)

    def around(self, number: int) -> str:
        """The name of the call that a step is in; empty if it is in none."""
        current: int | None = number
        while current is not None and current not in self.names:
            self._index.visited += 1
            current = self._index.parent_number(current)
        return "" if current is None else self.names[current]

    def target(self, number: int, text: str) -> Found | None:
        """An argument of a call that was given it, a setting of the optimizer that it keeps, or a
        number that it ended with."""
        place = _place(self._index, number, text)
        return None if place is None else (f"{self.names[number]}.{text}", place)

    def named(self, text: str) -> list[Found]:
        """The targets that `batch_size` or `fit.batch_size` names: that of the last call that was
        given it, or that of the last with a default, then those of the other calls in order."""
        method, dot, name = text.partition(".")
        by_method = [number for number in self.names if dot and self.method(number) == method]
        name = name if by_method else text
        searched = by_method or [
            number
            for kind in METHODS
            for number in self.names
            if self._index.steps[number].kind == kind
        ]
        place_of = _place if by_method else _argument
        given = {number: place_of(self._index, number, name) for number in searched}
        left_out = {number: _left_out(self._index, number, name) for number in searched}
        chosen = _last_of_first_kind(self._index, given) or _last_of_first_kind(
            self._index, left_out
        )
        if chosen is None:
            return []
        ordered = [chosen, *(number for number in sorted(given) if number != chosen)]
        places = {number: given[number] or left_out[number] for number in ordered}
        return [
            (f"{self.names[number]}.{name}", place)
            for number, place in places.items()
            if place is not None
        ]

    def numbered(self, text: str) -> Found | None:
        """The target that `fit 2.batch_size` names; None if the text does not begin with the number
        of a call.

        Raises:
            RequestError: if there is no such call, or if it has no such argument or number.
        """
        match = _NUMBERED.fullmatch(text)
        if match is None or match[1] not in _methods(METHODS):
            return None
        method, count, name = match[1], int(match[2]), match[3]
        numbers = [number for number in self.names if self.method(number) == method]
        if not 0 < count <= len(numbers):
            raise RequestError(
                f"There is no {method} {count}.",
                f"The trace has {counted(len(numbers), 'call')} of {method}.",
            )
        number = numbers[count - 1]
        place = _place(self._index, number, name) or _left_out(self._index, number, name)
        if place is None:
            had = list(dict.fromkeys(_named_in(self._index, number)))
            near = did_you_mean(name, had)
            hint = f"It has {shown(', '.join(had), 2000)}." if had else ""
            raise RequestError(
                f"{method} {count} has no {shown(name)}.", "\n".join(filter(None, (near, hint)))
            )
        return f"{self.names[number]}.{name}", place

    def beside(self, target: Place, name: str, subject: str | None = None) -> Iterator[Found]:
        """The same target of other calls as that of a call: `fit 1.loss`; with a subject, of its
        own calls only."""
        if target.step not in self.names or not _belongs_to_call(target):
            return
        for number in self.names:
            if number == target.step:
                continue
            if subject is not None and self._index.steps[number].subject != subject:
                continue
            found = self.target(number, name)
            if found is not None:
                yield found

    def all_names(self) -> Iterator[str]:
        """The names that targets in calls may have, for suggestions."""
        for number in self.names:
            yield from _named_in(self._index, number)


def _methods(kinds: Iterable[str]) -> frozenset[str]:
    on_batch = ("train_on_batch", "test_on_batch", "predict_on_batch")
    return frozenset((*kinds, *on_batch)) - {"on_batch"}


def _is_inside_one(index: TraceIndex, number: int) -> bool:
    parent = index.parent_number(number)
    while parent is not None:
        index.visited += 1
        if index.steps[parent].kind in METHODS:
            return True
        parent = index.parent_number(parent)
    return False


def _belongs_to_call(place: Place) -> bool:
    """Whether a place is what a call was given or ended with, not one of the final weights."""
    return place.slot != "fact" or place.name != "weights"


def _last_of_first_kind(index: TraceIndex, places: Mapping[int, Place | None]) -> int | None:
    """The last call with a place, of the first kind in `METHODS` that has one."""
    for kind in METHODS:
        found = [one for one, place in places.items() if place and index.steps[one].kind == kind]
        if found:
            return max(found)
    return None


def _argument(index: TraceIndex, number: int, name: str) -> Place | None:
    """The place of an argument that a call was given."""
    is_given = index.steps[number].inputs.get(name) is not None
    return Place(number, "input", name) if is_given else None


def _left_out(index: TraceIndex, number: int, name: str) -> Place | None:
    """The place of an argument that a call leaves at a default."""
    has_default = default(index.steps[number], name) is not ABSENT
    return Place(number, "left_out", name) if has_default else None


def _place(index: TraceIndex, number: int, text: str) -> Place | None:
    """The place in a call that `batch_size`, `optimizer.learning_rate` or `loss` names."""
    step = index.steps[number]
    if (argument := _argument(index, number, text)) is not None:
        return argument
    if step.kind == "compile":
        words = text.split(".")
        words = words[1:] if words[0] == _OPTIMIZER else words
        for path in (words, [INNER, *words]):
            place = Place(number, *_KEPT, (_OPTIMIZER, *path))
            if words and index.value(place) is not NOTHING:
                return place
    return log_place(number, step, text) if text in logs_of(step) else None


def _named_in(index: TraceIndex, number: int) -> Iterator[str]:
    """The names that targets in a call may have."""
    step = index.steps[number]
    yield from (name for name, value in step.inputs.items() if value is not None)
    yield from (name for name in DEFAULTS if default(step, name) is not ABSENT)
    yield from logs_of(step)
    if step.kind == "compile":
        kept = Place(number, *_KEPT, (_OPTIMIZER,))
        for place in (kept, kept.part(INNER)):
            yield from (part for part in direct_parts(index.value(place)) if isinstance(part, str))
