"""A layer is called: `invoke`, which is `__call__`, the `check` of its input, and `call`."""

from collections.abc import Iterable
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor, Value
from densetrace.data.wording import shape_text, short
from densetrace.kinds.kind import Kind, Setting, by_class_and_object
from densetrace.kinds.label import called, gives, method_only, named, point_end, subject
from densetrace.kinds.spans import SPACE, Spans, span


def _inputs(step: Step) -> list[str]:
    """The inputs of a call, without those left at None and an empty `*args`."""
    names = list(step.inputs)
    first = [short(step.inputs[name]) for name in names[:1]]
    rest = {name: step.inputs[name] for name in names[1:]}
    passed = {name: value for name, value in rest.items() if not _is_left_out(value)}
    return first + named(passed)


def _is_left_out(value: Value) -> bool:
    return value is None or (isinstance(value, Items) and not value.items)


def passed(step: Step) -> dict[str, Value]:
    """The inputs of an `invoke`, by name: `x`, or for several tensors that were passed by position
    the parameters of `call`."""
    first = next(iter(step.inputs.values()), None)
    others = [
        value
        for name, value in step.inputs.items()
        if name.startswith("args[") and isinstance(value, Tensor)
    ]
    call = next((child for child in step.children if child.kind == "call"), None)
    if not others:
        return {"x": first}
    numbered = [f"x{number}" for number in range(1, len(others) + 2)]
    names = list(numbered if call is None else call.inputs)
    return dict(zip(names, [first, *others], strict=False))


def is_symbolic(step: Step) -> bool:
    """Whether a layer was called on symbolic tensors."""
    return step.facts.get("mode") == "symbolic"


def _invoke(step: Step) -> Spans:
    spans = called(point_end(step, 2), [subject(step), *_inputs(step)], gives(step))
    if is_symbolic(step):
        return *spans, span("  (symbolic)", "aside")
    return spans


def _invoke_only(step: Step) -> Spans:
    return called(point_end(step, 2), (subject(step), "..."))


def _output(step: Step) -> Iterable[Setting]:
    return (Setting("output"),)


def _check(step: Step) -> Spans:
    verdict = "fits" if step.facts.get("verdict") == "fits" else "does not fit"
    shape, spec = shape_text(step.inputs.get("shape")), short(step.inputs.get("spec"))
    return (
        span("check", "call"),
        SPACE,
        span(spec, "value"),
        span(" against shape "),
        span(shape, "value"),
        span(": "),
        span(verdict, "result" if verdict == "fits" else "error"),
    )


def _call(step: Step) -> Spans:
    return called(f"{subject(step)}.call", _inputs(step), gives(step))


KINDS: Final = (
    Kind(
        name="invoke",
        label=_invoke,
        short_label=_invoke_only,
        level="user",
        act="call",
        sets=_output,
        identity=by_class_and_object,
        takes_input=True,
        goes_by_any_name=True,
    ),
    Kind(
        name="check",
        label=_check,
        once=True,
        not_said=frozenset(("layer",)),
    ),
    Kind(
        name="call",
        label=_call,
        short_label=method_only,
        level="user",
        identity=by_class_and_object,
        takes_input=True,
        goes_by_any_name=True,
    ),
)
