"""The results of running a lesson: the run of each block, and whether its expectations held."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from densetrace.data.trace import Trace
from densetrace.teach.asserts import Finding
from densetrace.teach.lesson import Block, Claim, Lesson, Verdict
from densetrace.teach.quiz import Quiz

if TYPE_CHECKING:
    from densetrace.study.diff import Diff
    from densetrace.study.why import Why

Answer: TypeAlias = "Diff | Why | Quiz | None"


@dataclass(frozen=True, slots=True)
class Performance:
    """The run of a block.

    `command` is the command line that repeats it (empty for a script), `trace` its trace (None for
    two runs), `answer` the answer to its question, `printed` the output of the script, `error` the
    error that ended it.
    """

    block: Block
    command: str
    trace: Trace | None
    answer: Answer = None
    printed: str = ""
    error: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim and its verdict by the steps of the run. `proof` are the findings that prove it."""

    claim: Claim
    verdict: Verdict
    proof: tuple[Finding, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation of a lesson that does not hold, and its file and line."""

    file: str
    line: int
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: expected: {self.expected}; found: {self.found}"


@dataclass(frozen=True, slots=True)
class Performed:
    """The run of a whole lesson."""

    lesson: Lesson
    performances: tuple[Performance, ...]
    judgements: tuple[Judgement, ...]
    failures: tuple[Failure, ...]

    def of(self, block: Block) -> Performance:
        """The run of a block."""
        return next(one for one in self.performances if one.block.number == block.number)

    def judged(self, claim: Claim) -> Judgement:
        """The verdict on a claim."""
        return next(one for one in self.judgements if one.claim.number == claim.number)

    @property
    def checks(self) -> int:
        """The number of expectations in the lesson."""
        in_blocks = [one for done in self.performances for one in done.block.expectations]
        return sum(one.asserts for one in in_blocks) + sum(
            1 + len(one.claim.proof) for one in self.judgements
        )


def error_line(trace: Trace) -> str:
    """The error that ended a run, in one line; empty if there was none."""
    stop = trace.stop
    return "" if stop is None else f"{stop.type}: {' '.join(stop.message.split())}".rstrip(": ")


def failures_of(lesson: Lesson, findings: Iterable[Finding]) -> list[Failure]:
    """The failures among some findings."""
    return [
        Failure(lesson.file, one.expectation.line, one.expectation.text, one.found)
        for one in findings
        if not one.holds
    ]
