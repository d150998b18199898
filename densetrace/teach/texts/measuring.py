"""How outputs are measured: losses and metrics, resolved with the first outputs."""

from typing import Final

from densetrace.teach.entries import Entry

_LOSSES = "keras/engine/compile_utils.py, LossesContainer."
_METRICS = "keras/engine/compile_utils.py, MetricsContainer."

ENTRIES: Final = (
    Entry(
        "compute_loss",
        what="{class_or_subject}.compute_loss computes the total loss: {result}.",
        why="The total loss is one number to make smaller: the compiled losses, weighted, plus "
        "the penalties of regularizers and add_loss.",
        where="keras/engine/training.py, Model.compute_loss",
    ),
    Entry(
        "losses_call",
        what="The loss container compares the predictions with the targets, and adds the "
        "penalties in model.losses: {result}.",
        why="There may be an output and a loss for each name. The container weights each loss, "
        "adds them up, and keeps the mean as the metric 'loss'.",
        where=f"{_LOSSES}__call__",
    ),
    Entry(
        "losses_build",
        what="The losses are resolved: the outputs are known now.",
        why="Before this, compile only kept what you wrote. One loss may serve several outputs, "
        "so Keras waits for the first predictions to pair them.",
        where=f"{_LOSSES}build",
        note="The loss is looked up now, not in compile: this is where a misspelt name raises.",
        once=True,
    ),
    Entry(
        "loss_resolve",
        what="The loss {identifier_told} becomes {found_told}.",
        why="A name finds a function. Keras wraps it in a Loss, which averages over the batch and "
        "applies sample weights.",
        where=f"{_LOSSES}_get_loss_object",
    ),
    Entry(
        "loss",
        what="{loss_name} compares predictions and targets: {result}.",
        why="The loss of each sample is weighted, then the mean over the batch is taken.",
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
        why="Without a loss there is nothing to make smaller. The check comes after the forward "
        "pass, so such a mistake is found late.",
        where="keras/engine/training.py, Model._validate_target_and_loss",
    ),
    Entry(
        "compute_metrics",
        what="The metrics of {subject} take in this batch: {logs_told}.",
        why="Metrics see the outputs from before the update: they tell how the model did, not how "
        "it does now.",
        where="keras/engine/training.py, Model.compute_metrics",
        note="The metrics use the outputs from before the update.",
        level="framework",
        once=True,
    ),
    Entry(
        "metrics_update",
        what="The metric container gives predictions and targets to each metric.",
        why="There may be several outputs with several metrics each. Weighted metrics also get "
        "the sample weights.",
        where=f"{_METRICS}update_state",
    ),
    Entry(
        "metrics_build",
        what="The metrics are resolved: the outputs are known now.",
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
        note="By the shapes of targets ({targets_told}) and outputs ({outputs_told}), this is "
        "{found_told}.",
    ),
    Entry(
        "update_state",
        what="The metric {subject} takes in a batch.",
        why="A metric keeps sums in variables of its own, so a mean over an epoch needs no batch "
        "twice.",
        where="{place}",
    ),
    Entry(
        "reset_state",
        what="The metric {subject} starts anew.",
        why="Its sums go back to zero, so that its next result is about the next epoch alone.",
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
