"""A layer in short: the formula of its `call`, and what training changes in it.

Both are read from the steps: the attributes that the layer set, and the `call` that ran.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Function, Instance, Items, Tensor, Value
from densetrace.data.wording import in_sentence, name_of, number, plain
from densetrace.teach.window_words import counts, numbers, spatial

Attributes = Mapping[str, Value]
"""The attributes of a layer by name."""

_Text = Callable[[Attributes], str]


@dataclass(frozen=True, slots=True)
class _Layer:
    """The formula of a class of layers; what training, or another thing around the layer, adds."""

    formula: _Text
    besides: _Text = lambda held: ""
    sizes: Callable[[Step, Attributes], str] | None = None
    """What the sizes of the input come to."""


def formula(call: Step, attributes: Attributes) -> str:
    """The output of a layer as a formula of its input: `relu(x @ kernel + bias)`; empty if its
    `call` is not one of Keras's."""
    found = _of(call)
    return found.formula(attributes) if found is not None else ""


def besides(call: Step, attributes: Attributes) -> str:
    """A sentence or two on what the formula does not say, such as what training changes; empty if
    it says all."""
    found = _of(call)
    if found is None:
        return ""
    more = found.besides(attributes)
    return (
        more
        if found.sizes is None
        else " ".join(filter(None, (found.sizes(call, attributes), more)))
    )


def argument(call: Step) -> str:
    """The argument in a formula: `x`, or `[x1, x2]` for a list of inputs."""
    given = next(iter(call.inputs.values()), None)
    return f"[{', '.join(_inputs(given))}]" if isinstance(given, Items) else "x"


def _of(call: Step) -> _Layer | None:
    """What is known about the class whose `call` ran."""
    module, _, cls = call.point.removesuffix(".call").rpartition(".")
    if call.point.endswith("base_layer.Layer.call"):
        return _WITHOUT_CALL.get(plain(call.facts.get("class")))
    if not module.startswith("keras.layers."):
        return None
    if cls in ("Pooling1D", "Pooling2D"):
        return _POOLINGS.get(plain(call.facts.get("class")).rstrip("12D"))
    if cls == "_Merge":
        merged = _MERGES.get(plain(call.facts.get("class")))
        return None if merged is None else _Layer(lambda held: merged(_terms(call), held))
    if cls == "Lambda":
        return _Layer(lambda held: f"your function({argument(call)})")
    return _LAYERS.get(cls.removesuffix("Base"))


# -- words -----------------------------------------------------------------------------------------


def _value(held: Attributes, name: str) -> str:
    return number(held.get(name))


def _number(held: Attributes, name: str) -> float | None:
    value = held.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _activation(held: Attributes) -> str:
    value = held.get("activation")
    return name_of(value) if isinstance(value, Function | Instance) else "activation"


def _inputs(given: Items) -> list[str]:
    return [f"x{number}" for number in range(1, given.length + 1)]


def _terms(call: Step) -> list[str]:
    given = next(iter(call.inputs.values()), None)
    return _inputs(given) if isinstance(given, Items) else ["x"]


def _sizes(held: Attributes, name: str) -> list[str]:
    value = held.get(name)
    return [in_sentence(item) for item in value.items] if isinstance(value, Items) else ["..."]


def _short(value: float) -> str:
    return f"{value:.4g}"


# -- layers ----------------------------------------------------------------------------------------


def _dense(held: Attributes) -> str:
    sums = "x @ kernel" + (" + bias" if held.get("use_bias") else "")
    activation = _activation(held)
    return sums if activation == "linear" else f"{activation}({sums})"


def _affine(held: Attributes, normalized: str) -> str:
    scaled = f"gamma * {normalized}" if held.get("scale") else normalized
    return f"{scaled} + beta" if held.get("center") else scaled


def _batch_normalization(held: Attributes) -> str:
    epsilon = _value(held, "epsilon")
    return _affine(held, f"(x - moving_mean) / sqrt(moving_variance + {epsilon})")


def _batch_statistics(held: Attributes) -> str:
    momentum = _number(held, "momentum")
    share = "" if momentum is None else f" by {_short(1 - momentum)} of the difference"
    return (
        "With training=True, as in fit, mean and variance are those of the batch, and the moving "
        f"ones move towards them{share}."
    )


