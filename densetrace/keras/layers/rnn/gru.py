"""The layer `GRU` and its cell. Follows keras 2.14 layers/rnn/gru.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import activations, backend, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.rnn import gru_lstm_utils, rnn_utils
from densetrace.keras.layers.rnn.base_rnn import RNN
from densetrace.keras.layers.rnn.dropout_rnn_cell_mixin import DropoutRNNCellMixin
from densetrace.keras.utils import tf_utils
from densetrace.recording.warn import log_warning
from densetrace.tensorflow.nest import is_nested
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.GRUCell")
class GRUCell(DropoutRNNCellMixin, base_layer.BaseRandomLayer):
    """One time step of a `GRU`: two gates decide how much of the state stays and is used.

    `kernel` and `recurrent_kernel` hold three matrices side by side, in the order z, r, h: the
    update gate, the reset gate, the candidate. That is why they have 3 * units columns.

        z = sigmoid(x_z + h_z),  r = sigmoid(x_r + h_r)
        h = z * h + (1 - z) * tanh(x_h + r * h_h)

    x_z, x_r, x_h are the parts of x @ kernel, and h_z, h_r, h_h those of h @ recurrent_kernel,
    with their biases. h is the output and the only state: f[batch, units].

    Follows keras 2.14 layers/rnn/gru.py, GRUCell.

    Args:
        units: the size of the output and of each state.
        activation: applied to the candidate.
        recurrent_activation: applied to the gates.
        use_bias: whether there is a bias.
        kernel_initializer: computes the first kernel, f[features, 3 * units].
        recurrent_initializer: computes the first recurrent kernel, f[units, 3 * units].
        bias_initializer: computes the first bias.
        kernel_regularizer: a penalty on the kernel.
        recurrent_regularizer: a penalty on the recurrent kernel.
        bias_regularizer: a penalty on the bias.
        kernel_constraint: applied to the kernel after a training step.
        recurrent_constraint: applied to the recurrent kernel after a training step.
        bias_constraint: applied to the bias after a training step.
        dropout: the part of the inputs that is set to 0 in training.
        recurrent_dropout: the part of the state that is set to 0 in training.
        reset_after: whether the reset gate acts after the product with the recurrent kernel; the
            bias is then f[2, 3 * units], one row for each kernel, otherwise f[3 * units].
        **kwargs: `implementation`, 2 for one product for all gates and 1 for one for each;
            `enable_caching_device`, without effect; the keyword arguments of `Layer`.

    Raises:
        ValueError: if `units` is not positive.
    """

    kernel: Variable
    recurrent_kernel: Variable
    bias: Variable | None

    def __init__(
        self,
        units: Any,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: Any = 0.0,
        recurrent_dropout: Any = 0.0,
        reset_after: Any = True,
        **kwargs: Any,
    ) -> None:
        if units <= 0:
            raise ValueError(
                "Received an invalid value for argument `units`, expected a positive integer, got "
                f"{units}."
            )
        self._enable_caching_device = kwargs.pop("enable_caching_device", True)
        super().__init__(**kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        implementation = kwargs.pop("implementation", 2)
        # Recurrent dropout needs a mask for each gate, so one product for each.
        if self.recurrent_dropout != 0 and implementation != 1:
            self.implementation = 1
        else:
            self.implementation = implementation
        self.reset_after = reset_after
        self.state_size = self.units
        self.output_size = self.units

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Create the kernels of all gates, side by side, and their bias."""
        super().build(input_shape)
        default_caching_device = rnn_utils.caching_device(self)
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units * 3),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            caching_device=default_caching_device,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units * 3),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
            caching_device=default_caching_device,
        )
        if self.use_bias:
            # With `reset_after` each kernel has a bias of its own.
            self.bias = self.add_weight(
                shape=(2, 3 * self.units) if self.reset_after else (3 * self.units,),
                name="bias",
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                caching_device=default_caching_device,
            )
        else:
            self.bias = None
        self.built = True

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Compute one time step: f[batch, features] and the state -> the output, new state."""
        h_tm1 = states[0] if is_nested(states) else states
        dp_mask = self.get_dropout_mask_for_cell(inputs, training, count=3)
        rec_dp_mask = self.get_recurrent_dropout_mask_for_cell(h_tm1, training, count=3)
        input_bias: Any = None
        recurrent_bias: Any = None
        if self.use_bias:
            if not self.reset_after:
                input_bias = self.bias
            else:
                input_bias, recurrent_bias = tf.unstack(self.bias)
        units = self.units
        if self.implementation == 1:
            parts = [slice(None, units), slice(units, units * 2), slice(units * 2, None)]
            each = [inputs] * 3
            if 0.0 < self.dropout < 1.0:
                each = [inputs * mask for mask in dp_mask]
            x_z, x_r, x_h = (
                backend.dot(one, self.kernel[:, part])
                for one, part in zip(each, parts, strict=True)
            )
            if self.use_bias:
                x_z = backend.bias_add(x_z, input_bias[parts[0]])
                x_r = backend.bias_add(x_r, input_bias[parts[1]])
                x_h = backend.bias_add(x_h, input_bias[parts[2]])
            each = [h_tm1] * 3
            if 0.0 < self.recurrent_dropout < 1.0:
                each = [h_tm1 * mask for mask in rec_dp_mask]
            recurrent_z = backend.dot(each[0], self.recurrent_kernel[:, parts[0]])
            recurrent_r = backend.dot(each[1], self.recurrent_kernel[:, parts[1]])
            if self.reset_after and self.use_bias:
                recurrent_z = backend.bias_add(recurrent_z, recurrent_bias[parts[0]])
                recurrent_r = backend.bias_add(recurrent_r, recurrent_bias[parts[1]])
            z = self.recurrent_activation(x_z + recurrent_z)
            r = self.recurrent_activation(x_r + recurrent_r)
            if self.reset_after:
                recurrent_h = backend.dot(each[2], self.recurrent_kernel[:, parts[2]])
                if self.use_bias:
                    recurrent_h = backend.bias_add(recurrent_h, recurrent_bias[parts[2]])
                recurrent_h = r * recurrent_h
            else:
                recurrent_h = backend.dot(r * each[2], self.recurrent_kernel[:, parts[2]])
        else:
            if 0.0 < self.dropout < 1.0:
                inputs = inputs * dp_mask[0]
            matrix_x = backend.dot(inputs, self.kernel)
            if self.use_bias:
                matrix_x = backend.bias_add(matrix_x, input_bias)
            x_z, x_r, x_h = tf.split(matrix_x, 3, axis=-1)
            if self.reset_after:
                matrix_inner = backend.dot(h_tm1, self.recurrent_kernel)
                if self.use_bias:
                    matrix_inner = backend.bias_add(matrix_inner, recurrent_bias)
            else:
                matrix_inner = backend.dot(h_tm1, self.recurrent_kernel[:, : 2 * units])
            recurrent_z, recurrent_r, recurrent_h = tf.split(
                matrix_inner, [units, units, units if self.reset_after else 0], axis=-1
            )
            z = self.recurrent_activation(x_z + recurrent_z)
            r = self.recurrent_activation(x_r + recurrent_r)
            if self.reset_after:
                recurrent_h = r * recurrent_h
            else:
                recurrent_h = backend.dot(r * h_tm1, self.recurrent_kernel[:, 2 * units :])
        hh = self.activation(x_h + recurrent_h)
        # The update gate chooses between the state before and the candidate.
        h = z * h_tm1 + (1 - z) * hh
        new_state = [h] if is_nested(states) else h
        return h, new_state

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal cell."""
        config = _config_of(self)
        config.update(rnn_utils.config_for_enable_caching_device(self))
        return super().get_config() | config

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return zeros as the state before the first step."""
        return rnn_utils.generate_zero_filled_state_for_cell(self, inputs, batch_size, dtype)


def _config_of(layer: Any) -> dict[str, Any]:
    """The arguments of the cell or the layer, as a config holds them."""
    return {
        "units": layer.units,
        "activation": activations.serialize(layer.activation),
        "recurrent_activation": activations.serialize(layer.recurrent_activation),
        "use_bias": layer.use_bias,
        "kernel_initializer": initializers.serialize(layer.kernel_initializer),
        "recurrent_initializer": initializers.serialize(layer.recurrent_initializer),
        "bias_initializer": initializers.serialize(layer.bias_initializer),
        "kernel_regularizer": regularizers.serialize(layer.kernel_regularizer),
        "recurrent_regularizer": regularizers.serialize(layer.recurrent_regularizer),
        "bias_regularizer": regularizers.serialize(layer.bias_regularizer),
        **rnn_utils.config_for_activity_regularizer(layer),
        "kernel_constraint": constraints.serialize(layer.kernel_constraint),
        "recurrent_constraint": constraints.serialize(layer.recurrent_constraint),
        "bias_constraint": constraints.serialize(layer.bias_constraint),
        "dropout": layer.dropout,
        "recurrent_dropout": layer.recurrent_dropout,
        "implementation": layer.implementation,
        "reset_after": layer.reset_after,
    }


@keras_export("keras.layers.GRU")
class GRU(DropoutRNNCellMixin, RNN, base_layer.BaseRandomLayer):
    """A recurrent layer whose gates decide how much state stays: f[batch, time,
    features] -> f[batch, units].

    `GRUCell` has the formulas. With the default activations, one function, `standard_gru`,
    computes all time steps; otherwise the cell is called for each.

    Follows keras 2.14 layers/rnn/gru.py, GRU.

    Args:
        units: the size of the output and of each state.
        activation: applied to the candidate.
        recurrent_activation: applied to the gates.
        use_bias: whether there is a bias.
        kernel_initializer: computes the first kernel, f[features, 3 * units].
        recurrent_initializer: computes the first recurrent kernel, f[units, 3 * units].
        bias_initializer: computes the first bias.
        kernel_regularizer: a penalty on the kernel.
        recurrent_regularizer: a penalty on the recurrent kernel.
        bias_regularizer: a penalty on the bias.
        activity_regularizer: a penalty on the output.
        kernel_constraint: applied to the kernel after a training step.
        recurrent_constraint: applied to the recurrent kernel after a training step.
        bias_constraint: applied to the bias after a training step.
        dropout: the part of the inputs that is set to 0 in training.
        recurrent_dropout: the part of the state that is set to 0 in training.
        return_sequences: whether the output has each time step, or only the last.
        return_state: whether the call also returns the last state.
        go_backwards: whether the last time step comes first.
        stateful: whether the states after a batch are the first states of the next batch.
        time_major: whether inputs and outputs are f[time, batch, ...].
        unroll: whether a graph has each step, in place of a loop.
        reset_after: whether the reset gate acts after the product with the recurrent kernel; the
            bias is then f[2, 3 * units], one row for each kernel, otherwise f[3 * units].
        **kwargs: `implementation`, as for the cell, and the keyword arguments of `RNN`.

    Raises:
        ValueError: if `units` is not positive.
    """

    def __init__(
        self,
        units: Any,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: Any = 0.0,
        recurrent_dropout: Any = 0.0,
        return_sequences: Any = False,
        return_state: Any = False,
        go_backwards: Any = False,
        stateful: Any = False,
        unroll: Any = False,
        time_major: Any = False,
        reset_after: Any = True,
        **kwargs: Any,
    ) -> None:
        self._return_runtime = kwargs.pop("return_runtime", False)
        implementation = kwargs.pop("implementation", 2)
        if implementation == 0:
            log_warning("`implementation=0` is deprecated, and means `implementation=1`.")
        cell_kwargs = {}
        if "enable_caching_device" in kwargs:
            cell_kwargs["enable_caching_device"] = kwargs.pop("enable_caching_device")
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            implementation=implementation,
            reset_after=reset_after,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="gru_cell",
            **cell_kwargs,
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            time_major=time_major,
            **kwargs,
        )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec = [InputSpec(ndim=3)]
        # Keras asks this to choose cuDNN's kernel on a GPU; all devices then use one function.
        self._could_use_gpu_kernel = (
            any(self.activation is one for one in (activations.tanh, tf.tanh))
            and any(self.recurrent_activation is one for one in (activations.sigmoid, tf.sigmoid))
            and recurrent_dropout == 0
            and not unroll
            and use_bias
            and reset_after
        )

    def call(  # type: ignore[override] # as in Keras
        self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None
    ) -> Any:
        """Compute all time steps."""
        inputs, initial_state, _ = self._process_inputs(inputs, initial_state, None)
        if isinstance(mask, list):
            mask = mask[0]
        input_shape = backend.int_shape(inputs) or ()
        timesteps = input_shape[0] if self.time_major else input_shape[1]
        if not self._could_use_gpu_kernel:
            self._maybe_reset_cell_dropout_mask(self.cell)

            def step(cell_inputs: Any, cell_states: Any) -> Any:
                return self.cell(cell_inputs, cell_states, training=training)

            last_output, outputs, states = backend.rnn(
                step,
                inputs,
                initial_state,
                constants=None,
                go_backwards=self.go_backwards,
                mask=mask,
                unroll=self.unroll,
                input_length=timesteps,
                time_major=self.time_major,
                zero_output_for_mask=self.zero_output_for_mask,
                return_all_outputs=self.return_sequences,
            )
            runtime = gru_lstm_utils.runtime(gru_lstm_utils.RUNTIME_UNKNOWN)
        else:
            last_output, outputs, runtime, states = self._defun_gru_call(
                inputs, initial_state, training, mask, None
            )
            gru_lstm_utils.name_outputs(last_output, outputs, *states)
        if self.stateful:
            self.add_update(
                [
                    self_state.assign(tf.cast(state, self_state.dtype))
                    for self_state, state in zip(self.states, states, strict=False)
                ]
            )
        output = outputs if self.return_sequences else last_output
        if self.return_state:
            return [output, *states]
        if self._return_runtime:
            return output, runtime
        return output

    units = rnn_utils.of_cell("units")
    activation = rnn_utils.of_cell("activation")
    recurrent_activation = rnn_utils.of_cell("recurrent_activation")
    use_bias = rnn_utils.of_cell("use_bias")
    kernel_initializer = rnn_utils.of_cell("kernel_initializer")
    recurrent_initializer = rnn_utils.of_cell("recurrent_initializer")
    bias_initializer = rnn_utils.of_cell("bias_initializer")
    kernel_regularizer = rnn_utils.of_cell("kernel_regularizer")
    recurrent_regularizer = rnn_utils.of_cell("recurrent_regularizer")
    bias_regularizer = rnn_utils.of_cell("bias_regularizer")
    kernel_constraint = rnn_utils.of_cell("kernel_constraint")
    recurrent_constraint = rnn_utils.of_cell("recurrent_constraint")
    bias_constraint = rnn_utils.of_cell("bias_constraint")
    dropout = rnn_utils.of_cell("dropout")
    recurrent_dropout = rnn_utils.of_cell("recurrent_dropout")
    implementation = rnn_utils.of_cell("implementation")
    reset_after = rnn_utils.of_cell("reset_after")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer, without the cell."""
        config = super().get_config() | _config_of(self)
        config.update(rnn_utils.config_for_enable_caching_device(self.cell))
        del config["cell"]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:  # type: ignore[override] # as in Keras
        """Create the layer from a config."""
        if config.get("implementation") == 0:
            config["implementation"] = 1
        return cls(**config)

    def _defun_gru_call(
        self, inputs: Any, initial_state: Any, training: Any, mask: Any, sequence_lengths: Any
    ) -> Any:
        """Compute all time steps with one function."""
        # The sequence is multiplied by one mask, before the loop.
        self.reset_dropout_mask()
        dropout_mask = self.get_dropout_mask_for_cell(inputs, training, count=3)
        if dropout_mask is not None:
            inputs = inputs * dropout_mask[0]
        # DEPARTS: In a graph, Keras wraps the function in a tf.function, together with one for a
        # GPU.
        last_output, outputs, new_h, runtime = standard_gru(
            inputs=inputs,
            init_h=gru_lstm_utils.read_variable_value(initial_state[0]),
            kernel=gru_lstm_utils.read_variable_value(self.cell.kernel),
            recurrent_kernel=gru_lstm_utils.read_variable_value(self.cell.recurrent_kernel),
            bias=gru_lstm_utils.read_variable_value(self.cell.bias),
            mask=mask,
            time_major=self.time_major,
            go_backwards=self.go_backwards,
            sequence_lengths=sequence_lengths,
            zero_output_for_mask=self.zero_output_for_mask,
            return_sequences=self.return_sequences,
        )
        return last_output, outputs, runtime, [new_h]


