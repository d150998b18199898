"""`Input` and `InputLayer`, which create symbolic tensors.

Follows keras 2.14 engine/input_layer.py.
"""

from typing import Any

import numpy as np

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.keras.engine.node import Node
from densetrace.keras.utils.traceback_utils import filter_traceback
from densetrace.tensorflow.dtypes import as_dtype


@keras_export("keras.layers.InputLayer")
class InputLayer(Layer):
    """The input of a model: a layer with a symbolic output tensor and no computation.

    Follows keras 2.14 engine/input_layer.py, InputLayer.

    Raises:
        ValueError: if a keyword is unknown, if both shapes are given, if `sparse`, `ragged` or
            `type_spec` is given, or if the dtype of `input_tensor` differs from `dtype`.
    """

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        input_tensor: Any = None,
        sparse: bool | None = None,
        name: str | None = None,
        ragged: bool | None = None,
        type_spec: Any = None,
        **kwargs: Any,
    ) -> None:
        if "batch_input_shape" in kwargs:
            batch_input_shape = kwargs.pop("batch_input_shape")
            if input_shape and batch_input_shape:
                raise ValueError(
                    "Only provide the input_shape OR batch_input_shape argument to InputLayer, "
                    "not both at the same time."
                )
            if batch_input_shape:
                batch_size, input_shape = batch_input_shape[0], batch_input_shape[1:]
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {list(kwargs)}")
        if sparse and ragged:
            raise ValueError("Cannot set both sparse and ragged to True in a Keras input.")
        # DEPARTS: Keras has sparse and ragged inputs, and inputs from a type spec. Here they raise
        # a ValueError.
        if sparse or ragged or type_spec is not None:
            raise ValueError(
                "densetrace only supports dense inputs: no sparse, ragged or type_spec."
            )
        name = name or f"input_{backend.get_uid('input')}"
        if not dtype:
            dtype = backend.floatx() if input_tensor is None else input_tensor.dtype
        elif input_tensor is not None and input_tensor.dtype != as_dtype(dtype):
            raise ValueError(
                "`input_tensor.dtype` differs from `dtype`. Received: "
                f"input_tensor.dtype={input_tensor.dtype} but expected dtype={dtype}"
            )
        super().__init__(dtype=dtype, name=name)
        self.built = True
        self.sparse = bool(sparse)
        self.ragged = bool(ragged)
        self.batch_size = batch_size
        self.supports_masking = True
        self.is_placeholder = input_tensor is None
        if isinstance(input_shape, int):
            input_shape = (input_shape,)
        if input_tensor is None:
            shape = (batch_size, *(input_shape or ()))
            input_tensor = KerasTensor(shape, as_dtype(dtype), self.name, self.name)
            self._batch_input_shape: Any = None if input_shape is None else shape
        else:
            if not isinstance(input_tensor, KerasTensor):
                input_tensor = KerasTensor(np.shape(input_tensor), input_tensor.dtype)
            self._batch_input_shape = tuple(input_tensor.shape)
        Node(layer=self, outputs=input_tensor)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return {
            "batch_input_shape": self._batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
        }


@filter_traceback
def Input(  # noqa: N802 - Keras's own name
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    tensor: Any = None,
    ragged: bool | None = None,
    type_spec: Any = None,
    **kwargs: Any,
) -> KerasTensor:
    """Create an `InputLayer` and return its symbolic tensor, to which you can connect layers.

    Follows keras 2.14 engine/input_layer.py, Input.

    Args:
        shape: the sizes without the batch.
        batch_size: the size of the batch, if it is fixed.
        name, dtype: the name and dtype of the input layer.
        tensor: an existing symbolic tensor to wrap.
        **kwargs: `batch_shape` or `batch_input_shape`, the sizes including the batch.

    Raises:
        ValueError: if there is not a shape, or more than one, or a keyword is unknown.
    """
    if sparse and ragged:
        raise ValueError("Cannot set both `sparse` and `ragged` to `True` in a Keras `Input`.")
    config: dict[str, Any] = {
        "name": name,
        "dtype": dtype,
        "sparse": sparse,
        "ragged": ragged,
        "input_tensor": tensor,
        "type_spec": type_spec,
    }
    batch_input_shape = kwargs.pop("batch_input_shape", kwargs.pop("batch_shape", None))
    if shape is not None and batch_input_shape is not None:
        raise ValueError(
            "Only provide the `shape` OR `batch_input_shape` argument to Input, "
            "not both at the same time."
        )
    if all(given is None for given in (batch_input_shape, shape, tensor, type_spec)):
        raise ValueError(
            "Please provide to Input a `shape` or a `tensor` or a `type_spec` argument. "
            "Note that `shape` does not include the batch dimension."
        )
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {list(kwargs)}")
    if batch_input_shape:
        config["batch_input_shape"] = batch_input_shape
    else:
        config |= {"batch_size": batch_size, "input_shape": shape}
    layer = InputLayer(**config)
    outputs: KerasTensor = layer._inbound_nodes[0].outputs
    return outputs