def _layer_normalization(held: Attributes) -> str:
    return _affine(held, f"(x - mean) / sqrt(variance + {_value(held, 'epsilon')})")


def _dropped(held: Attributes) -> str:
    rate = _number(held, "rate")
    if rate is None or not 0 < rate < 1:
        return "The output is the input, in training too."
    return (
        f"With training=True, as in fit, each element becomes 0 with probability {_short(rate)}; "
        f"the others are multiplied by 1 / (1 - {_short(rate)}) = {_short(1 / (1 - rate))}."
    )


def _noisy(held: Attributes) -> str:
    return (
        "With training=True, as in fit, normally distributed noise of standard deviation "
        f"{_value(held, 'stddev')} is added."
    )


def _multiplied_noise(held: Attributes) -> str:
    rate = _number(held, "rate")
    if rate is None or not 0 < rate < 1:
        return "The output is the input, in training too."
    spread = _short((rate / (1 - rate)) ** 0.5)
    return (
        "With training=True, as in fit, each element is multiplied by normally distributed noise "
        f"around 1: its standard deviation is sqrt(rate / (1 - rate)) = {spread}."
    )


def _alpha_dropped(held: Attributes) -> str:
    return (
        "With training=True, as in fit, each element becomes selu's lowest value with probability "
        f"{_value(held, 'rate')}; then all are scaled and shifted, so that mean and variance stay."
    )


def _transposed(held: Attributes) -> str:
    return f"transpose(x, ({', '.join(['0', *_sizes(held, 'dims')])}))"


def _reshaped(held: Attributes) -> str:
    return f"reshape(x, ({', '.join(['batch size', *_sizes(held, 'target_shape')])}))"


def _relu(held: Attributes) -> str:
    names = ("max_value", "negative_slope", "threshold")
    given = [
        f"{name}={_value(held, name)}" for name in names if _value(held, name) not in ("None", "0")
    ]
    return f"relu({', '.join(['x', *given])})"


def _convolution(held: Attributes) -> str:
    sums = "convolution(x, kernel)" + (" + bias" if held.get("use_bias") else "")
    activation = _activation(held)
    return sums if activation == "linear" else f"{activation}({sums})"


def _windows(call: Step, held: Attributes) -> str:
    """The number of windows along each axis, as a formula."""
    given = next((value for value in call.inputs.values() if isinstance(value, Tensor)), None)
    taken = held.get("kernel_size", held.get("pool_size"))
    padding = held.get("padding")
    if given is None or not isinstance(taken, Items) or not isinstance(padding, str):
        return ""
    axes = len(taken.items)
    listed = counts(
        spatial(given.shape, held.get("data_format") == "channels_first", axes),
        numbers(taken, axes),
        numbers(held.get("strides"), axes),
        numbers(held.get("dilation_rate"), axes),
        padding,
    )
    return f"Windows {listed}." if listed else ""


def _kernel(held: Attributes) -> str:
    """The number of weights in the kernel of a convolution, as a product."""
    kernel = held.get("kernel")
    if not isinstance(kernel, Tensor) or None in kernel.shape:
        return ""
    sizes = " * ".join(f"{size:,}" for size in kernel.shape)
    return (
        f"The kernel has {sizes} = {kernel.size:,} numbers: window, channels, filters. The number "
        "of windows makes no difference."
    )


def _pooled(name: str) -> _Text:
    """The formula of a pooling: `max(x) over windows of 2 x 2`."""

    def text(held: Attributes) -> str:
        sizes = " x ".join(_sizes(held, "pool_size"))
        return f"{name}(x) over windows of {sizes}"

    return text


def _outputs(held: Attributes) -> str:
    """What a recurrent layer returns: each output, or the last one."""
    if held.get("return_sequences") is True:
        return "h after each time step"
    return "h after the last time step"


def _time_steps(step: str) -> _Text:
    """What a recurrent layer does in each time step, and how training changes it."""

    def text(held: Attributes) -> str:
        order = "from the last to the first" if held.get("go_backwards") is True else "in order"
        kept = " The states are kept for the next batch." if held.get("stateful") is True else ""
        return f"For each time step x_t of x, {order}: {step}.{kept}"

    return text


