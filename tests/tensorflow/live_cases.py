"""Operations with inputs to run on densetrace's tensors and on a real TensorFlow alike.

Each case is a function of the module `tf` and of tensors. `outcome` runs it, with first and second
gradients; `differences` compares two outcomes.
"""

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import numpy as np

Case = Callable[..., Any]


def _at(tf: Any, name: str) -> Any:
    for part in name.split("."):
        tf = getattr(tf, part)
    return tf


def _run(name: str, tf: Any, *tensors: Any) -> Any:
    return _at(tf, name)(*tensors)


def _pooled(name: str, axes: int, tf: Any, x: Any, k: Any) -> Any:
    return _at(tf, name)(x if axes == 2 else x[0], 2, 2, "SAME")


UNARY: Final[dict[str, Case]] = {
    name: partial(_run, name)
    for name in (
        "identity", "math.negative", "math.abs", "math.sign", "math.square", "math.sqrt",
        "math.rsqrt", "math.reciprocal", "math.reciprocal_no_nan", "math.exp", "math.expm1",
        "math.log", "math.log1p", "math.sin", "math.cos", "math.tan", "math.asin", "math.acos",
        "math.atan", "math.sinh", "math.cosh", "math.sigmoid", "math.tanh", "math.erf",
        "math.floor", "math.ceil", "math.round", "math.rint", "stop_gradient", "nn.relu",
        "nn.relu6", "nn.leaky_relu", "nn.elu", "nn.selu", "nn.softplus", "nn.softsign", "nn.silu",
        "nn.gelu", "nn.l2_loss", "math.reduce_sum", "math.reduce_mean", "math.reduce_prod",
        "math.reduce_max", "math.reduce_min", "math.reduce_std", "math.reduce_variance",
        "math.reduce_logsumexp", "norm", "zeros_like", "ones_like", "shape", "size", "rank",
        "math.count_nonzero", "nn.zero_fraction", "math.is_nan", "math.is_inf", "math.is_finite",
        "math.l2_normalize", "transpose", "squeeze",
    )
} | {
    "clip_by_value": lambda tf, x: tf.clip_by_value(x, -1.0, 1.0),
    "abs of a difference": lambda tf, x: tf.abs(x - x),
    "cast to float64": lambda tf, x: tf.cast(x, tf.float64),
    "cast to int32 and back": lambda tf, x: tf.cast(tf.cast(x, tf.int32), x.dtype) * x,
    "expand_dims": lambda tf, x: tf.expand_dims(x, 0),
    "flat": lambda tf, x: tf.reshape(x, [-1]),
    "power 0": lambda tf, x: tf.pow(x, 0.0),
    "power 1": lambda tf, x: tf.pow(x, 1.0),
    "power 2": lambda tf, x: tf.pow(x, 2.0),
    "power 3": lambda tf, x: x**3,
    "power 0.5": lambda tf, x: tf.pow(x, 0.5),
    "power -1": lambda tf, x: x**-1,
    "2 to the power": lambda tf, x: 2.0**x,
    "gelu, approximate": lambda tf, x: tf.nn.gelu(x, approximate=True),
    "leaky_relu 0": lambda tf, x: tf.nn.leaky_relu(x, alpha=0.0),
    "swish 2": lambda tf, x: tf.nn.swish(x, 2.0),
    "add_n": lambda tf, x: tf.add_n([x, x, 2.0 * x]),
    "fill": lambda tf, x: tf.fill([2, 2], tf.reduce_sum(x)),
    "repeat": lambda tf, x: tf.repeat(x, 2),
    "p-norm": lambda tf, x: tf.norm(x, ord=3),
    "1-norm": lambda tf, x: tf.norm(x, ord=1),
    "infinite norm": lambda tf, x: tf.norm(x, ord=np.inf),
    "clip_by_norm": lambda tf, x: tf.clip_by_norm(x, 0.5),
    "clip_by_global_norm": lambda tf, x: tf.clip_by_global_norm([x, x * 2.0], 1.0)[0][0],
    "global_norm": lambda tf, x: tf.linalg.global_norm([x, x * 2.0]),
    "unconnected": lambda tf, x: tf.constant([1.0, 2.0]),
    "boolean_mask": lambda tf, x: tf.boolean_mask(tf.reshape(x, [-1]), tf.reshape(x > 0, [-1])),
    "where": lambda tf, x: tf.where(x > 0, x, x * x),
    "where with zeros": lambda tf, x: tf.where(x > 0, tf.sqrt(x), tf.zeros_like(x)),
    "where with one side": lambda tf, x: tf.where(x > 0, tf.math.log(x), 1.0),
    "mean times std": lambda tf, x: tf.reduce_mean(x) * tf.math.reduce_std(x),
}  # fmt: skip
"""Functions of a tensor of any shape."""

