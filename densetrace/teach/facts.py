"""What a lesson expects of a trace, as lines that a teacher can write and read.

    step get registry=activations: branch == 'str' and result is relu
    step layout before step init of=Dense
    2 steps add_weight inside step build

docs/lessons.md tells the whole language. `read_fact` turns a line into a record, and
`densetrace.teach.judging` holds it against a trace.
"""

import ast
import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from densetrace.data.schema import KINDS
from densetrace.system.errors import did_you_mean, shown
from densetrace.teach.fact_words import FactError, Tokens

Sign: TypeAlias = Literal["==", "!=", "<=", ">=", "<", ">", "is", "is not", "has"]
SIGNS: Final[tuple[Sign, ...]] = get_args(Sign)

Which: TypeAlias = Literal["first", "last", "every", "count"]

WORDS: Final = (
    "step", "last step", "every step", "no step", "2 steps", "shows", "never shows", "fails",
    "outcome",
)  # fmt: skip
"""How an expectation begins."""

_WORD: Final = re.compile(r"[A-Za-z_][\w.]*")
_FILTER: Final = re.compile(r"([A-Za-z_][\w.]*)([=~])(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """Something asked of one field: `bound.units == 64`. `literal` is the value that `==` and its
    kin compare with; `is` compares with `word`, the name that people read."""

    path: tuple[str, ...]
    sign: Sign
    word: str
    literal: object = None

    def __str__(self) -> str:
        return f"{'.'.join(self.path)} {self.sign} {self.word}"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which steps are meant: a kind, what their fields hold, and which steps they are inside of."""

    kind: str
    having: tuple[Condition, ...] = ()
    inside: "Selector | None" = None

    def __str__(self) -> str:
        having = "".join(
            f" {'.'.join(one.path)}{'~' if one.sign == 'has' else '='}{one.word}"
            for one in self.having
        )
        return f"{self.kind}{having}{f' inside step {self.inside}' if self.inside else ''}"


@dataclass(frozen=True, slots=True)
class StepFact:
    """There are such steps, and they are so. `count` says how many, when `which` is "count"."""

    text: str
    which: Which
    selector: Selector
    conditions: tuple[Condition, ...] = ()
    before: Selector | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class TextFact:
    """The output shows these words (after those of the fact before), or never does."""

    text: str
    words: str
    never: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeFact:
    """What came of a run is so."""

    text: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class FailureFact:
    """The run ended with an error of this type."""

    text: str
    type: str


Fact: TypeAlias = StepFact | TextFact | OutcomeFact | FailureFact


def read_fact(line: str) -> Fact:
    """The expectation that a line says.

    Raises:
        FactError: when it says none.
    """
    text = line.strip()
    first, _, rest = text.partition(" ")
    if text.startswith("never shows "):
        return TextFact(text, _words(text.removeprefix("never shows ")), never=True)
    if first == "shows":
        return TextFact(text, _words(rest))
    tokens = Tokens(text)
    if first == "fails":
        tokens.take()
        kind = tokens.take("the type of the error, such as ValueError")
        tokens.end()
        return FailureFact(text, kind)
    if first in ("outcome", "outcome:"):
        tokens.take()
        tokens.expect(":")
        return OutcomeFact(text, _conditions(tokens))
    return _step_fact(text, tokens)


def _words(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise FactError("'shows' is followed by the words that the output shows.")
    return words


def _step_fact(text: str, tokens: Tokens) -> StepFact:
    first = tokens.take("an expectation")
    which: Which = "first"
    count = 0
    if first in ("last", "every", "no") or first.isdecimal():
        which = "count" if first.isdecimal() or first == "no" else "last"
        which = "every" if first == "every" else which
        count = int(first) if first.isdecimal() and len(first) < 9 else 0
        tokens.expect("steps" if first.isdecimal() and first != "1" else "step")
    elif first != "step":
        hint = did_you_mean(first, {word.split()[0] for word in WORDS})
        raise FactError(
            f"An expectation begins with one of: {', '.join(WORDS)}. Received: {shown(first)}.",
            hint,
        )
    selector = _selector(tokens)
    conditions: tuple[Condition, ...] = ()
    before = None
    if tokens.next == "before":
        tokens.take()
        tokens.expect("step")
        before = _selector(tokens)
    elif tokens.next == ":":
        tokens.take()
        conditions = _conditions(tokens)
    if which == "count" and (conditions or before):
        raise FactError(
            "Steps that are counted have no further condition.",
            "Put it into the selection: no step get branch=refused",
        )
    tokens.end()
    return StepFact(text, which, selector, conditions, before, count)


MOST_INSIDE: Final = 10


def _selector(tokens: Tokens, depth: int = 0) -> Selector:
    kind = tokens.take("a kind of step, such as get")
    if kind not in KINDS:
        raise FactError(
            f"There is no kind of step called {shown(kind)}. Kinds: {', '.join(KINDS)}.",
            did_you_mean(kind, KINDS),
        )
    having: list[Condition] = []
    while tokens.next is not None and tokens.next not in (":", "before", "inside"):
        token = tokens.take()
        filtered = _FILTER.fullmatch(token)
        if filtered is None:
            raise FactError(
                f"A step is selected by name=value, or by name~words. Received: {shown(token)}."
            )
        path, word, literal = tuple(filtered[1].split(".")), filtered[3], _literal_or(filtered[3])
        if filtered[2] == "~":
            words = word if literal is NO_LITERAL else literal
            having.append(Condition(path, "has", word, words))
        else:
            having.append(Condition(path, "is", word, literal))
    inside = None
    if tokens.next == "inside":
        tokens.take()
        tokens.expect("step")
        if depth == MOST_INSIDE:
            raise FactError(f"A step is looked for inside at most {MOST_INSIDE} others.")
        inside = _selector(tokens, depth + 1)
    return Selector(kind, tuple(having), inside)


def _conditions(tokens: Tokens) -> tuple[Condition, ...]:
    found = [_condition(tokens)]
    while tokens.next == "and":
        tokens.take()
        found.append(_condition(tokens))
    tokens.end()
    return tuple(found)


def _condition(tokens: Tokens) -> Condition:
    name = tokens.take("the name of a field, such as result")
    if not _WORD.fullmatch(name):
        raise FactError(f"A field is named like bound.units. Received: {shown(name)}.")
    path = tuple(name.split("."))
    sign = tokens.take(f"one of {', '.join(SIGNS)}")
    if sign == "is" and tokens.next == "not":
        tokens.take()
        sign = "is not"
    for known in SIGNS:
        if sign != known:
            continue
        word = tokens.take("a value")
        if known in ("is", "is not"):
            return Condition(path, known, word, _literal_or(word))
        return Condition(path, known, word, _literal(word, known))
    raise FactError(f"A condition has one of {', '.join(SIGNS)}. Received: {shown(sign)}.")


NO_LITERAL: Final = object()
"""The literal of a word that is none, such as a bare name."""


def _literal_or(word: str) -> object:
    try:
        return ast.literal_eval(word)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return NO_LITERAL


def _literal(word: str, sign: Sign) -> object:
    value = _literal_or(word)
    if value is NO_LITERAL:
        raise FactError(
            f"{sign} is followed by a Python value, such as 64, 'relu' or [3, 64]. "
            f"Received: {shown(word)}.",
            f"For a name, write: is {shown(word)}" if sign == "==" else "",
        )
    if sign in ("<", ">", "<=", ">=") and not isinstance(value, int | float):
        raise FactError(f"{sign} compares numbers. Received: {shown(word)}.")
    return value
