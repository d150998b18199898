"""Helpers of recurrent layers. Follows keras 2.14 layers/rnn/rnn_utils.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import regularizers
from densetrace.tensorflow.nest import is_nested, map_structure
from densetrace.tensorflow.shapes import TensorShape


def standardize_args(
    inputs: Any, initial_state: Any, constants: Any, num_constants: int
) -> tuple[Any, Any, Any]:
    """Return the inputs, the list of initial states and the list of constants of a call.

    All three may be in one list, in this order: symbolic states are inputs of the layer.

    Follows keras 2.14 layers/rnn/rnn_utils.py, standardize_args.
    """
    if isinstance(inputs, list):
        if initial_state is not None or constants is not None:
            raise AssertionError
        if num_constants:
            constants = inputs[-num_constants:]
            inputs = inputs[:-num_constants]
        if len(inputs) > 1:
            initial_state = inputs[1:]
            inputs = inputs[:1]
        inputs = inputs[0]

    def to_list_or_none(x: Any) -> Any:
        if x is None or isinstance(x, list):
            return x
        return list(x) if isinstance(x, tuple) else [x]

    return inputs, to_list_or_none(initial_state), to_list_or_none(constants)


def is_multiple_state(state_size: Any) -> bool:
    """Return whether a `state_size` has one size for each of several states.

    Follows keras 2.14 layers/rnn/rnn_utils.py, is_multiple_state.
    """
    return hasattr(state_size, "__len__") and not isinstance(state_size, TensorShape)


def generate_zero_filled_state_for_cell(cell: Any, inputs: Any, batch_size: Any, dtype: Any) -> Any:
    """Return zeros as the states of a cell before the first step.

    Follows keras 2.14 layers/rnn/rnn_utils.py, generate_zero_filled_state_for_cell.
    """
    if inputs is not None:
        batch_size = tf.shape(inputs)[0]
        dtype = inputs.dtype
    return generate_zero_filled_state(batch_size, cell.state_size, dtype)


def generate_zero_filled_state(batch_size_tensor: Any, state_size: Any, dtype: Any) -> Any:
    """Return zeros, f[batch, size] for each size, in the structure of the sizes.

    Follows keras 2.14 layers/rnn/rnn_utils.py, generate_zero_filled_state.

    Raises:
        ValueError: if the batch size or the dtype is None.
    """
    if batch_size_tensor is None or dtype is None:
        raise ValueError(
            "batch_size and dtype cannot be None while constructing initial state. Received: "
            f"batch_size={batch_size_tensor}, dtype={dtype}"
        )

    def create_zeros(unnested_state_size: Any) -> Any:
        return tf.zeros([batch_size_tensor, *sizes_of(unnested_state_size)], dtype=dtype)

    if is_nested(state_size):
        return map_structure(create_zeros, state_size)
    return create_zeros(state_size)


def sizes_of(state_size: Any) -> list[Any]:
    """Return the sizes of one state without the batch size: a number is the only size."""
    return TensorShape(state_size).as_list()


def caching_device(rnn_cell: Any) -> Any:
    """Return None: a variable is read from where it is.

    Follows keras 2.14 layers/rnn/rnn_utils.py, caching_device.
    """
    # DEPARTS: In a graph of TensorFlow 1, Keras returns a device object that keeps a copy.
    return None


def config_for_enable_caching_device(rnn_cell: Any) -> dict[str, Any]:
    """Return the setting of `enable_caching_device` if it is not the default.

    It has no effect: there is one device.

    Follows keras 2.14 layers/rnn/rnn_utils.py, config_for_enable_caching_device.
    """
    if rnn_cell._enable_caching_device is True:
        return {}
    return {"enable_caching_device": rnn_cell._enable_caching_device}


def config_for_activity_regularizer(layer: Any) -> dict[str, Any]:
    """Return the `activity_regularizer` of a recurrent layer; nothing for a cell, whose config has
    none."""
    if not hasattr(layer, "cell"):
        return {}
    return {"activity_regularizer": regularizers.serialize(layer.activity_regularizer)}


def of_cell(name: str) -> property:
    """Return a property of a layer that reads an attribute of its cell."""
    # DEPARTS: Keras writes a method for each of these properties.
    return property(lambda layer: getattr(layer.cell, name), doc=f"`{name}` of the cell.")
