"""What the source line of a step says of a value: which names it is made of, or that it is a
literal. The text of the line is part of the trace; nothing is evaluated, no file is read."""

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from densetrace.trace import Step

LONGEST_LINE: Final = 2_000
"""Longer lines are not parsed. What the recorder keeps of a line is a tenth of that."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says of a value: the names and the attributes of `self` that stand in its
    expression, or that the expression is a literal."""

    names: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    literal: bool = False


def said(step: Step, parent: Step | None, name: str, position: int | None = None) -> Said:
    """What the line that caused `step` says of its input `name`, given there as a keyword or at a
    position; nothing when the line does not stand in the function of the step's parent, whose
    arguments its names would be.
    """
    if step.where is None or not _stands_in(step, parent):
        return Said()
    if step.kind == "assign":
        return _assigned(step.where.text, str(step.inputs.get("name")))
    function = _function(step)
    return _argument(step.where.text, function, name, position)


def said_of_part(step: Step, parent: Step | None, part: str | int) -> Said:
    """What the line that assigns a new object says of one of its settings:
    `self.input_spec = InputSpec(min_ndim=2)`."""
    if step.where is None or not isinstance(part, str) or not _stands_in(step, parent):
        return Said()
    return _argument(step.where.text, "", part, None)


def _stands_in(step: Step, parent: Step | None) -> bool:
    """Whether the line stands in the function of the step around, whose arguments it names."""
    if step.where is None or parent is None:
        return False
    return step.where.function.rpartition(".")[2] == parent.point.rpartition(".")[2]


def _function(step: Step) -> str:
    """The name by which a line calls what opened a step; empty when it can be any."""
    if step.kind == "new":
        return str(step.inputs.get("class"))
    return "" if step.kind in ("invoke", "call", "activation") else step.point.rpartition(".")[2]


@lru_cache(maxsize=4096)
def _assigned(text: str, attribute: str) -> Said:
    tree = _parsed(text)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_sets(target, attribute) for target in targets):
                return _told(node.value)
    return Said()


def _sets(target: ast.expr, attribute: str) -> bool:
    # `self._kernel_x = ...` sets the property `kernel_x`.
    return isinstance(target, ast.Attribute) and target.attr in (attribute, f"_{attribute}")


@lru_cache(maxsize=4096)
def _argument(text: str, function: str, name: str, position: int | None) -> Said:
    tree = _parsed(text)
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.Call) or not _calls(node.func, function):
            continue
        for keyword in node.keywords:
            if keyword.arg == name:
                return _told(keyword.value)
        if position is not None and position < len(node.args):
            return _told(node.args[position])
    return Said()


def _calls(node: ast.expr, function: str) -> bool:
    match node:
        case ast.Name(id=called) | ast.Attribute(attr=called):
            return not function or called == function
    return not function


def _told(expression: ast.expr) -> Said:
    names, attributes = [], []
    for node in ast.walk(expression):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
                attributes.append(attribute)
            case ast.Name(id=name) if name != "self":
                names.append(name)
            case ast.Constant(value=str(key)):  # as in `kwargs.pop("name")`
                names.append(key)
    return Said(tuple(names), tuple(attributes), _is_literal(expression))


def _is_literal(expression: ast.expr) -> bool:
    return not any(
        isinstance(node, ast.Name | ast.Call | ast.Attribute) for node in ast.walk(expression)
    )


def _parsed(text: str) -> ast.Module | None:
    """The syntax of a line; of a statement that goes on in other lines, nothing."""
    if len(text) > LONGEST_LINE:
        return None
    for attempt in (text, text.rstrip(":") + ": pass"):
        try:
            return ast.parse(attempt)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None
