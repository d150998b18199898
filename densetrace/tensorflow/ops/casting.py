"""`tf.cast`: the elements of a tensor in another dtype."""

from typing import Any, Final

import numpy as np

from densetrace.recording.hooks import traced
from densetrace.tensorflow.dtypes import as_dtype, of_array, string
from densetrace.tensorflow.errors import UnimplementedError
from densetrace.tensorflow.operation import Operand, Operation, Spec, ask_name, caller, export, run
from densetrace.tensorflow.symbolic import GraphTensor, Symbol
from densetrace.tensorflow.tensor import Array, Operators


def _cast(x: Operand, dtype: Any, name: Any = None) -> Array:
    """`x` with its elements converted to `dtype`: same shape."""
    target = as_dtype(dtype)
    if (x.dtype == object) != (target is string):
        raise UnimplementedError(f"Cast {of_array(x.dtype).name} to {target.name} is not supported")
    # As in TensorFlow, an imaginary part is left out without a word.
    array = x.real if x.dtype.kind == "c" and not target.is_complex else x
    return array.astype(target.numpy)


def _cast_rule(x: Spec, dtype: Any) -> Any:
    return x.shape, as_dtype(dtype), x.known


def _cast_gradient(step: Any, dy: Any) -> Any:
    x = step.operands[0]
    return cast(dy, x.dtype) if x.dtype.is_floating and dy.dtype.is_floating else None


_CAST: Final = Operation(_cast, ("cast",), rule=_cast_rule)
"""Without a hook of its own: `tf.cast` is hooked, and is a step also where it converts nothing."""
_CAST.grad = _cast_gradient


def _cast_into(x: Spec, dtype: Any) -> Any:
    return lambda x, out: np.copyto(out, x, "unsafe")


_CAST.into = _cast_into


@export("cast", "dtypes.cast", asks_handlers=False)
@traced("op", point="tf.cast", caller=caller)
def cast(x: Any, dtype: Any, name: Any = None) -> Any:
    """`x` converted to `dtype`, in the same shape. A tensor of this dtype is returned unchanged,
    with its mask. Follows tf.cast."""
    if isinstance(x, Operators) and x.dtype is as_dtype(dtype) and not _always_new(x):
        return x
    if name is not None:
        ask_name(name)
    return run(_CAST, (x,), {"dtype": dtype})


def _always_new(x: Any) -> bool:
    """Whether each operation on `x` must return a new tensor: true for Keras's symbolic inputs and
    outputs."""
    return isinstance(x, Symbol) and not isinstance(x, GraphTensor)
