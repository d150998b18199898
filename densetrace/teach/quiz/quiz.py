"""A quiz: a selection of questions about a run or about two, and their answers.

Questions of the most weight come first: of shapes, parameters, order and building. Within a topic
they come in the order of the steps. The same trace, count, topic and seed give the same quiz.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

from densetrace.data.trace import Trace
from densetrace.system.errors import RequestError, did_you_mean, shown
from densetrace.teach.quiz.comparing import KINDS as COMPARING
from densetrace.teach.quiz.comparing import TOPIC as COMPARISON
from densetrace.teach.quiz.comparing import Comparison, comparison_questions
from densetrace.teach.quiz.kinds import KINDS, LEADING, TOPICS
from densetrace.teach.quiz.kinds import layouts as layout_kinds
from densetrace.teach.quiz.kinds import training as training_kinds
from densetrace.teach.quiz.making import questions_at
from densetrace.teach.quiz.misconceptions import MISCONCEPTIONS
from densetrace.teach.quiz.model import Question
from densetrace.teach.quiz.run import Run

USUAL_COUNT: Final = 12
MOST_QUESTIONS: Final = 200
LONGEST_RUN: Final = 10_000
"""The most steps of a run that questions are made from."""


ALL_TOPICS: Final = (COMPARISON, *TOPICS)
"""The topics in the order in which a quiz asks about them."""

ALL_KINDS: Final = (*COMPARING, *KINDS)

MOST_ABOUT_LAYOUTS: Final = 10
"""Of this many questions at most one is about layouts, unless that is the topic."""

CONFIDENCE: Final = ("guessing", "unsure", "sure")
"""How sure an answer is, from 1."""

SURE: Final = len(CONFIDENCE)


@dataclass(frozen=True, slots=True)
class Quiz:
    """Questions about one trace, or about two."""

    trace: Trace
    questions: tuple[Question, ...]
    seed: int
    other: Trace | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: the index of an option, or those of all options in order.

    `confidence` is 1 (guessing) to 3 (sure), or 0 if the person was not asked.
    """

    question: Question
    chosen: tuple[int, ...]
    hinted: bool = False
    confidence: int = 0

    @property
    def is_right(self) -> bool:
        return self.question.accepts(self.chosen)

    @property
    def misconception(self) -> str:
        """The misconception that the answer reveals; empty if there is none."""
        return self.question.revealed_by(self.chosen)

    @property
    def is_sure_but_wrong(self) -> bool:
        return self.confidence == SURE and not self.is_right


def make_quiz(
    trace: Trace,
    *,
    count: int = USUAL_COUNT,
    topic: str = "",
    seed: int = 0,
    other: Trace | None = None,
) -> Quiz:
    """A quiz of at most `count` questions about a trace, on one topic or kind of question if given.

    With `other` it also asks how the two differ.

    Raises:
        RequestError: if there is no such topic, the count is out of range, or there is no question
            about the trace.
    """
    if not 1 <= count <= MOST_QUESTIONS:
        raise RequestError(
            f"A quiz has 1 to {MOST_QUESTIONS} questions. Received: --count {count}."
        )
    wanted = _wanted(topic)
    run = Run(trace)
    found = [
        question
        for step in run.steps[:LONGEST_RUN]
        for question in questions_at(run, step, seed)
        if question.kind.name in wanted
    ]
    compared: list[Question] = []
    if other is not None:
        two = Comparison(run, Run(other))
        compared = [one for one in comparison_questions(two, seed) if one.kind.name in wanted]
    if not found and not compared:
        about = f" about {topic}" if topic else ""
        if other is None and topic in (COMPARISON, *(kind.name for kind in COMPARING)):
            raise RequestError(
                "Questions that compare need two runs.",
                'Give a second one: densetrace quiz "Dense(3)" "Dense(4)" --topic comparison',
            )
        raise RequestError(
            f"There is no question{about} for this trace.",
            "Leave out --topic." if topic else "Give a layer, such as Dense(64).",
        )
    chosen = _selected(found, compared, count, seed, topic)
    chosen.sort(
        key=lambda question: (
            ALL_TOPICS.index(question.kind.topic),
            0 if question.kind in COMPARING else run.position(question.step),
            ALL_KINDS.index(question.kind),
        )
    )
    return Quiz(trace, tuple(chosen), seed, other)


def score(answers: Iterable[Answer]) -> dict[str, tuple[int, int]]:
    """For each kind of question, by title: how many answers were right, and how many there were."""
    asked: dict[str, list[bool]] = defaultdict(list)
    for answer in answers:
        asked[answer.question.kind.title].append(answer.is_right)
    return {title: (sum(right), len(right)) for title, right in asked.items()}


def calibration(answers: Iterable[Answer]) -> dict[str, tuple[int, int]]:
    """For each confidence that was stated, how many answers were right, and how many there were;
    the surest first."""
    given = tuple(answers)
    found = {}
    for number, word in reversed(tuple(enumerate(CONFIDENCE, start=1))):
        right = [answer.is_right for answer in given if answer.confidence == number]
        if right:
            found[word] = (sum(right), len(right))
    return found