BINARY: Final[dict[str, Case]] = {
    name: partial(_run, name)
    for name in (
        "math.add", "math.subtract", "math.multiply", "math.divide", "math.divide_no_nan",
        "math.multiply_no_nan", "math.floordiv", "math.floormod", "math.pow", "math.maximum",
        "math.minimum", "math.squared_difference", "math.atan2", "math.xlogy", "math.equal",
        "math.not_equal", "math.xdivy", "math.less", "math.less_equal", "math.greater",
        "math.greater_equal",
    )
} | {
    "where": lambda tf, x, y: tf.where(x > y, x, y),
    "clip_by_value": lambda tf, x, y: tf.clip_by_value(x * tf.ones_like(y), y - 1.0, y + 1.0),
    "broadcast_to": lambda tf, x, y: tf.broadcast_to(x, tf.shape(x + y)) * y,
    "sigmoid cross-entropy": lambda tf, x, y: tf.nn.sigmoid_cross_entropy_with_logits(
        x + 0.0 * y, y + 0.0 * x
    ),
    "weighted cross-entropy": lambda tf, x, y: tf.nn.weighted_cross_entropy_with_logits(
        x + 0.0 * y, y + 0.0 * x, 2.0
    ),
    "batch_normalization": lambda tf, x, y: tf.nn.batch_normalization(
        x, y, tf.abs(y) + 1.0, y, x, 1e-3
    ),
    "maximum of products": lambda tf, x, y: tf.maximum(x * y, y * x),
}  # fmt: skip
"""Functions of two tensors that broadcast."""

