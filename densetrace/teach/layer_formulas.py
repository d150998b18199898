"""A layer in short: the formula of its `call` outside training, and what training changes in it.

Both are read from the steps: the attributes that the layer set, and the `call` that ran.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Function, Instance, Items, Tensor, Value
from densetrace.data.wording import in_sentence, name_of, number, plain
from densetrace.teach.window_words import along, counts, enlarged, numbers, spatial

Attributes = Mapping[str, Value]
"""The attributes of a layer by name."""

_Text = Callable[[Attributes], str]


@dataclass(frozen=True, slots=True)
class _Layer:
    """The formula of a class of layers; what training, or another thing around the layer, adds."""

    formula: _Text
    besides: _Text = lambda held: ""
    in_training: _Text = lambda held: ""
    """What training changes, as a clause without a full stop; empty if it changes nothing."""
    sizes: Callable[[Step, Attributes], str] | None = None
    """What the sizes of the input come to."""


def formula(call: Step, attributes: Attributes) -> str:
    """The output of a layer as a formula of its input: `relu(x @ kernel + bias)`; empty if its
    `call` is not one of Keras's."""
    found = _of(call)
    return found.formula(attributes) if found is not None else ""


_NAME: Final = re.compile(r"\b[^\W\d]\w*+(?![(=])")
"""A name in a formula that is neither a function nor that of an argument."""


def shapes(call: Step, attributes: Attributes) -> str:
    """The formula with shapes in place of the input and the weights, without the activation, which
    changes no shape: `f32[2,3] @ f32[3,64] + f32[64]`. Empty where the formula has other names."""
    text = formula(call, attributes)
    applied = f"{_activation(attributes)}("
    if text.startswith(applied) and text.endswith(")"):
        text = text[len(applied) : -1]
    known = {name: value for name, value in attributes.items() if isinstance(value, Tensor)}
    found = set(_NAME.findall(text))
    given = next(iter(call.inputs.values()), None)
    # Without a weight it would say no more than the shapes of the input and the output.
    if not isinstance(given, Tensor) or "[" in text or found.isdisjoint(known):
        return ""
    known["x"] = given
    return _NAME.sub(lambda name: str(known[name[0]]), text) if known.keys() >= found else ""


def besides(call: Step, attributes: Attributes) -> str:
    """A sentence or two on what the formula does not say, such as what training changes; empty if
    it says all."""
    found = _of(call)
    if found is None:
        return ""
    sizes = "" if found.sizes is None else found.sizes(call, attributes)
    changed = found.in_training(attributes)
    training = f"With training=True, as in fit, {changed}." if changed else ""
    return " ".join(filter(None, (sizes, training, found.besides(attributes))))


def of_training_call(call: Step, attributes: Attributes) -> str:
    """What a call with `training=True` computed, as a sentence, where the formula does not say it;
    empty for any other call."""
    found = _of(call)
    changed = found.in_training(attributes) if found is not None else ""
    is_training = call.inputs.get("training") is True
    return f"In this call (training=True), {changed}." if changed and is_training else ""


def argument(call: Step) -> str:
    """The argument in a formula: `x`, `[x1, x2]` for a list of inputs, or `query, value`."""
    if call.point.endswith(".MultiHeadAttention.call"):
        return ", ".join(name for name in _HEADED if isinstance(call.inputs.get(name), Tensor))
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
        return None if merged is None else _Layer(lambda held: merged(call, held))
    if cls in ("BaseDenseAttention", "Attention"):  # in Keras 2, and in Keras 3
        scored = _SCORES.get(plain(call.facts.get("class")))
        return None if scored is None else _attention(call, scored)
    if cls == "MultiHeadAttention":
        return _heads(call)
    if cls == "Dropout":
        return _LAYERS.get(plain(call.facts.get("class")))
    if cls == "Lambda":
        return _Layer(lambda held: f"your function({argument(call)})")
    return _LAYERS.get(cls.removesuffix("Base"))


# -- words -----------------------------------------------------------------------------------------


def _value(held: Attributes, name: str) -> str:
    """An attribute in a formula; its name, where a layer was created before the trace began."""
    return number(held[name]) if name in held else name


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


def _axis(held: Attributes) -> str:
    """The axis, or the axes, of a layer: `1`, `(1, 2)`."""
    value = held.get("axis")
    if isinstance(value, Items) and value.length == 1:
        return in_sentence(value.items[0])
    return in_sentence(value)


