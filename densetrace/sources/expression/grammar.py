"""The grammar of an expression: calls of names, literals and containers.

Python's own parser reads the text; nothing is compiled or run. Its tree is converted into our
nodes, and any other construct is refused by name.
"""

import ast
import warnings
from bisect import bisect_left
from itertools import accumulate
from typing import NoReturn

from densetrace.sources.expression.limits import MAX_INTEGER_BITS, refuse
from densetrace.sources.expression.nodes import (
    Call,
    Collection,
    Constant,
    Mapping,
    Name,
    Node,
    is_hashable,
)
from densetrace.sources.expression.refusals import CONSTRUCTS, no_root, unreadable
from densetrace.sources.expression.scan import scan
from densetrace.system.errors import shown


class Reader:
    """Parses one source, with `\\n` line breaks; `root()` returns its outermost call."""

    def __init__(self, source: str) -> None:
        scan(source)
        self.source = source
        # Inside brackets, Python ignores whitespace around an expression.
        self.text = f"({source}\n)"
        lines = self.text.split("\n")
        self.lines = list(accumulate((len(line) + 1 for line in lines), initial=0))
        # The tree counts columns in bytes: the number of bytes before each character.
        self.bytes = list(accumulate((len(sign.encode()) for sign in self.text), initial=0))

    def root(self) -> Call:
        tree = self.parse()
        node = self.node(tree)
        if not isinstance(node, Call):
            self.refuse(tree, *no_root(node))
        return node

    def parse(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                # An invalid escape such as '\d' is part of the data here, not a mistake in code.
                warnings.simplefilter("ignore")
                return ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
            line = getattr(error, "lineno", None) or 1
            column = getattr(error, "offset", None) or 1
            index = self.lines[min(line, len(self.lines)) - 1] + column - 1
            index = min(max(index - 1, 0), len(self.source))
            refuse(self.source, *unreadable(self.source, index, error))

    # Nodes: `scan` has bounded the nesting of brackets, and so the depth of recursion.

    def node(self, tree: ast.expr) -> Node:
        match tree:
            case ast.Constant(value):
                return self.constant(tree, value)
            case ast.UnaryOp(
                ast.UAdd() | ast.USub() as sign, ast.Constant(int() | float() | complex() as value)
            ) if not isinstance(value, bool):
                return self.constant(tree, -value if isinstance(sign, ast.USub) else value)
            case ast.Name() | ast.Attribute():
                return Name(self.dotted(tree), self.index(tree))
            case ast.Call(ast.Name() | ast.Attribute() as function):
                return self.call(tree, self.dotted(function))
            case ast.List(items):
                return Collection(list, self.nodes(items), self.index(tree))
            case ast.Tuple(items):
                return Collection(tuple, self.nodes(items), self.index(tree))
            case ast.Set(items):
                return Collection(set, self.hashable(items, "A set item"), self.index(tree))
            case ast.Dict():
                return self.mapping(tree)
            case _:
                return self.refuse_construct(tree, type(tree))

    def nodes(self, trees: list[ast.expr]) -> tuple[Node, ...]:
        return tuple(self.node(tree) for tree in trees)

    def constant(self, tree: ast.expr, value: object) -> Constant:
        if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
            self.refuse(tree, f"A number has at most {MAX_INTEGER_BITS} bits")
        return Constant(value, self.index(tree))

    def dotted(self, tree: ast.expr) -> str:
        parts: list[str] = []
        part = tree
        while isinstance(part, ast.Attribute):
            parts.append(part.attr)
            part = part.value
        if not isinstance(part, ast.Name):
            self.refuse_construct(tree, ast.Attribute)
        return ".".join([part.id, *reversed(parts)])

    def call(self, tree: ast.Call, dotted: str) -> Call:
        arguments = self.nodes(tree.args)
        keywords: dict[str, Node] = {}
        for word in tree.keywords:
            if word.arg is None:
                self.refuse_construct(word, ast.Starred)
            if word.arg in keywords:
                self.refuse(word, f"The argument {shown(word.arg)} is given twice")
            keywords[word.arg] = self.node(word.value)
        return Call(dotted, arguments, tuple(keywords.items()), self.index(tree))

    def mapping(self, tree: ast.Dict) -> Mapping:
        written = zip(tree.keys, tree.values, strict=True)
        keys = [key or self.refuse_construct(value, ast.Starred) for key, value in written]
        values = self.nodes(tree.values)
        pairs = zip(self.hashable(keys, "A dict key"), values, strict=True)
        return Mapping(tuple(pairs), self.index(tree))

    def hashable(self, trees: list[ast.expr], what: str) -> tuple[Node, ...]:
        nodes = self.nodes(trees)
        for tree, node in zip(trees, nodes, strict=True):
            if not is_hashable(node):
                problem = f"{what} cannot be a list, a set or a dict"
                self.refuse(tree, problem, "Use a string or a number.")
        return nodes

    # Positions and errors

    def index(self, tree: ast.expr | ast.keyword) -> int:
        line = self.bytes[self.lines[tree.lineno - 1]]
        return max(bisect_left(self.bytes, line + tree.col_offset) - 1, 0)

    def refuse_construct(self, tree: ast.expr | ast.keyword, construct: type[ast.AST]) -> NoReturn:
        words, hint = CONSTRUCTS.get(construct, (f"The construct {construct.__name__}", ""))
        self.refuse(tree, f"{words} is not allowed in an expression", hint)

    def refuse(self, tree: ast.expr | ast.keyword, problem: str, hint: str = "") -> NoReturn:
        refuse(self.source, self.index(tree), problem, hint)
