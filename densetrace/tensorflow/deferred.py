"""Operations with an attribute that only a run of the graph knows: the axis of a sum that is an
argument of the traced function.

Such an operation is a node of its own: it runs the operation with the numbers of the attribute.
"""

from typing import Any, Final

from densetrace.tensorflow import tape
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.definition import Operation, Spec
from densetrace.tensorflow.dispatch import run
from densetrace.tensorflow.ops.creating import zeros_like
from densetrace.tensorflow.ops.math import identity
from densetrace.tensorflow.replay import OwnOperation, fill_in
from densetrace.tensorflow.shapes import UNKNOWN_RANK
from densetrace.tensorflow.symbolic import GraphTensor, Node, current_graph, inside
from densetrace.tensorflow.tensor import Array, Tensor


class _Deferred(OwnOperation):
    """Runs an operation with attributes that are tensors. Operands: the tensors that the operation
    takes, and those of the attributes."""

    operand_names: tuple[str, ...] = ("inputs", "values")
    operand_roles: tuple[str, ...] = ("list", "list")
    stateful = False

    def compute(
        self, operands: tuple[Any, ...], attributes: dict[str, Any], *arrays: Array
    ) -> list[Array]:
        """The results of the operation as arrays."""
        filled = fill_in(operands, iter(arrays))
        with inside(None), tape.untaped():
            found = self.run(tuple([list(map(Tensor, one)) for one in filled]), attributes)
        return [one._array for one in found]

    def run(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        """The results as tensors; in a graph, a new node and its symbols."""
        graph = current_graph()
        if graph is not None:
            name = graph.unique_name(self.name)
            return _add_node(self, operands, attributes, attributes["specs"], name, graph)
        return self._results(operands, attributes)

    def _results(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        inputs, values = operands
        numbers = [one.numpy().tolist() for one in values]
        given = attributes["fixed"] | dict(zip(attributes["deferred"], numbers, strict=True))
        found = run(attributes["made"], tuple(fill_in(attributes["operands"], iter(inputs))), given)
        return found if type(found) is list else [found]


class _DeferredGradient(_Deferred):
    """The gradients of such an operation. Operands: also the gradients of its results."""

    operand_names = ("inputs", "values", "dys")
    operand_roles = ("list", "list", "list")

    def _results(self, operands: tuple[Any, ...], attributes: dict[str, Any]) -> list[Any]:
        inputs, values, dys = operands
        sources = [identity(one) for one in inputs]  # one tensor may be given twice
        with tape.GradientTape() as inner:
            inner.watch(sources)
            results = _DEFERRED._results((sources, values), attributes)
        return [
            zeros_like(source) if one is None else convert_to_tensor(one)
            for source, one in zip(sources, inner.gradient(results, sources, dys), strict=True)
        ]


_DEFERRED: Final = _Deferred("Deferred")
_GRADIENT: Final = _DeferredGradient("DeferredGrad")


def _gradient(step: Any, *dys: Any) -> Any:
    inputs, values = step.operands
    attributes = step.attributes | {"specs": [(one.shape, one.dtype) for one in inputs]}
    found = _GRADIENT.run((inputs, values, list(dys)), attributes)
    return [
        gradient if one.dtype.is_floating or one.dtype.is_complex else None
        for gradient, one in zip(found, inputs, strict=True)
    ], None


_DEFERRED.grad = _gradient


def _add_node(
    made: OwnOperation, operands: Any, attributes: Any, specs: Any, name: str, graph: Any
) -> list[Any]:
    outputs = [
        GraphTensor(shape, dtype, f"{name}:{at}", graph) for at, (shape, dtype) in enumerate(specs)
    ]
    graph.nodes.append(Node(made, operands, attributes, outputs))
    if tape.active():
        tape.record(made, operands, attributes, outputs)
    return outputs


def run_deferred(
    made: Operation,
    operands: list[Any],
    specs: list[Any],
    attributes: dict[str, Any],
    deferred: dict[str, Any],
    node: str,
) -> Any:
    """Add a node that runs an operation with attributes that are symbols.

    Args:
        made: the operation.
        operands: its operands.
        specs: the specs of these.
        attributes: its other attributes.
        deferred: name -> symbol.
        node: the name of the node.

    Returns:
        A symbol of unknown rank for each output.
    """
    found = made.rule(
        *map(_unranked, specs), **attributes, **{n: _any_of(one) for n, one in deferred.items()}
    )
    outputs = found if type(found) is list else [found]
    described = {
        "made": made, "operands": operands, "fixed": attributes, "deferred": list(deferred),
        "specs": [(UNKNOWN_RANK, one[1]) for one in outputs],
    }  # fmt: skip
    inputs = list(tape.tensors_in(operands))
    symbols = _add_node(
        _DEFERRED, (inputs, list(deferred.values())), described, described["specs"], node,
        current_graph(),
    )  # fmt: skip
    return symbols if type(found) is list else symbols[0]


def _unranked(spec: Any) -> Any:
    if isinstance(spec, list):
        return [_unranked(one) for one in spec]
    return Spec(UNKNOWN_RANK, spec.dtype) if isinstance(spec, Spec) else spec


def _any_of(symbol: Any) -> Any:
    """A value that the attribute may have: it does not change the dtype of the results."""
    return list(range(symbol.shape[0] or 1)) if symbol.shape.rank == 1 else 0
