"""Symbolic tensors that layers are connected by.

Follows keras 2.14 engine/keras_tensor.py.
"""

from collections.abc import Iterator
from typing import Any, NoReturn

from densetrace.tensorflow.symbolic import Symbol


class KerasTensor(Symbol):
    """A symbolic tensor: shape, dtype and, once a layer made it, the node it came from.

    Operators and operations on it give symbolic tensors in turn.
    Follows keras 2.14 engine/keras_tensor.py, KerasTensor.
    """

    # DEPARTS: a tensor that a layer gives has no name. In Keras it has that of the operation in
    # the graph that computes it, such as dense/BiasAdd:0.

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        super().__init__(shape, dtype, name)
        self._keras_history: Any = None

    def __len__(self) -> int:
        raise TypeError(
            "Keras symbolic inputs/outputs do not implement `__len__`. A comparison of symbolic "
            "tensors has no truth value either: use tf.where, or tf.cond in a layer of your own."
        )

    @property
    def op(self) -> NoReturn:
        """Refuse: a KerasTensor is the result of a layer, not of an operation in a graph.

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

    def __str__(self) -> str:
        spec = f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"
        made = f', description="{self._description}"' if self._keras_history else ""
        return f"KerasTensor(type_spec={spec}, name={self.name!r}{made})"

    def __repr__(self) -> str:
        made = f" ({self._description})" if self._keras_history else ""
        return f"<KerasTensor: shape={self.shape} dtype={self.dtype.name}{made}>"

    def __iter__(self) -> Iterator[Any]:
        size = self.shape[0] if self.shape.rank else None
        if size is None:
            raise TypeError("Cannot iterate over a Tensor with unknown first dimension.")
        return (self[at] for at in range(size))

    @property
    def _description(self) -> str:
        return f"created by layer {self._keras_history.layer.name!r}"
