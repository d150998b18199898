"""Questions about layers of any class: what shape comes out, what they learn, and what training
changes."""

import math
from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor, Value
from densetrace.data.wording import given, joined, plain, result
from densetrace.teach.quiz.kinds.arithmetic import PARAMETERS, SHAPES
from densetrace.teach.quiz.kinds.construction import written
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.options import fed_together
from densetrace.teach.quiz.run import Run, class_of, name_of

TOPIC: Final = "layers"

_Sizes = tuple[int | None, ...]

_OF_KERAS: Final = ("keras.layers.", "keras.engine.base_layer.")


def _is_of_keras(call: Step | None) -> bool:
    """Whether it is known which code ran: a `call` of one of Keras's own layers."""
    return call is not None and call.point.startswith(_OF_KERAS) and call.error is None


def _shapes_of(value: Value) -> list[_Sizes]:
    """The shapes of a tensor, or of a list of tensors."""
    if isinstance(value, Tensor):
        return [value.shape]
    items = value.items if isinstance(value, Items) else ()
    return [item.shape for item in items if isinstance(item, Tensor)]


def _made(step: Step, run: Run) -> str:
    """A layer with the call that created it: `permute is Permute((2, 1))`; empty if that was
    not recorded."""
    new = next(iter(run.about("new", step.subject)), None)
    if new is None:
        return ""
    return f"{name_of(step)} is {written(new)}"


def _product(sizes: _Sizes) -> int | None:
    return math.prod(size or 0 for size in sizes) if None not in sizes else None


# -- shapes ----------------------------------------------------------------------------------------


def _shape(step: Step, run: Run) -> Iterator[Draft]:
    """What shape comes out of a layer that changes shapes, or of one that keeps them?"""
    made, call = result(step), run.first(step, "call")
    entering = _shapes_of(next(iter(step.inputs.values()), None))
    if not isinstance(made, Tensor) or not entering or not _is_of_keras(call):
        return
    cls, first = class_of(step), entering[0]
    reason = _because(cls, first, made.shape)
    if reason is None or not _made(step, run):
        return
    wrong = list(_wrong_shapes(cls, entering, made.shape))
    wrong += [Option(str(first)), Option(str(first[1:])), Option(str((*first, 1)))]
    yield Draft(
        core=f"layer shape {cls}",
        ask=f"{_made(step, run)} and is called on {fed_together(entering)}. What is the shape of "
        "its output?",
        right=str(made.shape),
        wrong=tuple(wrong),
        hint="The first axis is the batch.",
        because=reason,
        proof=(step,),
    )


def _wrong_shapes(cls: str, entering: list[_Sizes], made: _Sizes) -> Iterator[Option]:
    """Shapes that a mistake leads to."""
    first = entering[0]
    whole = _product(first)
    if cls == "Flatten" and whole is not None:
        yield Option(str((whole,)), "flatten-joins-the-batch")
        yield Option(str((*first[:-2], math.prod(size or 0 for size in first[-2:]), 1)))
    elif cls == "Reshape":
        yield Option(str(made[1:]), "shapes-have-no-batch")
    elif cls == "Permute":
        yield Option(str(first[::-1]), "permute-moves-the-batch")
    elif cls == "RepeatVector":
        yield Option(str((made[1], *first)))
        yield Option(str((first[0], (first[-1] or 0) * (made[1] or 0))))
    elif cls == "Embedding":
        yield Option(str((*first[:-1], made[-1])))
        yield Option(str((first[0], made[-1])))
    elif cls in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        yield Option(str((*first[:-1], sum(shape[-1] or 0 for shape in entering))), "add-joins")
        yield Option(str((len(entering), *first)))
    elif cls == "Concatenate":
        yield Option(str(first), "concatenate-adds")
        yield Option(str((len(entering), *first)))
    elif cls in _RECURRENT:
        if len(made) < len(first):
            yield Option(str((*first[:-1], made[-1])))
        else:
            yield Option(str((first[0], made[-1])))
        yield Option(str((first[0], (first[1] or 0) * (made[-1] or 0))))
    elif cls in _WITH_FILTERS:
        yield Option(str((*first[:-1], made[-1])))
        yield Option(str((*made[:-1], first[-1])))
    elif cls in ("DepthwiseConv1D", "DepthwiseConv2D"):
        yield Option(str((*first[:-1], made[-1])))
        yield Option(str((*made[:-1], 1)))
    elif cls == "Dot":
        yield Option(str(first), "dot-keeps-the-shape")
        yield Option(str((first[0], first[0])))
    else:
        yield Option(str((*first[:-1], 1)))
        yield Option(str((first[0],)))


