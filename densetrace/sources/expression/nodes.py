"""The nodes of an expression: five small frozen records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: number, string, bytes, True, False, None or `...`."""

    value: object
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that is not called: `HeNormal`, `keras.activations.relu`."""

    dotted: str
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Collection:
    """A list, a tuple or a set: `kind` is its type."""

    kind: type[list[object] | tuple[object, ...] | set[object]]
    items: tuple["Node", ...]
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict, its pairs in source order."""

    pairs: tuple[tuple["Node", "Node"], ...]
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a name: `Dense(64, activation='relu')`."""

    dotted: str
    arguments: tuple["Node", ...] = ()
    keywords: tuple[tuple[str, "Node"], ...] = ()
    start: int = field(default=0, compare=False)


Node: TypeAlias = Constant | Name | Collection | Mapping | Call


def is_hashable(node: Node) -> bool:
    """Whether a literal or container can be a dict key or set item."""
    if isinstance(node, Collection):
        return node.kind is tuple and all(is_hashable(item) for item in node.items)
    return not isinstance(node, Mapping)


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: `source` as received, with `\\n` line breaks, and its outermost call.

    Each node's `start` is its index in `source`.
    """

    source: str
    root: Call

    @property
    def text(self) -> str:
        """The source without surrounding whitespace."""
        return self.source.strip()


def children(node: Node) -> Iterable[Node]:
    """The child nodes, in source order."""
    if isinstance(node, Call):
        return (*node.arguments, *(value for _, value in node.keywords))
    if isinstance(node, Collection):
        return node.items
    if isinstance(node, Mapping):
        return (part for pair in node.pairs for part in pair)
    return ()


def walk(root: Node) -> Iterator[Node]:
    """Every node in source order, without recursion."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(children(node))))
