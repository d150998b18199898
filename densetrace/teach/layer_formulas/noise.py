"""The layers that change their input at random, in training only."""

from collections.abc import Mapping
from typing import Final

from densetrace.teach.layer_formulas.parts import (
    Attributes,
    LayerFormula,
    numeric,
    setting,
    short,
    unchanged,
)

_ALWAYS_UNCHANGED: Final = "The output is the input, in training too."


def _rate(held: Attributes) -> float | None:
    """The rate of a layer that changes its input at random; None where it changes nothing, and
    where the rate is not known."""
    rate = numeric(held, "rate")
    return rate if rate is not None and 0 < rate < 1 else None


def _unchanged_always(held: Attributes) -> str:
    """A sentence on a rate with which training changes nothing, or is an error."""
    return "" if _rate(held) is not None or "rate" not in held else _ALWAYS_UNCHANGED


def _unchanged_or_refused(held: Attributes) -> str:
    if numeric(held, "rate") == 1:
        return "In training, a rate of 1 is an error: it must be less than 1."
    return _unchanged_always(held)


def dropped(held: Attributes, what: str = "element") -> str:
    rate = _rate(held)
    if rate is None and "rate" in held:
        return ""
    shown = setting(held, "rate") if rate is None else short(rate)
    result = "" if rate is None else f" = {short(1 / (1 - rate))}"
    return (
        f"each {what} becomes 0 with probability {shown}; the others are multiplied by "
        f"1 / (1 - {shown}){result}"
    )


def _noisy(held: Attributes) -> str:
    return f"normally distributed noise of standard deviation {setting(held, 'stddev')} is added"


def _multiplied_noise(held: Attributes) -> str:
    rate = _rate(held)
    if rate is None and "rate" in held:
        return ""
    spread = "" if rate is None else f" = {short((rate / (1 - rate)) ** 0.5)}"
    return (
        "each element is multiplied by normally distributed noise around 1: its standard "
        f"deviation is sqrt(rate / (1 - rate)){spread}"
    )


def _alpha_dropped(held: Attributes) -> str:
    rate = _rate(held)
    if rate is None and "rate" in held:
        return ""
    shown = setting(held, "rate") if rate is None else short(rate)
    return (
        f"each element becomes selu's lowest value with probability {shown}; then all are "
        "scaled and shifted to keep mean and variance"
    )


LAYERS: Final[Mapping[str, LayerFormula]] = {
    "Dropout": LayerFormula(unchanged, _unchanged_or_refused, dropped),
    **{
        f"SpatialDropout{axes}D": LayerFormula(
            unchanged,
            _unchanged_or_refused,
            lambda held: dropped(held, "channel of a sample"),
        )
        for axes in (1, 2)
    },
    "GaussianNoise": LayerFormula(unchanged, in_training=_noisy),
    "GaussianDropout": LayerFormula(unchanged, _unchanged_always, _multiplied_noise),
    "AlphaDropout": LayerFormula(unchanged, _unchanged_always, _alpha_dropped),
}
