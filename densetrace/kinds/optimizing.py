"""Weights are updated: `minimize`, the `gradient` of a tape with its `backward` operations, and
`apply_gradients` with what it does to each variable."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Final, TypeGuard

from densetrace.data.numbers import array_text, first_text
from densetrace.data.steps import Absent, Step
from densetrace.data.values import Items, Mapping, Tensor, Value
from densetrace.data.wording import number, plain, short
from densetrace.kinds.fitting import variable_set
from densetrace.kinds.kind import (
    RESULT,
    Effect,
    Held,
    Kind,
    Setting,
    by_kind_and_point,
    loosely_by_point,
    of_base_class,
)
from densetrace.kinds.label import (
    called,
    gives,
    method_only,
    named,
    object_called,
    point_end,
    strings,
    subject,
)
from densetrace.kinds.spans import ARROW, SPACE, Spans, span


def variable_of(step: Step) -> str | None:
    """The name of the variable that a step is about: `dense/kernel`."""
    name = step.inputs.get("variable", step.facts.get("variable"))
    return name.removesuffix(":0") if isinstance(name, str) else None


def _variables(step: Step) -> list[str]:
    listed = step.inputs.get("variables")
    if not isinstance(listed, Items):
        return []
    return [plain(name).removesuffix(":0") for name in listed.items]


def _optimizer(step: Step) -> Spans:
    """A method of an optimizer with the variables it gets: `SGD#1.minimize(dense/kernel, ...)`."""
    return called(f"{subject(step)}.{point_end(step, 1)}", _variables(step))


def _built_before(step: Step, parent: Step | None) -> bool:
    """Whether nothing was left to build."""
    return parent is not None and not any(one.kind == "slot" for one in step.walk())


def _acts_not(step: Step, parent: Step | None) -> bool:
    """Whether a step did nothing, since nothing was set: to clip, to decay or to average."""
    settings = step.facts.get("settings")
    is_set = isinstance(settings, Mapping) and settings.length > 0
    return parent is not None and step.error is None and not is_set and not step.children


# -- gradients -------------------------------------------------------------------------------------


def _gradient(step: Step) -> Spans:
    sources = step.inputs.get("sources")
    target = short(step.inputs.get("target"))
    listed = _variables(step) or [short(sources)]
    words = called(point_end(step, 2), [target, *listed])
    return *words, *gives_gradients(step)


def gives_gradients(step: Step) -> Spans:
    """` → [f32[3,2], f32[2]]`; of a result that is no list, as `gives` has it."""
    result = step.result
    if not isinstance(result, Items) or result.type != "list":
        return gives(step)
    return SPACE, ARROW, SPACE, span(gradients_in(result), "result")


def gradients_in(value: Value) -> str:
    """A list of gradients: `[f32[3,2], f32[2] (0.1, 0.2)]`; any other value in short."""
    if not isinstance(value, Items):
        return short(value)
    more = ", ..." if value.length > len(value.items) else ""
    return f"[{', '.join(map(_with_numbers, value.items))}{more}]"


def gradient_names(step: Step) -> tuple[str, ...]:
    """The names of the variables whose gradients a `gradient` step computes."""
    return tuple(_variables(step))


def _gradients(step: Step) -> Iterable[Setting]:
    return [Setting(f"gradient of {name}") for name in dict.fromkeys(_variables(step))]


def _in_list(step: Step, name: str) -> Held:
    listed = [f"gradient of {one}" for one in _variables(step)]
    return Held("result", entries=(listed.index(name),))


def tensors_in(value: Value | Absent) -> Iterator[Tensor]:
    """The tensors in a value, also in lists in it."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Items):
        for item in value.items:
            yield from tensors_in(item)


def operation_name(step: Step) -> str:
    """The name of the operation whose gradient a `backward` step computes: `matmul`."""
    return plain(step.inputs.get("operation")).rpartition(".")[2]


def _backward(step: Step) -> Spans:
    """The gradient of one operation: `backward of matmul(f32[5,3]) → f32[4,3], f32[5,4]`."""
    where = step.facts.get("object") if step.facts.get("inside") == "call" else None
    return (
        span("backward of ", "text"),
        span(operation_name(step), "call"),
        *((span(f" in {plain(where)} "),) if isinstance(where, str) else ()),
        *flow(step),
    )


def flow(step: Step) -> Spans:
    """The gradients that a `backward` step got and returned: `(f32[5,3]) → f32[4,3], f32[5,4]`."""
    shown = ", ".join(map(_with_numbers, tensors_in(step.result)))
    upstream = ", ".join(map(short, tensors_in(step.inputs.get("upstream"))))
    words = (span(f"({upstream})", "value"),)
    return (*words, SPACE, ARROW, SPACE, span(shown, "result")) if shown else words


_SHOWN_INSIDE: Final = ("call", "train_step", None)


def _answers_inner(step: Step, parent: Step | None) -> bool:
    """Whether the operation of the forward pass is one of those that a function of Keras consists
    of, and so has no line either."""
    return step.facts.get("inside") not in _SHOWN_INSIDE


