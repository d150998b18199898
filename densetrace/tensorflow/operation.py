"""Definitions of operations, and the dispatcher that runs them.

A function that computes with NumPy defines an operation. The annotations of its parameters declare
the operands: a tensor (`Operand`), a list of tensors (`Operands`), a tensor with its own dtype
(`Index`, `Integers`, `Condition`), a shape or axes (`Sizes`); other parameters are attributes. The
shape rule (`.shape_rule`) and the gradient (`.gradient`), written with operations, follow it.

`@operation` returns a function of the same signature. On eager tensors it computes; on symbolic
tensors it returns a symbolic tensor; in a graph it adds a node. Active tapes record it, and while a
recorder runs, it is a step of kind `op`.
"""

import functools
import os
import sys
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any, Final, Protocol, TypeVar, cast

import numpy as np

from densetrace.data.operations import COMPOSED
from densetrace.recording.hooks import traced
from densetrace.recording.tracebacks import HOOK_FILE, filter_traceback
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.definition import (
    Condition,
    Conversion,
    Index,
    Integers,
    Operand,
    Operands,
    Operation,
    Rule,
    Sizes,
    Spec,
    elementwise_rule,
    known_size,
    known_sizes,
    shape_of_sizes,
    vector_of_sizes,
)
from densetrace.tensorflow.dispatch import compute, run
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.node_names import OF_ONE_NODE, RESULTS, SCOPES
from densetrace.tensorflow.symbolic import Symbol, current_graph, handler_of, rename
from densetrace.tensorflow.tensor import EQUAL, Operators

_ROOM: Final = os.path.join(os.path.dirname(__file__), "")


