"""Expressions: parse the text, check the names, then construct the object.

The text is never evaluated as Python. `parse` reads it, `check` refuses every name that is not
allowed, and `evaluate` makes the calls. Errors are raised before anything is constructed.

    expression = parse("Dense(64, activation='relu')")
    layer = evaluate(expression, names())
"""

from collections.abc import Callable
from typing import Any, Protocol, cast

from densetrace.sources.expression.grammar import Reader
from densetrace.sources.expression.limits import LIMITS, refuse
from densetrace.sources.expression.names import Entry, names
from densetrace.sources.expression.nodes import (
    Call,
    Collection,
    Constant,
    Expression,
    Name,
    Node,
    walk,
)
from densetrace.sources.expression.refusals import EXAMPLE
from densetrace.system import arguments
from densetrace.system.errors import RequestError, shown

__all__ = ["LIMITS", "Expression", "check", "evaluate", "names", "parse", "refused_as_too_big"]

FEWER = "Give a layer with fewer units or inputs."
TOO_MANY_TO_COUNT = ("2**63", "overflow")


class KnownNames(Protocol):
    """A lookup of allowed names; `Names` is one."""

    def __contains__(self, spelling: object, /) -> bool: ...
    def __getitem__(self, spelling: str, /) -> Entry: ...
    def problem(self, spelling: str, /) -> str: ...
    def hint(self, spelling: str, /) -> str: ...


def parse(text: str) -> Expression:
    """Parse one expression, within `LIMITS`, without calling anything.

    Time and memory are linear in the length of the text.

    Raises:
        RequestError: if the text is not a call of names, literals and containers.
    """
    example = "explain(\"Dense(64, activation='relu')\")"
    arguments.text("An expression is a string.", text, example)
    source = text.replace("\r\n", "\n").replace("\r", "\n")
    return Expression(source, Reader(source).root())


def check(expression: Expression, known: KnownNames) -> None:
    """Check that all names are known and that the outermost call returns a layer or a model.

    Raises:
        RequestError: for the first wrong name, with its position.
    """
    for node in walk(expression.root):
        if not isinstance(node, Call | Name):
            continue
        if node.dotted not in known:
            problem, hint = known.problem(node.dotted), known.hint(node.dotted)
            refuse(expression.source, node.start, problem, hint)
        if isinstance(node, Call) and not known[node.dotted].callable:
            refuse(
                expression.source,
                node.start,
                f"{node.dotted} is passed as a value here, not called",
                f"Leave its parentheses out: {node.dotted}.",
            )
    root = expression.root
    if not known[root.dotted].makes_the_result:
        kind = known[root.dotted].module.removesuffix("s")
        hint = f"Give a layer or a model, such as {EXAMPLE}."
        if kind in ("initializer", "regularizer", "constraint"):
            hint = f"Pass it to a layer: Dense(64, kernel_{kind}={shown(root.dotted)}(...))."
        refuse(expression.source, root.start, f"{root.dotted} is neither a layer nor a model", hint)


def evaluate(expression: Expression, known: KnownNames) -> Any:
    """Build the layer or model that an expression describes.

    Exceptions of Keras pass through unchanged.

    Raises:
        RequestError: as `check` does.
    """
    check(expression, known)
    return _value(expression.root, known)


def refused_as_too_big(error: BaseException) -> RequestError | None:
    """The RequestError for a weight too big to allocate; None for other errors."""
    if isinstance(error, MemoryError):
        return RequestError("There is not enough memory for this.", FEWER)
    kind, text = type(error).__name__, str(error)
    uncountable = any(words in text for words in TOO_MANY_TO_COUNT)
    if kind == "ResourceExhaustedError" or (kind == "InvalidArgumentError" and uncountable):
        return RequestError(shown(text, 300), FEWER)
    return None


def _value(node: Node, known: KnownNames) -> Any:
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Name):
        return known[node.dotted].value
    if isinstance(node, Call):
        function = cast("Callable[..., object]", known[node.dotted].value)
        arguments = [_value(argument, known) for argument in node.arguments]
        keywords = {name: _value(value, known) for name, value in node.keywords}
        return function(*arguments, **keywords)
    if isinstance(node, Collection):
        return node.kind([_value(item, known) for item in node.items])
    return {_value(key, known): _value(value, known) for key, value in node.pairs}
