"""Definitions of operations, and the dispatcher that runs them.

A function that computes with NumPy defines an operation. The annotations of its parameters declare
the operands: a tensor (`Operand`), a list of tensors (`Operands`), a tensor with its own dtype
(`Index`, `Integers`, `Condition`), a shape or axes (`Sizes`); other parameters are attributes. The
shape rule (`.shape_rule`) and the gradient (`.gradient`), written with operations, follow it.

`@operation` returns a function of the same signature. On eager tensors it computes; on symbolic
tensors it returns a symbolic tensor; in a graph it adds a node. Active tapes record it, and while a
recorder runs, it is a step of kind `op`.
"""

import os
import sys
from collections.abc import Callable, Sequence
from operator import index as operator_index
from types import FrameType
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

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

# -- parameters of a definition -------------------------------------------------------------------


class Operand(np.ndarray[Any, np.dtype[Any]]):
    """Annotates a tensor parameter. The operands of an operation have one dtype."""


class Operands(tuple[Array, ...]):
    """Annotates a parameter that takes a list of tensors of that dtype."""


class Index(Operand):
    """Annotates a tensor parameter that does not share the dtype of the others; Python integers
    become int32."""


class Integers(Operand):
    """Annotates a tensor parameter of integers, of any integer dtype."""


class Condition(Operand):
    """Annotates a tensor parameter of booleans."""


class Sizes(tuple[int, ...]):
    """Annotates a shape, or sizes: integers, a tensor of them, or a list with tensors in it."""


_ROOM: Final = os.path.join(os.path.dirname(__file__), "")
_LARGEST_SIZE: Final = 2**63 - 1
_ROLES: Final = {
    Operand: "same", Operands: "list", Index: "own", Integers: "int", Condition: "bool",
    Sizes: "sizes",
}  # fmt: skip


def _role(annotation: Any) -> str:
    """The role of a parameter by its annotation; an optional operand is annotated `Operand

    None`.
    """
    for one in getattr(annotation, "__args__", (annotation,)):
        if one in _ROLES:
            return _ROLES[one]
    return ""


Conversion: TypeAlias = Literal["graph", "tensor", "first", "hint", "own"]

_FIRST: Final = ("first", "hint", "own")
"""The conversions in which the first operand decides the dtype."""


class Spec(NamedTuple):
    """An operand as a shape rule sees it: shape, dtype, and numbers that are known sizes."""

    shape: TensorShape
    dtype: DType
    known: Any = None


Rule: TypeAlias = Callable[..., Any]
"""From the specs of the operands and the attributes to (shape, dtype), or a list of those."""


def elementwise_rule(*specs: Spec, **attributes: Any) -> tuple[TensorShape, DType]:
    """The broadcast shape, in the dtype of the operands."""
    if len(specs) == 1:
        return specs[0].shape, specs[0].dtype
    return broadcast(*(spec.shape for spec in specs)), specs[0].dtype


# -- the operation ---------------------------------------------------------------------------------


