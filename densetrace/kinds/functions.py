"""Computation: `op`, `activation` and `regularize`."""

from typing import Final

from densetrace.data.public_names import PUBLIC_NAMES
from densetrace.data.steps import Step
from densetrace.data.values import Tensor
from densetrace.data.wording import called_by, plain, short
from densetrace.kinds.kind import Effect, Kind, by_kind_and_point, loosely_by_point
from densetrace.kinds.label import called, gives, object_called, point_end
from densetrace.kinds.raw_operations import is_bookkeeping
from densetrace.kinds.spans import Spans

FRAMEWORKS: Final = ("densetrace/", "keras/", "tf_keras/")
"""The prefixes of file names in Keras, in the mirrored stack and in real ones."""

ACTIVITY: Final = "_handle_activity_regularization"
"""The function of Keras that adds the penalty of an output to the losses."""


def _op(step: Step) -> Spans:
    return called(_name(step), _operands(step), gives(step))


def _name(step: Step) -> str:
    """The function that an author calls to run an operation: `where`, for `tf.raw_ops.SelectV2`."""
    public = PUBLIC_NAMES.get(step.point)
    return point_end(step, 1) if public is None else public.rpartition(".")[2]


def _operands(step: Step) -> list[str]:
    """Tensors by position, other arguments by name, without those at None and without the seed
    of random numbers."""
    return [
        short(value) if isinstance(value, Tensor) else f"{name}={short(value)}"
        for name, value in step.inputs.items()
        if value is not None and name != "seed"
    ]


def _casts_to_same_dtype(step: Step, parent: Step | None) -> bool:
    given, cast = next(iter(step.inputs.values()), None), step.result
    return (
        step.point in ("tf.cast", "keras.ops.core.cast", "keras.ops.core.convert_to_tensor")
        and isinstance(given, Tensor)
        and isinstance(cast, Tensor)
        and given.dtype == cast.dtype
    )


IN_TRAINING: Final = (
    "train_function", "train_step", "compute_loss", "losses_call", "losses_build", "loss",
    "loss_call", "minimize", "compute_gradients", "gradient", "backward", "apply_gradients",
    "scale_loss", "unscale_gradients", "finite_check", "update_scale",
    "optimizer_build", "slot", "clip", "weight_decay", "schedule", "update", "average", "finalize",
    "compute_metrics", "metrics_update", "metrics_build", "metric_resolve", "update_state",
    "metrics_result", "metric_result", "reset_state", "reset_metrics", "fit", "evaluate",
    "predict", "on_batch", "epoch", "batch", "callback", "data_handler",
)  # fmt: skip
"""The kinds of steps of training, inside which operations run."""

_MADE_OF_OPERATIONS: Final = frozenset(
    (
        "activation",
        "initialize",
        "regularize",
        "constrain",
        "op",
        "add_weight",
        "variable",
        *IN_TRAINING,
    )
)  # fmt: skip
"""The kinds of functions of Keras or TensorFlow whose operations explain no more than their own
step."""


def _is_inner(step: Step, parent: Step | None) -> bool:
    """Whether a function of Keras or TensorFlow consists of this operation and its like: the step
    around it, or the function that divides the penalty of an output by the batch size."""
    if parent is None:
        return False
    if parent.kind in _MADE_OF_OPERATIONS:
        return parent.point.startswith(("keras.", "tf."))
    return called_by(step, ACTIVITY)


def _runs_in_unrecorded_function(step: Step, parent: Step | None) -> bool:
    """Whether a function of Keras that is no hook point, such as a loss or a metric, runs this
    operation without any recorded step around it."""
    where = step.where
    is_keras = where is not None and where.file.startswith(FRAMEWORKS)
    return parent is None and (is_keras or "within" in step.facts)


def _says_nothing_new(step: Step, parent: Step | None) -> bool:
    """Whether an author need not see this operation: it is a part of a function of Keras, a cast
    that changes nothing, or bookkeeping of TensorFlow."""
    return (
        _is_inner(step, parent)
        or _casts_to_same_dtype(step, parent)
        or _runs_in_unrecorded_function(step, parent)
        or is_bookkeeping(step, parent)
    )


def _run(step: Step, name: str) -> tuple[Effect, Effect]:
    function = plain(_name(step))
    return Effect("also runs", function), Effect("skips", function)


def _activation(step: Step) -> Spans:
    tensors = [short(value) for value in step.inputs.values() if isinstance(value, Tensor)]
    return called(point_end(step, 1), tensors, gives(step))


def _work(step: Step, name: str) -> tuple[Effect, Effect]:
    regularizer = plain(step.subject)
    return Effect("computes", f"the penalty of {regularizer}"), Effect(
        "skips", f"the penalty of {regularizer}"
    )


KINDS: Final = (
    Kind(
        name="op",
        label=_op,
        is_repeated=_says_nothing_new,
        is_inner=_is_inner,
        effect=_run,
        identity=by_kind_and_point,
        loose_identity=loosely_by_point,
        not_said=frozenset(("seed",)),  # a random number, or said by the object that holds it
        takes_input=True,
        # The nodes of a TensorFlow graph have names; NumPy's operations have none.
        not_compared=frozenset(("name",)),
    ),
    Kind(
        name="activation",
        label=_activation,
        effect=_run,
        identity=by_kind_and_point,
        of_attribute=True,
        goes_by_any_name=True,
        # `dim` is what TensorFlow 1 called `axis`.
        not_compared=frozenset(("name", "dim")),
    ),
    Kind(
        name="regularize",
        label=object_called,
        effect=_work,
        acts_for_object=True,
    ),
)
