"""A quiz: a selection of questions about a run, in the order of its steps, and their answers.

The same trace, count, topic and seed give the same quiz.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

from densetrace.data.trace import Trace
from densetrace.system.errors import RequestError, did_you_mean, shown
from densetrace.teach.quiz.kinds import KINDS, TOPICS
from densetrace.teach.quiz.kinds import training as training_kinds
from densetrace.teach.quiz.making import questions_at
from densetrace.teach.quiz.misconceptions import MISCONCEPTIONS
from densetrace.teach.quiz.model import Question
from densetrace.teach.quiz.run import Run

USUAL_COUNT: Final = 12
MOST_QUESTIONS: Final = 200
LONGEST_RUN: Final = 10_000
"""The most steps of a run that questions are made from."""


@dataclass(frozen=True, slots=True)
class Quiz:
    """Questions about one trace, in the order of its steps."""

    trace: Trace
    questions: tuple[Question, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The chosen option of a question, by number from 0."""

    question: Question
    chosen: int
    hinted: bool = False

    @property
    def is_right(self) -> bool:
        return self.chosen == self.question.right

    @property
    def misconception(self) -> str:
        """The misconception that the choice reveals; empty if there is none."""
        return self.question.options[self.chosen].misconception


def make_quiz(trace: Trace, *, count: int = USUAL_COUNT, topic: str = "", seed: int = 0) -> Quiz:
    """A quiz of at most `count` questions about a trace, on one topic or kind of question if given.

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
    if not found:
        about = f" about {topic}" if topic else ""
        raise RequestError(
            f"This trace gives rise to no question{about}.",
            "Leave --topic out." if topic else "Hand over a layer, such as Dense(64).",
        )
    chosen = _selected(found, count, seed)
    chosen.sort(key=lambda question: (run.position(question.step), KINDS.index(question.kind)))
    return Quiz(trace, tuple(chosen), seed)


def score(answers: Iterable[Answer]) -> dict[str, tuple[int, int]]:
    """For each kind of question, by title: how many answers were right, and how many there were."""
    asked: dict[str, list[bool]] = defaultdict(list)
    for answer in answers:
        asked[answer.question.kind.title].append(answer.is_right)
    return {title: (sum(right), len(right)) for title, right in asked.items()}


def _wanted(topic: str) -> frozenset[str]:
    """The kinds of question of a topic, or the kind of this name."""
    names = frozenset(kind.name for kind in KINDS if topic in ("", kind.topic, kind.name))
    if not names:
        choices = (*TOPICS, *(kind.name for kind in KINDS))
        raise RequestError(
            f"A topic is one of {', '.join(TOPICS)}, or a kind of question. "
            f"Received: --topic {shown(topic)}.",
            did_you_mean(topic, choices),
        )
    return names


def _selected(found: list[Question], count: int, seed: int) -> list[Question]:
    """The questions to ask: of a run that trains, half of them about training; then those that
    reveal misconceptions of the article; then each kind of question in turn."""
    rest = found.copy()
    Random(f"{seed}").shuffle(rest)
    chosen: list[Question] = []
    training = [question for question in rest if question.kind.topic == training_kinds.TOPIC]
    _add_varied(chosen, training, (count + 1) // 2)
    taken = set(map(id, chosen))
    rest = [question for question in rest if id(question) not in taken]
    _add_revealing(chosen, rest, count)
    _add_varied(chosen, rest, count)
    return chosen


def _add_revealing(chosen: list[Question], rest: list[Question], count: int) -> None:
    """Move questions that reveal misconceptions of the article, up to `count` in all."""
    uncovered = {key for key, misconception in MISCONCEPTIONS.items() if misconception.article}
    while uncovered and len(chosen) < count:
        best = max(
            rest, key=lambda question: len(question.misconceptions & uncovered), default=None
        )
        if best is None or not best.misconceptions & uncovered:
            return
        uncovered -= best.misconceptions
        chosen.append(best)
        rest.remove(best)


def _add_varied(chosen: list[Question], rest: list[Question], count: int) -> None:
    """Move questions of each kind in turn, up to `count` in all; a `core` is repeated only if no
    other question is left."""
    asked, kinds = {question.core for question in chosen}, Counter(q.kind.name for q in chosen)
    while rest and len(chosen) < count:
        question = min(
            rest, key=lambda question: (question.core in asked, kinds[question.kind.name])
        )
        rest.remove(question)
        chosen.append(question)
        asked.add(question.core)
        kinds[question.kind.name] += 1
