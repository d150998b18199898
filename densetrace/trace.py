"""What a trace is: a tree of steps, each a frozen account of one thing the framework did.

A trace holds values (`densetrace.values`), never live objects: it outlives its layer, goes to JSON
and comes back equal. docs/trace-format.md documents the JSON form.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Final, Self, TypeVar

from densetrace import collecting
from densetrace.errors import RequestError, shown
from densetrace.interrupts import INTERRUPTED
from densetrace.json_text import safe, string, value_text, values_text, where_text
from densetrace.values import (
    JSON,
    Mapping,
    Text,
    Value,
    count_of,
    fields_of,
    from_json,
    is_count,
    list_of,
    string_of,
    told,
)

_T = TypeVar("_T")

FORMAT: Final = "densetrace"
VERSION: Final = 1
LONGEST_MESSAGE: Final = 1000
"""Of what an exception says, an outcome keeps so many characters."""

_DEEP: Final = ("steps", "children")
"""The fields through which a trace may nest to any depth."""

_STEP_FIELDS: Final = ("id", "kind", "point", "subject", "inputs", "facts", "ns", "children")

KINDS: Final = (
    "new", "layout", "init", "get", "deserialize", "assign", "name", "build", "add_weight",
    "initialize", "invoke", "check", "call", "op", "activation", "regularize", "constrain",
    "add", "pop", "compile",
)  # fmt: skip
"""Every kind of step, in the order DESIGN.md introduces them."""


class Absent(Enum):
    """The type of `ABSENT`, which says that a step has no result because it raised."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Error:
    """The exception a step raised: its type's name and its message."""

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Where:
    """The line that caused a step: file (relative to its package or to the person's script), line
    number from 1 (0 when unknown), function, and the text of the line."""

    file: str
    line: int
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One hook point, entered and left.

    `inputs` are the values on entry, by name; `facts` are what the hook point found out by the time
    it was left (the branch a `get` took, the fan-in an initializer used). `ns` is elapsed
    nanoseconds, children included.
    """

    id: int
    kind: str
    point: str
    subject: str | None
    inputs: dict[str, Value]
    facts: dict[str, Value]
    result: Value | Absent
    error: Error | None
    where: Where | None
    ns: int
    children: tuple["Step", ...] = ()

    def walk(self) -> Iterator["Step"]:
        """This step and all below it, in the order in which they were opened."""
        waiting = [self]
        while waiting:
            step = waiting.pop()
            yield step
            waiting.extend(reversed(step.children))


@dataclass(frozen=True, slots=True)
class Stop:
    """What ended a run before its end, and where.

    `how` is one of `STOPS`. `type` and `message` are those of the exception, or of the refusal;
    `hint` says what to do about a refusal; `where` is the person's own line, when it is known.
    """

    how: str
    type: str
    message: str = ""
    hint: str = ""
    where: Where | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of a command whose run ended so."""
        return STOPS[self.how]

    def outcome(self) -> dict[str, Value]:
        """What an outcome says of it."""
        message = str.__str__(self.message)  # of a person's own exception it may be no plain string
        told: dict[str, Value] = {"stopped": self.how, "error_type": self.type, "error": message}
        if len(message) > LONGEST_MESSAGE:
            told["error"] = Text(message[:LONGEST_MESSAGE], len(message))
        if self.hint:
            told["hint"] = self.hint
        if self.where is not None:
            fields = ("file", "line", "function", "text")
            entries = tuple((name, getattr(self.where, name)) for name in fields)
            told["stopped_at"] = Mapping(entries, len(entries))
        return told


STOPS: Final = {"raised": 1, "refused": 2, "interrupted": INTERRUPTED}
"""How a run may be stopped (by an exception, by densetrace, by Ctrl-C), and the exit codes."""


