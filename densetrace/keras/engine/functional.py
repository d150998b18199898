"""`Functional`, a model that is a graph of layers.

Follows keras 2.14 engine/functional.py. Reading and writing configs is in `_functional_config.py`.
"""

import copy
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import library_export
from densetrace.keras.engine import functional_utils, input_spec, training_utils
from densetrace.keras.engine import training as training_lib
from densetrace.keras.engine._functional_config import (
    connect_ancillary_layers,
    get_network_config,
    make_node_key,
    reconstruct_from_config,
)
from densetrace.keras.engine._layer_state import LayerState
from densetrace.keras.engine.base_layer import AddLoss, AddMetric, Layer
from densetrace.keras.engine.node import Node, is_keras_tensor
from densetrace.keras.utils.generic_utils import default, to_snake_case, validate_kwargs
from densetrace.keras.utils.tf_utils import map_shapes
from densetrace.recording.hooks import traced
from densetrace.recording.introspect import getfullargspec
from densetrace.recording.warn import warn
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.environment import get_logger
from densetrace.tensorflow.nest import flatten, is_nested, map_structure, pack_like
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Operators

__all__ = [
    "Functional",
    "ModuleWrapper",
    "connect_ancillary_layers",
    "get_network_config",
    "has_functional_like_constructor",
    "reconstruct_from_config",
    "shape_with_no_batch_size",
]

NodesByDepth = dict[int, list[Node]]


