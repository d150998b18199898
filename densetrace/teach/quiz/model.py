"""Questions: a sentence, its options, the right one, and the steps that prove it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from densetrace.data.steps import Step

if TYPE_CHECKING:
    from densetrace.teach.quiz.run import Run

MOST_OPTIONS: Final = 4
FEWEST_OPTIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to choose, and the misconception that choosing it reveals ("" if none, as for the
    right one)."""

    text: str
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question before its options are chosen and shuffled.

    `core` is the same for questions about the same fact of different objects: a quiz avoids
    repeating one. `proof` are the steps that prove the right answer, `because` is the reason in a
    sentence, `hint` helps without revealing the answer.
    """

    core: str
    ask: str
    right: str
    wrong: tuple[Option, ...]
    hint: str
    because: str
    proof: tuple[Step, ...]


Ask = Callable[[Step, "Run"], Iterator[Draft]]
"""Drafts the questions of a kind about the step that is shown next."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question.

    `name` and `topic` are values of --topic, `title` is its name in a score. `steps` are the kinds
    of steps it is about. `foresees` means that a later step proves the answer, so it cannot be
    asked just before the step is shown.
    """

    name: str
    topic: str
    title: str
    steps: tuple[str, ...]
    ask: Ask
    foresees: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is shown: `options` in their order, exactly one of them right.

    `step` is the step it is about; `context` is the line of the script that caused the step, if
    there is one.
    """

    kind: Kind
    step: Step
    core: str
    context: str
    ask: str
    options: tuple[Option, ...]
    right: int
    hint: str
    because: str
    proof: tuple[Step, ...]

    @property
    def answer(self) -> str:
        """The text of the right option."""
        return self.options[self.right].text

    @property
    def misconceptions(self) -> frozenset[str]:
        """The misconceptions that the wrong options reveal."""
        return frozenset(option.misconception for option in self.options if option.misconception)
