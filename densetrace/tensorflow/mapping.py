"""A function of each element along the first axis: `tf.map_fn`, `tf.vectorized_map`.

Follows tensorflow/python/ops: map_fn.py, parallel_for/control_flow_ops.py.
"""

from collections.abc import Callable
from typing import Any

from densetrace.tensorflow.control_flow import _traced, while_loop
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.nest import flatten, map_structure, pack_like
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.comparisons import less
from densetrace.tensorflow.ops.creating import zeros, zeros_like
from densetrace.tensorflow.ops.joining import concat, stack
from densetrace.tensorflow.ops.math import add
from densetrace.tensorflow.ops.shaping import expand_dims, shape
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import GraphTensor, current_graph, refuse_symbols


@export("map_fn")
def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: Any = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: Any = None,
    fn_output_signature: Any = None,
) -> Any:
    """The results of `fn` for each element of a tensor along its first axis, or of a nest of
    tensors, stacked: [n, *shape of a result].

    Raises:
        TypeError: when `fn` is not callable, or returns another dtype than the signature says.
        ValueError: when there is nothing to map over, or the first sizes differ.
    """
    if not callable(fn):
        raise TypeError(f"The provided function {fn!r:.80} is not callable. fn must be callable.")
    tensors = [convert_to_tensor(one) for one in flatten(elems)]
    refuse_symbols("tf.map_fn", tensors)
    if not tensors:
        raise ValueError("elems must be a Tensor or (possibly nested) sequence of Tensors.")
    for one in tensors:
        if one.shape.rank == 0:
            raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
    count = _common_size(tensors)
    signature = fn_output_signature if fn_output_signature is not None else dtype
    if count is None:
        result, stacked = _mapped_in_graph(fn, elems, tensors)
        return pack_like(result, _checked_dtypes(stacked, tensors, signature))
    results = [fn(pack_like(elems, [one[at] for one in tensors])) for at in range(count)]
    if not results:
        wanted = tensors[0].dtype if signature is None else signature
        return map_structure(lambda one: _empty(tensors[0], one), wanted)
    columns = list(zip(*[flatten(result) for result in results], strict=True))
    stacked = [stack([convert_to_tensor(item) for item in column]) for column in columns]
    return pack_like(results[0], _checked_dtypes(stacked, tensors, signature))


def _common_size(tensors: list[Any]) -> int | None:
    """The first size of all tensors; None if no shape says it.

    Raises:
        ValueError: when two have different ones.
    """
    common = TensorShape([None])
    for one in tensors:
        common = common.merge_with(one.shape[:1])
    size: int | None = common[0]
    return size


def _checked_dtypes(stacked: list[Any], tensors: list[Any], signature: Any) -> list[Any]:
    """The results of `tf.map_fn`, which must have the dtypes of its signature.

    Raises:
        TypeError: when one has another.
    """
    expected = [one.dtype for one in tensors] if signature is None else flatten(signature)
    if len(expected) == len(stacked):
        for one, found in zip(expected, stacked, strict=True):
            wanted = as_dtype(getattr(one, "dtype", one))
            if found.dtype != wanted:
                raise TypeError(
                    f"map_fn expects results of dtype {wanted.name}: give fn_output_signature. "
                    f"Received: {found.dtype.name}"
                )
    return stacked


def _mapped_in_graph(
    fn: Callable[[Any], Any], elems: Any, tensors: list[Any]
) -> tuple[Any, list[Any]]:
    """One result of a function, and its results for elements whose number only a run of the graph
    knows, stacked: a loop that collects them.

    There must be one element at least: it gives the shapes.
    """
    count = shape(tensors[0])[0]
    first = fn(pack_like(elems, [one[0] for one in tensors]))
    rows = [expand_dims(convert_to_tensor(one), 0) for one in flatten(first)]

    def body(done: Any, *kept: Any) -> list[Any]:
        result = flatten(fn(pack_like(elems, [one[done] for one in tensors])))
        fresh = [expand_dims(convert_to_tensor(one), 0) for one in result]
        joined = [concat([old, new], 0) for old, new in zip(kept, fresh, strict=True)]
        return [add(done, 1), *joined]

    shapes = [TensorShape([None]).concatenate(one.shape[1:]) for one in rows]
    found = while_loop(
        lambda done, *kept: less(done, count),
        body,
        [convert_to_tensor(1), *rows],
        [TensorShape(()), *shapes],
    )
    return first, list(found[1:])


def _empty(like: Any, dtype: Any) -> Any:
    return zeros_like(like, as_dtype(getattr(dtype, "dtype", dtype)))


@export("vectorized_map")
def vectorized_map(
    fn: Callable[[Any], Any], elems: Any, fallback_to_while_loop: bool = True, warn: bool = True
) -> Any:
    """The results of `fn` for each element of a tensor along its first axis, or of a nest of
    tensors, stacked. The element of a tensor that has only one is used each time.

    Raises:
        InvalidArgumentError: when the first sizes differ, and are not 1.
    """
    tensors = [convert_to_tensor(one) for one in flatten(elems)]
    refuse_symbols("tf.vectorized_map", tensors)
    sizes = [one.shape[0] for one in tensors]
    if None in sizes:
        result, stacked = _mapped_in_graph(fn, elems, tensors)
        return pack_like(result, stacked)
    count = max(sizes)
    if not count:
        return _of_no_elements(fn, elems, tensors)
    if not {1, count}.issuperset(sizes):
        raise InvalidArgumentError(
            f"tf.vectorized_map needs tensors with one first size, or 1. Received: {sizes}"
        )
    results = [
        fn(pack_like(elems, [one[0 if size == 1 else at]
                             for one, size in zip(tensors, sizes, strict=True)]))
        for at in range(count)
    ]  # fmt: skip
    columns = zip(*[flatten(result) for result in results], strict=True)
    stacked = [stack([convert_to_tensor(item) for item in column]) for column in columns]
    return pack_like(results[0], stacked)


def _of_no_elements(fn: Callable[[Any], Any], elems: Any, tensors: list[Any]) -> Any:
    """The results for no elements, whose shapes and dtypes come from tracing the function."""
    outer = current_graph()
    symbols = [
        GraphTensor(one.shape[1:], one.dtype, f"element_{at}:0", outer)
        for at, one in enumerate(tensors)
    ]
    _, result = _traced("loop_body", fn, symbols, [pack_like(elems, symbols)], outer)
    return map_structure(lambda one: zeros([0, *one.shape], one.dtype), result)
