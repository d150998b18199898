"""The expression that a source line gives for a value, read from the syntax of the line.

The trace has the line of a step, so the names in it can be matched with the arguments of the
function around it. No code is run.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from densetrace.data.steps import Step
from densetrace.kinds import KINDS

LONGEST_LINE: Final = 2_000
"""Longer lines are not parsed. The recorder stores at most a tenth of that."""


@dataclass(frozen=True, slots=True)
class LineExpression:
    """An expression in a source line: the names and the attributes of `self` in it, whether it is a
    literal, and the expressions of its items if it is a list or a tuple."""

    names: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    literal: bool = False
    items: tuple["LineExpression", ...] = ()


_UNKNOWN: Final = LineExpression()


def argument_expression(
    step: Step, parent: Step | None, name: str, position: int | None = None
) -> LineExpression:
    """The expression that the line of `step` gives for its input `name`, as a keyword or at a
    position. It is empty unless the line is in the function of the step's parent, whose arguments
    its names are."""
    if step.where is None or not _is_in_parent(step, parent):
        return _UNKNOWN
    if step.kind == "assign":
        return _assigned(step.where.text, str(step.inputs.get("name")))
    return _argument(step.where.text, _called_name(step), name, position)


def setting_expression(step: Step, parent: Step | None, part: str | int) -> LineExpression:
    """The expression that the line assigning a new object gives for one of its settings:
    `self.input_spec = InputSpec(min_ndim=2)`."""
    if step.where is None or not isinstance(part, str) or not _is_in_parent(step, parent):
        return _UNKNOWN
    return _argument(step.where.text, "", part, None)


def calls_of(text: str, function: str) -> list[ast.Call]:
    """The calls of a function or a class in a line."""
    tree = _parsed(text)
    calls = [node for node in ast.walk(tree or ast.Module([], [])) if isinstance(node, ast.Call)]
    return [call for call in calls if _calls(call.func, function)]


def _is_in_parent(step: Step, parent: Step | None) -> bool:
    """Whether the step's line is in the function of its parent step."""
    if step.where is None or parent is None:
        return False
    return step.where.function.rpartition(".")[2] == parent.point.rpartition(".")[2]


def _called_name(step: Step) -> str:
    """The name by which a line calls the step's function; empty if it can be any."""
    if step.kind == "new":
        return str(step.inputs.get("class"))
    return "" if KINDS[step.kind].goes_by_any_name else step.point.rpartition(".")[2]


@lru_cache(maxsize=4096)
def _assigned(text: str, attribute: str) -> LineExpression:
    tree = _parsed(text)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_sets(target, attribute) for target in targets):
                return _line_expression(node.value)
    return _UNKNOWN


def _sets(target: ast.expr, attribute: str) -> bool:
    # `self._kernel_x = ...` sets the property `kernel_x`.
    return isinstance(target, ast.Attribute) and target.attr in (attribute, f"_{attribute}")


@lru_cache(maxsize=4096)
def _argument(text: str, function: str, name: str, position: int | None) -> LineExpression:
    tree = _parsed(text)
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.Call) or not _calls(node.func, function):
            continue
        for keyword in node.keywords:
            if keyword.arg == name:
                return _line_expression(keyword.value)
        if position is not None and position < len(node.args):
            return _line_expression(node.args[position])
    return _UNKNOWN


def _calls(node: ast.expr, function: str) -> bool:
    match node:
        case ast.Name(id=called) | ast.Attribute(attr=called):
            return not function or called == function
    return not function


def _line_expression(expression: ast.expr) -> LineExpression:
    names, attributes = [], []
    for node in ast.walk(expression):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
                attributes.append(attribute)
            case ast.Name(id=name) if name != "self":
                names.append(name)
            case ast.Constant(value=str(key)):  # as in `kwargs.pop("name")`
                names.append(key)
    items: tuple[LineExpression, ...] = ()
    if isinstance(expression, ast.Tuple | ast.List) and not any(
        isinstance(one, ast.Starred) for one in expression.elts
    ):
        items = tuple(map(_line_expression, expression.elts))
    return LineExpression(tuple(names), tuple(attributes), _is_literal(expression), items)


def _is_literal(expression: ast.expr) -> bool:
    return not any(
        isinstance(node, ast.Name | ast.Call | ast.Attribute) for node in ast.walk(expression)
    )


def _parsed(text: str) -> ast.Module | None:
    """The syntax tree of a line; None if its statement continues on other lines."""
    if len(text) > LONGEST_LINE:
        return None
    for attempt in (text, text.rstrip(":") + ": pass"):
        try:
            return ast.parse(attempt)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None
