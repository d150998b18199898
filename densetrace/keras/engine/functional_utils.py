"""Copies of nodes, for functional models that begin at a tensor inside another model.

Follows keras 2.14 engine/functional_utils.py.
"""

from typing import Any, Final

from densetrace.keras.engine.input_layer import Input
from densetrace.keras.engine.keras_tensor import keras_tensor_from_tensor
from densetrace.keras.engine.node import Node, is_keras_tensor
from densetrace.tensorflow.nest import flatten, map_structure, pack_like

_KERAS_TENSOR_TYPE_CHECK_ERROR_MSG: Final = (
    "Found unexpected instance while processing input tensors for keras functional model. "
    "Expecting KerasTensor which is from tf.keras.Input() or output from keras layer call(). "
    "Got: {}"
)


def is_input_keras_tensor(tensor: Any) -> bool:
    """Return whether a symbolic tensor is that of an input layer.

    Follows keras 2.14 engine/functional_utils.py, is_input_keras_tensor.

    Raises:
        ValueError: if it is not a symbolic tensor of a layer.
    """
    if not is_keras_tensor(tensor):
        raise ValueError(_KERAS_TENSOR_TYPE_CHECK_ERROR_MSG.format(tensor))
    return bool(tensor.node.is_input)


def find_nodes_by_inputs_and_outputs(inputs: Any, outputs: Any) -> list[Node]:
    """Return the nodes between inputs and outputs, from the outputs.

    Follows keras 2.14 engine/functional_utils.py, find_nodes_by_inputs_and_outputs.

    Raises:
        ValueError: if an input or output is not a symbolic tensor of a layer, an output depends on
            another input, or on an input nothing depends.
    """
    starts, ends = flatten(outputs), flatten(inputs)
    for tensor in (*starts, *ends):
        if not is_keras_tensor(tensor):
            raise ValueError(_KERAS_TENSOR_TYPE_CHECK_ERROR_MSG.format(tensor))
    end_ids = {id(tensor) for tensor in ends}
    reached: set[int] = set()
    found: dict[int, Node] = {}
    waiting = [tensor.node for tensor in starts]
    while waiting:
        node = waiting.pop(0)
        if id(node) in found:
            continue
        found[id(node)] = node
        for tensor in node.keras_inputs:
            if id(tensor) in end_ids:
                reached.add(id(tensor))
            elif tensor.node.is_input:
                raise ValueError(
                    "Found input tensor cannot be reached given provided output tensors. Please "
                    f"make sure the tensor {tensor} is included in the model inputs when building "
                    "functional model."
                )
            else:
                waiting.append(tensor.node)
    if end_ids != reached:
        unvisited = [tensor for tensor in ends if id(tensor) not in reached]
        raise ValueError(
            f"Found unvisited input tensors that are disconnected from the outputs: {unvisited}"
        )
    return list(found.values())


def clone_graph_nodes(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """Copy the nodes between inputs and outputs, with an input layer for each input that has none.

    The copies become nodes of the same layers: the new model shares their weights.

    Follows keras 2.14 engine/functional_utils.py, clone_graph_nodes.

    Returns:
        The inputs and outputs of the copies.
    """
    nodes_to_clone = find_nodes_by_inputs_and_outputs(inputs, outputs)
    mapping: dict[int, Any] = {}
    cloned_inputs = []
    for tensor in flatten(inputs):
        cloned = tensor
        if not tensor.node.is_input:
            cloned = Input(tensor=keras_tensor_from_tensor(tensor))
        cloned_inputs.append(cloned)
        mapping[id(tensor)] = cloned
    cloned_outputs = []
    for tensor in flatten(outputs):
        cloned = _clone_keras_tensor(tensor)
        cloned_outputs.append(cloned)
        mapping[id(tensor)] = cloned
    for node in nodes_to_clone:
        output_copy = clone_keras_tensors(node.output_tensors, mapping)
        call_args_copy = clone_keras_tensors(node.call_args, mapping)
        call_kwargs_copy = clone_keras_tensors(node.call_kwargs, mapping)
        Node(
            node.layer,
            call_args=call_args_copy,
            call_kwargs=call_kwargs_copy,
            outputs=output_copy,
        )
    return pack_like(inputs, cloned_inputs), pack_like(outputs, cloned_outputs)


def clone_keras_tensors(args: Any, keras_tensor_mapping: dict[int, Any]) -> Any:
    """Return a structure with a copy of each symbolic tensor, and everything else unchanged.

    Follows keras 2.14 engine/functional_utils.py, clone_keras_tensors.

    Args:
        args: a structure.
        keras_tensor_mapping: the copies that exist, by the id of the tensor; new ones are added.
    """

    def clone(obj: Any) -> Any:
        if not is_keras_tensor(obj):
            return obj
        if id(obj) not in keras_tensor_mapping:
            keras_tensor_mapping[id(obj)] = _clone_keras_tensor(obj)
        return keras_tensor_mapping[id(obj)]

    return map_structure(clone, args)


def _clone_keras_tensor(tensor: Any) -> Any:
    """Return a symbolic tensor of the same shape, dtype and origin."""
    cloned: Any = keras_tensor_from_tensor(tensor)
    cloned._keras_history = tensor._keras_history
    return cloned
