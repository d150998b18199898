"""Dense layers, activations, and what moves or encodes elements."""

from collections.abc import Mapping
from typing import Final

from densetrace.data.values import Tensor
from densetrace.data.wording import in_sentence
from densetrace.teach.layer_formulas.parts import (
    Attributes,
    LayerFormula,
    activation_of,
    applied,
    axis_of,
    numeric,
    plus_bias,
    setting,
    short,
    sizes_of,
    unchanged,
)


def _dense(held: Attributes) -> str:
    return applied(held, "x @ kernel" + plus_bias(held))


def _encoded(held: Attributes) -> str:
    mode = held.get("output_mode")
    vectors = f"one_hot(x, {setting(held, 'num_tokens')})"
    if mode == "count":
        return f"sum({vectors}, axis=-2)"
    return f"max({vectors}, axis=-2)" if mode == "multi_hot" else vectors


def _rescaled(held: Attributes) -> str:
    scaled, offset = f"x * {setting(held, 'scale')}", numeric(held, "offset")
    if offset is None:
        return f"{scaled} + offset"
    sign = "-" if offset < 0 else "+"
    return f"{scaled} {sign} {short(abs(offset))}" if offset else scaled


def _transposed(held: Attributes) -> str:
    return f"transpose(x, ({', '.join(['0', *sizes_of(held, 'dims')])}))"


def _reshaped(held: Attributes) -> str:
    return f"reshape(x, ({', '.join(['batch size', *sizes_of(held, 'target_shape')])}))"


def _relu(held: Attributes) -> str:
    usual = {"max_value": ("None",), "negative_slope": ("0", "0.0"), "threshold": ("0", "0.0")}
    values = {name: setting(held, name) for name in usual if name in held}
    given = [f"{name}={value}" for name, value in values.items() if value not in usual[name]]
    return f"relu({', '.join(['x', *given])})"


def _flattened(held: Attributes) -> str:
    if held.get("data_format") == "channels_first":
        return "reshape(moveaxis(x, 1, -1), (batch size, -1))"
    return "reshape(x, (batch size, -1))"


def _einsum(held: Attributes) -> str:
    bias = " + bias" if isinstance(held.get("bias"), Tensor) else ""
    product = f"einsum({in_sentence(held.get('equation'))}, x, kernel)"
    return applied(held, product + bias)


WITHOUT_CALL: Final[Mapping[str, LayerFormula]] = {
    "ActivityRegularization": LayerFormula(
        unchanged,
        lambda held: (
            "Each call adds a penalty for the size of the output to layer.losses, which "
            "fit adds to the loss."
        ),
    ),
}
"""The layers that inherit the `call` of `Layer`, which returns its input."""


LAYERS: Final[Mapping[str, LayerFormula]] = {
    "Dense": LayerFormula(_dense),
    "EinsumDense": LayerFormula(_einsum),
    "Activation": LayerFormula(lambda held: f"{activation_of(held)}(x)"),
    "Embedding": LayerFormula(
        lambda held: "embeddings[x]",
        lambda held: "Each index in x is replaced with its row of embeddings.",
    ),
    "Flatten": LayerFormula(_flattened),
    "Reshape": LayerFormula(_reshaped),
    "Permute": LayerFormula(_transposed),
    "RepeatVector": LayerFormula(
        lambda held: f"{setting(held, 'n')} copies of x along a new axis 1"
    ),
    "Masking": LayerFormula(
        lambda held: f"x * any(x != {setting(held, 'mask_value')}, axis=-1, keepdims=True)",
        lambda held: (
            "The mask is passed on with the output: later layers skip the masked time steps if "
            "they support masks."
        ),
    ),
    "Rescaling": LayerFormula(
        _rescaled,
        lambda held: "scale and offset are your arguments: they are not learned.",
    ),
    "CategoryEncoding": LayerFormula(_encoded),
    "ReLU": LayerFormula(_relu),
    "LeakyReLU": LayerFormula(lambda held: f"x where x > 0, else {setting(held, 'alpha')} * x"),
    "PReLU": LayerFormula(
        lambda held: "x where x > 0, else alpha * x",
        lambda held: "alpha is a weight: it is learned.",
    ),
    "ELU": LayerFormula(
        lambda held: f"x where x > 0, else {setting(held, 'alpha')} * (exp(x) - 1)"
    ),
    "ThresholdedReLU": LayerFormula(lambda held: f"x where x > {setting(held, 'theta')}, else 0"),
    "Softmax": LayerFormula(
        lambda held: f"exp(x) / sum(exp(x), axis={axis_of(held)}, keepdims=True)"
    ),
}
