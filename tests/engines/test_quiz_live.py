"""A quiz about a real Keras: the trace confirms its answers, as on our own stack."""

import importlib.util
from pathlib import Path

import pytest

from densetrace import api
from densetrace.engines import load
from densetrace.teach.quiz import Question, Run, make_quiz, questions_at
from tests.teach.quiz.document import Document
from tests.teach.quiz.oracle import assert_right
from tests.teach.quiz.runs import SCRIPTS, TRAINING_IMPORTS

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]

EXPRESSIONS = (
    "Dense(4, 'relu')",
    "Dense(4, 'relu', use_bias=False, kernel_regularizer='l2')",
    "Sequential([Dense(4, 'relu'), Dense(2)])",
    "Dense(4, activation='rleu')",
)

TRAINING = {
    "changes-weight", "compile", "constraint-when", "fit-order", "gradient-shape", "loss-parts",
    "metrics-outputs", "step-order", "training-order", "which-accuracy", "which-loss",
}  # fmt: skip
"""The kinds of questions that the scripts that train lead to, on either Keras."""

NOT_ON_EACH_BACKEND = {
    "changes-weight", "fit-order", "gradient-shape", "metrics-outputs", "step-order",
    "training-order",
}  # fmt: skip
"""Those that need steps for the gradients or updates, which not every backend has: only TensorFlow
computes gradients in a function that can be hooked."""


def of(engine: str, kinds: set[str]) -> set[str]:
    """The kinds of questions that there are with the backend of an engine."""
    has_gradients = load(engine).backend == "tensorflow"
    return kinds if has_gradients else kinds - NOT_ON_EACH_BACKEND


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
    wanted = of(engine, {"training-order", "fit-order", "gradient-shape"})
    assert wanted <= {one.kind.name for one in questions}
    for question in questions:
        assert_right(question, document)


@pytest.mark.parametrize("engine", ["tf_keras", "keras"])
def test_the_trace_confirms_answers_about_scripts_that_train(engine: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    # `tensorflow.keras` is the Keras that TensorFlow was imported with, whichever is traced.
    imports = TRAINING_IMPORTS.replace("from tensorflow import keras", f"import {engine} as keras")
    imports = imports.replace("tensorflow.keras", engine)
    kinds = set()
    for name in ("graph", "eager", "frozen"):
        script = tmp_path / "train.py"
        script.write_text(imports + SCRIPTS[name], encoding="utf-8")
        ran = api.run(script, engine=engine)
        assert ran.exit_code == 0, ran.message
        run, document = Run(ran.trace), Document(ran.trace)
        for question in (one for step in run.steps for one in questions_at(run, step, 1)):
            assert_right(question, document)
            kinds.add(question.kind.name)
    assert kinds >= of(engine, TRAINING)


@pytest.mark.parametrize("engine", ["tf_keras", "keras"])
def test_two_runs_are_compared(engine: str) -> None:
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    a, b = (api.explain(f"Dense({units})", seed=1, engine=engine) for units in (3, 4))
    quiz = make_quiz(a, other=b, topic="comparison")
    answers = {question.kind.name: question.answer for question in quiz.questions}
    assert answers["more-parameters"] == answers["larger-output"] == "run B"