MATRIX: Final[dict[str, Case]] = {
    "sum of rows": lambda tf, x: tf.reduce_sum(x, axis=1, keepdims=True),
    "mean of columns": lambda tf, x: tf.reduce_mean(x, axis=0),
    "product of rows": lambda tf, x: tf.reduce_prod(x, axis=1),
    "product of all": lambda tf, x: tf.reduce_prod(x, axis=[0, 1]),
    "largest of rows": lambda tf, x: tf.reduce_max(x, axis=-1),
    "smallest of columns": lambda tf, x: tf.reduce_min(x, axis=0, keepdims=True),
    "variance of rows": lambda tf, x: tf.math.reduce_variance(x, axis=1),
    "std of columns": lambda tf, x: tf.math.reduce_std(x, axis=0),
    "logsumexp of rows": lambda tf, x: tf.reduce_logsumexp(x, axis=1),
    "norm of rows": lambda tf, x: tf.norm(x, axis=1),
    "l2_normalize": lambda tf, x: tf.math.l2_normalize(x, axis=0),
    "moments": lambda tf, x: tf.stack(tf.nn.moments(x, axes=[0])),
    "softmax": lambda tf, x: tf.nn.softmax(x),
    "softmax of columns": lambda tf, x: tf.nn.softmax(x, axis=0),
    "log_softmax": lambda tf, x: tf.nn.log_softmax(x, axis=0),
    "cross-entropy": lambda tf, x: tf.nn.softmax_cross_entropy_with_logits(
        tf.nn.softmax(x * 2.0), x
    ),
    "cross-entropy of columns": lambda tf, x: tf.nn.softmax_cross_entropy_with_logits(
        tf.nn.softmax(x * 2.0, axis=0), x, axis=0
    ),
    "sparse cross-entropy": lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits(
        tf.argmin(x, axis=1), x
    ),
    "cumsum": lambda tf, x: tf.cumsum(x, axis=1),
    "cumsum, exclusive": lambda tf, x: tf.cumsum(x, axis=0, exclusive=True),
    "cumsum, reverse": lambda tf, x: tf.cumsum(x, axis=1, exclusive=True, reverse=True),
    "cumprod": lambda tf, x: tf.math.cumprod(x, axis=1),
    "cumprod, exclusive": lambda tf, x: tf.math.cumprod(x, axis=1, exclusive=True),
    "cumprod, reverse": lambda tf, x: tf.math.cumprod(x, axis=0, reverse=True),
    "argmax": lambda tf, x: tf.argmax(x, axis=1),
    "argmin": lambda tf, x: tf.argmin(x, axis=0),
    "product with its transpose": lambda tf, x: tf.matmul(x, x, transpose_b=True),
    "transpose times itself": lambda tf, x: tf.matmul(x, x, transpose_a=True),
    "both transposed": lambda tf, x: tf.matmul(
        x, tf.transpose(x), transpose_a=True, transpose_b=True
    ),
    "batched product": lambda tf, x: tf.matmul(x[None], tf.stack([x, x * x]), transpose_b=True),
    "tensordot": lambda tf, x: tf.tensordot(x, x, axes=[[0], [0]]),
    "tensordot over both": lambda tf, x: tf.tensordot(x, x, axes=[[1, 0], [1, 0]]),
    "bias_add": lambda tf, x: tf.nn.bias_add(x, tf.reduce_sum(x, axis=0)),
    "einsum of a transpose": lambda tf, x: tf.einsum("ij->ji", x),
    "einsum of a sum": lambda tf, x: tf.einsum("ij->j", x),
    "einsum of a product": lambda tf, x: tf.einsum("ij,kj->ik", x, x),
    "einsum, element by element": lambda tf, x: tf.einsum("ij,ij->ij", x, x),
    "einsum to a scalar": lambda tf, x: tf.einsum("ij,ij->", x, x),
    "einsum, outer": lambda tf, x: tf.einsum("ij,kl->ijkl", x, x),
    "einsum with dots": lambda tf, x: tf.einsum("...j,...j->...", x, x),
    "einsum of a diagonal": lambda tf, x: tf.einsum("ii->i", tf.matmul(x, x, transpose_b=True)),
    "trace": lambda tf, x: tf.linalg.trace(tf.matmul(x, x, transpose_b=True)),
    "diag": lambda tf, x: tf.linalg.diag(x),
    "diag_part": lambda tf, x: tf.linalg.diag_part(x),
    "band_part": lambda tf, x: tf.linalg.band_part(x, 0, 1),
    "matrix_transpose": lambda tf, x: tf.linalg.matrix_transpose(x),
    "transpose": lambda tf, x: tf.transpose(x, [1, 0]),
    "tile": lambda tf, x: tf.tile(x, [2, 3]),
    "repeat rows": lambda tf, x: tf.repeat(x, 2, axis=0),
    "repeat by counts": lambda tf, x: tf.repeat(tf.concat([x, x], 0)[:2], [0, 3], axis=0),
    "pad": lambda tf, x: tf.pad(x, [[1, 0], [0, 2]], constant_values=5.0),
    "pad, symmetric": lambda tf, x: tf.pad(x, [[1, 0], [0, 1]], "SYMMETRIC"),
    "pad, reflecting": lambda tf, x: tf.pad(tf.concat([x, x, x], 0), [[1, 1], [0, 0]], "REFLECT"),
    "reverse": lambda tf, x: tf.reverse(x, [0]),
    "roll": lambda tf, x: tf.roll(x, [1, -1], [0, 1]),
    "concat": lambda tf, x: tf.concat([x, x * x, x], 1),
    "stack": lambda tf, x: tf.stack([x, x * x], axis=-1),
    "unstack": lambda tf, x: tf.unstack(tf.stack([x, x * x]))[1],
    "split": lambda tf, x: tf.split(tf.concat([x, x * x], 1), 2, axis=1)[1],
    "split by sizes": lambda tf, x: tf.split(tf.concat([x, x * x, x], 0), [x.shape[0], -1])[1],
    "one row": lambda tf, x: tf.concat([x, x], 0)[0],
    "one column": lambda tf, x: x[:, -1] if x.shape[1] else x[:, 0:],
    "backwards": lambda tf, x: x[::-1, ::-1],
    "every second": lambda tf, x: x[:, ::2],
    "new axes": lambda tf, x: x[None, ..., None, 1:],
    "index of a tensor": lambda tf, x: tf.concat([x, x], 1)[:, tf.constant(1) :],
    "gather columns": lambda tf, x: tf.gather(tf.concat([x, x], 1), [0, 0, 1], axis=1),
    "gather rows": lambda tf, x: tf.gather(tf.concat([x, x], 0), [1, 0, 1]) * 2.0,
    "gather in batches": lambda tf, x: tf.gather(
        tf.concat([x, x * x], 1), tf.cast(x > 0, tf.int32), axis=1, batch_dims=1
    ),
    "gather_nd": lambda tf, x: tf.gather_nd(tf.concat([x, x], 0), [[0, 0], [1, 0], [0, 0]]),
    "scatter_nd": lambda tf, x: tf.scatter_nd(
        [[0], [2], [0]], tf.concat([x, x, x], 0)[:3], [4, x.shape[1]]
    ),
    "tensor_scatter_nd_update": lambda tf, x: tf.tensor_scatter_nd_update(
        tf.concat([x, x], 0), [[1]], x[:1] * x[:1]
    ),
    "one_hot": lambda tf, x: tf.one_hot(tf.argmax(x, axis=1), 3) * 2.0,
    "top_k": lambda tf, x: tf.math.top_k(tf.concat([x, x + 0.5], 1), 2)[0],
    "unsorted_segment_sum": lambda tf, x: tf.math.unsorted_segment_sum(
        tf.concat([x, x, x], 0)[:3], [1, -1, 1], 2
    ),
    "where of rows": lambda tf, x: tf.where(x[:, :1] > 0, x, -x),
    "squeeze": lambda tf, x: tf.squeeze(tf.expand_dims(x, 1), 1),
    "clip by rows": lambda tf, x: tf.clip_by_norm(x, 1.0, axes=[1]),
    "linspace": lambda tf, x: tf.linspace(tf.reduce_sum(x), 1.0, 3) if x.dtype == "float32" else x,
    "strided_slice": lambda tf, x: tf.strided_slice(x, [0, 0], [1, 2]),
    "reduce_all": lambda tf, x: tf.reduce_all(x > 0, axis=1),
    "reduce_any": lambda tf, x: tf.reduce_any(x > 0),
}  # fmt: skip
"""Functions of a matrix."""

