"""What the person wrote differently: arguments, objects, the input. Read off the differences."""

from collections.abc import Iterator
from dataclasses import dataclass

from densetrace.data.trace import ABSENT, Step
from densetrace.data.values import Instance, Items, Value
from densetrace.data.wording import by_name, entries, plain, settings, told
from densetrace.study.diff import Diff, Pair, Side
from densetrace.study.parts import same
from densetrace.study.provenance import is_persons


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that was written differently: `text` tells it, as code or in words. An argument
    has a name, and the value that the right side gives to it."""

    text: str
    in_words: bool = False
    argument: str | None = None
    value: Side = ABSENT


def causes(found: Diff) -> list[Cause]:
    """Everything that was written differently, in order, each once."""
    made = [pair for pair in found.differing if pair.either.kind == "new"]
    outermost = [pair for pair in found.pairs if not pair.same and pair.either.kind == "new"]
    # What is made inside another object follows from that one, if that one was written anew.
    written = outermost or [pair for pair in made if is_persons(pair.either)]
    told_already = {cause.text: cause for pair in written for cause in _of_construction(pair)}
    return list(told_already.values()) or list(_of_inputs(found))


def _of_construction(pair: Pair) -> Iterator[Cause]:
    if pair.left is None:
        yield Cause(f"one more {_constructed(pair.either)}", in_words=True)
    elif pair.right is None:
        yield Cause(f"one {_constructed(pair.either)} less", in_words=True)
    elif _class(pair.left) != _class(pair.right):
        yield Cause(f"{_class(pair.right)} instead of {_class(pair.left)}")
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
        yield Cause(f"writing the arguments of {_class(first)} in another way", in_words=True)


def _of_inputs(found: Diff) -> Iterator[Cause]:
    for pair in found.pairs:
        if pair.either.kind != "invoke" or pair.left is None or pair.right is None:
            continue
        for change in pair.changes:
            if change.name == "input":
                text = f"an input of {instead(change.right, change.left)}"
                yield Cause(text, in_words=True)


def _equal(left: Value, right: Value) -> bool:
    """Whether two arguments are the same. Labels count for nothing: two traces count alike."""
    if isinstance(left, Instance) and isinstance(right, Instance):
        return left.config is not None and (left.cls, left.config) == (right.cls, right.config)
    return not _only_objects(left, right) and same(left, right)


def _only_objects(left: Value, right: Value) -> bool:
    """Whether two arguments are layers, or lists of layers: what is different about them is told
    where they are made."""
    if isinstance(left, Items) and isinstance(right, Items):
        return all(isinstance(item, Instance) for item in (*left.items, *right.items))
    return (
        isinstance(left, Instance)
        and isinstance(right, Instance)
        and left.config is None
        and left.cls == right.cls
    )


def _constructed(step: Step) -> str:
    given = [f"{plain(name)}={told(value)}" for name, value in entries(step.facts.get("bound"))]
    return f"{_class(step)}({', '.join(given)})"


def _class(step: Step) -> str:
    return plain(step.inputs.get("class"))


def name_of(value: Side) -> str:
    """A value by its name or text; an object that is only counted (`L2#1`) by its class."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, Instance):
        return plain(value.cls if "#" in value.label else value.label)
    return told(value) if isinstance(value, str) else by_name(value)


def instead(value: Side, other: Side) -> str:
    """`32 instead of 64`; of two objects of one class, how each is set."""
    if (
        isinstance(value, Instance)
        and isinstance(other, Instance)
        and name_of(value) == name_of(other)
    ):
        told_both = [f"{plain(one.cls)}({settings(one)})" for one in (value, other)]
        return " instead of ".join(told_both)
    return f"{name_of(value)} instead of {name_of(other)}"
