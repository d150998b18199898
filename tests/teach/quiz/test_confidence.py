"""Confidence is asked before each answer, and compared with the answers at the end."""

import pytest

from densetrace import api
from densetrace.render.quiz import CONFIDENCE_PROMPT, PROMPT, Conversation, letters, sureness
from densetrace.teach.quiz import Answer, Quiz, calibration, make_quiz
from densetrace.teach.quiz.quiz_json import quiz_json
from tests.teach.quiz.test_quiz import wrong
from tests.teach.quiz.test_texts import transcript


def quiz(count: int = 6) -> Quiz:
    return make_quiz(api.explain("Dense(64, activation='relu')", seed=1), count=count, seed=4)


def lines(asked: Quiz, *answers: tuple[int, bool]) -> list[str]:
    """The lines to type: for each answer the confidence, and a right or a wrong answer."""
    typed = []
    for number, (confidence, is_right) in enumerate(answers):
        right = asked.questions[number].right
        chosen = right if is_right else wrong(asked, number).chosen
        typed += [str(confidence), letters(chosen)]
    return typed


def said(*answers: tuple[int, bool]) -> str:
    asked = quiz()
    return transcript(Conversation(asked, asks_confidence=True), lines(asked, *answers))


def test_it_is_asked_before_each_answer() -> None:
    conversation = Conversation(quiz(2), asks_confidence=True)
    talk = conversation.talk()
    assert next(talk).endswith(CONFIDENCE_PROMPT)
    assert talk.send("3") == PROMPT
    assert talk.send("zz").endswith(PROMPT)
    assert talk.send(letters(conversation.quiz.questions[0].right)).endswith(CONFIDENCE_PROMPT)
    assert "Type 1, 2 or 3" in talk.send("4")
    assert talk.send("?").startswith("Hint: ")
    assert talk.send("guessing") == PROMPT
    with pytest.raises(StopIteration):
        talk.send("a b c d e" if conversation.quiz.questions[1].asks_for_order else "a")
    assert [answer.confidence for answer in conversation.answers] == [3, 1]
    assert [answer.hinted for answer in conversation.answers] == [False, True]


def test_without_the_option_nothing_is_asked_or_reported() -> None:
    shown = transcript(Conversation(quiz()), ["a"] * 9)
    assert "sure" not in shown


def test_being_sure_and_wrong_is_to_be_reviewed_first() -> None:
    shown = said((3, False), (2, False), (3, True))
    assert "Right by confidence: sure 1 of 2, unsure 0 of 1." in shown
    assert "too few answers" in shown
    first = shown.index("You were sure, but wrong. Review these first:")
    assert first < shown.find("Misconceptions to review:") or "Misconceptions" not in shown
    assert shown.count("Review these first") == 1


def test_a_belief_that_was_sure_is_not_listed_twice() -> None:
    asked = quiz(12)
    typed = []
    for question in asked.questions:
        revealing = [n for n, one in enumerate(question.options) if one.misconception]
        chosen = (revealing[0],) if revealing else question.right
        typed += ["3", letters(chosen)]
    shown = transcript(Conversation(asked, asks_confidence=True), typed)
    review = shown[shown.index("Review these first") :]
    assert "Misconceptions to review:" not in review
    for question in asked.questions:
        for option in question.options[:0]:
            assert review.count(option.misconception) <= 1


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([(3, True)] * 5, "Your confidence fits your answers."),
        ([(3, True), (3, False), (3, False)], "You were overconfident"),
        ([(1, True)] * 4, "You know more than you think"),
        ([(1, False)] * 3 + [(3, True)] * 3, "Your confidence fits your answers."),
        ([(2, True)], "too few answers"),
    ],
)
def test_it_says_whether_confidence_fits(answers: list[tuple[int, bool]], verdict: str) -> None:
    assert verdict in said(*answers)


def test_calibration_counts_right_answers_by_confidence() -> None:
    asked = quiz()
    right = [Answer(question, question.right, confidence=3) for question in asked.questions[:2]]
    answers = [*right, Answer(asked.questions[2], wrong(asked, 2).chosen, confidence=1)]
    assert calibration(answers) == {"sure": (2, 2), "guessing": (0, 1)}
    kept = quiz_json(asked, answers)
    assert isinstance(kept, dict)
    assert kept["confidence"] == [
        {"confidence": "sure", "right": 2, "answered": 2},
        {"confidence": "guessing", "right": 0, "answered": 1},
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1", 1), ("3.", 3), ("guessing", 1), ("U", 2), (" sure ", 3), ("0", 0), ("4", 0), ("", 0),
     ("12", 0), ("²", 0), ("s" * 5000, 0)],
)  # fmt: skip
def test_confidence_is_typed_as_a_number_or_a_word(typed: str, meant: int) -> None:
    assert sureness(typed) == meant
