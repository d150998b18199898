"""Finds every regular expression in the source of the package, and generates worst-case texts.

Run as a script, it reads one expression as JSON and matches all its worst-case texts.
"""

import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import densetrace
from densetrace.sources.expression import refusals

LENGTH = 99_900
"""Characters per text: slightly below the limit for expressions."""

LONGEST_PUMP = 4
METHODS = ("match", "fullmatch", "search", "findall", "finditer", "sub", "split")
PACKAGE = Path(densetrace.__file__).parent

# Patterns that are built at run time, by module and the source of the argument.
MADE = {
    "densetrace.sources.expression.refusals: pattern": [
        pattern for pattern, _, _ in refusals._PASTED
    ],
    "densetrace.keras.optimizers.optimizer: name": [],  # likewise: patterns for names
    "densetrace.keras.utils.layer_utils: name": [],  # a script's own pattern, as in Keras
    "densetrace.sources.expression.refusals: gists": [gists for gists, _, _ in refusals._GISTS],
}


@dataclass(frozen=True, slots=True)
class Found:
    """A regular expression: its name, its pattern and flags, and the methods that use it."""

    name: str
    pattern: str
    flags: int
    methods: tuple[str, ...]


def patterns() -> Iterator[Found]:
    """Yield all regular expressions; those without a name are named by module and source."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text("utf-8")
        if "import re\n" in source:
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            yield from _in_module(".".join(parts).removesuffix(".__init__"), ast.parse(source))


def _in_module(module: str, tree: ast.Module) -> Iterator[Found]:
    named = {
        id(node.value): target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    used: dict[str, set[str]] = defaultdict(set)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=method) if method in METHODS:
                used[name].add(method)
    for call in calls:
        match call.func:
            case ast.Attribute(value=ast.Name(id="re"), attr=function) if function != "escape":
                yield from _of_call(module, call, function, named.get(id(call)), used)


def _of_call(
    module: str, call: ast.Call, function: str, name: str | None, used: dict[str, set[str]]
) -> Iterator[Found]:
    if name is not None:
        compiled = getattr(import_module(module), name)
        methods = tuple(used[name]) or ("search",)
        yield Found(f"{module}.{name}", compiled.pattern, compiled.flags, methods)
        return
    written = ast.unparse(call.args[0])
    key = f"{module}: {written}"
    made = isinstance(call.args[0], ast.Constant)
    for number, pattern in enumerate([ast.literal_eval(written)] if made else MADE[key]):
        label = key if made else f"{key} {number}"
        yield Found(label, pattern, 0, ("match" if function == "compile" else function,))


def hard_texts(example: str) -> Iterator[str]:
    """Yield variants of a matching text with one piece repeated, whose ends match or do not match.

    Quadratic matching is slow on at least one of them.
    """
    for start in range(len(example) + 1):
        pieces = {example[start : start + size] for size in range(1, LONGEST_PUMP + 1)}
        for piece in sorted((pieces | {" ", "\n"}) - {""}):
            pumped = example[:start] + piece * (LENGTH // len(piece))
            yield pumped
            yield pumped + "\x00"
            yield pumped + example[start + len(piece) :]


class Until:
    """Yields the tokens of an expression as `scan` reads them, up to the first refused one."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._pattern = re.compile(pattern, flags)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        for found in self._pattern.finditer(text):
            yield found
            if found.lastgroup == "quote":
                return


def match_all(pattern: str, flags: int, methods: list[str], examples: list[str]) -> None:
    """Match every worst-case text with every method."""
    compiled: Any = re.compile(pattern, flags)
    if "quote" in compiled.groupindex:
        compiled = Until(pattern, flags)
    for example in examples:
        for text in hard_texts(example):
            for method in methods:
                if method == "sub":
                    compiled.sub("", text)
                elif method == "finditer":
                    sum(1 for _ in compiled.finditer(text))
                else:
                    getattr(compiled, method)(text)


if __name__ == "__main__":
    match_all(**json.load(sys.stdin))
