"""The connections of a layer to other layers: its nodes, and the tensors, shapes and masks in them.

`Layer` inherits this. Follows keras 2.14 engine/base_layer.py, the part of `Layer` that reads
nodes.
"""

from typing import Any

from densetrace.keras.engine.node import Node


class Connections:
    """The symbolic inputs and outputs of a layer, one node per call."""

    name: str
    _inbound_nodes: list[Node]
    _outbound_nodes: list[Node]

    @property
    def inbound_nodes(self) -> list[Node]:
        """The nodes of this layer's symbolic calls."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self) -> list[Node]:
        """The nodes of the symbolic calls that use this layer's outputs."""
        return self._outbound_nodes

    @property
    def input(self) -> Any:
        """The symbolic input of the layer's first node."""
        return _alone(self._first_node("input").input_tensors)

    @property
    def output(self) -> Any:
        """The symbolic output of the layer's first node."""
        return _alone(self._first_node("output").outputs)

    @property
    def input_mask(self) -> Any:
        """The masks of `input`: a list if `input` is a list.

        Follows keras 2.14 engine/base_layer.py, Layer.input_mask.
        """
        return _masks(self.input)

    @property
    def output_mask(self) -> Any:
        """The masks of `output`: a list if `output` is a list.

        Follows keras 2.14 engine/base_layer.py, Layer.output_mask.
        """
        return _masks(self.output)

    @property
    def input_shape(self) -> Any:
        """The shape of the layer's symbolic inputs, as a tuple.

        Raises:
            AttributeError: if the layer has no node, or nodes with different input shapes.
        """
        shape = self._first_node("input shape").input_shapes
        self._refuse_several("input", [node.input_shapes for node in self._inbound_nodes])
        return shape

    @property
    def output_shape(self) -> Any:
        """The shape of the layer's symbolic outputs, as a tuple.

        Raises:
            AttributeError: if the layer has no node, or nodes with different output shapes.
        """
        shape = self._first_node("output shape").output_shapes
        self._refuse_several("output", [node.output_shapes for node in self._inbound_nodes])
        return shape

    def get_input_at(self, node_index: int) -> Any:
        """Return the input of the node at this index.

        Raises:
            RuntimeError: if the layer was never called on symbolic tensors.
            ValueError: if the layer has fewer nodes.
        """
        return _alone(self._node_at(node_index, "input").input_tensors)

    def get_output_at(self, node_index: int) -> Any:
        """Return the output of the node at this index; raises like `get_input_at`."""
        return _alone(self._node_at(node_index, "output").outputs)

    def get_input_mask_at(self, node_index: int) -> Any:
        """Return the masks of the node's inputs; raises like `get_input_at`."""
        return _masks(self.get_input_at(node_index))

    def get_output_mask_at(self, node_index: int) -> Any:
        """Return the masks of the node's outputs; raises like `get_input_at`."""
        return _masks(self.get_output_at(node_index))

    def get_input_shape_at(self, node_index: int) -> Any:
        """Return the shapes of the node's inputs; raises like `get_input_at`."""
        return _alone(self._node_at(node_index, "input shape").input_shapes)

    def get_output_shape_at(self, node_index: int) -> Any:
        """Return the shapes of the node's outputs; raises like `get_input_at`."""
        return _alone(self._node_at(node_index, "output shape").output_shapes)

    def _first_node(self, what: str) -> Node:
        if not self._inbound_nodes:
            raise AttributeError(
                f'The layer "{self.name}" has never been called and thus has no defined {what}. '
                "Note that this property is only available for Sequential models and their layers."
            )
        return self._inbound_nodes[0]

    def _node_at(self, index: int, what: str) -> Node:
        if not self._inbound_nodes:
            raise RuntimeError(
                f"The layer {self.name} has never been called and thus has no defined {what}."
            )
        if index >= len(self._inbound_nodes):
            raise ValueError(
                f"Asked to get {what} at node {index}, but the layer has only "
                f"{len(self._inbound_nodes)} inbound nodes."
            )
        return self._inbound_nodes[index]

    def _refuse_several(self, what: str, shapes: list[Any]) -> None:
        if any(shape != shapes[0] for shape in shapes):
            raise AttributeError(
                f'The layer "{self.name}" has multiple inbound nodes, with different {what} '
                f'shapes. Hence the notion of "{what} shape" is ill-defined for the layer.'
            )


def _alone(values: Any) -> Any:
    """Return the only element of a one-element list, and any other value unchanged."""
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _masks(tensors: Any) -> Any:
    if isinstance(tensors, list):
        return [getattr(tensor, "_keras_mask", None) for tensor in tensors]
    return getattr(tensors, "_keras_mask", None)
