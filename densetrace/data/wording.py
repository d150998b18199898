"""Words for recorded values, and small queries of a step.

A value has these forms, each of them in bounded length:

| | |
|---|---|
| `short` | in a line of a tree, a table or a panel: `'relu'`, `f32[2,64]`, `0.02994243` |
| `outcome` | the same for a result: `function relu` |
| `in_full` | everything that a trace holds of it: `dense, a Dense of keras.layers` |
| `in_sentence` | in running text: fractions of four digits, safe to show |
| `plain`, `by_name`, `name_of` | as a name, without quotes: `relu` |
| `described` | with an article: `the function relu`, `an instance of Zeros` |
| `as_code`, `keywords`, `arguments` | as typed: `L2(l2=0.01)` |
| `shape_text`, `spec_text` | a shape, an input spec |

`values.text` is the base of these: a value as code, of any length. A trace from a file may lack any
input or fact, so each query of a step also handles a missing one.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Final

from densetrace.data.steps import ABSENT, Absent, Step
from densetrace.data.values import (
    Binary,
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
from densetrace.system.escape import shortened, visible

PACKAGES: Final = ("initializers", "metrics", "optimizers")
"""The modules of Keras that are packages and also define functions in `__init__.py`."""

# How many characters each form shows: of a value, of a string in it, of a name.
LONGEST_VALUE: Final = 160
LONGEST_STRING: Final = 60
LONGEST_NAME: Final = 100
LONGEST_IN_FULL: Final = 2_000

_DIGITS: Final = 7
_DIGITS_IN_SENTENCE: Final = 4


# -- a value in words ------------------------------------------------------------------------------


def short(value: Value) -> str:
    """A value in a line: bounded, floats rounded. The caller escapes it, as `Span` does."""
    words = _written(value)  # called often, and rarely long
    return words if len(words) <= LONGEST_VALUE else shortened(words, LONGEST_VALUE)


def _written(value: Value, digits: int = _DIGITS) -> str:
    match value:  # the commonest first
        case str():
            if len(value) <= LONGEST_STRING:
                return repr(value)
            return _written(Text(value, len(value)))
        case None | bool() | int():
            return repr(value)
        case Function(name) | Class(name):
            return name
        case Text(start, length):
            return f"{start[: LONGEST_STRING - 20]!r}... ({length:,} characters)"
        case float():
            # Digits before the decimal point are never dropped.
            words = rounded(value, digits if abs(value) < 1_000 else _DIGITS)
            return repr(value) if value.is_integer() and float(words) != value else words
        case Tensor(shape, dtype, elements):
            if shape or len(elements) != 1:
                return _tensor(dtype, *shape)
            return _written(elements[0], digits)
        case Instance(cls="InputSpec", config=Mapping()):
            return f"InputSpec({keywords(demands(value).items(), short)})"
        case Instance(cls, _, label, Mapping() as config) if label == cls:
            return _constructed(cls, config)
        case Instance():
            return shortened(value.label, LONGEST_STRING)
        case Mapping() | Items():
            return value.written(_written if digits == _DIGITS else _written_in_sentence)
    return text(value)


def _constructed(cls: str, config: Mapping) -> str:
    """An object inside the settings of another one, which has no number, as the call that creates
    it."""
    given = ((name, value) for name, value in entries(config) if value is not None)
    return f"{shortened(cls, LONGEST_STRING)}({keywords(given, short)})"


_written_in_sentence: Final = partial(_written, digits=_DIGITS_IN_SENTENCE)


def rounded(value: float, digits: int) -> str:
    """A float as code, with at most so many digits: it is never written like an int."""
    words = f"{value:.{digits}g}"
    has_sign = any(sign in words for sign in ".en")  # also of 1e+20, inf and nan
    return words if has_sign else f"{value:.1f}"


@lru_cache(maxsize=1024, typed=True)
def _tensor(dtype: str, *shape: int | None) -> str:
    """`f32[2,3]`; cached, as a trace has few shapes."""
    return str(Tensor(shape, dtype))


def outcome(value: Value | Absent) -> str:
    """A value as a result: with `function` or `class` before the name of one; `none` where there is
    no value."""
    match value:
        case Absent():
            return "none"
        case Function():
            return f"function {short(value)}"
        case Class():
            return f"class {short(value)}"
    return short(value)


def in_full(value: Value) -> str:
    """Everything that a trace holds of a value: elements, config, module. Safe to show."""
    return visible(shortened(_in_full(value), LONGEST_IN_FULL))


def _in_full(value: Value) -> str:
    match value:
        case Function(_, module):
            return f"{outcome(value)} of {module}" if module else outcome(value)
        case Tensor(elements=elements) if elements and value.shape:
            more = ", ..." if value.size > len(elements) else ""
            return f"{value}: {', '.join(map(outcome, elements))}{more}"
        case Instance(cls, module, label, config):
            named = label if label.startswith(cls) else f"{label}, a {cls}"
            settings = "" if config is None else f" {_in_full(config)}"
            return f"{named} of {module}{settings}" if module else f"{named}{settings}"
        case Mapping() | Items():
            return text(value)
        case Text() | Binary():
            return str(value)
        case str() if len(value) > LONGEST_STRING:
            return repr(value)
    return outcome(value)


def in_sentence(value: Value) -> str:
    """A value in running text: fractions of four digits, safe to show."""
    return visible(shortened(_written(value, _DIGITS_IN_SENTENCE), LONGEST_VALUE))


def plain(value: Value) -> str:
    """The text of a name, without quotes."""
    return shown(value, LONGEST_NAME) if isinstance(value, str) else in_sentence(value)


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
    return in_sentence(value) if isinstance(value, str) else by_name(value)


def described(value: Value) -> str:
    """A value with its type: `an instance of Zeros`, `the function relu`, `the string 'relu'`."""
    match value:
        case Function(name):
            return f"the function {plain(name)}"
        case Class(name):
            return f"the class {plain(name)}"
        case Instance(cls):
            return f"an instance of {plain(cls)}"
        case str() | Text():
            return f"the string {in_sentence(value)}"
    return in_sentence(value)


def number(value: Value) -> str:
    """The number in a tensor without dimensions; any other value as `in_sentence` has it."""
    match value:
        case Tensor(shape=(), elements=(element, *_)):
            return in_sentence(element)
    return in_sentence(value)


def shape_text(shape: Value) -> str:
    """A shape as a tuple: `(None, 3)`, also of a list or a TensorShape."""
    match shape:
        case Items(_, sizes, length):
            return short(Items("tuple", sizes, length))
        case Tensor(sizes):
            return short(Items("tuple", sizes, len(sizes)))
    return short(shape)


# -- as code ---------------------------------------------------------------------------------------


def named(
    pairs: Iterable[tuple[str, Value]], write: Callable[[Value], str] = in_sentence
) -> list[str]:
    """`a=1` and `b='x'`, the values worded by `write`."""
    return [f"{plain(name)}={write(value)}" for name, value in pairs]


def keywords(
    pairs: Iterable[tuple[str, Value]], write: Callable[[Value], str] = in_sentence
) -> str:
    """`a=1, b='x'`, the values worded by `write`."""
    return ", ".join(named(pairs, write))


def arguments(positional: Value, keyword: Value) -> str:
    """Arguments as in a call: `(64, activation='relu')`."""
    listed = [in_sentence(one) for one in positional.items] if isinstance(positional, Items) else []
    return f"({', '.join([*listed, *named(entries(keyword))])})"


def as_code(value: Instance) -> str:
    """An object as the call that creates it: `L2(l2=0.01)`."""
    return f"{plain(value.cls)}({settings(value)})"


def settings(value: Value) -> str:
    """The settings of an object, from its config: `l2=0.01`."""
    config = value.config if isinstance(value, Instance) else None
    return keywords(entries(config)) or "nothing to set"


def demands(spec: Value) -> dict[str, Value]:
    """The demands of an input spec (or its config), without those at None."""
    config = spec.config if isinstance(spec, Instance) else spec
    return {
        name: value
        for name, value in entries(config)
        # In Keras 3 a spec also says whether an input may be missing.
        if value is not None
        and not (isinstance(value, Mapping) and value.length == 0)
        and not (name == "optional" and value is False)
    }


def spec_text(spec: Value) -> str:
    """An input spec in a few words: `min_ndim=2, axes={-1: 3}`."""
    if isinstance(spec, Items):
        return "; ".join(map(spec_text, spec.items))
    return keywords(demands(spec).items()) or in_sentence(spec)


# -- lists of words --------------------------------------------------------------------------------


def joined(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; `none` when there is nothing."""
    listed = list(words)
    if len(listed) < 2:
        return listed[0] if listed else "none"
    return f"{', '.join(listed[:-1])} and {listed[-1]}"


