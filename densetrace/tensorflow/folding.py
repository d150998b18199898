"""Functions that run over the elements of a tensor, each with the result of the one before:
`tf.foldl`, `tf.foldr`, `tf.scan`; and a choice among several functions: `tf.switch_case`.

Follows tensorflow/python/ops/functional_ops.py and control_flow_switch_case.py.
"""

from collections.abc import Callable
from typing import Any

from densetrace.tensorflow.control_flow import cond, while_loop
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.nest import flatten, pack_like
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.comparisons import equal, less
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.joining import concat, stack
from densetrace.tensorflow.ops.math import add, subtract
from densetrace.tensorflow.ops.shaping import expand_dims, shape
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.symbolic import current_graph
from densetrace.tensorflow.tensor import Operators


class _Elements:
    """The elements of a nest of tensors along their first axis."""

    def __init__(self, fn: Any, elems: Any) -> None:
        if not callable(fn):
            raise TypeError(f"{fn!r:.80} is not callable")
        self.structure = elems
        self.tensors = [convert_to_tensor(one) for one in flatten(elems)]
        if not self.tensors:
            raise ValueError("elems must be a Tensor or (possibly nested) sequence of Tensors.")
        for one in self.tensors:
            if one.shape.rank == 0:
                raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
        self.count = next((one.shape[0] for one in self.tensors if one.shape[0] is not None), None)

    def at(self, place: Any) -> Any:
        """The elements at a place, in the structure that was given."""
        return pack_like(self.structure, [one[place] for one in self.tensors])

    def beginning(self, initializer: Any, is_reversed: bool) -> tuple[Any, int]:
        """The initial value of a fold, and how many elements it uses up."""
        if initializer is not None:
            leaves = [convert_to_tensor(one) for one in flatten(initializer)]
            return pack_like(initializer, leaves), 0
        if self.count == 0:
            raise ValueError("A fold of no elements needs an initializer.")
        return self.at(-1 if is_reversed else 0), 1


def _folded(fn: Any, elems: Any, initializer: Any, is_reversed: bool) -> Any:
    elements = _Elements(fn, elems)
    total, used = elements.beginning(initializer, is_reversed)
    if elements.count is not None:
        places = range(used, elements.count)
        for place in places:
            total = fn(total, elements.at(elements.count - 1 - place if is_reversed else place))
        return total
    count = shape(elements.tensors[0])[0]

    def body(done: Any, held: Any) -> Any:
        place = subtract(subtract(count, 1), done) if is_reversed else done
        return [add(done, 1), fn(held, elements.at(place))]

    begin = convert_to_tensor(used)
    return while_loop(lambda done, held: less(done, count), body, [begin, total])[1]


@export("foldl")
def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: Any = None,
) -> Any:
    """`fn(fn(initializer, elems[0]), elems[1])` and so on, from the first element to the last.

    Without an initializer the fold begins with the first element. `elems` may be a nest of
    tensors: [n, ...] each.

    Raises:
        TypeError: when `fn` is not callable.
        ValueError: when there is nothing to fold.
    """
    return _folded(fn, elems, initializer, False)


@export("foldr")
def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: Any = None,
) -> Any:
    """As `tf.foldl`, from the last element to the first.

    Raises:
        TypeError: when `fn` is not callable.
        ValueError: when there is nothing to fold.
    """
    return _folded(fn, elems, initializer, True)


@export("scan")
def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: Any = None,
) -> Any:
    """As `tf.foldl`, but with all results on the way, stacked: [n, *shape of a result]. With
    `reverse` it runs from the last element to the first, and each result stays at the place of its
    element.

    Raises:
        TypeError: when `fn` is not callable.
        ValueError: when there is nothing to scan.
    """
    elements = _Elements(fn, elems)
    total, used = elements.beginning(initializer, reverse)
    results: list[Any] = [total] if used else []
    if elements.count is None:
        return _scanned_in_graph(fn, elements, total, used, reverse)
    for place in range(used, elements.count):
        total = fn(total, elements.at(elements.count - 1 - place if reverse else place))
        results.append(total)
    if not results:
        return pack_like(total, [zeros_like(expand_dims(one, 0))[:0] for one in flatten(total)])
    columns = zip(*[flatten(one) for one in (results[::-1] if reverse else results)], strict=True)
    return pack_like(
        total, [stack([convert_to_tensor(one) for one in column]) for column in columns]
    )


