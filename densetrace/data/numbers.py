"""The numbers of a tensor in words: all of a small one, min, mean and max of a large one.

| | |
|---|---|
| `array_text` | all numbers, as nested lists: `[[0.42, -1.3]]` |
| `first_text` | the first numbers, as nested lists: `[[0.42, ...], ...]` |
| `statistics_text` | `min -0.3, mean 0.002, max 0.3` |
| `number_texts` | what a line may show of a tensor, the longest text first |
"""

import math
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Final, TypeAlias

from densetrace.data.values import Number, Tensor, Value, text

DIGITS: Final = 4
BRIEF_DIGITS: Final = 2
FEW: Final = 3
MOST_WHOLE: Final = 64
"""The digits of a number, those where room is scarce, how many numbers are shown of a large
tensor, and how many of a small one at most."""


def element_text(element: Value, digits: int = DIGITS) -> str:
    """A number in a line: four digits, `inf`, `nan`, `True`."""
    if isinstance(element, float):
        # Digits before the decimal point are never dropped, also where it is rounded up.
        return f"{element:.{digits if abs(element) < 10**digits - 0.5 else 7}g}"
    return text(element)


def array_text(tensor: Tensor) -> str:
    """All numbers of a tensor as nested lists, or the number of a scalar; empty where not all were
    recorded."""
    if not tensor.is_whole or len(tensor.elements) > MOST_WHOLE:
        return ""
    return first_text(tensor, len(tensor.elements))


def first_text(tensor: Tensor, most: int) -> str:
    """The first numbers of a tensor as nested lists, `...` for the others: `[[1, 2], [3, ...]]`."""
    parts = [element_text(element) for element in tensor.elements[:most]]
    return _nested(parts, [size or 1 for size in tensor.shape])


def _nested(parts: Sequence[str], shape: Sequence[int]) -> str:
    if not shape:
        return parts[0]
    rest = shape[1:]
    size = math.prod(rest)
    shown = [_nested(parts[at : at + size], rest) for at in range(0, len(parts), size)]
    if len(shown) < shape[0]:
        shown.append("...")
    return f"[{', '.join(shown)}]"


def statistics_of(tensor: Tensor) -> tuple[Value, ...]:
    """Min, mean and max of a tensor; empty where they are not known."""
    if len(tensor.statistics) == 3:
        return tensor.statistics
    if not tensor.is_whole:
        return ()
    return _computed(tensor.elements)


def number_in(element: Value) -> float | None:
    """An element of a tensor as a number, which may be infinite or nan; None of a complex number
    and of anything else."""
    if not isinstance(element, int | float | Number):
        return None
    try:
        return float(element.text if isinstance(element, Number) else element)
    except (ValueError, OverflowError):
        return None


def _computed(elements: Sequence[Value]) -> tuple[Value, ...]:
    numbers = [number for element in elements if (number := number_in(element)) is not None]
    if len(numbers) < len(elements):
        return ()
    if any(map(math.isnan, numbers)):
        return (Number("nan"),) * 3
    found = min(numbers), sum(numbers) / len(numbers), max(numbers)
    return tuple(one if math.isfinite(one) else Number(repr(one)) for one in found)


def statistics_text(tensor: Tensor) -> str:
    """`min -0.3, mean 0.002, max 0.3`; `all 0` for a tensor of one number; empty where they are not
    known."""
    found = statistics_of(tensor)
    if not found:
        return ""
    low, mean, high = map(element_text, found)
    return f"all {low}" if low == high else f"min {low}, mean {mean}, max {high}"


Bounds: TypeAlias = tuple[float, float]
"""The least and the greatest number that a tensor may have, such as those of an initializer."""


def _range_texts(found: tuple[Value, ...], bounds: Bounds | None) -> tuple[str, str, str]:
    """The least number, the mean and the greatest number, rounded to few digits, but to as many as
    tell them apart."""
    low, mean, high = found
    if not all(isinstance(one, int | float) for one in (low, mean, high)):
        least, middle, most = (element_text(one, BRIEF_DIGITS) for one in (low, mean, high))
        return least, middle, most
    for digits in range(BRIEF_DIGITS, DIGITS):
        least, most = _within(bounds, low, digits), _within(bounds, high, digits)
        middle = element_text(mean, digits)
        if least != most and float(least) <= float(middle) <= float(most):
            return least, middle, most
    return element_text(low), element_text(mean), element_text(high)


def _within(bounds: Bounds | None, element: Value, digits: int) -> str:
    """A number rounded to this many digits; cut off after them where the rounded number would be
    outside of the bounds, whose text has more digits."""
    rounded = element_text(element, digits)
    if bounds is None or not isinstance(element, float) or abs(element) >= 10**digits:
        return rounded
    if bounds[0] <= float(rounded) <= bounds[1]:
        return rounded
    shown = Decimal(f"{element:.{DIGITS - 1}e}")
    cut = shown.quantize(Decimal(1).scaleb(shown.adjusted() - digits + 1), ROUND_DOWN)
    return element_text(float(cut), digits)


def number_texts(value: Value, bounds: Bounds | None = None) -> tuple[str, ...]:
    """What a line may show of a tensor besides its shape: the longest text first, and shorter ones
    for less room. Empty of a scalar, which a label shows, and of any other value.

    Args:
        value: the value; a tensor has numbers.
        bounds: what its numbers were drawn between, if known. The range that is shown is within it.
    """
    if not isinstance(value, Tensor) or not value.shape:
        return ()
    whole = array_text(value)
    words = statistics_text(value)
    if not words or value.dtype == "bool":
        return (whole,) if whole else ()
    if words.startswith("all"):
        return (whole, words) if whole and len(whole) <= len(words) else (words,)
    low, mean, high = _range_texts(statistics_of(value), bounds)
    brief = f"{low} to {high}, mean {mean}", f"{low} to {high}"
    if whole:
        return (whole, *brief)
    first = ", ".join(map(element_text, value.elements[:FEW]))
    return (f"{words}; {first}, ...", *brief)