_COMPOSED: Final = (
    "densetrace.tensorflow.ops.",
    "densetrace.tensorflow.folding",
    "densetrace.tensorflow.python_functions",
    "densetrace.tensorflow.random",
)
"""The modules whose functions consist of operations."""

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

    def into(self, factory: _R, /) -> _R:
        """Set a function that is given the specs of the operands, with all sizes known, and returns
        one that computes into a buffer, its last argument, or None: a decorator. The numbers must
        be those of the computation, to the bit."""

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
    ufunc: np.ufunc | None = None,
    in_place: bool | None = None,
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
        ufunc: the ufunc of NumPy that computes exactly the same; a replayed graph lets it write
            into a buffer, which may be that of an operand.
        in_place: whether what `into` returns may be given the buffer of an operand too; with a
            ufunc it may.
    """

    def define(compute: Callable[..., Any]) -> Function:
        made = Operation(
            compute, names, rule=rule, kinds=kinds, widens_half=widens_half, stateful=stateful,
            weight=weight, conversion=conversion, mismatch=mismatch, ufunc=ufunc,
            in_place=ufunc is not None if in_place is None else in_place,
        )  # fmt: skip
        function = _public(made)
        if not compute.__name__.startswith("_"):  # else another function has its public names
            export(*names)(function)
        if operator is not None:
            set_operator(operator, function, reflected)
        return function

    return define


def export(*names: str, asks_handlers: bool = True) -> Callable[[_R], _R]:
    """Register a function composed of operations under its public names, without `tf.`.

    Args:
        names: the public names.
        asks_handlers: whether symbols with a handler run it as one function; otherwise they run the
            operations in it.

    Raises:
        ValueError: when another function has one of these names.
    """

    def exported(function: _R) -> _R:
        for name in names:
            if name in OPERATIONS:
                raise ValueError(f"tf.{name} is defined twice")
        is_composed = isinstance(function, FunctionType) and not hasattr(function, "operation")
        if is_composed and function.__module__.startswith(_COMPOSED):
            point = f"tf.{names[0]}"
            if point in COMPOSED:
                function = traced("op", point=point, caller=caller)(function)
            if asks_handlers:
                function = asking_handlers(names[0], function)
        OPERATIONS.update(dict.fromkeys(names, function))
        return function

    return exported


def asking_handlers(name: str, function: _R) -> _R:
    """A function that a symbol with a handler runs in its own way: `tf.nn.l2_normalize` on a
    symbolic tensor of Keras is one layer, not one for each operation in it.

    Follows tensorflow/python/util/dispatch.py, add_dispatch_support.
    """

    scope = SCOPES.get(name)

    @functools.wraps(function)
    def dispatched(*args: Any, **kwargs: Any) -> Any:
        graph = current_graph()
        if graph is None:
            handler = handler_of(args) or handler_of(kwargs.values())
            if handler is not None:
                return handler(name, dispatched, args, kwargs)
        elif scope is not None:
            with graph.named(kwargs.get("name") or scope) as whole:
                outer, graph.in_function = graph.in_function, True
                try:
                    result = function(*args, **kwargs)
                finally:
                    graph.in_function = outer
            if name in RESULTS:
                rename(f"{whole}{RESULTS[name]}".removesuffix("/"), result)
            return result
        elif name in OF_ONE_NODE:
            graph.asked_name = kwargs.get("name") or OF_ONE_NODE[name]
            try:
                return function(*args, **kwargs)
            finally:
                graph.asked_name = None
        return function(*args, **kwargs)

    dispatched.inner = function  # type: ignore[attr-defined] # for handlers that pass it through
    return cast(_R, dispatched)


def _public(made: Operation) -> Function:
    """The public function of an operation, with the signature of the computation."""
    places = [at for at, role in enumerate(made.roles) if role]
    others = [
        (name, at)
        for at, (name, role) in enumerate(zip(made.parameters, made.roles, strict=True))
        if not role and name != "name"
    ]
    keyword_only = made.compute.__kwdefaults__ or {}
    flags = made.flags
    name_at = made.parameters.index("name") if "name" in made.parameters else None

    def runner(*arguments: Any, **keywords: Any) -> Any:
        if name_at is not None and arguments[name_at] is not None:
            ask_name(arguments[name_at])
        if keyword_only:
            arguments += tuple([keywords[name] for name in keyword_only])
        operands = tuple([arguments[at] for at in places])
        attributes = {name: arguments[at] for name, at in others}
        if flags:
            made.read_flags(attributes)
        return run(made, operands, attributes)

    point = f"tf.{made.names[0]}"
    hooked: Any = traced("op", point=point, runner=runner, caller=caller)(made.compute)
    hooked.operation = made
    made.function = hooked

    def shape_rule(rule: _R) -> _R:
        made.rule = rule
        return rule

    def gradient(grad: _R) -> _R:
        if made.grad is not None:
            raise ValueError(f"{point} has a gradient already")
        made.grad = grad
        return grad

    def check(checker: _R) -> _R:
        made.check = checker
        return checker

    def into(factory: _R) -> _R:
        made.into = factory
        return factory

    hooked.shape_rule, hooked.gradient, hooked.check = shape_rule, gradient, check
    hooked.into = into
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


def ask_name(name: Any) -> None:
    """Give the next node of the graph this name."""
    graph = current_graph()
    if graph is not None:
        graph.asked_name = name


def name_next(operator: str | None) -> None:
    """Name the next node of the graph by an operator of Python, or by none."""
    graph = current_graph()
    if graph is not None:
        graph.operator = operator


def set_operator(operator: str, function: Any, reflected: bool) -> None:
    """Make a Python operator run an operation on tensors: `add` for `__add__`."""
    if operator in ("equal", "not_equal"):
        EQUAL[operator] = function
        return

    def method(self: Any, *others: Any) -> Any:
        if reflected and isinstance(others[0], Symbol) and others[0].handler is not None:
            return NotImplemented  # a symbolic tensor of Keras has an operator of its own
        name_next(operator)
        try:
            return function(self, *others)
        except Exception as error:
            name_next(None)
            __tracebackhide__ = filter_traceback(error)
            raise

    def reflection(self: Any, other: Any) -> Any:
        # As in TensorFlow, a left operand is converted to the dtype of the tensor.
        left = convert_to_tensor(other, self.dtype)
        name_next(operator)
        try:
            return function(left, self)
        except Exception as error:
            name_next(None)
            __tracebackhide__ = filter_traceback(error)
            raise

    method.__code__ = method.__code__.replace(co_name=f"__{operator}__")  # for tracebacks
    method.__name__ = f"__{operator}__"
    setattr(Operators, f"__{operator}__", method)
    if reflected:
        reflection.__code__ = reflection.__code__.replace(co_name=f"__r{operator}__")
        reflection.__name__ = f"__r{operator}__"
        setattr(Operators, f"__r{operator}__", reflection)


__all__ = [
    "OPERATIONS", "Condition", "Index", "Integers", "Operand", "Operands", "Operation", "Sizes",
    "Spec", "ask_name", "asking_handlers", "caller", "compute", "elementwise_rule", "export",
    "known_size", "known_sizes", "operation", "run", "set_operator", "shape_of_sizes",
    "vector_of_sizes",
]  # fmt: skip
