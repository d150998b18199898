"""Slices of array-like data, sample weights of several outputs, and what `compile` fixed.

Follows keras 2.14 engine/training_utils.py.
"""

from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.tensorflow import structures as nest


def slice_arrays(arrays: Any, indices: Any, contiguous: bool = True) -> Any:
    """Return the rows of one array-like object, or of each in a list, at some positions.

    Follows keras 2.14 engine/training_utils.py, slice_arrays.

    Args:
        arrays: an object with `__getitem__`, or a list of them.
        indices: the positions, i64[batch].
        contiguous: whether the positions follow each other; then a slice of a tensor is read.
    """
    is_list = isinstance(arrays, list)
    listed = arrays if is_list else [arrays]
    if not any(tf.is_tensor(one) for one in listed):
        entries = [None if one is None else one[indices.tolist()] for one in listed]
    elif contiguous:
        entries = [one[indices[0] : indices[-1] + 1] for one in listed]
    else:
        entries = [
            tf.concat([one[index : index + 1] for index in indices.tolist()], axis=0)
            for one in listed
        ]
    return entries if is_list else entries[0]


def handle_partial_sample_weights(
    outputs: Any,
    sample_weights: Any,
    sample_weight_modes: Any,
    check_all_flat: bool = False,
) -> tuple[Any, bool, bool]:
    """Return sample weights with 1.0 for each output that has none.

    Follows keras 2.14 engine/training_utils.py, handle_partial_sample_weights.

    Args:
        outputs: the targets, one for each output.
        sample_weights: their weights; some of a list or tuple may be None.
        sample_weight_modes: "temporal" for an output whose time steps have weights.
        check_all_flat: whether to refuse nested structures.

    Returns:
        The weights or None, whether there is one, and whether there was one and another missing.
    """
    if isinstance(sample_weights, list | tuple):
        any_sample_weight = any(weight is not None for weight in sample_weights)
        partial = any_sample_weight and any(weight is None for weight in sample_weights)
    else:
        any_sample_weight, partial = sample_weights is not None, False
    if not any_sample_weight:
        return None, any_sample_weight, partial
    if not partial:
        return sample_weights, any_sample_weight, partial
    if check_all_flat:
        for structure in (sample_weights, outputs):
            nest.assert_same_structure(
                list_to_tuple(structure), list_to_tuple(nest.flatten(structure))
            )
        if sample_weight_modes is not None:
            nest.assert_same_structure(sample_weight_modes, nest.flatten(sample_weight_modes))
    filled = []
    for at, weight in enumerate(sample_weights):
        if weight is not None:
            filled.append(weight)
            continue
        is_temporal = sample_weight_modes is not None and sample_weight_modes[at] == "temporal"
        shape = tuple(outputs[at].shape[: 2 if is_temporal else 1])
        is_array = isinstance(outputs[at], np.ndarray)
        filled.append(np.ones(shape) if is_array else tf.ones(shape))
    return list_to_tuple(filled), any_sample_weight, partial


class RespectCompiledTrainableState:
    """A `with` block in which the layers are trainable as they were when `compile` was called.

    Setting `layer.trainable` after `compile` has no effect until the model is compiled again.
    Follows keras 2.14 engine/training_utils.py, RespectCompiledTrainableState.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._current_trainable_state: Any = None
        self._compiled_trainable_state: Any = None
        self._should_set_trainable = False

    def __enter__(self) -> None:
        self._current_trainable_state = self._model._get_trainable_state()
        self._compiled_trainable_state = self._model._compiled_trainable_state
        for layer, trainable in self._compiled_trainable_state.items():
            current = self._current_trainable_state
            if layer in current and trainable != current[layer]:
                self._should_set_trainable = True
                break
        if self._should_set_trainable:
            self._model._set_trainable_state(self._compiled_trainable_state)

    def __exit__(self, *error: object) -> None:
        if self._should_set_trainable:
            self._model._set_trainable_state(self._current_trainable_state)


def get_input_shape_and_dtype(layer: Any) -> tuple[Any, Any]:
    """Return the input shape and dtype of a layer, or of the first layer inside it.

    Follows keras 2.14 engine/training_utils.py, get_input_shape_and_dtype.

    Raises:
        ValueError: if the layer is a model without layers.
    """
    while _is_graph_model(layer):
        if not layer.layers:
            raise ValueError("An empty Model cannot be used as a Layer.")
        layer = layer.layers[0]
    shape = getattr(layer, "_batch_input_shape", None)
    return (shape, layer.dtype) if shape else (None, None)


def _is_graph_model(layer: Any) -> bool:
    return getattr(layer, "_is_graph_network", False) or type(layer).__name__ == "Sequential"


def get_static_batch_size(layer: Any) -> int | None:
    """Return the size of the batch, if the input shape of the layer fixes it.

    Follows keras 2.14 engine/training_utils.py, get_static_batch_size.
    """
    batch_input_shape, _ = get_input_shape_and_dtype(layer)
    return None if batch_input_shape is None else batch_input_shape[0]


def list_to_tuple(maybe_list: Any) -> Any:
    """Return a list as a tuple, and anything else unchanged.

    Follows keras 2.14 engine/training_utils.py, list_to_tuple.
    """
    return tuple(maybe_list) if isinstance(maybe_list, list) else maybe_list
