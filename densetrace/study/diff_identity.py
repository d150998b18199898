"""What makes two steps the same: their content without the names that differ from run to run.

Three keys, from strict to loose, pair the steps of two traces. `content` is everything a step and
the steps inside it say, numbered so that equal content has an equal number. `identity` is which
step it is, whatever it says. `kind` is only what sort of step it is.
"""

import re
from collections.abc import Hashable, Iterator
from typing import Final, TypeAlias

from densetrace.study.statements import feeds, set_by_line
from densetrace.trace import ABSENT, Step, Trace
from densetrace.values import (
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Opaque,
    Tensor,
    Value,
)

Spelled: TypeAlias = Hashable

_IGNORED: Final = {"check": ("layer",), "new": ("arg_names",), "name": ("base",)}
"""Inputs that say nothing which is not said elsewhere, but for the name of an object."""

_MADE_OF: Final = re.compile(r"^(.*?)(?:_\d+)?((?:_input)?)(?:/.*)?$", re.DOTALL)


class Speller:
    """Spells the values of one trace so that those of two can be compared.

    Names that Keras made up (`dense_1`) lose their number, labels (`GlorotUniform#2`) are left
    out, and so are the elements of arrays, which are random or follow from what is random.
    """

    def __init__(self, trace: Trace) -> None:
        self._bases = {
            base
            for step in trace.walk()
            if step.kind == "name" and isinstance(base := step.inputs.get("base"), str)
        }

    def spell(self, value: object) -> Spelled:
        """A value as something to compare; 1, 1.0 and True stay different."""
        match value:
            case str():
                return self._name(value)
            case Instance(cls, module, _, config):
                return ("instance", cls, module, self.spell(config))
            case Tensor(shape, dtype, _, symbolic):
                return ("tensor", shape, dtype, symbolic)
            case Items("list" | "tuple", items, length) if all(map(_is_size, items)):
                return ("shape", length, *items)  # Keras takes lists, tuples and its own alike
            case Items(kind, items, length):
                return (kind, length, *map(self.spell, items))
            case Mapping(entries, length):
                spelled = ((self.spell(key), self.spell(item)) for key, item in entries)
                return ("dict", length, *spelled)
            case Function() | Class() | Opaque():
                return value
        return (type(value).__name__, value)

    def _name(self, text: str) -> str:
        match = _MADE_OF.match(text)
        if match and match[1] in self._bases:
            return match[1] + match[2]
        return text

    def own(self, step: Step) -> Spelled:
        """What a step itself says."""
        error = step.error and (step.error.type, self._name(step.error.message))
        return (step.kind, step.point, error, *(pair for pair in self.fields(step)))

    def fields(self, step: Step) -> Iterator[tuple[str, Spelled]]:
        """Each input, each fact and the result, as something to compare."""
        ignored = _IGNORED.get(step.kind, ())
        for name, value in step.inputs.items():
            if name not in ignored:
                yield name, self.spell(value)
        for name, value in step.facts.items():
            yield f"{name} (fact)", self.spell(value)
        if step.result is not ABSENT:
            yield "(result)", self.spell(step.result)


def _is_size(value: Value) -> bool:
    return value is None or type(value) is int


class Contents:
    """Numbers the content of steps, those inside them included: equal content, equal number."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def number(self, trace: Trace, speller: Speller) -> dict[int, int]:
        """The number of each step's content, by the step's identity as an object."""
        # Every step comes after those that it stands inside of, so backwards children come first.
        numbered: dict[int, int] = {}
        for step in reversed(list(trace.walk())):
            key = (speller.own(step), *(numbered[id(child)] for child in step.children))
            numbered[id(step)] = self._numbers.setdefault(key, len(self._numbers))
        return numbered


def identity(step: Step, feeds: str | None, about: Hashable) -> Hashable:
    """Which step this is, whatever it says. `feeds` is the attribute that is set by it, `about` the
    object it is about, by what that is on both sides."""
    inputs, facts = step.inputs, step.facts
    match step.kind:
        case "assign" | "add_weight":
            return step.kind, inputs.get("name")
        case "get":
            return step.kind, facts.get("registry"), feeds
        case "new":
            return step.kind, inputs.get("class")
        case "init":
            return step.kind, facts.get("of"), facts.get("class")
        case "op" | "activation" | "deserialize":
            return step.kind, step.point
        case "invoke" | "build" | "call" | "layout":
            return step.kind, facts.get("class", inputs.get("class")), about
    return step.kind, about


def loose(step: Step) -> Hashable:
    """What sort of step this is; which one, where another of its sort is another thing."""
    if step.kind in ("assign", "add_weight"):
        return step.kind, step.inputs.get("name")
    if step.kind in ("op", "deserialize"):
        return step.kind, step.point
    return (step.kind,)


def feeding(steps: tuple[Step, ...]) -> list[str | None]:
    """For each of some sibling steps, the attribute that the step after it sets with its result."""
    names: list[str | None] = []
    for position, step in enumerate(steps):
        after = steps[position + 1] if position + 1 < len(steps) else None
        names.append(_set_with(step, after))
    return names


def _set_with(step: Step, after: Step | None) -> str | None:
    if step.kind not in ("get", "add_weight"):
        return None
    if after is not None and feeds(step, after):
        return _word(after.inputs.get("name"))
    return set_by_line(step)


def _word(value: Value) -> str | None:
    return value if isinstance(value, str) else None
