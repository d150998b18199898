"""Helpers of `Model`'s training. Follows keras 2.14 engine/training_utils.py."""

from typing import Any


class RespectCompiledTrainableState:
    """A `with` block in which the layers are trainable as they were when `compile` was called.

    Setting `layer.trainable` after `compile` has no effect until the model is compiled again.
    Follows keras 2.14 engine/training_utils.py, RespectCompiledTrainableState.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._current_trainable_state: Any = None
        self._compiled_trainable_state: Any = None
        self._should_set_trainable = False

    def __enter__(self) -> None:
        self._current_trainable_state = self._model._get_trainable_state()
        self._compiled_trainable_state = self._model._compiled_trainable_state
        for layer, trainable in self._compiled_trainable_state.items():
            current = self._current_trainable_state
            if layer in current and trainable != current[layer]:
                self._should_set_trainable = True
                break
        if self._should_set_trainable:
            self._model._set_trainable_state(self._compiled_trainable_state)

    def __exit__(self, *error: object) -> None:
        if self._should_set_trainable:
            self._model._set_trainable_state(self._current_trainable_state)
