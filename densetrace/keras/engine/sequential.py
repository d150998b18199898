"""`Sequential`, a model that runs its layers one after another.

Follows keras 2.14 engine/sequential.py.
"""

import copy
from typing import Any, Self

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine._layer_state import LayerState
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_layer import Input, InputLayer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.keras.engine.node import Node
from densetrace.keras.engine.training import Model
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.keras.utils.generic_utils import default
from densetrace.recording.hooks import traced
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Operators

_SINGLE_OUTPUT = (
    "All layers in a Sequential model should have a single output tensor. "
    "For multi-output layers, use the functional API."
)


@keras_export("keras.Sequential", "keras.models.Sequential")
class Sequential(Model):
    """A stack of layers.

    If the first layer has an input shape, each layer is built when you add it. Otherwise all layers
    are built by the first call or by `build`.

    Follows keras 2.14 engine/sequential.py, Sequential.

    Args:
        layers: a list of layers, or one layer.
        name: the model's name; derived from the class name if None.

    Raises:
        TypeError: if an element of `layers` is not a layer.
        ValueError: if two layers have the same name, or a layer has several outputs.
    """

    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        super().__init__(name=name, autocast=False)
        self.supports_masking = True
        self._compute_output_and_mask_jointly = True
        self._stack: list[Layer] = []
        self._inferred_input_shape: tuple[int | None, ...] | None = None
        self._has_explicit_input_shape = False
        self._graph_initialized = False
        self._use_legacy_deferred_behavior = False
        self._created_nodes: set[Node] = set()
        if layers:
            if not isinstance(layers, list | tuple):
                layers = [layers]
            for layer in layers:
                self.add(layer)

    def _init_set_name(self, name: Any, zero_based: bool = True) -> None:
        # A model accepts any non-empty name; a layer only accepts a string.
        if name:
            self._name = name
        else:
            super()._init_set_name(None, zero_based)

    def _by_attribute_name(self) -> tuple[LayerState, ...]:
        # Keras has extra attributes for the first and the last layer of the graph.
        ends = (self._stack[0], self._stack[-1]) if self._graph_initialized else ()
        return (*ends, *super()._by_attribute_name())

    def _tracked(self) -> list[list[Any]]:
        return [[layer] for layer in self._stack]

    def _sublayers(self, *, metrics: bool = False) -> list[LayerState]:
        # Only added layers are part of the model, not layers in other attributes.
        return list(vars(self).get("_stack", ()))

    @property
    def layers(self) -> list[Layer]:
        """The added layers, each once, without the input layer that Keras creates."""
        unique: list[Layer] = list(dict.fromkeys(self._stack))
        return unique[1:] if unique and isinstance(unique[0], InputLayer) else unique

    @traced("add")
    def add(self, layer: Any) -> None:
        """Add a layer to the end of the stack, and connect it if the input shape is known.

        Follows keras 2.14 engine/sequential.py, Sequential.add.

        Raises:
            TypeError: if `layer` is not a layer.
            ValueError: if its name is already used, or it has several outputs.
        """
        history = getattr(layer, "_keras_history", None)
        if history is not None and isinstance(history.layer, InputLayer):
            layer = history.layer
        if not isinstance(layer, Layer):
            raise TypeError(
                "The added layer must be an instance of class Layer. "
                f"Received: layer={layer!r:.200} of type {type(layer)}."
            )
        others = [known for known in self.layers if known is not layer]
        if others and layer.name in [known.name for known in others]:
            raise ValueError(
                "All layers added to a Sequential model should have unique names. "
                f'Name "{layer.name}" is already the name of a layer in this model. '
                "Update the `name` argument to pass a unique name."
            )
        self.built = False
        set_inputs = False
        if not self._stack:
            set_inputs = self._connect_first(layer)
        elif self.outputs:
            self._set_outputs(layer(self.outputs[0]))
            self.built = True
        if set_inputs or self._graph_initialized:
            self._init_graph_network(layer)
        else:
            if "_call_spec" not in vars(layer):
                raise AttributeError(
                    f"{type(layer).__name__!r} object has not been initialized: call "
                    "`super().__init__()` in its constructor."
                )
            self._stack.append(layer)

    def _connect_first(self, layer: Layer) -> bool:
        """Connect the first layer if it has an input shape; return whether it does."""
        if not isinstance(layer, InputLayer):
            batch_shape, dtype = _input_shape_and_dtype(layer)
            if not batch_shape:
                return False
            layer(Input(batch_shape=batch_shape, dtype=dtype, name=f"{layer.name}_input"))
        self._set_outputs(layer._inbound_nodes[-1].outputs)
        self.inputs = [_source_input(self.outputs[0])]
        self.built = True
        self._has_explicit_input_shape = True
        return True

    def _set_outputs(self, outputs: Any) -> None:
        tensors = flatten(outputs)
        if len(tensors) != 1:
            raise ValueError(_SINGLE_OUTPUT)
        self.outputs = tensors

    def _init_graph_network(self, layer: Layer | None = None) -> None:
        """Use the connected layers as this model's graph, with the input layer first."""
        self._nested_inputs, self._nested_outputs = self.inputs[0], self.outputs[0]
        source = self.inputs[0]._keras_history.layer
        if source not in self._stack:
            self._stack.insert(0, source)
        if layer is not None and layer is not source:
            self._stack.append(layer)
        self._is_graph_network = True
        self._graph_initialized = True
        self._build_input_shape = self.inputs[0].shape
        self.built = True

    @traced("pop")
    def pop(self) -> None:
        """Remove the last layer of the stack.

        Follows keras 2.14 engine/sequential.py, Sequential.pop.

        Raises:
            TypeError: if there are no layers.
        """
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        self._stack.pop()
        if not self.layers:
            self.outputs = None
            self.inputs = None
            self.built = False
            self._inferred_input_shape = None
            self._has_explicit_input_shape = False
            self._graph_initialized = False
        elif self._graph_initialized:
            self.layers[-1]._outbound_nodes = []
            self.outputs = [self.layers[-1].output]
            self._init_graph_network()

    def _build_graph_network_for_inferred_shape(
        self, input_shape: Any, input_dtype: Any = None
    ) -> None:
        """Connect the layers for an input shape, unless an earlier connection already covers it.

        If a layer fails on symbolic tensors, the model stays unconnected: the call on eager tensors
        then raises the more informative error.
        """
        if input_shape is None or not self.layers:
            return
        if self._has_explicit_input_shape or self._use_legacy_deferred_behavior:
            return
        new_shape = _relaxed(self._inferred_input_shape, tuple(input_shape))
        if new_shape is None or new_shape == self._inferred_input_shape:
            return
        with backend.outermost_name_scope():
            tensor = Input(
                batch_shape=new_shape, dtype=input_dtype, name=f"{self.layers[0].name}_input"
            )
            inputs, created = tensor, set()
            for layer in self.layers:
                _forget_nodes(layer, self._created_nodes)
                try:
                    tensor = layer(tensor)
                except Exception:
                    self._use_legacy_deferred_behavior = True
                    return
                if len(flatten(tensor)) != 1:
                    raise ValueError(_SINGLE_OUTPUT)
                created.add(layer._inbound_nodes[-1])
            self._created_nodes = created
            self._stack = self.layers
            self.inputs, self.outputs = [inputs], [tensor]
            self._init_graph_network()
        self._inferred_input_shape = new_shape

    @default
    def build(self, input_shape: Any = None) -> None:
        """Create the weights of all layers by calling each on symbolic tensors.

        Follows keras 2.14 engine/sequential.py, Sequential.build.

        Raises:
            ValueError: if `input_shape` is None and the model has no input shape.
        """
        if self._graph_initialized:
            self._init_graph_network()
        else:
            if input_shape is None:
                raise ValueError("You must provide an `input_shape` argument.")
            self._build_graph_network_for_inferred_shape(input_shape)
            if not self.built:
                input_shape = tuple(input_shape)
                self._build_input_shape = input_shape
                super().build(input_shape)
        self.built = True

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Run the layers one after another, and connect them first if necessary.

        Follows keras 2.14 engine/sequential.py, Sequential.call.
        """
        if not self._has_explicit_input_shape:
            if isinstance(inputs, Operators):
                self._build_graph_network_for_inferred_shape(inputs.shape, inputs.dtype)
            else:
                self._use_legacy_deferred_behavior = True
        outputs = inputs
        if self._graph_initialized:
            # A graph with one input uses the first of several tensors.
            outputs = flatten(inputs)[0]
            if isinstance(outputs, Operators):
                # As in Keras, this sets the mask on the caller's own tensor.
                vars(outputs)["_keras_mask"] = None if mask is None else flatten(mask)[0]
            outputs = self._conform_to_reference_input(outputs)
        # A layer that was added twice runs twice if the model has a graph, and otherwise once.
        stack = self._stack if self._graph_initialized else self.layers
        if self._graph_initialized and isinstance(stack[0], InputLayer):
            stack = stack[1:]  # the graph's input; any later InputLayer runs like other layers
        for layer in stack:
            spec = layer._call_spec
            arguments = {}
            if "mask" in spec.arg_names and not self._graph_initialized:
                arguments["mask"] = mask
            if "training" in spec.arg_names and not self._graph_initialized:
                arguments["training"] = training
            outputs = layer(outputs, **arguments)
            mask = getattr(outputs, "_keras_mask", None)
        return outputs

    def _conform_to_reference_input(self, tensor: Any) -> Any:
        """Convert the input to the rank and dtype of the graph's input."""
        reference = self.inputs[0]
        if isinstance(tensor, Operators):
            rank, wanted = len(tensor.shape), len(reference.shape)
            if rank == wanted + 1 and tensor.shape[-1] == 1:
                tensor = tensor[..., 0]
            elif rank == wanted - 1 and reference.shape[-1] == 1:
                tensor = tensor[..., None]
        if isinstance(tensor, Operators):
            return tf.cast(tensor, reference.dtype)
        return tensor

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output shape of the last layer for an input shape."""
        shape = input_shape
        for layer in self.layers:
            shape = layer.compute_output_shape(shape)
        return shape

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the output mask of the last layer."""
        return getattr(self.call(inputs, mask=mask), "_keras_mask", None)

    @property
    def _layer_checkpoint_dependencies(self) -> dict[str, Layer]:
        """The layers by the names that a checkpoint gives them; those with weights have two.

        Follows keras 2.14 engine/functional.py, Functional._layer_checkpoint_dependencies.
        """
        found: dict[str, Layer] = {}
        with_weights = [layer for layer in self.layers if _has_weights(layer)]
        for index, layer in enumerate(self.layers):
            if layer in with_weights:
                found[f"layer_with_weights-{with_weights.index(layer)}"] = layer
            found[f"layer-{index}"] = layer
        return found

    def get_config(self) -> dict[str, Any]:
        """Return the name and the config of each layer, including the input layer."""
        library = legacy_serialization if "use_legacy_config" in vars(self) else serialization_lib
        config: dict[str, Any] = {
            "name": self.name,
            "layers": copy.deepcopy(
                [library.serialize_keras_object(layer) for layer in dict.fromkeys(self._stack)]
            ),
        }
        if not self._is_graph_network and self._build_input_shape is not None:
            config["build_input_shape"] = self._build_input_shape
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Self:
        """Create a model with the layers in `config`.

        Follows keras 2.14 engine/sequential.py, Sequential.from_config.
        """
        from densetrace.keras import layers as layer_module

        named = "name" in config
        model = cls(name=config["name"] if named else None)
        for layer_config in config["layers"] if named else config:
            layer = layer_module.deserialize(
                layer_config,
                custom_objects=custom_objects,
                use_legacy_format="module" not in layer_config,
            )
            model.add(layer)
        build_input_shape = config.get("build_input_shape") if named else None
        if not model.inputs and isinstance(build_input_shape, tuple | list):
            model.build(tuple(build_input_shape))
        return model

    @property
    def input_spec(self) -> Any:
        """The shape of the input layer, for any batch size.

        None if the shape was only inferred: the model then accepts other shapes.

        Follows keras 2.14 engine/sequential.py, Sequential.input_spec.
        """
        if hasattr(self, "_manual_input_spec"):
            return self._manual_input_spec
        if not self._has_explicit_input_shape:
            return None
        return [
            InputSpec(
                shape=(None, *tensor.shape[1:]) if tensor.shape else (),
                allow_last_axis_squeeze=True,
                name=tensor._keras_history.layer.name,
            )
            for tensor in self.inputs
        ]

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self._manual_input_spec = value

    # `pop` of the only layer keeps the last graph, which these properties still return.

    @property
    def input(self) -> Any:
        """The symbolic input of the first layer."""
        return self._nested_inputs if "_nested_inputs" in vars(self) else super().input

    @property
    def output(self) -> Any:
        """The symbolic output of the last layer."""
        return self._nested_outputs if "_nested_outputs" in vars(self) else super().output

    @property
    def input_shape(self) -> Any:
        """The shape of `input`, as a tuple."""
        return tuple(self.input.shape) if "_nested_inputs" in vars(self) else super().input_shape

    @property
    def output_shape(self) -> Any:
        """The shape of `output`, as a tuple."""
        if "_nested_outputs" not in vars(self):
            return super().output_shape
        shape = self.output.shape
        return None if shape.rank is None else tuple(shape)


