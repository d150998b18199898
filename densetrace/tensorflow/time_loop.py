"""A loop over time that a graph can hold: a body runs once for each element of some sequences.

In a graph the loop is one node that holds the graph of its body. Its gradient is a second node,
which runs the gradient of the body from the last element back to the first. Both replay compiled
plans, so that an iteration costs little more than its NumPy calls.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from densetrace.tensorflow import tape
from densetrace.tensorflow.control_flow import _add_node, _traced
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.joining import stack, unstack
from densetrace.tensorflow.ops.math import add
from densetrace.tensorflow.replay import OwnOperation, Plan, acts, assigned_in, fill_in
from densetrace.tensorflow.shapes import TensorSpec
from densetrace.tensorflow.symbolic import Graph, GraphTensor, current_graph, inside
from densetrace.tensorflow.tensor import Array

Body = Callable[[list[Any], list[Any]], tuple[list[Any], list[Any]]]
"""From the elements of one time step and the carried values to (outputs, new carried values)."""


def loop_over_time(
    body: Body, sequences: list[Any], carried: list[Any], keep_all: bool = True
) -> tuple[list[Any], list[Any]]:
    """Run `body` for each element of the sequences along their first axis, the time.

    DEPARTS: Keras writes `tf.while_loop` with a `tf.TensorArray` for each sequence. Here the loop
    is one operation, whose numbers and gradients are the same.

    Args:
        body: a function of the elements at one time and of the carried values, both lists. It
            returns a list of outputs, and the carried values for the next time.
        sequences: tensors [time, ...], at least one.
        carried: the carried values at the beginning.
        keep_all: whether the outputs of all times are kept, or only those of the last.

    Returns:
        The outputs, stacked: [time, ...] each, or [1, ...]; and the carried values at the end.

    Raises:
        ValueError: when a carried value changes its shape or dtype.
    """
    graph = current_graph()
    if graph is not None:
        return _loop_of_graph(graph, body, sequences, carried, keep_all)
    collected: list[list[Any]] = []
    for elements in zip(*[unstack(one) for one in sequences], strict=True):
        outputs, carried = body(list(elements), list(carried))
        if not keep_all:
            collected.clear()
        collected.append(outputs)
    return [stack(list(column)) for column in zip(*collected, strict=True)], list(carried)


class _TimeLoop(OwnOperation):
    """Runs a graph for each element of sequences. Operands: the sequences, the carried values at
    the beginning, and the symbols that the graph captures.

    Results: the stacked outputs and the carried values at the end; where a tape records, also what
    the gradient needs: the carried values before each iteration and the random numbers in it.
    """

    operand_names = ("sequences", "carried", "inputs")
    operand_roles = ("list", "list", "list")

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The results as arrays."""
        sequences, carried, inputs = fill_in(operands, iter(arrays))
        (plan,) = attributes["plans"]
        # The rows of a transposed array are not contiguous, which would make each step slow.
        rows = zip(*map(np.ascontiguousarray, sequences), strict=True)
        return _iterate(
            lambda row, states: plan.replay([*row, *states, *inputs]),
            rows, carried, attributes, lambda column: np.stack(column),
        )  # fmt: skip

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The results as tensors, operation by operation; in a graph, a new node."""
        graph = current_graph()
        sequences, carried, inputs = operands
        if graph is not None:
            wanted = len(attributes["specs"])
            attributes = attributes | {"keeps": attributes["keeps"] or bool(tape.active())}
            return _add_node(graph, self, operands, attributes, _specs(attributes))[:wanted]
        (plan,) = attributes["plans"]
        rows = zip(*[unstack(one) for one in sequences], strict=True)
        return _iterate(
            lambda row, states: plan.run_each([*row, *states, *inputs]),
            rows, carried, attributes, stack,
        )  # fmt: skip


def _iterate(
    step: Callable[[Any, Any], list[Any]],
    rows: Iterable[Any],
    carried: list[Any],
    attributes: dict[str, Any],
    stacked: Callable[[list[Any]], Any],
) -> list[Any]:
    """The results of a loop: the outputs, the carried values at the end, and what it keeps."""
    _, count, states = attributes["counts"]
    collected: list[list[Any]] = []
    kept: list[list[Any]] = []
    for row in rows:
        results = step(row, carried)
        if not attributes["keep_all"]:
            collected.clear()
        collected.append(results[:count])
        if attributes["keeps"]:
            kept.append([*carried, *results[count + states :]])
        carried = results[count : count + states]
    columns, kept_columns = zip(*collected, strict=True), zip(*kept, strict=True)
    return [
        *[stacked(list(one)) for one in columns],
        *carried,
        *[stacked(list(one)) for one in kept_columns],
    ]


_LOOP: Final = _TimeLoop("While")  # the operation that the loop is in TensorFlow


class _TimeLoopGradient(OwnOperation):
    """The gradients of a loop over time. Operands: the sequences, what the loop kept of each
    iteration, the captured symbols, and the gradients of the outputs and of the carried values.

    Results: the gradients of the sequences, of the carried values and of the captured symbols,
    without those that have none.
    """

    operand_names = ("sequences", "kept", "inputs", "douts", "dcarried")
    operand_roles = ("list", "list", "list", "list", "list")

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The gradients as arrays."""
        given = fill_in(operands, iter(arrays))
        sequences, kept, inputs, douts, dcarried = given
        (plan,) = attributes["plans"]
        tables = [list(map(np.ascontiguousarray, one)) for one in (sequences, kept, douts)]
        return _iterate_back(
            lambda row: plan.replay([*row, *inputs]),
            tables, dcarried, attributes, np.zeros_like, np.add, lambda column: np.stack(column),
        )  # fmt: skip

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The gradients as tensors, operation by operation; in a graph, a new node."""
        graph = current_graph()
        if graph is not None:
            return _add_node(graph, self, operands, attributes, attributes["specs"])
        sequences, kept, inputs, douts, dcarried = operands
        (plan,) = attributes["plans"]
        tables = [[unstack(one) for one in listed] for listed in (sequences, kept, douts)]
        return _iterate_back(
            lambda row: plan.run_each([*row, *inputs]),
            tables, dcarried, attributes, zeros_like, add, stack,
        )  # fmt: skip


def _iterate_back(
    step: Callable[[Any], list[Any]],
    tables: list[list[Any]],
    dcarried: list[Any],
    attributes: dict[str, Any],
    zeros: Callable[[Any], Any],
    plus: Callable[[Any, Any], Any],
    stacked: Callable[[list[Any]], Any],
) -> list[Any]:
    """The results of the gradient of a loop, from the last iteration to the first."""
    sequences, kept, douts = tables
    of_elements, of_carried, _ = attributes["present"]
    without = [None if there else zeros(one)
               for there, one in zip(of_carried, dcarried, strict=True)]  # fmt: skip
    length = len((*sequences, *kept)[0])
    nothing = [] if attributes["keep_all"] else [zeros(one[0]) for one in douts]
    rows: list[list[Any]] = []
    sums: list[Any] = []
    for at in reversed(range(length)):
        if attributes["keep_all"]:
            dys = [one[at] for one in douts]
        else:
            dys = nothing if at < length - 1 else [one[0] for one in douts]
        found = iter(step([*[one[at] for one in (*sequences, *kept)], *dys, *dcarried]))
        rows.append([next(found) for there in of_elements if there])
        dcarried = [next(found) if one is None else one for one in without]
        fresh = list(found)
        sums = [plus(*pair) for pair in zip(sums, fresh, strict=True)] if sums else fresh
    columns = zip(*reversed(rows), strict=True)
    return [*[stacked(list(one)) for one in columns], *dcarried, *sums]


_LOOP_GRADIENT: Final = _TimeLoopGradient("WhileGrad")


def _loop_gradient(step: Any, *dys: Any) -> Any:
    """Run the gradient of the body from the last iteration back to the first."""
    sequences, carried, inputs = (list(one) for one in step.operands)
    attributes, outputs = step.attributes, step.outputs
    (body,) = attributes["plans"]
    if any(True for _ in assigned_in(body.graph)):
        raise LookupError(
            "A tape inside of a tf.function records no gradient for a loop over time that assigns "
            "variables. Put the tape around the function, or unroll the layer."
        )
    _, count, states = attributes["counts"]
    end = count + states
    douts, dcarried = list(dys[:count]), list(dys[count:end])
    plan, present = _gradient_plan(attributes, step.needed or (True, True, True))
    sources = [*sequences, *carried, *inputs]
    there = [*present[0], *[True] * states, *present[2]]
    specs = [
        TensorSpec(one.shape, one.dtype)
        for one, is_there in zip(sources, there, strict=True)
        if is_there
    ]
    found = iter(
        _LOOP_GRADIENT.run(
            (sequences, list(outputs[end:]), inputs, douts, dcarried),
            {
                "plans": [plan], "present": present, "specs": specs,
                "keep_all": attributes["keep_all"],
            },
        )
    )  # fmt: skip
    gradients = [next(found) if is_there else None for is_there in there]
    gradients = [
        one if source.dtype.is_floating else None
        for one, source in zip(gradients, sources, strict=True)
    ]
    begin = len(sequences)
    return gradients[:begin], gradients[begin : begin + states], gradients[begin + states :]


def _gradient_plan(
    attributes: dict[str, Any], wanted: Sequence[bool]
) -> tuple[Plan, tuple[list[bool], list[bool], list[bool]]]:
    """The graph of the gradient of a body; and which elements, carried values and captured symbols
    have a gradient.

    What the body draws at random is an input of the gradient: drawn again, it would differ.
    """
    (forward,) = attributes["plans"]
    body: Graph = forward.graph
    elements, count, states = attributes["counts"]
    quiet = Graph(body.name, body.outer)
    quiet.nodes = [node for node in body.nodes if not acts(node)]
    drawn = forward.outputs[count + states :]
    plan = Plan(quiet, [*forward.inputs, *drawn], forward.outputs[: count + states], False)
    given, douts, captured = (
        [GraphTensor(one.shape, one.dtype, one.name) for one in listed]
        for listed in (plan.inputs, plan.outputs, forward.captures)
    )
    by_symbol = dict(zip(map(id, forward.captures), captured, strict=True))
    inner = Graph("gradient of the body", body.outer)
    for one in (*given, *douts, *captured):
        one.graph = inner
    first = 0 if wanted[0] else elements
    sources = [*given[first : elements + states], *(captured if wanted[2] else ())]
    with inside(inner), tape.untaped():
        with tape.GradientTape(watch_accessed_variables=False) as recording:
            recording.watch([one for one in sources if one.dtype.is_floating])
            outputs = plan.run_each([*given, *[by_symbol[id(one)] for one in plan.captures]])
        pairs = [pair for pair in zip(outputs, douts, strict=True) if pair[0].dtype.is_floating]
        found = recording.gradient([one for one, _ in pairs], sources, [dy for _, dy in pairs])
        found = [None if one is None else convert_to_tensor(one) for one in found]
    found = [*[None] * first, *found, *([] if wanted[2] else [None] * len(captured))]
    results = [one for one in found if one is not None]
    there = [one is not None for one in found]
    present = there[:elements], there[elements : elements + states], there[elements + states :]
    return Plan(inner, [*given, *douts, *captured], results, False), present


_LOOP.grad = _loop_gradient


def _no_second_gradient(step: Any, *dys: Any) -> Any:
    raise LookupError(
        "A tape inside of a tf.function records no second gradient for a loop over time. Put the "
        "tape around the function, or unroll the layer."
    )


_LOOP_GRADIENT.grad = _no_second_gradient


def _loop_of_graph(
    graph: Graph, body: Body, sequences: list[Any], carried: list[Any], keep_all: bool
) -> tuple[list[Any], list[Any]]:
    sequences = [convert_to_tensor(one) for one in sequences]
    carried = [convert_to_tensor(one) for one in carried]
    # A tape asks for the gradients of variables that were read outside of the loop.
    plan, count = _body_plan(body, sequences, carried, graph if tape.active() else None)
    attributes = {
        "plans": [plan],
        "counts": (len(sequences), count, len(carried)),
        "length": sequences[0].shape[0],
        "keep_all": keep_all,
        "keeps": bool(tape.active()),
    }
    attributes["specs"] = _specs(attributes)
    if tape.active():
        captured = set(map(id, plan.captures))
        for variable, symbol in plan.graph.reads.values():
            if id(symbol) in captured:
                tape.watch_variable(variable, symbol)
    operands = sequences, carried, list(plan.captures)
    found = _add_node(graph, _LOOP, operands, attributes, attributes["specs"])
    return found[:count], found[count : count + len(carried)]


def _body_plan(
    body: Body, sequences: list[Any], carried: list[Any], outer: Graph | None
) -> tuple[Plan, int]:
    """The graph of a body, and the number of its outputs. What it draws at random is among its
    results, after the outputs and the carried values.

    Raises:
        ValueError: when a carried value changes its shape or dtype.
    """
    elements: list[Any] = [
        GraphTensor(one.shape[1:], one.dtype, f"element_{at}:0") for at, one in enumerate(sequences)
    ]
    states: list[Any] = [
        GraphTensor(one.shape, one.dtype, f"carried_{at}:0") for at, one in enumerate(carried)
    ]
    given = elements, states
    inner, (outputs, after) = _traced("body", body, [*elements, *states], given, outer)
    for begin, end in zip(carried, after, strict=True):
        if end.dtype != begin.dtype or not end.shape.is_compatible_with(begin.shape):
            raise ValueError(
                f"A value enters the loop with {TensorSpec(begin.shape, begin.dtype)} and has "
                f"{TensorSpec(end.shape, end.dtype)} after one time step."
            )
    drawn = [one for node in inner.nodes if acts(node) for one in flatten(node.outputs)]
    return Plan(inner, [*elements, *states], [*outputs, *after, *drawn]), len(outputs)


def _specs(attributes: dict[str, Any]) -> list[TensorSpec]:
    """The shapes and dtypes of the results of a loop."""
    (plan,) = attributes["plans"]
    elements, count, states = attributes["counts"]
    length = attributes["length"]
    end = count + states
    kept = [*plan.inputs[elements:], *plan.outputs[end:]] if attributes["keeps"] else []
    return [
        *[_along(one, length if attributes["keep_all"] else 1) for one in plan.outputs[:count]],
        *[TensorSpec(one.shape, one.dtype) for one in plan.outputs[count:end]],
        *[_along(one, length) for one in kept],
    ]


def _along(symbol: Any, length: int | None) -> TensorSpec:
    """The spec of a tensor for each time, stacked."""
    shape = symbol.shape
    return TensorSpec(None if shape.rank is None else [length, *shape], symbol.dtype)
