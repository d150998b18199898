"""The records of a lesson: pages of prose, blocks to run, and expectations.

A lesson is a Markdown file; docs/lessons.md explains how to write one. `lesson_reader` reads it
into these records, each with its line. Nothing here runs a block.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from densetrace.system.errors import RequestError, shown
from densetrace.teach.asserts import Expectation

Language: TypeAlias = Literal["trace", "python", "diff", "why", "quiz"]
Verdict: TypeAlias = Literal["confirmed", "corrected"]

SOLUTION: Final = "Solution"
"""The title of the page that solves the exercise. Learners do not see it unless they ask for it."""


class LessonError(RequestError):
    """A lesson is invalid: the problem begins with its file and line."""

    def __init__(self, file: str, line: int, problem: str, hint: str = "") -> None:
        super().__init__(f"{shown(file, 200)}:{line}: {problem}", hint)


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown between two blocks."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """An expression, two expressions or a script to run. `number` counts from 1."""

    number: int
    language: Language
    options: Mapping[str, str]
    text: str
    line: int
    expectations: tuple[Expectation, ...] = ()

    @property
    def shows(self) -> str:
        """Which output is shown: all, trace, output or nothing."""
        return self.options.get("show", "all")


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement that the run of block `block` tests.

    It is confirmed if all expectations in `means` hold, and corrected otherwise; `verdict` is the
    one that the lesson expects. `so` is the correct statement; `proof` must hold in either case.
    """

    number: int
    block: int
    verdict: Verdict
    said: str
    so: str
    means: tuple[Expectation, ...]
    proof: tuple[Expectation, ...]
    line: int


Piece: TypeAlias = Prose | Block | Claim


@dataclass(frozen=True, slots=True)
class Page:
    """One page. The first page has the title of the lesson."""

    title: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: its name, title, file, the argument that selects it (`called`), and its pages.

    The last page may be the solution to the exercise on the page before it.
    """

    name: str
    title: str
    file: str
    called: str
    pages: tuple[Page, ...]

    @property
    def has_solution(self) -> bool:
        """Whether the last page solves the exercise."""
        return self.pages[-1].title == SOLUTION

    def for_learners(self) -> "Lesson":
        """The lesson without the solution."""
        return replace(self, pages=self.pages[:-1]) if self.has_solution else self

    def exercise_and_solution(self) -> "Lesson":
        """The last two pages only."""
        return replace(self, pages=self.pages[-2:])

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks to run, in order."""
        pieces = (piece for page in self.pages for piece in page.pieces)
        return tuple(piece for piece in pieces if isinstance(piece, Block))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims, in order."""
        pieces = (piece for page in self.pages for piece in page.pieces)
        return tuple(piece for piece in pieces if isinstance(piece, Claim))
