"""What came of a lesson that was run: of each block, what happened and whether it was expected."""

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
    """A block that was run.

    `command` is the line that runs it again (empty for a script), `trace` its run (none for two of
    them), `answer` what was asked of it, `printed` what a script printed, `error` what ended it.
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
    """A claim, and what the steps say of it. `proof` are the findings that prove it."""

    claim: Claim
    verdict: Verdict
    proof: tuple[Finding, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation of a lesson that did not come true, and where it is written."""

    file: str
    line: int
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: expected: {self.expected}; found: {self.found}"


@dataclass(frozen=True, slots=True)
class Performed:
    """A lesson that was run from beginning to end."""

    lesson: Lesson
    performances: tuple[Performance, ...]
    judgements: tuple[Judgement, ...]
    failures: tuple[Failure, ...]

    def of(self, block: Block) -> Performance:
        """What came of a block."""
        return self.performances[block.number - 1]

    def judged(self, claim: Claim) -> Judgement:
        """What came of a claim."""
        return self.judgements[claim.number - 1]

    @property
    def checks(self) -> int:
        """How many expectations the lesson has."""
        in_blocks = [one for done in self.performances for one in done.block.expectations]
        return sum(one.asserts for one in in_blocks) + sum(
            1 + len(one.claim.proof) for one in self.judgements
        )


def told_error(trace: Trace) -> str:
    """The error that ended a run, in one line; empty when none did."""
    stop = trace.stop
    return "" if stop is None else f"{stop.type}: {' '.join(stop.message.split())}".rstrip(": ")


def failures_of(lesson: Lesson, findings: Iterable[Finding]) -> list[Failure]:
    """The failures among what was found of expectations."""
    return [
        Failure(lesson.file, one.expectation.line, one.expectation.text, one.found)
        for one in findings
        if not one.holds
    ]
