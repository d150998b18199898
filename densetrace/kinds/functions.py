"""Computation: `op`, `activation`, `regularize` and `constrain`."""

from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Tensor
from densetrace.data.wording import plain, short
from densetrace.kinds.kind import Effect, Kind, by_kind_and_point, loosely_by_point
from densetrace.kinds.label import called, gives, point_end, subject
from densetrace.kinds.raw_operations import is_bookkeeping
from densetrace.kinds.spans import Spans


def _op(step: Step) -> Spans:
    return called(point_end(step, 1), _operands(step), gives(step))


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
        step.point == "tf.cast"
        and isinstance(given, Tensor)
        and isinstance(cast, Tensor)
        and given.dtype == cast.dtype
    )


_MADE_OF_OPERATIONS: Final = ("activation", "initialize", "regularize", "constrain", "op")


def _is_inner(step: Step, parent: Step | None) -> bool:
    """Whether a function of Keras or TensorFlow consists of this operation and its like."""
    if parent is None or parent.kind not in _MADE_OF_OPERATIONS:
        return False
    return parent.point.startswith(("keras.", "tf."))


def _is_inner_or_casts_to_same_dtype(step: Step, parent: Step | None) -> bool:
    """Whether a line shows this operation already: that of the function it is part of."""
    return _is_inner(step, parent) or _casts_to_same_dtype(step, parent)


def _is_repeated(step: Step, parent: Step | None) -> bool:
    return _is_inner_or_casts_to_same_dtype(step, parent) or is_bookkeeping(step, parent)


def _run(step: Step, name: str) -> tuple[Effect, Effect]:
    function = plain(point_end(step, 1))
    return Effect("runs", f"{function} too"), Effect("does", f"not run {function}")


def _activation(step: Step) -> Spans:
    tensors = [short(value) for value in step.inputs.values() if isinstance(value, Tensor)]
    return called(point_end(step, 1), tensors, gives(step))


def _of_object(step: Step) -> Spans:
    """A call of a regularizer or a constraint: `L2#1(f32[3,3]) → f32[] = 0.02`."""
    return called(subject(step), map(short, step.inputs.values()), gives(step))


def _work(step: Step, name: str) -> tuple[Effect, Effect]:
    does = f"{step.kind} a weight"
    return Effect("makes", f"{plain(step.subject)} {does}"), Effect("does", f"not {does}")


KINDS: Final = (
    Kind(
        name="op",
        label=_op,
        is_repeated=_is_repeated,
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
        label=_of_object,
        effect=_work,
        acts_for_object=True,
    ),
    Kind(name="constrain", label=_of_object, effect=_work, acts_for_object=True),
)
