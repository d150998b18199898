"""The steps of a trace, and how a run was stopped.

A step holds values (`densetrace.data.values`), never live objects.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from densetrace.data.values import Mapping, Text, Value
from densetrace.system.exit_codes import INTERRUPTED, RAISED, REFUSED, TERMINATED

LONGEST_MESSAGE: Final = 1000
"""How many characters of an exception's message an outcome keeps."""


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
    """One call of a hook point.

    `inputs` are the values on entry, by name; `facts` are read when the call returns (the branch a
    `get` took, the fan-in an initializer used). `ns` is elapsed nanoseconds, children included.
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
    """What stopped a run, and where.

    `how` is one of `STOPS`. `type` and `message` are those of the exception or the refusal; `hint`
    says what to do about a refusal; `where` is the user's line, when it is known.
    """

    how: str
    type: str
    message: str = ""
    hint: str = ""
    where: Where | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of a command whose run was stopped so."""
        return TERMINATED if self.is_terminated else STOPS[self.how]

    @property
    def is_terminated(self) -> bool:
        """Whether SIGTERM stopped the run."""
        return self.how == "interrupted" and self.type == "Terminated"

    def outcome(self) -> dict[str, Value]:
        """The entries of an outcome."""
        message = str.__str__(self.message)  # a user's exception may have a subclass of str
        entries: dict[str, Value] = {"stopped": self.how, "error_type": self.type, "error": message}
        if len(message) > LONGEST_MESSAGE:
            entries["error"] = Text(message[:LONGEST_MESSAGE], len(message))
        if self.hint:
            entries["hint"] = self.hint
        if self.where is not None:
            fields = ("file", "line", "function", "text")
            line = tuple((name, getattr(self.where, name)) for name in fields)
            entries["stopped_at"] = Mapping(line, len(line))
        return entries


STOPS: Final = {"raised": RAISED, "refused": REFUSED, "interrupted": INTERRUPTED}
"""How a run may be stopped (by an exception, by densetrace, by Ctrl-C or SIGTERM), and the exit
codes; after SIGTERM the exit code is another one."""


def flattened(
    steps: tuple[Step, ...], parent: Step | None, is_left_out: Callable[[Step, Step | None], bool]
) -> tuple[Step, ...]:
    """The steps inside `parent`, with the steps inside of each that is left out in its place."""
    if not any(is_left_out(step, parent) for step in steps):
        return steps
    found: list[Step] = []
    waiting = [(step, parent) for step in reversed(steps)]
    while waiting:
        child, parent = waiting.pop()
        if is_left_out(child, parent):
            waiting.extend((inner, child) for inner in reversed(child.children))
        else:
            found.append(child)
    return tuple(found)
