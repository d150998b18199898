"""Convolutions, poolings, and what changes the size of images."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor
from densetrace.data.wording import in_sentence
from densetrace.teach.layer_formulas.parts import (
    Attributes,
    LayerFormula,
    Text,
    applied,
    numeric,
    plus_bias,
    setting,
    sizes_of,
)
from densetrace.teach.window_words import along, counts, enlarged, numbers, spatial


def _convolution(held: Attributes) -> str:
    return applied(held, "convolution(x, kernel)" + plus_bias(held))


def _transposed_convolution(held: Attributes) -> str:
    return applied(held, "transposed_convolution(x, kernel)" + plus_bias(held))


_DEPTHWISE: Final = "depthwise_convolution(x, depthwise_kernel)"


def _depthwise(held: Attributes) -> str:
    return applied(held, _DEPTHWISE + plus_bias(held))


def _separable(held: Attributes) -> str:
    return applied(held, f"convolution({_DEPTHWISE}, pointwise_kernel){plus_bias(held)}")


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
    groups = numeric(held, "groups") or 1
    channels = "channels" if groups == 1 else f"channels / {groups:g} groups"
    product = _numbers_in(held, "kernel", f"window, {channels}, filters")
    return f"{product} The number of windows does not matter." if product else ""


def _transposed_kernel(held: Attributes) -> str:
    return _numbers_in(held, "kernel", "window, filters, channels")


def _depthwise_kernel(held: Attributes) -> str:
    product = _numbers_in(held, "depthwise_kernel", "window, channels, depth_multiplier")
    return f"{product} The output has channels * depth_multiplier channels." if product else ""


def _numbers_in(held: Attributes, name: str, factors: str) -> str:
    """The number of weights in a kernel, as a product; empty if it is not known."""
    kernel = held.get(name)
    if not isinstance(kernel, Tensor) or None in kernel.shape:
        return ""
    return f"The kernel has {_product(kernel.shape)} = {kernel.size:,} numbers: {factors}."


def _enlarged(call: Step, held: Attributes) -> str:
    """The sizes that a transposed convolution makes, as formulas."""
    given = next((value for value in call.inputs.values() if isinstance(value, Tensor)), None)
    taken, padding = held.get("kernel_size"), held.get("padding")
    if given is None or not isinstance(taken, Items) or not isinstance(padding, str):
        return ""
    axes = len(taken.items)
    sizes = spatial(given.shape, held.get("data_format") == "channels_first", axes)
    added = held.get("output_padding")
    made = [
        enlarged(size or 0, window, stride, dilation, padding, more)
        for size, window, stride, dilation, more in zip(
            sizes,
            numbers(taken, axes),
            numbers(held.get("strides"), axes),
            numbers(held.get("dilation_rate"), axes),
            [None] * axes if added is None else numbers(added, axes),
            strict=False,
        )
    ]
    listed = along(sizes, made)
    return f"Size of the output {listed}." if listed else ""


def _product(sizes: Sequence[int | None]) -> str:
    return " * ".join(f"{size:,}" for size in sizes)


def _separable_kernels(held: Attributes) -> str:
    """The number of weights in both kernels, and in the one of a convolution."""
    first, second = held.get("depthwise_kernel"), held.get("pointwise_kernel")
    if not isinstance(first, Tensor) or not isinstance(second, Tensor):
        return ""
    if None in first.shape or None in second.shape:
        return ""
    whole = (*first.shape[:-1], second.shape[-1])
    return (
        f"The kernels have {_product(first.shape)} + {_product(second.shape)} = "
        f"{first.size + second.size:,} numbers. The kernel of a convolution with these windows and "
        f"filters has {_product(whole)} = {math.prod(size or 0 for size in whole):,}."
    )


def _pooled(name: str) -> Text:
    """The formula of a pooling: `max(x) over windows of 2 x 2`."""

    def text(held: Attributes) -> str:
        sizes = " x ".join(sizes_of(held, "pool_size"))
        return f"{name}(x) over windows of {sizes}"

    return text


def _over_all(name: str, axes: int) -> Text:
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
    size = held.get("size")
    if not isinstance(size, Items):
        return f"repeat(x, {in_sentence(size)}, axis=1)"
    first = 2 if held.get("data_format") == "channels_first" else 1
    rows, columns = sizes_of(held, "size")
    return f"repeat(repeat(x, {rows}, axis={first}), {columns}, axis={first + 1})"


POOLINGS: Final[Mapping[str, LayerFormula]] = {
    "MaxPooling": LayerFormula(_pooled("max"), sizes=_windows),
    "AveragePooling": LayerFormula(_pooled("mean"), sizes=_windows),
}
"""The layers that pool windows, by class without the number of axes: they share one `call`."""


LAYERS: Final[Mapping[str, LayerFormula]] = {
    "Conv": LayerFormula(_convolution, _kernel, sizes=_windows),
    **{
        f"Conv{axes}DTranspose": LayerFormula(
            _transposed_convolution, _transposed_kernel, sizes=_enlarged
        )
        for axes in (1, 2)
    },
    **{
        f"DepthwiseConv{axes}D": LayerFormula(_depthwise, _depthwise_kernel, sizes=_windows)
        for axes in (1, 2)
    },
    **{
        f"SeparableConv{axes}D": LayerFormula(_separable, _separable_kernels, sizes=_windows)
        for axes in (1, 2)
    },
    **{f"GlobalMaxPooling{axes}D": LayerFormula(_over_all("max", axes)) for axes in (1, 2)},
    **{f"GlobalAveragePooling{axes}D": LayerFormula(_over_all("mean", axes)) for axes in (1, 2)},
    **{
        f"ZeroPadding{axes}D": LayerFormula(lambda held: f"pad(x, {setting(held, 'padding')})")
        for axes in (1, 2)
    },
    **{f"UpSampling{axes}D": LayerFormula(_resized) for axes in (1, 2)},
    **{
        f"Cropping{axes}D": LayerFormula(lambda held: f"crop(x, {setting(held, 'cropping')})")
        for axes in (1, 2)
    },
}
