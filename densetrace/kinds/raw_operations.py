"""The bookkeeping operations of a real Keras, which the author level leaves out."""

from collections.abc import Iterable, Iterator

from densetrace.data.operations import COMPUTE_SIZES, FRAMEWORK_LEVEL, RAW, READ_SIZES, TRACING
from densetrace.data.steps import Absent, Step
from densetrace.data.values import Items, Tensor, Value


def is_bookkeeping(step: Step, parent: Step | None) -> bool:
    """Whether a raw operation explains nothing, or is run by Keras around a layer's `call`."""
    if step.point == TRACING:  # layers may be called while it traces
        return all(child.kind == "op" for child in step.children)
    if not step.point.startswith(RAW):
        return False
    name = step.point.removeprefix(RAW)
    if name in FRAMEWORK_LEVEL or (_is_asked_by_keras(step) and _is_about_sizes(name, step)):
        return True
    if parent is None or parent.kind == "call":
        return False
    return parent.point.startswith(("keras.", "tf."))


def _is_asked_by_keras(step: Step) -> bool:
    return step.where is not None and step.where.file.startswith(("keras/", "tf_keras/"))


def _is_about_sizes(name: str, step: Step) -> bool:
    """Whether an operation reads sizes, or computes with integers of at most one dimension."""
    if name not in COMPUTE_SIZES:
        return name in READ_SIZES
    tensors = [*_tensors(step.inputs.values()), *_tensors((step.result,))]
    return all(one.dtype.startswith("int") and len(one.shape) <= 1 for one in tensors)


def _tensors(values: Iterable[Value | Absent]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, Items):
            yield from _tensors(value.items)
