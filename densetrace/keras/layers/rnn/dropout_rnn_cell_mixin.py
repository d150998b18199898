"""Dropout in recurrent layers. Follows keras 2.14 layers/rnn/dropout_rnn_cell_mixin.py."""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.recording.hooks import traced
from densetrace.system.real_home import of_keras

_CACHES = ("_dropout_mask_cache", "_recurrent_dropout_mask_cache")


@of_keras
class DropoutRNNCellMixin:
    """Keeps the dropout masks of a cell: they are drawn for the first step and used for each.

    In a graph, the loop over time draws its own masks, new ones in each iteration, as in Keras.

    Follows keras 2.14 layers/rnn/dropout_rnn_cell_mixin.py, DropoutRNNCellMixin.
    """

    dropout: Any
    recurrent_dropout: Any
    _random_generator: backend.RandomGenerator

    @traced("init")
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._create_non_trackable_mask_cache()
        super().__init__(*args, **kwargs)

    def _create_non_trackable_mask_cache(self) -> None:
        self._dropout_mask_cache = backend.ContextValueCache(self._create_dropout_mask)
        self._recurrent_dropout_mask_cache = backend.ContextValueCache(
            self._create_recurrent_dropout_mask
        )

    def reset_dropout_mask(self) -> None:
        """Forget the masks of the inputs: the next step draws new ones."""
        self._dropout_mask_cache.clear()

    def reset_recurrent_dropout_mask(self) -> None:
        """Forget the masks of the states: the next step draws new ones."""
        self._recurrent_dropout_mask_cache.clear()

    def _create_dropout_mask(self, inputs: Any, training: Any, count: int = 1) -> Any:
        return _generate_dropout_mask(
            self._random_generator,
            tf.ones_like(inputs),
            self.dropout,
            training=training,
            count=count,
        )

    def _create_recurrent_dropout_mask(self, inputs: Any, training: Any, count: int = 1) -> Any:
        return _generate_dropout_mask(
            self._random_generator,
            tf.ones_like(inputs),
            self.recurrent_dropout,
            training=training,
            count=count,
        )

    def get_dropout_mask_for_cell(self, inputs: Any, training: Any, count: int = 1) -> Any:
        """Return the masks of the inputs: one, or a list of `count`; None without dropout."""
        if self.dropout == 0:
            return None
        init_kwargs = {"inputs": inputs, "training": training, "count": count}
        return self._dropout_mask_cache.setdefault(kwargs=init_kwargs)

    def get_recurrent_dropout_mask_for_cell(
        self, inputs: Any, training: Any, count: int = 1
    ) -> Any:
        """Return the masks of the states: one, or a list of `count`; None without dropout."""
        if self.recurrent_dropout == 0:
            return None
        init_kwargs = {"inputs": inputs, "training": training, "count": count}
        return self._recurrent_dropout_mask_cache.setdefault(kwargs=init_kwargs)

    def __getstate__(self) -> Any:
        state = dict(vars(self))
        for name in _CACHES:
            state.pop(name, None)
        return state

    def __setstate__(self, state: Any) -> None:
        vars(self).update(state)
        self._create_non_trackable_mask_cache()


def _generate_dropout_mask(
    generator: Any, ones: Any, rate: Any, training: Any = None, count: int = 1
) -> Any:
    def dropped_inputs() -> Any:
        return generator.dropout(ones, rate)

    if count > 1:
        return [
            backend.in_train_phase(dropped_inputs, ones, training=training) for _ in range(count)
        ]
    return backend.in_train_phase(dropped_inputs, ones, training=training)