def _wanted(topic: str) -> frozenset[str]:
    """The kinds of question of a topic, or the kind of this name."""
    names = frozenset(kind.name for kind in ALL_KINDS if topic in ("", kind.topic, kind.name))
    if not names:
        choices = (*ALL_TOPICS, *(kind.name for kind in ALL_KINDS))
        raise RequestError(
            f"A topic is one of {', '.join(ALL_TOPICS)}, or a kind of question. "
            f"Received: --topic {shown(topic)}.",
            did_you_mean(topic, choices),
        )
    return names


# -- selection -------------------------------------------------------------------------------------


class _Selection:
    """The questions chosen so far.

    No two have the same proof, and of ten at most one is about layouts unless that is the topic.
    """

    def __init__(self, count: int, layouts: int) -> None:
        self.count = count
        self.layouts = layouts
        self.chosen: list[Question] = []
        self._cores: set[str] = set()
        self._proofs: set[frozenset[int]] = set()
        self._kinds: Counter[str] = Counter()
        self._proof_of: dict[int, frozenset[int]] = {}

    @property
    def is_full(self) -> bool:
        return len(self.chosen) >= self.count

    def admits(self, question: Question) -> bool:
        """Whether a question may be chosen."""
        if self._proof(question) in self._proofs:
            return False
        return not _is_about_layouts(question) or self.layouts > 0

    def add(self, question: Question) -> None:
        self.chosen.append(question)
        self.layouts -= _is_about_layouts(question)
        self._cores.add(question.core)
        self._proofs.add(self._proof(question))
        self._kinds[question.kind.name] += 1

    def _proof(self, question: Question) -> frozenset[int]:
        known = self._proof_of.get(id(question))
        if known is None:
            known = self._proof_of[id(question)] = frozenset(map(id, question.proof))
        return known

    def add_varied(
        self, questions: Iterable[Question], most: int, *, repeats: bool = False
    ) -> None:
        """Add questions of each kind in turn, up to `most` in all. With `repeats`, also those
        whose answer another shows or whose `core` is repeated, when no other question is left."""
        rest = list(questions)
        while len(self.chosen) < most:
            rest = [question for question in rest if self.admits(question)]
            if not rest:
                return
            best = min(rest, key=self._cost)
            if not repeats and any(self._cost(best)[:2]):
                return
            self.add(best)

    def _cost(self, question: Question) -> tuple[bool, bool, int]:
        """What speaks against a question: its answer is shown by the proof of another, its `core`
        is asked about already, its kind is."""
        proof = self._proof(question)
        is_shown = any(proof <= other or other <= proof for other in self._proofs)
        return is_shown, question.core in self._cores, self._kinds[question.kind.name]

    def add_revealing(self, questions: Iterable[Question]) -> None:
        """Add questions that reveal misconceptions of the article."""
        uncovered = {key for key, belief in MISCONCEPTIONS.items() if belief.article}
        for question in self.chosen:
            uncovered -= question.misconceptions
        rest = list(questions)
        while uncovered and not self.is_full:
            rest = [one for one in rest if self.admits(one) and one.misconceptions & uncovered]
            if not rest:
                return
            # What another question reveals too is not left to the few about layouts.
            best = max(
                rest,
                key=lambda one: (len(one.misconceptions & uncovered), not _is_about_layouts(one)),
            )
            uncovered -= best.misconceptions
            self.add(best)


def _is_about_layouts(question: Question) -> bool:
    return question.kind.topic == layout_kinds.TOPIC or "layout" in question.ask


def _selected(
    found: list[Question], compared: list[Question], count: int, seed: int, topic: str
) -> list[Question]:
    """The questions to ask: first how two runs differ, if there are two; of a run that trains, half
    of the rest about training; about half about the leading topics; then those that reveal
    misconceptions of the article; then each kind of question in turn."""
    shuffle = Random(f"{seed}")
    rest, compared = found.copy(), compared.copy()
    shuffle.shuffle(rest)
    shuffle.shuffle(compared)
    unlimited = topic == layout_kinds.TOPIC or topic in {kind.name for kind in KINDS}
    selection = _Selection(count, count if unlimited else count // MOST_ABOUT_LAYOUTS)
    selection.add_varied(compared, (count + 1) // 2)
    training = [question for question in rest if question.kind.topic == training_kinds.TOPIC]
    left = count - len(selection.chosen)
    selection.add_varied(training, len(selection.chosen) + (left + 1) // 2, repeats=True)
    leading = [question for question in rest if question.kind.topic in LEADING]
    left = count - len(selection.chosen)
    selection.add_varied(leading, len(selection.chosen) + (left + 1) // 2)
    selection.add_revealing(rest)
    selection.add_varied(rest, count)
    selection.add_varied(compared, count)
    selection.add_varied([*rest, *compared], count, repeats=True)
    return selection.chosen
