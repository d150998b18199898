"""Computation: `op`, `activation`, `regularize` and `constrain`."""

from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.data.operations import FRAMEWORK_LEVEL, ON_SIZES, RAW, TRACING
from densetrace.data.steps import Absent, Step
from densetrace.data.values import Items, Tensor, Value
from densetrace.data.wording import plain, short
from densetrace.kinds.kind import Effect, Kind, by_kind_and_point, loosely_by_point
from densetrace.kinds.label import called, gives, point_end, subject
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
    return parent.point.startswith(_OF_FRAMEWORKS)


_OF_FRAMEWORKS: Final = ("keras.", "tf.", "tensorflow.")


def _is_bookkeeping(step: Step, parent: Step | None) -> bool:
    """Whether a raw operation explains nothing, or is run by Keras around a layer's `call`."""
    if step.point == TRACING:  # layers that were called while it traced are shown
        return all(child.kind == "op" for child in step.children)
    if not step.point.startswith(RAW):
        return False
    name = step.point.removeprefix(RAW)
    if name in FRAMEWORK_LEVEL or (name in ON_SIZES and _computes_sizes(step)):
        return True
    if parent is None or parent.kind == "call":
        return False
    return parent.point.startswith(_OF_FRAMEWORKS)


def _computes_sizes(step: Step) -> bool:
    """Whether all tensors of an operation are integers of at most one dimension."""
    tensors = [*_tensors(step.inputs.values()), *_tensors((step.result,))]
    return all(one.dtype.startswith("int") and len(one.shape) <= 1 for one in tensors)


def _tensors(values: Iterable[Value | Absent]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, Items):
            yield from _tensors(value.items)


def _is_shown_elsewhere(step: Step, parent: Step | None) -> bool:
    """Whether the author level needs no line for this operation: the function that it is part of
    has one, or it computes nothing."""
    if _is_inner(step, parent) or _casts_to_same_dtype(step, parent):
        return True
    return _is_bookkeeping(step, parent)


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
        is_repeated=_is_shown_elsewhere,
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
