"""Error texts for Python that is not a valid expression: the problem and what to type instead."""

import ast
import keyword
import re

from densetrace.sources.expression.nodes import Collection, Constant, Name, Node
from densetrace.system.errors import shown

EXAMPLE = "Dense(64, activation='relu')"
SCRIPTS = "A script is run with: densetrace run FILE."
CONTENTS = "It may contain calls to Keras names, literals, lists, tuples and dicts."
SINGLE_EQUALS = "Use a single = for an argument."

CONSTRUCTS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Attribute: ("An attribute of a value", CONTENTS),
    ast.BinOp: ("Arithmetic", "Write the result."),
    ast.BoolOp: ("A logical operator", CONTENTS),
    ast.Call: ("Calling anything except a name", CONTENTS),
    ast.Compare: ("A comparison", SINGLE_EQUALS),
    ast.IfExp: ("A condition", "Write the value itself."),
    ast.Lambda: ("A lambda", "A function is given by its name, as in activation='relu'."),
    ast.NamedExpr: ("An assignment", SINGLE_EQUALS),
    ast.Starred: ("Unpacking", "Write the values out."),
    ast.Subscript: ("A subscript", "A call takes round parentheses, as in Dense(64)."),
    ast.UnaryOp: ("An operator other than the sign of a number", "Write the result."),
} | dict.fromkeys(
    (ast.DictComp, ast.GeneratorExp, ast.ListComp, ast.SetComp),
    ("A comprehension", "Write the values out."),
)

_STATEMENTS = (
    "assert async break class continue def del for from global if import nonlocal pass raise "
    "return try while with"
)
# Pasted text that is not an expression, recognized by its stripped start; `at` is the position.
_PASTED = (
    (r"(?P<at>>>>)", "A prompt is not part of an expression", "Leave the prompt >>> out."),
    (r"(?P<at>[!%])", "A notebook command is not an expression", f"Try {EXAMPLE}."),
    (
        rf"(?P<at>(?:{_STATEMENTS.replace(' ', '|')})\b|@|type\s+\w+\s*=)",
        "A statement is not an expression",
        f"Give one call, such as {EXAMPLE}. {SCRIPTS}",
    ),
    (
        r"[\w.]+\s*(?P<at>=)(?!=)",
        "An assignment is not allowed in an expression",
        "Pass only what follows the =.",
    ),
    (r"[^#'\"]*[^#'\"?](?P<at>\?+)\Z", "A question mark has no meaning here", "Leave it out."),
    (
        r"(?P<name>[\w.]*\b[A-Z]\w*)[ \t]+(?P<at>(?P<rest>[0-9'\"].*))\Z",
        "Arguments go in parentheses",
        "Did you mean {name}({rest}) ?",
    ),
    (
        r"(?P<name>[\w.]*\b[A-Z]\w*)\s*(?P<at>\{)",
        "A call takes round parentheses",
        "Write {name}(...).",
    ),
)
# Words in the messages of Python's parser, stable since Python 3.11. For other messages, only the
# position is named.
_GISTS = (
    ("mix bytes", "A string and bytes cannot be joined", "Is a comma missing?"),
    (
        r"error\)|ASCII",
        "This string cannot be read: an escape is incomplete, or bytes are not ASCII",
        r"A backslash itself is written \\.",
    ),
    (
        "follows keyword",
        "Arguments without a name stand before those with one",
        "Name this one as well, or move it to the front.",
    ),
    ("assign|meant", "What stands before = must be the name of an argument", SINGLE_EQUALS),
    ("literal", "This is not a number in Python", ""),
    (
        "Generator|comprehension",
        "A comprehension is not allowed in an expression",
        "Write the values.",
    ),
    ("comma", "Two values stand side by side", "Is a comma missing?"),
)


def no_root(node: Node) -> tuple[str, str]:
    """Problem and hint for a value where a call is required."""
    hint = f"Give a layer or a model, such as {EXAMPLE}."
    if isinstance(node, Name) and node.dotted.rpartition(".")[2][:1].isupper():
        hint = f"Call it: {shown(node.dotted)}(...)."
    elif isinstance(node, Constant) and isinstance(node.value, str) and "(" in node.value:
        hint = "Leave the outer quotes out."
    elif isinstance(node, Collection):
        hint = "A list of layers makes a model: Sequential([Dense(64), Dense(10)])."
    return "An expression is a call to a layer or a model", hint


def unreadable(source: str, index: int, error: Exception) -> tuple[int, str, str]:
    """Position, problem and hint for text that Python cannot parse, from its error and index."""
    if isinstance(error, MemoryError | RecursionError):
        return 0, "A chain of operators, names or calls is too long to be read", CONTENTS
    pasted = source.rstrip()
    begin = len(pasted) - len(pasted.lstrip())
    for pattern, problem, hint in _PASTED:
        if found := re.compile(pattern).match(pasted, begin):
            words = {name: shown(word) for name, word in found.groupdict().items()}
            return found.start("at"), problem, hint.format(**words)
    for gists, problem, hint in _GISTS:
        if re.search(gists, str(error)):
            return index, problem, hint
    if not source[index:].strip():
        return index, "The expression ends where more is expected", ""
    word = re.match(r"\w*", source[index:])
    if word and keyword.iskeyword(word.group()):
        return index, f"The Python keyword {word.group()} has no meaning here", CONTENTS
    return index, "This cannot be read as Python", CONTENTS