def _over_all(name: str, axes: int) -> _Text:
    """The formula of a global pooling, over as many axes."""

    def text(held: Attributes) -> str:
        first = 2 if held.get("data_format") == "channels_first" else 1
        found = ", ".join(map(str, range(first, first + axes)))
        kept = ", keepdims=True" if held.get("keepdims") is True else ""
        return f"{name}(x, axis={found if axes == 1 else f'({found})'}{kept})"

    return text


def _resized(held: Attributes) -> str:
    if held.get("interpolation") not in (None, "nearest"):
        return f"resize(x, method={in_sentence(held.get('interpolation'))})"
    return "repeat(x, size)"


def _recurrent_sums(held: Attributes) -> str:
    return "x @ kernel + h @ recurrent_kernel" + (" + bias" if held.get("use_bias") else "")


def _simple_cell(held: Attributes) -> str:
    return f"{_activation(held)}({_recurrent_sums(held)}), twice: as output and as state"


def _lstm_cell(held: Attributes) -> str:
    gate = held.get("recurrent_activation")
    gates = name_of(gate) if isinstance(gate, Function | Instance) else "recurrent_activation"
    return (
        f"i, f, c', o = the four parts of {_recurrent_sums(held)}, of which {gates} makes the "
        f"gates i, f, o and {_activation(held)} the candidate c'; c = f * c + i * c'; "
        f"h = o * {_activation(held)}(c)."
    )


def _merged_directions(held: Attributes) -> str:
    forward, backward = "forward_layer(x)", "backward_layer(x)"
    mode = plain(held.get("merge_mode"))
    if mode == "concat":
        return f"concat([{forward}, {backward}])"
    if mode == "ave":
        return f"({forward} + {backward}) / 2"
    if mode in ("sum", "mul"):
        return f"{forward} {'+' if mode == 'sum' else '*'} {backward}"
    return f"[{forward}, {backward}]"


def _unchanged(held: Attributes) -> str:
    return "x"


