"""Questions: a sentence, its options, the right answer, and the steps that prove it.

A question has one right option, or asks for an order of all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from densetrace.data.steps import Step

if TYPE_CHECKING:
    from densetrace.teach.quiz.run import Run

MOST_OPTIONS: Final = 4
FEWEST_OPTIONS: Final = 3
MOST_STAGES: Final = 5
"""The most options of a question that asks for their order."""


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


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a run that is to be put in order.

    `needs` names the stages that must come before it. `mistakes` has, for some of these, the
    misconception that the opposite order reveals. `proof` is the step that is this stage.
    """

    name: str
    text: str
    proof: Step
    needs: tuple[str, ...] = ()
    mistakes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """A question that asks for an order, before its stages are shuffled.

    `stages` are in the order in which they ran. Any order is right that gives each stage what it
    needs.
    """

    core: str
    ask: str
    stages: tuple[Stage, ...]
    hint: str
    because: str

    @property
    def proof(self) -> tuple[Step, ...]:
        return tuple(stage.proof for stage in self.stages)


Ask = Callable[[Step, "Run"], Iterator[Draft | OrderDraft]]
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
class Precedence:
    """An option that must come before another, both by index, and the misconception that the
    opposite order reveals ("" if none)."""

    first: int
    then: int
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is shown, with `options` in their order.

    `right` has the index of the right option; or, if the question asks for an order, the indices of
    all options in an order that is right. Others are right too, as long as they keep `precedences`.
    `step` is the step it is about; `context` is the line of the script that caused the step, if
    there is one.
    """

    kind: Kind
    step: Step
    core: str
    context: str
    ask: str
    options: tuple[Option, ...]
    right: tuple[int, ...]
    hint: str
    because: str
    proof: tuple[Step, ...]
    precedences: tuple[Precedence, ...] = ()

    @property
    def asks_for_order(self) -> bool:
        """Whether the answer is an order of all options."""
        return bool(self.precedences)

    @property
    def answer(self) -> str:
        """The text of the right option, or of all options in a right order."""
        return ", then ".join(self.options[index].text for index in self.right)

    def accepts(self, chosen: tuple[int, ...]) -> bool:
        """Whether an answer is right."""
        if not self.asks_for_order:
            return chosen == self.right
        return sorted(chosen) == sorted(self.right) and not any(self.broken(chosen))

    def revealed_by(self, chosen: tuple[int, ...]) -> str:
        """The misconception that an answer reveals; empty if there is none."""
        if not self.asks_for_order:
            return self.options[chosen[0]].misconception
        broken = (one.misconception for one in self.broken(chosen))
        return next((key for key in broken if key), "")

    def broken(self, chosen: tuple[int, ...]) -> Iterator[Precedence]:
        """The precedences that an order breaks."""
        place = {index: number for number, index in enumerate(chosen)}
        for one in self.precedences:
            if place[one.first] > place[one.then]:
                yield one

    @property
    def misconceptions(self) -> frozenset[str]:
        """The misconceptions that wrong answers reveal."""
        keys = {option.misconception for option in self.options}
        keys |= {precedence.misconception for precedence in self.precedences}
        return frozenset(keys - {""})
