"""Comparable forms of values and steps: two that do not differ have equal forms.

Automatic names lose their number; labels, and the numbers in arrays, are left out.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from densetrace.data.steps import ABSENT, Step
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
from densetrace.kinds import KINDS

Inside: TypeAlias = Callable[[Step], tuple[Step, ...]]
"""Gives the steps inside a step that are compared."""

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
            if name not in ignored:
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
