"""How a model is trained: `fit` and its relatives, epochs, batches, and what runs one batch."""

from typing import Final

from densetrace.teach.entries import Entry

_MODEL = "keras/engine/training.py, Model."
_LIST = "keras/callbacks.py, CallbackList."

_TRACE_TWICE = (
    "A tf.function runs Python to record the operations in a graph, and computes nothing then: "
    "TensorFlow calls this tracing. The first run creates variables, such as the slots of the "
    "optimizer, so Python runs a second time without creating any, and that graph is kept."
)

ENTRIES: Final = (
    # -- fit and its relatives ------------------------------------------------------------------
    Entry(
        "fit",
        what="fit trains the {model_told}: {ran}. It ends with {logs_told}.",
        why="An epoch goes through the data once, in batches. Each batch updates the weights, so "
        "the next batch gets a better model.",
        where=f"{_MODEL}fit",
    ),
    Entry(
        "evaluate",
        what="evaluate measures the {model_told} without training it: {logs_told}.",
        why="No weight is updated: layers run with training=False, and the metrics are reset.",
        where=f"{_MODEL}evaluate",
    ),
    Entry(
        "predict",
        what="predict runs the {model_told} on all batches and joins the outputs: {result}.",
        why="predict only computes outputs: no loss, no metrics, no updates.",
        where=f"{_MODEL}predict",
    ),
    Entry(
        "on_batch",
        what="{function} runs {subject} on one batch: {logs_told}.",
        why="It is one step of fit, evaluate or predict, without epochs and callbacks. Metrics "
        "continue from the previous batch unless reset_metrics=True.",
        where="{place}",
    ),
    Entry(
        "data_handler",
        what="The data is split into batches: {batches_told} per epoch.",
        why="From here on, arrays, generators and datasets are all an iterator of batches. The "
        "last batch contains the remaining samples, so it may be smaller.",
        where="keras/engine/data_adapter.py, DataHandler.__init__",
    ),
    Entry(
        "make_function",
        what="{subject} creates its {function_made}, which runs one batch.",
        why="Keras creates the function once and keeps it until the next compile. As "
        "{compiled_as}, its Python code runs only while the graph is recorded; with "
        "run_eagerly=True it runs for each batch.",
        where="{place}",
    ),
    Entry(
        "make_function",
        outcome="made before",
        what="{subject} already has its {function_made}.",
        why="Keras creates the function once and keeps it, with its graph, until the next "
        "compile. So Python does not run again.",
        where="{place}",
    ),
    Entry(
        "reset_metrics",
        what="The metrics of {subject} are reset.",
        why="A metric accumulates over the batches of an epoch. You read its mean since the last "
        "reset.",
        where=f"{_MODEL}reset_metrics",
    ),
    # -- epochs and batches ---------------------------------------------------------------------
    Entry(
        "epoch",
        what="Epoch {number} goes through the data once. It ends with {logs_told}.",
        why="The loss and the metrics of an epoch are means over its batches, each computed with "
        "the weights at that time. So the loss at the end of an epoch is usually lower than its "
        "mean.",
        where=f"{_MODEL}fit",
    ),
    Entry(
        "epoch",
        outcome="several",
        what="Epochs {number}, folded into one step. They end with {logs_told}.",
        why="In long training, epochs differ only in their numbers. The History that fit "
        "returns has the numbers of each epoch.",
        where=f"{_MODEL}fit",
    ),
    Entry(
        "batch",
        what="Batch {number} runs. The metrics so far: {logs_told}.",
        why="One batch is one step of training: forward, loss, backward, update.",
        where=f"{_MODEL}fit",
    ),
    Entry(
        "batch",
        outcome="replayed",
        what="Batch {number} runs as a replay of the graph: no Python of the model runs. The "
        "metrics so far: {logs_told}.",
        why="The train function was recorded as a graph in an earlier batch. For a batch of the "
        "same shapes, only the operations of that graph run.",
        where=f"{_MODEL}make_train_function",
        note="A replay: the recorded graph runs again, without Python.",
        once=True,
    ),
    Entry(
        "batch",
        outcome="several",
        what="Batches {number}, folded into one step. The metrics after them: {logs_told}.",
        why="Each does the same with other data. --batches all records every batch in full.",
        where=f"{_MODEL}fit",
    ),
    # -- what runs a batch ----------------------------------------------------------------------
    Entry(
        "train_function",
        what="{name_of_function} runs one batch in Python: {logs_told}.",
        why="The model runs eagerly, so Python runs for each batch and every value is recorded.",
        where="{maker}",
    ),
    Entry(
        "train_function",
        outcome="traced",
        what="{name_of_function} is recorded as a graph ({times_told}), and then the graph runs: "
        "{logs_told}.",
        why=_TRACE_TWICE,
        where="{maker}",
        note="Python ran {times_told}, to record the graph: the tensors inside are symbolic. Then "
        "the graph ran on the batch.",
    ),
    Entry(
        "train_function",
        outcome="traced, with numbers",
        what="{name_of_function} is recorded as a graph ({times_told}), and then the graph runs: "
        "{logs_told}.",
        why=_TRACE_TWICE,
        where="{maker}",
        note="Python ran {times_told}, to record the graph: the tensors inside are symbolic. Then "
        "the graph ran on the batch; the numbers of the updates, under the last run of Python, are "
        "from the graph.",
    ),
    Entry(
        "train_function",
        outcome="replayed",
        what="{name_of_function} replays its graph on the batch: {logs_told}.",
        why="The graph was recorded before, so no Python of the model runs.",
        where="{maker}",
    ),
    Entry(
        "train_step",
        what="{class}.{function} runs {subject} on one batch: {data_told}.",
        why="Forward pass under a tape, loss, gradients, update, metrics. You can override it to "
        "change how the model trains.",
        where="{place}, called by the function of keras/engine/training.py, "
        "Model.make_train_function",
    ),
    Entry(
        "train_step",
        outcome="no training",
        what="{class}.{function} runs {subject} on one batch: {data_told}.",
        why="There is a forward pass but no update: only training changes weights.",
        where="{place}",
    ),
    # -- callbacks ------------------------------------------------------------------------------
    Entry(
        "callback",
        what="Keras calls {function} of {subject}, which changes nothing that Keras uses.",
        why="Keras calls each callback at fixed points of the training, so it can watch, log, "
        "save or stop.",
        where="{place}",
        note="It changes nothing that Keras uses. In epochs and batches that are not recorded in "
        "full, such calls have no line.",
        once=True,
    ),
    Entry(
        "callback",
        outcome="list",
        what="Keras calls {function} of all callbacks, one after the other.",
        why="Keras calls each callback at fixed points of the training, so it can watch, log, "
        "save or stop.",
        where="{place}",
    ),
    Entry(
        "callback",
        outcome="changes",
        what="Keras calls {function} of {subject}, which sets {changes_told}.",
        why="A callback may change the learning rate, stop the training, or count something "
        "itself.",
        where="{place}",
    ),
    Entry(
        "callback",
        outcome="stops",
        what="Keras calls {function} of {subject}, which stops the training: {changes_told}.",
        why="fit checks model.stop_training after each batch and after each epoch.",
        where="{place}",
        note="It sets model.stop_training, and fit ends after this epoch.",
    ),
)
