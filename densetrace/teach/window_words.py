"""How many windows fit: the size of what a convolution or a pooling returns, in words.

The sizes come from the steps: those of the tensors, and the settings of the windows.
"""

from collections.abc import Sequence
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor, Value

_AXES: Final = {1: ("steps",), 2: ("rows", "columns"), 3: ("planes", "rows", "columns")}
"""The names of spatial axes by their number."""


def count(size: int, window: int, stride: int = 1, dilation: int = 1, padding: str = "") -> str:
    """The number of windows along an axis as a formula: `(28 - 3) / 2 + 1 = 13`.

    Args:
        size: the size of the axis.
        window: the number of elements in a window.
        stride: the distance from one window to the next.
        dilation: the distance between the elements of a window.
        padding: `valid`, `same` or `causal`, in any case.
    """
    if padding.lower() in ("same", "causal"):
        if stride == 1:
            return f"{size:,}, as before"
        rounded = ", rounded up," if size % stride else ""
        return f"{size:,} / {stride:,}{rounded} = {-(-size // stride):,}"
    span = (window - 1) * dilation + 1
    if stride == 1:
        return f"{size:,} - {span:,} + 1 = {size - span + 1:,}"
    rounded = ", rounded down," if (size - span) % stride else ""
    return f"({size:,} - {span:,}) / {stride:,}{rounded} + 1 = {(size - span) // stride + 1:,}"


def enlarged(
    size: int, window: int, stride: int, dilation: int, padding: str, added: int | None
) -> str:
    """The size of an axis that a transposed convolution makes, as a formula: `6 * 2 + 1 = 13`.

    Args:
        size: the size of the axis.
        window: the number of elements in a window.
        stride: the distance from one window of the output to the next.
        dilation: the distance between the elements of a window.
        padding: `valid` or `same`.
        added: the output padding; None if the size follows from the others.
    """
    span = (window - 1) * dilation + 1
    if added is not None:
        cut = span // 2 if padding == "same" else 0
        less = f" - 2 * {cut:,}" if cut else ""
        plus = f" + {added:,}" if added else ""
        made = (size - 1) * stride + span - 2 * cut + added
        return f"({size:,} - 1) * {stride:,} + {span:,}{less}{plus} = {made:,}"
    more = max(span - stride, 0) if padding == "valid" else 0
    if stride == 1 and not more:
        return f"{size:,}, as before"
    times = "" if stride == 1 else f" * {stride:,}"
    rest = f" + {more:,}" if more else ""
    return f"{size:,}{times}{rest} = {size * stride + more:,}"


def along(sizes: Sequence[int | None], texts: Sequence[str]) -> str:
    """A text for each axis: `along the rows: 5 - 3 + 1 = 3; ...`. Axes of unknown size are left
    out."""
    return "; ".join(
        f"along the {name}: {text}"
        for name, size, text in zip(_AXES.get(len(sizes), ()), sizes, texts, strict=False)
        if size is not None
    )


def counts(
    sizes: Sequence[int | None], windows: Sequence[int], strides: Sequence[int],
    dilations: Sequence[int], padding: str,
) -> str:  # fmt: skip
    """The number of windows along each axis: `along the rows: 5 - 3 + 1 = 3; ...`. Axes of unknown
    size are left out."""
    return along(
        sizes,
        [
            count(size or 0, window, stride, dilation, padding)
            for size, window, stride, dilation in zip(
                sizes, windows, strides, dilations, strict=False
            )
        ],
    )


def spatial(shape: Sequence[int | None], is_first: bool, axes: int) -> list[int | None]:
    """The sizes of the spatial axes of a shape, the last but the channels."""
    return list(shape[-axes:] if is_first else shape[-axes - 1 : -1])


def numbers(value: Value, axes: int, is_first: bool = False) -> list[int]:
    """A setting for each of `axes` spatial axes: 1 where there is none."""
    listed = value.items if isinstance(value, Items) else [value]
    found = [one for one in listed if isinstance(one, int) and not isinstance(one, bool)]
    if len(found) == axes + 2:
        found = found[2:] if is_first else found[1:-1]
    if len(found) == 1:
        found = found * axes
    return found if len(found) == axes else [1] * axes


def is_channels_first(step: Step) -> bool:
    """Whether an operation has the channels before the spatial axes."""
    return str(step.inputs.get("data_format")).startswith("NC")


def windows_of(step: Step) -> str:
    """The number of windows of a convolution or a pooling, an operation, in a sentence; empty if
    no size is known."""
    found = [value for value in step.inputs.values() if isinstance(value, Tensor)]
    if not found:
        return ""
    is_first = is_channels_first(step)
    axes = len(found[0].shape) - 2
    window = step.inputs.get("ksize", step.inputs.get("window_shape"))
    if window is None and len(found) > 1:  # a convolution
        axes = len(found[1].shape) - 2
        taken = [size or 1 for size in found[1].shape[:-2]]
    else:
        taken = numbers(window, axes, is_first)
    strides = step.inputs.get("strides", step.inputs.get("stride"))
    padding = step.inputs.get("padding", "VALID")
    if axes < 1 or not isinstance(padding, str):
        return ""
    listed = counts(
        spatial(found[0].shape, is_first, axes),
        taken,
        numbers(strides, axes, is_first),
        numbers(step.inputs.get("dilations"), axes, is_first),
        padding,
    )
    return f" Windows {listed}." if listed else ""