def _applied(held: Attributes, to: str, name: str = "activation") -> str:
    """An activation of a layer, applied: `tanh(h)`, or only `h` if it changes nothing."""
    value = held.get(name)
    function = name_of(value) if isinstance(value, Function | Instance) else name
    return to if function == "linear" else f"{function}({to})"


# -- layers ----------------------------------------------------------------------------------------


def _plus_bias(held: Attributes) -> str:
    return " + bias" if held.get("use_bias") else ""


def _dense(held: Attributes) -> str:
    return _applied(held, "x @ kernel" + _plus_bias(held))


def _affine(held: Attributes, normalized: str) -> str:
    scaled = f"gamma * {normalized}" if held.get("scale") else normalized
    return f"{scaled} + beta" if held.get("center") else scaled


def _batch_normalization(held: Attributes) -> str:
    epsilon = _value(held, "epsilon")
    return _affine(held, f"(x - moving_mean) / sqrt(moving_variance + {epsilon})")


def _batch_statistics(held: Attributes) -> str:
    if held.get("trainable") is False:
        return ""
    momentum = _number(held, "momentum")
    share = "" if momentum is None else f" by {_short(1 - momentum)} of the difference"
    return (
        "mean and variance are those of the batch, and the moving statistics shift towards "
        f"them{share}"
    )


def _frozen_statistics(held: Attributes) -> str:
    if held.get("trainable") is not False:
        return ""
    return "trainable is False, so training uses the moving statistics too."


def _layer_normalization(held: Attributes) -> str:
    return _affine(held, f"(x - mean) / sqrt(variance + {_value(held, 'epsilon')})")


def _of_groups(held: Attributes) -> str:
    return (
        f"The channels, along axis {_axis(held)}, are divided into groups of the same size: "
        f"{_value(held, 'groups')} of them. Mean and variance are computed for each group of each "
        "sample, in training and in predict."
    )


def _normalization(held: Attributes) -> str:
    deviation = "maximum(sqrt(variance), 1e-07)"
    return f"mean + x * {deviation}" if held.get("invert") else f"(x - mean) / {deviation}"


def _adapted(held: Attributes) -> str:
    if held.get("input_mean") is not None:
        return "mean and variance are your arguments: they are not learned."
    return "adapt(data) computes mean and variance; before it they are 0 and 1."


def _encoded(held: Attributes) -> str:
    mode = held.get("output_mode")
    vectors = f"one_hot(x, {_value(held, 'num_tokens')})"
    if mode == "count":
        return f"sum({vectors}, axis=-2)"
    return f"max({vectors}, axis=-2)" if mode == "multi_hot" else vectors


_ALWAYS_UNCHANGED: Final = "The output is the input, in training too."


def _rate(held: Attributes) -> float | None:
    """The rate of a layer that changes its input at random; None where it changes nothing, and
    where the rate is not known."""
    rate = _number(held, "rate")
    return rate if rate is not None and 0 < rate < 1 else None


def _unchanged_always(held: Attributes) -> str:
    """A sentence on a rate with which training changes nothing, or is an error."""
    return "" if _rate(held) is not None or "rate" not in held else _ALWAYS_UNCHANGED


def _unchanged_or_refused(held: Attributes) -> str:
    if _number(held, "rate") == 1:
        return "In training, a rate of 1 is an error: it must be less than 1."
    return _unchanged_always(held)


def _dropped(held: Attributes, what: str = "element") -> str:
    rate = _rate(held)
    if rate is None and "rate" in held:
        return ""
    shown = _value(held, "rate") if rate is None else _short(rate)
    result = "" if rate is None else f" = {_short(1 / (1 - rate))}"
    return (
        f"each {what} becomes 0 with probability {shown}; the others are multiplied by "
        f"1 / (1 - {shown}){result}"
    )


def _noisy(held: Attributes) -> str:
    return f"normally distributed noise of standard deviation {_value(held, 'stddev')} is added"


def _multiplied_noise(held: Attributes) -> str:
    rate = _rate(held)
    if rate is None and "rate" in held:
        return ""
    spread = "" if rate is None else f" = {_short((rate / (1 - rate)) ** 0.5)}"
    return (
        "each element is multiplied by normally distributed noise around 1: its standard "
        f"deviation is sqrt(rate / (1 - rate)){spread}"
    )


