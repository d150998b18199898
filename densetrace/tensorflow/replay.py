"""Running a graph: a flat list of computations on NumPy arrays, prepared once.

With an active tape, an enclosing trace or an allowance, the same list runs operation by operation
instead, with the same numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final, cast

import numpy as np

from densetrace.tensorflow import allowance, tape, variables
from densetrace.tensorflow.dispatch import as_sizes, compute, run
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.operation import Operation
from densetrace.tensorflow.symbolic import Graph, Node, Symbol, current_graph, out_of_scope
from densetrace.tensorflow.tape import tensors_in
from densetrace.tensorflow.tensor import Array, Tensor

_READ: Final[Operation] = variables.read_variable.operation
_ASSIGN: Final[Operation] = variables.assign_variable.operation

_PLANS: Final = "plans"
"""The attribute of a node that holds graphs, such as the branches of `tf.cond`."""

_MOST_PROGRAMS: Final = 16
"""For how many sets of shapes a plan is compiled."""

_Step = tuple[Callable[..., Any], tuple[int, ...], Any, tuple[int, ...], str]
"""A computation, its operand slots, its result slot or slots, the slots it frees, and its name."""


class OwnOperation:
    """An operation with its own way to run: it holds graphs, or operands of mixed dtypes.

    `compute` is given arrays for its tensors, one after the other; `run` tensors or symbols.
    """

    operand_names: tuple[str, ...] = ()
    operand_roles: tuple[str, ...] = ()
    stateful = True
    grad: Any = None

    def __init__(self, name: str) -> None:
        self.name = name
        self.names = (name,)

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The results as arrays."""
        raise NotImplementedError

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The results as tensors; in a graph, a new node and its symbols."""
        raise NotImplementedError


class SourceOperation(OwnOperation):
    """An operation that takes arrays from outside of the graph."""

    def lent(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> tuple[list[Array], bool]:
        """The arrays, and whether their owner may change them after this step of the graph."""
        raise NotImplementedError

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The arrays; copies of those that are lent."""
        found, is_lent = self.lent(operands, attributes, *arrays)
        return [array.copy() for array in found] if is_lent else found


def variables_in(graph: Graph) -> list[Any]:
    """The variables that a graph reads or assigns, in order of first use."""
    found: dict[int, Any] = {}
    for node in graph.nodes:
        if "variable" in node.attributes:
            found.setdefault(id(node.attributes["variable"]), node.attributes["variable"])
        for inner in _graphs_of(node):
            found.update((id(variable), variable) for variable in variables_in(inner))
    return list(found.values())


def assigned_in(graph: Graph) -> list[Any]:
    """The variables that a graph assigns."""
    found = dict(graph.assigned)
    for node in graph.nodes:
        for inner in _graphs_of(node):
            found.update((id(variable), variable) for variable in assigned_in(inner))
    return list(found.values())


def _graphs_of(node: Node) -> list[Graph]:
    return [plan.graph for plan in node.attributes.get(_PLANS, ())]


def acts(node: Node) -> bool:
    """Whether a node has a side effect and so runs even if its outputs are unused."""
    if _PLANS in node.attributes:
        return any(acts(inner) for plan in node.attributes[_PLANS] for inner in plan.nodes)
    return bool(node.operation.stateful and node.operation is not _READ)


