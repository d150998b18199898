"""Questions about losses and metrics: which function is used, and what the loss consists of."""

from collections.abc import Iterator
from typing import Final

from densetrace.data.names import usual
from densetrace.data.steps import Step
from densetrace.data.values import Function, Tensor
from densetrace.data.wording import given, in_sentence, plain
from densetrace.teach.quiz.kinds.training import TOPIC, around
from densetrace.teach.quiz.model import Draft, Kind, Option
from densetrace.teach.quiz.options import only_wrong
from densetrace.teach.quiz.run import Run, brief

_CROSSENTROPIES: Final = (
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "binary_crossentropy",
)
_ACCURACIES: Final = (
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
)


def _function(step: Step) -> str:
    """The function that a loss or metric was resolved to; empty if there is none."""
    function = step.facts.get("function")
    return plain(function.name) if isinstance(function, Function) else ""


def _which_loss(step: Step, run: Run) -> Iterator[Draft]:
    """Which loss does a name stand for?"""
    name, right = given(step, "loss"), _function(step)
    # The question would give the answer away if the function had the same name.
    if step.error is not None or not isinstance(name, str) or right in ("", name):
        return
    others = [loss for loss in _CROSSENTROPIES if loss != right]
    plausible = [loss for loss in usual("losses") if "_" in loss and loss not in (right, *others)]
    yield Draft(
        core=f"which loss {right}",
        ask=f"compile was called with loss={in_sentence(name)}, and the first outputs are known. "
        "Which function computes the loss?",
        right=right,
        wrong=(
            *(Option(loss, "the-loss-follows-the-shapes") for loss in others[:2]),
            *only_wrong(plausible[:1] if others else plausible[:3]),
        ),
        hint="The name of a loss always means the same function.",
        because=f"losses.get({in_sentence(name)}) returns {right}, whatever the shapes are.",
        proof=(step,),
    )


def _which_accuracy(step: Step, run: Run) -> Iterator[Draft]:
    """Which of the accuracies does 'accuracy' become?"""
    name, right = given(step, "metric"), _function(step)
    targets, outputs = given(step, "y_t"), given(step, "y_p")
    if name not in ("accuracy", "acc") or right not in _ACCURACIES:
        return
    if not isinstance(targets, Tensor) or not isinstance(outputs, Tensor) or not outputs.shape:
        return
    yield Draft(
        core=f"which accuracy {right}",
        ask=f"compile was called with metrics=[{in_sentence(name)}]. The targets have the shape "
        f"{targets.shape} and the outputs {outputs.shape}. Which function is used?",
        right=right,
        wrong=(
            *only_wrong(one for one in _ACCURACIES if one != right),
            Option("accuracy: one function for all shapes", "accuracy-is-one-function"),
        ),
        hint="Look at the last size of the outputs, then at that of the targets.",
        because=_REASONS[right],
        proof=(step,),
    )


_REASONS: Final = {
    "binary_accuracy": "The last size of the outputs is 1.",
    "categorical_accuracy": "Targets and outputs both have several numbers per example.",
    "sparse_categorical_accuracy": "The outputs have several numbers per example, the targets one.",
}


def _loss_parts(step: Step, run: Run) -> Iterator[Draft]:
    """What does the loss consist of?"""
    outer = around(run, step, "train_step")
    losses = [*run.inside(step, "loss")]
    if step.error is not None or outer is None or len(losses) != 1:
        return
    end = run.position(step)
    penalties = [
        one
        for one in run.inside(outer, "regularize")
        if run.position(one) < end or around(run, one, "compute_loss") is step
    ]
    right, with_penalties = "the error of the outputs", "the error of the outputs, and penalties"
    if penalties:
        right, with_penalties = with_penalties, right
    yield Draft(
        core=f"loss parts {bool(penalties)}",
        ask=f"{brief(step.point)} returns one number, which training minimizes. What does it "
        "include?",
        right=right,
        wrong=(
            Option(
                with_penalties,
                "penalties-are-not-in-the-loss" if penalties else "there-is-always-a-penalty",
            ),
            Option("the error of the outputs, and the metrics", "metrics-steer-training"),
            Option("the metrics only"),
        ),
        hint="Does a layer of this model have a regularizer?",
        because="A regularizer computed a penalty in this step, which is added."
        if penalties
        else "No regularizer ran in this step, so there is no penalty.",
        proof=(step, *penalties[:3]),
    )


KINDS: Final = (
    Kind("which-loss", TOPIC, "which loss a name means", ("loss_resolve",), _which_loss),
    Kind("which-accuracy", TOPIC, "which accuracy is used", ("metric_resolve",), _which_accuracy),
    Kind("loss-parts", TOPIC, "what the loss includes", ("compute_loss",), _loss_parts),
)
