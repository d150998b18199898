"""`Sequential`, a model that runs its layers one after another.

Follows keras 2.14 engine/sequential.py.
"""

import copy
from collections.abc import Sequence
from typing import Any, Self

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import functional, training_utils
from densetrace.keras.engine._layer_state import LayerState
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_layer import Input, InputLayer
from densetrace.keras.engine.node import Node
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.keras.utils import layer_utils
from densetrace.keras.utils.generic_utils import default
from densetrace.recording.hooks import traced
from densetrace.recording.introspect import getfullargspec
from densetrace.tensorflow.module import Module
from densetrace.tensorflow.nest import flatten, map_structure
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Operators

_SINGLE_OUTPUT = (
    "All layers in a Sequential model should have a single output tensor. "
    "For multi-output layers, use the functional API."
)


@keras_export("keras.Sequential", "keras.models.Sequential")
class Sequential(functional.Functional):
    """A stack of layers.

    If the first layer has an input shape, each layer is built when you add it. Otherwise all layers
    are built by the first call or by `build`. Either way the stack becomes a graph, which runs like
    that of any functional model.

    Follows keras 2.14 engine/sequential.py, Sequential.

    Args:
        layers: a list of layers, or one layer.
        name: the model's name; derived from the class name if None.

    Raises:
        TypeError: if an element of `layers` is not a layer.
        ValueError: if two layers have the same name, or a layer has several outputs.
    """

    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        # Skips Functional.__init__: there is no graph yet.
        super(functional.Functional, self).__init__(name=name, autocast=False)
        self.supports_masking = True
        self._compute_output_and_mask_jointly = True
        self._self_tracked_trackables: list[Any] = []
        self._inferred_input_shape: tuple[int | None, ...] | None = None
        self._has_explicit_input_shape = False
        self._layer_call_argspecs: dict[Any, Any] = {}
        self._created_nodes: set[Node] = set()
        self._graph_initialized = False
        self._use_legacy_deferred_behavior = False
        if layers:
            if not isinstance(layers, list | tuple):
                layers = [layers]
            for layer in layers:
                self.add(layer)

    def _tracked(self) -> list[Sequence[Any]]:
        return [(layer,) for layer in self._self_tracked_trackables]

    def _children(self, *, metrics: bool = False) -> list[LayerState | Module]:
        # Only added layers are part of the model, not layers in other attributes.
        return list(vars(self).get("_self_tracked_trackables", ()))

    @property
    def layers(self) -> list[Layer]:
        """The added layers, each once, without the input layer that Keras creates."""
        unique: list[Layer] = list(dict.fromkeys(self._self_tracked_trackables))
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
            # Imported here, because few models have a module that is not a layer.
            from densetrace.tensorflow.module import Module

            if not isinstance(layer, Module):
                raise TypeError(
                    "The added layer must be an instance of class Layer. "
                    f"Received: layer={layer!r:.200} of type {type(layer)}."
                )
            layer = functional.ModuleWrapper(layer)
        if not self._is_layer_name_unique(layer):
            raise ValueError(
                "All layers added to a Sequential model should have unique names. "
                f'Name "{layer.name}" is already the name of a layer in this model. '
                "Update the `name` argument to pass a unique name."
            )
        self.built = False
        set_inputs = False
        if not self._self_tracked_trackables:
            set_inputs = self._connect_first(layer)
        elif self.outputs:
            output_tensor = layer(self.outputs[0])
            if len(flatten(output_tensor)) != 1:
                raise ValueError(_SINGLE_OUTPUT)
            self.outputs = [output_tensor]
            self.built = True
        if set_inputs or self._graph_initialized:
            self._init_graph_network(self.inputs, self.outputs)
            self._graph_initialized = True
        else:
            if "_call_spec" not in vars(layer):
                raise AttributeError(
                    f"{type(layer).__name__!r} object has not been initialized: call "
                    "`super().__init__()` in its constructor."
                )
            self._self_tracked_trackables.append(layer)
        self._layer_call_argspecs[layer] = getfullargspec(layer.call)

    def _connect_first(self, layer: Layer) -> bool:
        """Connect the first layer if it has an input shape; return whether it does."""
        if not isinstance(layer, InputLayer):
            batch_shape, dtype = training_utils.get_input_shape_and_dtype(layer)
            if not batch_shape:
                return False
            layer(Input(batch_shape=batch_shape, dtype=dtype, name=f"{layer.name}_input"))
        outputs = flatten(layer._inbound_nodes[-1].outputs)
        if len(outputs) != 1:
            raise ValueError(_SINGLE_OUTPUT)
        self.outputs = outputs
        self.inputs = layer_utils.get_source_inputs(self.outputs[0])
        self.built = True
        self._has_explicit_input_shape = True
        return True

    @traced("pop")
    def pop(self) -> None:
        """Remove the last layer of the stack.

        Follows keras 2.14 engine/sequential.py, Sequential.pop.

        Raises:
            TypeError: if there are no layers.
        """
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        layer = self._self_tracked_trackables.pop()
        self._layer_call_argspecs.pop(layer)
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
            self._init_graph_network(self.inputs, self.outputs)
            self.built = True

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
            inputs = Input(
                batch_shape=new_shape, dtype=input_dtype, name=f"{self.layers[0].name}_input"
            )
            layer_input: Any = inputs
            created_nodes: set[Node] = set()
            for layer in self.layers:
                _clear_previously_created_nodes(layer, self._created_nodes)
                try:
                    layer_output = layer(layer_input)
                except Exception:
                    self._use_legacy_deferred_behavior = True
                    return
                if len(flatten(layer_output)) != 1:
                    raise ValueError(_SINGLE_OUTPUT)
                _track_nodes_created_by_last_call(layer, created_nodes)
                layer_input = layer_output
            self._created_nodes = created_nodes
            try:
                self._init_graph_network(inputs, layer_input)
                self._graph_initialized = True
            except Exception:
                self._use_legacy_deferred_behavior = True
        self._inferred_input_shape = new_shape

    @default
    def build(self, input_shape: Any = None) -> None:
        """Create the weights of all layers by calling each on symbolic tensors.

        Follows keras 2.14 engine/sequential.py, Sequential.build.

        Raises:
            ValueError: if `input_shape` is None and the model has no input shape.
        """
        if self._graph_initialized:
            self._init_graph_network(self.inputs, self.outputs)
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
                self._build_input_shape = map_structure(_get_shape_tuple, inputs)
        if self._graph_initialized:
            if not self.built:
                self._init_graph_network(self.inputs, self.outputs)
            return super().call(inputs, training=training, mask=mask)
        outputs = inputs  # of a model without layers
        for layer in self.layers:
            # During each iteration, `inputs` are the inputs of `layer`, and `outputs` its outputs.
            kwargs = {}
            argspec = self._layer_call_argspecs[layer].args
            if "mask" in argspec:
                kwargs["mask"] = mask
            if "training" in argspec:
                kwargs["training"] = training
            outputs = layer(inputs, **kwargs)
            inputs = outputs
            mask = map_structure(lambda tensor: getattr(tensor, "_keras_mask", None), outputs)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output shape of the last layer for an input shape."""
        shape = input_shape
        for layer in self.layers:
            shape = layer.compute_output_shape(shape)
        return shape

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the output mask of the last layer."""
        return getattr(self.call(inputs, mask=mask), "_keras_mask", None)

    def get_config(self) -> dict[str, Any]:
        """Return the name and the config of each layer, including the input layer."""
        library = legacy_serialization if "use_legacy_config" in vars(self) else serialization_lib
        layers = dict.fromkeys(self._self_tracked_trackables)
        config: dict[str, Any] = {
            "name": self.name,
            "layers": copy.deepcopy([library.serialize_keras_object(layer) for layer in layers]),
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
        return super().input_spec if self._has_explicit_input_shape else None

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self._manual_input_spec = value

    def _is_layer_name_unique(self, layer: Layer) -> bool:
        return all(known is layer or known.name != layer.name for known in self.layers)

    def _assert_weights_created(self) -> None:
        if not self._graph_initialized:
            super(functional.Functional, self)._assert_weights_created()


def _get_shape_tuple(tensor: Any) -> Any:
    shape = getattr(tensor, "shape", None)
    if shape is None or (isinstance(shape, TensorShape) and shape.rank is None):
        return None
    return tuple(shape)


def _relaxed(
    known: tuple[int | None, ...] | None, new: tuple[int | None, ...]
) -> tuple[int | None, ...] | None:
    """Return a shape that covers both, with None for sizes that differ; None if ranks differ.

    Follows keras 2.14 engine/sequential.py, relax_input_shape.
    """
    if known is None:
        return tuple(TensorShape(new))
    if len(known) != len(new):
        return None
    return tuple(a if a == b else None for a, b in zip(known, new, strict=True))


def _clear_previously_created_nodes(layer: Layer, created_nodes: set[Node]) -> None:
    """Remove the nodes that an earlier connection of this model created.

    Follows keras 2.14 engine/sequential.py, clear_previously_created_nodes.
    """
    for node in layer._inbound_nodes:
        for inbound in flatten(node.inbound_layers):
            inbound._outbound_nodes = [n for n in inbound._outbound_nodes if n not in created_nodes]
    layer._inbound_nodes = [n for n in layer._inbound_nodes if n not in created_nodes]


def _track_nodes_created_by_last_call(layer: Layer, created_nodes: set[Node]) -> None:
    """Add the nodes of the last call of a layer.

    Follows keras 2.14 engine/sequential.py, track_nodes_created_by_last_call.
    """
    if not layer._inbound_nodes:
        return
    created_nodes.add(layer._inbound_nodes[-1])
    for inbound in flatten(layer._inbound_nodes[-1].inbound_layers):
        if inbound._outbound_nodes:
            created_nodes.add(inbound._outbound_nodes[-1])
