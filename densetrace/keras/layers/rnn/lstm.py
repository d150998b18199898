"""The layer `LSTM` and its cell. Follows keras 2.14 layers/rnn/lstm.py."""

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
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.LSTMCell")
class LSTMCell(DropoutRNNCellMixin, base_layer.BaseRandomLayer):
    """One time step of an `LSTM`: four gates decide what the cell state forgets, adds and outputs.

    `kernel` and `recurrent_kernel` hold four matrices side by side, in the order i, f, c, o: the
    input gate, the forget gate, the candidate, the output gate. That is why they have 4 * units
    columns. With z = x @ kernel + h @ recurrent_kernel + bias, split into four parts:

        c = sigmoid(z_f) * c + sigmoid(z_i) * tanh(z_c)
        h = sigmoid(z_o) * tanh(c)

    h is the output and the first state, c the second: f[batch, units] each.

    Follows keras 2.14 layers/rnn/lstm.py, LSTMCell.

    Args:
        units: the size of the output and of each state.
        activation: applied to the candidate and to the cell state.
        recurrent_activation: applied to the gates.
        use_bias: whether there is a bias.
        kernel_initializer: computes the first kernel, f[features, 4 * units].
        recurrent_initializer: computes the first recurrent kernel, f[units, 4 * units].
        bias_initializer: computes the first bias, f[4 * units].
        unit_forget_bias: whether the bias of the forget gate begins with ones.
        kernel_regularizer: a penalty on the kernel.
        recurrent_regularizer: a penalty on the recurrent kernel.
        bias_regularizer: a penalty on the bias.
        kernel_constraint: applied to the kernel after a training step.
        recurrent_constraint: applied to the recurrent kernel after a training step.
        bias_constraint: applied to the bias after a training step.
        dropout: the part of the inputs that is set to 0 in training.
        recurrent_dropout: the part of the state that is set to 0 in training.
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
        unit_forget_bias: Any = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: Any = 0.0,
        recurrent_dropout: Any = 0.0,
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
        self.unit_forget_bias = unit_forget_bias
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
        self.state_size = [self.units, self.units]
        self.output_size = self.units

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Create the kernels of all gates, side by side, and their bias."""
        super().build(input_shape)
        default_caching_device = rnn_utils.caching_device(self)
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units * 4),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            caching_device=default_caching_device,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units * 4),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
            caching_device=default_caching_device,
        )
        if self.use_bias:
            if self.unit_forget_bias:

                def bias_initializer(_: Any, *args: Any, **kwargs: Any) -> Any:
                    return backend.concatenate(
                        [
                            self.bias_initializer((self.units,), *args, **kwargs),
                            initializers.get("ones")((self.units,), *args, **kwargs),
                            self.bias_initializer((self.units * 2,), *args, **kwargs),
                        ]
                    )

            else:
                bias_initializer = self.bias_initializer
            self.bias = self.add_weight(
                shape=(self.units * 4,),
                name="bias",
                initializer=bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                caching_device=default_caching_device,
            )
        else:
            self.bias = None
        self.built = True

    def _compute_carry_and_output(self, x: Any, h_tm1: Any, c_tm1: Any) -> tuple[Any, Any]:
        """Return the new cell state and the output gate, with a product for each gate."""
        x_i, x_f, x_c, x_o = x
        h_tm1_i, h_tm1_f, h_tm1_c, h_tm1_o = h_tm1
        kernel, units = self.recurrent_kernel, self.units
        i = self.recurrent_activation(x_i + backend.dot(h_tm1_i, kernel[:, :units]))
        f = self.recurrent_activation(x_f + backend.dot(h_tm1_f, kernel[:, units : units * 2]))
        c = f * c_tm1 + i * self.activation(
            x_c + backend.dot(h_tm1_c, kernel[:, units * 2 : units * 3])
        )
        o = self.recurrent_activation(x_o + backend.dot(h_tm1_o, kernel[:, units * 3 :]))
        return c, o

    def _compute_carry_and_output_fused(self, z: Any, c_tm1: Any) -> tuple[Any, Any]:
        """Return the new cell state and the output gate, from the parts of one product."""
        z0, z1, z2, z3 = z
        i = self.recurrent_activation(z0)
        f = self.recurrent_activation(z1)
        c = f * c_tm1 + i * self.activation(z2)
        o = self.recurrent_activation(z3)
        return c, o

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Compute one time step: f[batch, features], [h, c] -> the output, the new [h, c]."""
        h_tm1 = states[0]
        c_tm1 = states[1]
        dp_mask = self.get_dropout_mask_for_cell(inputs, training, count=4)
        rec_dp_mask = self.get_recurrent_dropout_mask_for_cell(h_tm1, training, count=4)
        if self.implementation == 1:
            each = [inputs] * 4
            if 0 < self.dropout < 1.0:
                each = [inputs * mask for mask in dp_mask]
            kernels = tf.split(self.kernel, num_or_size_splits=4, axis=1)
            x = [backend.dot(one, kernel) for one, kernel in zip(each, kernels, strict=True)]
            if self.use_bias:
                biases = tf.split(self.bias, num_or_size_splits=4, axis=0)
                x = [backend.bias_add(one, bias) for one, bias in zip(x, biases, strict=True)]
            each_h = [h_tm1] * 4
            if 0 < self.recurrent_dropout < 1.0:
                each_h = [h_tm1 * mask for mask in rec_dp_mask]
            c, o = self._compute_carry_and_output(x, each_h, c_tm1)
        else:
            if 0.0 < self.dropout < 1.0:
                inputs = inputs * dp_mask[0]
            z = backend.dot(inputs, self.kernel)
            z += backend.dot(h_tm1, self.recurrent_kernel)
            if self.use_bias:
                z = backend.bias_add(z, self.bias)
            z = tf.split(z, num_or_size_splits=4, axis=1)
            c, o = self._compute_carry_and_output_fused(z, c_tm1)
        h = o * self.activation(c)
        return h, [h, c]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal cell."""
        config = _config_of(self)
        config.update(rnn_utils.config_for_enable_caching_device(self))
        return super().get_config() | config

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return zeros as the states before the first step."""
        states = rnn_utils.generate_zero_filled_state_for_cell(self, inputs, batch_size, dtype)
        return list(states)


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
        "unit_forget_bias": layer.unit_forget_bias,
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
    }


@keras_export("keras.layers.LSTM")
class LSTM(DropoutRNNCellMixin, RNN, base_layer.BaseRandomLayer):
    """A recurrent layer with a long memory, the cell state, that gates protect: f[batch, time,
    features] -> f[batch, units].

    `LSTMCell` has the formulas. With the default activations, one function, `standard_lstm`,
    computes all time steps; otherwise the cell is called for each.

    Follows keras 2.14 layers/rnn/lstm.py, LSTM.

    Args:
        units: the size of the output and of each state.
        activation: applied to the candidate and to the cell state.
        recurrent_activation: applied to the gates.
        use_bias: whether there is a bias.
        kernel_initializer: computes the first kernel, f[features, 4 * units].
        recurrent_initializer: computes the first recurrent kernel, f[units, 4 * units].
        bias_initializer: computes the first bias, f[4 * units].
        unit_forget_bias: whether the bias of the forget gate begins with ones.
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
        return_state: whether the call also returns the last states, h and c.
        go_backwards: whether the last time step comes first.
        stateful: whether the states after a batch are the first states of the next batch.
        time_major: whether inputs and outputs are f[time, batch, ...].
        unroll: whether a graph has each step, in place of a loop.
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
        unit_forget_bias: Any = True,
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
        time_major: Any = False,
        unroll: Any = False,
        **kwargs: Any,
    ) -> None:
        self.return_runtime = kwargs.pop("return_runtime", False)
        implementation = kwargs.pop("implementation", 2)
        if implementation == 0:
            log_warning("`implementation=0` is deprecated, and means `implementation=1`.")
        cell_kwargs = {}
        if "enable_caching_device" in kwargs:
            cell_kwargs["enable_caching_device"] = kwargs.pop("enable_caching_device")
        cell = LSTMCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            unit_forget_bias=unit_forget_bias,
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
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="lstm_cell",
            **cell_kwargs,
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            time_major=time_major,
            unroll=unroll,
            **kwargs,
        )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec = [InputSpec(ndim=3)]
        self.state_spec = [InputSpec(shape=(None, dim)) for dim in (self.units, self.units)]
        # Keras asks this to choose cuDNN's kernel on a GPU; all devices then use one function.
        self._could_use_gpu_kernel = (
            any(self.activation is one for one in (activations.tanh, tf.tanh))
            and any(self.recurrent_activation is one for one in (activations.sigmoid, tf.sigmoid))
            and recurrent_dropout == 0
            and not unroll
            and use_bias
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
            # The sequence is multiplied by one mask, before the loop.
            self.reset_dropout_mask()
            dropout_mask = self.get_dropout_mask_for_cell(inputs, training, count=4)
            if dropout_mask is not None:
                inputs = inputs * dropout_mask[0]
            # DEPARTS: In a graph, Keras wraps the function in a tf.function, together with one for
            # a GPU.
            last_output, outputs, new_h, new_c, runtime = standard_lstm(
                inputs=inputs,
                init_h=gru_lstm_utils.read_variable_value(initial_state[0]),
                init_c=gru_lstm_utils.read_variable_value(initial_state[1]),
                kernel=gru_lstm_utils.read_variable_value(self.cell.kernel),
                recurrent_kernel=gru_lstm_utils.read_variable_value(self.cell.recurrent_kernel),
                bias=gru_lstm_utils.read_variable_value(self.cell.bias),
                mask=mask,
                time_major=self.time_major,
                go_backwards=self.go_backwards,
                sequence_lengths=None,
                zero_output_for_mask=self.zero_output_for_mask,
                return_sequences=self.return_sequences,
            )
            gru_lstm_utils.name_outputs(last_output, outputs, new_h, new_c)
            states = [new_h, new_c]
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
        if self.return_runtime:
            return output, runtime
        return output

    units = rnn_utils.of_cell("units")
    activation = rnn_utils.of_cell("activation")
    recurrent_activation = rnn_utils.of_cell("recurrent_activation")
    use_bias = rnn_utils.of_cell("use_bias")
    kernel_initializer = rnn_utils.of_cell("kernel_initializer")
    recurrent_initializer = rnn_utils.of_cell("recurrent_initializer")
    bias_initializer = rnn_utils.of_cell("bias_initializer")
    unit_forget_bias = rnn_utils.of_cell("unit_forget_bias")
    kernel_regularizer = rnn_utils.of_cell("kernel_regularizer")
    recurrent_regularizer = rnn_utils.of_cell("recurrent_regularizer")
    bias_regularizer = rnn_utils.of_cell("bias_regularizer")
    kernel_constraint = rnn_utils.of_cell("kernel_constraint")
    recurrent_constraint = rnn_utils.of_cell("recurrent_constraint")
    bias_constraint = rnn_utils.of_cell("bias_constraint")
    dropout = rnn_utils.of_cell("dropout")
    recurrent_dropout = rnn_utils.of_cell("recurrent_dropout")
    implementation = rnn_utils.of_cell("implementation")

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


def standard_lstm(
    inputs: Any,
    init_h: Any,
    init_c: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    mask: Any,
    time_major: Any,
    go_backwards: Any,
    sequence_lengths: Any,
    zero_output_for_mask: Any,
    return_sequences: Any,
) -> tuple[Any, Any, Any, Any, Any]:
    """Compute all time steps with the default activations.

    Follows keras 2.14 layers/rnn/lstm.py, standard_lstm.

    Returns:
        The last output, the outputs, the last h and c, and the runtime, f[].
    """
    input_shape = backend.int_shape(inputs) or ()
    timesteps = input_shape[0] if time_major else input_shape[1]

    def step(cell_inputs: Any, cell_states: Any) -> Any:
        h_tm1, c_tm1 = cell_states
        z = backend.dot(cell_inputs, kernel)
        z += backend.dot(h_tm1, recurrent_kernel)
        z = backend.bias_add(z, bias)
        z0, z1, z2, z3 = tf.split(z, 4, axis=1)
        i = tf.sigmoid(z0)
        f = tf.sigmoid(z1)
        c = f * c_tm1 + i * tf.tanh(z2)
        o = tf.sigmoid(z3)
        h = o * tf.tanh(c)
        return h, [h, c]

    last_output, outputs, new_states = backend.rnn(
        step,
        inputs,
        [init_h, init_c],
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
    return last_output, outputs, new_states[0], new_states[1], runtime