_LAYERS: Final[Mapping[str, _Layer]] = {
    "Dense": _Layer(_dense),
    "Activation": _Layer(lambda held: f"{_activation(held)}(x)"),
    "Embedding": _Layer(
        lambda held: "embeddings[x]",
        lambda held: "Each index in x is replaced by its row of embeddings.",
    ),
    "Flatten": _Layer(lambda held: "reshape(x, (batch size, -1))"),
    "Reshape": _Layer(_reshaped),
    "Permute": _Layer(_transposed),
    "RepeatVector": _Layer(lambda held: f"{_value(held, 'n')} copies of x along a new axis 1"),
    "Masking": _Layer(
        lambda held: f"x * any(x != {_value(held, 'mask_value')}, axis=-1)",
        lambda held: (
            "The mask goes along with the output: later layers skip the masked time steps "
            "if they support masks."
        ),
    ),
    "Dropout": _Layer(_unchanged, _dropped),
    "GaussianNoise": _Layer(_unchanged, _noisy),
    "GaussianDropout": _Layer(_unchanged, _multiplied_noise),
    "AlphaDropout": _Layer(_unchanged, _alpha_dropped),
    "BatchNormalization": _Layer(_batch_normalization, _batch_statistics),
    "LayerNormalization": _Layer(
        _layer_normalization,
        lambda held: (
            "Mean and variance are those of each sample alone, in training and in predict."
        ),
    ),
    "Conv": _Layer(_convolution, _kernel, _windows),
    **{f"GlobalMaxPooling{axes}D": _Layer(_over_all("max", axes)) for axes in (1, 2)},
    **{f"GlobalAveragePooling{axes}D": _Layer(_over_all("mean", axes)) for axes in (1, 2)},
    **{f"ZeroPadding{axes}D": _Layer(lambda held: "pad(x, padding)") for axes in (1, 2)},
    **{f"UpSampling{axes}D": _Layer(_resized) for axes in (1, 2)},
    **{f"Cropping{axes}D": _Layer(lambda held: "x without its border") for axes in (1, 2)},
    "ReLU": _Layer(_relu),
    "LeakyReLU": _Layer(lambda held: f"x where x > 0, else {_value(held, 'alpha')} * x"),
    "PReLU": _Layer(
        lambda held: "x where x > 0, else alpha * x",
        lambda held: "alpha is a weight: it is learned.",
    ),
    "ELU": _Layer(lambda held: f"x where x > 0, else {_value(held, 'alpha')} * (exp(x) - 1)"),
    "ThresholdedReLU": _Layer(lambda held: f"x where x > {_value(held, 'theta')}, else 0"),
    "Softmax": _Layer(lambda held: f"exp(x) / sum(exp(x), axis={_value(held, 'axis')})"),
    "SimpleRNNCell": _Layer(_simple_cell),
    "LSTMCell": _Layer(lambda held: "h, [h, c]", _lstm_cell),
    "GRUCell": _Layer(
        lambda held: "h, [h]",
        lambda held: (
            "z, r = two gates, from x and h; h' = a candidate, from x and r * h; "
            "h = z * h + (1 - z) * h'."
        ),
    ),
    "SimpleRNN": _Layer(
        _outputs,
        _time_steps("h = activation(x_t @ kernel + bias + h @ recurrent_kernel)"),
    ),
    "LSTM": _Layer(
        _outputs,
        _time_steps(
            "i, f, c', o = the four parts of x_t @ kernel + h @ recurrent_kernel + bias, of which "
            "recurrent_activation makes gates (i, f, o) and activation the candidate c'; "
            "c = f * c + i * c'; h = o * activation(c)"
        ),
    ),
    "GRU": _Layer(
        _outputs,
        _time_steps(
            "z, r = two gates, from x_t and h; h' = a candidate, from x_t and r * h; "
            "h = z * h + (1 - z) * h'"
        ),
    ),
    "RNN": _Layer(
        lambda held: (
            "the cell's output after "
            + ("each" if held.get("return_sequences") is True else "the last")
            + " time step"
        ),
    ),
    "Bidirectional": _Layer(
        _merged_directions,
        lambda held: "backward_layer reads the time steps from the last to the first.",
    ),
    "TimeDistributed": _Layer(
        lambda held: "layer(x_t) for each time step x_t of x",
        lambda held: "All time steps share the weights of the layer.",
    ),
    "UnitNormalization": _Layer(lambda held: "x / sqrt(sum(x ** 2))"),
}
"""By class of Keras. A class without a formula of one line has none here."""

_POOLINGS: Final[Mapping[str, _Layer]] = {
    "MaxPooling": _Layer(_pooled("max"), sizes=_windows),
    "AveragePooling": _Layer(_pooled("mean"), sizes=_windows),
}
"""The layers that pool windows, by class without the number of axes: they share one `call`."""

_WITHOUT_CALL: Final[Mapping[str, _Layer]] = {
    "ActivityRegularization": _Layer(
        _unchanged,
        lambda held: (
            "Each call adds a penalty for the size of the output to layer.losses, which "
            "fit adds to the loss."
        ),
    ),
}
"""The layers that inherit the `call` of `Layer`, which returns its input."""

_Merged = Callable[[list[str], Attributes], str]

_MERGES: Final[Mapping[str, _Merged]] = {
    "Add": lambda terms, held: " + ".join(terms),
    "Subtract": lambda terms, held: " - ".join(terms),
    "Multiply": lambda terms, held: " * ".join(terms),
    "Average": lambda terms, held: f"({' + '.join(terms)}) / {len(terms)}",
    "Maximum": lambda terms, held: f"maximum({', '.join(terms)})",
    "Minimum": lambda terms, held: f"minimum({', '.join(terms)})",
    "Concatenate": lambda terms, held: f"concat([{', '.join(terms)}], axis={_value(held, 'axis')})",
    "Dot": lambda terms, held: (
        f"sum({' * '.join(terms)}) along axes {_value(held, 'axes')}"
        if isinstance(held.get("axes"), Items)
        else f"sum({' * '.join(terms)}) along axis {_value(held, 'axes')}"
    ),
}
"""The layers that merge, by class: the formula of their inputs."""
