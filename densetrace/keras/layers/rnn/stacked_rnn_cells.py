"""Several cells as one. Follows keras 2.14 layers/rnn/stacked_rnn_cells.py."""

from typing import Any

from densetrace.keras import backend
from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.layers.rnn import rnn_utils
from densetrace.keras.saving import serialization_lib
from densetrace.keras.utils import generic_utils, tf_utils
from densetrace.recording.warn import log_warning
from densetrace.tensorflow.nest import flatten, is_nested, map_structure, pack_like


@keras_export("keras.layers.StackedRNNCells")
class StackedRNNCells(base_layer.Layer):
    """A cell made of others: in each time step, the output of a cell is the input of the next.

    Follows keras 2.14 layers/rnn/stacked_rnn_cells.py, StackedRNNCells.

    Args:
        cells: the cells, the first of which gets the inputs.
        **kwargs: `reverse_state_order`, and the keyword arguments of `Layer`.

    Raises:
        ValueError: if a cell has no `call` or no `state_size`.
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        for cell in cells:
            if "call" not in dir(cell):
                raise ValueError(
                    "All cells must have a `call` method. Received cell without a `call` method: "
                    f"{cell}"
                )
            if "state_size" not in dir(cell):
                raise ValueError(
                    "All cells must have a `state_size` attribute. Received cell without a "
                    f"`state_size`: {cell}"
                )
        self.cells = cells
        # If true, the states of the last cell come first.
        self.reverse_state_order = kwargs.pop("reverse_state_order", False)
        if self.reverse_state_order:
            log_warning(
                "reverse_state_order=True of StackedRNNCells is deprecated: states in the order of "
                "the cells are the default."
            )
        super().__init__(**kwargs)

    @property
    def state_size(self) -> Any:
        """The sizes of the states of each cell."""
        cells = self.cells[::-1] if self.reverse_state_order else self.cells
        return tuple(cell.state_size for cell in cells)

    @property
    def output_size(self) -> Any:
        """The size of the output of the last cell."""
        return _output_size(self.cells[-1])

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return the states of each cell before the first step."""
        initial_states = []
        for cell in self.cells[::-1] if self.reverse_state_order else self.cells:
            get_initial_state_fn = getattr(cell, "get_initial_state", None)
            if get_initial_state_fn:
                initial_states.append(
                    get_initial_state_fn(inputs=inputs, batch_size=batch_size, dtype=dtype)
                )
            else:
                initial_states.append(
                    rnn_utils.generate_zero_filled_state_for_cell(cell, inputs, batch_size, dtype)
                )
        return tuple(initial_states)

    def call(
        self, inputs: Any, states: Any, constants: Any = None, training: Any = None, **kwargs: Any
    ) -> Any:
        """Compute one time step of each cell: the output of the last, and all new states."""
        state_size = self.state_size[::-1] if self.reverse_state_order else self.state_size
        nested_states = pack_like(state_size, flatten(states))
        new_nested_states = []
        for cell, cell_states in zip(self.cells, nested_states, strict=False):
            cell_states = cell_states if is_nested(cell_states) else [cell_states]
            if generic_utils.has_arg(cell.call, "training"):
                kwargs["training"] = training
            else:
                kwargs.pop("training", None)
            cell_call_fn = cell.__call__ if callable(cell) else cell.call
            if generic_utils.has_arg(cell.call, "constants"):
                inputs, new_states = cell_call_fn(
                    inputs, cell_states, constants=constants, **kwargs
                )
            else:
                inputs, new_states = cell_call_fn(inputs, cell_states, **kwargs)
            new_nested_states.append(new_states)
        return inputs, pack_like(state_size, flatten(new_nested_states))

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Build each cell for the output of the one before it."""
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        for cell in self.cells:
            if isinstance(cell, base_layer.Layer) and not cell.built:
                with backend.name_scope(cell.name):
                    cell.build(input_shape)
                    cell.built = True
            output_dim = _output_size(cell)
            batch_size = flatten(input_shape)[0]

            def with_batch_size(dim: Any, batch_size: Any = batch_size) -> Any:
                return (batch_size, *rnn_utils.sizes_of(dim))

            if is_nested(output_dim):
                input_shape = tuple(map_structure(with_batch_size, output_dim))
            else:
                input_shape = with_batch_size(output_dim)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        cells = [serialization_lib.serialize_keras_object(cell) for cell in self.cells]
        return super().get_config() | {"cells": cells}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Create the layer and its cells from a config."""
        from densetrace.keras.layers import deserialize as deserialize_layer

        cells = [
            deserialize_layer(cell_config, custom_objects=custom_objects)
            for cell_config in config.pop("cells")
        ]
        return cls(cells, **config)


def _output_size(cell: Any) -> Any:
    """Return the size of the output of a cell: that of its first state, unless it says another."""
    if getattr(cell, "output_size", None) is not None:
        return cell.output_size
    if rnn_utils.is_multiple_state(cell.state_size):
        return cell.state_size[0]
    return cell.state_size
