"""One operation, one place: `@operation` makes all that follows from its definition.

An operation is defined by a function that computes with NumPy. Its parameters say by their
annotations what they take: a tensor (`Operand`), a list of them (`Operands`), a tensor of a dtype
of its own (`Index`, `Condition`), a shape or axes that may be tensors too (`Sizes`); any other
parameter is an attribute. Next to the computation stand the shape rule (`.shape_rule`) and the
gradient (`.gradient`), which is written with operations.

Whoever calls the operation gets a function with the same signature. On eager tensors it computes;
on symbols it gives a symbol; in a graph it adds a node; an active tape records it; and while
somebody traces, it is a step of kind `op`.
"""

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np

from densetrace.recording.hooks import traced
from densetrace.recording.wrapper import HOOK_FILE
from densetrace.tensorflow import allowance, tape
from densetrace.tensorflow.convert import array_of, convert_to_tensor
from densetrace.tensorflow.dtypes import DType, as_dtype, bool_, of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.shapes import TensorShape, broadcast
from densetrace.tensorflow.symbolic import Graph, GraphTensor, Node, Symbol, current_graph
from densetrace.tensorflow.tensor import _EQUAL, Array, Operators, Tensor

# -- what a definition says of its parameters ------------------------------------------------------


class Operand(np.ndarray[Any, np.dtype[Any]]):
    """Annotates a tensor parameter. The operands of an operation have one dtype."""


class Operands(tuple[Array, ...]):
    """Annotates a parameter that takes a list of tensors of that dtype."""


class Index(Operand):
    """Annotates a tensor parameter with a dtype of its own, int32 for Python's integers."""


class Condition(Operand):
    """Annotates a tensor parameter of booleans."""


class Sizes(tuple[int, ...]):
    """Annotates a shape, or sizes: integers, a tensor of them, or a list with tensors in it."""


_ROOM: Final = os.path.join(os.path.dirname(__file__), "")
_LARGEST_SIZE: Final = 2**63 - 1
_ROLES: Final = {Operand: "same", Operands: "list", Index: "own", Condition: "bool", Sizes: "sizes"}

_ARITHMETIC: Final = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
"""Python's operators that make a tensor of what stands beside a tensor, of its own dtype if it does
not fit; other operations need it to fit."""


def _role(annotation: Any) -> str:
    """What a parameter takes; an optional operand is annotated `Operand | None`."""
    for one in getattr(annotation, "__args__", (annotation,)):
        if one in _ROLES:
            return _ROLES[one]
    return ""


class Spec(NamedTuple):
    """What a shape rule knows of an operand: its shape, its dtype, and its numbers where they are
    sizes that are known."""

    shape: TensorShape
    dtype: DType
    known: Any = None


Rule: TypeAlias = Callable[..., Any]
"""From the specs of the operands and the attributes to (shape, dtype), or a list of those."""


def elementwise_rule(*specs: Spec, **attributes: Any) -> tuple[TensorShape, DType]:
    """The shape that broadcasting gives, in the dtype of the operands."""
    if len(specs) == 1:
        return specs[0].shape, specs[0].dtype
    return broadcast(*(spec.shape for spec in specs)), specs[0].dtype


# -- the operation ---------------------------------------------------------------------------------


class Operation:
    """An operation: its names, its computation, its shape rule and its gradient."""

    __slots__ = (
        "compute", "grad", "is_arithmetic", "kinds", "name", "names", "operand_names",
        "operand_roles", "parameters", "roles", "rule", "stateful", "weight", "widens_half",
    )  # fmt: skip

    def __init__(self, compute: Callable[..., Any], names: tuple[str, ...], **options: Any) -> None:
        self.compute = compute
        self.name = compute.__name__.removeprefix("_")
        self.names = names
        self.rule: Rule = options.get("rule") or elementwise_rule
        self.grad: Callable[..., Any] | None = None
        self.kinds: str | None = options.get("kinds")
        self.is_arithmetic: bool = options.get("is_arithmetic", False)
        self.widens_half: bool = options.get("widens_half", False)
        self.stateful: bool = options.get("stateful", False)
        self.weight: int = options.get("weight", 1)
        parameters = inspect.signature(compute).parameters.values()
        self.parameters = [p.name for p in parameters]
        self.roles = [_role(p.annotation) for p in parameters]
        self.operand_names = [
            name for name, role in zip(self.parameters, self.roles, strict=True) if role
        ]
        self.operand_roles = [role for role in self.roles if role]

    def __repr__(self) -> str:
        return f"<operation tf.{self.names[0]}>"


