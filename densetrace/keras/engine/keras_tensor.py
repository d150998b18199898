"""The symbolic tensors that connect layers.

Follows keras 2.14 engine/keras_tensor.py.
"""

from collections.abc import Iterator
from typing import Any, Final, NoReturn

import numpy as np

from densetrace.system.real_home import of_keras
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.missing import missing
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.symbolic import GraphTensor, Symbol
from densetrace.tensorflow.tensor import Operators


@of_keras
class NoneKerasTensor:
    """The symbolic output of a layer whose `call` returns None, for instance without `return`.

    Like other outputs it records its layer and node. It has no shape and no dtype.

    Follows keras 2.14 engine/keras_tensor.py, KerasTensor, for None.
    """

    name = None
    _keras_history: Any

    @property
    def type_spec(self) -> str:
        """TensorFlow's type spec of None."""
        return "NoneTensorSpec()"

    @property
    def shape(self) -> NoReturn:
        """Raise: None has no shape.

        Raises:
            AttributeError: always.
        """
        raise AttributeError("'NoneTensorSpec' object has no attribute '_shape'")

    @property
    def dtype(self) -> NoReturn:
        """Raise: None has no dtype.

        Raises:
            AttributeError: always.
        """
        raise AttributeError("'NoneTensorSpec' object has no attribute '_dtype'")

    def __str__(self) -> str:
        return f"KerasTensor(type_spec={self.type_spec}{_details(self)})"

    def __repr__(self) -> str:
        return f"<KerasTensor: type_spec={self.type_spec}{_made_by(self)}>"


NoneKerasTensor.__name__ = NoneKerasTensor.__qualname__ = "KerasTensor"


@of_keras
@missing("KerasTensor", "experimental_ref from_tensor from_type_spec")
class KerasTensor(Symbol):
    """A symbolic tensor: a shape, a dtype and, if a layer created it, the layer's node.

    Operators and operations on it return symbolic tensors.
    Follows keras 2.14 engine/keras_tensor.py, KerasTensor.
    """

    def __init__(
        self,
        shape: Any,
        dtype: Any = "float32",
        name: str | None = None,
        spec_name: str | None = None,
    ) -> None:
        super().__init__(shape, dtype, name)
        self._spec_name = spec_name

    _keras_history: Any

    _inferred_value: list[int | None] | None = None
    """The sizes that a tensor of sizes has, as far as they are known."""

    @property
    def type_spec(self) -> TensorSpec:
        """The shape and dtype."""
        return TensorSpec(self.shape, self.dtype, self._spec_name)

    def __len__(self) -> NoReturn:
        raise TypeError(
            "Keras symbolic inputs/outputs do not implement `__len__`. A comparison of symbolic "
            "tensors has no truth value either: use tf.where, or tf.cond in the call of a layer."
        )

    @property
    def op(self) -> NoReturn:
        """Raise: a KerasTensor is the output of a layer, not of an operation in a graph.

        Raises:
            TypeError: always.
        """
        raise TypeError("Keras symbolic inputs/outputs do not implement `op`.")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise TypeError(
            f"You are passing {self}, an intermediate Keras symbolic input/output, to a function "
            "that needs numbers. Use TensorFlow's function, such as tf.exp for np.exp, or call it "
            "in a layer of your own."
        )

    @property
    def is_tensor_like(self) -> bool:
        """True: TensorFlow accepts it as a tensor."""
        return True

    def __str__(self) -> str:
        value = self._inferred_value
        inferred = "" if value is None else f", inferred_value={value}"
        return f"KerasTensor(type_spec={self.type_spec}{inferred}{_details(self)})"

    def __repr__(self) -> str:
        value = self._inferred_value
        inferred = "" if value is None else f" inferred_value={value}"
        about = f"shape={self.shape} dtype={self.dtype.name}{inferred}"
        return f"<KerasTensor: {about}{_made_by(self)}>"

    @property
    def node(self) -> Any:
        """The node of the call that returned the tensor; None if no layer did.

        Follows keras 2.14 engine/keras_tensor.py, KerasTensor.node.
        """
        if not hasattr(self, "_keras_history"):
            return None
        layer, node_index, _ = self._keras_history
        return layer.inbound_nodes[node_index]

    def __iter__(self) -> Iterator[Any]:
        """Return the slices along the first dimension.

        Raises:
            TypeError: if the tensor is a scalar, or its rank or first size is unknown.
        """
        if self.shape.rank is None:
            raise TypeError("Cannot iterate over a Tensor with unknown shape.")
        if self.shape.rank == 0:
            raise TypeError("Cannot iterate over a scalar.")
        if self.shape[0] is None:
            raise TypeError("Cannot iterate over a Tensor with unknown first dimension.")
        return (self[position] for position in range(self.shape[0]))

    def __bool__(self) -> bool:
        return bool(len(self))


