"""Training, evaluation and prediction over all batches: `fit`, `evaluate`, `predict`.

`Model` inherits this. Follows keras 2.14 engine/training.py, in the same order, the part of `Model`
that loops over epochs and batches.
"""

import copy
from typing import Any

from densetrace.keras.engine._training_on_batch import (
    TrainingOnBatch,
    disallow_inside_tf_function,
    flatten_metrics_in_order,
)
from densetrace.keras.engine._training_steps import concat
from densetrace.keras.engine.training_utils import RespectCompiledTrainableState
from densetrace.recording.hooks import traced
from densetrace.recording.warn import warn
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.nest import flatten, pack_like

# DEPARTS: Keras can train on several workers and devices, with a cluster coordinator and exact
# evaluation by shards. Here there is one device, and `pss_evaluation_shards` has no effect.


class TrainingLoops(TrainingOnBatch):
    """The loops over batches: `fit`, `evaluate` and `predict`."""

    history: Any
    _training_state: Any
    _eval_data_handler: Any

    @traced("fit", point="keras.engine.training.Model.fit")
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """Train the model, batch by batch and epoch by epoch.

        Follows keras 2.14 engine/training.py, Model.fit.

        Args:
            x: the inputs: an array, a tensor, a list or dict of these, a generator, a `Sequence` or
                a dataset.
            y: the labels; None if `x` contains them.
            batch_size: the number of samples in a batch; 32 if None.
            epochs: the number of the last epoch: how often the data are used, if `initial_epoch`
                is 0.
            verbose: 0 prints nothing, 1 a progress bar, 2 a line per epoch.
            callbacks: callbacks to call before and after the training, each epoch and each batch.
            validation_split: the fraction of the samples, at the end, that is only evaluated.
            validation_data: the data to evaluate after each epoch: (x, y) or (x, y, sample_weight).
            shuffle: whether to shuffle the samples before each epoch.
            class_weight: the weight of the samples of each class.
            sample_weight: the weight of each sample.
            initial_epoch: the epoch to begin with.
            steps_per_epoch: the number of batches in an epoch; None for all.
            validation_steps: the number of batches to evaluate; None for all.
            validation_batch_size: the number of samples in a batch of them; `batch_size` if None.
            validation_freq: after how many epochs to evaluate, or a list of epochs.
            max_queue_size: the size of the queue for a generator or `Sequence`.
            workers: the number of workers that fill the queue.
            use_multiprocessing: whether these are processes.

        Returns:
            The `History` callback, with the loss and the metrics of each epoch.

        Raises:
            RuntimeError: if the model was not compiled, or in a `tf.function`.
            ValueError: if the arguments do not fit each other or the model, if there is no loss, or
                if there are no data.
        """
        from densetrace.keras import callbacks as callbacks_module
        from densetrace.keras.engine import data_adapter
        from densetrace.keras.optimizers.optimizer import Optimizer
        from densetrace.keras.utils import tf_utils

        self._assert_compile_was_called()
        self._check_call_args("fit")
        disallow_inside_tf_function("fit")
        verbose = _get_verbosity(verbose)
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = data_adapter.train_validation_split(
                (x, y, sample_weight), validation_split=validation_split
            )
        if validation_data:
            val_x, val_y, val_sample_weight = data_adapter.unpack_x_y_sample_weight(validation_data)
        with RespectCompiledTrainableState(self):
            data_handler = data_adapter.get_data_handler(
                x=x,
                y=y,
                sample_weight=sample_weight,
                batch_size=batch_size,
                steps_per_epoch=steps_per_epoch,
                initial_epoch=initial_epoch,
                epochs=epochs,
                shuffle=shuffle,
                class_weight=class_weight,
                max_queue_size=max_queue_size,
                workers=workers,
                use_multiprocessing=use_multiprocessing,
                model=self,
                steps_per_execution=self._steps_per_execution,
            )
            if not isinstance(callbacks, callbacks_module.CallbackList):
                callbacks = callbacks_module.CallbackList(
                    callbacks,
                    add_history=True,
                    add_progbar=verbose != 0,
                    model=self,
                    verbose=verbose,
                    epochs=epochs,
                    steps=data_handler.inferred_steps,
                )
            self.stop_training = False
            self.train_function = self.make_train_function()
            self._train_counter.assign(0)
            callbacks.on_train_begin()
            training_logs = None
            steps_per_epoch_inferred = steps_per_epoch or data_handler.inferred_steps
            data_handler._initial_epoch, data_handler._initial_step = (
                self._maybe_load_initial_counters_from_ckpt(steps_per_epoch_inferred, initial_epoch)
            )
            logs = None
            for epoch, iterator in data_handler.enumerate_epochs():
                self.reset_metrics()
                callbacks.on_epoch_begin(epoch)
                with data_handler.catch_stop_iteration():
                    for step in data_handler.steps():
                        callbacks.on_train_batch_begin(step)
                        logs = self.train_function(iterator)
                        end_step = step + data_handler.step_increment
                        callbacks.on_train_batch_end(end_step, logs)
                        if self.stop_training:
                            break
                logs = tf_utils.sync_to_numpy_or_python_type(logs)
                if logs is None:
                    raise ValueError(
                        "Unexpected result of `train_function` (Empty logs). The dataset may be "
                        "empty. Please use `Model.compile(..., run_eagerly=True)`, or "
                        "`tf.config.run_functions_eagerly(True)` for more information of where it "
                        "went wrong."
                    )
                logs = self._validate_and_get_metrics_result(logs)
                epoch_logs = copy.copy(logs)
                if validation_data and self._should_eval(epoch, validation_freq):
                    if getattr(self, "_eval_data_handler", None) is None:
                        self._eval_data_handler = data_adapter.get_data_handler(
                            x=val_x,
                            y=val_y,
                            sample_weight=val_sample_weight,
                            batch_size=validation_batch_size or batch_size,
                            steps_per_epoch=validation_steps,
                            initial_epoch=0,
                            epochs=1,
                            max_queue_size=max_queue_size,
                            workers=workers,
                            use_multiprocessing=use_multiprocessing,
                            model=self,
                            steps_per_execution=self._steps_per_execution,
                        )
                    val_logs = self.evaluate(
                        x=val_x,
                        y=val_y,
                        sample_weight=val_sample_weight,
                        batch_size=validation_batch_size or batch_size,
                        steps=validation_steps,
                        callbacks=callbacks,
                        max_queue_size=max_queue_size,
                        workers=workers,
                        use_multiprocessing=use_multiprocessing,
                        return_dict=True,
                        _use_cached_eval_dataset=True,
                    )
                    epoch_logs.update({f"val_{name}": value for name, value in val_logs.items()})
                callbacks.on_epoch_end(epoch, epoch_logs)
                training_logs = epoch_logs
                if self.stop_training:
                    break
            if isinstance(self.optimizer, Optimizer) and epochs > 0:
                self.optimizer.finalize_variable_values(self.trainable_variables)
            # The next call of `fit` may have other data for validation.
            if getattr(self, "_eval_data_handler", None) is not None:
                del self._eval_data_handler
            callbacks.on_train_end(logs=training_logs)
            return self.history

    @traced("evaluate", point="keras.engine.training.Model.evaluate")
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the loss and the metrics for some data.

        Follows keras 2.14 engine/training.py, Model.evaluate.

        Args:
            x: the inputs, as for `fit`.
            y: the labels; None if `x` contains them.
            batch_size: the number of samples in a batch; 32 if None.
            verbose: 0 prints nothing, 1 a progress bar, 2 a line.
            sample_weight: the weight of each sample.
            steps: the number of batches; None for all.
            callbacks: callbacks to call before and after the evaluation and each batch.
            max_queue_size: the size of the queue for a generator or `Sequence`.
            workers: the number of workers that fill the queue.
            use_multiprocessing: whether these are processes.
            return_dict: whether to return a dict by name.

        Returns:
            The loss, or a list of the loss and the metrics in the order of `metrics_names`.

        Raises:
            RuntimeError: if the model was not compiled, or in a `tf.function`.
            TypeError: if there is another keyword.
            ValueError: if the arguments do not fit each other or the model.
        """
        from densetrace.keras import callbacks as callbacks_module
        from densetrace.keras.engine import data_adapter
        from densetrace.keras.utils import tf_utils

        self._assert_compile_was_called()
        self._check_call_args("evaluate")
        self._check_sample_weight_warning(x, sample_weight)
        disallow_inside_tf_function("evaluate")
        use_cached_eval_dataset = kwargs.pop("_use_cached_eval_dataset", False)
        if kwargs:
            raise TypeError(f"Invalid keyword arguments: {list(kwargs)}")
        verbose = _get_verbosity(verbose)
        cached = getattr(self, "_eval_data_handler", None)
        if use_cached_eval_dataset and cached is not None:
            data_handler = cached
        else:
            data_handler = data_adapter.get_data_handler(
                x=x,
                y=y,
                sample_weight=sample_weight,
                batch_size=batch_size,
                steps_per_epoch=steps,
                initial_epoch=0,
                epochs=1,
                max_queue_size=max_queue_size,
                workers=workers,
                use_multiprocessing=use_multiprocessing,
                model=self,
                steps_per_execution=self._steps_per_execution,
            )
        if not isinstance(callbacks, callbacks_module.CallbackList):
            callbacks = callbacks_module.CallbackList(
                callbacks,
                add_history=True,
                add_progbar=verbose != 0,
                model=self,
                verbose=verbose,
                epochs=1,
                steps=data_handler.inferred_steps,
            )
        logs: Any = {}
        self.test_function = self.make_test_function()
        self._test_counter.assign(0)
        callbacks.on_test_begin()
        for _, iterator in data_handler.enumerate_epochs():
            self.reset_metrics()
            with data_handler.catch_stop_iteration():
                for step in data_handler.steps():
                    callbacks.on_test_batch_begin(step)
                    logs = self.test_function(iterator)
                    end_step = step + data_handler.step_increment
                    callbacks.on_test_batch_end(end_step, logs)
        logs = tf_utils.sync_to_numpy_or_python_type(logs)
        logs = self._validate_and_get_metrics_result(logs)
        callbacks.on_test_end(logs=logs)
        return logs if return_dict else flatten_metrics_in_order(logs, self.metrics_names)

    @traced("predict", point="keras.engine.training.Model.predict")
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """Return the outputs for all samples, computed batch by batch.

        Follows keras 2.14 engine/training.py, Model.predict.

        Args:
            x: the inputs, as for `fit`.
            batch_size: the number of samples in a batch; 32 if None.
            verbose: 0 prints nothing, 1 a progress bar, 2 a line.
            steps: the number of batches; None for all.
            callbacks: callbacks to call before and after the prediction and each batch.
            max_queue_size: the size of the queue for a generator or `Sequence`.
            workers: the number of workers that fill the queue.
            use_multiprocessing: whether these are processes.

        Returns:
            An array for each output, in the structure of the outputs: [samples, ...].

        Raises:
            RuntimeError: in a `tf.function`.
            ValueError: if the arguments do not fit each other or the model, or there are no data.
        """
        from densetrace.keras import callbacks as callbacks_module
        from densetrace.keras.engine import data_adapter
        from densetrace.keras.utils import tf_utils

        self._check_call_args("predict")
        disallow_inside_tf_function("predict")
        verbose = _get_verbosity(verbose)
        data_handler = data_adapter.get_data_handler(
            x=x,
            batch_size=batch_size,
            steps_per_epoch=steps,
            initial_epoch=0,
            epochs=1,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            model=self,
            steps_per_execution=self._steps_per_execution,
        )
        if not isinstance(callbacks, callbacks_module.CallbackList):
            callbacks = callbacks_module.CallbackList(
                callbacks,
                add_history=True,
                add_progbar=verbose != 0,
                model=self,
                verbose=verbose,
                epochs=1,
                steps=data_handler.inferred_steps,
            )
        self.predict_function = self.make_predict_function()
        self._predict_counter.assign(0)
        callbacks.on_predict_begin()
        batches: list[list[Any]] = []
        batch_outputs = None
        for _, iterator in data_handler.enumerate_epochs():
            with data_handler.catch_stop_iteration():
                for step in data_handler.steps():
                    callbacks.on_predict_batch_begin(step)
                    batch_outputs = self.predict_function(iterator)
                    batches.append(flatten(batch_outputs))
                    end_step = step + data_handler.step_increment
                    callbacks.on_predict_batch_end(end_step, {"outputs": batch_outputs})
        if batch_outputs is None:
            raise ValueError(
                "Unexpected result of `predict_function` (Empty batch_outputs). Please use "
                "`Model.compile(..., run_eagerly=True)`, or "
                "`tf.config.run_functions_eagerly(True)` for more information of where it went "
                "wrong."
            )
        callbacks.on_predict_end()
        all_outputs = [potentially_ragged_concat(list(one)) for one in zip(*batches, strict=True)]
        return tf_utils.sync_to_numpy_or_python_type(pack_like(batch_outputs, all_outputs))

    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        verbose: Any = 1,
        callbacks: Any = None,
        validation_data: Any = None,
        validation_steps: int | None = None,
        validation_freq: Any = 1,
        class_weight: dict[int, float] | None = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        shuffle: Any = True,
        initial_epoch: int = 0,
    ) -> Any:
        """Train on the batches of a generator: an old name of `fit`, with a warning."""
        _warn_of_old_name("fit")
        return self.fit(
            generator,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            class_weight=class_weight,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
        )

    def evaluate_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: Any = 0,
    ) -> Any:
        """Evaluate the batches of a generator: an old name of `evaluate`, with a warning."""
        _warn_of_old_name("evaluate")
        self._check_call_args("evaluate_generator")
        return self.evaluate(
            generator,
            steps=steps,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
            callbacks=callbacks,
        )

    def predict_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: Any = 0,
    ) -> Any:
        """Predict for the batches of a generator: an old name of `predict`, with a warning."""
        _warn_of_old_name("predict")
        return self.predict(
            generator,
            steps=steps,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
            callbacks=callbacks,
        )

    def _maybe_load_initial_counters_from_ckpt(
        self, steps_per_epoch: int | None, initial_epoch: int
    ) -> tuple[int, int]:
        """Return the epoch and step to begin with: those of a backup if one is restored.

        Follows keras 2.14 engine/training.py, Model._maybe_load_initial_counters_from_ckpt.
        """
        if self._training_state is None:
            return initial_epoch, 0
        from densetrace.keras.utils.mode_keys import ModeKeys

        counters: tuple[int, int] = self._training_state.maybe_load_initial_counters_from_ckpt(
            steps_per_epoch, initial_epoch, mode=ModeKeys.TRAIN
        )
        return counters

    def _check_sample_weight_warning(self, x: Any, sample_weight: Any) -> None:
        """Warn of sample weights that no metric uses.

        Follows keras 2.14 engine/training.py, Model._check_sample_weight_warning.
        """
        spec = getattr(x, "element_spec", None)
        present = sample_weight is not None or (isinstance(spec, tuple) and len(spec) == 3)
        if present and self.compiled_metrics._user_weighted_metrics is None:
            from densetrace.tensorflow.environment import get_logger

            get_logger().warning(
                "`evaluate()` received a value for `sample_weight`, but `weighted_metrics` were "
                "not provided.  Did you mean to pass metrics to `weighted_metrics` in "
                "`compile()`?  If this is intentional you can pass `weighted_metrics=[]` to "
                "`compile()` in order to silence this warning."
            )

    def _should_eval(self, epoch: int, validation_freq: Any) -> bool:
        """Return whether to evaluate after this epoch.

        Follows keras 2.14 engine/training.py, Model._should_eval.

        Raises:
            ValueError: if `validation_freq` is neither an integer nor a list.
        """
        epoch = epoch + 1  # the first is 0 in the loop, and 1 for people
        if isinstance(validation_freq, int):
            return epoch % validation_freq == 0
        if isinstance(validation_freq, list):
            return epoch in validation_freq
        raise ValueError(
            "Expected `validation_freq` to be a list or int. Received: "
            f"validation_freq={validation_freq} of the type {type(validation_freq)}."
        )

    def _get_callback_model(self) -> "TrainingLoops":
        return self

    @property
    def _compile_was_called(self) -> bool:
        return self._is_compiled


def potentially_ragged_concat(tensors: list[Any]) -> Any:
    """Concatenate the outputs of all batches along the first axis; scalars become a vector.

    Follows keras 2.14 engine/training.py, potentially_ragged_concat.

    Raises:
        NotInDensetraceError: if batches differ in another size, since there are no ragged tensors.
    """
    if len(tensors) == 1:
        return tensors[0]
    # DEPARTS: Keras returns a ragged tensor if batches differ in a size other than the first. Here
    # there are no ragged tensors, and this raises an error.
    if any(tuple(one.shape[1:]) != tuple(tensors[0].shape[1:]) for one in tensors):
        shapes = ", ".join(dict.fromkeys(str(one.shape) for one in tensors))
        raise NotInDensetraceError(
            "tf.RaggedTensor",
            "the outputs of batches differ in shape",
            "predict would return a ragged tensor, because the batches have outputs of shapes "
            f"{shapes}. densetrace does not support ragged tensors. Pad the outputs to one shape.",
        )
    return concat(tensors)


def _get_verbosity(verbose: Any) -> Any:
    """Return 1 for 'auto', or 2 if progress bars are turned off.

    Follows keras 2.14 engine/training.py, _get_verbosity.
    """
    if verbose == "auto":
        from densetrace.keras.utils import io_utils

        return 1 if io_utils.is_interactive_logging_enabled() else 2
    return verbose


def _warn_of_old_name(name: str) -> None:
    warn(
        f"`Model.{name}_generator` is deprecated and will be removed in a future version. "
        f"Please use `Model.{name}`, which supports generators."
    )
