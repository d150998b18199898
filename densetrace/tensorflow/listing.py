"""The operations of a plan that have to run for inputs of one set of shapes.

What does not depend on the inputs is computed once; equal operations run once.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from densetrace.tensorflow import variables
from densetrace.tensorflow.definition import Operation, Spec
from densetrace.tensorflow.dtypes import DType, of_array
from densetrace.tensorflow.operation import OPERATIONS
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape, of_sizes
from densetrace.tensorflow.symbolic import Node, Symbol
from densetrace.tensorflow.tensor import Array, Tensor

READ: Final[Operation] = variables.read_variable.operation
ASSIGN: Final[Operation] = variables.assign_variable.operation

SMALL: Final = 1024
"""Bytes: constants up to this size are compared, and results up to it are not released early."""


def _named(*names: str) -> frozenset[Any]:
    """The operations of these public names."""
    return frozenset(OPERATIONS[name].operation for name in names)


_MULTIPLY: Final[Operation] = OPERATIONS["multiply"].operation
_NEGATIVE: Final[Operation] = OPERATIONS["negative"].operation
_SUM_OF_SEVERAL: Final[Operation] = OPERATIONS["add_n"].operation
_IDENTITIES: Final = _named("identity", "stop_gradient", "raw_ops.Const")
_OF_SHAPE: Final = _named("shape", "size", "rank", "zeros_like", "ones_like")
VIEWS: Final = _named("reshape", "expand_dims", "squeeze")


class Item:
    """One operation of a program.

    Args:
        operation: the operation.
        attributes: its attributes.
        takes: the slots of its operands.
        gives: the slots of its results.
        several: whether `compute` returns a list of results.
        compute: computes it from the arrays of its operands.
        write: computes the same into a buffer, if there is such a function.
        acts: whether it runs even if nothing needs its results.
    """

    __slots__ = ("acts", "attributes", "compute", "gives", "operation", "several", "takes", "write")

    def __init__(
        self,
        operation: Any,
        attributes: dict[str, Any],
        takes: tuple[int, ...],
        gives: tuple[int, ...],
        several: bool,
        compute: Callable[..., Any],
        write: Callable[..., Any] | None = None,
        acts: bool = False,
    ) -> None:
        self.operation = operation
        self.attributes = attributes
        self.takes = takes
        self.gives = gives
        self.several = several
        self.compute = compute
        self.write = write
        self.acts = acts


class Listing:
    """The operations of a plan that have to run for inputs of these shapes, and its constants.

    Args:
        nodes: the nodes of the plan, in order.
        steps: for each node its computation, the slots of its operands, its result slot or slots.
        seen: the array that each slot had in a run with inputs of these shapes.
        inputs: the slots of the inputs.
        constants: the slots of constants.
        outputs: the slots of the outputs.
        acts: whether a node runs even if nothing needs its outputs.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        steps: Sequence[Any],
        seen: list[Any],
        inputs: Sequence[int],
        constants: Sequence[int],
        outputs: Sequence[int],
        acts: Callable[[Node], bool],
    ) -> None:
        self.seen = seen
        self.same: dict[int, int] = {}
        self.constants: dict[int, Array] = {}
        self.items: list[Item] = []
        self._static: dict[int, Spec] = {
            slot: _spec_of_array(seen[slot], read=False)
            for slot in inputs
            if isinstance(seen[slot], np.ndarray)
        }
        self._equal: dict[Any, tuple[int, ...]] = {}
        self._makers: dict[int, Item] = {}
        for slot in constants:
            self._add_constant(slot)
        for node, step in zip(nodes, steps, strict=True):
            takes = tuple([self.same.get(slot, slot) for slot in step[1]])
            self._add(node, takes, step[2], step[0], acts(node))
        self.outputs = [self.same.get(slot, slot) for slot in outputs]
        self.items = self._needed()

    def _add_constant(self, slot: int) -> None:
        array = self.seen[slot]
        self._static[slot] = _spec_of_array(array)
        self.constants[slot] = array
        if array.nbytes <= SMALL and array.dtype != object:
            key = (array.dtype.str, array.shape, array.tobytes())
            found = self._equal.setdefault(key, (slot,))[0]
            if found != slot:
                self.same[slot] = found

    def _add(
        self,
        node: Node,
        takes: tuple[int, ...],
        results: Any,
        compute: Callable[..., Any],
        acts: bool,
    ) -> None:
        made = node.operation
        several = type(results) is tuple
        gives = results if several else (results,)
        if made in _IDENTITIES or (made is _SUM_OF_SEVERAL and len(takes) == 1):
            self.same[gives[0]] = takes[0]
            return
        specs = self._infer(node, takes, gives)
        if isinstance(made, Operation) and not made.stateful:
            is_constant = all(slot in self.constants for slot in takes)
            of_shape = made in _OF_SHAPE and set(takes) <= self._static.keys()
            if not several and gives[0] in self._static and (is_constant or of_shape):
                self._add_constant(gives[0])
                return
            attributes = {name: one for name, one in node.attributes.items() if name != "name"}
            key = _key(made, node.operands, attributes, takes)
            known = None if key is None else self._equal.setdefault(key, gives)
            if known is not None and known is not gives:
                self.same.update(zip(gives, known, strict=True))
                return
            write = self._writer(made, specs, attributes, takes, gives)
            takes = self._without_sign(made, takes, gives)
        else:
            write = None
        item = Item(made, node.attributes, takes, gives, several, compute, write, acts)
        self.items.append(item)
        self._makers.update((slot, item) for slot in gives)

    def _infer(self, node: Node, takes: tuple[int, ...], gives: tuple[int, ...]) -> list[Any]:
        """The specs of the operands, after finding out which results always have the shape that was
        seen."""
        waiting = iter(takes)
        specs = [self._spec(operand, waiting) for operand in node.operands]
        outputs = node.outputs if type(node.outputs) is list else [node.outputs]
        shapes = [output.shape for output in outputs]
        if isinstance(node.operation, Operation) and node.operation is not READ:
            attributes = {name: one for name, one in node.attributes.items() if name != "name"}
            try:
                found = node.operation.rule(*specs, **attributes)
            except (ValueError, TypeError, IndexError, LookupError):
                found = []
            found = found if type(found) is list else [found]
            if len(found) == len(outputs):
                shapes = [TensorShape(one[0]) for one in found]
        for slot, shape in zip(gives, shapes, strict=True):
            array = self.seen[slot]
            if shape.is_fully_defined() and tuple(shape) == array.shape:
                self._static[slot] = _spec_of_array(array, read=False)
        return specs

    def _spec(self, operand: Any, waiting: Any) -> Any:
        if isinstance(operand, Tensor | Symbol):
            slot = next(waiting)
            if slot in self._static or not isinstance(self.seen[slot], np.ndarray):
                return self._static.get(slot)
            return Spec(UNKNOWN_RANK, of_array(self.seen[slot].dtype))
        if type(operand) is list:
            return [self._spec(one, waiting) for one in operand]
        return operand

    def _writer(
        self,
        made: Operation,
        specs: list[Any],
        attributes: dict[str, Any],
        takes: tuple[int, ...],
        gives: tuple[int, ...],
    ) -> Callable[..., Any] | None:
        """What computes an operation into a buffer, if shapes and layouts allow it."""
        if len(gives) != 1 or any(type(one) is list for one in specs):
            return None
        slots = (*takes, gives[0])
        if not all(slot in self._static for slot in slots):
            return None
        if not all(self.seen[slot].flags.c_contiguous for slot in slots):
            return None
        return made.writer(specs, attributes)

    def _without_sign(
        self, made: Operation, takes: tuple[int, ...], gives: tuple[int, ...]
    ) -> tuple[int, ...]:
        """The operands of a product, with the sign changed in a scalar in place of an array."""
        if made is not _MULTIPLY or len(takes) != 2:
            return takes
        for first, second in (takes, takes[::-1]):
            maker = self._makers.get(first)
            large, small = self.seen[first], self.seen[second]
            if maker is None or maker.operation is not _NEGATIVE or maker.write is None:
                continue
            if small.ndim or large.size <= 1 or large.dtype.kind != "f":
                continue
            return maker.takes[0], self._negated(second)
        return takes

    def _negated(self, slot: int) -> int:
        """The slot of a scalar with its sign changed."""
        key = _key(_NEGATIVE, (_ANY,), {}, (slot,))
        if key in self._equal:
            return self._equal[key][0]
        new = len(self.seen)
        self.seen.append(np.asarray(np.negative(self.seen[slot])))
        self._equal[key] = (new,)
        if slot in self.constants:
            self._add_constant(new)
            return self.same.get(new, new)
        self._static[new] = self._static.get(slot, _spec_of_array(self.seen[new], read=False))
        item = Item(_NEGATIVE, {}, (slot,), (new,), False, np.negative, np.negative)
        self.items.append(item)
        return new

    def _needed(self) -> list[Item]:
        needed = set(self.outputs)
        kept: list[Item] = []
        for item in reversed(self.items):
            if item.acts or not needed.isdisjoint(item.gives):
                kept.append(item)
                needed.update(item.takes)
        return kept[::-1]


def _spec_of_array(array: Array, read: bool = True) -> Spec:
    known: Any = None
    if read and array.dtype.kind in "iu" and array.ndim < 2 and array.nbytes <= SMALL:
        known = array.tolist()
        known = tuple(known) if isinstance(known, list) else known
    return Spec(of_sizes(array.shape), of_array(array.dtype), known)


def _key(
    made: Any, operands: Sequence[Any], attributes: dict[str, Any], takes: tuple[int, ...]
) -> Any:
    """What two operations with the same result have in common; None when it is not known."""
    if not all(map(_is_plain, attributes.values())):
        return None
    forms = tuple(map(_form, operands))
    return id(made), takes, forms, repr(sorted(attributes.items()))


def _form(operand: Any) -> Any:
    """An operand without its tensors."""
    if operand is _ANY or isinstance(operand, Tensor | Symbol):
        return ()
    if type(operand) is list:
        return [*map(_form, operand)].__repr__()
    return repr(operand)


_ANY: Final = object()
"""A tensor, in `_form`."""


def _is_plain(value: Any) -> bool:
    """Whether the repr of an attribute says all of it."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or type(value) in (int, float, bool, str, DType, TensorShape)
