"""What `Layer` needs around a call: the stack of calls, and the making of variables.

Follows keras 2.14 engine/base_layer_utils.py.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.tensorflow.allowance import spent_once
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.ops.allocation import check_allocation
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import init_scope
from densetrace.tensorflow.variables import Variable


def make_variable(
    name: str | None,
    shape: Any,
    dtype: Any,
    initializer: Any,
    *,
    trainable: bool,
    constraint: Callable[[Any], Any] | None,
    layout: Any = None,
    **initializer_arguments: Any,
) -> Variable:
    """A variable of this shape, filled by the initializer and named in the current name scope.

    Follows keras 2.14 engine/base_layer_utils.py, make_variable.

    Raises:
        ResourceExhaustedError, InvalidArgumentError: when no such array can be allocated.
    """
    if not isinstance(name, str | None):
        raise TypeError(f"A variable's name must be a string. Received: name={name!r:.80}")
    sizes = TensorShape(shape if isinstance(shape, list | tuple) else (shape,))
    if not sizes.is_fully_defined():
        raise TypeError(f"A variable's shape must be fully defined. Received: shape={shape}")
    check_allocation(sizes, dtype)
    elements = math.prod(size or 0 for size in sizes)
    # DEPARTS: densetrace has one device. The initializer is handed the layout, as in Keras; the
    # variable is then made as if none had been given.
    if layout is not None:
        initializer_arguments["layout"] = layout
    if isinstance(initializer, type):
        initializer = initializer()
    # Also for a layer that is run on symbols: the first value of a variable is computed at once.
    with init_scope(), spent_once(elements, as_dtype(dtype).numpy):
        value = convert_to_tensor(initializer(shape, dtype=dtype, **initializer_arguments))
    if value.shape != sizes:
        raise ValueError(
            f"The initial value's shape {value.shape} is not compatible with the shape "
            f"{tuple(sizes)} of the variable {name}."
        )
    return Variable(
        value,
        name=name,
        dtype=dtype,
        trainable=trainable,
        constraint=constraint,
    )


def has_keras_tensor(inputs: Any) -> bool:
    """Whether a nested structure holds a symbolic tensor that layers are connected by."""
    return any(isinstance(leaf, KerasTensor) for leaf in flatten(inputs))


class CallContext:
    """The innermost `Layer.__call__` running: its layer, and whether it trains."""

    __slots__ = ("layer", "training")

    def __init__(self, layer: Any = None, training: Any = None) -> None:
        self.layer = layer
        self.training = training

    @property
    def in_call(self) -> bool:
        """Whether any layer is being called."""
        return self.layer is not None


_NO_CALL: Final = CallContext()

_context: ContextVar[CallContext] = ContextVar("densetrace_call", default=_NO_CALL)

call_context = _context.get


@contextmanager
def entered_call(layer: Any, training: Any) -> Iterator[None]:
    """Make `layer` the innermost one being called for the length of a `with` block."""
    token = _context.set(CallContext(layer, training))
    try:
        yield
    finally:
        _context.reset(token)
