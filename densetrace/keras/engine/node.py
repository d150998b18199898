"""`Node`, one symbolic call of a layer. Follows keras 2.14 engine/node.py."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from densetrace.keras.utils import tf_utils
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.nest import flatten, is_nested, map_structure, pack_like
from densetrace.tensorflow.tensor import Operators, Tensor

_CONSTANT_VALUE: Final = "_CONSTANT_VALUE"
"""Stands in a config for the layer of an input that no layer returned."""


@of_keras
class Node:
    """One symbolic call of a layer: its arguments and its outputs.

    Nodes are the vertices of a functional model's graph, and symbolic tensors its edges. A layer
    has a node for each call, so a layer that is called twice makes no cycle.

    Follows keras 2.14 engine/node.py, Node.

    Args:
        layer: the layer that was called.
        call_args, call_kwargs: the arguments of the call; none for the node of an input layer.
        outputs: what the call returned, structures of symbolic tensors.
    """

    def __init__(
        self, layer: Any, call_args: Any = None, call_kwargs: Any = None, outputs: Any = None
    ) -> None:
        call_args = [] if call_args is None else call_args
        call_kwargs = {} if call_kwargs is None else call_kwargs
        outputs = [] if outputs is None else outputs
        self.layer = layer
        self.is_input = not call_args and not call_kwargs
        # Copies: a list that the person changes later does not change the graph.
        self.call_args = map_structure(_unchanged, call_args)
        self.call_kwargs = map_structure(_unchanged, call_kwargs)
        self.outputs = map_structure(_unchanged, outputs)
        self._flat_arguments = flatten((self.call_args, self.call_kwargs))
        self._single_positional_tensor_passed = (
            not self.call_kwargs
            and len(self.call_args) == 1
            and isinstance(self.call_args[0], Operators)
        )
        self._keras_inputs: list[Any] = []
        self._keras_inputs_ids_and_indices: list[tuple[str, int]] = []
        for index, argument in enumerate(self._flat_arguments):
            if is_keras_tensor(argument):
                self._keras_inputs.append(argument)
                self._keras_inputs_ids_and_indices.append((str(id(argument)), index))
        self.layer._inbound_nodes.append(self)
        for tensor in self.keras_inputs:
            tensor._keras_history.layer._outbound_nodes.append(self)
        node_index = len(self.layer._inbound_nodes) - 1
        for index, tensor in enumerate(flatten(outputs)):
            tensor._keras_history = KerasHistory(layer, node_index, index)
        self.flat_input_ids = [str(id(tensor)) for tensor in self._keras_inputs]
        self.flat_output_ids = [str(id(tensor)) for tensor in flatten(self.outputs)]

    @property
    def keras_inputs(self) -> list[Any]:
        """The symbolic tensors among the arguments, in their order."""
        return self._keras_inputs

    @property
    def parent_nodes(self) -> list["Node"]:
        """The node of each symbolic tensor among the arguments."""
        return [
            layer._inbound_nodes[node_index] for layer, node_index, _, _ in self.iterate_inbound()
        ]

    def iterate_inbound(self) -> Iterator[tuple[Any, int, int, Any]]:
        """Yield (layer, node index, tensor index, tensor) of each symbolic argument."""
        for tensor in self.keras_inputs:
            yield (*tensor._keras_history, tensor)

    def map_arguments(self, tensor_dict: dict[str, list[Any]]) -> tuple[Any, Any]:
        """Return the arguments of a call in which computed tensors replace the symbolic ones.

        Follows keras 2.14 engine/node.py, Node.map_arguments.

        Args:
            tensor_dict: by the id of a symbolic tensor, one computed tensor for each use of it;
                those used are removed.
        """
        if self._single_positional_tensor_passed:
            tensor_id, _ = self._keras_inputs_ids_and_indices[0]
            return (tensor_dict[tensor_id].pop(),), {}
        flat_arguments = list(self._flat_arguments)
        for tensor_id, index in self._keras_inputs_ids_and_indices:
            flat_arguments[index] = tensor_dict[tensor_id].pop()
        args, kwargs = pack_like((self.call_args, self.call_kwargs), flat_arguments)
        return args, kwargs

    def serialize(
        self, make_node_key: Callable[[str, int], str], node_conversion_map: dict[str, int]
    ) -> Any:
        """Return the call for a config: for each input where it comes from, and the other
        arguments as keyword arguments.

        Follows keras 2.14 engine/node.py, Node.serialize.

        Raises:
            TypeError: if an argument cannot be written as JSON.
        """
        # Imported here, because only configs of models need it.
        from densetrace.keras.saving.legacy.saved_model import json_utils

        spec = self.layer._call_spec
        inputs, args, kwargs = spec.split_out_first_arg(self.call_args, self.call_kwargs)
        kwargs = dict(zip(spec.arg_names[1:], args, strict=False)) | kwargs

        def origin(tensor: Any) -> list[Any]:
            layer, node_index, tensor_index = tensor._keras_history
            node_key = make_node_key(layer.name, node_index)
            return [layer.name, node_conversion_map.get(node_key, 0), tensor_index]

        def serialize_keras_tensor(argument: Any) -> Any:
            if is_keras_tensor(argument):
                return origin(argument)
            if isinstance(argument, np.ndarray):
                return argument.tolist()
            if isinstance(argument, Tensor):
                return argument.numpy().tolist()
            return argument

        kwargs = map_structure(serialize_keras_tensor, kwargs)
        try:
            json.dumps(kwargs, default=json_utils.get_json_type)
        except TypeError as error:
            raise TypeError(
                f"Layer {self.layer.name} was passed non-JSON-serializable arguments. Arguments "
                f"had types: {map_structure(type, kwargs)}. They cannot be serialized out when "
                "saving the model."
            ) from error

        def serialize_first_arg_tensor(argument: Any) -> Any:
            if is_keras_tensor(argument):
                return tf_utils.ListWrapper([*origin(argument), kwargs])
            return tf_utils.ListWrapper(
                [_CONSTANT_VALUE, -1, serialize_keras_tensor(argument), kwargs]
            )

        data = map_structure(serialize_first_arg_tensor, inputs)
        if not is_nested(data) and not self.layer._preserve_input_structure_in_config:
            data = [data]
        return tf_utils.convert_inner_node_data(data)

    @property
    def input_tensors(self) -> Any:
        """The first argument of the call; for an input layer a list of its output."""
        return [self.outputs] if self.is_input else self.call_args[0]

    @property
    def output_tensors(self) -> Any:
        """What the call returned; for an input layer a list of its output."""
        return [self.outputs] if self.is_input else self.outputs

    @property
    def input_shapes(self) -> Any:
        """The shapes of the input tensors; for a list or tuple of one tensor, its shape.

        As in Keras, this also unwraps a single shape of one size: it becomes that size.
        """
        shapes = map_structure(_shape_of, self.input_tensors)
        return shapes[0] if not self.is_input and len(shapes) == 1 else shapes

    @property
    def output_shapes(self) -> Any:
        """The shapes of the output tensors."""
        return map_structure(_shape_of, self.output_tensors)

    @property
    def outbound_layer(self) -> Any:
        """The layer that was called."""
        return self.layer

    @property
    def inbound_layers(self) -> Any:
        """The layers that returned the symbolic arguments: a list, or the only one."""
        if self.is_input:
            return []
        layers = [tensor._keras_history.layer for tensor in self.keras_inputs]
        return layers[0] if len(layers) == 1 else layers


def _unchanged(leaf: Any) -> Any:
    return leaf


def _shape_of(tensor: Any) -> tuple[int | None, ...] | None:
    """Return a known shape as a tuple, or else None. Follows keras 2.14 backend.py, int_shape."""
    try:
        return tuple(tensor.shape)
    except (ValueError, AttributeError):
        return None


@of_keras
class KerasHistory(NamedTuple):
    """The origin of a symbolic tensor: a layer, the index of its node, the index of the output.

    Follows keras 2.14 engine/node.py, KerasHistory.
    """

    layer: Any
    node_index: int
    tensor_index: int


def is_keras_tensor(obj: object) -> bool:
    """Return whether an object is a symbolic tensor that a layer returned.

    Follows keras 2.14 engine/node.py, is_keras_tensor.
    """
    return hasattr(obj, "_keras_history")
