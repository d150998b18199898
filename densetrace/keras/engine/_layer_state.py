"""What a layer holds: its weights, those of the layers in its attributes, and its losses.

`Layer` inherits this. Follows keras 2.14 engine/base_layer.py, the part of `Layer` that tracks
weights, sub-layers and losses.
"""

import functools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from densetrace.keras import _ops, backend
from densetrace.keras._nest import flatten
from densetrace.keras._tensors import KerasTensor, Tensor, Variable, convert_to_tensor
from densetrace.keras.engine import base_layer_utils


class LayerState:
    """The weights, sub-layers and losses of a layer."""

    name: str
    built: bool
    _trainable: bool
    _activity_regularizer: Any
    _trainable_weights: list[Variable]
    _non_trainable_weights: list[Variable]
    _callable_losses: list[Any]
    _losses: list[Any]
    _eager_losses: list[Any]

    # -- sub-layers -------------------------------------------------------------------------------

    def _sublayers(self) -> list["LayerState"]:
        """The layers in this one's attributes, lists and dicts included, in order of assignment."""
        # DEPARTS: Keras wraps lists and dicts at assignment to follow them; densetrace looks into
        # the attributes whenever it is asked. The answer is the same.
        found: dict[int, LayerState] = {}
        for value in vars(self).values():
            for leaf in _leaves(value):
                if isinstance(leaf, LayerState) and leaf is not self:
                    found[id(leaf)] = leaf
        return list(found.values())

    def _flatten_layers(
        self, recursive: bool = True, include_self: bool = True
    ) -> Iterator["LayerState"]:
        """This layer and the layers below it, each once."""
        seen = {id(self)}
        if include_self:
            yield self
        waiting = self._sublayers()[::-1]
        while waiting:
            layer = waiting.pop()
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            yield layer
            if recursive:
                waiting.extend(layer._sublayers()[::-1])

    # -- weights ----------------------------------------------------------------------------------

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it sets it for all layers below."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self._flatten_layers():
            layer._trainable = value

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes; none when the layer is not trainable."""
        if not self.trainable:
            return []
        return unique(self._trainable_weights, *(s.trainable_weights for s in self._sublayers()))

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone; all of them when the layer is not trainable."""
        if self.trainable:
            below = (layer.non_trainable_weights for layer in self._sublayers())
            return unique(self._non_trainable_weights, *below)
        below = (layer.weights for layer in self._sublayers())
        return unique(self._trainable_weights, self._non_trainable_weights, *below)

    @property
    def weights(self) -> list[Variable]:
        """All weights: the trainable ones, then the others."""
        return unique(self.trainable_weights, self.non_trainable_weights)

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """The numbers of all weights, in the order of `weights`."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Replace the numbers of all weights, in the order of `weights`.

        Raises:
            ValueError: when the number of arrays or a shape does not fit.
        """
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a weight list of '
                f"length {len(weights)}, but the layer was expecting {len(own)} weights. "
                f"Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(own, weights, strict=True):
            if tuple(variable.shape) != np.shape(value):
                raise ValueError(
                    f"Layer {self.name} weight shape {tuple(variable.shape)} is not compatible "
                    f"with provided weight shape {np.shape(value)}."
                )
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """How many numbers all weights hold.

        Raises:
            ValueError: when the layer is not built, so has no weights yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer {self.name}, but the layer isn't "
                f"built. You can build it manually via: `{self.name}.build(batch_input_shape)`."
            )
        return sum(int(np.prod(weight.value.shape)) for weight in self.weights)

    def _track_variables(self, value: Any) -> None:
        """Count the variables in an attribute's new value among the weights."""
        for leaf in _leaves(value):
            if isinstance(leaf, Variable):
                name = "_trainable_weights" if leaf.trainable else "_non_trainable_weights"
                weights = vars(self).setdefault(name, [])
                if all(leaf is not known for known in weights):
                    weights.append(leaf)

    def _untrack_variable(self, variable: Variable) -> None:
        """Stop counting a variable that no attribute holds any more."""
        if any(leaf is variable for value in _public(self) for leaf in _leaves(value)):
            return
        for name in ("_trainable_weights", "_non_trainable_weights"):
            weights = vars(self).get(name, [])
            vars(self)[name] = [known for known in weights if known is not variable]

    # -- losses -----------------------------------------------------------------------------------

    @property
    def losses(self) -> list[Any]:
        """The losses of this layer and those below: those added while it was called, then those of
        the weight regularizers, which are computed now, each time this is read."""
        collected: list[Any] = []
        for layer in self._flatten_layers():
            collected.extend(layer._eager_losses or layer._losses)
            for compute in layer._callable_losses:
                loss = compute()
                if loss is not None:
                    collected.append(loss)
        return collected

    def add_loss(self, losses: Any, **kwargs: Any) -> None:
        """Add a loss, or several: tensors computed in `call`, or functions that compute one later.

        Raises:
            TypeError: for keyword arguments other than `inputs`.
            ValueError: when a computed loss is added while no layer is being called.
        """
        kwargs.pop("inputs", None)
        if kwargs:
            raise TypeError(f"Unknown keyword arguments: {kwargs.keys()}")
        for loss in flatten(losses):
            if callable(loss):
                self._callable_losses.append(functools.partial(_computed, loss))
            elif isinstance(loss, KerasTensor):
                self._losses.append(loss)
            elif loss is not None:
                if not base_layer_utils.call_context().in_call:
                    raise ValueError(
                        "Expected a symbolic Tensors or a callable for the loss value. "
                        "Please wrap your loss computation in a zero argument `lambda`."
                    )
                self._eager_losses.append(_computed(lambda value=loss: value))

    def _clear_losses(self) -> None:
        for layer in self._flatten_layers():
            layer._eager_losses = []

    def _handle_weight_regularization(
        self, name: str, variable: Variable, regularizer: Any
    ) -> None:
        """Put off the loss of a regularized weight until `losses` is read."""
        self.add_loss(lambda: regularizer(variable))

    def _handle_activity_regularization(self, inputs: Any, outputs: Any) -> None:
        """Add the loss of the outputs, divided by the batch size."""
        if not self._activity_regularizer:
            return
        for output in flatten(outputs):
            loss = self._activity_regularizer(output)
            if isinstance(output, KerasTensor):
                self.add_loss(KerasTensor((), getattr(loss, "dtype", output.dtype)))
                continue
            loss = convert_to_tensor(loss)
            batch_size = _ops.cast(convert_to_tensor(np.shape(output)[0]), loss.dtype)
            self.add_loss(loss / batch_size if batch_size else loss * batch_size)


def _computed(loss: Any) -> Tensor | None:
    value = loss()
    if value is None or isinstance(value, KerasTensor):
        return value  # type: ignore[return-value] # a symbolic loss is passed on as it is
    is_tensor = isinstance(value, np.ndarray | np.generic)
    return convert_to_tensor(value, None if is_tensor else backend.floatx())


def _leaves(value: Any) -> Iterable[Any]:
    """The leaves of a container that an attribute holds; other values are their own leaf."""
    if not isinstance(value, list | tuple | dict):
        return (value,)
    items = value.values() if isinstance(value, dict) else value
    return (leaf for item in items for leaf in _leaves(item))


def _public(layer: LayerState) -> Iterator[Any]:
    bookkeeping = ("_trainable_weights", "_non_trainable_weights")
    return (value for name, value in vars(layer).items() if name not in bookkeeping)


def unique(*groups: list[Variable]) -> list[Variable]:
    """The weights of all groups in order, each once."""
    return list({id(weight): weight for group in groups for weight in group}.values())