OPERATIONS: Final[dict[str, Any]] = {}
"""Public name without `tf.` -> the function."""


_R = TypeVar("_R", bound=Callable[..., Any])


class Function(Protocol):
    """What `@operation` makes: the function that people call, with its operation."""

    operation: Operation
    __name__: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the operation."""

    def shape_rule(self, rule: _R, /) -> _R:
        """State its shape rule: a decorator."""

    def gradient(self, gradient: _R, /) -> _R:
        """State its gradient: a decorator."""


def operation(
    *names: str,
    rule: Rule | None = None,
    operator: str | None = None,
    reflected: bool = True,
    kinds: str | None = None,
    widens_half: bool = False,
    stateful: bool = False,
    weight: int = 1,
) -> Callable[[Callable[..., Any]], Function]:
    """Define an operation by the function that computes it.

    Args:
        names: its public names without `tf.`; the first is that of its hook point.
        rule: the shape rule; broadcasting unless given here or by `.shape_rule`.
        operator: Python's operator that runs it on tensors: `add` for `__add__`.
        reflected: whether there is a reflected form: `__radd__`.
        kinds: the NumPy kinds of dtypes that its operands may have; any when left out.
        widens_half: whether half precision is computed in single and rounded once.
        stateful: whether it is to run again each time its graph runs, though nothing it takes
            changes: random numbers, assignments.
        weight: how many numbers an element counts for where an allowance limits the work.
    """

    def define(compute: Callable[..., Any]) -> Function:
        made = Operation(
            compute, names, rule=rule, kinds=kinds, widens_half=widens_half, stateful=stateful,
            weight=weight, is_arithmetic=operator in _ARITHMETIC,
        )  # fmt: skip
        function = _public(made)
        if not compute.__name__.startswith("_"):  # else another function has its public names
            export(*names)(function)
        if operator is not None:
            set_operator(operator, function, reflected)
        return function

    return define


def export(*names: str) -> Callable[[_R], _R]:
    """Give a function that is made of operations its public names, without `tf.`.

    Raises:
        ValueError: when another function has one of these names.
    """

    def exported(function: _R) -> _R:
        for name in names:
            if name in OPERATIONS:
                raise ValueError(f"tf.{name} is defined twice")
            OPERATIONS[name] = function
        return function

    return exported


def _public(made: Operation) -> Function:
    """The function that people call: with the signature of the computation."""
    places = [at for at, role in enumerate(made.roles) if role]
    others = [
        (name, at)
        for at, (name, role) in enumerate(zip(made.parameters, made.roles, strict=True))
        if not role and name != "name"
    ]
    keyword_only = made.compute.__kwdefaults__ or {}

    def runner(*arguments: Any, **keywords: Any) -> Any:
        if keyword_only:
            arguments += tuple([keywords[name] for name in keyword_only])
        operands = tuple([arguments[at] for at in places])
        return run(made, operands, {name: arguments[at] for name, at in others})

    point = f"tf.{made.names[0]}"
    hooked: Any = traced("op", point=point, runner=runner, caller=_caller)(made.compute)
    hooked.operation = made

    def shape_rule(rule: _R) -> _R:
        made.rule = rule
        return rule

    def gradient(grad: _R) -> _R:
        made.grad = grad
        return grad

    hooked.shape_rule, hooked.gradient = shape_rule, gradient
    public: Function = hooked
    return public


def _caller(depth: int) -> FrameType:
    """The frame that called an operation, beyond functions of this room that only lead to it:
    operators of tensors, functions made of operations. For what another operation runs, the frame
    in that operation."""
    nearest = sys._getframe(depth + 1)
    frame: FrameType | None = nearest
    while frame is not None and frame.f_code.co_filename.startswith(_ROOM):
        frame = frame.f_back
    inside_operation = frame is None or frame.f_code.co_filename == HOOK_FILE
    return nearest if inside_operation or frame is None else frame


def set_operator(operator: str, function: Any, reflected: bool) -> None:
    """Let Python's operator run an operation on tensors: `add` for `__add__`."""
    if operator in ("equal", "not_equal"):
        _EQUAL[operator] = function
        return

    def method(self: Any, *others: Any) -> Any:
        return function(self, *others)

    def reflection(self: Any, other: Any) -> Any:
        # As in TensorFlow, what stands on the left has to be of the tensor's dtype.
        return function(convert_to_tensor(other, self.dtype), self)

    method.__name__ = f"__{operator}__"
    setattr(Operators, f"__{operator}__", method)
    if reflected:
        reflection.__name__ = f"__r{operator}__"
        setattr(Operators, f"__r{operator}__", reflection)


