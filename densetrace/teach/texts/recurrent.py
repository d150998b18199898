"""What recurrent layers, their cells and the wrappers do."""

from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts.layers import build_entries, call_entry

_SHARED: Final = "Every time step uses the same weights, so a sequence may have any length."
_ONE_FUNCTION: Final = (
    "With the default settings one function computes all time steps, and the cell is not called. "
    "Other activations, use_bias=False, recurrent_dropout and unroll=True use the cell, which is "
    "called for each time step."
)


def _cell_built(module: str, cls: str, what: str, why: str, note: str) -> tuple[Entry, Entry]:
    return build_entries(
        f"keras/layers/rnn/{module}.py, {cls}.build", f"layers.rnn.{module}.{cls}.build",
        what, why, note,
    )  # fmt: skip


# -- cells -----------------------------------------------------------------------------------------

_CELLS: Final = (
    *_cell_built(
        "simple_rnn",
        "SimpleRNNCell",
        "SimpleRNNCell.build creates the weights of {subject}: a kernel (features, units) for the "
        "inputs, a recurrent kernel (units, units) for the previous output, and a bias.",
        "A Dense has only the kernel and the bias. The recurrent kernel connects a time step with "
        "the previous one."
        f" {_SHARED}",
        "kernel (features, units) for the inputs, recurrent_kernel (units, units) for the previous "
        "output.",
    ),
    call_entry(
        "rnn/simple_rnn",
        "SimpleRNNCell",
        "{subject} computes one time step from {input} and the previous output: "
        "activation(inputs @ kernel + bias + previous @ recurrent_kernel). It returns {result}.",
        "It is a Dense that also gets its own previous output. It returns the new output twice: "
        "as the output of this time step, and as the state for the next.",
        "The output is returned twice: as output, and as the state for the next time step.",
    ),
    *_cell_built(
        "lstm",
        "LSTMCell",
        "LSTMCell.build creates the weights of {subject}: a kernel (features, 4 * units), a "
        "recurrent kernel (units, 4 * units), and a bias (4 * units).",
        "Each has four parts side by side, in the order i, f, c, o: the input gate, the forget "
        "gate, the candidate, the output gate. One product then computes all four. "
        "unit_forget_bias starts the bias of the forget gate at 1, so that the cell state is kept "
        f"at first. {_SHARED}",
        "4 * units columns: the input gate, the forget gate, the candidate and the output gate, "
        "side by side (i, f, c, o).",
    ),
    call_entry(
        "rnn/lstm",
        "LSTMCell",
        "{subject} computes one time step from {input} and the states h and c. The four parts of "
        "z = inputs @ kernel + h @ recurrent_kernel + bias are the gates i, f, o and the candidate "
        "c. The new c is f * c + i * candidate, and h is o * tanh(c): {result}.",
        "A gate is a sigmoid, a number between 0 (closed) and 1 (open). The only changes to the "
        "cell state c are a factor f and an addition, so it and its gradient can last for many "
        "time steps.",
        "The gates i, f and o are numbers between 0 and 1. The new c is f * c + i * candidate, the "
        "new h is o * tanh(c).",
    ),
    *_cell_built(
        "gru",
        "GRUCell",
        "GRUCell.build creates the weights of {subject}: a kernel (features, 3 * units), a "
        "recurrent kernel (units, 3 * units), and a bias.",
        "Each has three parts side by side, in the order z, r, h: the update gate, the reset "
        "gate, the candidate. With reset_after, the default, the bias has two rows: one is added "
        f"to each product. {_SHARED}",
        "3 * units columns: the update gate, the reset gate and the candidate, side by side (z, r, "
        "h).",
    ),
    call_entry(
        "rnn/gru",
        "GRUCell",
        "{subject} computes one time step from {input} and the state h: the update gate z, the "
        "reset gate r and a candidate. The new h is z * h + (1 - z) * candidate: {result}.",
        "Where z is near 1, the state stays; where it is near 0, the candidate replaces it. r "
        "sets how much of the state goes into the candidate. An LSTM has one more gate and one "
        "more state.",
        "h = z * h + (1 - z) * candidate: the update gate z chooses between old and new.",
    ),
    *_cell_built(
        "stacked_rnn_cells",
        "StackedRNNCells",
        "StackedRNNCells.build builds the cells of {subject} one after the other, each for the "
        "output of the previous one.",
        "Together they act as one cell that has the states of all of them.",
        "Each cell is built for the output size of the previous one.",
    ),
    call_entry(
        "rnn/stacked_rnn_cells",
        "StackedRNNCells",
        "{subject} passes {input} through its cells: the output of one is the input of the next. "
        "It returns the last output and all new states: {result}.",
        "All cells compute one time step before the next one begins. Stacked recurrent layers "
        "compute the same numbers, but layer by layer.",
    ),
)