class Trace:
    """A recorded run: where it came from, which stack ran it, how it ended, and its steps.

    `source` says what was handed over, `engine` which stack ran it, `outcome` what came of it; all
    three map names to values. `steps` are the outermost steps, in order.
    """

    __slots__ = ("_make", "_steps", "engine", "outcome", "source")

    def __init__(
        self,
        source: dict[str, Value] | None = None,
        engine: dict[str, Value] | None = None,
        outcome: dict[str, Value] | None = None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        self.source = {} if source is None else source
        self.engine = {} if engine is None else engine
        self.outcome = {} if outcome is None else outcome
        self.steps = steps

    @property
    def steps(self) -> tuple[Step, ...]:
        """The outermost steps, in order."""
        if self._make is not None:
            self.steps = self._make()
        return self._steps

    @steps.setter
    def steps(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps
        self._make: Callable[[], tuple[Step, ...]] | None = None

    def make_steps(self, make: Callable[[], tuple[Step, ...]]) -> None:
        """Have the steps made by `make`, when somebody first asks for them."""
        self._make = make

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace) or type(other) is not type(self):
            return NotImplemented
        mine = (self.source, self.engine, self.outcome, self.steps)
        return mine == (other.source, other.engine, other.outcome, other.steps)

    def __getstate__(self) -> tuple[None, dict[str, object]]:
        """What is copied and pickled: what the trace says, not what was found out about it."""
        return None, {
            name: getattr(self, name) for name in ("source", "engine", "outcome", "steps")
        }

    __hash__ = None  # type: ignore[assignment] # it can change, as a list can

    @property
    def stop(self) -> Stop | None:
        """What ended the run before its end; None when nothing did."""
        kind = self.outcome.get("error_type")
        if not isinstance(kind, str):
            return None
        how = self.outcome.get("stopped")
        if not isinstance(how, str) or how not in STOPS:  # older traces do not say
            how = "interrupted" if kind == "KeyboardInterrupt" else "raised"
        message, hint = (_said(self.outcome.get(name)) for name in ("error", "hint"))
        return Stop(how, kind, message, hint, _where_of(self.outcome.get("stopped_at")))

    def walk(self) -> Iterator[Step]:
        """Every step, in the order in which they were opened."""
        for step in self.steps:
            yield from step.walk()

    def find(
        self,
        kind: str | None = None,
        *,
        point: str | None = None,
        subject: str | None = None,
        where: Callable[[Step], bool] | None = None,
    ) -> list[Step]:
        """The steps of this kind, hook point and subject, for which `where` is true; all if none is
        given. `point` may be its last part only: `find(point="Dense.build")`.

        Raises:
            ValueError: when `kind` is not a kind of step.
        """
        if kind is not None and kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}. Received: kind={kind!r}")
        return [
            step
            for step in self.walk()
            if (kind is None or step.kind == kind)
            and (point is None or step.point == point or step.point.endswith("." + point))
            and (subject is None or step.subject == subject)
            and (where is None or where(step))
        ]

    def to_json(self) -> JSON:
        """The JSON form: dicts, lists and scalars only."""
        from densetrace.json_reading import loads

        return loads(self.dumps(), deep=_DEEP)

    @classmethod
    def from_json(cls, form: JSON) -> Self:
        """The trace that a JSON form stands for.

        Raises:
            RequestError: when it is not a trace, or one of a newer version.
        """
        if not isinstance(form, dict) or form.get("format") != FORMAT:
            raise RequestError(
                'This is not a densetrace trace: it does not begin with "format": "densetrace".',
                "Save one with: densetrace explain EXPR --format json -o trace.json",
            )
        version: JSON = form.get("version")
        if not is_count(version) or not version:
            raise RequestError(f"This trace has no valid version. Received: {told(version)}")
        if int(version) > VERSION:
            raise RequestError(
                f"This trace has format version {version}; this densetrace reads up to {VERSION}.",
                "Upgrade densetrace to read it.",
            )
        try:
            fields_of(form, ("format", "version", "source", "engine", "outcome", "steps"))
            return cls(
                _values_from_json(form["source"]),
                _values_from_json(form["engine"]),
                _values_from_json(form["outcome"]),
                _steps_from_json(list_of(form["steps"])),
            )
        except ValueError as error:
            raise RequestError(f"This trace is damaged: {shown(str(error), 120)}.") from error

    def dumps(self) -> str:
        """The trace as JSON text, a step a line, so that files can be compared line by line."""
        return "".join(self.chunks())

    def chunks(self) -> Iterator[str]:
        """The text of `dumps`, piece by piece: a long trace can be written as it is made."""
        yield safe(
            f'{{"format": {string(FORMAT)}, "version": {VERSION}'
            f', "source": {values_text(self.source)}, "engine": {values_text(self.engine)}'
            f', "outcome": {values_text(self.outcome)}, "steps": ['
        )
        # Not recursive, so that no depth of nesting is too deep to be saved.
        siblings = [iter(self.steps)]
        separator = "\n"
        while siblings:
            step = next(siblings[-1], None)
            if step is None:
                siblings.pop()
                yield "]}" if siblings else "]}\n"
                separator = ",\n"
            elif step.children:
                yield separator + safe(_own_text(step)) + ', "children": ['
                siblings.append(iter(step.children))
                separator = "\n"
            else:
                yield separator + safe(_own_text(step)) + ', "children": []}'
                separator = ",\n"

    @classmethod
    def loads(cls, document: str) -> Self:
        """The trace written in `document`.

        Raises:
            RequestError: when it is not JSON, not a trace, cut short, or of a newer version.
        """
        from densetrace.json_reading import TooDeepError, loads

        with collecting.paused():
            try:
                form = loads(document, deep=_DEEP)
            except TooDeepError as error:
                raise RequestError(f"This trace is damaged: {error}.") from error
            except ValueError as error:
                problem = shown(str(error), 120)
                raise RequestError(f"This is not a whole JSON document: {problem}.") from error
            return cls.from_json(form)

    def save(self, path: str | Path) -> None:
        """Write the trace to `path` as JSON (UTF-8); an existing file is replaced as a whole or
        left as it was."""
        from densetrace.files import write_whole

        write_whole(Path(path), self.chunks())


