"""A quiz about a real Keras: the trace confirms its answers, as on our own stack."""

import importlib.util

import pytest

from densetrace import api
from densetrace.teach.quiz import Question, Run, make_quiz, questions_at
from tests.teach.quiz.document import Document
from tests.teach.quiz.oracle import assert_right

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]

EXPRESSIONS = (
    "Dense(4, 'relu')",
    "Dense(4, 'relu', use_bias=False, kernel_regularizer='l2')",
    "Sequential([Dense(4, 'relu'), Dense(2)])",
    "Dense(4, activation='rleu')",
)

ONLY_KERAS_2 = ("compile", "step-order", "changes-weight", "which-loss")
"""Kinds whose proof the oracle reads from steps that Keras 3 records otherwise."""


def asked(expression: str, engine: str, *, fit: bool = False) -> tuple[list[Question], Document]:
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    trace = api.explain(expression, seed=1, engine=engine, fit=fit)
    run = Run(trace)
    return [one for step in run.steps for one in questions_at(run, step, 1)], Document(trace)


@pytest.mark.parametrize("engine", ["tf_keras", "keras"])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_trace_confirms_one_answer_of_each_question(engine: str, expression: str) -> None:
    questions, document = asked(expression, engine)
    assert questions
    for question in questions:
        assert_right(question, document)


@pytest.mark.parametrize("engine", ["tf_keras", "keras"])
def test_the_trace_confirms_answers_about_training(engine: str) -> None:
    questions, document = asked("Dense(3)", engine, fit=True)
    assert {"training-order", "fit-order", "gradient-shape"} <= {one.kind.name for one in questions}
    for question in questions:
        if engine == "tf_keras" or question.kind.name not in ONLY_KERAS_2:
            assert_right(question, document)


@pytest.mark.parametrize("engine", ["tf_keras", "keras"])
def test_two_runs_are_compared(engine: str) -> None:
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    a, b = (api.explain(f"Dense({units})", seed=1, engine=engine) for units in (3, 4))
    quiz = make_quiz(a, other=b, topic="comparison")
    answers = {question.kind.name: question.answer for question in quiz.questions}
    assert answers["more-parameters"] == answers["larger-output"] == "B"
