"""The state of a layer: its weights, its sub-layers and their weights.

`Layer` inherits this. Follows keras 2.14 engine/base_layer.py, the part of `Layer` that tracks
weights and sub-layers.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from densetrace.keras import backend
from densetrace.recording.hooks import traced
from densetrace.tensorflow.module import Module
from densetrace.tensorflow.variables import Variable


class LayerState:
    """The weights and sub-layers of a layer."""

    _is_metric = False
    """True for metrics: a metric is a layer, but does not count as a sub-layer of its owner."""

    _NOT_SEARCHED: frozenset[str] = frozenset({"_metrics"})
    """Attributes whose layers are no sub-layers, or are found elsewhere."""

    name: str
    built: bool
    _trainable: bool
    _stateful: bool
    _dynamic: bool
    _trainable_weights: list[Variable]
    _non_trainable_weights: list[Variable]
    _metrics: list[Any]

    # -- sub-layers -------------------------------------------------------------------------------

    def _children(self, *, metrics: bool = False) -> list["LayerState | Module"]:
        """The layers and modules in this one's attributes, lists and dicts included, in order of
        assignment."""
        # DEPARTS: Keras wraps lists and dicts at assignment to notice later changes. Here the
        # attributes are searched on each access. There are two differences: such an attribute
        # prints as a plain list, not as ListWrapper([...]); and if a layer is in two attributes
        # and the first one is set again, the layer takes the position of the second.
        found: dict[int, LayerState | Module] = {}
        for name, value in vars(self).items():
            for leaf in leaves_of(value) if name not in self._NOT_SEARCHED else ():
                if isinstance(leaf, LayerState):
                    if leaf is not self and (metrics or not leaf._is_metric):
                        found[id(leaf)] = leaf
                elif is_module(leaf):
                    found[id(leaf)] = leaf
        return list(found.values())

    def _of_children(self, kind: str, *, metrics: bool = False) -> Iterator[Iterable[Variable]]:
        """The weights of a kind of each child, as `weights_of` returns them."""
        return (weights_of(child, kind) for child in self._children(metrics=metrics))

    def _sublayers(self, *, metrics: bool = False) -> list["LayerState"]:
        """The layers among the children."""
        return [one for one in self._children(metrics=metrics) if isinstance(one, LayerState)]

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

    @property
    def submodules(self) -> "tuple[LayerState | Module, ...]":
        """The metrics, layers and modules in this one's attributes, then those in theirs, each
        once."""
        found: dict[int, LayerState | Module] = {}

        def collect(owner: LayerState | Module) -> None:
            if isinstance(owner, LayerState):
                below = owner._by_attribute_name()
            else:
                below = owner.submodules
            fresh = {id(one): one for one in below if one is not self and id(one) not in found}
            found.update(fresh)
            for one in fresh.values():
                collect(one)

        collect(self)
        return tuple(found.values())

    def _by_attribute_name(self) -> "tuple[LayerState | Module, ...]":
        """The layers, modules and metrics in the attributes, in the order in which Keras names
        these."""
        return (*self._metrics, *self._children(), *LayerState._children(self))

    # -- weights ----------------------------------------------------------------------------------

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it sets it for all layers below."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self._flatten_layers():
            layer._trainable = value

    def _get_trainable_state(self) -> "WeakKeyDictionary[LayerState, bool]":
        """Return whether each layer is trainable: this one and the layers below it.

        Follows keras 2.14 engine/base_layer.py, Layer._get_trainable_state.
        """
        return WeakKeyDictionary({layer: layer.trainable for layer in self._flatten_layers()})

    def _set_trainable_state(self, trainable_state: Mapping["LayerState", bool]) -> None:
        """Set `trainable` of each layer to what `_get_trainable_state` returned.

        Follows keras 2.14 engine/base_layer.py, Layer._set_trainable_state.
        """
        for layer in self._flatten_layers():
            if layer in trainable_state:
                layer.trainable = trainable_state[layer]

    @property
    @traced("read", point="keras.engine.base_layer.Layer.trainable_weights")
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes; none if the layer is not trainable."""
        self._track_later_variables()
        if not self.trainable:
            return []
        return unique(self._trainable_weights, *self._of_children("trainable_weights"))

    @property
    @traced("read", point="keras.engine.base_layer.Layer.non_trainable_weights")
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training does not change; all weights if the layer is not trainable."""
        self._track_later_variables()
        if self.trainable:
            below = self._of_children("non_trainable_weights")
            return unique(self._non_trainable_weights, *below)
        below = self._of_children("weights")
        return unique(self._trainable_weights, self._non_trainable_weights, *below)

    @property
    @traced("read", point="keras.engine.base_layer.Layer.weights")
    def weights(self) -> list[Variable]:
        """All weights: first the trainable ones, then the others."""
        return unique(self.trainable_weights, self.non_trainable_weights)

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Return the arrays of all weights, in the order of `weights`.

        Raises:
            RuntimeError: while a graph is traced.
        """
        return backend.batch_get_value(self.weights)

    def set_weights(self, weights: list[Any]) -> None:
        """Replace the values of all weights, in the order of `weights`.

        Raises:
            ValueError: if the number of arrays or a shape does not fit.
        """
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a weight list of '
                f"length {len(weights)}, but the layer was expecting {len(own)} weights. "
                f"Provided weights: {str(weights)[:50]}..."
            )
        for variable, value in zip(own, weights, strict=True):
            if tuple(variable.shape) != tuple(getattr(value, "shape", ())):
                raise ValueError(
                    f"Layer {self.name} weight shape {tuple(variable.shape)} is not compatible "
                    f"with provided weight shape {np.shape(value)}."
                )
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)
        for layer in self._flatten_layers():
            layer.finalize_state()

    def save_own_variables(self, store: Any) -> None:
        """Put the arrays of the own weights, without those of sub-layers, into a dict.

        Follows keras 2.14 engine/base_layer.py, Layer.save_own_variables.
        """
        for index, variable in enumerate(self._trainable_weights + self._non_trainable_weights):
            store[f"{index}"] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Set the own weights from a dict that `save_own_variables` filled.

        Follows keras 2.14 engine/base_layer.py, Layer.load_own_variables.

        Raises:
            ValueError: if the number of weights or a shape differs.
        """
        self._track_later_variables()
        own = self._trainable_weights + self._non_trainable_weights
        if len(store.keys()) != len(own):
            hint = (
                "" if own or self.built else " The layer is not built yet: call it on data first."
            )
            raise ValueError(
                f"The layer {self.name!r} has {len(own)} weights: "
                f"{[variable.name for variable in own]}. "
                f"Received: {len(store.keys())} saved weights.{hint}"
            )
        for index, variable in enumerate(own):
            variable.assign(store[f"{index}"])

    def finalize_state(self) -> None:
        """Do nothing: a layer may override it to act after its weights were loaded.

        Follows keras 2.14 engine/base_layer.py, Layer.finalize_state.
        """

    def count_params(self) -> int:
        """Return the number of elements of all weights.

        Raises:
            ValueError: if the layer is not built and has no weights yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer {self.name}, but the layer isn't "
                f"built. You can build it manually via: `{self.name}.build(batch_input_shape)`."
            )
        return sum(weight.shape.num_elements() or 0 for weight in self.weights)

    def _track_variables(self, value: Any, position: int | None = None) -> None:
        """Add the variables in an attribute's new value to the weights."""
        for leaf in leaves_of(value):
            if isinstance(leaf, Variable):
                name = "_trainable_weights" if leaf.trainable else "_non_trainable_weights"
                weights = vars(self).setdefault(name, [])
                if all(leaf is not known for known in weights):
                    weights.insert(len(weights) if position is None else position, leaf)

    def _track_later_variables(self) -> None:
        """Add the variables that were put into a list or dict after it became an attribute.

        Follows keras 2.14 engine/base_layer.py, Layer._update_trackables.
        """
        for name, value in list(vars(self).items()):
            if isinstance(value, list | dict) and name not in _BOOKKEEPING:
                self._track_variables(value)

    def _untrack_variable(self, variable: Variable) -> int | None:
        """Remove a variable from the weights if no attribute holds it any more.

        Returns:
            Its index in the trainable weights; the variable that replaces it takes this index.
        """
        trainable = vars(self).get("_trainable_weights", [])
        position = next((i for i, known in enumerate(trainable) if known is variable), None)
        if any(leaf is variable for value in _public(self) for leaf in leaves_of(value)):
            return position
        for name in _BOOKKEEPING:
            weights = vars(self).get(name, [])
            vars(self)[name] = [known for known in weights if known is not variable]
        return position


