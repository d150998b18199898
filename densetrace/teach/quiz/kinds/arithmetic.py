"""Questions that are answered by calculating: shapes and parameters of a model, and what changes
with the batch, the features or the units."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Tensor
from densetrace.data.wording import children, given, joined, plain, result
from densetrace.teach.quiz.kinds.construction import written
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.options import counted, fed
from densetrace.teach.quiz.run import Run, class_of, name_of

SHAPES: Final = "shapes"
PARAMETERS: Final = "parameters"

MOST_LAYERS: Final = 5
"""The most layers that a question lists."""


# -- models ----------------------------------------------------------------------------------------


def _layers(step: Step, run: Run) -> list[Step] | None:
    """The calls of the layers of a model in its first call with numbers, if the model is alone in
    the run and calls each of its layers once; else None."""
    call = run.first(step, "call")
    if call is None or step.error is not None or given(step, "mode") != "eager":
        return None
    if run.parent(step) is not None or any(
        given(one, "mode") == "eager" for one in run.about("invoke", step.subject)[:1]
        if one is not step
    ):  # fmt: skip
        return None
    called = [
        one
        for one in children(call, "invoke")
        if not run.is_internal(one) and given(one, "mode") == "eager"
    ]
    names = [one.subject for one in called]
    models = [one for one in run.trace.steps if one.kind == "add" and one.subject != step.subject]
    if not 1 < len(called) <= MOST_LAYERS or len(set(names)) != len(names) or models:
        return None
    # How a layer was constructed is not known if that was not recorded.
    is_known = all(run.about("new", name) for name in names)
    return called if is_known and set(names) >= run.layers else None


def _constructed(call: Step, run: Run) -> str:
    """A layer as it was constructed: `Dense(2, activation='softmax')`."""
    new = next(iter(run.about("new", call.subject)), None)
    return f"{plain(class_of(call))}()" if new is None else written(new)


def _listed(called: list[Step], run: Run) -> str:
    return joined(_constructed(one, run) for one in called)


def _model_shape(step: Step, run: Run) -> Iterator[Draft]:
    """What shape comes out of a model?"""
    called = _layers(step, run)
    entering, made = next(iter(step.inputs.values()), None), result(step)
    if called is None or not isinstance(entering, Tensor) or not isinstance(made, Tensor):
        return
    inner = [one.shape for layer in called if isinstance(one := result(layer), Tensor)]
    wrong = [Option(str(shape)) for shape in dict.fromkeys(inner[::-1]) if shape != made.shape]
    if made.shape and entering.shape:
        wrong.append(Option(str((*entering.shape[:-1], made.shape[-1]))))
    wrong += [Option(str(entering.shape)), Option(str(made.shape[1:]))]
    wrong += [Option(str((*made.shape, 1)))]
    yield Draft(
        core=f"model shape {len(called)}",
        ask=f"{name_of(step)} consists of {_listed(called, run)} and is called on "
        f"{fed(entering.shape)}. What is the shape of its output?",
        right=str(made.shape),
        wrong=tuple(wrong),
        hint="Follow the shape through the layers one by one.",
        because=f"The shapes after each layer: {', then '.join(map(str, inner))}.",
        proof=(step, *called),
    )


def _model_parameters(step: Step, run: Run) -> Iterator[Draft]:
    """How many parameters does a model have?"""
    called = _layers(step, run)
    entering = next(iter(step.inputs.values()), None)
    if called is None or not isinstance(entering, Tensor) or not entering.shape:
        return
    added = run.weights_until(step)
    tensors = [result(one) for one in added]
    sizes = [one.size for one in tensors if isinstance(one, Tensor)]
    if len(sizes) != len(added) or not any(sizes):
        return
    total = sum(sizes)
    biases = sum(
        size
        for one, size in zip(added, sizes, strict=True)
        if given(one, "name") in ("bias", "beta")
    )
    last = sum(
        size for one, size in zip(added, sizes, strict=True) if one.subject == added[-1].subject
    )
    batch = entering.shape[0] or 1
    wrong = (
        Option(f"{total * batch:,}", "batch-in-weights") if batch > 1 else Option(""),
        Option(f"{total - biases:,}") if biases else Option(""),
        Option(f"{last:,}") if last != total else Option(""),
        Option(f"{total + (entering.shape[-1] or 1):,}"),
        Option(f"{2 * total:,}"),
    )
    yield Draft(
        core=f"model parameters {len(called)}",
        ask=f"{name_of(step)} consists of {_listed(called, run)} and is called on "
        f"{fed(entering.shape)}. How many parameters does the model have?",
        right=f"{total:,}",
        wrong=wrong,
        hint="Count the numbers in the weights of each layer, then add them up.",
        because=f"Its weights: {joined(_sizes(added, sizes))}.",
        proof=tuple(added),
    )


def _sizes(added: list[Step], sizes: list[int]) -> Iterator[str]:
    for one, size in zip(added, sizes, strict=True):
        yield f"{plain(one.subject)}/{plain(given(one, 'name'))} {size:,}"


# -- one Dense -------------------------------------------------------------------------------------


def _kernel_and_bias(build: Step) -> tuple[tuple[int, int], list[Step]] | None:
    """The shape of the kernel of a Dense, and the steps that add its weights."""
    if build.error is not None or not build.point.endswith("core.dense.Dense.build"):
        return None
    added = list(children(build, "add_weight"))
    names = [given(one, "name") for one in added]
    kernel = result(added[0]) if added else None
    if names not in (["kernel"], ["kernel", "bias"]) or not isinstance(kernel, Tensor):
        return None
    if len(kernel.shape) != 2:
        return None
    features, units = kernel.shape
    return None if features is None or units is None else ((features, units), added)


def _one_more_unit(step: Step, run: Run) -> Iterator[Draft]:
    """How many parameters does one more unit cost?"""
    known = _kernel_and_bias(step)
    if known is None:
        return
    (features, units), added = known
    bias = len(added) > 1
    right = features + bias
    yield Draft(
        core=f"one more unit {bias}",
        ask=f"{name_of(step)} is built with {counted(units, 'unit')} for "
        f"{counted(features, 'feature')} and has {'a' if bias else 'no'} bias. How many more "
        "parameters would it have with one more unit?",
        right=f"{right:,}",
        wrong=(
            Option(f"{features + (not bias):,}", "" if bias else "bias-is-always-there"),
            Option("1"),
            Option(f"{units:,}"),
            Option(f"{(units + 1) * right:,}"),
            Option(f"{right + units:,}"),
        ),
        hint="Each unit has its own column in the kernel.",
        because=f"A unit has one number for each of the {counted(features, 'feature')}"
        + (", and one in the bias." if bias else "; there is no bias."),
        proof=tuple(added),
    )


_WHICH: Final = {
    "batch": "its output",
    "features": "its kernel",
    "units": "all three of them",
}


def _which_shapes(step: Step, run: Run) -> Iterator[Draft]:
    """Which shapes change with the batch, the features, or the units?"""
    build, call = run.first(step, "build"), run.first(step, "call")
    entering = next(iter(step.inputs.values()), None)
    known = None if build is None else _kernel_and_bias(build)
    if (
        call is None
        or known is None
        or not isinstance(entering, Tensor)
        or len(entering.shape) != 2
    ):
        return
    (features, units), added = known
    batch = entering.shape[0]
    if batch is None or len(added) != 2 or step.error is not None or batch == 0:
        return
    changes = {
        "batch": f"a batch of {batch + 1} instead of {batch}",
        "features": f"{counted(features + 1, 'feature')} instead of {features}",
        "units": f"{counted(units + 1, 'unit')} instead of {units}",
    }
    for what, change in changes.items():
        wrong = [Option(text) for other, text in _WHICH.items() if other != what]
        if what == "batch":
            wrong.append(Option("its output and its kernel", "batch-in-weights"))
        else:
            wrong.append(Option("its kernel and its bias"))
        yield Draft(
            core=f"which shapes {what}",
            ask=f"{name_of(step)} has a kernel, a bias and an output, and is called on "
            f"{fed(entering.shape)}. Suppose it were built and called with {change}. What would "
            "have a different shape?",
            right=_WHICH[what],
            wrong=tuple(wrong),
            hint="The kernel has the shape (features, units).",
            because=_BECAUSE[what],
            proof=(call, *added),
        )


_BECAUSE: Final = {
    "batch": "Only the first size of the output is the batch size. No weight's shape contains it.",
    "features": "Only the kernel has a size for the features: the number of rows.",
    "units": "For each unit the kernel and the output have a column, and the bias has a number.",
}


KINDS: Final = (
    Kind("model-shape", SHAPES, "what shape a model returns", ("invoke",), _model_shape, True),
    Kind("which-shapes", SHAPES, "which shapes change", ("invoke",), _which_shapes),
    Kind("model-parameters", PARAMETERS, "how many parameters a model has", ("invoke",),
         _model_parameters, True),
    Kind("one-more-unit", PARAMETERS, "what one more unit costs", ("build",), _one_more_unit),
)  # fmt: skip
