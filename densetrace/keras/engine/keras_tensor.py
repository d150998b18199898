"""Symbolic tensors that layers are connected by.

Follows keras 2.14 engine/keras_tensor.py.
"""

from typing import Any

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

    def __str__(self) -> str:
        spec = f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"
        made = f', description="{self._description}"' if self._keras_history else ""
        return f"KerasTensor(type_spec={spec}, name={self.name!r}{made})"

    def __repr__(self) -> str:
        made = f" ({self._description})" if self._keras_history else ""
        return f"<KerasTensor: shape={self.shape} dtype={self.dtype.name}{made}>"

    @property
    def _description(self) -> str:
        return f"created by layer {self._keras_history.layer.name!r}"
