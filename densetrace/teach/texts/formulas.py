"""Formulas for the spread of the fan-scaled initializers, with the numbers."""

from typing import Final

_FANS = "fan-in {fan_in}, fan-out {fan_out}"

FORMULAS: Final = {
    "GlorotUniform": _FANS + ", limit sqrt(6/{fan_sum}) = {limit}",
    "GlorotNormal": _FANS + ", standard deviation sqrt(2/{fan_sum}) = {stddev}",
    "HeUniform": _FANS + ", limit sqrt(6/{fan_one}) = {limit}",
    "HeNormal": _FANS + ", standard deviation sqrt(2/{fan_one}) = {stddev}",
    "LecunUniform": _FANS + ", limit sqrt(3/{fan_one}) = {limit}",
    "LecunNormal": _FANS + ", standard deviation sqrt(1/{fan_one}) = {stddev}",
}
"""By class. `fan_sum` is the sum of fan-in and fan-out, `(3+64)`, or 2 if that is less;
`fan_one` is fan-in (at least 1)."""

DRAWS: Final = {
    name: "within +/-limit" if name.endswith("Uniform") else "from a bell curve"
    for name in FORMULAS
}
"""By class, where the random numbers come from: `It draws within +/-limit`."""