def _because(cls: str, entering: _Sizes, made: _Sizes) -> str | None:
    """Why the output of a layer has its shape; None for a layer without such a question."""
    if cls in _RECURRENT:
        return _LAST_STEP if len(made) < len(entering) else _EACH_STEP
    return _BECAUSE.get(cls)


_RECURRENT: Final = ("SimpleRNN", "LSTM", "GRU")
_LAST_STEP: Final = (
    "It returns only the output of the last time step, so there is no time axis. The output has a "
    "number for each unit."
)
_EACH_STEP: Final = (
    "With return_sequences=True there is an output for each time step, with a number for each unit."
)
_WITH_FILTERS: Final = (
    "Conv1D", "Conv2D", "Conv1DTranspose", "Conv2DTranspose", "SeparableConv1D", "SeparableConv2D",
)  # fmt: skip
_WINDOWS: Final = "Each window becomes one number for each"
_SAME: Final = "It changes numbers, not the shape."
_MERGED: Final = "Elements at the same position become one element."
_BECAUSE: Final = {
    "Flatten": "The batch axis stays. All others become one.",
    "Reshape": "The target shape comes after the batch axis, which stays.",
    "Permute": "dims gives the new order of the axes after the batch, which stays first.",
    "RepeatVector": "The copies go along a new axis after the batch.",
    "Embedding": "Each index becomes a row, so there is one more axis.",
    **dict.fromkeys(
        ("Attention", "AdditiveAttention"),
        "Each position of the query gets a weighted mean of the values.",
    ),
    "CategoryEncoding": "A vector has a place for each of num_tokens numbers.",
    "EinsumDense": "The letters after -> in the equation are the axes of the output.",
    "MultiHeadAttention": (
        "Each position of the query gets a vector, of the size of the query unless output_shape "
        "sets another one."
    ),
    "Concatenate": "The sizes along its axis add up.",
    "Dot": "The summed axes disappear. At least one axis besides the batch stays.",
    "TimeDistributed": "The layer inside is applied to each time step; the time axis stays.",
    **dict.fromkeys(
        ("Conv1D", "Conv2D", "SeparableConv1D", "SeparableConv2D"),
        f"{_WINDOWS} filter: the filters are the new channels.",
    ),
    **dict.fromkeys(
        ("Conv1DTranspose", "Conv2DTranspose"),
        "Each number is spread over a window of the output, and the windows are strides apart. The "
        "filters are the new channels.",
    ),
    **dict.fromkeys(
        ("DepthwiseConv1D", "DepthwiseConv2D"),
        f"{_WINDOWS} kernel of a channel: each channel has depth_multiplier kernels.",
    ),
    **dict.fromkeys(
        ("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"),
        f"{_WINDOWS} channel. The number of channels stays.",
    ),
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), _MERGED),
    **dict.fromkeys(
        (
            "Activation", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "Rescaling",
            "GaussianNoise", "GaussianDropout", "AlphaDropout",
            "BatchNormalization", "GroupNormalization", "LayerNormalization", "Normalization",
            "UnitNormalization", "Masking",
            "ActivityRegularization",
        ),
        _SAME,
    ),
}  # fmt: skip
"""Why the output of a layer of this class has its shape."""