class Plan:
    """A graph that is ready to run.

    Args:
        graph: the graph.
        inputs: its symbols for what it is given.
        outputs: what it is to give: its symbols, or tensors.
        stateful: whether what changes something runs too (assignments, printing), or only what
            the outputs need.
    """

    def __init__(
        self, graph: Graph, inputs: Sequence[Symbol], outputs: Sequence[Any], stateful: bool = True
    ) -> None:
        self.graph = graph
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.nodes = self._needed_nodes(stateful)
        self._slots: dict[int, int] = {}
        for symbol in inputs:
            self._slots[id(symbol)] = len(self._slots)
        self._constants: list[tuple[int, Tensor]] = []
        self.captures = self._find_captures()
        for node in self.nodes:
            for output in _listed(node.outputs):
                self._slots[id(output)] = len(self._slots)
        self._gives = [self._slots[id(output)] for output in self.outputs]
        self._template: list[Any] = [None] * len(self._slots)
        for slot, tensor in self._constants:
            self._template[slot] = tensor._array
        self._steps = self._make_steps()
        self._sources = self._count_sources()
        captured = [self._slots[id(symbol)] for symbol in self.captures]
        self._given_slots = [*range(len(inputs)), *captured]
        """The slots of the inputs, of the captures and of the elements of iterators."""
        self._taken: list[tuple[Callable[..., Any], list[int], tuple[int, ...]]] = []
        for node, (_, takes, gives, *_) in zip(
            self.nodes[: self._sources], self._steps, strict=False
        ):
            lent = cast(SourceOperation, node.operation).lent
            at = [self._given_slots.index(slot) for slot in takes]
            self._taken.append((partial(lent, node.operands, node.attributes), at, gives))
        for _, _, gives in self._taken:
            self._given_slots += gives
        self._programs: dict[Any, Any] = {}

    def _needed_nodes(self, stateful: bool) -> list[Node]:
        needed = {id(output) for output in self.outputs}
        kept: list[Node] = []
        for node in reversed(self.graph.nodes):
            if (stateful and acts(node)) or any(
                id(output) in needed for output in _listed(node.outputs)
            ):
                kept.append(node)
                needed.update(map(id, tensors_in(node.operands)))
        return kept[::-1]

    def _count_sources(self) -> int:
        """The number of nodes at the beginning that take the next elements of iterators: the shapes
        of all others may depend on these elements."""
        made: set[int] = set()
        for at, node in enumerate(self.nodes):
            tensors = list(tensors_in(node.operands))
            if not _is_source(node) or any(id(tensor) in made for tensor in tensors):
                return at
            made.update(map(id, _listed(node.outputs)))
        return len(self.nodes)

    def _find_captures(self) -> list[Symbol]:
        """Assign slots to constants and to symbols of enclosing graphs."""
        made = {id(output) for node in self.nodes for output in _listed(node.outputs)}
        captures: list[Symbol] = []
        wanted = [tensor for node in self.nodes for tensor in tensors_in(node.operands)]
        for tensor in [*wanted, *self.outputs]:
            if id(tensor) in self._slots or id(tensor) in made:
                continue
            slot = self._slots[id(tensor)] = len(self._slots)
            if isinstance(tensor, Tensor):
                self._constants.append((slot, tensor))
            else:
                captures.append(tensor)
        return captures

    def _make_steps(self) -> list[_Step]:
        last_use: dict[int, int] = {}
        for position, node in enumerate(self.nodes):
            for tensor in [*tensors_in(node.operands), *_listed(node.outputs)]:
                last_use[self._slots[id(tensor)]] = position
        kept = {*self._gives, *(slot for slot, _ in self._constants)}
        frees: list[list[int]] = [[] for _ in self.nodes]
        for slot, position in last_use.items():
            if slot not in kept:
                frees[position].append(slot)
        steps: list[_Step] = []
        for node, freed in zip(self.nodes, frees, strict=True):
            takes = tuple([self._slots[id(tensor)] for tensor in tensors_in(node.operands)])
            if type(node.outputs) is list:
                gives: Any = tuple([self._slots[id(output)] for output in node.outputs])
            else:
                gives = self._slots[id(node.outputs)]
            steps.append((_computation(node), takes, gives, tuple(freed), node.operation.name))
        return steps

    def run(self, values: Sequence[Any]) -> list[Any]:
        """Run the graph on tensors in place of its inputs and return its outputs; symbols while
        another graph is traced.

        Raises:
            InvalidArgumentError: when the tensors do not fit.
            TypeError: when it takes a symbol that has no value here.
        """
        graph = current_graph()
        if graph is None:
            for symbol in self.captures:
                raise out_of_scope(symbol)
            if not tape.active() and not allowance.is_limited():
                return [Tensor(array) for array in self.replay([value._array for value in values])]
        return self.run_each([*values, *self.captures])

    def replay(self, arrays: list[Array]) -> list[Array]:
        """Run the graph on arrays in place of its inputs and captures.

        The first run for a set of shapes runs operation by operation, the second one is observed,
        and a program runs all others.
        """
        is_lent = False
        if self._sources:
            elements, is_lent = self._next_elements(arrays)
            arrays = [*arrays, *elements]
        shapes = tuple([getattr(array, "shape", None) for array in arrays])
        program: Any = self._programs.get(shapes)
        is_ready = program is not None and type(program) is not bool
        if is_lent and (not is_ready or program.keeps_inputs):
            arrays = self._owned(arrays)
        if not is_ready:
            if program is None and len(self._programs) < _MOST_PROGRAMS:
                self._programs[shapes] = False  # it has run once
            elif program is False:
                self._programs[shapes] = True  # no program, if observing it fails
                return self._observe(shapes, arrays)
            return self._give(self._interpret(arrays))
        try:
            results: list[Array] | None = program.run(arrays)
        except (ValueError, IndexError) as error:
            raise InvalidArgumentError(f"{program.failed(error)}: {error}") from error
        if results is None:
            return self._give(self._interpret(self._owned(arrays) if is_lent else arrays))
        return results

    def _owned(self, arrays: list[Array]) -> list[Array]:
        """The arrays with copies of the elements."""
        given = len(arrays) - sum(len(gives) for _, _, gives in self._taken)
        return [*arrays[:given], *[array.copy() for array in arrays[given:]]]

    def _give(self, slots: list[Any]) -> list[Array]:
        return [slots[slot] for slot in self._gives]

    def _next_elements(self, arrays: list[Array]) -> tuple[list[Array], bool]:
        """The arrays of the next elements of iterators, and whether these lend any of them."""
        found: list[Array] = []
        is_lent = False
        try:
            for take, takes, _ in self._taken:
                element, lends = take(*[arrays[at] for at in takes])
                found += element
                is_lent = is_lent or lends
        except (ValueError, IndexError) as error:
            raise InvalidArgumentError(f"{self._steps[0][-1]}: {error}") from error
        return found, is_lent

    def _filled(self, arrays: list[Array]) -> list[Any]:
        """All slots, those of constants, inputs, captures and elements with their arrays."""
        slots = self._template.copy()
        for slot, array in zip(self._given_slots, arrays, strict=True):
            slots[slot] = array
        return slots

    def _observe(self, shapes: Any, arrays: list[Array]) -> list[Array]:
        """Run the graph, and compile a program for the shapes that its arrays have."""
        from densetrace.tensorflow.listing import Listing  # most processes replay no graph twice
        from densetrace.tensorflow.program import Program

        nodes, steps = self.nodes[self._sources :], self._steps[self._sources :]
        if any(map(_runs_python, nodes)):
            return self._give(self._interpret(arrays))
        seen = self._interpret(arrays, keep=True)
        results = self._give(seen)
        inputs, constants = self._given_slots, [slot for slot, _ in self._constants]
        listing = Listing(nodes, steps, seen, inputs, constants, self._gives, acts)
        inner = [graph for node in nodes for graph in _graphs_of(node)]
        unstable = {id(one) for graph in inner for one in variables_in(graph)}
        self._programs[shapes] = Program(listing, inputs, unstable)
        return results

    def _interpret(self, arrays: list[Array], keep: bool = False) -> list[Any]:
        """Run the graph operation by operation; returns all slots, empty where nothing needs them
        any more unless `keep`."""
        slots = self._filled(arrays)
        step = None
        try:
            with np.errstate(all="ignore"):
                for step in self._steps[self._sources :]:
                    compute, takes, gives, frees, _ = step
                    if len(takes) == 2:
                        result = compute(slots[takes[0]], slots[takes[1]])
                    else:
                        result = compute(*[slots[slot] for slot in takes])
                    if type(result) is np.ndarray:
                        slots[gives] = result
                    elif type(gives) is int:
                        slots[gives] = np.asarray(result)
                    else:
                        for slot, one in zip(gives, result, strict=True):
                            slots[slot] = one
                    for slot in () if keep else frees:
                        slots[slot] = None
        except (ValueError, IndexError) as error:
            name, takes = (step[-1], step[1]) if step else ("", ())
            taken = (slots[slot] for slot in takes)
            shown = ", ".join(f"{one.dtype.name} of shape {one.shape}" for one in taken)
            raise InvalidArgumentError(
                f"{name} does not support these operands. Received: {shown}"
            ) from error
        return slots

    def run_each(self, values: Sequence[Any]) -> list[Any]:
        """Run each operation as if Python called it, on tensors or symbols in place of the inputs
        and the captures."""
        slots: list[Any] = [None] * len(self._template)
        for slot, tensor in self._constants:
            slots[slot] = tensor
        for symbol, value in zip([*self.inputs, *self.captures], values, strict=True):
            slots[self._slots[id(symbol)]] = value
        for node, step in zip(self.nodes, self._steps, strict=True):
            outputs = self._run_node(node, slots)
            if type(step[2]) is tuple:
                for slot, one in zip(step[2], outputs, strict=True):
                    slots[slot] = one
            else:
                slots[step[2]] = outputs
            for slot in step[3]:
                slots[slot] = None
        return [slots[slot] for slot in self._gives]

    def _run_node(self, node: Node, slots: list[Any]) -> Any:
        made = node.operation
        if made is _READ:
            variable = node.attributes["variable"]
            value = variable._uncast()
            if tape.active():
                tape.watch_variable(variable, value)
            return value
        operands = tuple([self._given(operand, slots) for operand in node.operands])
        if isinstance(made, OwnOperation):
            return made.run(operands, node.attributes)
        graph = current_graph()
        if made is _ASSIGN and graph is not None:
            variables.assign_in(graph, node.attributes["variable"], operands[0])
            return operands[0]
        return run(made, operands, node.attributes)

    def _given(self, operand: Any, slots: list[Any]) -> Any:
        if isinstance(operand, Tensor | Symbol):
            return slots[self._slots[id(operand)]]
        if type(operand) is list:
            return [self._given(item, slots) for item in operand]
        return operand


