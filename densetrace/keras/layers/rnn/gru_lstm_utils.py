"""Helpers of `LSTM` and `GRU`. Follows keras 2.14 layers/rnn/gru_lstm_utils.py."""

from typing import Any, Final

import densetrace.tensorflow as tf
from densetrace.tensorflow.symbolic import current_graph, rename
from densetrace.tensorflow.variables import Variable

# DEPARTS: Keras also has functions for a GPU. Here there is only the one for the CPU.

RUNTIME_UNKNOWN: Final = 0
RUNTIME_CPU: Final = 1


def runtime(runtime_name: int) -> Any:
    """Return a number that says which function ran, f[].

    Follows keras 2.14 layers/rnn/gru_lstm_utils.py, runtime.
    """
    return tf.constant(runtime_name, dtype=tf.float32, name="runtime")


def read_variable_value(v: Any) -> Any:
    """Return the value of a variable; a tensor unchanged.

    Follows keras 2.14 layers/rnn/gru_lstm_utils.py, read_variable_value.
    """
    return v.read_value() if isinstance(v, Variable) else v


def name_outputs(*outputs: Any) -> None:
    """Name the outputs in a graph as Keras does, where they are those of a call of a function."""
    graph = current_graph()
    if graph is not None:
        rename(graph.unique_name("PartitionedCall"), outputs)
