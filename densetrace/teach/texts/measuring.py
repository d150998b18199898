"""How outputs are measured: losses and metrics, resolved with the first outputs."""

from typing import Final

from densetrace.teach.entries import Entry

_LOSSES = "keras/engine/compile_utils.py, LossesContainer."
_METRICS = "keras/engine/compile_utils.py, MetricsContainer."

ENTRIES: Final = (
    Entry(
        "compute_loss",
        what="{class_or_subject}.compute_loss computes the total loss: {result}.",
        why="The total loss is the one number that training minimizes: the weighted compiled "
        "losses plus the penalties of regularizers and add_loss.",
        where="keras/engine/training.py, Model.compute_loss",
    ),
    Entry(
        "losses_call",
        what="The loss container compares the predictions with the targets, and adds the "
        "penalties in model.losses: {result}.",
        why="A model may have several outputs, each with a loss. The container adds up the "
        "weighted losses and tracks their mean as the metric 'loss'.",
        where=f"{_LOSSES}__call__",
    ),
    Entry(
        "losses_build",
        what="The losses are resolved now, because the outputs are known.",
        why="compile only stored your arguments. One loss may apply to several outputs, so Keras "
        "waits for the first predictions to match them.",
        where=f"{_LOSSES}build",
        note="The loss is looked up now, not in compile, so a misspelled name raises an error "
        "here.",
        once=True,
    ),
    Entry(
        "loss_resolve",
        what="The loss {identifier_told} becomes {found_told}.",
        why="Keras looks up a function by name and wraps it in a Loss, which applies sample "
        "weights and averages over the batch.",
        where=f"{_LOSSES}_get_loss_object",
    ),
    Entry(
        "loss",
        what="{loss_name} compares predictions and targets: {result}.",
        why="The loss of each sample is weighted, then averaged over the batch.",
        where="keras/losses.py, Loss.__call__",
    ),
    Entry(
        "loss_call",
        what="{loss_name} computes the loss of each sample: {result}.",
        why="This is the formula of the loss, before the mean over the batch.",
        where="{place}",
    ),
    Entry(
        "validate",
        what="Keras checks that there is a loss, and a target for it.",
        why="Without a loss there is nothing to minimize. The check comes after the forward pass, "
        "so such a mistake shows late.",
        where="keras/engine/training.py, Model._validate_target_and_loss",
    ),
    Entry(
        "compute_metrics",
        what="The metrics of {subject} are updated with this batch: {logs_told}.",
        why="Metrics use the outputs from before the update: they describe the model as it was "
        "for this batch.",
        where="keras/engine/training.py, Model.compute_metrics",
        note="The metrics use the outputs from before the update.",
        level="framework",
        once=True,
    ),
    Entry(
        "metrics_update",
        what="The metric container passes predictions and targets to each metric.",
        why="There may be several outputs with several metrics each. Weighted metrics also get "
        "the sample weights.",
        where=f"{_METRICS}update_state",
    ),
    Entry(
        "metrics_build",
        what="The metrics are resolved now, because the outputs are known.",
        why="Which function 'accuracy' means depends on the shapes of targets and outputs.",
        where=f"{_METRICS}build",
    ),
    Entry(
        "metric_resolve",
        what="The metric {identifier_told} becomes {found_told}.",
        why="'accuracy' is binary for one output, sparse for integer targets with several "
        "outputs, and categorical for targets of the outputs' shape.",
        where=f"{_METRICS}_get_metric_object",
    ),
    Entry(
        "metric_resolve",
        outcome="accuracy",
        what="'{metric_told}' becomes {found_told}: the targets are {targets_told} and the "
        "outputs {outputs_told}.",
        why="It is binary for one output, sparse for integer targets with several outputs, and "
        "categorical for targets of the outputs' shape.",
        where=f"{_METRICS}_get_metric_object",
        note="The shapes of targets ({targets_told}) and outputs ({outputs_told}) select "
        "{found_told}.",
    ),
    Entry(
        "update_state",
        what="The metric {subject} is updated with a batch.",
        why="A metric keeps sums in its own variables, so Keras can compute a mean over an epoch "
        "without reading a batch twice.",
        where="{place}",
    ),
    Entry(
        "update_state",
        outcome="mean loss",
        what="The mean {subject} adds a batch: its value times its weight to the sum, its weight "
        "to the count. It returns the count of examples so far: {result}.",
        why="The weight of a batch's loss is the batch size, so a smaller last batch counts less "
        "in the mean of the epoch.",
        where="{place}",
        note="sample_weight is the batch size here; the result is the count of examples so far.",
        once=True,
    ),
    Entry(
        "reset_state",
        what="The metric {subject} is reset.",
        why="Its sums go back to zero, so its next result covers only the next epoch.",
        where="{place}",
    ),
    Entry(
        "metrics_result",
        what="{subject} reads the result of each metric: {logs_told}.",
        why="These numbers are the logs that callbacks and History get.",
        where="keras/engine/training.py, Model.get_metrics_result",
    ),
    Entry(
        "metric_result",
        what="The metric {subject} is {result} so far.",
        why="A mean is the sum so far divided by the count so far.",
        where="{place}",
    ),
)
