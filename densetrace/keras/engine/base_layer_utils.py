"""Helpers of `Layer`: creating variables, and the context of the running call.

Follows keras 2.14 engine/base_layer_utils.py.
"""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any, Final, TypeVar

from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.tensorflow.allowance import spent_once
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.ops.allocation import check_allocation
from densetrace.tensorflow.scopes import init_scope
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import current_graph
from densetrace.tensorflow.variables import Variable

Method = TypeVar("Method", bound=Any)

_PASSING_ON: Final[set[CodeType]] = set()


def passes_on(method: Method) -> Method:
    """Decorate a `__call__` that ends with a call of `Layer.__call__`: the line that called it is
    the line of that step."""
    _PASSING_ON.add(method.__code__)
    return method


def caller(depth: int) -> FrameType:
    """The frame that called a layer."""
    frame = sys._getframe(depth + 1)
    while frame.f_code in _PASSING_ON and frame.f_back is not None:
        frame = frame.f_back
    return frame


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
    """Create a variable of this shape, with the initializer's value, in the current name scope.

    Follows keras 2.14 engine/base_layer_utils.py, make_variable.

    Raises:
        TypeError: if `name` is not a string or `shape` is not fully defined.
        ValueError: if the initializer returns another shape.
        ResourceExhaustedError, InvalidArgumentError: if the array cannot be allocated.
    """
    if not isinstance(name, str | None):
        raise TypeError(f"A variable's name must be a string. Received: name={name!r:.80}")
    sizes = TensorShape(shape if isinstance(shape, list | tuple) else (shape,))
    # The initializer refuses a size that is unknown, as in Keras.
    if sizes.is_fully_defined():
        check_allocation(sizes, dtype)
    elements = math.prod(size or 0 for size in sizes)
    # DEPARTS: Keras distributes the variable over devices by its layout. Here there is one device:
    # the initializer receives the layout, as in Keras, and the variable ignores it.
    if layout is not None:
        initializer_arguments["layout"] = layout
    if isinstance(initializer, type):
        initializer = initializer()
    # The first value is computed at once, even if the layer runs on symbolic tensors.
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
        shape=sizes,
    )


def has_keras_tensor(inputs: Any) -> bool:
    """Return whether a nested structure contains a `KerasTensor`."""
    return any(isinstance(leaf, KerasTensor) for leaf in flatten(inputs))


def unnest_if_single_tensor(input_tensors: Any) -> Any:
    """Return the only tensor of a structure, unless it is a dict, and other structures unchanged.

    Follows keras 2.14 engine/base_layer_utils.py, unnest_if_single_tensor.
    """
    flat_input_tensors = flatten(input_tensors)
    if not isinstance(input_tensors, dict) and len(flat_input_tensors) == 1:
        return flat_input_tensors[0]
    return input_tensors


KERAS_GRAPH: Final = "keras_graph"
"""The name of the graph in which a layer that is called on symbolic tensors runs."""


def is_in_tf_function() -> bool:
    """Return whether a function is traced, outside of a layer that runs on symbolic tensors.

    Follows keras 2.14 engine/base_layer_utils.py, is_in_tf_function.
    """
    graph = current_graph()
    if graph is None:
        return False
    while graph is not None:
        if graph.name == KERAS_GRAPH:
            return False
        graph = graph.outer
    return True


class CallContext:
    """The innermost running `Layer.__call__`: its layer and its `training` value."""

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
    """Make `layer` the innermost called layer during a `with` block."""
    token = _context.set(CallContext(layer, training))
    try:
        yield
    finally:
        _context.reset(token)
