"""The wrapper `TimeDistributed`. Follows keras 2.14 layers/rnn/time_distributed.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_spec import InputSpec
from densetrace.keras.layers.rnn.base_wrapper import Wrapper
from densetrace.keras.utils import generic_utils, layer_utils, tf_utils
from densetrace.tensorflow.nest import flatten, map_structure, pack_like
from densetrace.tensorflow.shapes import TensorShape


@keras_export("keras.layers.TimeDistributed")
class TimeDistributed(Wrapper):
    """Applies a layer to each time step: f[batch, time, ...] -> f[batch, time, *output].

    All time steps share the weights of the layer. A layer of Keras gets all time steps at once, as
    more rows of the batch.

    Follows keras 2.14 layers/rnn/time_distributed.py, TimeDistributed.

    Args:
        layer: the layer.
        **kwargs: the keyword arguments of `Layer`.

    Raises:
        ValueError: if `layer` is not a layer.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                "Please initialize `TimeDistributed` layer with a `tf.keras.layers.Layer` "
                f"instance. Received: {layer}"
            )
        super().__init__(layer, **kwargs)
        self.supports_masking = True
        # The layers of Keras treat the rows of a batch alike, so time steps can be rows.
        self._always_use_reshape = layer_utils.is_builtin_layer(layer) and not getattr(
            layer, "stateful", False
        )

    def _get_shape_tuple(self, init_tuple: tuple[Any, ...], tensor: Any, start_idx: int) -> Any:
        """Return some sizes and, behind them, those of a tensor from an axis on."""
        int_shape = list((backend.int_shape(tensor) or ())[start_idx:])
        if all(size is not None for size in int_shape):
            return init_tuple + tuple(int_shape)
        shape = backend.shape(tensor)
        for i, size in enumerate(int_shape):
            if size is None:
                int_shape[i] = shape[start_idx + i]
        return init_tuple + tuple(int_shape)

    def _remove_timesteps(self, dims: Any) -> TensorShape:
        return TensorShape([dims[0], *dims[2:]])

    def build(self, input_shape: Any = None) -> None:
        """Build the layer for one time step.

        Raises:
            ValueError: if the input has fewer than 3 axes.
        """
        input_shape = tf_utils.map_shapes(TensorShape, input_shape)
        if any(shape.rank < 3 for shape in flatten(input_shape)):
            raise ValueError(
                "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 "
                f"dimensions, received: {input_shape}"
            )
        # Neither the batch size nor the number of time steps is fixed.
        self.input_spec = map_structure(
            lambda shape: InputSpec(shape=(None, None, *shape[2:])), input_shape
        )
        child_input_shape = map_structure(self._remove_timesteps, input_shape)
        super().build(tuple(tf_utils.map_shapes(tuple, child_input_shape)))
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the layer's output with the number of time steps in it."""
        input_shape = tf_utils.map_shapes(TensorShape, input_shape)
        child_input_shape = map_structure(self._remove_timesteps, input_shape)
        child_output_shape = self.layer.compute_output_shape(child_input_shape)
        child_output_shape = tf_utils.map_shapes(TensorShape, child_output_shape)
        timesteps = flatten(input_shape)[0][1]
        return map_structure(
            lambda dims: TensorShape([dims[0], timesteps, *dims[1:]]), child_output_shape
        )

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Apply the layer to each time step."""
        kwargs: dict[str, Any] = {}
        if generic_utils.has_arg(self.layer.call, "training"):
            kwargs["training"] = training
        input_shape = backend.int_shape(flatten(inputs)[0]) or ()
        batch_size, input_length = input_shape[:2]
        if batch_size and not self._always_use_reshape:

            def step(x: Any, _: Any) -> Any:
                return self.layer(x, **kwargs), []

            _, outputs, _ = backend.rnn(
                step, inputs, initial_states=[], input_length=input_length, mask=mask, unroll=False
            )
            return outputs
        if not input_length:
            input_length = tf.shape(flatten(inputs)[0])[1]
        # The time steps become rows of the batch.
        rows = [tf.reshape(x, self._get_shape_tuple((-1,), x, 2)) for x in flatten(inputs)]
        inputs = pack_like(inputs, rows)
        if generic_utils.has_arg(self.layer.call, "mask") and mask is not None:
            kwargs["mask"] = backend.reshape(mask, self._get_shape_tuple((-1,), mask, 2))
        y = self.layer(inputs, **kwargs)
        start = (batch_size or -1, input_length)
        return map_structure(
            lambda tensor: tf.reshape(tensor, self._get_shape_tuple(start, tensor, 1)), y
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the layer's mask of each time step; without one, where any of the mask is True."""
        input_shape = backend.int_shape(flatten(inputs)[0]) or ()
        batch_size, input_length = input_shape[:2]
        if batch_size and not self._always_use_reshape:
            return mask
        inner_mask = mask
        if inner_mask is not None:
            inner_mask = backend.reshape(inner_mask, self._get_shape_tuple((-1,), mask, 2))
        rows = [tf.reshape(x, self._get_shape_tuple((-1,), x, 2)) for x in flatten(inputs)]
        output_mask = self.layer.compute_mask(pack_like(inputs, rows), inner_mask)
        if output_mask is None:
            if mask is None:
                return None
            output_mask = mask
            for _ in range(2, len(backend.int_shape(mask) or ())):
                output_mask = backend.any(output_mask, axis=-1)
            return output_mask
        if not input_length:
            input_length = backend.shape(flatten(inputs)[0])[1]
        start = (batch_size or -1, input_length)
        return backend.reshape(output_mask, self._get_shape_tuple(start, output_mask, 1))