# -- running one -----------------------------------------------------------------------------------


def run(made: Operation, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
    """Run an operation: compute, or give symbols.

    Raises:
        InvalidArgumentError: when eager operands do not fit.
        TypeError: when symbolic operands differ in dtype.
        ValueError: when their shapes do not fit.
    """
    operands = tuple([_read(operand) for operand in operands])
    graph = current_graph()
    if graph is not None or any(map(_is_symbolic, operands)):
        return _run_symbolic(made, operands, attributes, graph)
    arrays, tensors = _arrays(made, operands)
    if allowance.is_limited():
        _spend(made, arrays, attributes)
    outputs = compute(made, arrays, attributes)
    is_list = type(outputs) is list
    outputs = [Tensor(output) for output in outputs] if is_list else Tensor(outputs)
    if tape.ACTIVE:
        tape.record(made, _with_arrays(tensors, arrays), attributes, outputs)
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
    except (ValueError, IndexError) as error:
        raise InvalidArgumentError(f"{made.name}: {error}") from error
    if type(result) is list or type(result) is np.ndarray:
        return result
    return np.asarray(result)


def _widened(array: Any) -> Any:
    return array.astype(np.float32) if isinstance(array, np.ndarray) else array


def _read(operand: Any) -> Any:
    """A variable's tensor in place of the variable, in lists too."""
    if type(operand) is Tensor or operand is None:
        return operand
    if isinstance(operand, Operators):
        return operand if isinstance(operand, Tensor | Symbol) else operand.value()
    if isinstance(operand, list | tuple) and not isinstance(operand, TensorShape):
        return type(operand)([_read(item) for item in operand]) if _any_tensor(operand) else operand
    return operand


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
    """The dtype of the first tensor among the operands that have one dtype."""
    for operand, role in zip(operands, made.operand_roles, strict=True):
        if role == "same" and isinstance(operand, Tensor | Symbol):
            return operand.dtype
        if role == "list" and operand is not None:
            for item in operand if isinstance(operand, list | tuple) else (operand,):
                if isinstance(item, Tensor | Symbol):
                    return item.dtype
    return None


def _arrays(made: Operation, operands: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The arrays of eager operands, and the operands."""
    common = None
    arrays: list[Any] = []
    roles = made.operand_roles
    for operand, role in zip(operands, roles, strict=True):
        if role == "same":
            if type(operand) is Tensor:
                array = operand._array
                if common is None:
                    common = _common_dtype(made, operands)
                if array.dtype != common.numpy:  # type: ignore[union-attr] # there is a tensor
                    raise _differs(made, common, of_array(array.dtype))
            else:
                if common is None:
                    common = _common_dtype(made, operands)
                array = _converted(made, operand, common)
                if common is None:
                    common = of_array(array.dtype)
            if made.kinds is not None and array.dtype.kind not in made.kinds:
                raise InvalidArgumentError(
                    f"{made.name} does not take this dtype. Received: {array.dtype.name}"
                )
        elif role == "list" and operand is not None:
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
            array = _sizes(operand)
        elif operand is None:
            array = None
        elif role == "bool":
            array = _condition(made, operand)
        elif type(operand) is Tensor:
            array = operand._array
        else:
            array = array_of(operand)
        arrays.append(array)
    return tuple(arrays), operands


def _condition(made: Operation, operand: Any) -> Array:
    """An eager operand of booleans.

    Raises:
        TypeError: when it is a Python value of another kind.
        InvalidArgumentError: when it is a tensor of another dtype.
    """
    if type(operand) is not Tensor:
        return array_of(operand, bool_)
    if operand._array.dtype.kind != "b":
        raise InvalidArgumentError(
            f"{made.name} takes a tensor of booleans. Received: {operand.dtype.name}"
        )
    array: Array = operand._array
    return array


def _converted(made: Operation, value: Any, common: DType | None) -> Array:
    """A Python value as an array of the dtype of the other operands.

    Raises:
        TypeError: when it is of another kind.
        InvalidArgumentError: in arithmetic, which takes it for a tensor of its own dtype then.
    """
    try:
        return array_of(value, common)
    except TypeError:
        if not made.is_arithmetic:
            raise
        other = of_array(array_of(value).dtype)
        raise _differs(made, common, other) from None


def _differs(made: Operation, first: DType | None, second: DType) -> InvalidArgumentError:
    name = first.name if first else "?"
    return InvalidArgumentError(
        f"{made.name} takes tensors of one dtype. Received: {name} and {second.name}"
    )


def _sizes(value: Any) -> Any:
    """Sizes as integers: a tuple, one integer, or None.

    Raises:
        TypeError: when one is no integer.
        ValueError: when one is unknown, or does not fit into 64 bits.
    """
    if value is None:
        return None
    if isinstance(value, int):
        return _size(value)
    if isinstance(value, Tensor):
        numbers = value._array.tolist()
        return tuple(numbers) if isinstance(numbers, list) else int(numbers)
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple([_size(item) for item in value])
    return _size(value)


def _size(item: Any) -> Any:
    if item is None:
        raise ValueError("Every size must be known. Received: None")
    if isinstance(item, list | tuple):
        return tuple(map(_size, item))
    if isinstance(item, float):
        raise TypeError(f"A size is an integer. Received: {item}")
    index = item.__index__()
    if not -_LARGEST_SIZE <= index <= _LARGEST_SIZE:
        raise ValueError(f"A size must fit into 64 bits. Received: {index}")
    return index


def _with_arrays(tensors: tuple[Any, ...], arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands of a record: tensors as they are, anything else as a tensor of its own."""
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
    """Count what the result takes, before it is computed."""
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
        return Spec(TensorShape.of_array(operand.shape), of_array(operand.dtype), known)
    if isinstance(operand, list):
        return [_spec(item) for item in operand]
    return operand


def _run_symbolic(
    made: Operation, operands: tuple[Any, ...], attributes: dict[str, Any], graph: Graph | None
) -> Any:
    common = _common_dtype(made, operands)
    prepared: list[Any] = []
    for operand, role in zip(operands, made.operand_roles, strict=True):
        if role == "same":
            one = _symbolic_operand(made, operand, common)
            prepared.append(one)
            common = common or one.dtype
            _check_kind(made, one.dtype)
        elif role == "list" and operand is not None:
            items = operand if isinstance(operand, list | tuple) else list(operand)
            listed = []
            for item in items:
                one = _symbolic_operand(made, item, common)
                common = common or one.dtype
                listed.append(one)
            prepared.append(listed)
        elif role == "sizes":
            prepared.append(_symbolic_sizes(operand))
        elif role == "bool" and operand is not None:
            prepared.append(_symbolic_operand(made, operand, bool_))
        elif operand is None or isinstance(operand, Tensor | Symbol):
            prepared.append(operand)
        else:
            prepared.append(Tensor(array_of(operand)))
    specs = [_spec(operand) for operand in prepared]
    try:
        found = made.rule(*specs, **attributes)
    except InvalidArgumentError as error:
        raise ValueError(str(error)) from error
    outputs = _symbols(made, found, prepared, graph)
    if graph is not None:
        graph.nodes.append(Node(made, tuple(prepared), attributes, outputs))
    if tape.ACTIVE:
        tape.record(made, tuple(prepared), attributes, outputs)
    return outputs


def _check_kind(made: Operation, dtype: DType) -> None:
    if made.kinds is not None and dtype.numpy.kind not in made.kinds:
        raise TypeError(f"{made.name} does not take this dtype. Received: {dtype.name}")


def _symbolic_operand(made: Operation, operand: Any, common: DType | None) -> Any:
    if isinstance(operand, Tensor | Symbol):
        if common is not None and operand.dtype is not common:
            raise TypeError(
                f"Operands of {made.name} must have one dtype. Received: {common.name} and "
                f"{operand.dtype.name}"
            )
        return operand
    try:
        return Tensor(array_of(operand, common))
    except InvalidArgumentError as error:
        raise TypeError(str(error)) from error


def _symbolic_sizes(value: Any) -> Any:
    """Sizes as a tuple of integers, None for those that are not known; with symbols among them, a
    symbol whose `known` says so."""
    if isinstance(value, Symbol) or value is None:
        return value
    if isinstance(value, list | tuple) and any(isinstance(item, Symbol) for item in value):
        from densetrace.tensorflow.ops.joining import stack  # an operation like any other

        return stack([item if isinstance(item, Symbol) else _as_int32(item) for item in value])
    return _sizes(value)


def _as_int32(item: Any) -> Any:
    return item if isinstance(item, Tensor) else Tensor(np.asarray(item, np.int32))


def _symbols(made: Operation, found: Any, operands: Sequence[Any], graph: Graph | None) -> Any:
    """A symbol for each result that the rule found: of the graph, or of the operands' class."""
    if type(found) is list:
        return [_symbols(made, one, operands, graph) for one in found]
    shape, dtype, *known = found
    if graph is not None:
        name = graph.unique_name(made.name.title().replace("_", ""))
        symbol: Symbol = GraphTensor(shape, dtype, f"{name}:0", graph)
    else:
        symbol = _class_of_symbols(operands)(shape, dtype)
    if known:
        symbol.known = known[0]
    return symbol


def _class_of_symbols(operands: Sequence[Any]) -> type[Symbol]:
    for operand in operands:
        if isinstance(operand, Symbol):
            return type(operand)
        if isinstance(operand, list):
            for item in operand:
                if isinstance(item, Symbol):
                    return type(item)
    return GraphTensor


def known_sizes(sizes: Any) -> tuple[int | None, ...] | None:
    """The sizes that a shape rule was given, None for each that is not known; None when not even
    their number is known."""
    if isinstance(sizes, Spec):
        if isinstance(sizes.known, tuple):
            return sizes.known
        count = sizes.shape[0] if sizes.shape.rank == 1 else None
        return None if count is None else (None,) * count
    if isinstance(sizes, int):
        return (sizes,)
    return tuple(sizes)


__all__ = [
    "OPERATIONS", "Condition", "Index", "Operand", "Operands", "Operation", "Sizes", "Spec",
    "compute", "elementwise_rule", "export", "known_sizes", "operation", "run", "set_operator",
]  # fmt: skip
