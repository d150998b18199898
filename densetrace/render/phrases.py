"""How a step reads in one line: `matmul(f32[2,3], f32[3,64]) → f32[2,64]`, as parts with roles."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

from densetrace.data.trace import ABSENT, Absent, Error, Step
from densetrace.data.values import Instance, Items, Mapping, Tensor, Value
from densetrace.data.wording import (
    LONGEST_STRING,
    LONGEST_VALUE,
    outcome,
    shape_text,
)
from densetrace.data.wording import short as told
from densetrace.kinds.spans import ARROW, SPACE, Part, Parts, part
from densetrace.system.escape import shortened

LONGEST_MESSAGE: Final = 600

MADE_BY_KERAS: Final = ("InputLayer",)
"""Classes whose objects nobody asked for."""

USUAL: Final[dict[str, Value]] = {
    "trainable": True,
    "name": None,
    "dtype": None,
    "dynamic": False,
}
"""What `Layer.__init__` is given when nobody says otherwise; not worth a reader's time."""


def error_text(error: Error) -> str:
    """An error on one line, as Python would show it."""
    message = shortened(" ".join(error.message.split()), LONGEST_MESSAGE)
    return f"{error.type}: {message}" if message else error.type


def _empty(value: Value) -> bool:
    return value is None or (isinstance(value, Mapping | Items) and value.length == 0)


# -- pieces ---------------------------------------------------------------------------------------


_EQUALS: Final = Part(" = ")


def called(name: str, arguments: Iterable[str], after: Iterable[Part] = ()) -> Parts:
    """`name(argument, argument)`."""
    return (
        part(name if len(name) <= LONGEST_VALUE else shortened(name, LONGEST_VALUE), "call"),
        part(f"({', '.join(arguments)})", "value"),
        *after,
    )


def gives(step: Step) -> Parts:
    """` → result`; nothing when the step raised."""
    if step.result is ABSENT:
        return ()
    return SPACE, ARROW, SPACE, part(outcome(step.result), "result")


def assigned(name: str) -> Parts:
    """`name = `."""
    return part(name, "name"), _EQUALS


def point_end(step: Step, parts: int) -> str:
    """The last parts of a hook point: `Dense.build`."""
    return _end(step.point, parts)


@lru_cache(maxsize=1024)
def _end(point: str, parts: int) -> str:
    return ".".join(point.split(".")[-parts:])


def subject(step: Step) -> str:
    """Whom a step is about; its class when that is not known."""
    name = step.subject or point_end(step, 2).partition(".")[0]
    return shortened(name, LONGEST_STRING)


def _positional(value: Value) -> list[str]:
    return [told(item) for item in value.items] if isinstance(value, Items) else []


def _named(values: dict[str, Value]) -> list[str]:
    return [f"{key}={told(item)}" for key, item in values.items()]


def _strings(value: Value) -> Iterator[tuple[str, Value]]:
    """The entries of a dict with keyword arguments."""
    if isinstance(value, Mapping):
        for key, item in value.entries:
            yield (key if isinstance(key, str) else told(key)), item


def _kept(values: dict[str, Value], usual: dict[str, Value]) -> dict[str, Value]:
    """The values that are not what they usually are."""
    return {
        name: value
        for name, value in values.items()
        if name not in usual or value is not usual[name]
    }


def arguments_given(step: Step) -> list[str]:
    """The arguments of a construction, as they were written."""
    keywords = step.inputs.get("kwargs")
    named = _named(_worth_telling(step, dict(_strings(keywords))))
    return _positional(step.inputs.get("args")) + named


# -- kinds ----------------------------------------------------------------------------------------


def _new(step: Step) -> Parts:
    name = step.inputs.get("class")
    first = name if isinstance(name, str) else told(name)
    return called(point_end(step, 2), [first, *arguments_given(step)])


def _layout(step: Step) -> Parts:
    return called(point_end(step, 1), arguments_given(step))


def _init(step: Step) -> Parts:
    given = _kept(step.inputs, USUAL)
    if given.get("args") == Items("tuple", (), 0):
        del given["args"]
    return called(point_end(step, 2), _named(_worth_telling(step, given)))


def _worth_telling(step: Step, given: dict[str, Value]) -> dict[str, Value]:
    """The arguments; without None for an object that Keras makes for itself, spelling all out."""
    if step.inputs.get("class", step.facts.get("class")) not in MADE_BY_KERAS:
        return given
    return {name: value for name, value in given.items() if value is not None}


def init_in_full(step: Step) -> Parts:
    """An `__init__` with every argument, defaults filled in."""
    return called(point_end(step, 2), _named(step.inputs))


def _get(step: Step) -> Parts:
    identifiers = [told(value) for value in step.inputs.values()]
    return *called(point_end(step, 2), identifiers, gives(step)), *_settings(step.result)


def _settings(value: Value | Absent) -> Parts:
    """How an object that was found is set: `  (l2=0.01)`."""
    if not isinstance(value, Instance) or value.config is None:
        return ()
    settings = {key: item for key, item in _strings(value.config) if not _empty(item)}
    if "learning_rate" in settings:  # of an optimizer's many, the one that people set
        settings = {"learning_rate": settings["learning_rate"]}
    told_settings = ", ".join(f"{key}={_number(item)}" for key, item in settings.items())
    return (part(f"  ({told_settings})", "aside"),) if settings else ()


