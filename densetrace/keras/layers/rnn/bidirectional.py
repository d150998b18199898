"""The wrapper `Bidirectional`. Follows keras 2.14 layers/rnn/bidirectional.py."""

import copy
from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer_utils
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.rnn import rnn_utils
from densetrace.keras.layers.rnn.base_wrapper import Wrapper
from densetrace.keras.saving import serialization_lib
from densetrace.keras.utils import generic_utils, tf_utils
from densetrace.recording.introspect import getfullargspec
from densetrace.tensorflow.nest import flatten, map_structure
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.Bidirectional")
class Bidirectional(Wrapper):
    """Two copies of a recurrent layer, one of which reads the sequence backwards: f[batch, time,
    features] -> f[batch, 2 * units] with `concat`.

    Follows keras 2.14 layers/rnn/bidirectional.py, Bidirectional.

    Args:
        layer: a recurrent layer. Both copies are created from its config; it has no weights itself.
        merge_mode: how the outputs are merged: `concat`, `sum`, `ave`, `mul`, or None for a list.
        weights: the first weights, those of the forward layer before those of the backward one.
        backward_layer: the layer that reads backwards, if it is not a copy.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if a layer is not a layer, the layers do not fit together, or the merge mode is
            unknown.
        KeyError: if the config of the layer has no `go_backwards`.
    """

    def __init__(
        self,
        layer: Any,
        merge_mode: Any = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                "Please initialize `Bidirectional` layer with a `tf.keras.layers.Layer` instance. "
                f"Received: {layer}"
            )
        if backward_layer is not None and not isinstance(backward_layer, Layer):
            raise ValueError(
                "`backward_layer` need to be a `tf.keras.layers.Layer` instance. Received: "
                f"{backward_layer}"
            )
        if merge_mode not in ["sum", "mul", "ave", "concat", None]:
            raise ValueError(
                f"Invalid merge mode. Received: {merge_mode}. Merge mode should be one of "
                '{"sum", "mul", "ave", "concat", None}'
            )
        super().__init__(layer, **kwargs)
        # The layer is a template: its copies have the weights.
        self.forward_layer = self._recreate_layer_from_config(layer)
        if backward_layer is None:
            self.backward_layer = self._recreate_layer_from_config(layer, go_backwards=True)
        else:
            self.backward_layer = backward_layer
            # Only a layer of one's own is in the config.
            self._backward_layer_config = serialization_lib.serialize_keras_object(backward_layer)
        self.forward_layer._name = "forward_" + self.forward_layer.name
        self.backward_layer._name = "backward_" + self.backward_layer.name
        self._verify_layer_config()

        def force_zero_output_for_mask(layer: Any) -> None:
            # A masked step must not add the previous output to that of the other direction.
            if getattr(layer, "zero_output_for_mask", None) is not None:
                layer.zero_output_for_mask = layer.return_sequences

        force_zero_output_for_mask(self.forward_layer)
        force_zero_output_for_mask(self.backward_layer)
        self.merge_mode = merge_mode
        if weights:
            nw = len(weights)
            self.forward_layer.initial_weights = weights[: nw // 2]
            self.backward_layer.initial_weights = weights[nw // 2 :]
        self.stateful = layer.stateful
        self.return_sequences = self.layer.return_sequences
        self.return_state = self.layer.return_state
        self.supports_masking = True
        self._trainable = kwargs.get("trainable", layer.trainable)
        self._num_constants = 0
        self.input_spec = layer.input_spec

    def _children(self, *, metrics: bool = False) -> list[Any]:
        """The two copies: the layer that they were made from does not count."""
        return [one for one in super()._children(metrics=metrics) if one is not self.layer]

    def _verify_layer_config(self) -> None:
        """Check that the layers read in opposite directions and have the same outputs.

        Raises:
            ValueError: if they do not.
        """
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "Forward layer and backward layer should have different `go_backwards` value. "
                f"forward_layer.go_backwards = {forward.go_backwards}, "
                f"backward_layer.go_backwards = {backward.go_backwards}"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(forward, name) != getattr(backward, name):
                raise ValueError(
                    "Forward layer and backward layer are expected to have the same value for "
                    f'attribute "{name}", got "{getattr(forward, name)}" for forward layer and '
                    f'"{getattr(backward, name)}" for backward layer'
                )

    def _recreate_layer_from_config(self, layer: Any, go_backwards: bool = False) -> Any:
        """Create a copy of a layer, with `go_backwards` the other way round if asked for."""
        config = layer.get_config()
        if go_backwards:
            config["go_backwards"] = not config["go_backwards"]
        if "custom_objects" in getfullargspec(type(layer).from_config).args:
            custom_objects = {}
            cell = getattr(layer, "cell", None)
            if cell is not None:
                for one in (cell, *getattr(cell, "cells", [])):
                    custom_objects[type(one).__name__] = type(one)
            return type(layer).from_config(config, custom_objects=custom_objects)
        return type(layer).from_config(config)

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the merged output, or the list of it and the states' shapes."""
        output_shape = self.forward_layer.compute_output_shape(input_shape)
        state_shape: list[Any] = []
        if self.return_state:
            output_shape, *state_shape = output_shape
        if self.merge_mode == "concat":
            *sizes, units = TensorShape(output_shape).as_list()
            output_shape = TensorShape([*sizes, None if units is None else 2 * units])
        outputs = [output_shape, output_shape] if self.merge_mode is None else [output_shape]
        if self.return_state:
            return outputs + state_shape + state_shape
        return outputs if self.merge_mode is None else output_shape

    @base_layer_utils.passes_on
    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """Call both layers. Symbolic initial states and constants become inputs of the layer.

        Raises:
            ValueError: if the number of states is odd, or some of the tensors are symbolic inputs
                or outputs of Keras and others not.
        """
        inputs, initial_state, constants = rnn_utils.standardize_args(
            inputs, initial_state, constants, self._num_constants
        )
        if isinstance(inputs, list):
            if len(inputs) > 1:
                initial_state = inputs[1:]
            inputs = inputs[0]
        if initial_state is None and constants is None:
            return super().__call__(inputs, **kwargs)

        additional_inputs: list[Any] = []
        additional_specs: list[Any] = []
        if initial_state is not None:
            num_states = len(initial_state)
            if num_states % 2 > 0:
                raise ValueError(
                    "When passing `initial_state` to a Bidirectional RNN, the state should be a "
                    "list containing the states of the underlying RNNs. Received: "
                    f"{initial_state}"
                )
            kwargs["initial_state"] = initial_state
            additional_inputs += initial_state
            state_specs = map_structure(
                lambda state: InputSpec(shape=backend.int_shape(state)), initial_state
            )
            self.forward_layer.state_spec = state_specs[: num_states // 2]
            self.backward_layer.state_spec = state_specs[num_states // 2 :]
            additional_specs += state_specs
        if constants is not None:
            kwargs["constants"] = constants
            additional_inputs += constants
            constants_spec = [
                InputSpec(shape=backend.int_shape(constant)) for constant in constants
            ]
            self._num_constants = len(constants)
            for layer in (self.forward_layer, self.backward_layer):
                layer.constants_spec = constants_spec
                layer._num_constants = self._num_constants
            additional_specs += constants_spec

        flat = flatten(additional_inputs)
        is_keras_tensor = backend.is_keras_tensor(flat[0])
        if any(backend.is_keras_tensor(one) != is_keras_tensor for one in flat):
            raise ValueError(
                "The initial state of a Bidirectional layer cannot be specified with a mix of "
                'Keras tensors and non-Keras tensors (a "Keras tensor" is a tensor that was '
                "returned by a Keras layer, or by `Input`)"
            )
        if is_keras_tensor:
            full_input_spec = [None for _ in flatten(inputs)] + additional_specs
            kwargs["initial_state"] = None
            kwargs["constants"] = None
            original_input_spec = self.input_spec
            self.input_spec = full_input_spec
            output = super().__call__([inputs, *additional_inputs], **kwargs)
            self.input_spec = original_input_spec
            return output
        return super().__call__(inputs, **kwargs)

    def call(
        self,
        inputs: Any,
        training: Any = None,
        mask: Any = None,
        initial_state: Any = None,
        constants: Any = None,
    ) -> Any:
        """Run both layers, turn the outputs of the backward one round, and merge them."""
        kwargs: dict[str, Any] = {}
        if generic_utils.has_arg(self.layer.call, "training"):
            kwargs["training"] = training
        if generic_utils.has_arg(self.layer.call, "mask"):
            kwargs["mask"] = mask
        if generic_utils.has_arg(self.layer.call, "constants"):
            kwargs["constants"] = constants

        if generic_utils.has_arg(self.layer.call, "initial_state"):
            forward_inputs, backward_inputs = inputs, inputs
            forward_state, backward_state = None, None
            if isinstance(inputs, list) and len(inputs) > 1:
                # Symbolic states and constants are behind the inputs.
                pivot = (len(inputs) - self._num_constants) // 2 + 1
                end = len(inputs) - self._num_constants
                forward_inputs = [inputs[0], *inputs[1:pivot], *inputs[end:]]
                backward_inputs = [inputs[0], *inputs[pivot:end], *inputs[end:]]
                if "constants" in kwargs:
                    kwargs["constants"] = None
            elif initial_state is not None:
                half = len(initial_state) // 2
                forward_state, backward_state = initial_state[:half], initial_state[half:]
            y = self.forward_layer(forward_inputs, initial_state=forward_state, **kwargs)
            y_rev = self.backward_layer(backward_inputs, initial_state=backward_state, **kwargs)
        else:
            y = self.forward_layer(inputs, **kwargs)
            y_rev = self.backward_layer(inputs, **kwargs)

        states: list[Any] = []
        if self.return_state:
            states = y[1:] + y_rev[1:]
            y, y_rev = y[0], y_rev[0]
        if self.return_sequences:
            time_dim = 0 if getattr(self.forward_layer, "time_major", False) else 1
            y_rev = backend.reverse(y_rev, time_dim)
        output: Any
        if self.merge_mode == "concat":
            output = backend.concatenate([y, y_rev])
        elif self.merge_mode == "sum":
            output = y + y_rev
        elif self.merge_mode == "ave":
            output = (y + y_rev) / 2
        elif self.merge_mode == "mul":
            output = y * y_rev
        else:
            output = [y, y_rev]
        if self.return_state:
            return output + states if self.merge_mode is None else [output, *states]
        return output

    def reset_states(self, states: Any = None) -> None:
        """Set the states of both layers to zeros, or to the arrays in `states`.

        Raises:
            AttributeError: if the layer is not stateful.
            ValueError: if `states` is no list.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        if states is None:
            self.forward_layer.reset_states()
            self.backward_layer.reset_states()
        else:
            if not isinstance(states, list | tuple):
                raise ValueError(
                    "Unrecognized value for `states`. Expected `states` to be list or tuple. "
                    f"Received: {states}"
                )
            half = len(states) // 2
            self.forward_layer.reset_states(states[:half])
            self.backward_layer.reset_states(states[half:])

    def build(self, input_shape: Any) -> None:  # type: ignore[override] # as in Keras
        """Build both layers."""
        with backend.name_scope(self.forward_layer.name):
            self.forward_layer.build(input_shape)
        with backend.name_scope(self.backward_layer.name):
            self.backward_layer.build(input_shape)
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask if the output has each time step; no mask of the states."""
        if isinstance(mask, list):
            mask = mask[0]
        output_mask: Any = mask if self.return_sequences else None
        if not self.merge_mode:
            output_mask = [output_mask, output_mask]
        if self.return_state:
            state_mask = [None for _ in self.forward_layer.states] * 2
            if isinstance(output_mask, list):
                return output_mask + state_mask
            return [output_mask, *state_mask]
        return output_mask

    @property
    def constraints(self) -> dict[Any, Any]:
        """The constraints of both layers, where they have a dict of these."""
        constraints: dict[Any, Any] = {}
        if hasattr(self.forward_layer, "constraints"):
            constraints.update(self.forward_layer.constraints)
            constraints.update(self.backward_layer.constraints)
        return constraints

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        config = {"merge_mode": self.merge_mode}
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if hasattr(self, "_backward_layer_config"):
            config["backward_layer"] = self._backward_layer_config
        return super().get_config() | config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Create the layer and those inside from a config."""
        from densetrace.keras.layers import deserialize as deserialize_layer

        config = copy.deepcopy(config)
        num_constants = config.pop("num_constants", 0)
        # The layer inside must not see the constants.
        config["layer"] = deserialize_layer(config["layer"], custom_objects=custom_objects)
        backward_layer_config = config.pop("backward_layer", None)
        if backward_layer_config is not None:
            config["backward_layer"] = deserialize_layer(
                backward_layer_config, custom_objects=custom_objects
            )
        layer = cls(**config)
        layer._num_constants = num_constants
        return layer
