"""A trace as JSON, read without the code that makes questions."""

import re
from collections.abc import Iterator
from typing import Any

from densetrace.data.trace import Trace

Node = dict[str, Any]


def _nested(steps: list["Node"]) -> list["Node"]:
    """The outermost steps, each with the steps inside it as `children`."""
    by_id = {step["id"]: {**step, "children": []} for step in steps}
    outermost: list[Node] = []
    for step in by_id.values():
        parent = step["parent"]
        (outermost if parent is None else by_id[parent]["children"]).append(step)
    return outermost


class Document:
    """A trace as JSON: its steps in order, with their parents."""

    def __init__(self, trace: Trace) -> None:
        self.roots: list[Node] = _nested(trace.to_json()["steps"])
        self.outer: dict[int, Node | None] = {}
        self.nodes: list[Node] = []
        for root in self.roots:
            self._take(root, None)

    def _take(self, node: Node, outer: Node | None) -> None:
        self.nodes.append(node)
        self.outer[node["id"]] = outer
        for child in node["children"]:
            self._take(child, node)

    def node(self, number: int) -> Node:
        return next(node for node in self.nodes if node["id"] == number)

    def around(self, node: Node) -> list[Node]:
        found, outer = [], self.outer[node["id"]]
        while outer is not None:
            found.append(outer)
            outer = self.outer[outer["id"]]
        return found

    def new_before(self, node: Node) -> Node:
        outer = self.outer[node["id"]]
        row = self.roots if outer is None else outer["children"]
        return row[row.index(node) - 1]


def inside(node: Node) -> Iterator[Node]:
    yield node
    for child in node["children"]:
        yield from inside(child)


def listed(option: str) -> set[str]:
    is_empty = option in ("none", "no attribute at all")
    return set() if is_empty else set(re.split(r", | and ", option))