def _alpha_dropped(held: Attributes) -> str:
    rate = _rate(held)
    if rate is None and "rate" in held:
        return ""
    shown = _value(held, "rate") if rate is None else _short(rate)
    return (
        f"each element becomes selu's lowest value with probability {shown}; then all are "
        "scaled and shifted to keep mean and variance"
    )


def _rescaled(held: Attributes) -> str:
    scaled, offset = f"x * {_value(held, 'scale')}", _number(held, "offset")
    if offset is None:
        return f"{scaled} + offset"
    sign = "-" if offset < 0 else "+"
    return f"{scaled} {sign} {_short(abs(offset))}" if offset else scaled


def _transposed(held: Attributes) -> str:
    return f"transpose(x, ({', '.join(['0', *_sizes(held, 'dims')])}))"


def _reshaped(held: Attributes) -> str:
    return f"reshape(x, ({', '.join(['batch size', *_sizes(held, 'target_shape')])}))"


def _relu(held: Attributes) -> str:
    usual = {"max_value": ("None",), "negative_slope": ("0", "0.0"), "threshold": ("0", "0.0")}
    values = {name: _value(held, name) for name in usual if name in held}
    given = [f"{name}={value}" for name, value in values.items() if value not in usual[name]]
    return f"relu({', '.join(['x', *given])})"


def _convolution(held: Attributes) -> str:
    return _applied(held, "convolution(x, kernel)" + _plus_bias(held))


def _transposed_convolution(held: Attributes) -> str:
    return _applied(held, "transposed_convolution(x, kernel)" + _plus_bias(held))


_DEPTHWISE: Final = "depthwise_convolution(x, depthwise_kernel)"


def _depthwise(held: Attributes) -> str:
    return _applied(held, _DEPTHWISE + _plus_bias(held))


def _separable(held: Attributes) -> str:
    return _applied(held, f"convolution({_DEPTHWISE}, pointwise_kernel){_plus_bias(held)}")


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
    sizes = _product(kernel.shape)
    groups = _number(held, "groups") or 1
    channels = "channels" if groups == 1 else f"channels / {groups:g} groups"
    return (
        f"The kernel has {sizes} = {kernel.size:,} numbers: window, {channels}, filters. The "
        "number of windows does not matter."
    )


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


def _transposed_kernel(held: Attributes) -> str:
    """The number of weights in the kernel of a transposed convolution, as a product."""
    kernel = held.get("kernel")
    if not isinstance(kernel, Tensor) or None in kernel.shape:
        return ""
    return (
        f"The kernel has {_product(kernel.shape)} = {kernel.size:,} numbers: window, filters, "
        "channels."
    )


def _depthwise_kernel(held: Attributes) -> str:
    """The number of weights in the kernel of a depthwise convolution, as a product."""
    kernel = held.get("depthwise_kernel")
    if not isinstance(kernel, Tensor) or None in kernel.shape:
        return ""
    return (
        f"The kernel has {_product(kernel.shape)} = {kernel.size:,} numbers: window, channels, "
        "depth_multiplier. The output has channels * depth_multiplier channels."
    )


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


def _pooled(name: str) -> _Text:
    """The formula of a pooling: `max(x) over windows of 2 x 2`."""

    def text(held: Attributes) -> str:
        sizes = " x ".join(_sizes(held, "pool_size"))
        return f"{name}(x) over windows of {sizes}"

    return text


def _flattened(held: Attributes) -> str:
    if held.get("data_format") == "channels_first":
        return "reshape(moveaxis(x, 1, -1), (batch size, -1))"
    return "reshape(x, (batch size, -1))"


def _dot(call: Step, held: Attributes) -> str:
    terms = _terms(call)
    if held.get("normalize") is True:
        terms = [f"l2_normalize({term})" for term in terms]
    given = next(iter(call.inputs.values()), None)
    tensors = given.items if isinstance(given, Items) else ()
    if all(isinstance(tensor, Tensor) and len(tensor.shape) == 2 for tensor in tensors):
        return f"sum({' * '.join(terms)}, axis=1, keepdims=True)"
    return f"batch_dot({', '.join(terms)}, axes={_value(held, 'axes')})"


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
    size = held.get("size")
    if not isinstance(size, Items):
        return f"repeat(x, {in_sentence(size)}, axis=1)"
    first = 2 if held.get("data_format") == "channels_first" else 1
    rows, columns = _sizes(held, "size")
    return f"repeat(repeat(x, {rows}, axis={first}), {columns}, axis={first + 1})"