def standard_gru(
    inputs: Any,
    init_h: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    mask: Any,
    time_major: Any,
    go_backwards: Any,
    sequence_lengths: Any,
    zero_output_for_mask: Any,
    return_sequences: Any,
) -> tuple[Any, Any, Any, Any]:
    """Compute all time steps with the default activations and `reset_after`.

    Follows keras 2.14 layers/rnn/gru.py, standard_gru.

    Returns:
        The last output, the outputs, the last state, and the runtime, f[].
    """
    input_shape = backend.int_shape(inputs) or ()
    timesteps = input_shape[0] if time_major else input_shape[1]
    input_bias, recurrent_bias = tf.unstack(bias)

    def step(cell_inputs: Any, cell_states: Any) -> Any:
        h_tm1 = cell_states[0]
        matrix_x = backend.dot(cell_inputs, kernel)
        matrix_x = backend.bias_add(matrix_x, input_bias)
        x_z, x_r, x_h = tf.split(matrix_x, 3, axis=1)
        matrix_inner = backend.dot(h_tm1, recurrent_kernel)
        matrix_inner = backend.bias_add(matrix_inner, recurrent_bias)
        recurrent_z, recurrent_r, recurrent_h = tf.split(matrix_inner, 3, axis=1)
        z = tf.sigmoid(x_z + recurrent_z)
        r = tf.sigmoid(x_r + recurrent_r)
        hh = tf.tanh(x_h + r * recurrent_h)
        h = z * h_tm1 + (1 - z) * hh
        return h, [h]

    last_output, outputs, new_states = backend.rnn(
        step,
        inputs,
        [init_h],
        constants=None,
        unroll=False,
        time_major=time_major,
        mask=mask,
        go_backwards=go_backwards,
        input_length=sequence_lengths if sequence_lengths is not None else timesteps,
        zero_output_for_mask=zero_output_for_mask,
        return_all_outputs=return_sequences,
    )
    runtime = gru_lstm_utils.runtime(gru_lstm_utils.RUNTIME_CPU)
    return last_output, outputs, new_states[0], runtime