class Functional(training_lib.Model):
    """A model that is a graph of layers, from its inputs to its outputs.

    `Model(inputs, outputs)` returns one. The graph is the nodes that the symbolic outputs lead back
    to; calling the model calls their layers again, node by node.

    Follows keras 2.14 engine/functional.py, Functional.

    Args:
        inputs: the symbolic inputs: a tensor, or a list, tuple or dict of tensors.
        outputs: the symbolic outputs: a tensor, or a structure of tensors.
        name: the model's name; `model`, `model_1` and so on if None.
        trainable: whether training changes the weights.

    Raises:
        TypeError: if there is any other keyword.
        ValueError: if an input or output is not a layer's symbolic tensor, an input appears twice,
            an output depends on a tensor that is not among the inputs, or two layers have the same
            name.
    """

    _NOT_SEARCHED = training_lib.Model._NOT_SEARCHED | {
        "_input_coordinates",
        "_input_layers",
        "_layer_call_argspecs",
        "_output_coordinates",
        "_output_layers",
    }
    _self_tracked_trackables: list[Any]
    _nested_inputs: Any
    _nested_outputs: Any

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        trainable: bool = True,
        **kwargs: Any,
    ) -> None:
        # `Model.__new__` creates the model; Python then calls this again with its arguments.
        if kwargs.pop("skip_init", False):
            return
        validate_kwargs(kwargs, {})
        super().__init__(name=name, trainable=trainable)
        given = [functional_utils.is_input_keras_tensor(tensor) for tensor in flatten(inputs)]
        if not all(given):
            inputs, outputs = functional_utils.clone_graph_nodes(inputs, outputs)
        self._init_graph_network(inputs, outputs)

    @traced("graph")
    def _init_graph_network(self, inputs: Any, outputs: Any) -> None:
        """Find the nodes between the inputs and the outputs, and the order in which to run them.

        Follows keras 2.14 engine/functional.py, Functional._init_graph_network.
        """
        self._is_graph_network = True
        if isinstance(inputs, list) and len(flatten(inputs)) == 1:
            inputs = inputs[0]
        if isinstance(outputs, list) and len(flatten(outputs)) == 1:
            outputs = outputs[0]
        self._nested_inputs = inputs
        self._nested_outputs = outputs
        self.inputs = flatten(inputs)
        self.outputs = flatten(outputs)
        self._enable_dict_to_input_mapping = _is_flat(inputs)
        self._validate_graph_inputs_and_outputs()
        self.built = True
        self._build_input_shape = map_structure(lambda tensor: tensor.shape, inputs)
        self._compute_output_and_mask_jointly = True
        # A layer in the graph may need them, whatever the signature of `call` says.
        self._call_spec.expects_training_arg = True
        self._call_spec.expects_mask_arg = True
        # Each layer casts its own inputs.
        self._autocast = False

        self._output_coordinates = [tuple(tensor._keras_history) for tensor in self.outputs]
        self._output_layers = [layer for layer, _, _ in self._output_coordinates]
        self._input_coordinates = [tuple(tensor._keras_history) for tensor in self.inputs]
        self._input_layers = [layer for layer, _, _ in self._input_coordinates]
        self._output_shape_cache: dict[Any, Any] = {}

        nodes, nodes_by_depth, layers, _ = _map_graph_network(self.inputs, self.outputs)
        self._network_nodes = nodes
        self._nodes_by_depth = nodes_by_depth
        self._self_tracked_trackables = layers
        self._layer_call_argspecs = {layer: getfullargspec(layer.call) for layer in layers}

        self._set_output_names()
        self.input_names = [layer.name for layer in self._input_layers]
        fed = [layer for layer in self._input_layers if layer.is_placeholder]
        self._feed_input_names = [layer.name for layer in fed]
        self._feed_input_shapes = [layer._batch_input_shape for layer in fed]
        self._feed_inputs = [layer.input for layer in fed]
        self._compute_tensor_usage_count()

    def _by_attribute_name(self) -> tuple[LayerState, ...]:
        # Keras has attributes for the first and the last layers of the graph.
        ends = (*self._input_layers, *self._output_layers) if self._is_graph_network else ()
        return (*ends, *super()._by_attribute_name())

    def _tracked(self) -> list[Sequence[Any]]:
        # The weights are in the order of the layers, also of one with weights of both kinds.
        layers = self._self_tracked_trackables
        others = [group for group in super()._tracked() if any(one not in layers for one in group)]
        return [*((layer,) for layer in layers), *others]

    @property
    def input(self) -> Any:
        """The symbolic inputs, in the structure in which the model was given them."""
        return self._nested_inputs

    @property
    def input_shape(self) -> Any:
        """The shapes of `input`, as tuples."""
        return map_structure(backend.int_shape, self.input)

    @property
    def input_spec(self) -> Any:
        """The shape of each input, for any batch size.

        Follows keras 2.14 engine/functional.py, Functional.input_spec.
        """
        if hasattr(self, "_manual_input_spec"):
            return self._manual_input_spec
        nested = self._nested_inputs
        if isinstance(nested, dict | list | tuple) and len(nested) != len(self.inputs):
            return None  # a structure in a structure is not checked
        if isinstance(nested, dict):
            named = [(name, nested[name]) for name in sorted(nested)]
        else:
            named = [(tensor._keras_history.layer.name, tensor) for tensor in self.inputs]
        return [
            input_spec.InputSpec(
                shape=shape_with_no_batch_size(tensor), allow_last_axis_squeeze=True, name=name
            )
            for name, tensor in named
        ]

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self._manual_input_spec = value

    @property
    def output(self) -> Any:
        """The symbolic outputs, in the structure in which the model was given them."""
        return self._nested_outputs

    @property
    def output_shape(self) -> Any:
        """The shapes of `output`, as tuples."""
        return map_structure(backend.int_shape, self.output)

    def _set_output_names(self) -> None:
        """Set `output_names`: a layer that returns several outputs gets numbers."""
        names: list[str] = []
        counts: Counter[str] = Counter()
        for layer in self._output_layers:
            proposal = layer.name
            while proposal in names:
                counts[layer.name] += 1
                proposal = f"{layer.name}_{counts[layer.name]}"
            names.append(proposal)
        self.output_names = names

    @property
    def _layer_checkpoint_dependencies(self) -> dict[str, Layer]:
        """The layers by the names that a checkpoint gives them; those with weights have two.

        Follows keras 2.14 engine/functional.py, Functional._layer_checkpoint_dependencies.
        """
        found: dict[str, Layer] = {}
        weight_layer_index = 0
        for layer_index, layer in enumerate(self.layers):
            if _has_weights(layer):
                found[f"layer_with_weights-{weight_layer_index}"] = layer
                weight_layer_index += 1
            found[f"layer-{layer_index}"] = layer
        return found

    def compute_mask(self, inputs: Any, mask: Any) -> Any:  # type: ignore[override] # as in Keras
        """Return the masks of the outputs, which running the graph computes."""
        output_tensors = self._run_internal_graph(inputs, mask=mask)
        return map_structure(lambda tensor: getattr(tensor, "_keras_mask", None), output_tensors)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Run the graph on new inputs.

        Follows keras 2.14 engine/functional.py, Functional.call.

        Args:
            inputs: a tensor, or a structure of tensors like the model's inputs.
            training: whether layers such as `Dropout` act as in training.
            mask: the mask of each input.
        """
        return self._run_internal_graph(inputs, training=training, mask=mask)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shapes of the outputs for inputs of these shapes, layer by layer.

        Follows keras 2.14 engine/functional.py, Functional.compute_output_shape.

        Raises:
            ValueError: if there are more or fewer shapes than inputs.
        """
        input_shape = map_shapes(TensorShape, input_shape)
        if len(flatten(input_shape)) != len(self._input_layers):
            raise ValueError(
                f"Invalid `input_shape` argument {input_shape}: the model expects "
                f"{len(self._input_layers)} input tensors."
            )
        cache_key = str(input_shape)
        if cache_key in self._output_shape_cache:
            return self._output_shape_cache[cache_key]
        shapes: dict[tuple[str, int, int], Any] = {}
        for layer, shape in zip(self._input_layers, flatten(input_shape), strict=True):
            shapes[layer.name, 0, 0] = shape
        for depth in sorted(self._nodes_by_depth, reverse=True):
            for node in self._nodes_by_depth[depth]:
                layer = node.layer
                if layer in self._input_layers:
                    continue
                layer_inputs = node.call_args[0]
                known = []
                for tensor in flatten(layer_inputs):
                    history = tensor._keras_history
                    place = (history.layer.name, history.node_index, history.tensor_index)
                    known.append(shapes[place])
                layer_input_shapes = map_shapes(tuple, pack_like(layer_inputs, known))
                layer_output_shapes = map_shapes(
                    TensorShape, layer.compute_output_shape(layer_input_shapes)
                )
                node_index = layer._inbound_nodes.index(node)
                for index, shape in enumerate(flatten(layer_output_shapes)):
                    shapes[layer.name, node_index, index] = shape
        output_shapes = pack_like(
            self._nested_outputs,
            [
                shapes[layer.name, node_index, tensor_index]
                for layer, node_index, tensor_index in self._output_coordinates
            ],
        )
        self._output_shape_cache[cache_key] = output_shapes
        return output_shapes

    def _init_set_name(self, name: Any, zero_based: bool = True) -> None:
        # A model accepts any non-empty name; a layer only accepts a string.
        if name:
            vars(self)["_name"] = name  # a name may be anything, even a layer that is not tracked
            return
        cls_name = "Model" if type(self) is Functional else type(self).__name__
        self._name = backend.unique_object_name(to_snake_case(cls_name), zero_based=zero_based)

    def _run_internal_graph(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Call the layer of each node, from the inputs to the outputs.

        Follows keras 2.14 engine/functional.py, Functional._run_internal_graph.
        """
        # `training` reaches the layers through the context of the call.
        inputs = self._flatten_to_reference_inputs(inputs)
        if mask is None:
            masks: list[Any] = [None] * len(inputs)
        else:
            masks = self._flatten_to_reference_inputs(mask)
        for tensor, its_mask in zip(inputs, masks, strict=False):
            # As in Keras, this sets the mask on the caller's own tensor, and fails for an array.
            tensor._keras_mask = its_mask

        # One tensor for each use: those that no node needs any more are released.
        tensor_dict: dict[str, list[Any]] = {}
        for reference, tensor in zip(self.inputs, inputs, strict=False):
            conformed = self._conform_to_reference_input(tensor, reference)
            tensor_dict[str(id(reference))] = [conformed] * self._uses(str(id(reference)))

        for depth in sorted(self._nodes_by_depth, reverse=True):
            for node in self._nodes_by_depth[depth]:
                if node.is_input:
                    continue
                if any(tensor_id not in tensor_dict for tensor_id in node.flat_input_ids):
                    continue  # it depends on an input that was not passed
                args, kwargs = node.map_arguments(tensor_dict)
                outputs = node.layer(*args, **kwargs)
                for tensor_id, output in zip(node.flat_output_ids, flatten(outputs), strict=False):
                    tensor_dict[tensor_id] = [output] * self._uses(tensor_id)

        output_tensors = []
        for reference in self.outputs:
            tensor_id = str(id(reference))
            assert tensor_id in tensor_dict, f"Could not compute output {reference}"
            output_tensors.append(tensor_dict[tensor_id].pop())
        return pack_like(self._nested_outputs, output_tensors)

    def _uses(self, tensor_id: str) -> int:
        return self._tensor_usage_count[tensor_id]

    def _flatten_to_reference_inputs(self, tensors: Any) -> list[Any]:
        """Return the tensors in the order of the model's inputs; those of a dict by their names.

        Follows keras 2.14 engine/functional.py, Functional._flatten_to_reference_inputs.
        """
        if not (self._enable_dict_to_input_mapping and isinstance(tensors, dict)):
            return flatten(tensors)
        references = self._nested_inputs
        if not is_nested(references):
            references = [references]
        if isinstance(references, dict):
            names = sorted(references)
        else:
            names = [tensor._keras_history.layer.name for tensor in references]
        if len(tensors) > len(names):
            unknown = [name for name in tensors if name not in names]
            warn(
                f"Input dict contained keys {unknown} which did not match any model input. "
                "They will be ignored by the model."
            )
        try:
            return [tensors[name] for name in names]
        except KeyError:
            return flatten(tensors)

    def _conform_to_reference_input(self, tensor: Any, ref_input: Any) -> Any:
        """Convert a tensor to the rank and dtype of the model's input.

        Follows keras 2.14 engine/functional.py, Functional._conform_to_reference_input.
        """
        if not isinstance(tensor, Operators):
            return tensor
        rank, wanted = tensor.shape.rank, ref_input.shape.rank
        if rank is not None and wanted is not None:
            if rank == wanted + 1 and tensor.shape[-1] == 1:
                tensor = tf.squeeze(tensor, axis=-1)
            elif rank == wanted - 1 and ref_input.shape[-1] == 1:
                tensor = tf.expand_dims(tensor, axis=-1)
        return tf.cast(tensor, dtype=ref_input.dtype)

    @default
    def get_config(self) -> dict[str, Any]:
        """Return the name, the config of each layer with its nodes, and the inputs and outputs.

        For a subclass whose constructor takes other arguments, return its auto-config.

        Follows keras 2.14 engine/functional.py, Functional.get_config.
        """
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if has_functional_like_constructor(type(self)):
            return copy.deepcopy(get_network_config(self, config=config))
        extra = set(config)
        if self._auto_get_config:
            config.update(self._auto_config.config)
        spec = getfullargspec(self.__init__)  # type: ignore[misc] # of this very class
        if spec.varkw != "kwargs":
            for key in extra - extra.intersection(spec.args[1:]):
                config.pop(key, None)
        return config

    def _validate_graph_inputs_and_outputs(self) -> None:
        """Refuse inputs that appear twice, and outputs that no layer returned.

        Follows keras 2.14 engine/functional.py, Functional._validate_graph_inputs_and_outputs.
        """
        kind = type(self).__name__
        if len({id(tensor) for tensor in self.inputs}) != len(self.inputs):
            raise ValueError(
                "The list of inputs passed to the model contains the same input multiple times. "
                f"All inputs should only appear once. Received inputs={self.inputs}"
            )
        for tensor in self.inputs:
            if not is_keras_tensor(tensor):
                raise ValueError(
                    f"Input tensors to a {kind} model must come from `tf.keras.Input`. "
                    f"Received inputs={tensor} (missing previous layer metadata)."
                )
            layer = tensor._keras_history.layer
            nodes = layer._inbound_nodes
            if len(nodes) > 1 or (nodes and not nodes[0].is_input):
                get_logger().warning(
                    f"{kind} model inputs must come from `tf.keras.Input` (thus holding past layer "
                    "metadata). They cannot be the output of a previous non-Input layer. Here, a "
                    f'tensor specified as input to "{self.name}" was not an Input tensor, it was '
                    f'generated by layer "{layer.name}".\n'
                    f"The tensor that caused the issue was: {tensor}"
                )
        layers = [tensor._keras_history.layer for tensor in self.inputs]
        batch_sizes = map(training_utils.get_static_batch_size, layers)
        sizes = {size for size in batch_sizes if size is not None}
        if len(sizes) > 1:
            get_logger().warning(
                "Found incompatible static batch sizes among the inputs. "
                f"Batch sizes: {sorted(sizes)}"
            )
        for tensor in self.outputs:
            if not is_keras_tensor(tensor):
                raise ValueError(
                    f"Output tensors of a {kind} model must be the output of a TensorFlow `Layer` "
                    f"(thus holding past layer metadata). Found: {tensor}"
                )

    def _insert_layers(self, layers: Any, relevant_nodes: list[Node] | None = None) -> None:
        """Add layers that run with the model without leading to an output: those of `add_loss`.

        Follows keras 2.14 engine/functional.py, Functional._insert_layers.

        Raises:
            ValueError: if the layers depend on inputs that the model does not have.
        """
        layers = flatten(layers)
        node_to_depth = {
            node: depth for depth, nodes in self._nodes_by_depth.items() for node in nodes
        }
        if not relevant_nodes:
            relevant_nodes = [node for layer in layers for node in layer._inbound_nodes]
        network_nodes = {*relevant_nodes, *node_to_depth}

        def lowest_depth(node: Node) -> int | None:
            """The depth below all nodes that the node depends on; None if one is not placed yet."""
            depth = 0
            for inbound in node.parent_nodes:
                if inbound in node_to_depth:
                    depth = min(depth, node_to_depth[inbound])
                elif inbound in network_nodes:
                    return None
            return depth - 1

        waiting = list(relevant_nodes)
        deferred = 0
        while waiting:
            node = waiting.pop(0)
            depth = lowest_depth(node)
            if depth is None:
                waiting.append(node)
                deferred += 1
                if deferred > len(waiting):
                    raise ValueError("Layers could not be added due to missing dependencies.")
                continue
            deferred = 0
            node_key = make_node_key(node.layer.name, node.layer._inbound_nodes.index(node))
            if node_key not in self._network_nodes:
                node_to_depth[node] = depth
                self._network_nodes.add(node_key)
                self._nodes_by_depth.setdefault(depth, []).append(node)
        for layer in layers:
            if layer not in self._self_tracked_trackables:
                self._self_tracked_trackables.append(layer)
                self._layer_call_argspecs[layer] = getfullargspec(layer.call)
        self._compute_tensor_usage_count()

    def _compute_tensor_usage_count(self) -> None:
        """Count for each tensor how many nodes use it, so that it can be released after the last.

        Follows keras 2.14 engine/functional.py, Functional._compute_tensor_usage_count.
        """
        counts: Counter[str] = Counter()
        available = {str(id(tensor)) for tensor in self.inputs}
        for depth in sorted(self._nodes_by_depth, reverse=True)[1:]:
            for node in self._nodes_by_depth[depth]:
                if available.issuperset(node.flat_input_ids):
                    counts.update(node.flat_input_ids)
                    available.update(node.flat_output_ids)
        counts.update(str(id(tensor)) for tensor in self.outputs)
        self._tensor_usage_count = counts

    def _assert_weights_created(self) -> None:
        # The weights exist: each layer was called when the graph was made.
        return

    def _graph_network_add_loss(self, symbolic_loss: Any) -> None:
        new_nodes, new_layers = _map_subgraph_network(self.inputs, [symbolic_loss])
        add_loss_layer = AddLoss(unconditional=False, dtype=symbolic_loss.dtype)
        add_loss_layer(symbolic_loss)
        new_nodes.extend(add_loss_layer.inbound_nodes)
        new_layers.append(add_loss_layer)
        self._insert_layers(new_layers, new_nodes)

    def _graph_network_add_metric(self, value: Any, aggregation: str | None, name: Any) -> None:
        new_nodes, new_layers = _map_subgraph_network(self.inputs, [value])
        add_metric_layer = AddMetric(aggregation, name, dtype=value.dtype)
        add_metric_layer(value)
        new_nodes.extend(add_metric_layer.inbound_nodes)
        new_layers.append(add_metric_layer)
        self._insert_layers(new_layers, new_nodes)


library_export("keras.src.engine.functional", Functional)


def _is_flat(inputs: Any) -> bool:
    """Whether inputs are one tensor, or a list, tuple or dict of tensors only."""
    if not is_nested(inputs):
        return True
    items = inputs.values() if isinstance(inputs, dict) else inputs
    return not any(map(is_nested, items))


def _has_weights(layer: Layer) -> bool:
    """Return whether a layer has weights by now."""
    try:
        return bool(layer.weights)
    except ValueError:  # a model that is not built
        return False


def _map_graph_network(
    inputs: list[Any], outputs: list[Any]
) -> tuple[set[str], NodesByDepth, list[Any], dict[int, list[Any]]]:
    """Return the nodes between inputs and outputs, and their layers.

    A node's depth is its longest way to an output: nodes run from the largest depth to 0.

    Follows keras 2.14 engine/functional.py, _map_graph_network.

    Returns:
        The keys of the nodes, the nodes by depth, the layers from the largest depth, and the
        layers by depth.

    Raises:
        ValueError: if an output depends on a tensor that is not among the inputs, or two layers
            have the same name.
    """
    nodes_in_decreasing_depth, layer_indices = _build_map(outputs)
    network_nodes = {
        make_node_key(node.layer.name, node.layer._inbound_nodes.index(node))
        for node in nodes_in_decreasing_depth
    }
    nodes_depths: dict[Node, int] = {}
    layers_depths: dict[Any, int] = {}
    for node in reversed(nodes_in_decreasing_depth):
        # A shared layer has the largest depth of its nodes, and so does its next node.
        depth = max(nodes_depths.setdefault(node, 0), layers_depths.get(node.layer, 0))
        layers_depths[node.layer] = depth
        nodes_depths[node] = depth
        for parent in node.parent_nodes:
            nodes_depths[parent] = max(depth + 1, nodes_depths.get(parent, 0))
    for tensor in inputs:
        input_layer = tensor._keras_history.layer
        if input_layer not in layers_depths:  # no output depends on it
            layers_depths[input_layer] = 0
            layer_indices[input_layer] = -1
            nodes_depths[input_layer._inbound_nodes[0]] = 0
            network_nodes.add(make_node_key(input_layer.name, 0))

    nodes_by_depth: NodesByDepth = defaultdict(list)
    for node, depth in nodes_depths.items():
        nodes_by_depth[depth].append(node)
    layers_by_depth: dict[int, list[Any]] = defaultdict(list)
    for layer, depth in layers_depths.items():
        layers_by_depth[depth].append(layer)
    layers: list[Any] = []
    for depth in sorted(layers_by_depth, reverse=True):
        layers_by_depth[depth].sort(key=lambda layer: layer_indices[layer])
        layers.extend(layers_by_depth[depth])

    _check_connected(inputs, nodes_by_depth)
    names = Counter(layer.name for layer in layers)
    for name, count in names.items():
        if count != 1:
            raise ValueError(
                f'The name "{name}" is used {count} times in the model. All layer names should be '
                "unique."
            )
    return network_nodes, nodes_by_depth, layers, layers_by_depth


def _check_connected(inputs: list[Any], nodes_by_depth: NodesByDepth) -> None:
    """Raise ValueError if a node needs a tensor that neither the inputs nor a node provide."""
    computable = {id(tensor) for tensor in inputs}
    layers_with_complete_input: list[str] = []
    for depth in sorted(nodes_by_depth, reverse=True):
        for node in nodes_by_depth[depth]:
            if node.is_input:
                continue
            for tensor in node.keras_inputs:
                if id(tensor) not in computable:
                    raise ValueError(
                        f"Graph disconnected: cannot obtain value for tensor {tensor} at layer "
                        f'"{node.layer.name}". The following previous layers were accessed without '
                        f"issue: {layers_with_complete_input}"
                    )
            computable.update(id(tensor) for tensor in flatten(node.outputs))
            layers_with_complete_input.append(node.layer.name)


def _build_map(outputs: Any) -> tuple[list[Node], dict[Any, int]]:
    """Return the nodes that outputs depend on, each after those that it depends on itself, and for
    each layer its number in the order of the search.

    Follows keras 2.14 engine/functional.py, _build_map.

    Raises:
        ValueError: if a node depends on itself.
    """
    # DEPARTS: Keras searches by recursion, which fails at about 900 layers in a row. Here the
    # search uses a stack and has no such limit.
    finished: set[Node] = set()
    in_progress: set[Node] = set()
    ordered: list[Node] = []
    layer_indices: dict[Any, int] = {}
    for output in flatten(outputs):
        waiting: list[tuple[Any, bool]] = [(output, False)]
        while waiting:
            tensor, is_done = waiting.pop()
            layer, node_index, _ = tensor._keras_history
            node = layer._inbound_nodes[node_index]
            if is_done:
                in_progress.discard(node)
                finished.add(node)
                ordered.append(node)
                continue
            if node in finished:
                continue
            if node in in_progress:
                raise ValueError(f'Tensor {tensor} from layer "{layer.name}" is part of a cycle.')
            layer_indices.setdefault(layer, len(layer_indices))
            in_progress.add(node)
            waiting.append((tensor, True))
            if not node.is_input:
                waiting.extend((inbound, False) for inbound in reversed(node.keras_inputs))
    return ordered, layer_indices


def _map_subgraph_network(inputs: list[Any], outputs: list[Any]) -> tuple[list[Node], list[Any]]:
    """Return the nodes and the layers between inputs and outputs."""
    _, nodes_by_depth, layers, _ = _map_graph_network(inputs, outputs)
    return [node for nodes in nodes_by_depth.values() for node in nodes], layers


def shape_with_no_batch_size(tensor: Any) -> list[int | None] | None:
    """Return the sizes of a tensor with None for the batch; None if the rank is unknown.

    Follows keras 2.14 engine/functional.py, shape_with_no_batch_size.
    """
    if tensor.shape.rank is None:
        return None
    shape: list[int | None] = tensor.shape.as_list()
    if shape:
        shape[0] = None
    return shape


@of_keras
class ModuleWrapper(Layer):
    """A layer that calls a `tf.Module`, so that a model may contain one.

    Follows keras 2.14 engine/functional.py, ModuleWrapper.

    Args:
        module: the module.
        method_name: the method to call; `__call__` if None, or else `call`.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if the module has no such method.
    """

    def __init__(self, module: Any, method_name: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if method_name is None:
            names = ("__call__", "call")
            method_name = next((name for name in names if hasattr(module, name)), None)
        if method_name is None or not hasattr(module, method_name):
            raise ValueError(f"{method_name} is not defined on object {module}")
        self._module = module
        self._method_name = method_name
        spec = getfullargspec(getattr(module, method_name))
        self._call_spec.expects_training_arg = "training" in spec.args or spec.varkw is not None
        self._call_spec.expects_mask_arg = "mask" in spec.args or spec.varkw is not None

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Call the module's method."""
        return getattr(self._module, self._method_name)(*args, **kwargs)


def has_functional_like_constructor(cls: Any) -> bool:
    """Return whether a class is created with the arguments of `Functional`.

    Follows keras 2.14 engine/functional.py, has_functional_like_constructor.
    """
    own = getfullargspec(cls.__init__).args[1:]
    return bool(own == getfullargspec(Functional.__init__).args[1:])
