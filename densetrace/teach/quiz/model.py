"""What a question is: a sentence, its options, the right one, and the steps that prove it."""

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
    """An answer that can be chosen, and the misconception that choosing it reveals ("" if none is
    known; the right one has none)."""

    text: str
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question before its options are chosen and shuffled.

    `core` says what it is about, whichever object it is asked of: a quiz avoids asking twice about
    the same. `proof` are the steps that prove the right answer, `because` is the reason in a
    sentence, `hint` helps without giving the answer away.
    """

    core: str
    ask: str
    right: str
    wrong: tuple[Option, ...]
    hint: str
    because: str
    proof: tuple[Step, ...]


Ask = Callable[[Step, "Run"], Iterator[Draft]]
"""Makes the questions of a kind that a step about to be shown gives rise to."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question.

    `name` and `topic` are what people type, `title` what a score calls it. `steps` are the kinds of
    steps it is asked about. `foresees` says that a later step proves the answer, so that it cannot
    be asked just before a step is shown.
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

    `step` is the step that it is asked about; `context` is the line of the script that the step
    belongs to, if there is one.
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
        """The misconceptions that its wrong options reveal."""
        return frozenset(option.misconception for option in self.options if option.misconception)
