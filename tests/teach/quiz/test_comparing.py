"""Questions that compare two runs are answered from both traces, and proved by their steps."""

import pytest

from densetrace import api
from densetrace.render.quiz import Conversation, proof
from densetrace.system.errors import RequestError
from densetrace.teach.quiz import TOPICS, Run, make_quiz
from densetrace.teach.quiz.comparing import KINDS, Comparison, comparison_questions
from densetrace.teach.quiz.quiz import topics_in_order
from tests.teach.quiz.oracle_runs import true_of_two
from tests.teach.quiz.runs import PAIRS, Two, two_runs
from tests.teach.quiz.test_questions import is_well_formed
from tests.teach.quiz.test_texts import transcript


@pytest.mark.parametrize("two", two_runs(), ids=map(str, PAIRS))
def test_both_traces_confirm_one_answer_of_each_question(two: Two) -> None:
    assert two.questions
    for question in two.questions:
        assert is_well_formed(question)
        assert tuple(true_of_two(question, two.a, two.b)) == question.right, question.ask


def test_every_kind_is_met_and_each_answer_is_right_somewhere() -> None:
    questions = [question for two in two_runs() for question in two.questions]
    assert {question.kind for question in questions} == set(KINDS)
    answers = {(question.kind.name, question.answer.partition(":")[0]) for question in questions}
    for kind in ("more-parameters", "larger-output"):
        assert {(kind, "run A"), (kind, "run B"), (kind, "neither")} <= answers
    assert {("who-runs", text) for text in ("only A", "only B", "both")} <= answers
    assert len([kind for kind, _ in answers if kind == "what-differs"]) == 4


def test_what_is_the_same_for_both_is_said_once() -> None:
    two = next(two for two in two_runs() if "tanh" in str(two.b.source))
    reasons = {question.kind.name: question.because for question in two.questions}
    assert reasons["more-parameters"] == "Both have 12 parameters."
    assert reasons["larger-output"] == "Both outputs have the shape (2, 3)."
    assert reasons["what-differs"] == "Both have 12 parameters. Both return the shape (2, 3)."


def test_an_inherited_method_is_said_to_be_inherited() -> None:
    asks = [question.ask for two in two_runs() for question in two.questions]
    found = [ask for ask in asks if "VarianceScaling.__call__" in ask]
    assert found
    assert all("VarianceScaling.__call__, which GlorotUniform inherits?" in ask for ask in found)
    assert not any("Zeros.__call__, which" in ask for ask in asks)


def test_runs_that_do_not_differ_give_rise_to_no_question() -> None:
    a, b = (Run(api.explain("Dense(3)", seed=1)) for _ in range(2))
    assert list(comparison_questions(Comparison(a, b), seed=1)) == []


def test_the_other_way_round_the_answers_are_swapped() -> None:
    two = two_runs()[0]
    swapped = comparison_questions(Comparison(Run(two.b), Run(two.a)), seed=1)
    mirrored = {"run A": "run B", "run B": "run A", "only A": "only B", "only B": "only A"}
    there = {question.ask: question.answer for question in swapped}
    for question in two.questions:
        if question.kind.name != "what-differs":
            assert there[question.ask] == mirrored.get(question.answer, question.answer)


def test_a_quiz_about_two_compares_first_and_names_the_run_of_each_proof() -> None:
    two = two_runs()[0]
    quiz = make_quiz(two.a, other=two.b, count=10, seed=3)
    topics = [question.kind.topic for question in quiz.questions]
    assert topics[0] == TOPICS[0] == "comparison"
    assert 3 <= topics.count("comparison") <= 5
    assert topics == sorted(topics, key=topics_in_order(3).index)
    lines = [line.text for question in quiz.questions for line in proof(question, quiz)]
    assert any(" in B" in line for line in lines)
    assert all(" in A" in line or " in B" in line for line in lines if line.startswith("Proof"))
    assert "Quiz: Dense(3) and Dense(3, use_bias=False)" in transcript(Conversation(quiz), [])


def test_a_comparison_of_one_run_is_refused_with_an_example() -> None:
    with pytest.raises(RequestError) as raised:
        make_quiz(two_runs()[0].a, topic="comparison")
    assert "need two runs" in raised.value.problem
    assert "densetrace quiz" in raised.value.hint
