"""The steps of a trace, and what may have ended a run before its end.

A step holds values (`densetrace.data.values`), never live objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from densetrace.data.values import Mapping, Text, Value
from densetrace.system.exit_codes import INTERRUPTED, RAISED, REFUSED

LONGEST_MESSAGE: Final = 1000
"""Of what an exception says, an outcome keeps so many characters."""


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
        said: dict[str, Value] = {"stopped": self.how, "error_type": self.type, "error": message}
        if len(message) > LONGEST_MESSAGE:
            said["error"] = Text(message[:LONGEST_MESSAGE], len(message))
        if self.hint:
            said["hint"] = self.hint
        if self.where is not None:
            fields = ("file", "line", "function", "text")
            entries = tuple((name, getattr(self.where, name)) for name in fields)
            said["stopped_at"] = Mapping(entries, len(entries))
        return said


STOPS: Final = {"raised": RAISED, "refused": REFUSED, "interrupted": INTERRUPTED}
"""How a run may be stopped (by an exception, by densetrace, by Ctrl-C), and the exit codes."""