_VALUES: Final = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 6.0, -3.0, 0.25, 0.0, 1.5, -0.75)
_UNARY_SHAPES: Final = ((), (1,), (3,), (2, 3), (1, 1), (0,), (0, 3), (12,))
_BINARY_SHAPES: Final = (
    ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3)), ((2, 3), ()),
    ((0, 3), (1, 3)), ((1,), (1,)), ((2, 1, 2), (3, 1)), ((12,), (12,)),
)  # fmt: skip
_MATRIX_SHAPES: Final = ((2, 3), (1, 1), (3, 1), (1, 4), (3, 3), (0, 3), (2, 0))
DTYPES: Final = ("float32", "float64")
STYLES: Final = ("grid", "random", "ties", "zeros")

ROUNDED: Final = ("nn.gelu", "gelu, approximate", "resize")
"""Cases that compute in float32 for float64 numbers too, or whose constants TensorFlow 2.14 rounds
to it and later versions do not: they are compared as float32."""

RELATIVE: Final = {"float64": 1e-9, "float32": 1e-4}
"""Of float64, nine digits agree. Of float32, with 24 bits or 6e-8 a rounding, a second gradient
sums some dozens of roundings, and TensorFlow computes some functions to within several of them."""


def array(shape: tuple[int, ...], style: str, dtype: str, seed: int = 0) -> Any:
    """An input: a grid of exact numbers, random ones, ties, or zeros."""
    count = int(np.prod(shape))
    if style == "grid":
        values = np.roll(np.resize(np.array(_VALUES), count), seed)
    elif style == "random":
        values = np.random.default_rng(seed).normal(size=count)
    else:
        values = np.full(count, 2.0 if style == "ties" else 0.0)
    return values.reshape(shape).astype(dtype)


def _twice(x: Any, k: Any) -> list[int]:
    """The shape of what a transposed convolution with strides of 2 makes of `x`."""
    return [x.shape[0], *(2 * size for size in x.shape[1:-1]), k.shape[-1]]


IMAGES: Final[dict[str, Case]] = {
    "convolution": lambda tf, x, k: tf.nn.convolution(x, k, 1, "SAME", "NHWC"),
    "convolution, strides": lambda tf, x, k: tf.nn.convolution(x, k, [1, 2], "VALID", "NHWC"),
    "conv2d": lambda tf, x, k: tf.nn.conv2d(x, k, 2, "SAME"),
    "conv1d": lambda tf, x, k: tf.nn.conv1d(x[0], k[0], 1, "SAME"),
    "conv2d_transpose": lambda tf, x, k: tf.nn.conv2d_transpose(
        x, tf.transpose(k, [0, 1, 3, 2]), _twice(x, k), 2
    ),
    "atrous_conv2d_transpose": lambda tf, x, k: tf.nn.atrous_conv2d_transpose(
        x, tf.transpose(k, [0, 1, 3, 2]), [*x.shape[:3], k.shape[3]], 2, "SAME"
    ),
    "conv1d_transpose": lambda tf, x, k: tf.nn.conv1d_transpose(
        x[0], tf.transpose(k[0], [0, 2, 1]), _twice(x[0], k), 2
    ),
    "depthwise_conv2d": lambda tf, x, k: tf.nn.depthwise_conv2d(x, k, [1, 1, 1, 1], "SAME"),
    **{
        f"{kind}_{name}": partial(_pooled, f"nn.{kind}_{name}", axes)
        for kind in ("max", "avg")
        for name, axes in (("pool", 2), ("pool1d", 1), ("pool2d", 2))
    },
    "pool": lambda tf, x, k: tf.nn.pool(x, [2, 3], "MAX", padding="SAME"),
    "resize": lambda tf, x, k: tf.image.resize(x, (5, 4)),
    "resize, nearest": lambda tf, x, k: tf.image.resize(x, (5, 4), "nearest"),
}
_IMAGE_SHAPES: Final = (((1, 4, 3, 2), (2, 2, 2, 3)), ((2, 3, 3, 4), (3, 1, 4, 2)))

