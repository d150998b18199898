"""Questions about weights: their shape, what fills them, and what their regularizer does."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Instance, Items, Tensor, Value
from densetrace.data.wording import described, given, plain, result
from densetrace.teach.quiz.kinds.arithmetic import SHAPES
from densetrace.teach.quiz.kinds.building import TOPIC
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.run import Run, name_of


def _sizes(value: Value) -> tuple[int | None, ...] | None:
    """A shape (of a tensor, a tuple or a list) as a tuple."""
    if isinstance(value, Tensor):
        return value.shape
    if not isinstance(value, Items) or len(value.items) != value.length:
        return None
    sizes = tuple(size for size in value.items if size is None or type(size) is int)
    return sizes if len(sizes) == value.length else None


def _shown(sizes: tuple[int | None, ...]) -> str:
    return str(sizes)


def _shape(step: Step, run: Run) -> Iterator[Draft]:
    """What is the shape of a weight of a Dense?"""
    outer, name = run.parent(step), given(step, "name")
    if outer is None or not outer.point.endswith(".Dense.build") or step.result is ABSENT:
        return
    shape, entering = _sizes(step.result), _sizes(given(outer, "input_shape"))
    kernel = run.first(outer, "add_weight")
    whole = _sizes(result(kernel)) if kernel is not None else None
    if not shape or not entering or whole is None or len(whole) != 2 or len(entering) < 2:
        return
    features, units = whole
    if name == "kernel":
        wrong = [
            Option(_shown((units, features)), "kernel-is-transposed"),
            Option(_shown((entering[0], units)), "batch-in-weights"),
            Option(_shown((units,))),
            Option(_shown((features,))),
        ]
        because = (
            f"One row for each of the {features} features, one column for each of {units} units."
        )
    elif name == "bias":
        wrong = [
            Option(_shown((features,))),
            Option(_shown((entering[0], units)), "batch-in-weights"),
            Option(_shown((features, units))),
            Option("()"),
        ]
        because = f"One number for each of the {units} units."
    else:
        return
    yield Draft(
        core=f"shape {name}",
        ask=f"{name_of(step)} has {units} unit{'s' * (units != 1)} and is built for input of "
        f"shape {_shown(entering)}. What is the shape of its {name}?",
        right=_shown(shape),
        wrong=tuple(wrong),
        hint="x has one example in each row. It is multiplied by the kernel, then the bias is "
        "added to each row.",
        because=because,
        proof=(step,),
    )


def _penalty(step: Step, run: Run) -> Iterator[Draft]:
    """A weight has a regularizer. What does `add_weight` do with it?"""
    regularizer = given(step, "regularizer")
    if not isinstance(regularizer, Instance) or step.error is not None:
        return
    if any(run.inside(step, "regularize")):
        return
    name = plain(given(step, "name"))
    yield Draft(
        core="penalty",
        ask=f"add_weight creates {name} with the regularizer {described(regularizer)}. What does "
        "it do with the regularizer?",
        right="it stores it and computes no penalty yet",
        wrong=(
            Option("it computes the penalty once and stores it", "penalty-at-build"),
            Option("it makes the initial values smaller with it"),
            Option("it adds the penalty to the layer's output"),
        ),
        hint="The penalty must change with the weight during training.",
        because="The penalty depends on the weight's current values, so it is computed when "
        "layer.losses is read.",
        proof=(step,),
    )


def _first_values(step: Step, run: Run) -> Iterator[Draft]:
    """What are the first values of a weight?"""
    outer, cls = run.parent(step), given(step, "class")
    if outer is None or outer.kind != "add_weight" or not isinstance(step.result, Tensor):
        return
    name, elements = plain(given(outer, "name")), step.result.elements
    known = {"Zeros": ("all zeros", 0), "Ones": ("all ones", 1)}
    if isinstance(cls, str) and cls in known:
        right, number = known[cls]
        if not elements or any(element != number for element in elements):
            return
        because = f"Its initializer is {cls}."
    elif given(step, "fan_in") is not None and len(set(elements)) > 1:
        right = "random numbers"
        because = f"{plain(cls)} draws random numbers, within limits that depend on the shape."
    else:
        return
    mistaken = {"all zeros": "weights-start-at-zero", "random numbers": "weights-start-random"}
    texts = ("all zeros", "random numbers", "all ones", "nothing, until training begins")
    yield Draft(
        core=f"first values {right}",
        ask=f"{name_of(outer)} fills its {name} with an instance of {plain(cls)}. What are the "
        f"initial values of {name}?",
        right=right,
        wrong=tuple(Option(text, mistaken.get(text, "")) for text in texts if text != right),
        hint="That depends on the initializer.",
        because=because,
        proof=(step,),
    )


def _fan_in(step: Step, run: Run) -> Iterator[Draft]:
    """What is the fan-in?"""
    shape, fan_in, fan_out = (
        _sizes(given(step, "shape")), given(step, "fan_in"), given(step, "fan_out")
    )  # fmt: skip
    if shape is None or len(shape) != 2 or type(fan_in) is not int or type(fan_out) is not int:
        return
    yield Draft(
        core="fan-in",
        ask=f"{plain(given(step, 'class'))} fills a kernel of shape {_shown(shape)}. What is the "
        "fan-in?",
        right=str(fan_in),
        wrong=(
            Option(str(fan_out), "fan-in-is-units"),
            Option(str(fan_in + fan_out)),
            Option(str(fan_in * fan_out)),
            Option("2"),
        ),
        hint="How many inputs does one unit have?",
        because=f"Each unit sums {fan_in} features. The fan-out is {fan_out}.",
        proof=(step,),
    )


KINDS: Final = (
    Kind("weight-shape", SHAPES, "what shape a weight has", ("add_weight",), _shape),
    Kind("penalty", TOPIC, "what add_weight does with a regularizer", ("add_weight",), _penalty),
    Kind("first-values", TOPIC, "the initial values of a weight", ("initialize",), _first_values),
    Kind("fan-in", TOPIC, "what the fan-in is", ("initialize",), _fan_in),
)
