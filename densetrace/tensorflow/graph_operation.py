"""`tf.Operation`: what TensorFlow's functions without a result, such as assertions, return in a
graph.

Follows tensorflow/python/framework/ops.py, Operation.
"""

from densetrace.system.real_home import known_as
from densetrace.tensorflow.symbolic import Graph, current_graph


@known_as("tensorflow.python.framework.ops")
class Operation:
    """A node of a graph that has no tensor. It may be an input of `tf.control_dependencies`.

    Args:
        type: the type of the node, such as `Assert`.
        graph: the graph.
        name: its name; that of the type if not given.
    """

    def __init__(self, type: str, graph: Graph, name: str | None = None) -> None:
        self.type = type
        self.graph = graph
        self.name = graph.unique_scope(name) if name else f"{graph.scope}{type}"
        self.outputs: list[object] = []

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"


def operation_in_graph(type: str, name: str | None = None) -> Operation | None:
    """The operation that a function without a result returns: in a graph an `Operation`, eagerly
    None."""
    graph = current_graph()
    return None if graph is None else Operation(type, graph, name)