class Operation:
    """An operation: its names, its computation, its shape rule and its gradient."""

    __slots__ = (
        "check", "compute", "conversion", "grad", "kinds", "mismatch", "name", "names",
        "operand_names", "operand_roles", "parameters", "roles", "rule", "stateful", "weight",
        "widens_half",
    )  # fmt: skip

    def __init__(self, compute: Callable[..., Any], names: tuple[str, ...], **options: Any) -> None:
        self.compute = compute
        self.name = compute.__name__.removeprefix("_")
        self.names = names
        self.rule: Rule = options.get("rule") or elementwise_rule
        self.grad: Callable[..., Any] | None = None
        self.kinds: str | None = options.get("kinds")
        self.check: Callable[..., None] | None = None
        self.conversion: Conversion = options.get("conversion", "graph")
        self.mismatch: type[Exception] = options.get("mismatch", InvalidArgumentError)
        self.widens_half: bool = options.get("widens_half", False)
        self.stateful: bool = options.get("stateful", False)
        self.weight: int = options.get("weight", 1)
        code = compute.__code__
        self.parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        self.roles = [_role(compute.__annotations__.get(name)) for name in self.parameters]
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
    """The public function of an operation, as `@operation` returns it."""

    operation: Operation
    __name__: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the operation."""

    def shape_rule(self, rule: _R, /) -> _R:
        """Set the shape rule: a decorator."""

    def gradient(self, gradient: _R, /) -> _R:
        """Set the gradient: a decorator."""

    def check(self, check: _R, /) -> _R:
        """Set a check of the arguments that runs before the operation, eagerly and symbolically: a
        decorator."""


def operation(
    *names: str,
    rule: Rule | None = None,
    operator: str | None = None,
    reflected: bool = True,
    kinds: str | None = None,
    conversion: Conversion = "graph",
    mismatch: type[Exception] = InvalidArgumentError,
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
        kinds: the NumPy kinds of dtypes that its operands may have; any if not given.
        conversion: which operand decides the dtype of Python values and arrays among the operands:
            "graph": eagerly the first tensor, in a graph the first operand, tensor or not;
            "tensor": the first tensor, in a graph as well;
            "first": the first operand, eagerly as well;
            "hint": the first operand, but a value that does not fit keeps a dtype of its own;
            "own": each value keeps a dtype of its own.
            A value that does not fit is a TypeError; one of its own dtype is refused as a tensor
            of another dtype is.
        mismatch: what is raised eagerly for tensors of different dtypes, or of a dtype that the
            operation does not support.
        widens_half: whether half precision is computed in single and rounded once.
        stateful: whether it must run each time its graph runs, even with the same operands: random
            numbers, assignments.
        weight: the cost of one element, in numbers, where an allowance limits the computation.
    """

    def define(compute: Callable[..., Any]) -> Function:
        made = Operation(
            compute, names, rule=rule, kinds=kinds, widens_half=widens_half, stateful=stateful,
            weight=weight, conversion=conversion, mismatch=mismatch,
        )  # fmt: skip
        function = _public(made)
        if not compute.__name__.startswith("_"):  # else another function has its public names
            export(*names)(function)
        if operator is not None:
            set_operator(operator, function, reflected)
        return function

    return define


def export(*names: str) -> Callable[[_R], _R]:
    """Register a function composed of operations under its public names, without `tf.`.

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
    """The public function of an operation, with the signature of the computation."""
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
    hooked: Any = traced("op", point=point, runner=runner, caller=caller)(made.compute)
    hooked.operation = made

    def shape_rule(rule: _R) -> _R:
        made.rule = rule
        return rule

    def gradient(grad: _R) -> _R:
        made.grad = grad
        return grad

    def check(checker: _R) -> _R:
        made.check = checker
        return checker

    hooked.shape_rule, hooked.gradient, hooked.check = shape_rule, gradient, check
    public: Function = hooked
    return public


def caller(depth: int) -> FrameType:
    """The frame that called an operation, skipping the functions of this package that only forward
    the call. For an operation called by another one, the frame in that operation."""
    nearest = sys._getframe(depth + 1)
    frame: FrameType | None = nearest
    while frame is not None and frame.f_code.co_filename.startswith(_ROOM):
        frame = frame.f_back
    inside_operation = frame is None or frame.f_code.co_filename == HOOK_FILE
    return nearest if inside_operation or frame is None else frame


def set_operator(operator: str, function: Any, reflected: bool) -> None:
    """Make a Python operator run an operation on tensors: `add` for `__add__`."""
    if operator in ("equal", "not_equal"):
        _EQUAL[operator] = function
        return

    def method(self: Any, *others: Any) -> Any:
        return function(self, *others)

    def reflection(self: Any, other: Any) -> Any:
        # As in TensorFlow, a left operand is converted to the dtype of the tensor.
        return function(convert_to_tensor(other, self.dtype), self)

    method.__name__ = f"__{operator}__"
    setattr(Operators, f"__{operator}__", method)
    if reflected:
        reflection.__name__ = f"__r{operator}__"
        setattr(Operators, f"__r{operator}__", reflection)


# -- running one -----------------------------------------------------------------------------------


def run(made: Operation, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
    """Run an operation on eager tensors, or return symbolic tensors.

    Raises:
        InvalidArgumentError: when eager operands do not fit.
        TypeError: when symbolic operands differ in dtype.
        ValueError: when their shapes do not fit.
    """
    operands = tuple([_read(operand) for operand in operands])
    if made.check is not None:
        made.check(*operands, **attributes)
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
    """An operand with variables replaced by their values, in lists too."""
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
    """The dtype of the first tensor among the operands that share one dtype."""
    for operand, role in zip(operands, made.operand_roles, strict=True):
        if role == "same" and isinstance(operand, Tensor | Symbol):
            return operand.dtype
        if role == "same" and made.conversion in _FIRST and operand is not None:
            return of_array(array_of(operand).dtype)
        if role == "list" and operand is not None:
            items = operand if isinstance(operand, list | tuple) else (operand,)
            for item in items:
                if isinstance(item, Tensor | Symbol):
                    return item.dtype
                if made.conversion in _FIRST:
                    return of_array(array_of(item).dtype)
    return None


def _arrays(made: Operation, operands: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The arrays of eager operands, and the operands."""
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
    return tuple(arrays), operands


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
        raise TypeError(f"A size must be an integer. Received: {item}")
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
        return Spec(TensorShape.of_array(operand.shape), of_array(operand.dtype), known)
    if isinstance(operand, list):
        return [_spec(item) for item in operand]
    return operand