FAMILIES: Final = {
    "images": (IMAGES, _IMAGE_SHAPES),
    "unary": (UNARY, [(shape,) for shape in _UNARY_SHAPES]),
    "binary": (BINARY, _BINARY_SHAPES),
    "matrix": (MATRIX, [(shape,) for shape in _MATRIX_SHAPES]),
}
NAMES: Final = [(family, name) for family, (cases, _) in FAMILIES.items() for name in cases]


def inputs(family: str) -> Iterator[list[Any]]:
    """The inputs of a family of cases: lists of arrays."""
    for dtype, style, shapes in itertools.product(DTYPES, STYLES, FAMILIES[family][1]):
        yield [array(shape, style, dtype, seed) for seed, shape in enumerate(shapes)]


def outcome(tf: Any, case: Case, arrays: list[Any]) -> dict[str, Any]:
    """What a case gives: its value, its gradients and their gradients; or the name of the error at
    the step at which there was one."""
    tensors = [tf.constant(one) for one in arrays]
    found: dict[str, Any] = {}
    try:
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(tensors)
            with tf.GradientTape() as inner:
                inner.watch(tensors)
                value = case(tf, *tensors)
                loss = _weighed(tf, value)
            found["value"] = _plain(value)
            gradients = inner.gradient(loss, tensors)
            known = [_weighed(tf, one) for one in gradients if one is not None]
        found["gradients"] = [_plain(one) for one in gradients]
        if known:
            found["second"] = [_plain(one) for one in outer.gradient(known, tensors)]
    except Exception as error:  # the type is compared
        found["error"] = type(error).__name__
    return found


def _weighed(tf: Any, value: Any) -> Any:
    """A scalar in which each element of a tensor has a weight of its own."""
    value = tf.convert_to_tensor(value)
    count = int(np.prod(value.shape))
    weights = np.linspace(0.5, 1.5, count).reshape(tuple(value.shape))
    return tf.reduce_sum(tf.cast(value, tf.float64) * tf.constant(weights))


def _plain(value: Any) -> Any:
    if value is None:
        return None
    if hasattr(value, "indices"):
        value = value.dense() if hasattr(value, "dense") else _dense(value)
    return np.asarray(value)


def _dense(slices: Any) -> Any:
    whole = np.zeros(tuple(np.asarray(slices.dense_shape)), slices.values.dtype.as_numpy_dtype)
    np.add.at(whole, np.asarray(slices.indices), np.asarray(slices.values))
    return whole


def differences(ours: dict[str, Any], theirs: dict[str, Any], dtype: str) -> list[str]:
    """What of two outcomes differs."""
    if "error" in ours or "error" in theirs:
        return [] if ours.get("error") == theirs.get("error") else ["error"]
    wrong = []
    for part in ours.keys() | theirs.keys():
        mine, real = ours.get(part), theirs.get(part)
        pairs = (
            zip(mine, real, strict=True)
            if isinstance(mine, list) and isinstance(real, list)
            else [(mine, real)]
        )
        if not all(same(a, b, dtype) for a, b in pairs):
            wrong.append(part)
    return wrong


def same(ours: Any, theirs: Any, dtype: str) -> bool:
    """Whether two arrays agree in shape, dtype and numbers; None agrees with None."""
    if ours is None or theirs is None:
        return ours is theirs
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return False
    if ours.dtype.kind not in "fc":
        return bool(np.array_equal(ours, theirs))
    limit = RELATIVE["float32" if "float32" in (dtype, ours.dtype.name) else "float64"]
    return bool(np.allclose(ours, theirs, rtol=limit, atol=limit, equal_nan=True))
