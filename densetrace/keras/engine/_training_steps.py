"""One step of training, evaluation and prediction, and the functions that run steps.

`Model` inherits this. Follows keras 2.14 engine/training.py, in the same order, the part of `Model`
that handles one batch.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any, Final

import densetrace.tensorflow as tf
from densetrace.keras.engine.base_layer import Layer
from densetrace.recording.hooks import trace_methods, traced
from densetrace.tensorflow.nest import flatten, pack_like
from densetrace.tensorflow.symbolic import Graph, current_graph, inside
from densetrace.tensorflow.tape import GradientTape, untaped
from densetrace.tensorflow.variables import Variable

_OVERRIDDEN: Final = {
    "train_step": "train_step",
    "test_step": "train_step",
    "predict_step": "train_step",
    "compute_loss": "compute_loss",
    "compute_metrics": "compute_metrics",
}
"""The methods that a subclass may override, which are hook points, and the kinds of their steps."""


class TrainingSteps(Layer):
    """What a model does with one batch: `train_step`, `test_step` and `predict_step`."""

    stop_training: bool
    loss: Any
    optimizer: Any
    compiled_loss: Any
    compiled_metrics: Any
    train_function: Any
    test_function: Any
    predict_function: Any
    train_tf_function: Any
    jit_compile: bool | None
    run_eagerly: bool
    _is_compiled: bool
    _train_counter: Variable
    _test_counter: Variable
    _predict_counter: Variable
    _steps_per_execution: Variable | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        trace_methods(cls, _OVERRIDDEN)

    @property
    def metrics(self) -> list[Any]:
        """The metrics resolved so far; those of `compile` are resolved at the first batch.

        Follows keras 2.14 engine/training.py, Model.metrics.
        """
        found: list[Any] = []
        if self._is_compiled:
            for container in (self.compiled_loss, self.compiled_metrics):
                if container is not None:
                    found.extend(container.metrics)
        return found + super().metrics

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`.

        Follows keras 2.14 engine/training.py, Model.metrics_names.
        """
        return [metric.name for metric in self.metrics]

    @traced("validate", point="keras.engine.training.Model._validate_target_and_loss")
    def _validate_target_and_loss(self, y: Any, loss: Any) -> None:
        """Check, after the loss was computed, that there are labels and a loss.

        Follows keras 2.14 engine/training.py, Model._validate_target_and_loss.

        Raises:
            ValueError: if the model was compiled with a loss and there are no labels, or if there
                is no loss.
        """
        if self.loss and y is None:
            raise ValueError(
                "Target data is missing. Your model was compiled with "
                f"loss={self.loss}, and therefore expects target data to be provided in `fit()`."
            )
        if loss is None:
            raise ValueError(
                "No loss found. You may have forgotten to provide a `loss` argument in the "
                "`compile()` method."
            )

    @traced("train_step", point="keras.engine.training.Model.train_step")
    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on one batch: outputs, loss, gradients, update of the weights, metrics.

        A subclass may override it.
        Follows keras 2.14 engine/training.py, Model.train_step.

        Args:
            data: one element of the data: x, (x, y) or (x, y, sample_weight).

        Returns:
            The value of each metric so far, by name.

        Raises:
            ValueError: if there is no loss, or there are no labels.
        """
        from densetrace.keras.engine import data_adapter

        x, y, sample_weight = data_adapter.unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, sample_weight)
        self._validate_target_and_loss(y, loss)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    @traced("compute_loss", point="keras.engine.training.Model.compute_loss")
    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None
    ) -> Any:
        """Return the loss of a batch, with the losses of the layers; None if there is none.

        A subclass may override it.
        Follows keras 2.14 engine/training.py, Model.compute_loss.

        Args:
            x: the inputs, which the losses of `compile` do not use.
            y: the labels.
            y_pred: the outputs of the model.
            sample_weight: the weights of the samples.
        """
        return self.compiled_loss(y, y_pred, sample_weight, regularization_losses=self.losses)

    @traced("compute_metrics", point="keras.engine.training.Model.compute_metrics")
    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> dict[str, Any]:
        """Update the metrics of `compile` with a batch and return the values of all metrics.

        A subclass may override it.
        Follows keras 2.14 engine/training.py, Model.compute_metrics.
        """
        self.compiled_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    @traced("metrics_result", point="keras.engine.training.Model.get_metrics_result")
    def get_metrics_result(self) -> dict[str, Any]:
        """Return the value of each metric so far, by name.

        Follows keras 2.14 engine/training.py, Model.get_metrics_result.
        """
        return_metrics: dict[str, Any] = {}
        for metric in self.metrics:
            result = metric.result()
            if isinstance(result, dict):
                return_metrics.update(result)
            else:
                return_metrics[metric.name] = result
        return return_metrics

    def _validate_and_get_metrics_result(self, logs: Any) -> Any:
        """Return the values of the metrics if `logs` has the same names, and `logs` otherwise.

        Follows keras 2.14 engine/training.py, Model._validate_and_get_metrics_result.
        """
        from densetrace.keras.utils import tf_utils

        try:
            metric_logs = self.get_metrics_result()
        except TypeError:
            return logs
        if isinstance(logs, dict) and set(logs) == set(metric_logs):
            return tf_utils.sync_to_numpy_or_python_type(metric_logs)
        return logs

    # DEPARTS: Keras runs a step on each device of the model's distribution strategy and reduces the
    # results. Here there is one device.

    # DEPARTS: With `enable_tune_steps_per_execution`, Keras measures the speed of training and
    # changes the number of steps per execution while it trains. Here the number stays the same.

    @traced("make_function", point="keras.engine.training.Model.make_train_function")
    def make_train_function(self, force: bool = False) -> Callable[[Any], Any]:
        """Return the function that trains on the next batch of an iterator; `fit` calls it.

        It is a `tf.function` unless `run_eagerly` is true: Python traces `train_step` once, and the
        graph is replayed for each batch.
        Follows keras 2.14 engine/training.py, Model.make_train_function.

        Args:
            force: whether to make a new function if there is one.
        """
        if self.train_function is not None and not force:
            existing: Callable[[Any], Any] = self.train_function
            return existing

        def step_function(model: Any, iterator: Any) -> Any:
            def run_step(data: Any) -> Any:
                outputs = model.train_step(data)
                with tf.control_dependencies(_minimum_control_deps(outputs)):
                    model._train_counter.assign_add(1)
                return outputs

            if self.jit_compile:
                run_step = tf.function(run_step, jit_compile=True, reduce_retracing=True)
            return run_step(next(iterator))

        if self._runs_one_step():

            @traced("train_function", point="keras.engine.training.Model.make_train_function")
            def train_function(iterator: Any) -> Any:
                return step_function(self, iterator)

        else:

            @traced("train_function", point="keras.engine.training.Model.make_train_function")
            def train_function(iterator: Any) -> Any:
                return _last_of(self._steps_per_execution, lambda: step_function(self, iterator))

        if not self.run_eagerly:
            train_function = tf.function(train_function, reduce_retracing=True)
            self.train_tf_function = train_function
        self.train_function = train_function
        return train_function

    @traced("train_step", point="keras.engine.training.Model.test_step")
    def test_step(self, data: Any) -> dict[str, Any]:
        """Evaluate one batch: outputs, loss, metrics.

        A subclass may override it.
        Follows keras 2.14 engine/training.py, Model.test_step.

        Args:
            data: one element of the data: x, (x, y) or (x, y, sample_weight).

        Returns:
            The value of each metric so far, by name.
        """
        from densetrace.keras.engine import data_adapter

        x, y, sample_weight = data_adapter.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        # The call updates the metrics of the losses; the loss itself is not needed.
        self.compute_loss(x, y, y_pred, sample_weight)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    @traced("make_function", point="keras.engine.training.Model.make_test_function")
    def make_test_function(self, force: bool = False) -> Callable[[Any], Any]:
        """Return the function that evaluates the next batch of an iterator; `evaluate` calls it.

        Follows keras 2.14 engine/training.py, Model.make_test_function.

        Args:
            force: whether to make a new function if there is one.
        """
        if self.test_function is not None and not force:
            existing: Callable[[Any], Any] = self.test_function
            return existing

        def step_function(model: Any, iterator: Any) -> Any:
            def run_step(data: Any) -> Any:
                outputs = model.test_step(data)
                with tf.control_dependencies(_minimum_control_deps(outputs)):
                    model._test_counter.assign_add(1)
                return outputs

            if self.jit_compile:
                run_step = tf.function(run_step, jit_compile=True, reduce_retracing=True)
            return run_step(next(iterator))

        if self._runs_one_step():

            @traced("train_function", point="keras.engine.training.Model.make_train_function")
            def test_function(iterator: Any) -> Any:
                return step_function(self, iterator)

        else:

            @traced("train_function", point="keras.engine.training.Model.make_train_function")
            def test_function(iterator: Any) -> Any:
                return _last_of(self._steps_per_execution, lambda: step_function(self, iterator))

        if not self.run_eagerly:
            test_function = tf.function(test_function, reduce_retracing=True)
        self.test_function = test_function
        return test_function

    @traced("train_step", point="keras.engine.training.Model.predict_step")
    def predict_step(self, data: Any) -> Any:
        """Return the outputs for one batch.

        A subclass may override it.
        Follows keras 2.14 engine/training.py, Model.predict_step.

        Args:
            data: one element of the data: x, (x, y) or (x, y, sample_weight).
        """
        from densetrace.keras.engine import data_adapter

        x, _, _ = data_adapter.unpack_x_y_sample_weight(data)
        return self(x, training=False)

    @traced("make_function", point="keras.engine.training.Model.make_predict_function")
    def make_predict_function(self, force: bool = False) -> Callable[[Any], Any]:
        """Return the function that predicts for the next batch of an iterator; `predict` calls it.

        Follows keras 2.14 engine/training.py, Model.make_predict_function.

        Args:
            force: whether to make a new function if there is one.
        """
        if self.predict_function is not None and not force:
            existing: Callable[[Any], Any] = self.predict_function
            return existing

        def step_function(model: Any, iterator: Any) -> Any:
            def run_step(data: Any) -> Any:
                outputs = model.predict_step(data)
                with tf.control_dependencies(_minimum_control_deps(outputs)):
                    model._predict_counter.assign_add(1)
                return outputs

            if self.jit_compile:
                run_step = tf.function(run_step, jit_compile=True, reduce_retracing=True)
            return run_step(next(iterator))

        if self._runs_one_step():

            @traced("train_function", point="keras.engine.training.Model.make_train_function")
            def predict_function(iterator: Any) -> Any:
                return step_function(self, iterator)

        else:

            @traced("train_function", point="keras.engine.training.Model.make_train_function")
            def predict_function(iterator: Any) -> Any:
                return _all_of(self._steps_per_execution, lambda: step_function(self, iterator))

        if not self.run_eagerly:
            predict_function = tf.function(predict_function, reduce_retracing=True)
        self.predict_function = predict_function
        return predict_function

    @traced("reset_metrics", point="keras.engine.training.Model.reset_metrics")
    def reset_metrics(self) -> None:
        """Reset the state of all metrics.

        Follows keras 2.14 engine/training.py, Model.reset_metrics.
        """
        for metric in self.metrics:
            metric.reset_state()

    def _runs_one_step(self) -> bool:
        steps = self._steps_per_execution
        return steps is None or steps.numpy().item() == 1


def _minimum_control_deps(outputs: Any) -> list[Any]:
    """Return one of the outputs of a step in a graph, after which the batch is counted.

    Follows keras 2.14 engine/training.py, _minimum_control_deps.
    """
    if tf.executing_eagerly():
        return []
    leaves = (leaf for leaf in flatten(outputs) if not isinstance(leaf, Variable))
    return list(islice(leaves, 1))


def _last_of(count: Any, step: Callable[[], Any]) -> Any:
    """Run a step `count` times and return the outputs of the last one.

    In a graph this is a loop. Python runs the step twice, as AutoGraph does: once to find the
    shapes of the outputs, and once for the body of the loop.
    """
    if current_graph() is None:
        outputs = None
        for _ in range(int(count)):
            outputs = step()
        return outputs
    with inside(Graph("shapes", current_graph())), untaped():
        shapes = step()
    specs = [tf.TensorSpec(one.shape, one.dtype) for one in flatten(shapes)]
    first = [tf.zeros([size or 0 for size in spec.shape], spec.dtype) for spec in specs]
    _, *last = tf.while_loop(
        lambda done, *_: done < tf.cast(count, "int64"),
        lambda done, *_: [done + 1, *flatten(step())],
        [tf.constant(0, "int64"), *first],
        shape_invariants=[tf.TensorShape([]), *(spec.shape for spec in specs)],
    )
    return pack_like(shapes, last)


def _all_of(count: Any, step: Callable[[], Any]) -> Any:
    """Run a step `count` times and return its outputs, one after the other in the first axis."""
    outputs = step()
    if current_graph() is None:
        for _ in range(int(count) - 1):
            both = zip(flatten(outputs), flatten(step()), strict=True)
            outputs = pack_like(outputs, [concat(list(two)) for two in both])
        return outputs
    first = flatten(outputs)

    def body(done: Any, *before: Any) -> list[Any]:
        both = zip(before, flatten(step()), strict=True)
        return [done + 1, *[concat(list(two)) for two in both]]

    any_batch = [tf.TensorShape([None, *one.shape[1:]]) for one in first]
    _, *last = tf.while_loop(
        lambda done, *_: done < tf.cast(count, "int64"),
        body,
        [tf.constant(1, "int64"), *first],
        shape_invariants=[tf.TensorShape([]), *any_batch],
    )
    return pack_like(outputs, last)


def concat(tensors: list[Any]) -> Any:
    """Concatenate tensors along the first axis; scalars become a vector.

    Follows keras 2.14 engine/training.py, concat.
    """
    if tensors[0].shape.rank == 0:
        return tf.stack(tensors, axis=0)
    return tf.concat(tensors, axis=0)
