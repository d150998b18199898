"""A layer in short: the formula of its `call`, and what training changes in it.

Both are read from the steps: the attributes that the layer set, and the `call` that ran.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Function, Instance, Items, Value
from densetrace.data.wording import in_sentence, name_of, number, plain

Attributes = Mapping[str, Value]
"""The attributes of a layer by name."""

_Text = Callable[[Attributes], str]


@dataclass(frozen=True, slots=True)
class _Layer:
    """The formula of a class of layers; what training, or another thing around the layer, adds."""

    formula: _Text
    besides: _Text = lambda held: ""


def formula(call: Step, attributes: Attributes) -> str:
    """The output of a layer as a formula of its input: `relu(x @ kernel + bias)`; empty if its
    `call` is not one of Keras's."""
    found = _of(call)
    return found.formula(attributes) if found is not None else ""


def besides(call: Step, attributes: Attributes) -> str:
    """A sentence or two on what the formula does not say, such as what training changes; empty if
    it says all."""
    found = _of(call)
    return found.besides(attributes) if found is not None else ""


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
    if cls == "_Merge":
        merged = _MERGES.get(plain(call.facts.get("class")))
        return None if merged is None else _Layer(lambda held: merged(_terms(call), held))
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
    "Lambda": _Layer(lambda held: "your function(x)"),
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
    "ReLU": _Layer(_relu),
    "LeakyReLU": _Layer(lambda held: f"x where x > 0, else {_value(held, 'alpha')} * x"),
    "PReLU": _Layer(
        lambda held: "x where x > 0, else alpha * x",
        lambda held: "alpha is a weight: it is learned.",
    ),
    "ELU": _Layer(lambda held: f"x where x > 0, else {_value(held, 'alpha')} * (exp(x) - 1)"),
    "ThresholdedReLU": _Layer(lambda held: f"x where x > {_value(held, 'theta')}, else 0"),
    "Softmax": _Layer(lambda held: f"exp(x) / sum(exp(x), axis={_value(held, 'axis')})"),
    "UnitNormalization": _Layer(lambda held: "x / sqrt(sum(x ** 2))"),
}
"""By class of Keras. A class without a formula of one line has none here."""

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
