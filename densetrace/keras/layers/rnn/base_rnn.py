"""The base class of recurrent layers. Follows keras 2.14 layers/rnn/base_rnn.py."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer, base_layer_utils
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.rnn import rnn_utils
from densetrace.keras.layers.rnn.dropout_rnn_cell_mixin import DropoutRNNCellMixin
from densetrace.keras.layers.rnn.stacked_rnn_cells import StackedRNNCells
from densetrace.keras.saving import serialization_lib
from densetrace.keras.utils import generic_utils
from densetrace.tensorflow.nest import flatten, is_nested, map_structure, pack_like
from densetrace.tensorflow.shapes import TensorShape


class _Untracked:
    """Holds states, so that their variables are no weights of the layer."""

    def __init__(self, states: Any) -> None:
        self.states = states


# DEPARTS: Keras also takes ragged tensors. Here there are only dense tensors.
@keras_export("keras.layers.RNN")
class RNN(base_layer.Layer):
    """A layer that runs a cell for each time step: f[batch, time, features] -> f[batch, size].

    The cell computes an output and new states from the inputs at one time and the states before.

    Follows keras 2.14 layers/rnn/base_rnn.py, RNN.

    Args:
        cell: a layer, or any object, with `call(inputs, states)` and `state_size`; a list of cells
            becomes `StackedRNNCells`.
        return_sequences: whether the output has each time step, f[batch, time, size], or only the
            last.
        return_state: whether the call also returns the states after the last step.
        go_backwards: whether the last time step comes first. The outputs are in this order too.
        stateful: whether the states after a batch are the first states of the next batch.
        unroll: whether Python runs each step when a graph is built; otherwise the graph has a loop.
        time_major: whether inputs and outputs are f[time, batch, ...].
        **kwargs: `zero_output_for_mask`, `input_dim`, `input_length`, and the keyword arguments of
            `Layer`.

    Raises:
        ValueError: if the cell has no `call` or no `state_size`.
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: Any = False,
        return_state: Any = False,
        go_backwards: Any = False,
        stateful: Any = False,
        unroll: Any = False,
        time_major: Any = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, list | tuple):
            cell = StackedRNNCells(cell)
        if "call" not in dir(cell):
            raise ValueError(
                f"Argument `cell` should have a `call` method. The RNN was passed: cell={cell}"
            )
        if "state_size" not in dir(cell):
            raise ValueError(
                "The RNN cell should have a `state_size` attribute (tuple of integers, one integer "
                f"per RNN state). Received: cell={cell}"
            )
        # Whether a masked time step has an output of zeros in place of the previous output.
        self.zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        if "input_shape" not in kwargs and ("input_dim" in kwargs or "input_length" in kwargs):
            kwargs["input_shape"] = (
                kwargs.pop("input_length", None),
                kwargs.pop("input_dim", None),
            )
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.time_major = time_major
        self.supports_masking = True
        self.input_spec = None
        self.state_spec: Any = None
        self._states = _Untracked(None)
        self.constants_spec: Any = None
        self._num_constants = 0

    @property
    def states(self) -> Any:
        """The variables that keep the states of a stateful layer; None for each before the build.

        Keras does not count them among the weights.
        """
        if self._states.states is None:
            state = map_structure(lambda _: None, self.cell.state_size)
            return state if is_nested(self.cell.state_size) else [state]
        return self._states.states

    @states.setter
    def states(self, states: Any) -> None:
        self._states = _Untracked(states)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output; with `return_state`, the list of it and the states'."""
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        try:
            input_shape = TensorShape(input_shape)
        except (ValueError, TypeError):  # a structure of inputs
            input_shape = flatten(input_shape)[0]
        batch, time_step = input_shape[0], input_shape[1]
        if self.time_major:
            batch, time_step = time_step, batch
        if rnn_utils.is_multiple_state(self.cell.state_size):
            state_size = self.cell.state_size
        else:
            state_size = [self.cell.state_size]

        def get_output_shape(flat_output_size: Any) -> TensorShape:
            output_dim = rnn_utils.sizes_of(flat_output_size)
            if not self.return_sequences:
                return TensorShape([batch, *output_dim])
            if self.time_major:
                return TensorShape([time_step, batch, *output_dim])
            return TensorShape([batch, time_step, *output_dim])

        output_shape: Any
        if getattr(self.cell, "output_size", None) is not None:
            output_shape = flatten(map_structure(get_output_shape, self.cell.output_size))
            output_shape = output_shape[0] if len(output_shape) == 1 else output_shape
        else:
            output_shape = get_output_shape(state_size[0])
        if not self.return_state:
            return output_shape
        state_shapes = [
            TensorShape([batch, *rnn_utils.sizes_of(one)]) for one in flatten(state_size)
        ]
        return generic_utils.to_list(output_shape) + state_shapes

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask if the output has each time step; no mask of the states."""
        mask = flatten(mask)[0]
        output_mask = mask if self.return_sequences else None
        if self.return_state:
            return [output_mask] + [None for _ in self.states]
        return output_mask

    def build(self, input_shape: Any) -> None:
        """Build the cell for the inputs at one time; create the states of a stateful layer."""
        if isinstance(input_shape, list):
            input_shape = input_shape[0]

        def get_input_spec(shape: Any) -> InputSpec:
            sizes = list(shape)
            batch_index, time_step_index = (1, 0) if self.time_major else (0, 1)
            if not self.stateful:
                sizes[batch_index] = None
            sizes[time_step_index] = None
            return InputSpec(shape=tuple(sizes))

        def get_step_input_shape(shape: Any) -> Any:
            sizes = tuple(shape)
            return sizes[1:] if self.time_major else (sizes[0], *sizes[2:])

        with suppress(ValueError, TypeError):  # a structure of inputs
            input_shape = TensorShape(input_shape)
        if not is_nested(input_shape):
            specs: Any = get_input_spec(input_shape)
            step_input_shape = get_step_input_shape(input_shape)
        else:
            specs = map_structure(get_input_spec, input_shape)
            step_input_shape = map_structure(get_step_input_shape, input_shape)
        if self.input_spec is not None:
            self.input_spec[0] = specs
        else:
            self.input_spec = generic_utils.to_list(specs)
        if isinstance(self.cell, base_layer.Layer) and not self.cell.built:
            with backend.name_scope(self.cell.name):
                self.cell.build(step_input_shape)
                self.cell.built = True

        if rnn_utils.is_multiple_state(self.cell.state_size):
            state_size = list(self.cell.state_size)
        else:
            state_size = [self.cell.state_size]
        if self.state_spec is None:
            self.state_spec = map_structure(
                lambda size: InputSpec(shape=(None, *rnn_utils.sizes_of(size))), state_size
            )
        self._validate_state_spec(state_size, self.state_spec)
        if self.stateful:
            self.reset_states()
        super().build(input_shape)

    @staticmethod
    def _validate_state_spec(cell_state_sizes: Any, init_state_specs: Any) -> None:
        """Check that initial states fit the sizes of the cell's states.

        Raises:
            ValueError: if they do not.
        """
        sizes, specs = flatten(cell_state_sizes), flatten(init_state_specs)
        if len(sizes) != len(specs) or any(
            not TensorShape(spec.shape[1:]).is_compatible_with(TensorShape(size))
            for spec, size in zip(specs, sizes, strict=True)
        ):
            raise ValueError(
                "An `initial_state` was passed that is not compatible with `cell.state_size`. "
                f"Received `state_spec`={init_state_specs}; however `cell.state_size` is "
                f"{cell_state_sizes}"
            )

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Return the states before the first step: those of the cell, or zeros."""
        get_initial_state_fn = getattr(self.cell, "get_initial_state", None)
        if is_nested(inputs):
            inputs = flatten(inputs)[0]
        input_shape = tf.shape(inputs)
        batch_size = input_shape[1] if self.time_major else input_shape[0]
        dtype = inputs.dtype
        if get_initial_state_fn:
            init_state = get_initial_state_fn(inputs=None, batch_size=batch_size, dtype=dtype)
        else:
            init_state = rnn_utils.generate_zero_filled_state(
                batch_size, self.cell.state_size, dtype
            )
        if not is_nested(init_state):
            init_state = [init_state]
        return list(init_state)

    @base_layer_utils.passes_on
    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any
    ) -> Any:
        """Call the layer. Symbolic initial states and constants become inputs of the layer.

        Raises:
            ValueError: if some of them are symbolic inputs or outputs of Keras and others not.
        """
        inputs, initial_state, constants = rnn_utils.standardize_args(
            inputs, initial_state, constants, self._num_constants
        )
        if initial_state is None and constants is None:
            return super().__call__(inputs, **kwargs)
        additional_inputs: list[Any] = []
        additional_specs: list[Any] = []
        if initial_state is not None:
            additional_inputs += initial_state
            self.state_spec = map_structure(
                lambda state: InputSpec(shape=backend.int_shape(state)), initial_state
            )
            additional_specs += self.state_spec
        if constants is not None:
            additional_inputs += constants
            self.constants_spec = [
                InputSpec(shape=backend.int_shape(constant)) for constant in constants
            ]
            self._num_constants = len(constants)
            additional_specs += self.constants_spec
        flat_additional_inputs = flatten(additional_inputs)
        is_keras_tensor = (
            backend.is_keras_tensor(flat_additional_inputs[0]) if flat_additional_inputs else True
        )
        if any(backend.is_keras_tensor(one) != is_keras_tensor for one in flat_additional_inputs):
            raise ValueError(
                "The initial state or constants of an RNN layer cannot be specified via a mix of "
                'Keras tensors and non-Keras tensors (a "Keras tensor" is a tensor that was '
                "returned by a Keras layer, or by `Input`). Received: "
                f"initial_state={initial_state}, constants={constants}"
            )
        if is_keras_tensor:
            if self.built:
                full_input_spec = self.input_spec + additional_specs
            else:
                # The specs of the inputs are added when the layer is built.
                full_input_spec = (
                    generic_utils.to_list(map_structure(lambda _: None, inputs)) + additional_specs
                )
            self.input_spec = full_input_spec
            output = super().__call__([inputs, *additional_inputs], **kwargs)
            self.input_spec = self.input_spec[: -len(additional_specs)]
            return output
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
        if constants is not None:
            kwargs["constants"] = constants
        return super().__call__(inputs, **kwargs)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = None,
        initial_state: Any = None,
        constants: Any = None,
    ) -> Any:
        """Run the cell for each time step.

        Raises:
            ValueError: if the cell takes no constants, or `unroll` needs a number of time steps
                that is not known.
        """
        inputs, initial_state, constants = self._process_inputs(inputs, initial_state, constants)
        self._maybe_reset_cell_dropout_mask(self.cell)
        if isinstance(self.cell, StackedRNNCells):
            for cell in self.cell.cells:
                self._maybe_reset_cell_dropout_mask(cell)
        if mask is not None:
            # The initial states have no mask.
            mask = flatten(mask)[0]
        input_shape = backend.int_shape(flatten(inputs)[0]) or ()
        timesteps = input_shape[0] if self.time_major else input_shape[1]
        if self.unroll and timesteps is None:
            raise ValueError(
                "Cannot unroll a RNN if the time dimension is undefined. Pass `input_shape` to the "
                "first layer of a Sequential, `input_length` to an Embedding, or `shape` to Input."
            )

        kwargs: dict[str, Any] = {}
        if generic_utils.has_arg(self.cell.call, "training"):
            kwargs["training"] = training
        cell_call_fn = self.cell.__call__ if callable(self.cell) else self.cell.call
        if constants and not generic_utils.has_arg(self.cell.call, "constants"):
            raise ValueError(
                f"RNN cell {self.cell} does not support constants. Received: constants={constants}"
            )

        def step(inputs: Any, states: Any) -> Any:
            if constants:
                kwargs["constants"] = states[-self._num_constants :]
                states = states[: -self._num_constants]
            output, new_states = cell_call_fn(inputs, states, **kwargs)
            if not is_nested(new_states):
                new_states = [new_states]
            return output, new_states

        last_output, outputs, states = backend.rnn(
            step,
            inputs,
            initial_state,
            constants=constants,
            go_backwards=self.go_backwards,
            mask=mask,
            unroll=self.unroll,
            input_length=timesteps,
            time_major=self.time_major,
            zero_output_for_mask=self.zero_output_for_mask,
            return_all_outputs=self.return_sequences,
        )
        if self.stateful:
            self.add_update(
                [
                    self_state.assign(tf.cast(state, self_state.dtype))
                    for self_state, state in zip(
                        flatten(self.states), flatten(states), strict=False
                    )
                ]
            )
        output = outputs if self.return_sequences else last_output
        if self.return_state:
            states = list(states) if isinstance(states, list | tuple) else [states]
            return generic_utils.to_list(output) + states
        return output

    def _process_inputs(self, inputs: Any, initial_state: Any, constants: Any) -> Any:
        """Return the inputs, the initial states and the constants.

        Raises:
            ValueError: if there are more or fewer initial states than the cell has states.
        """
        if isinstance(inputs, Sequence) and not isinstance(inputs, tuple):
            # Symbolic states and constants are behind the inputs.
            if not self._num_constants:
                initial_state = inputs[1:]
            else:
                initial_state = inputs[1 : -self._num_constants]
                constants = inputs[-self._num_constants :]
            if len(initial_state) == 0:
                initial_state = None
            inputs = inputs[0]

        if self.stateful:
            if initial_state is not None:
                # The given states count as long as the layer has none of its own: all are zero.
                given = initial_state
                non_zero_count = tf.add_n(
                    [tf.math.count_nonzero(state) for state in flatten(self.states)]
                )
                initial_state = tf.cond(
                    non_zero_count > 0,
                    true_fn=lambda: [tf.convert_to_tensor(one) for one in self.states],
                    false_fn=lambda: [tf.convert_to_tensor(one) for one in given],
                )
            else:
                initial_state = self.states
            initial_state = map_structure(
                lambda state: tf.cast(state, self.compute_dtype or self.cell.compute_dtype),
                initial_state,
            )
        elif initial_state is None:
            initial_state = self.get_initial_state(inputs)

        if len(initial_state) != len(self.states):
            raise ValueError(
                f"Layer has {len(self.states)} states but was passed {len(initial_state)} initial "
                f"states. Received: initial_state={initial_state}"
            )
        return inputs, initial_state, constants

    def _maybe_reset_cell_dropout_mask(self, cell: Any) -> None:
        if isinstance(cell, DropoutRNNCellMixin):
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()

    def reset_states(self, states: Any = None) -> None:
        """Set the states of a stateful layer to zeros, or to the arrays in `states`.

        Raises:
            AttributeError: if the layer is not stateful.
            ValueError: if the batch size is not known, or the arrays do not fit.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        spec_shape = None
        if self.input_spec is not None:
            spec_shape = flatten(self.input_spec[0])[0].shape
        if spec_shape is None:
            batch_size = None
        else:
            batch_size = spec_shape[1] if self.time_major else spec_shape[0]
        if not batch_size:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size. Pass `batch_input_shape` "
                "to the first layer of a Sequential, or `batch_shape` to Input."
            )
        if flatten(self.states)[0] is None:
            dtype = self.variable_dtype or backend.floatx()
            if getattr(self.cell, "get_initial_state", None):
                values = self.cell.get_initial_state(
                    inputs=None, batch_size=batch_size, dtype=dtype
                )
            else:
                values = rnn_utils.generate_zero_filled_state(
                    batch_size, self.cell.state_size, dtype
                )
            variables = [backend.variable(value, value.dtype.name) for value in flatten(values)]
            self.states = pack_like(self.cell.state_size, variables)
            if not is_nested(self.states):
                self.states = [self.states]
        elif states is None:
            for state, size in zip(
                flatten(self.states), flatten(self.cell.state_size), strict=False
            ):
                backend.set_value(state, np.zeros([batch_size, *rnn_utils.sizes_of(size)]))
        else:
            flat_states, flat_input_states = flatten(self.states), flatten(states)
            if len(flat_input_states) != len(flat_states):
                raise ValueError(
                    f"Layer {self.name} expects {len(flat_states)} states, but it received "
                    f"{len(flat_input_states)} state values. States received: {states}"
                )
            for i, (value, state) in enumerate(zip(flat_input_states, flat_states, strict=True)):
                if tuple(value.shape) != tuple(state.shape):
                    raise ValueError(
                        f"State {i} is incompatible with layer {self.name}: expected "
                        f"shape={tuple(state.shape)} but found shape={value.shape}"
                    )
            backend.batch_set_value(list(zip(flat_states, flat_input_states, strict=True)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        config = {
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "time_major": self.time_major,
        }
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = self.zero_output_for_mask
        config["cell"] = serialization_lib.serialize_keras_object(self.cell)
        return super().get_config() | config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Create the layer and its cell from a config."""
        from densetrace.keras.layers import deserialize as deserialize_layer

        cell = deserialize_layer(config.pop("cell"), custom_objects=custom_objects)
        num_constants = config.pop("num_constants", 0)
        layer = cls(cell, **config)
        layer._num_constants = num_constants
        return layer
