"""What `Layer` needs around a call: the stack of calls, the call's signature, nodes, and variables.

Follows keras 2.14 engine/base_layer_utils.py, engine/node.py and utils/layer_utils.py.
"""

import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from densetrace.keras import backend
from densetrace.keras._allowance import spend
from densetrace.keras._nest import flatten, map_structure
from densetrace.keras._ops import check_allocation
from densetrace.keras._tensors import (
    GraphTensor,
    KerasTensor,
    TensorShape,
    Variable,
    as_dtype,
    convert_to_tensor,
)
from densetrace.signatures import getfullargspec


@dataclass(frozen=True, slots=True)
class CallContext:
    """The innermost `Layer.__call__` running: its layer, and whether it trains."""

    layer: Any = None
    training: Any = None

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


class CallFunctionSpec:
    """What a layer's `call` takes, beside its inputs.

    Follows keras 2.14 utils/layer_utils.py, CallFunctionSpec.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        spec = getfullargspec(call)
        self.arg_names = spec.args[1:] if inspect.ismethod(call) else spec.args
        accepted = {*spec.args, *spec.kwonlyargs}
        self.expects_training_arg = "training" in accepted or spec.varkw is not None
        self.expects_mask_arg = "mask" in accepted or spec.varkw is not None
        defaults = dict(zip(reversed(spec.args), reversed(spec.defaults or ()), strict=False))
        self.default_training_arg = (defaults | (spec.kwonlydefaults or {})).get("training")

    def split_out_first_arg(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """The inputs, and the other arguments without them.

        Raises:
            ValueError: when the inputs were not passed.
        """
        if args:
            return args[0], args[1:], kwargs
        if self.arg_names and self.arg_names[0] in kwargs:
            rest = dict(kwargs)
            return rest.pop(self.arg_names[0]), (), rest
        raise ValueError("The first argument to `Layer.call` must always be passed.")

    def value_of(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value passed for an argument, by position or by name; None when it was not passed."""
        if name in kwargs:
            return kwargs[name]
        if name in self.arg_names:
            position = self.arg_names.index(name) - 1
            if 0 <= position < len(args):
                return args[position]
        return None


class Node:
    """One symbolic call of a layer: the tensors that went in and the tensors that came out.

    Follows keras 2.14 engine/node.py, Node.
    """

    def __init__(self, layer: Any, inputs: Any = None, outputs: Any = None) -> None:
        self.layer = layer
        self.input_tensors = inputs
        self.outputs = outputs
        self.inbound_layers = [
            tensor._keras_history.layer
            for tensor in flatten(inputs)
            if getattr(tensor, "_keras_history", None)
        ]
        for inbound in self.inbound_layers:
            inbound._outbound_nodes.append(self)
        layer._inbound_nodes.append(self)
        for index, tensor in enumerate(flatten(outputs)):
            if tensor is None:
                continue
            tensor._keras_history = KerasHistory(layer, len(layer._inbound_nodes) - 1, index)

    @property
    def input_shapes(self) -> Any:
        """The shapes of the tensors that went in."""
        return map_structure(_shape_of, self.input_tensors)

    @property
    def output_shapes(self) -> Any:
        """The shapes of the tensors that came out."""
        return map_structure(_shape_of, self.outputs)


def _shape_of(tensor: Any) -> tuple[int | None, ...] | None:
    return None if tensor is None else tuple(tensor.shape)


@dataclass(frozen=True, slots=True)
class KerasHistory:
    """Which layer made a symbolic tensor, in which of its nodes, as which of its outputs."""

    layer: Any
    node_index: int
    tensor_index: int


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
    sizes = TensorShape(shape if isinstance(shape, list | tuple) else (shape,))
    if not sizes.is_fully_defined():
        raise TypeError(f"A variable's shape must be fully defined. Received: shape={shape}")
    check_allocation(sizes, dtype)
    spend(math.prod(size or 0 for size in sizes), as_dtype(dtype))
    # DEPARTS: densetrace has one device. The initializer is handed the layout, as in Keras; the
    # variable is then made as if none had been given.
    if layout is not None:
        initializer_arguments["layout"] = layout
    if isinstance(initializer, type):
        initializer = initializer()
    # DEPARTS: an initializer is handed a NumPy dtype, so that functions of NumPy such as np.zeros
    # work as initializers, which fail on TensorFlow's dtype in Keras.
    value = convert_to_tensor(initializer(shape, dtype=dtype, **initializer_arguments))
    if value.shape != sizes:
        raise ValueError(
            f"The initial value's shape {value.shape} is not compatible with the shape "
            f"{tuple(sizes)} of the variable {name}."
        )
    scope = backend.current_name_scope()
    return Variable(
        value,
        name="/".join(filter(None, (scope, name or "Variable"))),
        dtype=dtype,
        trainable=trainable,
        constraint=constraint,
    )


def has_keras_tensor(inputs: Any) -> bool:
    """Whether a nested structure holds a symbolic tensor that layers are connected by."""
    return any(
        isinstance(leaf, KerasTensor) and not isinstance(leaf, GraphTensor)
        for leaf in flatten(inputs)
    )
