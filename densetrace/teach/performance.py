"""What came of a lesson that was run: of each block, what happened and whether it was expected."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from densetrace.data.trace import Trace
from densetrace.teach.judging import Finding
from densetrace.teach.lesson import Block, Claim, Expectation, Lesson, Verdict
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
        in_blocks = sum(len(one.block.expectations) for one in self.performances)
        return in_blocks + sum(1 + len(one.claim.proof) for one in self.judgements)


def failure(lesson: Lesson, expectation: Expectation, finding: Finding) -> Failure:
    """The failure that a finding is."""
    return Failure(lesson.file, expectation.line, expectation.fact.text, finding.found)