def _inferred_value(tensor: KerasTensor) -> list[int | None] | None:
    """Return the sizes that a tensor of sizes has, as far as they are known; else None.

    A negative one, such as the -1 of `tf.reshape`, counts as unknown beside another unknown size.

    Follows keras 2.14 engine/keras_tensor.py, KerasTensor.from_tensor.

    Raises:
        ValueError: if one is negative and all are known: they are no shape.
    """
    rank, known = tensor.shape.rank, tensor.known
    if tensor.dtype.name != "int32" or rank not in (0, 1):
        return None
    sizes = known if isinstance(known, tuple) else (known,) * (tensor.shape[0] or 0 if rank else 1)
    negative = [size for size in sizes if size is not None and size < 0]
    if negative and None not in sizes:
        raise ValueError(f"Invalid value in tensor used for shape: {negative[0]}")
    return [None if size in negative else size for size in sizes] or None


def _as_layer(name: str, function: Any, args: Any, kwargs: Any) -> Any:
    """Run a function of TensorFlow on symbolic tensors in a layer."""
    from densetrace.keras.layers.core import tf_op_layer  # which imports layers

    return tf_op_layer.as_layer(name, function, args, kwargs)


def _overload_operator(operator: str) -> None:
    """Make one of Python's operators on symbolic tensors create a layer.

    Follows keras 2.14 engine/keras_tensor.py, KerasTensor._overload_operator.
    """
    is_equality = operator in ("__eq__", "__ne__")

    def method(self: KerasTensor, *others: Any) -> Any:
        if is_equality and others[0] is None:
            return operator == "__ne__"
        from densetrace.keras.layers.core import tf_op_layer  # which imports layers

        return tf_op_layer.operator(operator, self, *others)

    method.__name__ = operator
    setattr(KerasTensor, operator, method)


def _getitem(self: KerasTensor, key: Any) -> Any:
    from densetrace.keras.layers.core import tf_op_layer  # which imports layers

    return tf_op_layer.getitem(self, key)


for _operator in (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"),
    *("radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod", "rpow", "rmatmul", "rand", "ror"),
    *("rxor", "lt", "le", "gt", "ge", "eq", "ne", "neg", "abs", "invert"),
):
    _overload_operator(f"__{_operator}__")

KerasTensor.__getitem__ = _getitem  # type: ignore[method-assign, assignment] # like the operators
KerasTensor.handler = staticmethod(_as_layer)


def _details(tensor: KerasTensor | NoneKerasTensor) -> str:
    name = "" if tensor.name is None else f", name={tensor.name!r}"
    made = hasattr(tensor, "_keras_history")
    return f'{name}, description="{_description(tensor)}"' if made else name


def _made_by(tensor: KerasTensor | NoneKerasTensor) -> str:
    return f" ({_description(tensor)})" if hasattr(tensor, "_keras_history") else ""


def _description(tensor: KerasTensor | NoneKerasTensor) -> str:
    return f"created by layer {tensor._keras_history.layer.name!r}"


_VALUES: Final = (np.ndarray, np.generic, float, int, str, bytes)
"""Values that are no tensors, of which an output of `call` may be one."""


def _name_of(tensor: Any) -> str | None:
    """The name of the operation of the graph that computes a tensor, with the output's number."""
    return tensor.name if isinstance(tensor, GraphTensor) else None


def keras_tensor_from_tensor(tensor: Any) -> KerasTensor | NoneKerasTensor:
    """Return a new symbolic tensor like an output of `call`, even if that is an input or None.

    Follows keras 2.14 engine/keras_tensor.py, keras_tensor_from_tensor.

    Raises:
        TypeError: if TensorFlow has no TypeSpec for the output.
    """
    if tensor is None:
        return NoneKerasTensor()
    is_tensor = isinstance(tensor, Operators)
    if not is_tensor:
        is_shape = isinstance(tensor, TensorShape) and tensor.is_fully_defined()
        if not is_shape and not isinstance(tensor, _VALUES):
            raise TypeError(
                f"Could not build a TypeSpec for {tensor} of unsupported type {type(tensor)}."
            )
        tensor = convert_to_tensor(tensor)
    made = KerasTensor(tensor.shape, tensor.dtype, _name_of(tensor))
    made.known = getattr(tensor, "known", None)
    if is_tensor:
        made._inferred_value = sizes = _inferred_value(made)
        scalar = made.shape.rank == 0
        made.known = None if sizes is None else sizes[0] if scalar else tuple(sizes)
    mask = getattr(tensor, "_keras_mask", None)
    if mask is not None:
        made._keras_mask = keras_tensor_from_tensor(mask)
    return made