def _scanned_in_graph(fn: Any, elements: _Elements, total: Any, used: int, reverse: bool) -> Any:
    """A scan over elements whose number only a run of the graph knows: a loop that collects."""
    count = shape(elements.tensors[0])[0]
    begin = flatten(total)
    rows = [expand_dims(one, 0) for one in begin]
    collected = rows if used else [one[:0] for one in rows]

    def body(done: Any, *held: Any) -> Any:
        last, kept = held[: len(begin)], held[len(begin) :]
        place = subtract(subtract(count, 1), done) if reverse else done
        result = flatten(fn(pack_like(total, list(last)), elements.at(place)))
        fresh = [expand_dims(convert_to_tensor(one), 0) for one in result]
        pairs = zip(kept, fresh, strict=True)
        joined = [concat([new, old] if reverse else [old, new], 0) for old, new in pairs]
        return [add(done, 1), *result, *joined]

    shapes = [TensorShape(()), *[one.shape for one in begin]]
    shapes += [TensorShape([None, *one.shape[1:]]) for one in collected]
    found = while_loop(
        lambda done, *held: less(done, count),
        body,
        [convert_to_tensor(used), *begin, *collected],
        shapes,
    )
    return pack_like(total, found[1 + len(begin) :])


# -- switch_case -----------------------------------------------------------------------------------


@export("switch_case")
def switch_case(
    branch_index: Any, branch_fns: Any, default: Any = None, name: Any = "switch_case"
) -> Any:
    """The result of the function with this number; of `default`, or else of the function with the
    largest number, where no function has it.

    Args:
        branch_index: an int32 scalar.
        branch_fns: a list of functions, numbered from 0; a dict, or a list of pairs, from numbers
            to functions.
        default: the function for any other number.
        name: not used.

    Raises:
        TypeError: when the functions are not a list or dict, or one is not callable; when the index
            is not an int32.
        ValueError: when no function is given, or their numbers are not 0, 1, 2 and so on.
    """
    branches = _numbered(branch_fns)
    if default is None:
        default = branches[max(branches)]
    elif not callable(default):
        raise TypeError(f"default must be callable. Received: {default!r:.80}")
    if not isinstance(branch_index, Operators):
        raise TypeError(f"branch_index must be a tensor. Received: {branch_index!r:.80}")
    index = convert_to_tensor(branch_index)
    if index.dtype.name != "int32":
        raise TypeError(f"branch_index must a Tensor of int32, got {index.dtype.name}")
    if current_graph() is None:
        return branches.get(int(index), default)()
    return _chosen(index, sorted(branches.items()), default)


def _chosen(index: Any, branches: list[tuple[int, Any]], default: Any) -> Any:
    if not branches:
        return default()
    (number, function), *rest = branches
    return cond(equal(index, number), function, lambda: _chosen(index, rest, default))


def _numbered(branch_fns: Any) -> dict[int, Any]:
    if isinstance(branch_fns, dict):
        pairs = list(branch_fns.items())
    elif isinstance(branch_fns, list | tuple):
        pairs = list(branch_fns)
        if all(map(callable, pairs)):
            pairs = list(enumerate(pairs))
    else:
        raise TypeError("branch_fns must be a list, tuple, or dict")
    if not pairs:
        raise ValueError("branch_fns must not be empty")
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in branch_fns must be a 2-tuple")
        if not isinstance(pair[0], int):
            raise TypeError(f"key must be a Python `int`, got {type(pair[0])}")
        if not callable(pair[1]):
            raise TypeError(f"fn for key {pair[0]} must be callable.")
    numbered = dict(pairs)
    if sorted(numbered) != list(range(len(pairs))):
        raise ValueError(
            f"branch indices (keys) must form contiguous range of [0 to {len(pairs)}) but found "
            f"{sorted(numbered)}"
        )
    return numbered