def _number(value: Value) -> str:
    """A scalar tensor as its number alone."""
    match value:
        case Tensor(shape=(), elements=(element,)):
            return told(element)
    return told(value)


def _deserialize(step: Step) -> Parts:
    name = step.point.partition(".saving.")[2] or point_end(step, 2)
    return called(name, [told(value) for value in step.inputs.values()], gives(step))


def _assign(step: Step) -> Parts:
    name, value = step.inputs.get("name"), step.inputs.get("value")
    stood = step.inputs.get("before")
    parts = (*assigned(name if isinstance(name, str) else told(name)), part(told(value), "result"))
    if "before" in step.inputs and stood != value and stood is not None:
        return *parts, part(f"  (was {told(stood)})", "aside")
    return parts


def _name(step: Step) -> Parts:
    base = step.inputs.get("base")
    parts = (*assigned("name"), *_result(step))
    if step.result == base:
        return parts
    return *parts, part(f"  ({told(base)} is taken)", "aside")


def _result(step: Step) -> Parts:
    return () if step.result is ABSENT else (part(outcome(step.result), "result"),)


def _build(step: Step) -> Parts:
    shapes = [shape_text(value) for value in step.inputs.values()]
    return called(f"{subject(step)}.build", shapes)


def _add_weight(step: Step) -> Parts:
    names = [told(step.inputs.get("name"))]
    given = {name: step.inputs.get(name) for name in ("regularizer", "constraint")}
    kept = _kept(given, {"regularizer": None, "constraint": None})
    if step.inputs.get("trainable") is False:
        kept["trainable"] = False
    return called("add_weight", names + _named(kept), gives(step))


def _initialize(step: Step) -> Parts:
    shape = [shape_text(step.inputs["shape"])] if "shape" in step.inputs else []
    return called(subject(step), shape, gives(step))


def _invoke(step: Step) -> Parts:
    parts = called(f"{point_end(step, 2)}", [subject(step), *_inputs(step)], gives(step))
    if step.facts.get("mode") == "symbolic":
        return *parts, part("  (symbolic)", "aside")
    return parts


def _inputs(step: Step) -> list[str]:
    """The inputs of a call; what was left at None is not told."""
    names = list(step.inputs)
    first = [told(step.inputs[name]) for name in names[:1]]
    rest = {name: step.inputs[name] for name in names[1:] if step.inputs[name] is not None}
    return first + _named(rest)


def _check(step: Step) -> Parts:
    verdict = "fits" if step.facts.get("verdict") == "fits" else "does not fit"
    shape, spec = shape_text(step.inputs.get("shape")), told(step.inputs.get("spec"))
    return (
        part("check", "call"),
        SPACE,
        part(spec, "value"),
        part(" against shape "),
        part(shape, "value"),
        part(": "),
        part(verdict, "result" if verdict == "fits" else "error"),
    )


def _call(step: Step) -> Parts:
    return called(f"{subject(step)}.call", _inputs(step), gives(step))


def _op(step: Step) -> Parts:
    return called(point_end(step, 1), _operands(step), gives(step))


def _operands(step: Step) -> list[str]:
    """Tensors by place, anything else by name; what was left at None is not told."""
    return [
        told(value) if isinstance(value, Tensor) else f"{name}={told(value)}"
        for name, value in step.inputs.items()
        if value is not None
    ]


def _activation(step: Step) -> Parts:
    tensors = [told(value) for value in step.inputs.values() if isinstance(value, Tensor)]
    return called(point_end(step, 1), tensors, gives(step))


def _of_object(step: Step) -> Parts:
    """A regularizer or a constraint at work: `L2#1(f32[3,3]) → f32[] = 0.02`."""
    return called(subject(step), map(told, step.inputs.values()), gives(step))


def _method(step: Step) -> Parts:
    """A method of a model: `sequential.add(dense)`."""
    # 0 shards is what `compile` takes when nobody says anything.
    given = {name: value for name, value in step.inputs.items() if value != 0 and not _empty(value)}
    positional = [told(given.pop("layer"))] if "layer" in given else []
    return called(f"{subject(step)}.{point_end(step, 1)}", positional + _named(given))


_PHRASES: Final[dict[str, Callable[[Step], Parts]]] = {
    "new": _new,
    "layout": _layout,
    "init": _init,
    "get": _get,
    "deserialize": _deserialize,
    "assign": _assign,
    "name": _name,
    "build": _build,
    "add_weight": _add_weight,
    "initialize": _initialize,
    "invoke": _invoke,
    "check": _check,
    "call": _call,
    "op": _op,
    "activation": _activation,
    "regularize": _of_object,
    "constrain": _of_object,
    "add": _method,
    "pop": _method,
    "compile": _method,
}


def label(step: Step) -> Parts:
    """A step in one line."""
    return _PHRASES[step.kind](step)