def _said(value: Value) -> str:
    if isinstance(value, Text):
        return f"{value.start}..."
    return value if isinstance(value, str) else ""


def _where_of(value: Value) -> Where | None:
    """The line that an outcome names; None when it names none."""
    if not isinstance(value, Mapping):
        return None
    named = {name: held for name, held in value.entries if isinstance(name, str)}
    line = named.get("line")
    if not isinstance(line, int) or line < 1:
        return None
    return Where(_said(named.get("file")), line, *map(_said, map(named.get, ("function", "text"))))


def _values_from_json(form: JSON) -> dict[str, Value]:
    if not isinstance(form, dict):
        raise ValueError(f"an object expected. Received: {form!r:.40}")
    return {name: from_json(value) for name, value in form.items()}


def _own_text(step: Step) -> str:
    """The JSON text of a step up to its children, its last bracket left open."""
    result = error = where = ""
    if step.result is not ABSENT:
        result = f', "result": {value_text(step.result)}'
    if step.error is not None:
        kind, message = string(step.error.type), string(step.error.message)
        error = f', "error": {{"type": {kind}, "message": {message}}}'
    line = step.where
    if line is not None:
        where = f', "where": {where_text(line.file, line.line, line.function, line.text)}'
    return (
        f'{{"id": {step.id}{_known_by(step.kind, step.point, step.subject)}'
        f', "inputs": {values_text(step.inputs)}, "facts": {values_text(step.facts)}'
        f'{result}{error}{where}, "ns": {step.ns}'
    )


@lru_cache(maxsize=1024)
def _known_by(kind: str, point: str, subject: str | None) -> str:
    named = f', "kind": {string(kind)}, "point": {string(point)}'
    return f'{named}, "subject": {value_text(subject)}'


def _steps_from_json(forms: list[JSON]) -> tuple[Step, ...]:
    """Steps and all below them; not recursive, so that no nesting is too deep to be read."""
    made: list[list[Step]] = [[]]
    waiting = [(form, False) for form in reversed(forms)]
    last = -1
    while waiting:
        form, children_are_made = waiting.pop()
        if children_are_made:
            children = tuple(made.pop())
            made[-1].append(_step_from_json(form, children))
            continue
        if isinstance(form, dict) and form.get("kind", KINDS[0]) not in KINDS:
            raise ValueError(f"no step is of kind {told(form['kind'])}")
        fields_of(form, _STEP_FIELDS, optional=("result", "error", "where"))
        number = count_of(form["id"])
        if number <= last:
            raise ValueError(f"step {number} follows step {last}: ids are in order of opening")
        last = number
        waiting.append((form, True))
        waiting.extend((child, False) for child in reversed(list_of(form["children"])))
        made.append([])
    return tuple(made[0])


def _step_from_json(form: JSON, children: tuple[Step, ...]) -> Step:
    if "result" in form and "error" in form:
        raise ValueError("a step has a result or an error, not both")
    return Step(
        id=count_of(form["id"]),
        kind=form["kind"],
        point=string_of(form["point"]),
        subject=None if form["subject"] is None else string_of(form["subject"]),
        inputs=_values_from_json(form["inputs"]),
        facts=_values_from_json(form["facts"]),
        result=from_json(form["result"]) if "result" in form else ABSENT,
        error=_error_from_json(form["error"]) if "error" in form else None,
        where=_where_from_json(form["where"]) if "where" in form else None,
        ns=count_of(form["ns"]),
        children=children,
    )


def _error_from_json(form: JSON) -> Error:
    fields_of(form, ("type", "message"))
    return Error(string_of(form["type"]), string_of(form["message"]))


def _where_from_json(form: JSON) -> Where:
    fields_of(form, ("file", "line", "function", "text"))
    file, function, text = (string_of(form[name]) for name in ("file", "function", "text"))
    return Where(file, count_of(form["line"]), function, text)