def _input_shape_and_dtype(layer: Any) -> tuple[Any, Any]:
    """Return the input shape and dtype of a layer, or of the first layer inside it.

    Follows keras 2.14 engine/training_utils.py, get_input_shape_and_dtype.

    Raises:
        ValueError: if the layer is a model without layers.
    """
    while isinstance(layer, Sequential):
        if not layer.layers:
            raise ValueError("An empty Model cannot be used as a Layer.")
        layer = layer.layers[0]
    shape = getattr(layer, "_batch_input_shape", None)
    return (shape, layer.dtype) if shape else (None, None)


def _has_weights(layer: Layer) -> bool:
    """Return whether a layer has weights by now."""
    try:
        return bool(layer.weights)
    except ValueError:  # a model that is not built
        return False


def _source_input(tensor: KerasTensor) -> KerasTensor:
    """Return the input layer's symbolic tensor at the start of a chain of layers."""
    while True:
        node = tensor._keras_history.layer._inbound_nodes[tensor._keras_history.node_index]
        if node.is_input:
            return tensor
        tensor = flatten(node.input_tensors)[0]


def _relaxed(
    known: tuple[int | None, ...] | None, new: tuple[int | None, ...]
) -> tuple[int | None, ...] | None:
    """Return a shape that covers both, with None for sizes that differ; None if ranks differ."""
    if known is None:
        return tuple(TensorShape(new))
    if len(known) != len(new):
        return None
    return tuple(a if a == b else None for a, b in zip(known, new, strict=True))


def _forget_nodes(layer: Layer, created: set[Node]) -> None:
    """Remove the nodes that an earlier connection of this model created."""
    for node in layer._inbound_nodes:
        for inbound in node.inbound_layers:
            inbound._outbound_nodes = [n for n in inbound._outbound_nodes if n not in created]
    layer._inbound_nodes = [node for node in layer._inbound_nodes if node not in created]
