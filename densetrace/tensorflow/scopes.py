"""Execution contexts: eager or graph, name scopes, control dependencies.

Follows tensorflow/python/framework/ops.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from densetrace.system.real_home import known_as
from densetrace.tensorflow import symbolic
from densetrace.tensorflow.graph_operation import Operation, operation_in_graph
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.tape import untaped

_scope = symbolic.name_prefix


@export("executing_eagerly")
def executing_eagerly() -> bool:
    """Whether operations execute eagerly: False while a function is traced."""
    return symbolic.current_graph() is None


@export("init_scope")
@contextmanager
def init_scope() -> Iterator[None]:
    """Execute eagerly for a `with` block, even while a function is traced, and suspend all tapes:
    for the initial values of variables.

    Follows tensorflow/python/framework/ops.py, init_scope.
    """
    with symbolic.inside(None), untaped():
        yield


def current_name_scope() -> str:
    """The current name scope with a final slash, `a/b/`; empty outside of all scopes."""
    return _scope.get()


@export("name_scope")
@known_as("tensorflow.python.framework.ops", "name_scope_v2")
class name_scope:  # noqa: N801 - TensorFlow's name
    """Prefix the names of variables and operations created in a `with` block.

    Entering it gives the whole prefix: `a/`, and `a/b/` for a scope in a scope. A name that ends
    with a slash is a whole prefix itself. A graph has a prefix once: the second is `a_1/`.

    Raises:
        ValueError: when the name is not a string.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        self._name = name
        self._open: list[tuple[Any, Any]] = []

    @property
    def name(self) -> str:
        """The name that it was given."""
        return self._name

    def __enter__(self) -> str:
        name, graph = self._name, symbolic.current_graph()
        whole, outer = name, None if graph is None else (graph, graph.scope)
        if name and not name.endswith("/"):
            whole = f"{_scope.get()}{name}/"
            if graph is not None:
                unique = graph.unique_scope(name)
                whole = f"{_scope.get()}{unique.removeprefix(graph.scope)}/"
                graph.scope = f"{unique}/"
        elif graph is not None:
            graph.scope = name
        self._open.append((_scope.set(whole), outer))
        return whole

    def __exit__(self, *error: object) -> None:
        token, outer = self._open.pop()
        _scope.reset(token)
        if outer is not None:
            graph, scope = outer
            graph.scope = scope


@export("control_dependencies")
def control_dependencies(control_inputs: Any) -> Any:
    """A context without effect: operations always run in the order of the Python code.

    Raises:
        TypeError: in a graph, when one of the inputs is None.
    """
    if executing_eagerly():
        if callable(control_inputs):
            control_inputs()
    elif isinstance(control_inputs, list | tuple) and any(one is None for one in control_inputs):
        raise TypeError("Can not convert a NoneType into a Tensor or Operation.")
    return nullcontext()


@export("no_op", "raw_ops.NoOp")
def no_op(name: Any = None) -> Operation | None:
    """Do nothing. Follows tf.no_op."""
    return operation_in_graph("NoOp")


@export("group")
def group(*inputs: Any, **kwargs: Any) -> Operation | None:
    """Do nothing: the operations behind the inputs have already run. Follows tf.group.

    Raises:
        ValueError: in a graph, for a keyword argument other than `name`.
    """
    if executing_eagerly():
        return None
    name = kwargs.pop("name", None) or "group_deps"
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    return operation_in_graph("NoOp", name)