def is_module(value: Any) -> bool:
    """Whether an object is a `tf.Module`, but no layer."""
    return Module in type(value).__mro__  # quicker than isinstance


def weights_of(child: "LayerState | Module", kind: str = "weights") -> Iterable[Variable]:
    """The `weights`, `trainable_weights` or `non_trainable_weights` of a layer or a module, which
    has only other names for them."""
    is_layer = isinstance(child, LayerState)
    found: Iterable[Variable] = getattr(
        child, kind if is_layer else kind.replace("weights", "variables")
    )
    return found


def leaves_of(value: Any) -> Iterable[Any]:
    """Return the leaves of a container in an attribute; any other value is its own leaf."""
    if not isinstance(value, _CONTAINERS):
        return (value,)
    items = _in_order_of_keys(value) if isinstance(value, dict) else value
    return (leaf for item in items for leaf in leaves_of(item))


def _in_order_of_keys(value: dict[Any, Any]) -> Iterable[Any]:
    try:
        return [value[key] for key in sorted(value)]
    except TypeError:  # keys that cannot be compared
        return value.values()


def _public(layer: LayerState) -> Iterator[Any]:
    return (value for name, value in vars(layer).items() if name not in _BOOKKEEPING)


_CONTAINERS: Final = (list, tuple, dict)
_BOOKKEEPING: Final = ("_trainable_weights", "_non_trainable_weights")


def unique(*groups: Iterable[Variable]) -> list[Variable]:
    """Return the weights of all groups in order, without duplicates."""
    return list({id(weight): weight for group in groups for weight in group}.values())