# -- attention -------------------------------------------------------------------------------------


def _einsum(held: Attributes) -> str:
    bias = " + bias" if isinstance(held.get("bias"), Tensor) else ""
    product = f"einsum({in_sentence(held.get('equation'))}, x, kernel)"
    return _applied(held, product + bias)


def _attention(call: Step, scored: Callable[[str, str, Attributes], str]) -> _Layer:
    """An attention of [query, value] or [query, value, key]: the scores, and what masks and
    training change."""
    query, value, *keys = _terms(call)
    key = keys[0] if keys else value

    def formula(held: Attributes) -> str:
        return f"softmax({scored(query, key, held)}) @ {value}"

    def besides(held: Attributes) -> str:
        is_causal = True in (held.get("causal"), call.inputs.get("use_causal_mask"))
        masks = call.inputs.get("mask")
        given = masks.items if isinstance(masks, Items) else ()
        is_masked = is_causal or any(isinstance(mask, Tensor) for mask in given)
        masked = "Values that the mask hides get weights of 0." if is_masked else ""
        rate = _number(held, "dropout") or 0
        dropped = _dropped({"rate": rate}, "weight") if rate else ""
        sums = "The weights of each query add up to 1."
        return " ".join(filter(None, (sums, masked, dropped)))

    return _Layer(formula, besides)


def _dot_score(query: str, key: str, held: Attributes) -> str:
    if held.get("score_mode") == "concat":
        scaled = "scale * ({})" if held.get("use_scale") else "{}"
        return f"concat_score_weight * {_sum_of(query, key, scaled)}"
    scale = "scale * " if held.get("use_scale") else ""
    return f"{scale}{query} @ transpose({key}, (0, 2, 1))"


def _additive_score(query: str, key: str, held: Attributes) -> str:
    return _sum_of(query, key, "{}", "scale * " if held.get("use_scale") else "")


def _sum_of(query: str, key: str, inner: str, outer: str = "") -> str:
    """The sum along the features of each query and each key, after a tanh."""
    pairs = inner.format(f"{query}[:, :, None] + {key}[:, None]")
    return f"sum({outer}tanh({pairs}), axis=-1)"


_SCORES: Final[Mapping[str, Callable[[str, str, Attributes], str]]] = {
    "Attention": _dot_score,
    "AdditiveAttention": _additive_score,
}

_HEADED: Final = ("query", "value", "key")
"""The inputs of `MultiHeadAttention`."""


def _heads(call: Step) -> _Layer | None:
    """The attention of several heads: their number and sizes are those of the projections."""
    calls = [step.result for step in call.children if step.kind == "invoke"]
    projected, *_, output = calls if len(calls) > 1 else (None, None)
    if not isinstance(projected, Tensor) or not isinstance(output, Tensor):
        return None
    if len(projected.shape) < 3:
        return None
    heads, size = projected.shape[-2:]
    has_key = isinstance(call.inputs.get("key"), Tensor)
    projections = (
        "q, k and v are projections of query, key and value"
        if has_key
        else "q is a projection of query, k and v are projections of value"
    )

    def besides(held: Attributes) -> str:
        return (
            f"{projections}, for {heads} heads: q and k have {size} numbers for each. output "
            "projects what all heads found, side by side."
        )

    return _Layer(lambda held: f"output(softmax(q @ transpose(k) / sqrt({size})) @ v)", besides)


# -- recurrent layers ------------------------------------------------------------------------------
# The attributes are those of the layer and of its cell.


def _simple_step(held: Attributes, x: str) -> str:
    sums = f"{x} @ kernel{_plus_bias(held)} + h @ recurrent_kernel"
    return f"h = {_applied(held, sums)}"


def _lstm_step(held: Attributes, x: str) -> str:
    """The four parts of the sums have no activation yet: `i` is one for the input gate."""
    sums = f"{x} @ kernel + h @ recurrent_kernel{_plus_bias(held)}"
    i, f, o = (_applied(held, part, "recurrent_activation") for part in ("i", "f", "o"))
    return (
        f"i, f, g, o = split({sums}, 4); c = {f} * c + {i} * {_applied(held, 'g')}; "
        f"h = {o} * {_applied(held, 'c')}"
    )


