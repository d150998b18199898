"""Layers for the functions of TensorFlow that are called on symbolic tensors outside of a layer.

`x = tf.nn.relu(x)` between two layers of a functional model becomes a `TFOpLambda`, and `x[:, 0]` a
`SlicingOpLambda`: both have nodes, so the model runs the function like any other layer.

Follows keras 2.14 layers/core/tf_op_layer.py.
"""

import contextlib
import inspect
from collections.abc import Callable
from typing import Any, Final, Self

from densetrace.keras import _dispatch, backend
from densetrace.keras._exports import library_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.tensorflow import canonical_names
from densetrace.tensorflow.canonical_names import (
    get_canonical_name_for_symbol,
    get_symbol_from_name,
)
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.nest import map_structure
from densetrace.tensorflow.tensor import Operators


# DEPARTS: Keras also has ClassMethod, InstanceProperty and InstanceMethod, for ragged and sparse
# tensors. Here there are no such tensors.
class TFOpLambda(Layer):
    """A layer that calls a function of TensorFlow.

    Keras creates one whenever a function is called on a symbolic tensor outside of a layer.

    Follows keras 2.14 layers/core/tf_op_layer.py, TFOpLambda.

    Args:
        function: the function.
        **kwargs: the keyword arguments of `Layer`; without `name`, the layer is called like the
            function.
    """

    # DEPARTS: Keras warns about variables that the function uses, and refuses those that it
    # creates. Here both are allowed.

    def __init__(self, function: Callable[..., Any], **kwargs: Any) -> None:
        self.function = function
        self.symbol = get_canonical_name_for_symbol(
            function
        ) or _dispatch.get_canonical_name_for_symbol(function)
        if "name" not in kwargs:
            # A name that no layer has: the person cannot choose another one.
            name = f"tf.{self.symbol}" if self.symbol else function.__name__
            kwargs["name"] = backend.unique_object_name(
                name, zero_based=True, avoid_observed_names=True
            )
        kwargs["autocast"] = False
        self.call = _like(function, self._call_wrapper)  # type: ignore[method-assign] # as in Keras
        super().__init__(**kwargs)
        self._preserve_input_structure_in_config = True
        self._call_spec.expects_training_arg = False
        self._call_spec.expects_mask_arg = False

    def _call_wrapper(self, *args: Any, **kwargs: Any) -> Any:
        # A name would be that of several operations when the layer is called again.
        kwargs.pop("name", None)
        return self.function(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer: the function by its name.

        Raises:
            ValueError: if the function is not a public one of TensorFlow.
        """
        if not self.symbol:
            raise ValueError(
                f"This Keras op layer was generated from {self.function}, a method that is not "
                "publicly exposed in the TensorFlow API. Only op layers produced from public "
                "TensorFlow API symbols can be serialized."
            )
        return super().get_config() | {"function": self.symbol}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Create a layer that calls the function with this name.

        Raises:
            ValueError: if TensorFlow has no such function here.
        """
        # DEPARTS: Keras calls any public function of TensorFlow that a config names, even one that
        # writes files. Here a config can only name operations, and functions of Keras that run on
        # tensors.
        symbol_name = config["function"]
        function = get_symbol_from_name(symbol_name) or _dispatch.get_symbol_from_name(symbol_name)
        if not function:
            raise ValueError(f"TF symbol `{symbol_name}` could not be found.")
        return cls(**config | {"function": function})


class SlicingOpLambda(TFOpLambda):
    """A layer that takes a part of a tensor: `x[:, 0]`, `tf.boolean_mask(x, mask)`.

    A slice among the arguments is a dict in the node, since a config cannot hold a slice.

    Follows keras 2.14 layers/core/tf_op_layer.py, SlicingOpLambda.

    Args:
        function: the function.
        **kwargs: the keyword arguments of `TFOpLambda`.
    """

    def __init__(self, function: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(function, **kwargs)
        original_call = self.call

        def call_wrapper(*args: Any, **kwargs: Any) -> Any:
            named = {name: _with_slices(value) for name, value in kwargs.items()}
            return original_call(*map(_with_slices, args), **named)

        self.call = _like(function, call_wrapper)  # type: ignore[method-assign] # as in Keras


library_export("keras.src.layers.core.tf_op_layer", TFOpLambda)
library_export("keras.src.layers.core.tf_op_layer", SlicingOpLambda)


def _like(function: Any, wrapper: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls `wrapper`, with the name and signature of `function`."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return wrapper(*args, **kwargs)

    made: Callable[..., Any] = canonical_names.named(
        call, function.__name__, inspect.signature(function)
    )
    made.__module__ = function.__module__
    return made


def as_layer(name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function of TensorFlow on symbolic tensors: in a layer of its own.

    Follows keras 2.14 layers/core/tf_op_layer.py, KerasOpDispatcher.handle.

    Args:
        name: the function's first public name, without `tf.`.
        function: the function.
        args, kwargs: the arguments of the call.
    """
    if name in canonical_names.PASSED_THROUGH:
        if name == "math.logical_xor":
            return _logical_xor(*args, **kwargs)
        return function.inner(*args, **kwargs)
    # DEPARTS: In Keras the arguments of the layer are those that were passed. Here an argument of
    # an operation that has its default value counts as not passed.
    symbol = canonical_names.inner_name(name)
    if canonical_names.function_of(symbol) is None:
        return TFOpLambda(function)(*args, **kwargs)
    names = list(inspect.signature(function).parameters)
    call = canonical_names.call_of(name)
    is_generated = call is None and canonical_names.is_generated(name)
    if is_generated:
        call = canonical_names.Call(" ".join(names), 0, {"name": None})
    if call is not None:
        given = call.renamed(dict(zip(names, args, strict=False)) | kwargs)
        given = call.defaults | given
        order = names if is_generated else call.parameters.split()
        given = {one: given[one] for one in order if one in given} | given
        args = tuple(
            given.pop(parameter) for parameter in call.parameters.split()[: call.positional]
        )
        kwargs = given
    made = SlicingOpLambda if symbol == "compat.v1.boolean_mask" else TFOpLambda
    return made(get_symbol_from_name(symbol))(*args, **kwargs)


def _logical_xor(x: Any, y: Any, name: Any = None) -> Any:
    either = operator("__or__", x, y)
    both = operator("__and__", x, y)
    return operator("__and__", either, operator("__invert__", both))


_REFLECTED: Final = {
    "__radd__": "__add__", "__rsub__": "__sub__", "__rmul__": "__mul__",
    "__rtruediv__": "__truediv__", "__rfloordiv__": "__floordiv__", "__rmod__": "__mod__",
    "__rpow__": "__pow__", "__rand__": "__and__", "__ror__": "__or__", "__rxor__": "__xor__",
    "__rmatmul__": "__matmul__",
}  # fmt: skip

_SYMBOLS: Final = {
    "__add__": "math.add", "__sub__": "math.subtract", "__mul__": "math.multiply",
    "__truediv__": "math.truediv", "__floordiv__": "compat.v1.floor_div",
    "__mod__": "math.floormod", "__pow__": "math.pow", "__matmul__": "linalg.matmul",
    "__lt__": "math.less", "__le__": "math.less_equal", "__gt__": "math.greater",
    "__ge__": "math.greater_equal", "__and__": "math.logical_and", "__or__": "math.logical_or",
    "__neg__": "math.negative", "__abs__": "math.abs", "__invert__": "math.logical_not",
    "__eq__": "__operators__.eq", "__ne__": "__operators__.ne",
}  # fmt: skip
"""Python's operator -> the function that it calls on symbolic tensors."""

_OF_INTEGERS: Final = {
    "__and__": "bitwise.bitwise_and", "__or__": "bitwise.bitwise_or",
    "__xor__": "bitwise.bitwise_xor", "__invert__": "bitwise.invert",
}  # fmt: skip

_WITHOUT_NAME: Final = ("__abs__", "__eq__", "__ne__")
"""Operators that pass no `name` to the function."""


def operator(method: str, tensor: Any, *others: Any) -> Any:
    """Apply one of Python's operators to a symbolic tensor: a layer of its own.

    Follows keras 2.14 engine/keras_tensor.py, KerasTensor._overload_operator.

    Args:
        method: the operator's method, such as `__add__`.
        tensor: the tensor whose method it is.
        *others: the other operand.
    """
    operands = (tensor, *others)
    if method in _REFLECTED:
        # As in TensorFlow, a left operand is converted to the dtype of the tensor, but a tensor of
        # another dtype fails in the layer.
        method = _REFLECTED[method]
        dtype = None if isinstance(others[0], Operators) else tensor.dtype
        operands = (convert_to_tensor(others[0], dtype), tensor)
    if tensor.dtype.is_integer and method in _OF_INTEGERS:
        symbol = _OF_INTEGERS[method]
    elif method == "__xor__":
        return _logical_xor(*operands)
    else:
        symbol = _SYMBOLS[method]
    if method == "__add__":
        first, second = operands
        symbol = "__operators__.add"
        if isinstance(first, KerasTensor) and not isinstance(second, KerasTensor):
            try:
                operands = (first, convert_to_tensor(second, first.dtype))
                symbol = "math.add"
            except (TypeError, ValueError):
                # An operand of another dtype fails in a layer for math.add, then in this one.
                with contextlib.suppress(TypeError, ValueError):
                    other = convert_to_tensor(second)
                    return TFOpLambda(get_symbol_from_name("math.add"))(x=first, y=other, name=None)
    layer = TFOpLambda(get_symbol_from_name(symbol))
    if canonical_names.is_generated(symbol) or symbol == "compat.v1.floor_div":
        return layer(**dict(zip("xy", operands, strict=False)), name=None)
    return layer(*operands) if method in _WITHOUT_NAME else layer(*operands, name=None)


def getitem(tensor: Any, key: Any) -> Any:
    """Take a part of a symbolic tensor: a layer of its own.

    Follows keras 2.14 layers/core/tf_op_layer.py, TFSlicingOpDispatcher.handle.
    """
    function = get_symbol_from_name(canonical_names.GETITEM)
    return SlicingOpLambda(function)(tensor, map_structure(_slice_to_dict, key))


def _slice_to_dict(item: Any) -> Any:
    if isinstance(item, slice):
        return {"start": item.start, "stop": item.stop, "step": item.step}
    return item


def _dict_to_slice(item: Any) -> Any:
    if isinstance(item, dict):
        return slice(item["start"], item["stop"], item["step"])
    return item


def _with_slices(argument: Any) -> Any:
    """Return an argument with slices for the dicts that stand for them."""
    argument = _dict_to_slice(argument)
    if isinstance(argument, list | tuple):
        return [_dict_to_slice(item) for item in argument]
    return argument
