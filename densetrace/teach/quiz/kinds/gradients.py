"""Questions about gradients, updates and constraints."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor, Value
from densetrace.data.wording import given, in_sentence, plain, result
from densetrace.teach.quiz.kinds.training import TOPIC, around, variable_of
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.run import Run, brief, name_of

MOST_GRADIENTS: Final = 20
"""The most gradients of one step that questions are about."""


def _items(value: Value) -> tuple[Value, ...]:
    """The items of a list or tuple that was recorded in full."""
    if isinstance(value, Items) and len(value.items) == value.length:
        return value.items
    return ()


def _shape(step: Step, run: Run) -> Iterator[Draft]:
    """What is the shape of the gradient of a weight?"""
    names, found = _items(given(step, "variables")), _items(result(step))
    if step.error is not None or len(names) != len(found):
        return
    batch = _batch_size(step, run)
    for name, gradient in zip(names[:MOST_GRADIENTS], found, strict=False):
        if not isinstance(name, str) or not isinstance(gradient, Tensor):
            continue
        layer, _, weight = plain(name.removesuffix(":0")).rpartition("/")
        shape = gradient.shape
        if weight == "kernel" and len(shape) == 2 and layer:
            features, units = shape
            size = f"{features} features and {units} unit{'s' * (units != 1)}"
            wrong = [
                Option("(): one number", "a-gradient-is-one-number"),
                Option(str((batch, *shape)), "a-gradient-for-each-example"),
                Option(str((units, features))),
                Option(str((batch, units))),
            ]
            because = "one number for each number in the kernel"
        elif weight == "bias" and len(shape) == 1 and layer:
            units = shape[0]
            size = f"{units} unit{'s' * (units != 1)}"
            wrong = [
                Option("(): one number", "a-gradient-is-one-number"),
                Option(str((batch, units)), "a-gradient-for-each-example"),
                Option(str((units, units))),
            ]
            because = "one number for each number in the bias"
        else:
            continue
        examples = "any number of examples" if batch is None else f"{batch} examples"
        yield Draft(
            core=f"gradient shape {weight}",
            ask=f"{layer} has {size}; a batch has {examples if batch != 1 else 'one example'}. "
            f"What is the shape of the gradient of its {weight}?",
            right=str(shape),
            wrong=tuple(wrong),
            hint="The gradient is subtracted from the weight.",
            because=f"A gradient has the shape of its weight: {because}. The loss is a single "
            "number for the whole batch.",
            proof=(step,),
        )


def _batch_size(step: Step, run: Run) -> int | None:
    """The number of examples in the batch; None if it is not known."""
    outer = around(run, step, "train_step")
    data = _items(given(outer, "data")) if outer is not None else ()
    first = data[0] if data else None
    return first.shape[0] if isinstance(first, Tensor) and first.shape else None


# -- updates ---------------------------------------------------------------------------------------


def _after(step: Step, run: Run) -> Iterator[Draft]:
    """What is a weight after its update?"""
    before, gradient = _first(given(step, "before")), _first(given(step, "gradient"))
    after, name = _first(step.facts.get("after")), variable_of(step)
    if before is None or gradient is None or after is None or not name:
        return
    moved = after - before
    shown = [in_sentence(number) for number in (after, before, before - moved, before - gradient)]
    if moved * gradient >= 0 or len(set(shown)) < len(shown):  # rounding hides the change
        return
    if around(run, step, "apply_gradients") is None:
        return
    yield Draft(
        core="value after an update",
        ask=f"{brief(step.point)} updates {name}. Its first number is {in_sentence(before)}, and "
        f"the gradient there is {in_sentence(gradient)}. What is the number after the update?",
        right=shown[0],
        wrong=(
            Option(shown[2], "an-update-follows-the-gradient"),
            Option(shown[3], "an-update-is-the-gradient"),
            Option(shown[1]),
            Option(in_sentence(gradient)),
        ),
        hint="The loss grows in the direction of the gradient, and an update is a small step.",
        because=f"It changes by {in_sentence(moved)}{_size_of_update(step, run, moved)}.",
        proof=(step,),
    )


def _size_of_update(step: Step, run: Run, moved: float) -> str:
    """How far an update goes: the learning rate times the gradient, or what another rule says."""
    rate, gradient = run.learning_rates.get(step.subject or ""), _first(given(step, "gradient"))
    before = _first(given(step, "before"))
    if rate is None or gradient is None or before is None:
        return _OPPOSITE
    rounding = max(_TOLERANCE * abs(moved), _EPSILON * abs(before))
    if abs(moved + rate * gradient) > rounding:
        return _OPPOSITE  # another rule, such as that of Adam
    return (
        f": {in_sentence(rate)} (the learning rate) times the gradient, in the opposite direction"
    )


_OPPOSITE: Final = ", in the direction opposite to the gradient"
_TOLERANCE: Final = 1e-3
_EPSILON: Final = 2.0**-22
"""The relative error of a sum of two float32 numbers, with a margin."""


def _first(value: Value) -> float | None:
    """The first number of a tensor of floats."""
    match value:
        case Tensor(elements=(float() as number, *_)):
            return number
    return None


# -- constraints -----------------------------------------------------------------------------------


def _constraint(step: Step, run: Run) -> Iterator[Draft]:
    """When does a constraint act?"""
    outer = around(run, step, "apply_gradients")
    if outer is None or step.error is not None:
        return
    updates = [*run.inside(outer, "update")]
    if not updates or run.position(updates[-1]) > run.position(step):
        return
    yield Draft(
        core="when a constraint acts",
        ask=f"A weight has the constraint {name_of(step)}. When is it applied in a training step?",
        right="after all updates, on the weight",
        wrong=(
            Option("before the update, on the gradient", "a-constraint-limits-the-gradient"),
            Option("in the forward pass, on the output"),
            Option("in the loss, as a penalty", "a-constraint-is-a-penalty"),
        ),
        hint="It brings values that left the bounds back.",
        because="It runs after all updates, and its result is assigned to the weight.",
        proof=(updates[-1], step),
    )


KINDS: Final = (
    Kind("gradient-shape", TOPIC, "what shape a gradient has", ("gradient",), _shape),
    Kind("update-value", TOPIC, "where an update leads", ("update",), _after),
    Kind("constraint-when", TOPIC, "when a constraint acts", ("constrain",), _constraint),
)
