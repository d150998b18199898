"""Runs an operation: computes on eager tensors, or returns symbolic tensors for symbolic operands
and adds a node to the graph that is being traced; records it on the active tapes.
"""

from collections.abc import Sequence
from operator import index as operator_index
from typing import Any, Final

import numpy as np

from densetrace.tensorflow import allowance, tape
from densetrace.tensorflow.convert import array_of, convert_to_tensor, sizes_of_shape
from densetrace.tensorflow.definition import FIRST, Operation, Spec
from densetrace.tensorflow.dtypes import DType, as_dtype, bool_, of_array
from densetrace.tensorflow.errors import InvalidArgumentError, ResourceExhaustedError
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.node_names import node_name
from densetrace.tensorflow.shapes import TensorShape, of_sizes
from densetrace.tensorflow.symbolic import (
    Graph,
    GraphTensor,
    Node,
    Symbol,
    check_scope,
    current_graph,
    handler_of,
)
from densetrace.tensorflow.tensor import Array, Operators, Tensor

_LARGEST_SIZE: Final = 2**63 - 1


def run(made: Operation, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
    """Run an operation on eager tensors, or return symbolic tensors.

    Raises:
        InvalidArgumentError: when eager operands do not fit.
        TypeError: when symbolic operands differ in dtype.
        ValueError: when their shapes do not fit.
    """
    given = operands
    graph = current_graph()
    # First, as in TensorFlow: an operation that is refused has used its name.
    node = "" if graph is None else _node_name(made, graph)
    operands = tuple([
        one if type(one) is Tensor else _read(one, role)
        for one, role in zip(operands, made.operand_roles, strict=True)
    ])  # fmt: skip
    is_symbolic = graph is not None or any(map(_is_symbolic, operands))
    if graph is None and is_symbolic:
        handler = handler_of(operands)
        if handler is not None:
            args, kwargs = made.arguments(given, attributes)
            return handler(made.names[0], made.function, args, kwargs)
    if made.check is not None:
        for at, one in enumerate(operands):
            if one is None:
                made.check_absent(at)
        made.check(*operands, **attributes)
    if is_symbolic:
        return _run_symbolic(made, operands, attributes, graph, node)
    arrays = _arrays(made, operands)
    if allowance.is_limited():
        _spend(made, arrays, attributes)
    outputs = compute(made, arrays, attributes)
    is_list = type(outputs) is list
    outputs = [Tensor(output) for output in outputs] if is_list else Tensor(outputs)
    if tape.active():
        tape.record(made, _with_arrays(operands, arrays), attributes, outputs)
    return outputs


def compute(made: Operation, arrays: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
    """The result of an operation on arrays: an array, or a list of them.

    Raises:
        InvalidArgumentError: when they do not fit.
    """
    given = dict(zip(made.operand_names, arrays, strict=True))
    try:
        with np.errstate(all="ignore"):
            if made.widens_half and arrays[0].dtype == np.float16:
                wide = {n: _widened(a) for n, a in given.items()}
                result: Any = made.compute(**wide, **attributes)
                return np.asarray(result, np.float16)
            result = made.compute(**given, **attributes)
    except (ValueError, IndexError, MemoryError, TypeError) as error:
        lacking = made.lacking(attributes)
        if lacking is not None:
            raise lacking from error
        if isinstance(error, TypeError) and not type(error).__module__.startswith("numpy"):
            raise
        refusal, cause = _refusal(made, arrays, attributes, error)
        raise refusal from cause
    if type(result) is list or type(result) is np.ndarray:
        return result
    return np.asarray(result)


def _refusal(
    made: Operation, arrays: tuple[Any, ...], attributes: dict[str, Any], error: Exception
) -> tuple[Exception, Exception | None]:
    """The error to raise for what NumPy refused, and its cause: the text of the shape rule if it
    refuses too, else the operands, since NumPy's text is about its own functions."""
    if isinstance(error, MemoryError):
        return ResourceExhaustedError(f"{made.name} needs more memory than there is."), error
    specs = [_spec(array) for array in arrays]
    try:
        made.rule(*specs, **attributes)
    except (ValueError, InvalidArgumentError) as refused:
        return InvalidArgumentError(f"{made.name}: {refused}"), None
    except Exception:  # the rule fails as NumPy did
        pass
    shown = ", ".join(_shown(one) for one in specs if one is not None)
    refusal = InvalidArgumentError(
        f"{made.name} does not support these operands. Received: {shown}"
    )
    return refusal, error


def _shown(spec: Any) -> str:
    """The dtype and shape of an operand, or of each of several."""
    if isinstance(spec, Spec):
        return f"{spec.dtype.name} of shape {spec.shape}"
    return f"[{', '.join(map(_shown, spec))}]" if isinstance(spec, list) else f"{spec!r:.80}"


def _widened(array: Any) -> Any:
    return array.astype(np.float32) if isinstance(array, np.ndarray) else array


def _read(operand: Any, role: str) -> Any:
    """An operand with variables replaced by their values, in lists too, and slices by the whole
    tensor. Nested lists with tensors in them become one tensor, unless the operation takes a list
    of tensors."""
    if operand is None:
        return operand
    if isinstance(operand, Operators):
        return operand if isinstance(operand, Tensor | Symbol) else operand.value()
    if isinstance(operand, list | tuple):
        if not _any_tensor(operand):
            return operand
        if role == "list":
            items = [_read(item, "same") for item in operand]
            return type(operand)(items if current_graph() is None else _packed(operand, items))
        return _sizes_read(operand) if role == "sizes" else convert_to_tensor(operand)
    return operand.dense() if isinstance(operand, IndexedSlices) else operand


def _sizes_read(sizes: Any) -> Any:
    """Sizes with variables replaced by their values."""
    if isinstance(sizes, list | tuple):
        return [_sizes_read(one) for one in sizes]
    return _read(sizes, "same")


def _packed(given: Any, items: list[Any]) -> list[Any]:
    """The items of a list of tensors in a graph: nested lists with tensors in them have the dtype
    of the first item that is a tensor itself.

    Follows tensorflow/python/ops/array_ops.py, _autopacking_conversion_function.
    """
    first = next((one for one in given if isinstance(one, Operators)), None)
    if first is None:
        return items
    from densetrace.tensorflow.ops.casting import cast  # which imports this module

    return [
        cast(item, first.dtype) if isinstance(one, list | tuple) and _any_tensor(one) else item
        for one, item in zip(given, items, strict=True)
    ]


def _any_tensor(items: Any) -> bool:
    return any(
        isinstance(item, Operators) or (isinstance(item, list | tuple) and _any_tensor(item))
        for item in items
    )


def _is_symbolic(operand: Any) -> bool:
    if isinstance(operand, Symbol):
        return True
    return isinstance(operand, list | tuple) and any(map(_is_symbolic, operand))


def _common_dtype(made: Operation, operands: tuple[Any, ...]) -> DType | None:
    """The dtype of the first tensor among the operands that share one dtype."""
    for operand, role in zip(operands, made.operand_roles, strict=True):
        if role == "same" and isinstance(operand, Tensor | Symbol):
            return operand.dtype
        if role == "same" and made.conversion in FIRST and operand is not None:
            return of_array(array_of(operand).dtype)
        if role == "list" and operand is not None:
            items = operand if isinstance(operand, list | tuple) else (operand,)
            for item in items:
                if isinstance(item, Tensor | Symbol):
                    return item.dtype
                if made.conversion in FIRST:
                    return of_array(array_of(item).dtype)
    return None


def _arrays(made: Operation, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arrays of eager operands; sizes as integers.

    Raises:
        InvalidArgumentError: if operands differ in dtype, or the operation does not support one.
        TypeError: if a Python value cannot be converted.
    """
    common = None
    arrays: list[Any] = []
    roles = made.operand_roles
    for operand, role in zip(operands, roles, strict=True):
        if role == "same":
            if common is None:
                common = _common_dtype(made, operands)
            if type(operand) is Tensor:
                array = operand._array
                if array.dtype != common.numpy:  # type: ignore[union-attr] # there is a tensor
                    raise _differs(made, common, of_array(array.dtype))
            else:
                array = _converted(made, operand, common)
                if common is None:
                    common = of_array(array.dtype)
        elif operand is None:
            made.check_absent(len(arrays))
            array = None
        elif role == "list":
            items = operand if isinstance(operand, list | tuple) else list(operand)
            common = common or _common_dtype(made, operands)
            array = []
            for item in items:
                one = item._array if type(item) is Tensor else _converted(made, item, common)
                common = common or of_array(one.dtype)
                if one.dtype != common.numpy:
                    raise _differs(made, common, of_array(one.dtype))
                array.append(one)
        elif role == "sizes":
            try:
                array = as_sizes(operand)
            except TypeError as error:
                # Beside a tensor of integers, the conversion of each size fails before.
                stacked = isinstance(operand, list | tuple) and any(
                    isinstance(item, Tensor) for item in operand
                )
                if made.name in _REFUSE_OTHER_SIZES and not stacked:
                    raise InvalidArgumentError(str(error)) from error
                raise
        elif type(operand) is Tensor:
            array = operand._array
        elif role == "bool":
            array = array_of(operand, bool_)
        else:
            array = array_of(operand)
        if array is not None and role in _DTYPES_OF_ROLE:
            kinds, allowed_dtypes = _DTYPES_OF_ROLE[role]
            if array.dtype.kind not in kinds:
                raise InvalidArgumentError(
                    f"{made.name} requires {allowed_dtypes} here. Received: {array.dtype.name}"
                )
        arrays.append(array)
    if common is not None and made.kinds is not None and common.numpy.kind not in made.kinds:
        raise made.mismatch(f"{made.name} does not support this dtype. Received: {common.name}")
    return tuple(arrays)


_REFUSE_OTHER_SIZES: Final = ("broadcast_to", "fill", "reshape", "tile")
"""Operations that refuse sizes that are not integers themselves, eagerly; for others the conversion
to a tensor fails before."""

_DTYPES_OF_ROLE: Final = {"bool": ("b", "booleans"), "int": ("iu", "integers")}
"""The NumPy kinds of dtypes that a role allows, and a noun for them."""


def _converted(made: Operation, value: Any, common: DType | None) -> Array:
    """A Python value as an array of the dtype of the other operands.

    Raises:
        TypeError: when it does not fit this dtype.
        InvalidArgumentError: instead, where the value keeps a dtype of its own.
    """
    if made.conversion == "own":
        array = array_of(value)
        if common is not None and array.dtype != common.numpy:
            raise _differs(made, common, of_array(array.dtype))
        return array
    try:
        return array_of(value, common)
    except TypeError:
        if made.conversion != "hint":
            raise
        other = of_array(array_of(value).dtype)
        raise _differs(made, common, other) from None


def _differs(made: Operation, first: DType | None, second: DType) -> Exception:
    name = first.name if first else "?"
    return made.mismatch(
        f"{made.name} requires tensors of one dtype. Received: {name} and {second.name}"
    )


def as_sizes(value: Any) -> Any:
    """Sizes as integers: a tuple, one integer, or None.

    Raises:
        TypeError: when one is not an integer.
        ValueError: when one is unknown, does not fit into 64 bits, or follows a bool.
    """
    if value is None:
        return None
    if isinstance(value, int):
        return _size(value)
    if isinstance(value, Tensor):
        if not value.dtype.is_integer:
            raise TypeError(f"Sizes must be integers. Received: a tensor of {value.dtype.name}")
        numbers = value._array.tolist()
        return tuple(numbers) if isinstance(numbers, list) else int(numbers)
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    elif isinstance(value, TensorShape):
        return sizes_of_shape(value)
    if isinstance(value, list | tuple):
        if value and type(value[0]) is bool:
            # As a list becomes a tensor: the first item decides on the dtype.
            if all(type(item) is bool for item in value):
                return tuple(value)
            raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
        return tuple([_size(item) for item in value])
    return _size(value)


def _size(item: Any) -> Any:
    if item is None:
        raise ValueError("Every size must be known. Received: None")
    if isinstance(item, list | tuple):
        return tuple(map(_size, item))
    if isinstance(item, float | str | bytes):
        raise TypeError(f"A size must be an integer. Received: {item!r:.80}")
    index = operator_index(item)
    if not -_LARGEST_SIZE <= index <= _LARGEST_SIZE:
        raise ValueError(f"A size must fit into 64 bits. Received: {index}")
    return index


def _with_arrays(tensors: tuple[Any, ...], arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands for a record: tensors unchanged, other values as new tensors."""
    kept: list[Any] = []
    for tensor, array in zip(tensors, arrays, strict=True):
        if isinstance(tensor, Tensor) or array is None or not isinstance(array, np.ndarray | list):
            kept.append(tensor if not isinstance(array, tuple | int) else array)
        elif isinstance(array, list):
            items = tensor if isinstance(tensor, list | tuple) else list(tensor)
            kept.append(
                [
                    item if isinstance(item, Tensor) else Tensor(one)
                    for item, one in zip(items, array, strict=True)
                ]
            )
        else:
            kept.append(Tensor(array))
    return tuple(kept)


def _spend(made: Operation, arrays: tuple[Any, ...], attributes: dict[str, Any]) -> None:
    """Count the elements of the result before it is computed."""
    specs = [_spec(array) for array in arrays]
    try:
        found = made.rule(*specs, **attributes)
    except (ValueError, TypeError, IndexError):
        return  # the computation says better what is wrong
    for shape, dtype, *_ in found if type(found) is list else [found]:
        count = TensorShape(shape).num_elements() if shape is not None else None
        if count is not None:
            allowance.spend(count * made.weight, as_dtype(dtype).numpy)


# -- symbols ---------------------------------------------------------------------------------------


def _spec(operand: Any) -> Any:
    if isinstance(operand, Symbol):
        return Spec(operand.shape, operand.dtype, operand.known)
    if isinstance(operand, Tensor):
        operand = operand._array
    if isinstance(operand, np.ndarray):
        small = operand.dtype.kind in "iu" and operand.ndim < 2 and operand.size < 100
        known = operand.tolist() if small else None
        if isinstance(known, list):
            known = tuple(known)
        return Spec(of_sizes(operand.shape), of_array(operand.dtype), known)
    if isinstance(operand, list):
        return [_spec(item) for item in operand]
    return operand


def _run_symbolic(
    made: Operation,
    operands: tuple[Any, ...],
    attributes: dict[str, Any],
    graph: Graph | None,
    node: str,
) -> Any:
    if any(isinstance(one, Symbol | list | tuple) for one in attributes.values()):
        attributes = {name: _static(one) for name, one in attributes.items()}
    check_scope(operands, graph)
    common = _common_dtype(made, operands) if made.conversion == "tensor" else None
    prepared: list[Any] = []
    for operand, role in zip(operands, made.operand_roles, strict=True):
        if role == "same":
            one = _symbolic_operand(made, operand, common)
            prepared.append(one)
            common = common or one.dtype
            _check_kind(made, one.dtype)
        elif operand is None:
            made.check_absent(len(prepared))
            prepared.append(None)
        elif role == "list":
            items = operand if isinstance(operand, list | tuple) else list(operand)
            common = common or _common_dtype(made, operands)
            listed = []
            if None in [item for item in items if not isinstance(item, Operators)]:
                raise TypeError(f"{made.name} needs tensors. Received: None among them")
            for item in items:
                one = _symbolic_operand(made, item, common)
                common = common or one.dtype
                listed.append(one)
            prepared.append(listed)
        elif role == "sizes":
            prepared.append(_symbolic_sizes(operand))
        elif role == "bool":
            prepared.append(_symbolic_operand(made, operand, bool_))
        elif isinstance(operand, Tensor | Symbol):
            prepared.append(operand)
        else:
            prepared.append(Tensor(array_of(operand)))
        if prepared[-1] is not None and role in _DTYPES_OF_ROLE:
            kinds, allowed_dtypes = _DTYPES_OF_ROLE[role]
            if prepared[-1].dtype.numpy.kind not in kinds:
                name = prepared[-1].dtype.name
                raise TypeError(f"{made.name} requires {allowed_dtypes} here. Received: {name}")
    specs = [_spec(operand) for operand in prepared]
    deferred = {} if graph is None else _symbols_among(attributes)
    if deferred:
        from densetrace.tensorflow.deferred import run_deferred

        others = {name: one for name, one in attributes.items() if name not in deferred}
        return run_deferred(made, prepared, specs, others, deferred, node)
    try:
        found = made.rule(*specs, **attributes)
    except InvalidArgumentError as error:
        raise ValueError(str(error)) from error
    except TypeError as error:
        raise made.lacking(attributes) or error from error
    outputs = _symbols(found, prepared, graph, node)
    if graph is not None:
        graph.nodes.append(Node(made, tuple(prepared), attributes, outputs))
    if tape.active():
        tape.record(made, tuple(prepared), attributes, outputs)
    return outputs


def _static(value: Any) -> Any:
    """An attribute with the numbers of symbolic tensors that are known: an axis from
    `tf.constant`."""
    if isinstance(value, Symbol):
        if value.constant is not None:
            return value.constant
        known = value.known
        is_known = known is not None and (isinstance(known, int) or None not in known)
        return known if is_known else value
    if type(value) in (list, tuple) and any(isinstance(one, Symbol) for one in value):
        return type(value)([_static(one) for one in value])
    return value


def _symbols_among(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes that only a run of the graph knows, as symbols; lists of them are packed."""
    return {
        name: _symbolic_sizes(value)
        for name, value in attributes.items()
        if isinstance(value, Symbol)
        or (type(value) in (list, tuple) and any(isinstance(one, Symbol) for one in value))
    }


def _check_kind(made: Operation, dtype: DType) -> None:
    if made.kinds is not None and dtype.numpy.kind not in made.kinds:
        raise TypeError(f"{made.name} does not support this dtype. Received: {dtype.name}")


def _symbolic_operand(made: Operation, operand: Any, common: DType | None) -> Any:
    if isinstance(operand, Tensor | Symbol):
        if common is not None and operand.dtype is not common:
            raise TypeError(
                f"Operands of {made.name} must have one dtype. Received: {common.name} and "
                f"{operand.dtype.name}"
            )
        return operand
    if made.conversion == "own":
        array = array_of(operand)
        if common is not None and array.dtype != common.numpy:
            raise TypeError(
                f"Operands of {made.name} must have one dtype. Received: {common.name} and "
                f"{array.dtype.name}"
            )
        return Tensor(array)
    try:
        return Tensor(array_of(operand, common))
    except ValueError as error:
        if operand is None or isinstance(operand, list | tuple):
            raise
        raise TypeError(str(error)) from error


def _symbolic_sizes(value: Any) -> Any:
    """Sizes as a tuple of integers; with symbolic tensors among them, a symbol whose `known` lists
    the known ones."""
    if isinstance(value, Symbol) or value is None:
        if value is not None and not value.dtype.is_integer:
            raise TypeError(f"Sizes must be integers. Received: a tensor of {value.dtype.name}")
        return value
    if isinstance(value, TensorShape):
        return sizes_of_shape(value)
    if isinstance(value, list | tuple) and any(item is None for item in value):
        if any(isinstance(item, Symbol) for item in value):
            raise ValueError(f"None values not supported. Received: {value!r:.80}")
        raise TypeError(f"Every size must be known. Received: {value!r:.80}")
    if isinstance(value, list | tuple) and any(isinstance(item, Symbol) for item in value):
        from densetrace.tensorflow.ops.joining import pack  # an operation like any other

        return pack([item if isinstance(item, Symbol) else _as_int32(item) for item in value])
    return as_sizes(value)


def _as_int32(item: Any) -> Any:
    if isinstance(item, float | str | bytes):
        raise TypeError(f"Expected int32, but got {item!r:.80} of type '{type(item).__name__}'.")
    return item if isinstance(item, Tensor) else Tensor(np.asarray(item, np.int32))


def _symbols(found: Any, operands: Sequence[Any], graph: Graph | None, node: str) -> Any:
    """A symbol for each output of the shape rule: of the graph, or of the class of the operands."""

    def symbol_of(found: Any, at: int) -> Symbol:
        shape, dtype, *known = found
        if shape.rank is not None and any(type(size) is bool for size in shape):
            # A size of True stays in the shape of a weight, but is 1 in that of a result.
            shape = TensorShape([None if size is None else int(size) for size in shape])
        if graph is not None:
            symbol: Symbol = GraphTensor(shape, dtype, f"{node}:{at}", graph)
        else:
            symbol = _class_of_symbols(operands)(shape, dtype)
        if known:
            symbol.known = known[0]
        return symbol

    if type(found) is list:
        return [symbol_of(one, at) for at, one in enumerate(found)]
    return symbol_of(found, 0)


def _node_name(made: Operation, graph: Graph) -> str:
    """The name of the next node of a graph. A name that was asked for applies to this node only."""
    asked, operator = graph.asked_name, graph.operator
    graph.asked_name = graph.operator = None
    return graph.unique_name(asked or node_name(made.names[0], operator, graph.in_function))


def _class_of_symbols(operands: Sequence[Any]) -> type[Symbol]:
    for operand in operands:
        if isinstance(operand, Symbol):
            return type(operand)
        if isinstance(operand, list):
            for item in operand:
                if isinstance(item, Symbol):
                    return type(item)
    return GraphTensor