# -- parameters ------------------------------------------------------------------------------------


def _weights(step: Step, run: Run) -> list[Step] | None:
    """The steps inside the first call of a layer that add its weights and those of the layers in
    it, such as the cell of an LSTM; None if some may have been added before."""
    added = list(run.inside(step, "add_weight"))
    owners = {one.subject for one in added}
    within = {one.subject for kind in ("build", "invoke") for one in run.inside(step, kind)}
    if not owners and within - {step.subject}:
        return None
    everywhere = sum(
        len(run.about("add_weight", name)) for name in {step.subject, *within, *owners}
    )
    return added if len(added) == everywhere else None


def _first_weight(layer: str, run: Run) -> Step | None:
    """The step that adds the first weight of a layer or of a layer in it."""
    around = (*run.about("build", layer), *run.about("invoke", layer))
    inside = (next(run.inside(step, "add_weight"), None) for step in around)
    own = iter(run.about("add_weight", layer))
    return next(own, None) or next((step for step in inside if step is not None), None)


def _parameters(step: Step, run: Run) -> Iterator[Draft]:
    """How many parameters does a layer have?"""
    call = run.first(step, "call")
    calls = run.about("invoke", step.subject)
    if not _is_of_keras(call) or not calls or calls[0] is not step or run.has_model:
        return
    if not _made(step, run):
        return
    entering = _shapes_of(next(iter(step.inputs.values()), None))
    added = _weights(step, run)
    if added is None or not entering:
        return
    tensors = [result(one) for one in added]
    sizes = [tensor.size for tensor in tensors if isinstance(tensor, Tensor)]
    features = entering[0][-1]
    if len(sizes) != len(added) or features is None:
        return
    cls, total = class_of(step), sum(sizes)
    shapes = joined(map(str, entering))
    yield Draft(
        core=f"parameters {cls}",
        ask=f"{_made(step, run)} and is called on input of shape {shapes}. How many "
        "parameters does it have?",
        right=f"{total:,}",
        wrong=tuple(_wrong_counts(cls, added, sizes, entering[0], features)),
        hint="Count the numbers in its weights. The batch size does not count.",
        because=_count_because(added, sizes),
        proof=(step, *added),
    )


def _wrong_counts(
    cls: str, added: list[Step], sizes: list[int], shape: _Sizes, features: int
) -> Iterator[Option]:
    total = sum(sizes)
    batch = shape[0] or 1
    if not sizes:
        yield Option(f"{features:,}", "every-layer-has-weights")
        yield Option(f"{2 * features:,}")
        yield Option(f"{features * features:,}")
        yield Option("1")
        return
    untrained = sum(
        size for one, size in zip(added, sizes, strict=True) if given(one, "trainable") is False
    )
    if untrained:
        yield Option(f"{total - untrained:,}", "moving-statistics-are-no-parameters")
    yield Option("0")
    yield Option(f"{total * batch:,}", "batch-in-weights")
    if len(sizes) > 1:
        yield Option(f"{sizes[0]:,}")
    yield Option(f"{features:,}")
    yield Option(f"{total + features:,}")


def _count_because(added: list[Step], sizes: list[int]) -> str:
    if not sizes:
        return "It has no weights: it only uses its input."
    several = len({one.subject for one in added}) > 1
    named = (
        f"{f'{one.subject}/' if several else ''}{plain(given(one, 'name'))} {size:,}"
        for one, size in zip(added, sizes, strict=True)
    )
    return f"Its weights: {joined(named)}."


