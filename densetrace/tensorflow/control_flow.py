"""Conditions and loops that a graph can hold: `tf.cond`, `tf.case`, `tf.while_loop`.

Eagerly, Python runs them. In a graph, `tf.cond` becomes a node that holds a graph for each branch,
and `tf.while_loop` a node that holds a graph for its condition and a graph for its body.

Follows tensorflow/python/ops: cond.py, control_flow_case.py, while_loop.py.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from densetrace.tensorflow import tape
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.nest import flatten, map_structure, pack_like
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.checks import require
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.math import identity
from densetrace.tensorflow.replay import (
    OwnOperation,
    Plan,
    acts,
    assigned_in,
    fill_in,
)
from densetrace.tensorflow.shapes import TensorSpec
from densetrace.tensorflow.symbolic import (
    Graph,
    GraphTensor,
    Node,
    current_graph,
    handler_of,
    inside,
    refuse_symbols,
)
from densetrace.tensorflow.tensor import Array, Tensor
from densetrace.tensorflow.tensor_array import TensorArray


def _traced(
    name: str, function: Callable[..., Any], inputs: list[Any], given: Sequence[Any], outer: Any
) -> tuple[Graph, Any]:
    """Trace a function into a new graph; return the graph and the result of the function."""
    graph = Graph(name, outer)
    for symbol in inputs:
        symbol.graph = graph
    with inside(graph), tape.untaped():
        result = function(*given)
        if handler_of(flatten(result)) is not None:
            raise TypeError(
                "To be compatible with tf.function, Python functions must return zero or more "
                "Tensors or ExtensionTypes or None values. Received a symbolic input or output of "
                f"Keras: {result!r:.200}"
            )
        leaves = [None if leaf is None else convert_to_tensor(leaf) for leaf in flatten(result)]
    return graph, pack_like(result, leaves)


def _add_node(
    graph: Graph,
    made: OwnOperation,
    operands: tuple[Any, ...],
    attributes: dict[str, Any],
    specs: list[TensorSpec],
) -> list[Any]:
    """Add a node with symbolic outputs of these shapes and dtypes to a graph."""
    base = graph.unique_name(made.name)
    outputs = [
        GraphTensor(spec.shape, spec.dtype, f"{base}:{at}", graph) for at, spec in enumerate(specs)
    ]
    graph.nodes.append(Node(made, operands, attributes, outputs))
    for plan in attributes["plans"]:
        for variable in assigned_in(plan.graph):
            graph.assigned[id(variable)] = variable
            graph.reads.pop(id(variable), None)
    if tape.active():
        tape.record(made, operands, attributes, outputs)
    return outputs


def _outer_symbols(plans: Sequence[Plan]) -> list[Any]:
    """The symbols of an enclosing graph that some graphs read, without repetitions."""
    return list({id(symbol): symbol for plan in plans for symbol in plan.captures}.values())


# -- cond ------------------------------------------------------------------------------------------


class _If(OwnOperation):
    """Runs one of two graphs. Operands: the predicate, and the symbols that the graphs capture."""

    operand_names = ("pred", "inputs")
    operand_roles = ("bool", "list")

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The outputs of the branch that the predicate selects."""
        pred, inputs = fill_in(operands, iter(arrays))
        plan, where = _chosen(bool(pred), attributes)
        return plan.replay([inputs[at] for at in where])

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The outputs as tensors, operation by operation; in a graph, a new node."""
        pred, inputs = operands
        graph = current_graph()
        if graph is not None:
            return _add_node(graph, self, operands, attributes, attributes["specs"])
        plan, where = _chosen(bool(pred), attributes)
        return plan.run_each([inputs[at] for at in where])


def _chosen(pred: bool, attributes: dict[str, Any]) -> tuple[Plan, list[int]]:
    at = 0 if pred else 1
    plan: Plan = attributes["plans"][at]
    return plan, attributes["taken"][at]


_IF: Final = _If("If")


def _if_gradient(step: Any, *dys: Any) -> tuple[Any, Any]:
    """The gradient of the branch that ran: a second conditional with the same predicate."""
    pred, inputs = step.operands
    plans, taken = step.attributes["plans"], step.attributes["taken"]

    def back(at: int) -> list[Any]:
        plan = Plan(plans[at].graph, [], plans[at].outputs, stateful=False)
        if any(map(acts, plan.nodes)):
            raise LookupError(
                "A tape inside of a tf.function records no gradient for a branch of tf.cond that "
                "draws random numbers or assigns what it gives. Put the tape around the function."
            )
        places = {
            id(symbol): place for symbol, place in zip(plans[at].captures, taken[at], strict=True)
        }
        places_taken = [places[id(symbol)] for symbol in plan.captures]
        # Each its own tensor, since one tensor may be given twice.
        sources = [identity(inputs[place]) for place in places_taken]
        with tape.GradientTape() as inner:
            inner.watch(sources)
            outputs = plan.run_each(sources)
        # Integers have no gradient, but both branches must return tensors for them.
        found = [
            zeros_like(source) if one is None else convert_to_tensor(one)
            for source, one in zip(sources, inner.gradient(outputs, sources, dys), strict=True)
        ]
        by_place = dict(zip(places_taken, found, strict=True))
        return [by_place.get(place, zeros_like(one)) for place, one in enumerate(inputs)]

    gradients = cond(pred, lambda: back(0), lambda: back(1))
    return None, [
        gradient if one.dtype.is_floating else None
        for gradient, one in zip(gradients, inputs, strict=True)
    ]


_IF.grad = _if_gradient


@export("cond")
def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: Any = None,
) -> Any:
    """Return `true_fn()` where `pred` is true, else `false_fn()`. Follows tf.cond.

    Eagerly one of them runs. In a graph Python runs both, and the predicate chooses when the graph
    runs.

    Raises:
        TypeError: when they are not callable, or differ in what they return; in a graph, when the
            predicate is a Python bool.
    """
    for given, which in (true_fn, "true_fn"), (false_fn, "false_fn"):
        if not callable(given):
            raise TypeError(f"{which} must be callable. Received: {given!r:.80}")
    assert true_fn is not None
    assert false_fn is not None
    graph = current_graph()
    if graph is None:
        refuse_symbols("tf.cond", [pred])
        return true_fn() if bool(pred) else false_fn()
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool", pred)
    pred = convert_to_tensor(pred)
    made = [
        _traced(which, function, [], (), graph)
        for which, function in (("true", true_fn), ("false", false_fn))
    ]
    (_, first), (_, second) = made
    leaves = [flatten(result) for _, result in made]
    if not _same_structure(first, second) or any(
        (a is None) != (b is None) or (a is not None and a.dtype != b.dtype)
        for a, b in zip(*leaves, strict=True)
    ):
        raise TypeError(
            "true_fn and false_fn arguments to tf.cond must have the same number, type, and "
            f"overall structure of return values. Received: {first} and {second}"
        )
    plans = [
        Plan(inner, [], [leaf for leaf in given if leaf is not None])
        for (inner, _), given in zip(made, leaves, strict=True)
    ]
    specs = [
        TensorSpec(a.shape.most_specific_compatible_shape(b.shape), a.dtype)
        for a, b in zip(plans[0].outputs, plans[1].outputs, strict=True)
    ]
    inputs = _outer_symbols(plans)
    places = {id(symbol): at for at, symbol in enumerate(inputs)}
    if tape.active():
        for inner, _ in made:
            for variable, symbol in inner.reads.values():
                if id(symbol) in places:
                    tape.watch_variable(variable, symbol)
    attributes = {
        "plans": plans,
        "taken": [[places[id(symbol)] for symbol in plan.captures] for plan in plans],
        "specs": specs,
    }
    outputs = iter(_add_node(graph, _IF, (pred, inputs), attributes, specs))
    packed = [None if leaf is None else next(outputs) for leaf in leaves[0]]
    return pack_like(first, packed)


def _same_structure(first: Any, second: Any) -> bool:
    if isinstance(first, dict):
        return (
            isinstance(second, dict)
            and sorted(first) == sorted(second)
            and all(_same_structure(first[key], second[key]) for key in first)
        )
    if isinstance(first, list | tuple):
        return (
            type(first) is type(second)
            and len(first) == len(second)
            and all(map(_same_structure, first, second))
        )
    return not isinstance(second, dict | list | tuple)


@export("case")
def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: Any = "case",
) -> Any:
    """Return the result of the function of the first true predicate, else of `default`.

    Raises:
        ValueError: when there is neither a pair nor a default.
        InvalidArgumentError: when no predicate is true and there is no default; in a graph, when it
            runs.
    """
    pairs = list(pred_fn_pairs)
    if not pairs:
        if default is None:
            raise ValueError("tf.case needs a pair of a predicate and a function, or a default.")
        return default()
    (pred, function), *rest = pairs
    if not rest and default is None:
        require(pred, "tf.case: None of conditions evaluated as True, and there is no default.")
        return function()
    return cond(pred, function, lambda: case(rest, default))


# -- while_loop ------------------------------------------------------------------------------------


class _While(OwnOperation):
    """Runs a graph while another returns true. Operands: the initial loop variables, and the
    symbols that the graphs capture."""

    operand_names = ("loop_vars", "inputs")
    operand_roles = ("list", "list")

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The final values of the loop variables."""
        values, inputs = fill_in(operands, iter(arrays))
        condition, body = attributes["plans"]
        for_condition, for_body = [[inputs[at] for at in one] for one in attributes["taken"]]
        left = attributes["at_most"]
        while (left is None or left > 0) and bool(condition.replay([*values, *for_condition])[0]):
            values = body.replay([*values, *for_body])
            left = None if left is None else left - 1
        return list(values)

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The final values as tensors, operation by operation; in a graph, a new node."""
        values, inputs = operands
        graph = current_graph()
        if graph is not None:
            return _add_node(graph, self, operands, attributes, attributes["specs"])
        condition, body = attributes["plans"]
        for_condition, for_body = [[inputs[at] for at in one] for one in attributes["taken"]]
        left = attributes["at_most"]
        while (left is None or left > 0) and bool(condition.run_each([*values, *for_condition])[0]):
            values = body.run_each([*values, *for_body])
            left = None if left is None else left - 1
        return list(values)


_WHILE: Final = _While("While")


# DEPARTS: TensorFlow's loop stores the values of each iteration for a second loop, which runs
# backward. Here the loop runs again, on a tape.
class _WhileGradient(OwnOperation):
    """The gradients of a loop. Operands: those of the loop, and the gradients of its results."""

    operand_names = ("loop_vars", "inputs", "dys")
    operand_roles = ("list", "list", "list")

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The gradients of the initial values and of the captured symbols."""
        values, inputs, dys = fill_in(operands, iter(arrays))
        with inside(None), tape.untaped():
            found = self._gradients(
                [[Tensor(one) for one in listed] for listed in (values, inputs, dys)], attributes
            )
        return [one._array for one in found]

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The gradients as tensors, operation by operation; in a graph, a new node."""
        graph = current_graph()
        if graph is None:
            return self._gradients(list(operands), attributes)
        values, inputs, _ = operands
        specs = [TensorSpec(one.shape, one.dtype) for one in (*values, *inputs)]
        return _add_node(graph, self, operands, attributes, specs)

    def _gradients(self, operands: list[Any], attributes: dict[str, Any]) -> list[Any]:
        dys = operands[2]
        # Each its own tensor, since one tensor may be given twice.
        values, inputs = ([identity(one) for one in listed] for listed in operands[:2])
        sources = [*values, *inputs]
        with tape.GradientTape() as inner:
            inner.watch([one for one in sources if one.dtype.is_floating])
            results = _WHILE.run((values, inputs), attributes)
        pairs = [(one, dy) for one, dy in zip(results, dys, strict=True) if one.dtype.is_floating]
        found = inner.gradient([one for one, _ in pairs], sources, [dy for _, dy in pairs])
        return [
            zeros_like(source) if one is None else convert_to_tensor(one)
            for source, one in zip(sources, found, strict=True)
        ]


_WHILE_GRADIENT: Final = _WhileGradient("WhileGrad")


def _while_gradient(step: Any, *dys: Any) -> Any:
    values, inputs = step.operands
    if any(acts(node) for plan in step.attributes["plans"] for node in plan.nodes):
        raise LookupError(
            "A tape inside of a tf.function records no gradient for a loop that draws random "
            "numbers or assigns variables. Put the tape around the function, or let Python loop."
        )
    outputs = step.outputs
    given = [
        zeros_like(output) if dy is None else dy for output, dy in zip(outputs, dys, strict=True)
    ]
    found = _WHILE_GRADIENT.run((list(values), list(inputs), given), step.attributes)
    kept = [
        one if source.dtype.is_floating else None
        for one, source in zip(found, (*values, *inputs), strict=True)
    ]
    return kept[: len(values)], kept[len(values) :]


def _no_second_gradient(step: Any, *dys: Any) -> Any:
    raise LookupError(
        "A tape inside of a tf.function records no second gradient for tf.while_loop. Put the tape "
        "around the function, or let Python loop."
    )


_WHILE.grad = _while_gradient
_WHILE_GRADIENT.grad = _no_second_gradient


@export("while_loop")
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: Any = None,
) -> Any:
    """Run `body` on the loop variables, a list or tuple, while `cond` returns true for them.

    Args:
        shape_invariants: for a size that changes from one iteration to the next, in a graph, the
            shapes with None for it.
        maximum_iterations: how often at most.

    Returns:
        The loop variables at the end.

    Raises:
        TypeError: when `cond` or `body` is not callable.
        ValueError: when there are no loop variables, or when the body returns others.
    """
    if not callable(cond):
        raise TypeError("'cond' must be callable.")
    if not callable(body):
        raise TypeError("'body' must be callable.")
    if not loop_vars:
        raise ValueError("'loop_vars' must be provided.")
    values = map_structure(_loop_variable, loop_vars)
    refuse_symbols("tf.while_loop", flatten(values))
    graph = current_graph()
    if graph is not None:
        if any(isinstance(one, TensorArray) for one in flatten(values)):
            raise NotImplementedError(
                "In a graph, a TensorArray cannot be a variable of tf.while_loop here. Use a loop "
                "of Python, or call tf.config.run_functions_eagerly(True)."
            )
        return _loop_of_graph(graph, cond, body, values, shape_invariants, maximum_iterations)
    left = None if maximum_iterations is None else int(maximum_iterations)
    while (left is None or left > 0) and bool(cond(*values)):
        # A result that is not a list is iterated over here, as in TensorFlow; a graph packs it.
        result = body(*values)
        result = result if isinstance(result, list | tuple) else list(result)
        _check_count(result, values)
        values = result
        left = None if left is None else left - 1
    return values


def _loop_variable(value: Any) -> Any:
    return value if isinstance(value, TensorArray) else convert_to_tensor(value)


def _loop_result(result: Any, values: Any) -> Any:
    if not isinstance(result, list | tuple):
        result = [result]
    _check_count(result, values)
    return type(values)(result) if not hasattr(values, "_fields") else type(values)(*result)


def _check_count(result: Any, values: Any) -> None:
    if len(result) != len(values):
        raise ValueError(
            "The body of tf.while_loop must return as many values as there are loop variables: "
            f"{len(values)}. Received: {len(result)}"
        )


def _loop_of_graph(
    graph: Graph, cond: Any, body: Any, values: Any, invariants: Any, at_most: Any
) -> Any:
    begins = flatten(values)
    shapes = [one.shape for one in begins] if invariants is None else _leaf_shapes(invariants)
    specs = [TensorSpec(s, one.dtype) for s, one in zip(shapes, begins, strict=True)]
    # A tape asks for the gradients of variables that were read outside of the loop.
    plans = _loop_plans(cond, body, values, specs, graph if tape.active() else None)
    if tape.active() and any(True for plan in plans for _ in assigned_in(plan.graph)):
        # What the loop assigns is to be read in each iteration, not once before them.
        plans = _loop_plans(cond, body, values, specs, None)
    inputs = _outer_symbols(plans)
    places = {id(symbol): at for at, symbol in enumerate(inputs)}
    attributes = {
        "plans": plans,
        "taken": [[places[id(symbol)] for symbol in plan.captures] for plan in plans],
        "specs": specs,
        "at_most": None if at_most is None else int(at_most),
    }
    if tape.active():
        for plan in plans:
            for variable, symbol in plan.graph.reads.values():
                if id(symbol) in places:
                    tape.watch_variable(variable, symbol)
    return pack_like(values, _add_node(graph, _WHILE, (begins, inputs), attributes, specs))


def _loop_plans(
    cond: Any, body: Any, values: Any, specs: list[TensorSpec], outer: Graph | None
) -> list[Plan]:
    """The graphs of the condition and the body of a loop.

    Raises:
        ValueError: when the body returns values of other shapes or dtypes than the loop variables.
    """
    plans = []
    for name, function in ("cond", cond), ("body", body):
        symbols: list[Any] = [
            GraphTensor(spec.shape, spec.dtype, f"{name}_{at}:0") for at, spec in enumerate(specs)
        ]
        inner, result = _traced(name, function, symbols, pack_like(values, symbols), outer)
        if name == "body":
            result = _loop_result(result, values)
            for spec, leaf in zip(specs, flatten(result), strict=True):
                if leaf.dtype != spec.dtype or not _keeps(spec.shape, leaf.shape):
                    raise ValueError(
                        f"A loop variable enters the loop with {spec} and has "
                        f"{TensorSpec(leaf.shape, leaf.dtype)} after one iteration. To allow the "
                        "shape to vary, use `shape_invariants`."
                    )
        plans.append(Plan(inner, symbols, flatten(result)))
    return plans


def _leaf_shapes(invariants: Any) -> list[Any]:
    return [getattr(one, "shape", one) for one in invariants]


def _keeps(wanted: Any, found: Any) -> bool:
    if wanted.rank is None:
        return True
    return found.rank == wanted.rank and all(
        a is None or a == b for a, b in zip(wanted, found, strict=True)
    )
