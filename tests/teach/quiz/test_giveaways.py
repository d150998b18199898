"""No question gives its answer away: by its sentence, or by the form of the right option."""

import re
from collections import defaultdict
from functools import cache

import pytest

from densetrace.teach.quiz import Question
from tests.teach.quiz.runs import two_runs
from tests.teach.quiz.test_questions import everywhere

MUCH_LONGER = 1.4
FEWEST = 5
"""The fewest different questions of a kind that say whether a form gives it away."""


@cache
def choices() -> dict[str, list[Question]]:
    """The different questions with one right option, by kind."""
    found: dict[str, dict[tuple[str, str], Question]] = defaultdict(dict)
    for question in (*everywhere(), *(one for two in two_runs() for one in two.questions)):
        if not question.asks_for_order:
            found[question.kind.name].setdefault((question.ask, question.context), question)
    return {kind: list(questions.values()) for kind, questions in found.items()}


def wrong_texts(question: Question) -> list[str]:
    return [option.text for option in question.options if option.text != question.answer]


def is_repeated(text: str, sentence: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", sentence, re.IGNORECASE) is not None


def is_echo(question: Question) -> bool:
    """Whether the right option, and no wrong one, is repeated from the question."""
    return is_repeated(question.answer, question.ask) and not any(
        is_repeated(text, question.ask) for text in wrong_texts(question)
    )


def stands_out(question: Question) -> str:
    """Whether the right option is much longer or much shorter than each other one."""
    lengths = list(map(len, wrong_texts(question)))
    right = len(question.answer)
    if right > max(MUCH_LONGER * max(lengths), max(lengths) + 6):
        return "longest"
    return "shortest" if min(lengths) > max(MUCH_LONGER * right, right + 6) else ""


def begins_alike(text: str) -> str:
    """The form of an option: its first word, or what sort of value it is."""
    first = text.split()[0].rstrip(":,")
    if first[:1] in "'\"":
        return "a string"
    return "a number or shape" if first[:1] in "(-0123456789" else first.lower()


def test_there_are_hundreds_of_questions_to_read() -> None:
    assert sum(map(len, choices().values())) > 800
    assert len(choices()) > 40


@pytest.mark.parametrize("kind", sorted(choices()))
def test_no_right_option_is_an_echo_of_its_question(kind: str) -> None:
    # Numbers of a calculation may be met in its sentence by chance.
    echoes = [question for question in choices()[kind] if is_echo(question)]
    allowed = len(choices()[kind]) // 10
    by_chance = [one for one in echoes if one.answer.replace(",", "").isdecimal()]
    assert len(echoes) == len(by_chance), echoes[0]
    assert len(by_chance) <= allowed


@pytest.mark.parametrize("kind", sorted(choices()))
def test_the_length_of_an_option_does_not_say_that_it_is_right(kind: str) -> None:
    questions = choices()[kind]
    for form in ("longest", "shortest"):
        count = sum(stands_out(question) == form for question in questions)
        if len(questions) >= FEWEST:
            assert count <= len(questions) * 0.6, (form, questions[0].ask)


@pytest.mark.parametrize("kind", sorted(choices()))
def test_the_right_option_is_not_always_the_only_one_of_its_form(kind: str) -> None:
    """Where all wrong options of a question have one form, the right one has it too, mostly."""
    alone = [
        question
        for question in choices()[kind]
        if len({begins_alike(text) for text in wrong_texts(question)}) == 1
        and begins_alike(question.answer) != begins_alike(wrong_texts(question)[0])
    ]
    assert len(alone) <= len(choices()[kind]) * 0.5, alone[0].ask
    assert len(alone) < len(choices()[kind]), alone[0].ask


@pytest.mark.parametrize("kind", sorted(choices()))
def test_one_answer_is_not_right_for_each_question_of_a_kind(kind: str) -> None:
    """A kind whose answer never varies is known after one question; a quiz repeats no such core."""
    questions = choices()[kind]
    if len({question.answer for question in questions}) == 1:
        cores = {re.sub(r"\w+\.__init__|\w+$", "", question.core) for question in questions}
        assert len(cores) == 1, cores
