"""Training, evaluation and prediction of a single batch that the caller passes.

`Model` inherits this. Follows keras 2.14 engine/training.py, in the same order, the part of `Model`
for single batches, and the checks before every training.
"""

from typing import Any

from densetrace.keras.engine._training_steps import TrainingSteps
from densetrace.keras.engine.training_utils import RespectCompiledTrainableState
from densetrace.recording.hooks import traced
from densetrace.tensorflow.symbolic import current_graph


class TrainingOnBatch(TrainingSteps):
    """`train_on_batch`, `test_on_batch` and `predict_on_batch`."""

    _compiled_trainable_state: Any

    @traced("on_batch", point="keras.engine.training.Model.train_on_batch")
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        reset_metrics: bool = True,
        return_dict: bool = False,
    ) -> Any:
        """Train the model on one batch.

        Follows keras 2.14 engine/training.py, Model.train_on_batch.

        Args:
            x: the inputs: an array, a tensor, or a list or dict of these.
            y: the labels.
            sample_weight: the weight of each sample.
            class_weight: the weight of the samples of each class.
            reset_metrics: whether the metrics are those of this batch alone.
            return_dict: whether to return a dict by name.

        Returns:
            The loss, or a list of the loss and the metrics in the order of `metrics_names`.

        Raises:
            RuntimeError: if the model was not compiled, or in a `tf.function`.
            ValueError: if the arguments do not fit each other or the model, or there is no loss.
        """
        from densetrace.keras.engine import data_adapter
        from densetrace.keras.utils import tf_utils

        self._assert_compile_was_called()
        self._check_call_args("train_on_batch")
        disallow_inside_tf_function("train_on_batch")
        if reset_metrics:
            self.reset_metrics()
        with RespectCompiledTrainableState(self):
            iterator = data_adapter.single_batch_iterator(None, x, y, sample_weight, class_weight)
            self.train_function = self.make_train_function()
            logs = self.train_function(iterator)
        logs = tf_utils.sync_to_numpy_or_python_type(logs)
        return logs if return_dict else flatten_metrics_in_order(logs, self.metrics_names)

    @traced("on_batch", point="keras.engine.training.Model.test_on_batch")
    def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        reset_metrics: bool = True,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and the metrics for one batch.

        Follows keras 2.14 engine/training.py, Model.test_on_batch.

        Args:
            x: the inputs: an array, a tensor, or a list or dict of these.
            y: the labels.
            sample_weight: the weight of each sample.
            reset_metrics: whether the metrics are those of this batch alone.
            return_dict: whether to return a dict by name.

        Returns:
            The loss, or a list of the loss and the metrics in the order of `metrics_names`.

        Raises:
            RuntimeError: if the model was not compiled, or in a `tf.function`.
            ValueError: if the arguments do not fit each other or the model.
        """
        from densetrace.keras.engine import data_adapter
        from densetrace.keras.utils import tf_utils

        self._assert_compile_was_called()
        self._check_call_args("test_on_batch")
        disallow_inside_tf_function("test_on_batch")
        if reset_metrics:
            self.reset_metrics()
        iterator = data_adapter.single_batch_iterator(None, x, y, sample_weight)
        self.test_function = self.make_test_function()
        logs = tf_utils.sync_to_numpy_or_python_type(self.test_function(iterator))
        return logs if return_dict else flatten_metrics_in_order(logs, self.metrics_names)

    @traced("on_batch", point="keras.engine.training.Model.predict_on_batch")
    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch, as arrays.

        Follows keras 2.14 engine/training.py, Model.predict_on_batch.

        Args:
            x: the inputs: an array, a tensor, or a list or dict of these.

        Raises:
            RuntimeError: in a `tf.function`.
            ValueError: if the arrays differ in length.
        """
        from densetrace.keras.engine import data_adapter
        from densetrace.keras.utils import tf_utils

        self._check_call_args("predict_on_batch")
        disallow_inside_tf_function("predict_on_batch")
        iterator = data_adapter.single_batch_iterator(None, x)
        self.predict_function = self.make_predict_function()
        return tf_utils.sync_to_numpy_or_python_type(self.predict_function(iterator))

    def _check_call_args(self, method_name: str) -> None:
        """Check that `call` requires no arguments but its inputs and `training`.

        Follows keras 2.14 engine/training.py, Model._check_call_args.

        Raises:
            ValueError: if it does.
        """
        extra = [name for name in self._call_spec.required if name != "training"]
        if extra:
            raise ValueError(
                f"Models passed to `{method_name}` can only have `training` and the first argument "
                f"in `call()` as positional arguments, found: {extra}."
            )

    def _assert_compile_was_called(self) -> None:
        """Raise RuntimeError if the model was not compiled.

        Follows keras 2.14 engine/training.py, Model._assert_compile_was_called.
        """
        if not self._is_compiled:
            raise RuntimeError(
                "You must compile your model before training/testing. "
                "Use `model.compile(optimizer, loss)`."
            )


def disallow_inside_tf_function(method_name: str) -> None:
    """Raise RuntimeError while a function is traced.

    Follows keras 2.14 engine/training.py, disallow_inside_tf_function.
    """
    if current_graph() is not None:
        raise RuntimeError(
            f"Detected a call to `Model.{method_name}` inside a `tf.function`. "
            f"`Model.{method_name}` is a high-level endpoint that manages its own `tf.function`. "
            f"Please move the call to `Model.{method_name}` outside of all enclosing "
            "`tf.function`s. Note that you can call a `Model` directly on `Tensor`s inside a "
            "`tf.function` like: `model(x)`."
        )


def flatten_metrics_in_order(logs: dict[str, Any], metrics_names: list[str]) -> Any:
    """Return the values of the metrics in the order of their names, then the other values.

    A single value is returned by itself.
    Follows keras 2.14 engine/training.py, flatten_metrics_in_order.
    """
    results = [logs[name] for name in metrics_names if name in logs]
    results += [logs[key] for key in sorted(logs) if key not in metrics_names]
    return results[0] if len(results) == 1 else results
