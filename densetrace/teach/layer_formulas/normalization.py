"""The layers that normalize their input."""

from collections.abc import Mapping
from typing import Final

from densetrace.teach.layer_formulas.parts import (
    Attributes,
    LayerFormula,
    axis_of,
    numeric,
    setting,
    short,
)


def _affine(held: Attributes, normalized: str) -> str:
    scaled = f"gamma * {normalized}" if held.get("scale") else normalized
    return f"{scaled} + beta" if held.get("center") else scaled


def _batch_normalization(held: Attributes) -> str:
    epsilon = setting(held, "epsilon")
    return _affine(held, f"(x - moving_mean) / sqrt(moving_variance + {epsilon})")


def _batch_statistics(held: Attributes) -> str:
    if held.get("trainable") is False:
        return ""
    momentum = numeric(held, "momentum")
    share = "" if momentum is None else f" by {short(1 - momentum)} of the difference"
    return (
        "mean and variance are those of the batch, and the moving statistics shift towards "
        f"them{share}"
    )


def _frozen_statistics(held: Attributes) -> str:
    if held.get("trainable") is not False:
        return ""
    return "trainable is False, so training uses the moving statistics too."


def _layer_normalization(held: Attributes) -> str:
    return _affine(held, f"(x - mean) / sqrt(variance + {setting(held, 'epsilon')})")


def _of_groups(held: Attributes) -> str:
    return (
        f"The channels, along axis {axis_of(held)}, are divided into groups of the same size: "
        f"{setting(held, 'groups')} of them. Mean and variance are computed for each group of each "
        "sample, in training and in predict."
    )


def _normalization(held: Attributes) -> str:
    deviation = "maximum(sqrt(variance), 1e-07)"
    return f"mean + x * {deviation}" if held.get("invert") else f"(x - mean) / {deviation}"


def _adapted(held: Attributes) -> str:
    if held.get("input_mean") is not None:
        return "mean and variance are your arguments: they are not learned."
    return "adapt(data) computes mean and variance; before it they are 0 and 1."


LAYERS: Final[Mapping[str, LayerFormula]] = {
    "BatchNormalization": LayerFormula(_batch_normalization, _frozen_statistics, _batch_statistics),
    "LayerNormalization": LayerFormula(
        _layer_normalization,
        lambda held: (
            f"Mean and variance are computed along axis {axis_of(held)}, for each sample on its "
            "own, in training and in predict."
        ),
    ),
    "GroupNormalization": LayerFormula(_layer_normalization, _of_groups),
    "Normalization": LayerFormula(_normalization, _adapted),
    "UnitNormalization": LayerFormula(
        lambda held: f"x / sqrt(sum(x ** 2, axis={axis_of(held)}, keepdims=True))"
    ),
}
