"""Small questions put to a step and its values. A trace from a file may lack anything, so each
question has an answer for that too."""

from collections.abc import Iterable
from typing import Final

from densetrace.data.trace import ABSENT, Absent, Step
from densetrace.data.values import (
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Number,
    Tensor,
    Text,
    Value,
    text,
)
from densetrace.system.errors import shown

PACKAGES: Final = ("initializers", "metrics", "optimizers")
"""The modules of Keras that are folders, and hold functions of their own all the same."""

LONGEST: Final = 100
"""How many characters of one value a sentence shows."""


def told(value: Value) -> str:
    """A value as sentences show it: floats short, nothing unprintable, nothing endless."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping) and value.length == 0:
        return "{}"
    return shown(text(value), LONGEST)


def plain(value: Value) -> str:
    """The text of a name, without quotes."""
    return shown(value, LONGEST) if isinstance(value, str) else told(value)


def result(step: Step) -> Value:
    """What a step returned; None also when it raised."""
    return None if step.result is ABSENT else step.result


def given(step: Step, name: str) -> Value:
    """An input or a fact by name; None when there is none."""
    return step.inputs[name] if name in step.inputs else step.facts.get(name)


def entries(value: Value) -> tuple[tuple[str, Value], ...]:
    """The entries of a dict whose keys are strings."""
    if not isinstance(value, Mapping):
        return ()
    return tuple((key, item) for key, item in value.entries if isinstance(key, str))


def names(value: Value) -> tuple[str, ...]:
    """The strings in a list, or the string keys of a dict."""
    if isinstance(value, Items):
        return tuple(item for item in value.items if isinstance(item, str))
    return tuple(key for key, _ in entries(value))


def joined(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; `none` when there is nothing."""
    listed = list(words)
    if len(listed) < 2:
        return listed[0] if listed else "none"
    return f"{', '.join(listed[:-1])} and {listed[-1]}"


def keywords(pairs: Iterable[tuple[str, Value]]) -> str:
    """`a=1, b='x'`."""
    return ", ".join(f"{plain(name)}={told(value)}" for name, value in pairs)


def arguments(positional: Value, keyword: Value) -> str:
    """Arguments as somebody wrote them: `(64, activation='relu')`."""
    listed = [told(item) for item in positional.items] if isinstance(positional, Items) else []
    named = keywords(entries(keyword))
    return f"({', '.join([*listed, named] if named else listed)})"


def is_plain(value: Value) -> bool:
    """Whether `Layer.__new__` can keep a value in an auto-config: text, numbers, booleans, None,
    and lists, tuples and dicts of such."""
    if isinstance(value, Items):
        return value.type in ("list", "tuple") and all(map(is_plain, value.items))
    if isinstance(value, Mapping):
        return all(is_plain(item) for _, item in value.entries)
    return value is None or isinstance(value, bool | int | float | str | Text | Number)


def settings(value: Value) -> str:
    """How an object is set: `l2=0.01`, from its config."""
    config = value.config if isinstance(value, Instance) else None
    return keywords(entries(config)) or "nothing to set"


def children(step: Step, kind: str) -> tuple[Step, ...]:
    """The steps of a kind right inside this one."""
    return tuple(child for child in step.children if child.kind == kind)


def first(step: Step, kind: str) -> Step | None:
    """The first step of a kind right inside this one."""
    return next(iter(children(step, kind)), None)


def came_from_inside(step: Step) -> bool:
    """Whether the error that ended this step began further in."""
    return any(child.error == step.error for child in step.children)


def dimensions(shape: Value) -> int | None:
    """How many dimensions a shape or a tensor has."""
    if isinstance(shape, Items):
        return shape.length
    return len(shape.shape) if isinstance(shape, Tensor) else None


def demands(spec: Value) -> dict[str, Value]:
    """What an input spec demands, without what it leaves open."""
    if not isinstance(spec, Instance) or spec.config is None:
        return {}
    return {
        name: value
        for name, value in entries(spec.config)
        if value is not None and not (isinstance(value, Mapping) and value.length == 0)
    }


def told_spec(spec: Value) -> str:
    """An input spec in a few words: `min_ndim=2, axes={-1: 3}`."""
    if isinstance(spec, Items):
        return "; ".join(map(told_spec, spec.items))
    return keywords(demands(spec).items()) or told(spec)


def place(point: str) -> str:
    """Where a Keras hook point stands, as `keras/engine/base_layer.py, Layer.build`; any other
    point as it is."""
    parts = point.split(".")
    # Modules are lower case; what stands in them begins with a class or is a single function.
    inner = next(
        (i for i, part in enumerate(parts) if part.lstrip("_")[:1].isupper()), len(parts) - 1
    )
    if parts[0] != "keras" or inner < 2:
        return plain(point)
    package = "/__init__" if inner == 2 and parts[1] in PACKAGES else ""
    return plain(f"{'/'.join(parts[:inner])}{package}.py, {'.'.join(parts[inner:])}")


def written_in(step: Step, file: str) -> bool:
    """Whether the line that caused a step stands in this file of Keras."""
    return step.where is not None and step.where.file.endswith(file)


def called_by(step: Step, function: str) -> bool:
    """Whether the line that caused a step stands in a function whose name ends so."""
    return step.where is not None and step.where.function.endswith(function)


def by_name(value: Value) -> str:
    """The name of a function, class or object; the text of anything else."""
    if isinstance(value, Function | Class):
        return plain(value.name)
    return plain(value.label) if isinstance(value, Instance) else plain(value)


def name_of(value: Value | Absent) -> str:
    """A value by its name or text; an object that is only counted (`L2#1`) by its class."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, Instance):
        return plain(value.cls if "#" in value.label else value.label)
    return told(value) if isinstance(value, str) else by_name(value)
