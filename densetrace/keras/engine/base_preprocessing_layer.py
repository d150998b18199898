"""The base class of layers that are fitted to data before training, by `adapt`.

Follows keras 2.14 engine/base_preprocessing_layer.py.
"""

import abc
from collections.abc import Callable
from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer


@keras_export("keras.layers.experimental.preprocessing.PreprocessingLayer")
class PreprocessingLayer(Layer, metaclass=abc.ABCMeta):
    """A layer whose state is computed from data before training, and that training does not change.

    Subclasses define `update_state(data)`, `reset_state()` and `finalize_state()`.

    Follows keras 2.14 engine/base_preprocessing_layer.py, PreprocessingLayer.

    Args:
        **kwargs: the keyword arguments of `Layer`.
    """

    _must_restore_from_config = True
    _steps_per_execution: tf.Variable
    _batch_input_shape: Any

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._is_compiled = False
        self._is_adapted = False
        self._reset_state_impl = self.reset_state
        self.reset_state = self._reset_state_wrapper  # type: ignore[method-assign] # as in Keras
        self._adapt_function: Callable[[Any], Any] | None = None

    @property
    def is_adapted(self) -> bool:
        """Whether `adapt` has run."""
        return self._is_adapted

    def update_state(self, data: Any) -> None:
        """Add a batch to the statistics; subclasses override this."""
        raise NotImplementedError

    def reset_state(self) -> None:
        """Reset the statistics; subclasses override this."""
        raise NotImplementedError

    def finalize_state(self) -> None:
        """Compute what `call` needs from the statistics, after `adapt` and after loading."""

    def make_adapt_function(self) -> Callable[[Any], Any]:
        """Return the function that adds the next batch of an iterator to the statistics.

        It is a `tf.function` unless the layer was compiled to run eagerly.
        """
        if self._adapt_function is not None:
            return self._adapt_function

        def adapt_step(iterator: Any) -> None:
            data = next(iterator)
            self._adapt_maybe_build(data)
            self.update_state(data)

        adapt_fn: Callable[[Any], Any]
        if self._steps_per_execution.numpy().item() == 1:
            adapt_fn = adapt_step
        else:

            def adapt_fn(iterator: Any) -> None:
                _repeat(self._steps_per_execution, lambda: adapt_step(iterator))

        if not self._run_eagerly:
            adapt_fn = tf.function(adapt_fn)
        self._adapt_function = adapt_fn
        return self._adapt_function

    def compile(self, run_eagerly: Any = None, steps_per_execution: Any = None) -> None:
        """Set how `adapt` runs.

        Args:
            run_eagerly: whether Python runs for each batch; `dynamic` of the layer if None.
            steps_per_execution: how many batches a call of the function takes; 1 if None.
        """
        if steps_per_execution is None:
            steps_per_execution = 1
        self._configure_steps_per_execution(steps_per_execution)
        if run_eagerly is None:
            run_eagerly = self.dynamic
        self._run_eagerly = run_eagerly
        self._is_compiled = True

    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> None:
        """Compute the state from data, in one pass. An earlier state is reset.

        Args:
            data: an array, a tensor or a dataset.
            batch_size: the number of samples in a batch of an array; 32 if None.
            steps: the number of batches; all if None.

        Raises:
            RuntimeError: inside a `tf.function`.
            ValueError: if the data are of no known kind, or there are none.
        """
        # Imported here: most layers are not adapted.
        from densetrace.keras.engine import data_adapter

        _disallow_inside_tf_function("adapt")
        if not self._is_compiled:
            self.compile()
        if self.built:
            self.reset_state()
        data_handler = data_adapter.DataHandler(
            data,
            batch_size=batch_size,
            steps_per_epoch=steps,
            epochs=1,
            steps_per_execution=self._steps_per_execution,
            distribute=False,
        )
        self._adapt_function = self.make_adapt_function()
        for _, iterator in data_handler.enumerate_epochs():
            with data_handler.catch_stop_iteration():
                for _ in data_handler.steps():
                    self._adapt_function(iterator)
        self.finalize_state()
        self._is_adapted = True

    def _reset_state_wrapper(self) -> None:
        """Reset the statistics: the layer is not adapted any more."""
        self._reset_state_impl()
        self._is_adapted = False

    def _configure_steps_per_execution(self, steps_per_execution: Any) -> None:
        # Not by `Layer.__setattr__`: the variable is no weight.
        vars(self)["_steps_per_execution"] = tf.Variable(steps_per_execution, dtype="int64")

    def _adapt_maybe_build(self, data: Any) -> None:
        """Build the layer for the shape of a batch, unless it is built."""
        if self.built:
            return
        try:
            data_shape = data.shape
            data_shape_nones: Any = tuple([None] * len(data.shape))
        except AttributeError:
            data_shape = None
            data_shape_nones = None
        if getattr(self, "_batch_input_shape", None) is None:
            self._batch_input_shape = data_shape_nones
        self.build(data_shape)
        self.built = True


def _repeat(count: Any, step: Callable[[], Any]) -> None:
    """Run a step `count` times; in a graph this is a loop, as AutoGraph makes it."""
    if tf.executing_eagerly():
        for _ in range(int(count)):
            step()
        return

    def body(done: Any) -> Any:
        step()
        return done + 1

    tf.while_loop(lambda done: done < tf.cast(count, "int64"), body, [tf.constant(0, "int64")])


def _disallow_inside_tf_function(method_name: str) -> None:
    """Refuse a method that makes a `tf.function` of its own while one is traced.

    Raises:
        RuntimeError: if one is.
    """
    if not tf.executing_eagerly():
        raise RuntimeError(
            f"`PreprocessingLayer.{method_name}` was called inside a `tf.function`, and makes one "
            "of its own. Call it outside. Inside, call the layer itself or `update_state`."
        )