# -- layers ----------------------------------------------------------------------------------------

_LAYERS: Final = (
    *_cell_built(
        "base_rnn",
        "RNN",
        "RNN.build builds the cell of {subject} for the inputs at one time: {input_shape} without "
        "the time axis.",
        "The layer itself has no weights: they belong to the cell, and their names contain the "
        "cell's name. "
        f"{_SHARED}",
        "The cell is built for one time step, so the number of time steps does not matter.",
    ),
    call_entry(
        "rnn/base_rnn",
        "RNN",
        "RNN.call runs the cell of {subject} for each time step of {input}, and passes the states "
        "from one to the next: {result}.",
        "The states start as {beginning}. With return_sequences the result contains the outputs "
        "of all time steps, otherwise only the last.",
        "Eager: the cell is called for each time step, plus once before to find the shape of its "
        "output. In a graph it is called only twice, because the graph has a loop.",
    ),
    call_entry(
        "rnn/simple_rnn",
        "SimpleRNN",
        "{subject} passes {input} to RNN.call, which runs the cell for each time step: {result}.",
        "SimpleRNN is an RNN that creates its own cell. Its call takes no constants.",
        "SimpleRNN.call calls RNN.call.",
    ),
    call_entry(
        "rnn/lstm",
        "LSTM",
        "{subject} computes all time steps of {input}: {result}.",
        f"{_ONE_FUNCTION} The result is h of the last time step or, with return_sequences, of "
        "each; return_state adds the last h and c.",
        "The states h and c start as {beginning}. The output is h after the last time step.",
    ),
    call_entry(
        "rnn/gru",
        "GRU",
        "{subject} computes all time steps of {input}: {result}.",
        f"{_ONE_FUNCTION} reset_after=False also uses the cell. The result is the state after the "
        "last time step or, with return_sequences, after each.",
        "The state starts as {beginning}. The output is the state after the last time step.",
    ),
    Entry(
        "op",
        "K.rnn runs a function for each time step of {inputs} and passes the states on. It "
        "returns the last output, the requested outputs and the last states: {result}.",
        "Inside, the time axis comes first, so a step reads one time step of the whole batch. "
        "Where a mask is False, the states stay as they are, and the previous output is repeated. "
        "In a graph it is a loop, which Python records once; unroll=True repeats the step instead.",
        "keras/backend.py, rnn",
        "keras.backend.rnn",
    ),
)

# -- wrappers --------------------------------------------------------------------------------------

_WRAPPERS: Final = (
    *_cell_built(
        "base_wrapper",
        "Wrapper",
        "Wrapper.build builds the layer inside {subject} for the shape {input_shape}.",
        "A wrapper has no weights of its own: its weights are those of the layer inside.",
        "The weights are those of the layer inside.",
    ),
    *_cell_built(
        "bidirectional",
        "Bidirectional",
        "Bidirectional.build builds the two layers of {subject}, each with its own weights.",
        "forward_layer and backward_layer were created from the config of the layer you passed, "
        "which is only a template: it gets no weights.",
        "Two layers, so twice the weights. The layer that you passed is only a template.",
    ),
    call_entry(
        "rnn/bidirectional",
        "Bidirectional",
        "{subject} passes {input} to both layers. backward_layer reads the sequence from the end; "
        "with return_sequences its outputs are put back in order. The outputs of both are merged: "
        "{result}.",
        "At each time step one layer has seen the earlier time steps, the other the later ones. "
        "merge_mode='concat', the default, puts the outputs side by side: 2 * units features.",
        "One layer reads forward, the other backward; merge_mode sets how their outputs are "
        "merged.",
    ),
    *_cell_built(
        "time_distributed",
        "TimeDistributed",
        "TimeDistributed.build builds the layer inside {subject} for one time step: {input_shape} "
        "without the time axis.",
        "All time steps share its weights, so the number of time steps does not matter.",
        "The layer is built for one time step. All time steps share its weights.",
    ),
    call_entry(
        "rnn/time_distributed",
        "TimeDistributed",
        "{subject} applies its layer to each time step of {input}: {result}.",
        "Keras's own layers treat all rows of a batch alike, so the time steps become rows and "
        "the layer is called once, on batch * time rows. Your own layer is called for each time "
        "step if the batch size is known.",
        "Time steps become rows of the batch: the layer is called once on batch * time rows.",
    ),
)

ENTRIES: Final[tuple[Entry, ...]] = (*_CELLS, *_LAYERS, *_WRAPPERS)
