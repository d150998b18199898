"""What a lesson is: pages of prose, blocks that are run, and what they are expected to show.

A lesson is a Markdown file; docs/lessons.md tells how to write one. `lesson_reader` reads it into
these records, each of which knows its line. Nothing here is run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from densetrace.system.errors import RequestError, shown
from densetrace.teach.asserts import Expectation

Language: TypeAlias = Literal["trace", "python", "diff", "why", "quiz"]
Verdict: TypeAlias = Literal["confirmed", "corrected"]


class LessonError(RequestError):
    """A lesson is broken: the problem begins with its file and line."""

    def __init__(self, file: str, line: int, problem: str, hint: str = "") -> None:
        super().__init__(f"{shown(file, 200)}:{line}: {problem}", hint)


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown between two blocks."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """Something to run: an expression, two of them, or a script. `number` counts from 1."""

    number: int
    language: Language
    options: Mapping[str, str]
    text: str
    line: int
    expectations: tuple[Expectation, ...] = ()

    @property
    def shows(self) -> str:
        """What of it is shown: all, trace, output or nothing."""
        return self.options.get("show", "all")


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says, put to the test by the run of block `block`.

    It is confirmed when all that it `means` holds, and corrected when not; `verdict` is what the
    lesson expects. `so` is what is so, `proof` what must hold in any case.
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
    """What is shown at once. The first page has the lesson's own title."""

    title: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: its name, its title, the file it stands in, what people type to get it, and its
    pages."""

    name: str
    title: str
    file: str
    called: str
    pages: tuple[Page, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What is run, in order."""
        pieces = (piece for page in self.pages for piece in page.pieces)
        return tuple(piece for piece in pieces if isinstance(piece, Block))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims, in order."""
        pieces = (piece for page in self.pages for piece in page.pieces)
        return tuple(piece for piece in pieces if isinstance(piece, Claim))