def kernel_first(names: Iterable[str]) -> list[str]:
    """The names of weights, sorted, the kernel first."""
    return sorted(map(plain, names), key=lambda name: (not name.startswith("kernel"), name))


# -- queries of a step -----------------------------------------------------------------------------


def result(step: Step) -> Value:
    """The result of a step; None also when it raised."""
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


def is_plain(value: Value) -> bool:
    """Whether `Layer.__new__` can keep a value in an auto-config: text, numbers, booleans, None,
    and lists, tuples and dicts of such."""
    if isinstance(value, Items):
        return value.type in ("list", "tuple") and all(map(is_plain, value.items))
    if isinstance(value, Mapping):
        return all(is_plain(item) for _, item in value.entries)
    return value is None or isinstance(value, bool | int | float | str | Text | Number)


def children(step: Step, kind: str) -> tuple[Step, ...]:
    """The steps of a kind directly inside this one."""
    return tuple(child for child in step.children if child.kind == kind)


def first(step: Step, kind: str) -> Step | None:
    """The first step of a kind directly inside this one."""
    return next(iter(children(step, kind)), None)


def filling(step: Step) -> Step | None:
    """The step of the initializer that filled the weight of an `add_weight` step. In Keras 3 it is
    inside that of the variable."""
    made = first(step, "variable")
    return first(step if made is None else made, "initialize")


def came_from_inside(step: Step) -> bool:
    """Whether the error that ended this step was raised in a step inside it."""
    return any(child.error == step.error for child in step.children)


def dimensions(shape: Value) -> int | None:
    """How many dimensions a shape or a tensor has."""
    if isinstance(shape, Items):
        return shape.length
    return len(shape.shape) if isinstance(shape, Tensor) else None


def keras_source(point: str) -> str:
    """The source of a Keras hook point: `keras/engine/base_layer.py, Layer.build`; any other point
    unchanged."""
    parts = point.split(".")
    # Modules are lower case; after them comes a class, or a single function.
    inner = next(
        (i for i, part in enumerate(parts) if part.lstrip("_")[:1].isupper()), len(parts) - 1
    )
    if parts[0] != "keras" or inner < 2:
        return plain(point)
    package = "/__init__" if inner == 2 and parts[1] in PACKAGES else ""
    return plain(f"{'/'.join(parts[:inner])}{package}.py, {'.'.join(parts[inner:])}")


def written_in(step: Step, file: str) -> bool:
    """Whether the line that caused a step is in this file of Keras."""
    return step.where is not None and step.where.file.endswith(file)


def called_by(step: Step, function: str) -> bool:
    """Whether the line that caused a step is in a function whose name ends with `function`."""
    return step.where is not None and step.where.function.endswith(function)