def _run_symbolic(
    made: Operation, operands: tuple[Any, ...], attributes: dict[str, Any], graph: Graph | None
) -> Any:
    common = _common_dtype(made, operands) if made.conversion == "tensor" else None
    prepared: list[Any] = []
    for operand, role in zip(operands, made.operand_roles, strict=True):
        if role == "same":
            one = _symbolic_operand(made, operand, common)
            prepared.append(one)
            common = common or one.dtype
            _check_kind(made, one.dtype)
        elif role == "list" and operand is not None:
            items = operand if isinstance(operand, list | tuple) else list(operand)
            common = common or _common_dtype(made, operands)
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
            prepared.append(Tensor(array_of(operand, bool_ if role == "bool" else None)))
        if prepared[-1] is not None and role in _DTYPES_OF_ROLE:
            kinds, allowed_dtypes = _DTYPES_OF_ROLE[role]
            if prepared[-1].dtype.numpy.kind not in kinds:
                name = prepared[-1].dtype.name
                raise TypeError(f"{made.name} requires {allowed_dtypes} here. Received: {name}")
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
    return Tensor(array_of(operand, common))


def _symbolic_sizes(value: Any) -> Any:
    """Sizes as a tuple of integers; with symbolic tensors among them, a symbol whose `known` lists
    the known ones."""
    if isinstance(value, Symbol) or value is None:
        return value
    if isinstance(value, list | tuple) and any(item is None for item in value):
        raise TypeError(f"Every size must be known. Received: {value!r:.80}")
    if isinstance(value, list | tuple) and any(isinstance(item, Symbol) for item in value):
        from densetrace.tensorflow.ops.joining import stack  # an operation like any other

        return stack([item if isinstance(item, Symbol) else _as_int32(item) for item in value])
    return _sizes(value)


def _as_int32(item: Any) -> Any:
    return item if isinstance(item, Tensor) else Tensor(np.asarray(item, np.int32))


def _symbols(made: Operation, found: Any, operands: Sequence[Any], graph: Graph | None) -> Any:
    """A symbol for each output of the shape rule: of the graph, or of the class of the operands."""
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


def known_size(size: Any) -> int | None:
    """One size that a shape rule was given: None when it is not known."""
    known = size.known if isinstance(size, Spec) else size
    return known if isinstance(known, int) else None


def known_sizes(sizes: Any) -> tuple[int | None, ...] | None:
    """The sizes that a shape rule received, None for each unknown one; None when even their number
    is unknown."""
    if isinstance(sizes, Spec):
        if isinstance(sizes.known, tuple):
            return sizes.known
        count = sizes.shape[0] if sizes.shape.rank == 1 else None
        return None if count is None else (None,) * count
    if isinstance(sizes, int):
        return (sizes,)
    return tuple(sizes)


__all__ = [
    "OPERATIONS", "Condition", "Index", "Integers", "Operand", "Operands", "Operation", "Sizes",
    "Spec", "caller", "compute", "elementwise_rule", "export", "known_size", "known_sizes",
    "operation", "run", "set_operator",
]  # fmt: skip