def _gru_step(held: Attributes, x: str) -> str:
    """With `reset_after` the reset gate multiplies a product with the state, else the state."""
    is_after = held.get("reset_after") is not False
    biases = ("",) * 2
    if held.get("use_bias"):
        biases = (" + bias[0]", " + bias[1]") if is_after else (" + bias", "")
    of_x = f"xz, xr, xg = split({x} @ kernel{biases[0]}, 3); "
    if is_after:
        of_h = f"hz, hr, hg = split(h @ recurrent_kernel{biases[1]}, 3); "
        z, r, reset = "xz + hz", "xr + hr", "r * hg"
    else:
        of_h = "kz, kr, kg = split(recurrent_kernel, 3); "
        z, r, reset = "xz + h @ kz", "xr + h @ kr", "(r * h) @ kg"
    gates = [
        f"{n} = {_applied(held, s, 'recurrent_activation')}; " for n, s in (("z", z), ("r", r))
    ]
    candidate = _applied(held, f"xg + {reset}")
    if candidate.startswith("xg"):  # no activation, which would have brackets
        candidate = f"({candidate})"
    return f"{of_x}{of_h}{''.join(gates)}h = z * h + (1 - z) * {candidate}"


def _cell(step: Callable[[Attributes, str], str], states: str) -> _Layer:
    """A cell: its output, which is also a state, and how it is computed."""
    return _Layer(lambda held: f"h, [{states}]", lambda held: f"{step(held, 'x')}.")


def _recurrent(step: Callable[[Attributes, str], str], states: str) -> _Layer:
    """A recurrent layer: what it returns, and what it computes in each time step."""

    def outputs(held: Attributes) -> str:
        which = "each" if held.get("return_sequences") is True else "the last"
        shown = f"h after {which} time step"
        return f"[{shown}, last {states}]" if held.get("return_state") is True else shown

    def each(held: Attributes) -> str:
        order = "from the last to the first" if held.get("go_backwards") is True else "in order"
        kept = " The states are kept for the next batch." if held.get("stateful") is True else ""
        return f"For each time step x_t of x, {order}: {step(held, 'x_t')}.{kept}"

    return _Layer(outputs, each)


def _outputs_of_cell(held: Attributes) -> str:
    which = "each" if held.get("return_sequences") is True else "the last"
    shown = f"the cell's output after {which} time step"
    return f"[{shown}, the last states]" if held.get("return_state") is True else shown


def _order_of_backward(held: Attributes) -> str:
    again = "; its outputs are put back in order" if held.get("return_sequences") is True else ""
    return f"backward_layer reads the time steps from the last to the first{again}."


def _merged_directions(held: Attributes) -> str:
    forward, backward = "forward_layer(x)", "backward_layer(x)"
    mode = plain(held.get("merge_mode"))
    merged = {
        "concat": f"concat([{forward}, {backward}], axis=-1)",
        "ave": f"({forward} + {backward}) / 2",
        "sum": f"{forward} + {backward}",
        "mul": f"{forward} * {backward}",
    }.get(mode, f"{forward}, {backward}")
    if held.get("return_state") is True:
        return f"[{merged}, the last states of both]"
    return merged if mode in ("concat", "ave", "sum", "mul") else f"[{merged}]"


def _unchanged(held: Attributes) -> str:
    return "x"


