"""The differences in what was written on the two sides of a diff."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Instance, Items, Tensor, Value
from densetrace.data.wording import as_code, entries, in_sentence, keywords, name_of, plain
from densetrace.study.comparable import hyperparameters
from densetrace.study.diff import Diff, Pair, Side
from densetrace.study.index import from_user_code, same


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that was written differently: `text` is code, or words if `in_words`. For an
    argument, its name and its value on the right side, `ABSENT` if it is left out there. `of_class`
    if an object of another class is created. `other_form` if the arguments are the same, and only
    written in another form."""

    text: str
    in_words: bool = False
    argument: str | None = None
    value: Side = ABSENT
    other_form: bool = False
    of_class: bool = False

    @property
    def is_left_out(self) -> bool:
        """Whether it is an argument that only the left side has."""
        return self.argument is not None and self.value is ABSENT


def causes(found: Diff) -> list[Cause]:
    """Everything that was written differently, in order, each once."""
    made = [pair for pair in found.differing if pair.either.kind == "new"]
    outermost = [pair for pair in found.pairs if not pair.same and pair.either.kind == "new"]
    # Objects created inside another one follow from that one, if it was written differently.
    written = outermost or [pair for pair in made if from_user_code(pair.either)]
    by_text = {cause.text: cause for pair in written for cause in _of_construction(pair)}
    settings = {cause.text: cause for cause in _of_settings(found)}
    return list((by_text | settings).values()) or list(_of_inputs(found)) or list(_of_data(found))


def _of_construction(pair: Pair) -> Iterator[Cause]:
    if pair.left is None:
        yield Cause(f"one more {_constructed(pair.either)}", in_words=True)
    elif pair.right is None:
        yield Cause(f"one {_constructed(pair.either)} less", in_words=True)
    elif _class(pair.left) != _class(pair.right):
        yield Cause(f"{_class(pair.right)} instead of {_class(pair.left)}", of_class=True)
    else:
        yield from _of_arguments(pair, pair.left, pair.right)


def _of_arguments(pair: Pair, first: Step, second: Step) -> Iterator[Cause]:
    left, right = dict(entries(first.facts.get("bound"))), dict(entries(second.facts.get("bound")))
    bound_the_same = True
    for name in dict.fromkeys([*left, *right]):
        if name in left and name in right and _equal(left[name], right[name]):
            continue
        bound_the_same = False
        if name not in right:
            text = f"leaving out {plain(name)}={name_of(left[name])}"
            yield Cause(text, in_words=True, argument=name)
        elif name not in left:
            text = f"{plain(name)}={name_of(right[name])}"
            yield Cause(text, argument=name, value=right[name])
        elif not _only_objects(left[name], right[name]):
            text = f"{plain(name)}={instead(right[name], left[name])}"
            yield Cause(text, argument=name, value=right[name])
    if bound_the_same and any(change.name in ("args", "kwargs") for change in pair.changes):
        text = f"passing the arguments of {_class(first)} differently"
        yield Cause(text, in_words=True, other_form=True)


def _of_numbers(left: Value, right: Value) -> Iterator[Cause]:
    """The settings that differ between two optimizers of one class: `learning_rate=0.2 instead of
    0.1`."""
    if not isinstance(left, Instance) or not isinstance(right, Instance) or left.cls != right.cls:
        return
    configs = [dict(entries(side.config)) | dict(hyperparameters(side)) for side in (left, right)]
    for name, value in configs[1].items():
        if name in configs[0] and not isinstance(value, Tensor) and value != configs[0][name]:
            text = f"{plain(name)}={in_sentence(value)} instead of {in_sentence(configs[0][name])}"
            yield Cause(text, argument=name, value=value)


SETTINGS: Final = ("compile", "fit", "evaluate", "predict")
"""The kinds of steps whose arguments, other than data, are the settings of a training."""


_TAKING_DATA: Final = (*SETTINGS, "on_batch", "invoke")


def _of_settings(found: Diff) -> Iterator[Cause]:
    """The settings of a training that differ: `optimizer='sgd' instead of 'adam'`."""
    for pair in found.differing:
        if pair.either.kind not in SETTINGS or pair.left is None or pair.right is None:
            continue
        left, right = pair.left.inputs, pair.right.inputs
        for name in dict.fromkeys([*left, *right]):
            if name in left and name in right and _equal(left[name], right[name]):
                continue
            sides = [side.get(name) for side in (left, right)]
            if any(isinstance(value, Tensor) for value in sides):
                continue  # data
            numbers = list(_of_numbers(*sides))
            if numbers:
                yield from numbers
                continue
            if name not in right:
                text = f"leaving out {plain(name)}={name_of(left[name])}"
                yield Cause(text, in_words=True, argument=name)
            else:
                value = right[name]
                values = instead(value, left[name]) if name in left else name_of(value)
                yield Cause(f"{plain(name)}={values}", argument=name, value=value)


def _of_inputs(found: Diff) -> Iterator[Cause]:
    for pair in found.pairs:
        if pair.either.kind != "invoke" or pair.left is None or pair.right is None:
            continue
        for change in pair.changes:
            if change.name == "input":
                text = f"an input of {instead(change.right, change.left)}"
                yield Cause(text, in_words=True)


def _of_data(found: Diff) -> Iterator[Cause]:
    """The data of the user's own calls, such as `y` of fit, whose first numbers differ."""
    texts: dict[str, None] = {}
    for pair in found.pairs:
        if pair.left is None or pair.right is None or pair.either.kind not in _TAKING_DATA:
            continue
        for name, value in pair.right.inputs.items():
            other = pair.left.inputs.get(name)
            if isinstance(value, Tensor) and isinstance(other, Tensor) and value != other:
                texts[f"other data for {'the input' if name == 'input' else plain(name)}"] = None
    yield from (Cause(text, in_words=True) for text in texts)


def _equal(left: Value, right: Value) -> bool:
    """Whether two arguments are the same. Labels are ignored: each trace has its own."""
    if isinstance(left, Instance) and isinstance(right, Instance):
        return left.config is not None and (left.cls, left.config) == (right.cls, right.config)
    return not _only_objects(left, right) and same(left, right)


def _only_objects(left: Value, right: Value) -> bool:
    """Whether two arguments are layers, or lists of layers: their differences are causes of their
    own constructions."""
    if isinstance(left, Items) and isinstance(right, Items):
        return all(isinstance(item, Instance) for item in (*left.items, *right.items))
    return (
        isinstance(left, Instance)
        and isinstance(right, Instance)
        and left.config is None
        and left.cls == right.cls
    )


def _constructed(step: Step) -> str:
    return f"{_class(step)}({keywords(entries(step.facts.get('bound')))})"


def _class(step: Step) -> str:
    return plain(step.inputs.get("class"))


def instead(value: Side, other: Side) -> str:
    """`32 instead of 64`; two objects of one class are shown with their settings."""
    if (
        isinstance(value, Instance)
        and isinstance(other, Instance)
        and name_of(value) == name_of(other)
    ):
        return f"{as_code(value)} instead of {as_code(other)}"
    return f"{name_of(value)} instead of {name_of(other)}"