def _by_operation(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.inputs.get("operation")


# -- updates ---------------------------------------------------------------------------------------


def _slot(step: Step) -> Spans:
    names = [short(step.inputs[one]) for one in ("name", "variable") if one in step.inputs]
    return called(f"{subject(step)}.{point_end(step, 1)}", names, gives(step))


def _by_slot(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.inputs.get("name"), step.inputs.get("variable")


def _with_settings(step: Step) -> Spans:
    settings = step.facts.get("settings")
    shown = named(dict(strings(settings)))
    return called(f"{subject(step)}.{point_end(step, 1)}", shown)


def _update(step: Step) -> Spans:
    """One variable: `SGD#1.update_step(dense/bias)  now [0.01, -0.02]  (was [0, 0])`."""
    name = variable_of(step)
    gradient = step.inputs.get("gradient")
    before, after = step.inputs.get("before"), step.facts.get("after")
    most = _most(gradient, before, after)
    shown = [name or "a variable", *([f"gradient={numbers(gradient, most)}"] if gradient else [])]
    words = called(f"{subject(step)}.{point_end(step, 1)}", shown)
    if has_numbers(before) and has_numbers(after):
        words = *words, span("  now "), *_change(before, after, most)
    for fact, how in (("with", "with"), ("then", "then")):
        if isinstance(cause := step.facts.get(fact), str):
            words = *words, span(f"  ({how} {cause})", "aside")
    return words


def _constrain(step: Step) -> Spans:
    """The constraint of a variable: `MaxNorm#1(dense/kernel) → [0.5]  (was [0.98])`."""
    name = variable_of(step)
    if name is None:
        return called(subject(step), map(short, step.inputs.values()), gives(step))
    words = called(subject(step), [plain(name)])
    before, after = step.facts.get("before"), step.facts.get("after")
    if not has_numbers(after):
        return *words, *gives(step)
    most = _most(before, after)
    if has_numbers(before):
        return *words, SPACE, ARROW, SPACE, *_change(before, after, most)
    return *words, SPACE, ARROW, SPACE, span(numbers(after, most), "result")


def _change(before: Value, after: Value, most: int) -> Spans:
    """`[0.01, -0.02]  (was [0, 0])`."""
    was = span(f"  (was {numbers(before, most)})", "aside")
    return span(numbers(after, most), "result"), was


def _constrains(step: Step, name: str) -> tuple[Effect, Effect]:
    return (
        Effect("applies", f"the constraint {plain(step.subject)}"),
        Effect("skips", f"the constraint {plain(step.subject)}"),
    )


def _most(*values: Value) -> int:
    """How many numbers of each are shown in one line: of all as many."""
    kept = [len(value.elements) for value in values if has_numbers(value)]
    return min([_MOST_NUMBERS, *kept])


def has_numbers(value: Value | Absent) -> TypeGuard[Tensor]:
    """Whether a value is a tensor whose numbers, at least the first, were recorded."""
    return isinstance(value, Tensor) and bool(value.elements)


_MOST_NUMBERS: Final = 6
FEW: Final = 4
"""A tensor of this many numbers has them in a label."""


def numbers(value: Value, most: int = _MOST_NUMBERS) -> str:
    """The first numbers of a tensor in a line: `[[0.1, -0.2], ...]`."""
    if not has_numbers(value):
        return short(value)
    return number(value) if value.shape == () else first_text(value, most)


def _with_numbers(value: Value) -> str:
    """A tensor of few numbers with all of them: `f32[2,1] = [[4], [8]]`; any other value in
    short."""
    shown = short(value)
    if isinstance(value, Tensor) and value.shape and 0 < value.size <= len(value.elements[:FEW]):
        return f"{shown} = {array_text(value)}"
    return shown


def _updated(step: Step) -> Iterable[Setting]:
    name = variable_of(step)
    return () if name is None or "after" not in step.facts else variable_set(name)


def _in_after(step: Step, name: str) -> Held:
    return Held("fact", "after")


def _by_variable(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.inputs.get("variable")


def _updates(step: Step, name: str) -> tuple[Effect, Effect]:
    variable = plain(variable_of(step) or "a variable")
    return Effect("updates", variable), Effect("leaves", f"{variable} as it is")


_RESULT: Final = frozenset((RESULT,))  # an operation of a graph, or None

KINDS: Final = (
    Kind(
        name="minimize",
        label=_optimizer,
        short_label=method_only,
        level="user",
        not_compared=_RESULT,
    ),
    Kind(name="compute_gradients", label=_optimizer, short_label=method_only),
    Kind(
        name="gradient",
        label=_gradient,
        sets=_gradients,
        holds=_in_list,
        identity=by_kind_and_point,
        loose_identity=loosely_by_point,
    ),
    Kind(
        name="backward",
        label=_backward,
        is_repeated=_answers_inner,
        is_inner=_answers_inner,
        identity=_by_operation,
        not_said=frozenset(("answers",)),  # the number of a step
    ),
    Kind(
        name="apply_gradients",
        label=_optimizer,
        short_label=method_only,
        hands_on=of_base_class,
        not_compared=_RESULT,
    ),
    Kind(
        name="optimizer_build",
        label=_optimizer,
        short_label=method_only,
        is_repeated=_built_before,
        hands_on=of_base_class,
        identity=by_kind_and_point,
    ),
    Kind(name="slot", label=_slot, hands_on=of_base_class, identity=_by_slot),
    Kind(
        name="clip",
        label=_with_settings,
        short_label=method_only,
        is_repeated=_acts_not,
    ),
    Kind(
        name="weight_decay",
        label=_with_settings,
        short_label=method_only,
        is_repeated=_acts_not,
    ),
    Kind(
        name="update",
        label=_update,
        level="user",
        sets=_updated,
        holds=_in_after,
        effect=_updates,
        identity=_by_variable,
        not_compared=_RESULT,
    ),
    Kind(
        name="constrain",
        label=_constrain,
        sets=_updated,
        holds=_in_after,
        effect=_constrains,
        acts_for_object=True,
    ),
    Kind(name="average", label=_optimizer, short_label=method_only, is_repeated=_acts_not),
    Kind(name="finalize", label=_optimizer, short_label=method_only, is_repeated=_acts_not),
    Kind(name="schedule", label=object_called, acts_for_object=True),
)
