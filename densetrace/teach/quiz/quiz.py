"""A quiz: a selection of questions about a run or about two, and their answers.

Questions of the most weight come first: of shapes, parameters, order and building. The order of the
other topics depends on the seed. Within a topic the questions come in the order of the steps. The
same trace, count, topic and seed give the same quiz.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

from densetrace.data.trace import Trace
from densetrace.system.errors import RequestError, did_you_mean, quoted
from densetrace.teach.quiz.comparing import KINDS as COMPARING
from densetrace.teach.quiz.comparing import TOPIC as COMPARISON
from densetrace.teach.quiz.comparing import Comparison, comparison_questions
from densetrace.teach.quiz.kinds import KINDS, LEADING, TOPICS
from densetrace.teach.quiz.kinds import training as training_kinds
from densetrace.teach.quiz.kinds.layouts import TOPIC as LAYOUTS
from densetrace.teach.quiz.making import questions_at
from densetrace.teach.quiz.model import Question
from densetrace.teach.quiz.run import Run
from densetrace.teach.quiz.selection import Place, Selection

USUAL_COUNT: Final = 12
MOST_QUESTIONS: Final = 200
LONGEST_RUN: Final = 10_000
"""The most steps of a run that questions are made from."""


ALL_TOPICS: Final = (COMPARISON, *TOPICS)
"""All topics. A quiz asks about those of the most weight first."""

ALL_KINDS: Final = (*COMPARING, *KINDS)

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
                'Add a second one: densetrace quiz "Dense(3)" "Dense(4)" --topic comparison',
            )
        raise RequestError(
            f"No question{about} fits this trace.",
            "Leave out --topic." if topic else "Give a layer, such as Dense(64).",
        )

    topics = topics_in_order(seed)

    def place(question: Question) -> Place:
        position = 0 if question.kind in COMPARING else run.position(question.step)
        kind = ALL_KINDS.index(question.kind)
        return topics.index(question.kind.topic), position, kind

    one_kind = topic in {kind.name for kind in KINDS}
    only = one_kind or topic == LAYOUTS
    chosen = _selected(found, compared, count, seed, place, only=only, one_topic=bool(topic))
    chosen.sort(key=place)
    return Quiz(trace, tuple(chosen), seed, other)


def topics_in_order(seed: int) -> tuple[str, ...]:
    """The topics in the order in which a quiz asks about them."""
    others = [topic for topic in TOPICS if topic not in LEADING]
    Random(f"topics {seed}").shuffle(others)
    return COMPARISON, *LEADING, *others


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
            f"Received: --topic {quoted(topic)}.",
            did_you_mean(topic, choices),
        )
    return names


def _selected(
    found: list[Question],
    compared: list[Question],
    count: int,
    seed: int,
    place: Callable[[Question], Place],
    *,
    only: bool,
    one_topic: bool,
) -> list[Question]:
    """The questions to ask: first how two runs differ, if there are two; of a run that trains, half
    of the rest about training; about half about the leading topics; then those that reveal
    misconceptions of the article (at most half, if there is only one topic); then each kind of
    question in turn."""
    shuffle = Random(f"{seed}")
    shuffle.shuffle(rest := found.copy())
    shuffle.shuffle(compared := compared.copy())
    selection = Selection([*rest, *compared], count, place, shuffle, only_layouts=only)
    training = [question for question in rest if question.kind.topic == training_kinds.TOPIC]
    leading = [question for question in rest if question.kind.topic in LEADING]
    selection.add_varied(compared, (count + 1) // 2)
    selection.add_varied(training, (selection.left + 1) // 2, repeats=True)
    selection.add_varied(leading, (selection.left + 1) // 2)
    selection.add_revealing(rest, selection.left // 2 if one_topic else selection.left)
    selection.add_varied(rest, selection.left)
    selection.add_varied(compared, selection.left)
    selection.add_varied([*rest, *compared], selection.left, repeats=True)
    return selection.chosen
