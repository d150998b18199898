"""`tf.custom_gradient`: a function that brings its own gradient.

Eagerly a tape records the function as one step, whose gradient is the one that it returned. In a
graph it becomes a node that holds a graph of that gradient.

Follows tensorflow/python/ops/custom_gradient.py.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from densetrace.tensorflow import tape
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.nest import flatten, pack_like
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.replay import OwnOperation, Plan, fill_in
from densetrace.tensorflow.symbolic import (
    Graph,
    GraphTensor,
    Node,
    Symbol,
    current_graph,
    inside,
    refuse_symbols,
)
from densetrace.tensorflow.tensor import Array, Operators, Tensor


class _Function(OwnOperation):
    """Gives the results of a function with a gradient of its own. Operands: what the gradient is
    for, the results, and what the graph of the gradient takes from outside."""

    operand_names = ("sources", "results", "captured")
    operand_roles = ("list", "list", "list")
    stateful = False

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The results."""
        _, results, _ = fill_in(operands, iter(arrays))
        return list(results)

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The results as new tensors, which a tape finds here; in a graph, the node once more."""
        graph = current_graph()
        _, results, _ = operands
        if graph is None:
            outputs: list[Any] = [Tensor(one._array) for one in results]
        else:
            name = graph.unique_name(self.name)
            outputs = [
                GraphTensor(one.shape, one.dtype, f"{name}:{at}", graph)
                for at, one in enumerate(results)
            ]
            graph.nodes.append(Node(self, operands, attributes, outputs))
        if tape.active():
            tape.record(self, operands, attributes, outputs)
        return outputs


_FUNCTION: Final = _Function("CustomGradient")


def _gradient(step: Any, *dys: Any) -> Any:
    sources, _, captured = step.operands
    gradient = step.attributes["gradient"]
    found = gradient(captured, list(dys))
    if len(found) != len(sources):
        raise ValueError(
            f"custom_gradient function expected to return {len(sources)} gradients, but returned "
            f"{len(found)} instead."
        )
    return (found,)


_FUNCTION.grad = _gradient


@export("custom_gradient")
def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """Decorate a function that returns its result and a function for its gradient.

    The second function takes the gradient of each result, and returns a gradient for each argument.
    When the first one reads variables that are no arguments, the second one must take a keyword
    argument `variables` too, and return a pair: gradients of the arguments, gradients of these
    variables.

    Raises:
        TypeError: when the function reads variables and its gradient takes none.
        ValueError: when the gradient returns another number of gradients.
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        return _called(f, args, kwargs)

    return decorated


def _called(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    graph = current_graph()
    if graph is not None:
        args = tuple(
            [pack_like(one, [_graph_tensor(leaf) for leaf in flatten(one)]) for one in args]
        )
    with tape.GradientTape() as watcher:
        result, grad_fn = f(*args, **kwargs)
    given = [*flatten(list(args)), *flatten(list(kwargs.values()))]
    variables = [
        variable
        for variable in watcher.watched_variables()
        if not any(variable is one for one in given)
    ]
    takes_variables = "variables" in _keywords(grad_fn)
    if variables and not takes_variables:
        raise TypeError(
            "If using @custom_gradient with a function that uses variables, then grad_fn must "
            "accept a 'variables' keyword argument."
        )
    results = [convert_to_tensor(one) for one in flatten(result)]
    refuse_symbols("A function with a gradient of its own", results)
    count = len(flatten(list(args)))
    sources = [convert_to_tensor(one) for one in [*flatten(list(args)), *variables]]

    def gradients(dys: list[Any]) -> list[Any]:
        if variables or takes_variables:
            of_arguments, of_variables = grad_fn(*dys, variables=variables)
            if len(of_variables) != len(variables):
                raise ValueError("Must return gradient for each variable from @custom_gradient.")
        else:
            of_arguments, of_variables = grad_fn(*dys), []
        found = flatten(of_arguments) if isinstance(of_arguments, list | tuple) else [of_arguments]
        if len(found) != count:
            raise ValueError(
                f"custom_gradient function expected to return {count} gradients, but returned "
                f"{len(found)} instead."
            )
        return [*found, *of_variables]

    if graph is None:
        attributes = {"gradient": lambda captured, dys: gradients(dys)}
        outputs = _FUNCTION.run((sources, results, []), attributes)
    else:
        captured, gradient = _traced(graph, gradients, results)
        outputs = _FUNCTION.run((sources, results, captured), {"gradient": gradient})
    return pack_like(result, outputs)


def _graph_tensor(leaf: Any) -> Any:
    is_variable = isinstance(leaf, Operators) and not isinstance(leaf, Tensor | Symbol)
    return leaf if is_variable else convert_to_tensor(leaf)


def _keywords(function: Callable[..., Any]) -> set[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return set()
    names = {one.name for one in parameters if one.kind is not one.VAR_POSITIONAL}
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        names.add("variables")
    return names


def _traced(
    graph: Graph, gradients: Callable[[list[Any]], list[Any]], results: list[Any]
) -> tuple[list[Any], Callable[..., Any]]:
    """The symbols that the gradient of a function takes from its graph, and a function from their
    values and the gradients of the results to the gradients of the arguments."""
    inner = Graph("gradient", graph)
    dys = [GraphTensor(one.shape, one.dtype, "dy:0", inner) for one in results]
    try:
        with inside(inner), tape.untaped():
            found = gradients(list(dys))
            leaves = [None if one is None else convert_to_tensor(one) for one in found]
    except Exception as error:  # it is raised where a gradient is asked for, if ever
        fault = error

        def failing(captured: list[Any], given: list[Any]) -> list[Any]:
            raise fault

        return [], failing
    plan = Plan(inner, dys, [one for one in leaves if one is not None], stateful=False)

    def gradient(captured: list[Any], given: list[Any]) -> list[Any]:
        values = iter(plan.run_each([*given, *captured]))
        return [None if one is None else next(values) for one in leaves]

    return list(plan.captures), gradient


@export("recompute_grad")
def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself: TensorFlow computes it again for its gradient, to save memory."""

    @functools.wraps(f)
    def recomputed(*args: Any, **kwargs: Any) -> Any:
        result = f(*args, **kwargs)
        refuse_symbols("tf.recompute_grad", flatten(result))
        return result

    return recomputed


@export("grad_pass_through")
def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the gradient of the identity."""

    @custom_gradient
    def passing(*args: Any, **kwargs: Any) -> Any:
        def gradient(*dys: Any, variables: Any = None) -> Any:
            if variables is None:
                return dys
            return dys, [zeros_like(one) for one in variables]

        return f(*args, **kwargs), gradient

    made: Callable[..., Any] = passing
    return made
