"""What makes two steps the same: their content without the names that differ from run to run.

Three keys, from strict to loose, pair the steps of two traces. `content` is everything a step and
the steps inside it say, numbered so that equal content has an equal number. `identity` is which
step it is, whatever it says. `kind` is only what sort of step it is.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from densetrace.data.statements import feeds, set_by_line
from densetrace.data.trace import ABSENT, Step
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

Spelled: TypeAlias = Hashable

_IGNORED: Final = {"check": ("layer",), "new": ("arg_names",), "name": ("base",)}
"""Inputs that say nothing which is not said elsewhere, but for the name of an object."""

FACT: Final = " (fact)"
RESULT: Final = "(result)"
_BEFORE_FIELDS: Final = 3

_MADE_OF: Final = re.compile(r"^(.*?)(?:_\d+)?((?:_input)?)(?:/.*)?$", re.DOTALL)


class Speller:
    """Spells the values of one trace so that those of two can be compared.

    Names that Keras made up (`dense_1`) lose their number, labels (`GlorotUniform#2`) are left
    out, and so are the elements of arrays, which are random or follow from what is random.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._bases = {
            base
            for step in steps
            if step.kind == "name" and isinstance(base := step.inputs.get("base"), str)
        }
        self._names: dict[str, str] = {}

    def spell(self, value: object) -> Spelled:
        """A value as something to compare; 1, 1.0 and True stay different."""
        kind = type(value)
        if kind is str:
            return self._names.get(value) or self._name(value)  # type: ignore[call-overload,arg-type] # it is a str
        rule = _RULES.get(kind)
        return (kind.__name__, value) if rule is None else rule(self, value)

    def _name(self, text: str) -> str:
        match = _MADE_OF.match(text)
        made = match[1] + match[2] if match and match[1] in self._bases else text
        self._names[text] = made
        return made

    def said(self, step: Step) -> list[Spelled]:
        """What a step itself says: its kind, point and error, then the name and the value of each
        input, each fact and the result, in turn."""
        error = step.error
        told = error and (error.type, self._name(error.message))
        found: list[Spelled] = [step.kind, step.point, told]
        spell = self.spell
        ignored = _IGNORED.get(step.kind, ())
        for name, value in step.inputs.items():
            if name not in ignored:
                found += name, spell(value)
        for name, value in step.facts.items():
            found += name + FACT, spell(value)
        if step.result is not ABSENT:
            found += RESULT, spell(step.result)
        return found

    def fields(self, step: Step) -> dict[str, Spelled]:
        """Each input, each fact and the result by name, as something to compare."""
        said = self.said(step)
        return dict(zip(said[_BEFORE_FIELDS::2], said[_BEFORE_FIELDS + 1 :: 2], strict=True))  # type: ignore[arg-type] # names and values in turn

    def text(self, step: Step) -> str:
        """What a step itself says, as text that puts any two steps in an order."""
        said = self.said(step)
        head, rest = said[:_BEFORE_FIELDS], said[_BEFORE_FIELDS:]
        return repr(((*head, *zip(rest[::2], rest[1::2], strict=True)), len(step.children)))


def _instance(speller: Speller, value: Instance) -> Spelled:
    return ("instance", value.cls, value.module, speller.spell(value.config))


def _tensor(speller: Speller, value: Tensor) -> Spelled:
    return ("tensor", value.shape, value.dtype, value.symbolic)


def _items(speller: Speller, value: Items) -> Spelled:
    kind, items = value.type, value.items
    # Keras takes lists, tuples and its own alike for a shape.
    if kind in ("list", "tuple") and _SIZES.issuperset(map(type, items)):
        return ("shape", value.length, *items)
    return (kind, value.length, *[speller.spell(item) for item in items])


def _mapping(speller: Speller, value: Mapping) -> Spelled:
    spell = speller.spell
    return ("dict", value.length, *[(spell(key), spell(item)) for key, item in value.entries])


def _as_it_is(speller: Speller, value: Hashable) -> Spelled:
    return value


_SIZES: Final = frozenset((int, type(None)))
_RULES: Final[dict[type, Callable[[Speller, Any], Spelled]]] = {
    Instance: _instance,
    Tensor: _tensor,
    Items: _items,
    Mapping: _mapping,
    Function: _as_it_is,
    Class: _as_it_is,
    Opaque: _as_it_is,
}


class Contents:
    """Numbers what steps say, they and all inside them: equal content, equal number."""

    def __init__(self) -> None:
        self._owns: dict[Hashable, int] = {}
        self._wholes: dict[Hashable, int] = {}
        self._own_of: list[int] = []
        self._numbered: dict[int, int] = {}

    def number(self, steps: Sequence[Step], speller: Speller) -> None:
        """Number all steps of a trace, given in order of opening."""
        owns, wholes, own_of, numbered = self._owns, self._wholes, self._own_of, self._numbered
        said = speller.said
        # Every step comes after those that it stands inside of, so backwards children come first.
        for step in reversed(steps):
            own = owns.setdefault(tuple(said(step)), len(owns))
            whole: Hashable = own
            if step.children:
                whole = (own, *[numbered[id(child)] for child in step.children])
            number = wholes.setdefault(whole, len(own_of))
            if number == len(own_of):
                own_of.append(own)
            numbered[id(step)] = number

    def numbers(self, steps: Iterable[Step]) -> list[int]:
        """The numbers of some steps that were numbered."""
        return [self._numbered[id(step)] for step in steps]

    def same(self, left: Step, right: Step) -> bool:
        """Whether nothing differs in two steps and in all that is inside them."""
        return self._numbered[id(left)] == self._numbered[id(right)]

    def say_the_same(self, left: Step, right: Step) -> bool:
        """Whether two steps say the same, whatever is inside them."""
        first, second = self._numbered[id(left)], self._numbered[id(right)]
        return self._own_of[first] == self._own_of[second]


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
