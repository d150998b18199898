"""The layer `SimpleRNN` and its cell. Follows keras 2.14 layers/rnn/simple_rnn.py."""

from typing import Any

from densetrace.keras import activations, backend, constraints, initializers, regularizers
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.rnn import rnn_utils
from densetrace.keras.layers.rnn.base_rnn import RNN
from densetrace.keras.layers.rnn.dropout_rnn_cell_mixin import DropoutRNNCellMixin
from densetrace.keras.utils import tf_utils
from densetrace.recording.warn import log_warning
from densetrace.tensorflow.nest import is_nested
from densetrace.tensorflow.variables import Variable


@keras_export("keras.layers.SimpleRNNCell")
class SimpleRNNCell(DropoutRNNCellMixin, base_layer.BaseRandomLayer):
    """One time step of a `SimpleRNN`: activation(x @ kernel + h @ recurrent_kernel + bias).

    Its output, f[batch, units], is also its only state, h.

    Follows keras 2.14 layers/rnn/simple_rnn.py, SimpleRNNCell.

    Args:
        units: the size of the output and of the state.
        activation: applied to the sum.
        use_bias: whether there is a bias.
        kernel_initializer: computes the first kernel, f[features, units].
        recurrent_initializer: computes the first recurrent kernel, f[units, units].
        bias_initializer: computes the first bias, f[units].
        kernel_regularizer: a penalty on the kernel.
        recurrent_regularizer: a penalty on the recurrent kernel.
        bias_regularizer: a penalty on the bias.
        kernel_constraint: applied to the kernel after a training step.
        recurrent_constraint: applied to the recurrent kernel after a training step.
        bias_constraint: applied to the bias after a training step.
        dropout: the part of the inputs that is set to 0 in training.
        recurrent_dropout: the part of the state that is set to 0 in training.
        **kwargs: `enable_caching_device`, without effect; the keyword arguments of `Layer`.

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
        self.state_size = self.units
        self.output_size = self.units

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Create the kernel for the inputs, the recurrent kernel for the state, and the bias."""
        super().build(input_shape)
        default_caching_device = rnn_utils.caching_device(self)
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            caching_device=default_caching_device,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
            caching_device=default_caching_device,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.units,),
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
        prev_output = states[0] if is_nested(states) else states
        dp_mask = self.get_dropout_mask_for_cell(inputs, training)
        rec_dp_mask = self.get_recurrent_dropout_mask_for_cell(prev_output, training)
        if dp_mask is not None:
            h = backend.dot(inputs * dp_mask, self.kernel)
        else:
            h = backend.dot(inputs, self.kernel)
        if self.bias is not None:
            h = backend.bias_add(h, self.bias)
        if rec_dp_mask is not None:
            prev_output = prev_output * rec_dp_mask
        output = h + backend.dot(prev_output, self.recurrent_kernel)
        if self.activation is not None:
            output = self.activation(output)
        new_state = [output] if is_nested(states) else output
        return output, new_state

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return zeros as the state before the first step."""
        return rnn_utils.generate_zero_filled_state_for_cell(self, inputs, batch_size, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal cell."""
        config = _config_of(self)
        config.update(rnn_utils.config_for_enable_caching_device(self))
        return super().get_config() | config


def _config_of(layer: Any) -> dict[str, Any]:
    """The arguments of the cell or the layer, as a config holds them."""
    return {
        "units": layer.units,
        "activation": activations.serialize(layer.activation),
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
    }


@keras_export("keras.layers.SimpleRNN")
class SimpleRNN(RNN):
    """A recurrent layer whose output is the input of its next time step: f[batch, time, features]
    -> f[batch, units].

    Follows keras 2.14 layers/rnn/simple_rnn.py, SimpleRNN.

    Args:
        units: the size of the output and of the state.
        activation: applied to the sum in each time step.
        use_bias: whether there is a bias.
        kernel_initializer: computes the first kernel, f[features, units].
        recurrent_initializer: computes the first recurrent kernel, f[units, units].
        bias_initializer: computes the first bias, f[units].
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
        stateful: whether the state after a batch is the first state of the next batch.
        unroll: whether a graph has each step, in place of a loop.
        **kwargs: the keyword arguments of `RNN`.

    Raises:
        ValueError: if `units` is not positive.
    """

    def __init__(
        self,
        units: Any,
        activation: Any = "tanh",
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
        **kwargs: Any,
    ) -> None:
        if "implementation" in kwargs:
            kwargs.pop("implementation")
            log_warning("SimpleRNN has no argument `implementation` any more: leave it out.")
        cell_kwargs = {}
        if "enable_caching_device" in kwargs:
            cell_kwargs["enable_caching_device"] = kwargs.pop("enable_caching_device")
        cell = SimpleRNNCell(
            units,
            activation=activation,
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
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="simple_rnn_cell",
            **cell_kwargs,
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec = [InputSpec(ndim=3)]

    def call(  # type: ignore[override] # as in Keras
        self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None
    ) -> Any:
        """Run the cell for each time step."""
        return super().call(inputs, mask=mask, training=training, initial_state=initial_state)

    units = rnn_utils.of_cell("units")
    activation = rnn_utils.of_cell("activation")
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

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer, without the cell."""
        config = super().get_config() | _config_of(self)
        config.update(rnn_utils.config_for_enable_caching_device(self.cell))
        del config["cell"]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:  # type: ignore[override] # as in Keras
        """Create the layer from a config."""
        config.pop("implementation", None)
        return cls(**config)
