"""`Node`, one symbolic call of a layer. Follows keras 2.14 engine/node.py."""

from typing import Any, NamedTuple

from densetrace.tensorflow.missing import missing
from densetrace.tensorflow.nest import flatten, map_structure


@missing(
    "Node",
    "iterate_inbound map_arguments serialize",
    properties="call_args call_kwargs flat_input_ids flat_output_ids keras_inputs outbound_layer "
    "output_tensors parent_nodes",
)
class Node:
    """One symbolic call of a layer: its input and output tensors."""

    def __init__(self, layer: Any, inputs: Any = None, outputs: Any = None) -> None:
        self.layer = layer
        self.is_input = inputs is None
        self.input_tensors = [outputs] if inputs is None else inputs
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
        """The shapes of the input tensors; for a list or tuple of one tensor, its shape.

        As in Keras, this also unwraps a single shape of one size: it becomes that size.
        """
        shapes = map_structure(_shape_of, self.input_tensors)
        return shapes[0] if not self.is_input and len(shapes) == 1 else shapes

    @property
    def output_shapes(self) -> Any:
        """The shapes of the output tensors."""
        return map_structure(_shape_of, self.outputs)


def _shape_of(tensor: Any) -> tuple[int | None, ...] | None:
    """Return a known shape as a tuple, or else None. Follows keras 2.14 backend.py, int_shape."""
    try:
        return tuple(tensor.shape)
    except (ValueError, AttributeError):
        return None


class KerasHistory(NamedTuple):
    """The origin of a symbolic tensor: a layer, the index of its node, the index of the output."""

    layer: Any
    node_index: int
    tensor_index: int
