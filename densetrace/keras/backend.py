"""Names and name scopes, and the functions that Keras builds from TensorFlow's with its own checks.

Follows keras 2.14 backend.py.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import numpy as np

from densetrace.keras import _nn, backend_config
from densetrace.keras._errors import InvalidArgumentError
from densetrace.keras._ops import (
    Result,
    check_kind,
    clip_by_value,
    operand,
    reduce_max,
    reduce_sum,
    symbolic_like,
)
from densetrace.keras._tensors import (
    Array,
    KerasTensor,
    Tensor,
    Variable,
    as_array,
    as_dtype,
    as_value,
    convert_to_tensor,
)
from densetrace.recording.hooks import traced

_uid_map: Final[defaultdict[tuple[str, str], int]] = defaultdict(int)
_observed_names: Final[set[str]] = set()
_scope: ContextVar[str] = ContextVar("densetrace_name_scope", default="")

_FIRST_SCOPE: Final = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
_INNER_SCOPE: Final = re.compile(r"[A-Za-z0-9_.\\/>-]*")

epsilon = backend_config.epsilon
floatx = backend_config.floatx
set_epsilon = backend_config.set_epsilon
set_floatx = backend_config.set_floatx


def cast_to_floatx(x: Any) -> Array:
    """`x` as an array of the default float type.

    Follows keras 2.14 backend.py, cast_to_floatx.
    """
    return as_array(x, as_dtype(floatx()))


def get_uid(prefix: str = "") -> int:
    """The next number for a prefix, from 1.

    Follows keras 2.14 backend.py, get_uid.
    """
    _uid_map["", prefix] += 1
    return _uid_map["", prefix]


def current_name_scope() -> str:
    """The scope that a variable made now would be named in, without the trailing slash."""
    return _scope.get()


def clear_session() -> None:
    """Forget every name given so far: the next Dense is `dense` again."""
    _uid_map.clear()
    _observed_names.clear()


reset_uids = clear_session


@contextmanager
def name_scope(name: str, *, symbolic: bool = False) -> Iterator[None]:
    """Name the variables made inside `outer/name/...`.

    TensorFlow checks the name only while it builds a graph, which is what `symbolic` says.

    Raises:
        ValueError: when a symbolic scope's name has a character that graphs do not allow.
    """
    outer = _scope.get()
    allowed = _INNER_SCOPE if outer else _FIRST_SCOPE
    if symbolic and name and not allowed.fullmatch(name):
        raise ValueError(
            f"A scope name has to match the pattern ^{allowed.pattern}$. Received: {name!r}"
        )
    token = _scope.set(f"{outer}/{name}" if outer and name else outer or name)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def outermost_name_scope() -> Iterator[None]:
    """Leave all name scopes for the length of a `with` block, as `tf.init_scope` does when a graph
    is built inside it."""
    token = _scope.set("")
    try:
        yield
    finally:
        _scope.reset(token)


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """A variable with this value, of the default float type unless another is given.

    Follows keras 2.14 backend.py, variable.
    """
    array = as_array(value, as_dtype(dtype or floatx()))
    return Variable(array, name=name or "Variable", constraint=constraint)


def observe_object_name(name: str) -> None:
    """Remember a name that a person gave, so that an object which asks for it can avoid it."""
    _observed_names.add(name)


@traced("name")
def unique_object_name(
    name: str,
    name_uid_map: defaultdict[tuple[str, str], int] | None = None,
    avoid_names: set[str] | None = None,
    namespace: str = "",
    zero_based: bool = False,
    avoid_observed_names: bool = False,
) -> str:
    """A name no other object of this session has: `dense`, `dense_1`, `dense_2` (zero based), or
    `dense_1`, `dense_2`.

    Follows keras 2.14 backend.py, unique_object_name.
    """
    counts = _uid_map if name_uid_map is None else name_uid_map
    avoid = avoid_names or (_observed_names if avoid_observed_names else set())
    while True:
        number = counts[namespace, name]
        counts[namespace, name] += 1
        if zero_based:
            proposed = f"{name}_{number}" if number else name
        else:
            proposed = f"{name}_{number + 1}"
        if proposed not in avoid:
            return proposed


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, name: str | None = None
) -> KerasTensor:
    """A symbolic tensor of this shape, or of unknown sizes on this many axes.

    Follows keras 2.14 backend.py, placeholder.

    Raises:
        ValueError: when neither is given.
    """
    # DEPARTS: Keras makes one of unknown rank then; densetrace knows no such shapes.
    if shape is None and ndim is None:
        raise ValueError("A placeholder needs a shape or ndim. Received: neither")
    sizes = [None] * ndim if shape is None and ndim is not None else shape
    return KerasTensor(sizes, as_dtype(dtype or floatx()), name)


def eval(x: Any) -> Any:
    """The numbers of a tensor or variable. Follows keras 2.14 backend.py, eval."""
    return get_value(x)


def get_value(x: Any) -> Any:
    """The numbers of a tensor or variable; anything else as it is.

    Follows keras 2.14 backend.py, get_value.
    """
    return x.numpy() if isinstance(x, Tensor | Variable) else x


def set_value(x: Variable, value: Any) -> None:
    """Replace the numbers of a variable. Follows keras 2.14 backend.py, set_value."""
    x.assign(as_array(value, x.dtype))


def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0.0) -> Result:
    """x from `threshold` up to `max_value`, alpha (x - threshold) below. Takes integers.

    Follows keras 2.14 backend.py, relu.
    """
    if alpha != 0.0:
        if max_value is None and threshold == 0:
            return _nn.leaky_relu(x, alpha=alpha)
        x = operand(x)
        negative_part = _nn.relu(as_value(threshold, x.dtype) - x)

    clip_max = max_value is not None
    if threshold != 0:
        x = _nn.zero_up_to(x, threshold)
    elif max_value == 6:
        # The commonest bound has an operation of its own.
        x = _nn.relu6(x)
        clip_max = False
    else:
        x = _nn.relu(x)
    if clip_max:
        x = clip_by_value(x, 0, max_value)
    if alpha != 0.0:
        x = x - as_value(alpha, x.dtype) * negative_part
    return x


def softmax(x: Any, axis: Any = -1) -> Result:
    """exp(x) divided by its sum along an axis, over several, or over all when `axis` is None.

    Follows keras 2.14 backend.py, softmax.

    Raises:
        ValueError: when `x` has fewer than two dimensions.
        InvalidArgumentError: when there is no such axis.
    """
    x = operand(x)
    if len(x.shape) <= 1:
        raise ValueError(
            "A softmax is taken of tensors of 2 dimensions or more. "
            f"Received: a tensor of shape {tuple(x.shape)}"
        )
    if isinstance(axis, int):
        return _nn.softmax(x, axis=axis)
    check_kind(x)
    if isinstance(x, KerasTensor):
        return symbolic_like(x)
    with np.errstate(all="ignore"):
        numerator = np.exp(x - reduce_max(x, axis, keepdims=True))
        return numerator / reduce_sum(numerator, axis, keepdims=True)


# DEPARTS: when predictions come right out of a softmax or sigmoid layer, Keras finds the logits
# behind them and computes from those; the numbers differ only where a probability is almost 0 or
# 1. Here, what is handed over is what is used.
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """One number for each distribution along `axis`; labels are one-hot or probabilities.

    Probabilities are clipped to [epsilon, 1 - epsilon] first, so that no logarithm is infinite.
    Follows keras 2.14 backend.py, categorical_crossentropy.
    """
    target, output = convert_to_tensor(target), convert_to_tensor(output)
    if from_logits:
        return convert_to_tensor(-np.sum(target * _nn.log_softmax(output, axis), axis))
    return convert_to_tensor(-np.sum(target * np.log(_normalized(output, axis)), axis))


def categorical_focal_crossentropy(
    target: Any,
    output: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    axis: int = -1,
) -> Tensor:
    """As `categorical_crossentropy`, with less weight for what is predicted well.

    Follows keras 2.14 backend.py, categorical_focal_crossentropy.
    """
    target, output = convert_to_tensor(target), convert_to_tensor(output)
    if from_logits:
        output = np.exp(_nn.log_softmax(output, axis))
    output = _normalized(output, axis)
    weight = np.power(1.0 - output, gamma) * alpha
    return convert_to_tensor(np.sum(weight * -target * np.log(output), axis))


def sparse_categorical_crossentropy(
    target: Any,
    output: Any,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Tensor:
    """One number for each distribution along `axis`; labels are class numbers.

    Follows keras 2.14 backend.py, sparse_categorical_crossentropy.

    Raises:
        ValueError: unless there is one label for each prediction.
        InvalidArgumentError: for a label that is no class.
        TypeError: for predictions that are integers.
    """
    target, output = convert_to_tensor(target), convert_to_tensor(output)
    if output.dtype.kind != "f":
        raise TypeError(f"Predictions must be floats. Received: y_pred of dtype {output.dtype}")
    wanted = target.astype(np.int64)
    logits = output if from_logits else np.log(_clipped(output))
    logits = np.moveaxis(logits, axis, -1)
    shape, classes = logits.shape[:-1], logits.shape[-1]
    reshape = wanted.ndim != logits.ndim - 1
    labels, rows = wanted.reshape(-1), logits.reshape(-1, classes)
    if len(labels) != len(rows):
        raise ValueError(
            "There must be one label for each prediction. "
            f"Received: labels of shape {target.shape}, predictions of shape {output.shape}"
        )
    kept = np.ones(len(labels), bool) if ignore_class is None else labels != ignore_class
    losses = np.zeros(len(labels), rows.dtype)
    losses[kept] = _pick(-_nn.log_softmax(rows[kept], -1), labels[kept])
    if ignore_class is not None:
        result = convert_to_tensor(losses.reshape(shape))
        result._keras_mask = kept.reshape(shape)
        return result
    return convert_to_tensor(losses if reshape and len(shape) < 2 else losses.reshape(shape))


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """One number for each element; every element is its own yes or no.

    Follows keras 2.14 backend.py, binary_crossentropy.
    """
    target, output = convert_to_tensor(target), convert_to_tensor(output)
    if from_logits:
        # max(x, 0) - x z + log(1 + exp(-|x|)): no exponential can overflow.
        softplus = np.log1p(np.exp(-np.abs(output)))
        return convert_to_tensor(np.maximum(output, 0) - output * target + softplus)
    output = _clipped(output)
    tiny = np.asarray(epsilon(), output.dtype)
    return convert_to_tensor(
        -(target * np.log(output + tiny) + (1 - target) * np.log(1 - output + tiny))
    )


def binary_focal_crossentropy(
    target: Any,
    output: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
) -> Tensor:
    """As `binary_crossentropy`, with less weight for what is predicted well.

    Follows keras 2.14 backend.py, binary_focal_crossentropy.
    """
    target, output = convert_to_tensor(target), convert_to_tensor(output)
    probability = 1 / (1 + np.exp(-output)) if from_logits else output
    predicted = target * probability + (1 - target) * (1 - probability)
    losses = np.power(1.0 - predicted, gamma) * binary_crossentropy(target, output, from_logits)
    if apply_class_balancing:
        losses = (target * alpha + (1 - target) * (1 - alpha)) * losses
    return convert_to_tensor(losses)


def hard_sigmoid(x: Any) -> Result:
    """0.2 x + 0.5, kept between 0 and 1.

    Follows keras 2.14 backend.py, hard_sigmoid.

    Raises:
        TypeError: when the dtype is not floating point.
    """
    x = operand(x)
    line = x * as_value(0.2, x.dtype) + as_value(0.5, x.dtype)
    return clip_by_value(line, 0.0, 1.0)


def _normalized(output: Array, axis: int) -> Any:
    return _clipped(output / np.sum(output, axis, keepdims=True))


def _clipped(output: Any) -> Any:
    tiny = np.asarray(epsilon(), output.dtype)
    return np.clip(output, tiny, 1 - tiny)


def _pick(rows: Any, labels: Any) -> Any:
    # A label without a class has no probability: TensorFlow answers nan for it on a GPU and
    # refuses it on a CPU.
    classes = rows.shape[-1]
    if np.any((labels < 0) | (labels >= classes)):
        raise InvalidArgumentError(
            f"A label must be a class from 0 to {classes - 1}. "
            f"Received: labels from {labels.min()} to {labels.max()}"
        )
    return np.take_along_axis(rows, labels[:, None], axis=-1)[:, 0]
