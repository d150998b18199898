"""The base class of a cell of one's own. Follows keras 2.14 layers/rnn/abstract_rnn_cell.py."""

from typing import Any

from densetrace.keras._exports import keras_export
from densetrace.keras.engine import base_layer
from densetrace.keras.layers.rnn import rnn_utils


@keras_export("keras.layers.AbstractRNNCell")
class AbstractRNNCell(base_layer.Layer):
    """A layer that computes one time step, for `RNN`.

    Subclasses define `call(inputs, states)`, which returns the output and the new states,
    `state_size` and `output_size`.

    Follows keras 2.14 layers/rnn/abstract_rnn_cell.py, AbstractRNNCell.
    """

    def call(self, inputs: Any, states: Any) -> Any:
        """Compute one time step: f[batch, features] and the states -> the output, new states.

        Raises:
            NotImplementedError: a subclass must define it.
        """
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of each state without the batch size.

        Raises:
            NotImplementedError: a subclass must define it.
        """
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """The size of the output without the batch size.

        Raises:
            NotImplementedError: a subclass must define it.
        """
        raise NotImplementedError

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return zeros as the states before the first step."""
        return rnn_utils.generate_zero_filled_state_for_cell(self, inputs, batch_size, dtype)