def _trained(step: Step, run: Run) -> Iterator[Draft]:
    """Which weights of a layer does the optimizer update?"""
    added = [one for one in step.children if one.kind == "add_weight"]
    names = [plain(given(one, "name")) for one in added]
    kept = [plain(given(one, "name")) for one in added if given(one, "trainable") is False]
    trained = [name for name in names if name not in kept]
    if not kept or not trained or len(set(names)) != len(names) or step.error is not None:
        return
    yield Draft(
        core=f"trained weights {len(names)}",
        ask=f"The build of {name_of(step)} adds {joined(names)}. Which of them may an optimizer "
        "update?",
        right=joined(trained),
        wrong=(
            Option(joined(names), "all-weights-are-trained"),
            Option(joined(kept)),
            Option("none"),
        ),
        hint="add_weight has a parameter for that.",
        because=f"{joined(kept)} {'was' if len(kept) == 1 else 'were'} added with trainable=False.",
        proof=(step, *added),
    )


def _holders(step: Step, run: Run) -> Iterator[Draft]:
    """Which layers of a model hold weights?"""
    call = run.first(step, "call")
    if call is None or step.error is not None or given(step, "mode") != "eager":
        return
    called = [one.subject for one in call.children if one.kind == "invoke"]
    layers = [name for name in dict.fromkeys(called) if name is not None]
    first = {name: _first_weight(name, run) for name in layers}
    holders = [name for name in layers if first[name] is not None]
    models = [name for name in layers if run.about("add", name)]
    before = run.about("invoke", step.subject)
    if models or not holders or len(holders) == len(layers) or (before and before[0] is not step):
        return
    others = [plain(name) for name in layers if name not in holders]
    names = [plain(name) for name in holders]
    proof = tuple(weight for weight in first.values() if weight is not None)
    yield Draft(
        core=f"holders {len(layers)} {len(holders)}",
        ask=f"{name_of(step)} calls its layers {joined(map(plain, layers))}. Which of them have "
        "weights?",
        right=joined(names),
        wrong=(
            Option(joined(map(plain, layers)), "every-layer-has-weights"),
            Option(joined(others)),
            Option("none"),
            Option(joined([*names[:-1], *others]) if len(names) > 1 else ""),
        ),
        hint="Which of them add weights when they are built?",
        because=f"{joined(names)} added weights; {joined(others)} did not.",
        proof=(step, *proof),
    )


# -- training --------------------------------------------------------------------------------------

_DROPS: Final = (
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout",
    "AlphaDropout",
)  # fmt: skip


def _random(step: Step, run: Run) -> Iterator[Draft]:
    """What does a layer for training do to its input?"""
    made, entering = result(step), given(step, "inputs")
    training, cls = step.inputs.get("training"), class_of(step)
    if not isinstance(made, Tensor) or not isinstance(entering, Tensor) or not made.elements:
        return
    if cls not in _DROPS or not _is_of_keras(step) or not isinstance(training, bool | None):
        return
    if not _made(step, run):
        return
    unchanged = made.elements == entering.elements
    if unchanged is bool(training):
        return  # by chance, or with a rate of 0
    change, misconception = "it changes the numbers at random", "dropout-always-drops"
    same = "it returns the numbers unchanged"
    yield Draft(
        core=f"random {cls} {bool(training)}",
        ask=f"{_made(step, run)}. Its call has training={training}. What does it do with its "
        "input?",
        right=change if training else same,
        wrong=(
            Option(same if training else change, "" if training else misconception),
            Option("it removes elements, so the output is smaller", "dropout-shrinks"),
            Option("it updates its weights"),
        ),
        hint="When does noise help: in training or in prediction?",
        because=(
            "Randomness is for training, and this call is training."
            if training
            else "Only a call with training=True, as in fit, is random."
        ),
        proof=(step,),
    )


KINDS: Final = (
    Kind("layer-shape", SHAPES, "what shape a layer returns", ("invoke",), _shape),
    Kind(
        "parameter-count", PARAMETERS, "how many parameters a layer has", ("invoke",), _parameters
    ),
    Kind("trained-weights", TOPIC, "which weights are trained", ("build",), _trained),
    Kind("weight-holders", TOPIC, "which layers have weights", ("invoke",), _holders),
    Kind("random-layers", TOPIC, "what a random layer does", ("call",), _random),
)
