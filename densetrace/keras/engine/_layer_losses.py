"""The losses, updates and metrics that a layer collects while it is called.

`Layer` inherits this. Follows keras 2.14 engine/base_layer.py, the part of `Layer` for losses,
updates and metrics.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras.engine import base_layer_utils
from densetrace.keras.engine._layer_state import LayerState, leaves_of
from densetrace.keras.engine.keras_tensor import KerasTensor
from densetrace.recording.hooks import traced
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.symbolic import Symbol, current_graph
from densetrace.tensorflow.tensor import Operators
from densetrace.tensorflow.variables import Variable


class LayerLosses(LayerState):
    """The losses and metrics of a layer and of its sub-layers."""

    _activity_regularizer: Any
    _callable_losses: list[Any]
    _losses: list[Any]
    _eager_losses: list[Any]

    # Functional models define these: a loss or metric of their tensors becomes a layer.
    _graph_network_add_loss: Callable[[Any], None]
    _graph_network_add_metric: Callable[[Any, str | None, Any], None]

    def _layers_below(self) -> Iterator["LayerLosses"]:
        return (layer for layer in self._flatten_layers() if isinstance(layer, LayerLosses))

    @property
    @traced("read", point="keras.engine.base_layer.Layer.losses")
    def losses(self) -> list[Any]:
        """The losses of this layer and its sub-layers: first those added during the call, then
        those of the weight regularizers, which are computed anew each time you read this."""
        collected: list[Any] = []
        for layer in self._layers_below():
            collected.extend(layer._eager_losses or layer._losses)
            for compute in layer._callable_losses:
                loss = compute()
                if loss is not None:
                    collected.append(loss)
        return collected

    def add_loss(self, losses: Any, **kwargs: Any) -> None:
        """Add one or more losses: tensors computed in `call`, or functions that compute them later.

        Raises:
            TypeError: for keyword arguments other than `inputs`.
            ValueError: if a loss is a tensor and no layer is being called.
        """
        kwargs.pop("inputs", None)
        if kwargs:
            raise TypeError(f"Unknown keyword arguments: {kwargs.keys()}")
        for loss in flatten(losses):
            if callable(loss):
                self._callable_losses.append(functools.partial(_computed, loss))
                continue
            if loss is None:
                continue
            value = loss if isinstance(loss, Symbol) else _computed(lambda loss=loss: loss)
            in_graph = isinstance(value, Symbol) or current_graph() is not None
            if in_graph and not base_layer_utils.is_in_tf_function():
                if not isinstance(value, Symbol):
                    value = KerasTensor(value.shape, value.dtype)
                if getattr(self, "_is_graph_network", False):
                    self._graph_network_add_loss(value)
                else:
                    self._losses.append(value)
            elif not base_layer_utils.call_context().in_call:
                raise ValueError(
                    "Expected a symbolic Tensors or a callable for the loss value. "
                    "Please wrap your loss computation in a zero argument `lambda`."
                )
            else:
                self._eager_losses.append(value)

    @property
    def updates(self) -> list[Any]:
        """An empty list: updates run at once and are not stored."""
        return []

    def add_update(self, updates: Any) -> None:
        """Run the functions in `updates`, unless the layer is frozen or runs on symbolic tensors.

        Follows keras 2.14 engine/base_layer.py, Layer.add_update.
        """
        in_keras_graph = current_graph() is not None and not base_layer_utils.is_in_tf_function()
        if in_keras_graph or not self.trainable:
            return
        for update in flatten(updates):
            if callable(update):
                update()

    # -- metrics ----------------------------------------------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """The metrics of this layer and its sub-layers."""
        return [metric for layer in self._flatten_layers() for metric in layer._metrics]

    def add_metric(self, value: Any, name: str | None = None, **kwargs: Any) -> None:
        """Add a value to the mean metric of this name, which the first call creates.

        Follows keras 2.14 engine/base_layer.py, Layer.add_metric.

        Args:
            value: a tensor, or the result of calling a metric.
            name: the metric's name; not needed for the result of a metric.
            **kwargs: `aggregation`, which has no effect.

        Raises:
            TypeError: if there is any other keyword.
            ValueError: if neither `name` nor `value` names a metric, or if `value` is eager and no
                layer is being called.
        """
        from densetrace.keras.metrics import Mean

        if set(kwargs) - {"aggregation"}:
            raise TypeError(f"Unknown keyword arguments: {list(kwargs)}. Expected `aggregation`.")
        given = getattr(value, "_metric_obj", None)
        if name is None and given is None:
            raise ValueError(
                "Please provide a name for your metric like "
                "`self.add_metric(tf.reduce_sum(inputs), name='mean_activation')`"
            )
        in_call = base_layer_utils.call_context().in_call
        if not in_call and not isinstance(value, Symbol):
            raise ValueError(
                f"Expected a symbolic Tensor for the metric value, received: {value!r:.200}"
            )
        if getattr(self, "_is_graph_network", False) and not in_call:
            if given is not None:
                raise ValueError(
                    "Using the result of calling a `Metric` object when calling `add_metric` on a "
                    "Functional Model is not supported. Please pass the Tensor to monitor directly."
                )
            self._graph_network_add_metric(value, "mean", name)
            return
        wanted = name if given is None else given.name
        metric = next((known for known in self._metrics if known.name == wanted), given)
        if metric is None:
            metric = Mean(name=wanted, dtype=getattr(value, "dtype", None))
        if all(known is not metric for known in self._metrics):
            self._metrics.append(metric)
        if given is None:
            metric(value)

    def _track_metrics(self, value: Any) -> None:
        """Add the metrics in an attribute's new value to the layer's metrics."""
        for leaf in leaves_of(value) if "_metrics" in vars(self) else ():
            if isinstance(leaf, LayerState) and leaf._is_metric:
                self._metrics.append(leaf)

    def _clear_losses(self) -> None:
        for layer in self._layers_below():
            layer._eager_losses = []

    def _handle_weight_regularization(
        self, name: str, variable: Variable, regularizer: Any
    ) -> None:
        """Register the loss of a regularized weight; `losses` computes it."""
        self.add_loss(lambda: regularizer(variable))

    def _handle_activity_regularization(self, inputs: Any, outputs: Any) -> None:
        """Add the loss of the outputs, divided by the batch size."""
        if not self._activity_regularizer:
            return
        for output in flatten(outputs):
            mean_activity_loss = self._activity_regularizer(output)
            batch_size = tf.cast(tf.shape(output)[0], mean_activity_loss.dtype)
            self.add_loss(mean_activity_loss / batch_size)


def _computed(loss: Any) -> Any:
    value = loss()
    if value is None or isinstance(value, Operators):
        return value
    return convert_to_tensor(value, backend.floatx())
