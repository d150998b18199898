"""Configs of functional models: the layers, and for each the calls that made its nodes.

Follows keras 2.14 engine/functional.py, the functions for configs.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from densetrace.keras.engine import node as node_module
from densetrace.keras.engine.base_layer_utils import unnest_if_single_tensor
from densetrace.keras.engine.input_layer import InputLayer
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization
from densetrace.keras.utils.tf_utils import ListWrapper, convert_inner_node_data
from densetrace.tensorflow.nest import flatten, is_nested, map_structure, pack_like


def make_node_key(layer_name: str, node_index: int) -> str:
    """Return the name of a node in the set of a model's nodes.

    Follows keras 2.14 engine/functional.py, _make_node_key.
    """
    return f"{layer_name}_ib-{node_index}"


def is_functional(layer: Any) -> bool:
    """Return whether a layer is a functional model."""
    from densetrace.keras.engine.functional import Functional  # which imports this module

    return isinstance(layer, Functional)


def should_skip_first_node(layer: Any) -> bool:
    """Return whether the first node of a layer is not part of configs: a model's own inputs are.

    Follows keras 2.14 engine/functional.py, _should_skip_first_node.
    """
    if not is_functional(layer):
        return False
    layers = layer._self_tracked_trackables
    return not layers or isinstance(layers[0], InputLayer)


def connect_ancillary_layers(model: Any, created_layers: dict[str, Any]) -> Any:
    """Add the layers of a config that no output depends on, those of `add_loss`, to the model.

    Follows keras 2.14 engine/functional.py, connect_ancillary_layers.
    """
    ancillary_layers = [layer for layer in created_layers.values() if layer not in model.layers]
    if ancillary_layers:
        model._insert_layers(ancillary_layers, nodes_of(created_layers))
    return model


def nodes_of(created_layers: dict[str, Any]) -> list[Any]:
    """Return the nodes of layers that a config may have."""
    return [
        node
        for layer in created_layers.values()
        for node in layer.inbound_nodes[should_skip_first_node(layer) :]
    ]


def reconstruct_from_config(
    config: dict[str, Any],
    custom_objects: Any = None,
    created_layers: dict[str, Any] | None = None,
) -> tuple[Any, Any, dict[str, Any]]:
    """Create the layers of a config, and call each as the config says.

    Follows keras 2.14 engine/functional.py, reconstruct_from_config.

    Args:
        config: what `Functional.get_config` returned.
        custom_objects: classes and functions of your own by name.
        created_layers: layers that exist already, by name; new ones are added.

    Returns:
        The symbolic inputs, the symbolic outputs, and the layers by name.

    Raises:
        ValueError: if the config is not well-formed.
    """
    reading = _Reading({} if created_layers is None else created_layers, custom_objects)
    for layer_data in config["layers"]:
        reading.process_layer(layer_data)
    # DEPARTS: Keras searches forever for a call that it can make next. Here a config in which calls
    # depend on each other is refused.
    waiting = -1
    while reading.unprocessed_nodes:
        left = sum(map(len, reading.unprocessed_nodes.values()))
        if left == waiting:
            raise ValueError(
                "Improperly formatted model config: calls depend on each other in a circle."
            )
        waiting = left
        for layer_data in config["layers"]:
            reading.process_nodes(reading.created_layers[layer_data["name"]])
    inputs = reading.tensors(config["input_layers"])
    outputs = reading.tensors(config["output_layers"])
    return inputs, outputs, reading.created_layers


class _Reading:
    """The layers and nodes created so far from a config."""

    def __init__(self, created_layers: dict[str, Any], custom_objects: Any) -> None:
        self.created_layers = created_layers
        self.custom_objects = custom_objects
        self.unprocessed_nodes: dict[Any, list[Any]] = defaultdict(list)
        self._node_index_map: dict[tuple[str, int], int] = {}
        self._node_count_by_layer: dict[Any, int] = {}

    def process_layer(self, layer_data: dict[str, Any]) -> None:
        """Create a layer, and remember its calls."""
        name = layer_data["name"]
        if name not in self.created_layers:
            from densetrace.keras.layers.serialization import deserialize  # which imports layers

            legacy = "module" not in layer_data
            self.created_layers[name] = deserialize(
                layer_data, custom_objects=self.custom_objects, use_legacy_format=legacy
            )
        layer = self.created_layers[name]
        self._node_count_by_layer[layer] = int(should_skip_first_node(layer))
        nodes = convert_inner_node_data(layer_data["inbound_nodes"], wrap=True)
        if nodes:
            self.unprocessed_nodes[layer].extend(nodes)

    def process_nodes(self, layer: Any) -> None:
        """Call a layer for each of its nodes, until one depends on a call that is still missing."""
        nodes = self.unprocessed_nodes.pop(layer, [])
        while nodes and self._process_node(layer, nodes[0]):
            nodes.pop(0)
        if nodes:
            self.unprocessed_nodes[layer] = nodes

    def _process_node(self, layer: Any, node_data: Any) -> bool:
        """Call a layer on the inputs of a node; return whether all of them exist.

        Raises:
            ValueError: if the data is not that of a node.
        """
        input_tensors = []
        kwargs: dict[str, Any] = {}
        for wrapped in flatten(node_data):
            input_data = wrapped.as_list() if isinstance(wrapped, ListWrapper) else []
            if len(input_data) not in (3, 4):
                raise ValueError("Improperly formatted model config.")
            kwargs = input_data[3] if len(input_data) == 4 else {}
            try:
                kwargs = self._deserialize_keras_tensors(kwargs)
                if input_data[0] == node_module._CONSTANT_VALUE:
                    input_tensors.append(input_data[2])
                else:
                    input_tensors.append(self._tensor(input_data))
            except IndexError:
                return False
        inputs = pack_like(node_data, input_tensors)
        # A class that no registry has is still its name here, which cannot be called.
        if not getattr(layer, "_preserve_input_structure_in_config", False):
            inputs = unnest_if_single_tensor(inputs)
        outputs = layer(inputs, **kwargs)
        node_index = flatten(outputs)[0]._keras_history.node_index
        count = self._node_count_by_layer[layer]
        self._node_index_map[layer.name, count] = node_index
        self._node_count_by_layer[layer] = count + 1
        return True

    def _deserialize_keras_tensors(self, kwargs: Any) -> Any:
        def deserialize(leaf: Any) -> Any:
            return self._tensor(leaf.as_list()) if isinstance(leaf, ListWrapper) else leaf

        # A list of a string and two numbers is an argument too, if it names no layer.
        wrapped = convert_inner_node_data(kwargs, wrap=True)
        return map_structure(deserialize, wrapped)

    def _tensor(self, data: Any) -> Any:
        """Return the tensor at `[layer name, node index, tensor index]`.

        Raises:
            IndexError: if this call of the layer did not happen yet.
            ValueError: if there is no such layer.
        """
        layer_name, node_index, tensor_index = data[:3]
        if layer_name not in self.created_layers:
            raise ValueError(f"The config has no layer {layer_name!r}, which a call depends on.")
        layer = self.created_layers[layer_name]
        found = self._node_index(layer, node_index)
        if found is None:
            raise IndexError
        return flatten(layer._inbound_nodes[found].outputs)[tensor_index]

    def _node_index(self, layer: Any, config_node_index: int) -> int | None:
        """Return the index of a node in its layer, which may have other nodes already."""
        if isinstance(layer, InputLayer):
            return 0
        return self._node_index_map.get((layer.name, config_node_index))

    def tensors(self, places: Any) -> Any:
        """Return the tensors of `input_layers` or `output_layers`, in their structure."""
        wrapped = convert_inner_node_data(places, wrap=True)
        return pack_like(wrapped, [self._tensor(one.as_list()) for one in flatten(wrapped)])


def get_network_config(
    network: Any,
    serialize_layer_fn: Callable[[Any], Any] | None = None,
    config: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the config of a functional model.

    Follows keras 2.14 engine/functional.py, get_network_config.

    Args:
        network: the model.
        serialize_layer_fn: returns the config of a layer.
        config: a dict to which the entries are added.
    """
    config = {} if config is None else config
    serialize_obj_fn: Callable[[Any], Any] = serialization_lib.serialize_keras_object
    set_layers_legacy = getattr(network, "use_legacy_config", False)
    if set_layers_legacy:
        serialize_obj_fn = serialization.serialize_keras_object
    serialize_layer_fn = serialize_layer_fn or serialize_obj_fn
    config["name"] = network.name
    # A config numbers only the nodes of this model.
    node_conversion_map: dict[str, int] = {}
    for layer in network.layers:
        kept_nodes = int(should_skip_first_node(layer))
        for index, _ in enumerate(layer._inbound_nodes):
            node_key = make_node_key(layer.name, index)
            if node_key in network._network_nodes:
                node_conversion_map[node_key] = kept_nodes
                kept_nodes += 1
    layer_configs = []
    for layer in network.layers:
        inbound_nodes = [
            node.serialize(make_node_key, node_conversion_map)
            for index, node in enumerate(layer._inbound_nodes)
            if make_node_key(layer.name, index) in network._network_nodes and not node.is_input
        ]
        if set_layers_legacy and is_functional(layer):
            layer.use_legacy_config = True
        layer_config = serialize_layer_fn(layer)
        layer_config["name"] = layer.name
        layer_config["inbound_nodes"] = inbound_nodes
        layer_configs.append(layer_config)
    config["layers"] = layer_configs

    def places(structure: Any, coordinates: list[Any]) -> Any:
        found = []
        for layer, node_index, tensor_index in coordinates:
            node_key = make_node_key(layer.name, node_index)
            new_node_index = node_conversion_map[node_key]
            found.append(ListWrapper([layer.name, new_node_index, tensor_index]))
        packed = pack_like(structure, found)
        return convert_inner_node_data(packed if is_nested(packed) else [packed])

    config["input_layers"] = places(network._nested_inputs, network._input_coordinates)
    config["output_layers"] = places(network._nested_outputs, network._output_coordinates)
    return config
