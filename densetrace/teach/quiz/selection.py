"""Selects the questions of a quiz: of the most weight, of many kinds, none answered by another."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from densetrace.teach.quiz.misconceptions import MISCONCEPTIONS
from densetrace.teach.quiz.model import Question

MOST_ABOUT_LAYOUTS: Final = 10
"""Of this many questions at most one is about layouts, unless that is the topic."""

_LAYOUTS: Final = "layouts"

Place = tuple[int, int, int]
"""Where a question comes in a quiz: an earlier one has a smaller place."""


class Selection:
    """The questions chosen so far out of `candidates`.

    No two have the same proof or the same words, and of ten at most one is about layouts, unless
    `only_layouts` says that the person asked for them.

    Args:
        candidates: all questions to choose from.
        count: how many to choose.
        place: where a question comes in the quiz.
        only_layouts: whether the topic is layouts or one kind of question.
    """

    def __init__(
        self,
        candidates: Sequence[Question],
        count: int,
        place: Callable[[Question], Place],
        *,
        only_layouts: bool = False,
    ) -> None:
        self.count = count
        self.chosen: list[Question] = []
        self._layouts = count if only_layouts else count // MOST_ABOUT_LAYOUTS
        self._candidates = candidates
        self._place = {id(question): place(question) for question in candidates}
        self._proof = {id(question): frozenset(map(id, question.proof)) for question in candidates}
        self._cores: set[str] = set()
        self._asked: set[tuple[str, str]] = set()
        self._proofs: set[frozenset[int]] = set()
        self._shown: set[int] = set()
        self._kinds: Counter[str] = Counter()
        self._topics: Counter[str] = Counter()

    @property
    def left(self) -> int:
        """How many more may be chosen."""
        return self.count - len(self.chosen)

    def add_varied(
        self, questions: Iterable[Question], number: int, *, repeats: bool = False
    ) -> None:
        """Add up to `number` questions, of each topic and kind in turn.

        With `repeats`, also those whose answer another question shows or whose `core` is repeated,
        when no other question is left.
        """
        rest, most = list(questions), len(self.chosen) + min(number, self.left)
        while len(self.chosen) < most:
            rest = [question for question in rest if self._admits(question)]
            if not rest:
                return
            best = min(rest, key=self._cost)
            if not repeats and any(self._cost(best)[:2]):
                return
            self._add(best)

    def add_revealing(self, questions: Iterable[Question]) -> None:
        """Add questions that reveal misconceptions of the article."""
        uncovered = {key for key, belief in MISCONCEPTIONS.items() if belief.article}
        for question in self.chosen:
            uncovered -= question.misconceptions
        rest = list(questions)
        while uncovered and self.left:
            rest = [one for one in rest if self._admits(one) and one.misconceptions & uncovered]
            if not rest:
                return
            # What another question reveals too is not left to the few about layouts.
            best = max(
                rest,
                key=lambda one: (
                    id(one) not in self._shown,
                    len(one.misconceptions & uncovered),
                    not is_about_layouts(one),
                ),
            )
            uncovered -= best.misconceptions
            self._add(best)

    def _admits(self, question: Question) -> bool:
        if self._proof[id(question)] in self._proofs:
            return False
        if (question.context, question.ask) in self._asked:
            return False
        return not is_about_layouts(question) or self._layouts > 0

    def _cost(self, question: Question) -> tuple[bool, bool, int, int]:
        """What speaks against a question: another shows its answer, or has its core, topic or
        kind."""
        return (
            id(question) in self._shown,
            question.core in self._cores,
            self._topics[question.kind.topic],
            self._kinds[question.kind.name],
        )

    def _add(self, question: Question) -> None:
        self.chosen.append(question)
        self._layouts -= is_about_layouts(question)
        self._cores.add(question.core)
        self._asked.add((question.context, question.ask))
        self._kinds[question.kind.name] += 1
        self._topics[question.kind.topic] += 1
        proof, place = self._proof[id(question)], self._place[id(question)]
        self._proofs.add(proof)
        for other in self._candidates:
            of_other = self._proof[id(other)]
            # The proof of the earlier one shows the answer to the later one.
            first, then = (proof, of_other) if place < self._place[id(other)] else (of_other, proof)
            if then <= first:
                self._shown.add(id(other))


def is_about_layouts(question: Question) -> bool:
    """Whether a question is about layouts, by its topic or its words."""
    return question.kind.topic == _LAYOUTS or "layout" in question.ask
