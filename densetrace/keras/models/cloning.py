"""`clone_model`, which returns a new model of the same layers, with new weights.

Follows keras 2.14 models/cloning.py.
"""

from collections.abc import Callable
from typing import Any

from densetrace.keras import backend
from densetrace.keras.engine import functional
from densetrace.keras.engine._functional_config import nodes_of
from densetrace.keras.engine.base_layer import AddMetric
from densetrace.keras.engine.input_layer import Input, InputLayer
from densetrace.keras.engine.node import Node
from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.engine.training import Model
from densetrace.keras.utils import generic_utils
from densetrace.tensorflow.nest import flatten, map_structure

LayerFunction = Callable[[Any], Any]


def _clone_layer(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


def _insert_ancillary_layers(
    model: Any, ancillary_layers: list[Any], metrics_names: list[str], new_nodes: list[Node]
) -> None:
    """Add the layers of `add_loss` and `add_metric` to a clone, metrics in their order."""
    metric_layers = [layer for layer in ancillary_layers if isinstance(layer, AddMetric)]
    metric_layers.sort(key=lambda layer: metrics_names.index(str(layer.metric_name)))
    others = [layer for layer in ancillary_layers if not isinstance(layer, AddMetric)]
    model._insert_layers([*others, *metric_layers], relevant_nodes=new_nodes)


def _make_new_nodes(
    nodes_by_depth: dict[int, list[Node]],
    layer_fn: LayerFunction,
    layer_map: dict[Any, Any],
    tensor_map: dict[int, Any],
) -> list[Node]:
    """Call the clone of each node's layer, and return the new nodes.

    Follows keras 2.14 models/cloning.py, _make_new_nodes.

    Args:
        nodes_by_depth: the nodes to call again.
        layer_fn: clones a layer.
        layer_map: the clone of each layer; new ones are added.
        tensor_map: the new tensor for each tensor, by its id; new ones are added.
    """
    new_nodes = []
    for depth in sorted(nodes_by_depth, reverse=True):
        for node in nodes_by_depth[depth]:
            if node.layer not in layer_map:
                layer_map[node.layer] = layer_fn(node.layer)
            layer = layer_map[node.layer]
            if any(id(tensor) not in tensor_map for tensor in flatten(node.input_tensors)):
                continue

            def mapped(argument: Any) -> Any:
                return tensor_map.get(id(argument), argument)

            args = map_structure(mapped, node.call_args)
            outputs = layer(*args, **map_structure(mapped, node.call_kwargs))
            new_nodes.append(flatten(outputs)[0].node)
            for old, new in zip(flatten(node.output_tensors), flatten(outputs), strict=True):
                tensor_map[id(old)] = new
    return new_nodes


def _clone_functional_model(
    model: Any, input_tensors: Any = None, layer_fn: LayerFunction | None = None
) -> Any:
    """Clone a functional model: its layers, and its graph without the layers' configs.

    Follows keras 2.14 models/cloning.py, _clone_functional_model.

    Raises:
        ValueError: if `layer_fn` is not a function.
    """
    layer_fn = layer_fn or _clone_layer
    new_input_layers: dict[Any, Any] = {}
    if input_tensors is not None:
        input_tensors = flatten(input_tensors)
        for original, tensor in zip(model._input_layers, input_tensors, strict=False):
            if not backend.is_keras_tensor(tensor):
                tensor = Input(tensor=tensor, name=f"input_wrapper_for_{original.name}")
            new_input_layers[original] = tensor._keras_history.layer
    _check_is_function(layer_fn)
    config, created_layers = _clone_layers_and_model_config(model, new_input_layers, layer_fn)
    inputs, outputs, created_layers = functional.reconstruct_from_config(
        config, created_layers=created_layers
    )
    metrics_names = model.metrics_names
    cls = type(model) if functional.has_functional_like_constructor(type(model)) else Model
    new_model = cls(inputs, outputs, name=model.name)
    ancillary_layers = [layer for layer in created_layers.values() if layer not in new_model.layers]
    if ancillary_layers:
        _insert_ancillary_layers(
            new_model, ancillary_layers, metrics_names, nodes_of(created_layers)
        )
    return new_model


def _check_is_function(layer_fn: Any) -> None:
    if not callable(layer_fn):
        raise ValueError(
            f"Expected `layer_fn` argument to be a callable. Received: layer_fn={layer_fn}"
        )


def _clone_layers_and_model_config(
    model: Any, input_layers: dict[Any, Any], layer_fn: LayerFunction
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Clone all layers, and return the config of the graph and the clones by name.

    The config has no configs of layers: a layer need not have one if `layer_fn` clones it.

    Follows keras 2.14 models/cloning.py, _clone_layers_and_model_config.
    """
    created_layers: dict[str, Any] = {}

    def copy_layer(layer: Any) -> dict[str, Any]:
        if layer in input_layers:
            created_layers[layer.name] = input_layers[layer]
        elif layer in model._input_layers:
            created_layers[layer.name] = InputLayer(**layer.get_config())
        else:
            created_layers[layer.name] = layer_fn(layer)
        return {}

    config = functional.get_network_config(model, serialize_layer_fn=copy_layer)
    return config, created_layers


def _remove_ancillary_layers(
    model: Any, layer_map: dict[Any, Any], layers: list[Any]
) -> tuple[list[Any], list[Any]]:
    """Separate the clones that no output depends on.

    Follows keras 2.14 models/cloning.py, _remove_ancillary_layers.
    """
    if not model._is_graph_network:
        return layers, []
    depths = sorted((depth for depth in model._nodes_by_depth if depth < 0), reverse=True)
    ancillary_layers = [
        layer_map[node.layer] for depth in depths for node in model._nodes_by_depth[depth]
    ]
    return [layer for layer in layers if layer not in ancillary_layers], ancillary_layers


def _clone_sequential_model(
    model: Any, input_tensors: Any = None, layer_fn: LayerFunction | None = None
) -> Any:
    """Clone a `Sequential` model.

    Follows keras 2.14 models/cloning.py, _clone_sequential_model.

    Raises:
        ValueError: if `layer_fn` is not a function, or there are several input tensors, or one of
            a layer other than an input layer.
    """
    layer_fn = layer_fn or _clone_layer
    _check_is_function(layer_fn)
    layers: list[Any] = []
    layer_map: dict[Any, Any] = {}
    for layer in model._flatten_layers(include_self=False, recursive=False):
        is_input = isinstance(layer, InputLayer)
        if is_input and input_tensors is not None:
            continue
        layer_map[layer] = _clone_layer(layer) if is_input else layer_fn(layer)
        layers.append(layer_map[layer])
    layers, ancillary_layers = _remove_ancillary_layers(model, layer_map, layers)
    if input_tensors is not None:
        layers.insert(0, _new_input_layer(input_tensors))
    cloned_model = Sequential(layers=layers, name=model.name)
    if not ancillary_layers:
        return cloned_model
    tensor_map: dict[int, Any] = {}
    for depth, cloned_nodes in cloned_model._nodes_by_depth.items():
        for cloned_node, node in zip(cloned_nodes, model._nodes_by_depth[depth], strict=False):
            new = flatten(cloned_node.output_tensors)
            for index, old in enumerate(flatten(node.output_tensors)):
                tensor_map[id(old)] = new[index]
    below = {depth: nodes for depth, nodes in model._nodes_by_depth.items() if depth < 0}
    new_nodes = _make_new_nodes(below, layer_fn, layer_map, tensor_map)
    _insert_ancillary_layers(cloned_model, ancillary_layers, model.metrics_names, new_nodes)
    return cloned_model


def _new_input_layer(input_tensors: Any) -> Any:
    tensors = list(input_tensors) if isinstance(input_tensors, list | tuple) else [input_tensors]
    if len(tensors) != 1:
        raise ValueError(
            "To clone a `Sequential` model, we expect at most one tensor as part of "
            f"`input_tensors`. Received: input_tensors={input_tensors}"
        )
    tensor = tensors[0]
    if not backend.is_keras_tensor(tensor):
        tensor = Input(tensor=tensor, name=f"input_wrapper_for_{tensor.name}")
    elif not isinstance(tensor._keras_history.layer, InputLayer):
        raise ValueError(
            "Cannot clone a `Sequential` model on top of a tensor that comes from a Keras layer "
            "other than an `InputLayer`. Use the Functional API instead. "
            f"Received: input_tensors={input_tensors}"
        )
    return tensor._keras_history.layer


def clone_model(
    model: Any, input_tensors: Any = None, clone_function: LayerFunction | None = None
) -> Any:
    """Return a new model of the same layers, with new weights.

    Follows keras 2.14 models/cloning.py, clone_model.

    Args:
        model: a functional or `Sequential` model; a subclass only by its config.
        input_tensors: the symbolic inputs of the new model; new ones if None.
        clone_function: returns the new layer for a layer; by default one with the same config.

    Raises:
        ValueError: if the model is neither functional nor `Sequential`, and there are other
            arguments.
    """
    if isinstance(model, Sequential):
        return _clone_sequential_model(model, input_tensors=input_tensors, layer_fn=clone_function)
    if isinstance(model, functional.Functional) and (
        generic_utils.is_default(model.get_config) or clone_function or input_tensors
    ):
        return _clone_functional_model(model, input_tensors=input_tensors, layer_fn=clone_function)
    if clone_function or input_tensors:
        raise ValueError(
            "Arguments clone_function and input_tensors are only supported for Sequential models "
            "or Functional models. Received model of type "
            f"'{type(model).__name__}', with clone_function={clone_function} and "
            f"input_tensors={input_tensors}"
        )
    return type(model).from_config(model.get_config())
