"""Contexts in which operations run: eagerly or in a graph, under a name, in an order.

Follows tensorflow/python/framework/ops.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from densetrace.tensorflow import symbolic
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.replay import untaped

_scope = symbolic.name_prefix


@export("executing_eagerly")
def executing_eagerly() -> bool:
    """Whether operations compute at once: not while a function is traced."""
    return symbolic.current_graph() is None


@export("init_scope")
@contextmanager
def init_scope() -> Iterator[None]:
    """Compute at once for the length of a `with` block, also while a function is traced, and let no
    tape record: for the initial values of variables."""
    with symbolic.init_scope(), untaped():
        yield


def current_name_scope() -> str:
    """The name scope that is open, with a slash at its end: `a/b/`, or nothing."""
    return _scope.get()


@export("name_scope")
class name_scope:  # noqa: N801 - TensorFlow's name
    """Put a prefix before the names of what is made in a `with` block.

    Entering it gives the whole prefix: `a/`, and `a/b/` for a scope in a scope. A name that ends
    with a slash is a whole prefix itself. A graph has a prefix once: the second is `a_1/`.

    Raises:
        ValueError: when the name is no string.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        self._name = name
        self._tokens: list[Any] = []

    @property
    def name(self) -> str:
        """The name that it was given."""
        return self._name

    def __enter__(self) -> str:
        name = self._name
        whole = name
        if name and not name.endswith("/"):
            whole, graph = f"{_scope.get()}{name}", symbolic.current_graph()
            whole = f"{whole if graph is None else graph.unique_name(whole)}/"
        self._tokens.append(_scope.set(whole))
        return whole

    def __exit__(self, *error: object) -> None:
        _scope.reset(self._tokens.pop())


@export("control_dependencies")
def control_dependencies(control_inputs: Any) -> Any:
    """A context that changes nothing: operations run in the order in which Python runs them."""
    if callable(control_inputs) and executing_eagerly():
        control_inputs()
    return nullcontext()


@export("no_op", "raw_ops.NoOp")
def no_op(name: Any = None) -> None:
    """Do nothing."""


@export("group")
def group(*inputs: Any, **kwargs: Any) -> None:
    """Do nothing: what the inputs stand for has run."""
