"""The TensorFlow functions that small Keras scripts use around their layers, in NumPy.

Names, arguments and result dtypes are TensorFlow's. Each takes arrays of any shape, variables and
(where its name is also a NumPy operation) symbolic tensors.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from densetrace.keras._ops import Result, as_shape, check_allocation, operand, reduce_sum
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.tensor import Tensor
from densetrace.tensorflow.variables import Variable

if TYPE_CHECKING:
    from logging import Logger

_generator = np.random.default_rng()

# tf.float32 and its like are NumPy's dtypes: layers take either.
float16, float32, float64 = (np.dtype(f"float{bits}") for bits in (16, 32, 64))
int8, int16, int32, int64 = (np.dtype(f"int{bits}") for bits in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64))
complex64, complex128, boolean = np.dtype("complex64"), np.dtype("complex128"), np.dtype("bool")


# -- made ------------------------------------------------------------------------------------------


def zeros(shape: Any, dtype: Any = "float32", name: str | None = None) -> Tensor:
    """[*shape], all 0."""
    return fill(shape, np.zeros((), as_dtype(dtype)))


def ones(shape: Any, dtype: Any = "float32", name: str | None = None) -> Tensor:
    """[*shape], all 1."""
    return fill(shape, np.ones((), as_dtype(dtype)))


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """[*dims], all `value`."""
    scalar = convert_to_tensor(value)
    sizes = as_shape(np.asarray(dims).tolist())
    check_allocation(sizes, scalar.dtype)
    return np.full(sizes, scalar, scalar.dtype).view(Tensor)


def zeros_like(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Zeros in the shape of `input`, and in its dtype unless another is given."""
    like = convert_to_tensor(input)
    return zeros(like.shape, like.dtype if dtype is None else dtype)


