"""The expectations of a lesson: Python asserts about the block before, and whether they hold.

    assert step("get", registry="activations").result == "relu"
    assert "64 parameters" in shown

docs/lessons.md lists the names that an assert may use.
"""

import ast
import re
from dataclasses import dataclass
from typing import Any, Final

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.system.errors import message_of, quoted, shown
from densetrace.teach.seen_steps import NoSuchStep, SeenStep, SeenSteps, worded

OF_STEPS: Final = frozenset({"step", "last", "steps", "trace"})
"""Names for the steps of one run."""

_LAYOUT: Final = re.compile(r"[\s│├└─|`]+")
"""Spaces and tree guides: asserts ignore the line breaks and the guides of an output."""

_EXAMPLES: Final = (
    'Write, for example: assert step("get", registry="activations").result == "relu", '
    'or: assert "64 parameters" in shown'
)


class PartError(ValueError):
    """A part of a lesson is wrong. `hint` says what to write instead, `line` is the line within the
    part, from 1."""

    def __init__(self, problem: str, hint: str = "", line: int = 1) -> None:
        super().__init__(problem)
        self.hint = hint
        self.line = line


@dataclass(frozen=True, slots=True)
class Expectation:
    """An assert, or an assignment that later asserts use, with its text and line."""

    statement: ast.Assert | ast.Assign
    text: str
    line: int

    @property
    def asserts(self) -> bool:
        """Whether it is an assert."""
        return isinstance(self.statement, ast.Assert)

    def uses(self, names: frozenset[str]) -> bool:
        """Whether it contains any of these names."""
        nodes = ast.walk(self.statement)
        return any(isinstance(node, ast.Name) and node.id in names for node in nodes)


def read_asserts(text: str, line: int = 1) -> tuple[Expectation, ...]:
    """The asserts and assignments of a text; `line` is the number of its first line.

    Raises:
        PartError: if it has any other statement.
    """
    lines = text.splitlines()
    try:
        statements = parse(text).body
    except PartError as error:
        wrong = lines[error.line - 1].strip() if error.line <= len(lines) else ""
        if wrong.startswith("assert"):
            raise
        raise _not_an_assert(wrong, error.line) from error
    found: list[Expectation] = []
    for one in statements:
        if not isinstance(one, ast.Assert | ast.Assign):
            raise _not_an_assert(lines[one.lineno - 1].strip(), one.lineno)
        written = " ".join((ast.get_source_segment(text, one) or "").split())
        written = written.removeprefix("assert ")
        found.append(Expectation(one, written, line + one.lineno - 1))
    return tuple(found)


def parse(text: str) -> ast.Module:
    """The syntax tree of Python source.

    Raises:
        PartError: if it is not Python.
    """
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise PartError(f"This is not Python: {error.msg}.", line=error.lineno or 1) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise PartError(f"This is not Python: {shown(str(error))}.") from error


def _not_an_assert(written: str, line: int) -> PartError:
    problem = f"Expectations are written as Python asserts. Received: {quoted(written)}."
    return PartError(problem, _EXAMPLES, line)


# -- judging --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an expectation holds; if not, `found` says what was found instead.

    `steps` are the steps that it used; `broken` means that evaluating it raised an error.
    """

    expectation: Expectation
    holds: bool
    found: str = ""
    steps: tuple[Step, ...] = ()
    broken: bool = False


class Shown(str):
    """The output of a block. `in` ignores line breaks and tree guides between words."""

    def __contains__(self, words: object) -> bool:
        return isinstance(words, str) and str.__contains__(self, _flat(words))


class Judge:
    """Judges the expectations of one run by its trace (if any), its output, its printed text and
    the error that ended it."""

    def __init__(
        self, trace: Trace | None, *, shown: str = "", printed: str = "", error: str = ""
    ) -> None:
        self._seen = SeenSteps(trace or Trace())
        self._names: dict[str, Any] = {
            "step": self._seen.step,
            "last": self._seen.last,
            "steps": self._seen.steps,
            "trace": trace,
            "shown": Shown(_flat(shown)),
            "printed": printed,
            "error": error,
        }

    def judge(self, expectation: Expectation) -> Finding:
        """Evaluate an expectation."""
        statement = expectation.statement
        self._seen.named.clear()
        try:
            if isinstance(statement, ast.Assign):
                code = compile(ast.Module([statement], []), "<lesson>", "exec")
                exec(code, self._names)  # noqa: S102 # a lesson's Python, as its python blocks
                found = None
            else:
                found = self._contradiction(statement.test)
        except NoSuchStep as missing:
            return Finding(expectation, False, str(missing))
        except (Exception, SystemExit) as error:
            found = f"{type(error).__name__}: {message_of(error)}"
            return Finding(expectation, False, found, broken=True)
        return Finding(expectation, found is None, found or "", tuple(self._seen.named.values()))

    def _contradiction(self, test: ast.expr) -> str | None:
        """What was found if a test does not hold; None if it holds."""
        match test:
            case ast.BoolOp(ast.And(), parts):
                contradictions = (self._contradiction(part) for part in parts)
                return next((found for found in contradictions if found is not None), None)
            case ast.UnaryOp(ast.Not(), operand):
                value = self._value(operand)
                return self._worded(operand, value) if value else None
            case ast.Compare(first, signs, others):
                sides = [(one, self._value(one)) for one in (first, *others)]
                for sign, one, other in zip(signs, sides, sides[1:], strict=False):
                    if not self._compare(sign, one[1], other[1]):
                        sides = [side for side in (one, other) if not _is_literal(side[0])] or [one]
                        text = " on the left, ".join(self._worded(*side) for side in sides)
                        return f"{text} on the right" if len(sides) == 2 else text
                return None
        value = self._value(test)
        return None if value else self._worded(test, value)

    def _value(self, node: ast.expr) -> Any:
        code = compile(ast.Expression(node), "<lesson>", "eval")
        return eval(code, self._names)  # noqa: S307 # a lesson's Python, as its python blocks

    def _compare(self, sign: ast.cmpop, left: object, right: object) -> Any:
        self._names |= {"_left": left, "_right": right}
        first, second = (ast.Name(name, ast.Load()) for name in ("_left", "_right"))
        return self._value(ast.fix_missing_locations(ast.Compare(first, [sign], [second])))

    def _worded(self, node: ast.expr, value: object) -> str:
        """A value in words, with its step if it is a field of the only step used."""
        named = [SeenStep(step, at) for at, step in self._seen.named.items()]
        is_field = isinstance(node, ast.Attribute) and len(named) == 1
        return f"{worded(value)} in {named[0]}" if is_field else worded(value)


def _is_literal(node: ast.expr) -> bool:
    """Whether a side of a comparison is a literal in the lesson."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _flat(text: str) -> str:
    return _LAYOUT.sub(" ", text).strip()