_LAYERS: Final[Mapping[str, _Layer]] = {
    "Dense": _Layer(_dense),
    "EinsumDense": _Layer(_einsum),
    "Activation": _Layer(lambda held: f"{_activation(held)}(x)"),
    "Embedding": _Layer(
        lambda held: "embeddings[x]",
        lambda held: "Each index in x is replaced with its row of embeddings.",
    ),
    "Flatten": _Layer(_flattened),
    "Reshape": _Layer(_reshaped),
    "Permute": _Layer(_transposed),
    "RepeatVector": _Layer(lambda held: f"{_value(held, 'n')} copies of x along a new axis 1"),
    "Masking": _Layer(
        lambda held: f"x * any(x != {_value(held, 'mask_value')}, axis=-1, keepdims=True)",
        lambda held: (
            "The mask is passed on with the output: later layers skip the masked time steps if "
            "they support masks."
        ),
    ),
    "Dropout": _Layer(_unchanged, _unchanged_or_refused, _dropped),
    **{
        f"SpatialDropout{axes}D": _Layer(
            _unchanged,
            _unchanged_or_refused,
            lambda held: _dropped(held, "channel of a sample"),
        )
        for axes in (1, 2)
    },
    "Rescaling": _Layer(
        _rescaled,
        lambda held: "scale and offset are your arguments: they are not learned.",
    ),
    "GaussianNoise": _Layer(_unchanged, in_training=_noisy),
    "GaussianDropout": _Layer(_unchanged, _unchanged_always, _multiplied_noise),
    "AlphaDropout": _Layer(_unchanged, _unchanged_always, _alpha_dropped),
    "BatchNormalization": _Layer(_batch_normalization, _frozen_statistics, _batch_statistics),
    "LayerNormalization": _Layer(
        _layer_normalization,
        lambda held: (
            f"Mean and variance are computed along axis {_axis(held)}, for each sample on its own, "
            "in training and in predict."
        ),
    ),
    "GroupNormalization": _Layer(_layer_normalization, _of_groups),
    "Normalization": _Layer(_normalization, _adapted),
    "CategoryEncoding": _Layer(_encoded),
    "Conv": _Layer(_convolution, _kernel, sizes=_windows),
    **{
        f"Conv{axes}DTranspose": _Layer(
            _transposed_convolution, _transposed_kernel, sizes=_enlarged
        )
        for axes in (1, 2)
    },
    **{
        f"DepthwiseConv{axes}D": _Layer(_depthwise, _depthwise_kernel, sizes=_windows)
        for axes in (1, 2)
    },
    **{
        f"SeparableConv{axes}D": _Layer(_separable, _separable_kernels, sizes=_windows)
        for axes in (1, 2)
    },
    **{f"GlobalMaxPooling{axes}D": _Layer(_over_all("max", axes)) for axes in (1, 2)},
    **{f"GlobalAveragePooling{axes}D": _Layer(_over_all("mean", axes)) for axes in (1, 2)},
    **{
        f"ZeroPadding{axes}D": _Layer(lambda held: f"pad(x, {_value(held, 'padding')})")
        for axes in (1, 2)
    },
    **{f"UpSampling{axes}D": _Layer(_resized) for axes in (1, 2)},
    **{
        f"Cropping{axes}D": _Layer(lambda held: f"crop(x, {_value(held, 'cropping')})")
        for axes in (1, 2)
    },
    "ReLU": _Layer(_relu),
    "LeakyReLU": _Layer(lambda held: f"x where x > 0, else {_value(held, 'alpha')} * x"),
    "PReLU": _Layer(
        lambda held: "x where x > 0, else alpha * x",
        lambda held: "alpha is a weight: it is learned.",
    ),
    "ELU": _Layer(lambda held: f"x where x > 0, else {_value(held, 'alpha')} * (exp(x) - 1)"),
    "ThresholdedReLU": _Layer(lambda held: f"x where x > {_value(held, 'theta')}, else 0"),
    "Softmax": _Layer(lambda held: f"exp(x) / sum(exp(x), axis={_axis(held)}, keepdims=True)"),
    "SimpleRNNCell": _cell(_simple_step, "h"),
    "LSTMCell": _cell(_lstm_step, "h, c"),
    "GRUCell": _cell(_gru_step, "h"),
    "SimpleRNN": _recurrent(_simple_step, "h"),
    "LSTM": _recurrent(_lstm_step, "h, last c"),
    "GRU": _recurrent(_gru_step, "h"),
    "RNN": _Layer(_outputs_of_cell),
    "Bidirectional": _Layer(_merged_directions, _order_of_backward),
    "TimeDistributed": _Layer(
        lambda held: "layer(x_t) for each time step x_t of x",
        lambda held: "All time steps share the weights of the layer.",
    ),
    "UnitNormalization": _Layer(
        lambda held: f"x / sqrt(sum(x ** 2, axis={_axis(held)}, keepdims=True))"
    ),
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

_MERGES: Final[Mapping[str, Callable[[Step, Attributes], str]]] = {
    "Add": lambda call, held: " + ".join(_terms(call)),
    "Subtract": lambda call, held: " - ".join(_terms(call)),
    "Multiply": lambda call, held: " * ".join(_terms(call)),
    "Average": lambda call, held: f"({' + '.join(_terms(call))}) / {len(_terms(call))}",
    "Maximum": lambda call, held: f"maximum({', '.join(_terms(call))})",
    "Minimum": lambda call, held: f"minimum({', '.join(_terms(call))})",
    "Concatenate": lambda call, held: (
        f"concat([{', '.join(_terms(call))}], axis={_value(held, 'axis')})"
    ),
    "Dot": _dot,
}
"""The layers that merge, by class: the formula of their inputs."""
