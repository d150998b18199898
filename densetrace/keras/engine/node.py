"""`Node`, one symbolic call of a layer. Follows keras 2.14 engine/node.py."""

from typing import Any, NamedTuple

from densetrace.tensorflow.nest import flatten, map_structure


class Node:
    """One symbolic call of a layer: the tensors that went in and the tensors that came out."""

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


class KerasHistory(NamedTuple):
    """Which layer made a symbolic tensor, in which of its nodes, as which of its outputs."""

    layer: Any
    node_index: int
    tensor_index: int
