"""Selects the questions of a quiz: of the most weight, of many kinds, none answered by another."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Final

from densetrace.teach.quiz.making import normalized
from densetrace.teach.quiz.misconceptions import MISCONCEPTIONS
from densetrace.teach.quiz.model import Question

MOST_ABOUT_LAYOUTS: Final = 10
"""Of this many questions at most one is about layouts, unless that is the topic."""

_LAYOUTS: Final = "layouts"

_GIVES_AWAY: Final[Mapping[str, tuple[str, ...]]] = {
    "model-shape": ("output-shape", "layer-shape"),
    "parameter-count": ("which-weights", "trained-weights"),
    "model-parameters": ("which-weights", "weight-holders", "trained-weights"),
    "one-more-unit": ("which-weights",),
    "call-order": ("compute-order", "built-when", "runs-next"),
    "construction-order": ("first-action",),
    "built-when": ("weights-now", "compile-weights", "runs-next"),
    "training-order": ("step-order",),
    "step-order": ("training-order",),
    "fit-order": ("compile",),
    "first-action": ("passed-to-base",),
    "passed-to-base": ("first-action",),
    "entered-next": ("layout-when",),
    "layout-when": ("entered-next",),
    "more-parameters": ("what-differs",),
    "larger-output": ("what-differs",),
    "what-differs": ("more-parameters", "larger-output"),
}
"""For a kind of question, the kinds whose answers its own question and answer contain."""

_COMPARISON: Final = "comparison"

Place = tuple[int, int, int]
"""Where a question comes in a quiz: an earlier one has a smaller place."""


class Selection:
    """The questions chosen so far out of `candidates`.

    No two have the same proof or the same words, and of ten at most one is about layouts, unless
    `only_layouts` says that the person asked for them. Where several kinds of question are as good,
    `shuffle` decides.

    Args:
        candidates: all questions to choose from.
        count: how many to choose.
        place: where a question comes in the quiz.
        shuffle: gives each kind its turn.
        only_layouts: whether the topic is layouts or one kind of question.
    """

    def __init__(
        self,
        candidates: Sequence[Question],
        count: int,
        place: Callable[[Question], Place],
        shuffle: Random,
        *,
        only_layouts: bool = False,
    ) -> None:
        self.count = count
        self.chosen: list[Question] = []
        self._layouts = count if only_layouts else count // MOST_ABOUT_LAYOUTS
        self._candidates = candidates
        self._place = {id(question): place(question) for question in candidates}
        self._proof = {id(question): frozenset(map(id, question.proof)) for question in candidates}
        self._answer = {id(question): normalized(question.answer) for question in candidates}
        kinds = sorted({question.kind.name for question in candidates})
        self._turn = {name: shuffle.random() for name in kinds}
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

    def add_revealing(self, questions: Iterable[Question], number: int) -> None:
        """Add up to `number` questions that reveal misconceptions of the article."""
        most = len(self.chosen) + min(number, self.left)
        uncovered = {key for key, belief in MISCONCEPTIONS.items() if belief.article}
        for question in self.chosen:
            uncovered -= question.misconceptions
        rest = list(questions)
        while uncovered and len(self.chosen) < most:
            rest = [
                one
                for one in rest
                if self._admits(one)
                and id(one) not in self._shown
                and one.misconceptions & uncovered
            ]
            if not rest:
                return
            best = self._next_revealing(rest, frozenset(uncovered))
            uncovered -= best.misconceptions
            self._add(best)

    def _next_revealing(self, rest: list[Question], uncovered: frozenset[str]) -> Question:
        """A question after which the rest of the quiz can still reveal as many misconceptions: of
        several, the one whose turn it is."""
        revealed = {one.misconceptions & uncovered for one in rest}
        most = _revealable(revealed, uncovered, self.left)
        fitting = {
            keys
            for keys in revealed
            if len(keys) + _revealable(revealed, uncovered - keys, self.left - 1) >= most
        }
        # What another question reveals too is not left to the few about layouts.
        return min(
            (one for one in rest if one.misconceptions & uncovered in fitting),
            key=lambda one: (
                is_about_layouts(one),
                self._kinds[one.kind.name],
                self._turn[one.kind.name],
            ),
        )

    def _admits(self, question: Question) -> bool:
        if self._proof[id(question)] in self._proofs:
            return False
        if (question.context, question.ask) in self._asked:
            return False
        return not is_about_layouts(question) or self._layouts > 0

    def _cost(self, question: Question) -> tuple[bool, bool, int, int, int, float]:
        """What speaks against a question: another shows its answer, or has its core, topic or
        kind; else a topic before its own has no question yet, or its kind's turn comes later."""
        asked = self._topics[question.kind.topic]
        return (
            id(question) in self._shown,
            question.core in self._cores,
            asked,
            0 if asked else self._place[id(question)][0],
            self._kinds[question.kind.name],
            self._turn[question.kind.name],
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
            if id(other) in self._shown:
                continue
            is_later = place < self._place[id(other)]
            first, then = (question, other) if is_later else (other, question)
            if self._gives_away(first, then):
                self._shown.add(id(other))

    def _gives_away(self, first: Question, then: Question) -> bool:
        """Whether an earlier question shows the answer to a later one: by its proof, by what it is
        about, or in words."""
        if self._proof[id(then)] <= self._proof[id(first)]:
            return True
        if then.kind.name in _GIVES_AWAY.get(first.kind.name, ()):
            return True
        if _COMPARISON in (first.kind.topic, then.kind.topic):
            return False  # their answers are the names of the two runs
        answer = self._answer[id(then)]
        if answer == self._answer[id(first)]:
            return True
        return " " in answer and answer in normalized(f"{first.ask} {first.because}")


def _revealable(revealed: Iterable[frozenset[str]], uncovered: frozenset[str], count: int) -> int:
    """About how many of the uncovered misconceptions `count` questions can reveal, each of which
    reveals one of these sets."""
    left = uncovered
    for _ in range(count):
        best = max((keys & left for keys in revealed), key=len, default=frozenset())
        if not best:
            break
        left -= best
    return len(uncovered) - len(left)


def is_about_layouts(question: Question) -> bool:
    """Whether a question is about layouts, by its topic or its words."""
    return question.kind.topic == _LAYOUTS or "layout" in question.ask