def ones_like(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Ones in the shape of `input`, and in its dtype unless another is given."""
    like = convert_to_tensor(input)
    return ones(like.shape, like.dtype if dtype is None else dtype)


def eye(
    num_rows: int,
    num_columns: int | None = None,
    *,
    dtype: Any = "float32",
    name: str | None = None,
) -> Tensor:
    """[num_rows, num_columns] with ones on the diagonal."""
    columns = num_rows if num_columns is None else num_columns
    check_allocation((num_rows, columns), as_dtype(dtype))
    return np.eye(num_rows, columns, dtype=as_dtype(dtype)).view(Tensor)


def arange(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = None
) -> Tensor:
    """`tf.range`: from `start` (0 when only one number is given) to before `limit`."""
    first, last = (0, start) if limit is None else (start, limit)
    check_allocation((max(0, math.ceil((last - first) / delta)),), np.int32)
    return convert_to_tensor(np.arange(first, last, delta).tolist(), dtype)


# -- shaped ----------------------------------------------------------------------------------------


def shape(input: Any, out_type: Any = "int32", name: str | None = None) -> Tensor:
    """The sizes of `input` as a tensor."""
    return convert_to_tensor(list(convert_to_tensor(input).shape), as_dtype(out_type))


def rank(input: Any, name: str | None = None) -> Tensor:
    """How many dimensions `input` has, as a tensor."""
    return convert_to_tensor(len(operand(input).shape))


def size(input: Any, out_type: Any = "int32", name: str | None = None) -> Tensor:
    """How many elements `input` has, as a tensor."""
    return convert_to_tensor(convert_to_tensor(input).size, as_dtype(out_type))


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The same elements in another shape; one size may be -1."""
    result: Tensor = convert_to_tensor(tensor).reshape(np.asarray(shape).tolist())
    return result


def transpose(a: Any, perm: Any = None, name: str | None = None) -> Tensor:
    """`a` with its axes in the order `perm`, or reversed."""
    return convert_to_tensor(a).transpose(perm)


def expand_dims(input: Any, axis: int, name: str | None = None) -> Tensor:
    """`input` with a new axis of size 1."""
    return np.expand_dims(convert_to_tensor(input), axis).view(Tensor)


def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """`input` without its axes of size 1."""
    return np.squeeze(convert_to_tensor(input), axis).view(Tensor)


def concat(values: Sequence[Any], axis: int, name: str | None = None) -> Tensor:
    """The values one after the other along an axis."""
    return np.concatenate([convert_to_tensor(value) for value in values], axis).view(Tensor)


def stack(values: Sequence[Any], axis: int = 0, name: str | None = None) -> Tensor:
    """The values one after the other along a new axis."""
    return np.stack([convert_to_tensor(value) for value in values], axis).view(Tensor)


# -- computed --------------------------------------------------------------------------------------


def _elementwise(ufunc: np.ufunc) -> Callable[..., Result]:
    """TensorFlow's form of a NumPy function of one or two operands."""

    def operation(*operands: Any, name: str | None = None) -> Result:
        tensors = [x for x in operands if isinstance(x, Tensor | KerasTensor | Variable)]
        dtype = operand(tensors[0] if tensors else operands[0]).dtype
        # What is no tensor yet takes the dtype of the one beside it.
        prepared = [
            operand(x) if any(x is t for t in tensors) else as_value(x, dtype) for x in operands
        ]
        if any(x.dtype != dtype for x in prepared):
            dtypes = ", ".join(x.dtype.name for x in prepared)
            raise InvalidArgumentError(f"All operands must have one dtype. Received: {dtypes}")
        with np.errstate(all="ignore"):
            result = ufunc(*prepared)
        return result if isinstance(result, KerasTensor) else convert_to_tensor(result)

    operation.__name__ = operation.__qualname__ = ufunc.__name__
    operation.__doc__ = f"NumPy's {ufunc.__name__}, element by element."
    return operation


add, subtract, multiply = _elementwise(np.add), _elementwise(np.subtract), _elementwise(np.multiply)
divide, maximum, minimum = (
    _elementwise(np.divide),
    _elementwise(np.maximum),
    _elementwise(np.minimum),
)
absolute, negative, square = (
    _elementwise(np.absolute),
    _elementwise(np.negative),
    _elementwise(np.square),
)
sqrt, exp, log, power = (
    _elementwise(np.sqrt),
    _elementwise(np.exp),
    _elementwise(np.log),
    _elementwise(np.power),
)
sin, cos, sign = _elementwise(np.sin), _elementwise(np.cos), _elementwise(np.sign)
equal, less, greater = _elementwise(np.equal), _elementwise(np.less), _elementwise(np.greater)


def reduce_mean(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Result:
    """The mean over one axis, several axes, or all of them; of integers, an integer."""
    x = operand(input_tensor)
    total = reduce_sum(x, axis, keepdims)
    if isinstance(x, KerasTensor) or isinstance(total, KerasTensor):
        return total
    count = x.size // max(1, total.size)
    with np.errstate(all="ignore"):
        mean = total / x.dtype.type(count)
    return convert_to_tensor(np.asarray(np.trunc(mean) if x.dtype.kind in "iu" else mean, x.dtype))


def reduce_min(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The smallest element along one axis, several axes, or all of them."""
    axes = tuple(axis) if isinstance(axis, list) else axis
    return convert_to_tensor(np.min(convert_to_tensor(input_tensor), axes, keepdims=keepdims))


def argmax(
    input: Any, axis: int = 0, output_type: Any = "int64", name: str | None = None
) -> Tensor:
    """Where the largest element along an axis is."""
    found = np.argmax(convert_to_tensor(input), axis)
    return convert_to_tensor(np.asarray(found, as_dtype(output_type)))


# -- drawn -----------------------------------------------------------------------------------------


def set_seed(seed: int) -> None:
    """Make `tf.random` repeatable. Keras's initializers do not heed it: they draw their own seed
    unless `keras.utils.set_random_seed` was called."""
    global _generator
    _generator = np.random.default_rng(abs(int(seed)))


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """[*shape] from a normal distribution.

    The distribution is TensorFlow's; the numbers drawn are NumPy's.
    """
    drawn = _draws(seed).normal(mean, stddev, _sizes(shape))
    return convert_to_tensor(np.asarray(drawn, as_dtype(dtype)))


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """[*shape], evenly spread from `minval`, included, to `maxval` (1 unless given), excluded."""
    target, sizes = as_dtype(dtype), _sizes(shape)
    if target.kind == "f":
        drawn: Any = _draws(seed).uniform(minval, 1 if maxval is None else maxval, sizes)
    elif maxval is None:
        raise ValueError(f"Must specify maxval for integer dtype. Received: dtype={target.name}")
    else:
        drawn = _draws(seed).integers(minval, maxval, sizes)
    return convert_to_tensor(np.asarray(drawn, target))


def _sizes(shape: Any) -> tuple[int, ...]:
    sizes = as_shape(np.asarray(shape).tolist())
    check_allocation(sizes, np.float64)
    return sizes


def _draws(seed: int | None) -> np.random.Generator:
    return _generator if seed is None else np.random.default_rng(abs(int(seed)))


# -- about the program -----------------------------------------------------------------------------


def executing_eagerly() -> bool:
    """Whether operations compute at once: always."""
    return True


def get_logger() -> "Logger":
    """TensorFlow's logger, which stays silent here."""
    import logging

    return logging.getLogger("tensorflow")
