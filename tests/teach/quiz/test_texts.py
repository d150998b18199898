"""The texts of a quiz: questions, feedback, score, and printed sheets."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from densetrace import api
from densetrace.render import quiz_handout
from densetrace.render.quiz import PROMPT, Conversation, answer_to, choice, letters
from densetrace.teach.quiz import Quiz, make_quiz
from tests.conftest import Golden
from tests.render.widths import check_width
from tests.teach.quiz.runs import article, expression_traces, two_runs

_OUR_LINE = re.compile(r"(densetrace/keras/\S+, line) \d+")


def transcript(conversation: Conversation, typed: Sequence[str]) -> str:
    """The output if these lines are typed and then the input ends."""
    waiting, said = list(typed), ""
    talk = conversation.talk()
    try:
        text = next(talk)
        while True:
            line = waiting.pop(0) if waiting else None
            said += text + ("\n" if line is None else f"{line}\n")
            text = talk.send(line)
    except StopIteration:
        return said + conversation.ending()


def stable(text: str) -> str:
    """A text without line numbers of our own sources, which change with edits."""
    return _OUR_LINE.sub(r"\1 N", text)


def article_quiz() -> Quiz:
    return make_quiz(article(), seed=1)


TYPED = [
    "a",
    "?",
    "b d a",
    "e d a b c",
    "2",
    "3",
    "zz",
    "",
    "D",
    "(b)",
    "c)",
    "a",
    "b",
    "c",
    "d",
    "a",
    "b",
    "c",
]


def test_a_conversation_looks_as_agreed(golden: Golden) -> None:
    def said(width: int) -> str:
        conversation = Conversation(article_quiz(), width, "densetrace quiz article.py --seed 1")
        return transcript(conversation, TYPED)

    golden("quiz/conversation-80", stable(said(80)))
    check_width(said(40), said(80), 40)


def test_for_a_listener_every_sentence_is_a_line(golden: Golden) -> None:
    quiz = make_quiz(api.explain("Dense(3, 'relu')", seed=1), count=4, seed=2)
    golden("quiz/accessible", stable(transcript(Conversation(quiz), ["a", "b", "c", "d"])))


def test_the_sheets_look_as_agreed(golden: Golden) -> None:
    quiz = article_quiz()
    golden("quiz/handout", quiz_handout.questions(quiz))
    golden("quiz/handout-key", stable(quiz_handout.key(quiz)))


def test_the_sheet_for_a_class_does_not_tell_the_answers() -> None:
    quiz = article_quiz()
    sheet = quiz_handout.questions(quiz)
    for question in quiz.questions:
        assert question.because not in sheet
        assert sheet.count("**a)**") == len(quiz.questions)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a", 0), ("D", 3), (" b ", 1), ("(c)", 2), ("a)", 0), ("d.", 3),
        ("q", "q"), ("quit", "q"), ("?", "?"), ("hint", "?"),
        ("", ""), ("e", ""), ("0", ""), ("1", ""), ("4.", ""), ("5", ""), ("-1", ""), ("ab", ""),
        ("²", ""), ("\x00", ""),
        ("9" * 5000, ""), ("1\u0661", ""),
    ],
)  # fmt: skip
def test_what_is_typed_means_what_it_looks_like(typed: str, meant: object) -> None:
    assert choice(typed, 4) == meant


@pytest.mark.parametrize("seed", range(8))
def test_a_typed_number_is_an_answer_and_never_a_position(seed: int) -> None:
    [question] = make_quiz(api.explain("Dense(4)"), topic="fan-in", seed=seed).questions
    texts = [option.text for option in question.options]
    assert sorted(texts) == ["12", "3", "4", "7"]
    for index, text in enumerate(texts):
        assert answer_to(question, text) == answer_to(question, letters((index,))) == (index,)
    assert answer_to(question, "3") == question.right
    assert answer_to(question, "1") is None
    assert "Type a letter from a to d, ?" in transcript(Conversation(make_quiz(
        api.explain("Dense(4)"), topic="fan-in", seed=seed)), ["1"])  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "kind", "typed"),
    [
        ("Dense(400)", "parameter-count", "1600"),
        ("Dense(400)", "parameter-count", " 1,600 "),
        ("Dense(4)", "layer-name", "dense"),
        ("Dense(4)", "layer-name", "'dense'"),
        ("Dense(4)", "output-shape", "(2,4)"),
        ("Dense(4)", "first-action", "It calls  Layer.__init__"),
        ("Dense(4)", "runs-next", "build"),
    ],
)
def test_the_text_of_an_option_is_an_answer(expression: str, kind: str, typed: str) -> None:
    question = make_quiz(api.explain(expression), topic=kind, seed=3).questions[0]
    assert answer_to(question, typed) == question.right


def test_no_option_is_a_letter_that_names_another() -> None:
    for two in two_runs():
        for question in two.questions:
            texts = [option.text.lower() for option in question.options]
            assert not any(len(text) == 1 and text.isalpha() for text in texts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(["a", "b", "c", "1", "?", "q"]), st.text()), max_size=30))
def test_whatever_is_typed_the_conversation_ends_with_the_score(typed: list[str]) -> None:
    quiz = make_quiz(expression_traces()[0][1], count=5, seed=1)
    conversation = Conversation(quiz, 80)
    said = transcript(conversation, typed)
    right = sum(answer.is_right for answer in conversation.answers)
    assert f"Score: {right} of {len(conversation.answers)} right" in said
    assert len(conversation.answers) <= 5


@pytest.mark.parametrize("width", [20, 33, 60, 200])
def test_no_line_is_wider_than_asked(width: int) -> None:
    for _, trace in expression_traces():
        quiz = make_quiz(trace, count=60, seed=1)
        lines = transcript(Conversation(quiz, width), ["a"] * 60).splitlines()
        assert all(cell_len(line) <= width for line in lines if not line.startswith(PROMPT))


def test_nothing_in_a_trace_can_drive_the_terminal() -> None:
    for text, trace in expression_traces():
        said = transcript(Conversation(make_quiz(trace, count=60)), ["a"] * 60)
        assert "\x1b" not in said, text
        assert "\u202e" not in said, text


def test_a_right_answer_is_not_followed_by_a_misconception() -> None:
    quiz = article_quiz()
    right = [letters(question.right) for question in quiz.questions]
    said = transcript(Conversation(quiz), right)
    assert "Perhaps you thought" not in said
    assert "Misconceptions to review" not in said
    assert f"Score: {len(right)} of {len(right)} right." in said
    assert said.count("Proof: step") >= len(right)
