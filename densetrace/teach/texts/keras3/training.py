"""How a model of Keras 3 is trained, where it differs from Keras 2."""

from typing import Final

from densetrace.teach.entries import Entry

_TRAINER = "keras/src/trainers/trainer.py, Trainer."
_BACKEND = "keras/src/backend, the trainer of your backend"
_UTILS = "keras/src/trainers/compile_utils.py, "
PLACES: Final = {
    "fit": f"{_BACKEND}: fit",
    "evaluate": f"{_BACKEND}: evaluate",
    "predict": f"{_BACKEND}: predict",
    "data_handler": "keras/src/trainers/epoch_iterator.py, EpochIterator.__init__",
    "make_function": f"{_BACKEND}: {{function}}",
    "reset_metrics": f"{_TRAINER}reset_metrics",
    "epoch": f"{_BACKEND}: fit",
    "batch": f"{_BACKEND}: fit",
    "train_function": f"{_BACKEND}: {{name_of_function}}",
    "train_step": f"{_BACKEND}: {{function}}",
    "callback": "{place}",
    "compute_loss": f"{_TRAINER}compute_loss",
    "loss_resolve": f"{_UTILS}get_loss",
    "loss": "keras/src/losses/loss.py, Loss.__call__",
    "loss_call": "{place}",
    "compute_metrics": f"{_TRAINER}compute_metrics",
    "metrics_update": f"{_UTILS}CompileMetrics.update_state",
    "metrics_build": f"{_UTILS}CompileMetrics.build",
    "metric_resolve": f"{_UTILS}get_metric",
    "update_state": "{place}",
    "reset_state": "{place}",
    "metrics_result": f"{_TRAINER}get_metrics_result",
    "metric_result": "{place}",
    "gradient": "tf.GradientTape.gradient",
    "backward": "tf.GradientTape.gradient",
    "apply_gradients": "{place}",
    "optimizer_build": "{place}",
    "slot": "{place}",
    "clip": "{place}",
    "weight_decay": "{place}",
    "schedule": "{place}",
    "update": "{place}",
    "average": "{place}",
    "finalize": "{place}",
}
"""The kinds of training whose texts are also true on Keras 3 -> where their code is there."""

TAKEN_OVER: Final = {
    ("losses_build", "", ""): f"{_UTILS}CompileLoss.build",
}
"""Texts of Keras 2 that are true here too, by their keys, with their places."""

ENTRIES: Final = (
    Entry(
        "compile",
        what="compile gives the {model_told} its optimizer, {optimizer_made}.",
        why="It prepares for training. The weights of the layers stay as they are.",
        where=f"{_TRAINER}compile",
    ),
    Entry(
        "compile",
        outcome="put off",
        what="compile looks up the optimizer now: {optimizer_made}. It wraps {put_off_names} in a "
        "CompileLoss and a CompileMetrics, which look names up at the first training or "
        "evaluation step.",
        why="What 'accuracy' means depends on the shapes of the outputs, so Keras resolves such "
        "names only when it knows them.",
        where=f"{_TRAINER}compile",
        note="Resolves the optimizer ({optimizer_made}). Only the first training or evaluation "
        "step resolves {put_off_arguments} and rejects unknown names.",
    ),
    Entry(
        "on_batch",
        what="{function} runs {subject} on one batch: {logs_told}.",
        why="It is one step of fit, evaluate or predict, without epochs and callbacks. Metrics "
        "continue from the previous batch; model.reset_metrics() resets them.",
        where=f"{_BACKEND}: {{function}}",
    ),
    Entry(
        "losses_call",
        what="The compiled losses compare the predictions with the targets: {result}.",
        why="A model may have several outputs, each with a loss. CompileLoss adds up the weighted "
        "losses; compute_loss adds the penalties in model.losses afterwards.",
        where=f"{_UTILS}CompileLoss.__call__",
    ),
)