def _is_source(node: Node) -> bool:
    """Whether a node takes the next element of an iterator."""
    return isinstance(node.operation, SourceOperation)


def _runs_python(node: Node) -> bool:
    """Whether a node runs a Python function when its graph runs, or another operation of its own
    that holds no graphs."""
    if isinstance(node.operation, OwnOperation) and _PLANS not in node.attributes:
        return True
    return any(
        _runs_python(inner) for plan in node.attributes.get(_PLANS, ()) for inner in plan.nodes
    )


def _listed(outputs: Any) -> list[Any]:
    return outputs if type(outputs) is list else [outputs]


def _computation(node: Node) -> Callable[..., Any]:
    """A function that computes a node from the arrays of its tensors."""
    made, operands = node.operation, node.operands
    attributes = {name: value for name, value in node.attributes.items() if name != "name"}
    if isinstance(made, OwnOperation):
        return partial(made.compute, operands, attributes)
    roles = made.operand_roles
    count = next(
        (at for at, operand in enumerate(operands) if not isinstance(operand, Tensor | Symbol)),
        len(operands),
    )
    rest = dict(zip(made.operand_names[count:], operands[count:], strict=True))
    first = operands[0].dtype.numpy if count else None
    is_plain = (
        made.parameters[:count] == made.operand_names[:count]
        and "sizes" not in roles[:count]
        and not any(True for _ in tensors_in(operands[count:]))
        and not (made.widens_half and first == np.float16)
    )
    if count == 0 and operands and type(operands[0]) is list:
        is_first = made.parameters[0] == made.operand_names[0]
        if is_first and roles[0] == "list" and not any(True for _ in tensors_in(operands[1:])):
            given = dict(zip(made.operand_names[1:], operands[1:], strict=True)) | attributes
            compute = made.compute
            return lambda *arrays: compute(list(arrays), **given)
    if is_plain:
        given = rest | attributes
        return partial(made.compute, **given) if given else made.compute
    return partial(_compute_any, made, operands, attributes)


def _compute_any(
    made: Operation, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
) -> Any:
    """Compute a node with tensors inside of lists or among its sizes."""
    waiting = iter(arrays)
    filled = [
        as_sizes(given) if role == "sizes" else given
        for given, role in zip(fill_in(operands, waiting), made.operand_roles, strict=True)
    ]
    return compute(made, tuple(filled), attributes)


def fill_in(operands: Iterable[Any], arrays: Iterator[Any]) -> list[Any]:
    """The operands with each tensor replaced by the next array."""
    return [
        next(arrays)
        if isinstance(operand, Tensor | Symbol)
        else fill_in(operand, arrays)
        if type(operand) is list
        else operand
        for operand in operands
    ]


__all__ = [
    "OwnOperation", "Plan", "SourceOperation", "acts", "assigned_in", "fill_in",
    "variables_in",
]  # fmt: skip
