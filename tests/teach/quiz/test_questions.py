"""Every question has exactly one right answer, which the trace confirms."""

import gc
import string
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from types import FrameType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densetrace import api
from densetrace.data.schema import KINDS as STEP_KINDS
from densetrace.data.steps import ABSENT, Error, Step
from densetrace.data.trace import Trace
from densetrace.data.values import Class, Function, Instance, Items, Mapping, Tensor, Text, Value
from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.layers.core.dense import Dense
from densetrace.keras.optimizers.sgd import SGD
from densetrace.teach.quiz import (
    KINDS,
    MISCONCEPTIONS,
    TOPICS,
    Question,
    Run,
    predict,
    questions_at,
)
from densetrace.teach.quiz.comparing import KINDS as COMPARING
from densetrace.teach.quiz.model import FEWEST_OPTIONS, MOST_OPTIONS, MOST_STAGES
from tests.conformance.reference import CASES
from tests.teach.quiz.document import Document
from tests.teach.quiz.oracle import assert_right
from tests.teach.quiz.runs import (
    article,
    expression_traces,
    layer_traces,
    reference_traces,
    reloaded,
    training_traces,
)


def all_questions(trace: Trace, seed: int = 0) -> list[Question]:
    run = Run(trace)
    return [question for step in run.steps for question in questions_at(run, step, seed)]


def is_right_form(question: Question) -> bool:
    if question.asks_for_order:
        shown = tuple(range(len(question.options)))
        return question.accepts(question.right) and not question.accepts(shown)
    (right,) = question.right
    chosen = question.options[right]
    return not chosen.misconception and question.answer == chosen.text


def is_well_formed(question: Question) -> bool:
    texts = [" ".join(option.text.split()).casefold() for option in question.options]
    return (
        FEWEST_OPTIONS <= len(texts) <= (MOST_STAGES if question.asks_for_order else MOST_OPTIONS)
        and len(set(texts)) == len(texts)
        and all(texts)
        and is_right_form(question)
        and all(map(str.isprintable, [question.ask, question.hint, question.because, *texts]))
        and bool(question.proof)
    )


def assert_one_right_answer_each(trace: Trace) -> int:
    """Check every question about a trace; return how many there are."""
    document, questions = Document(trace), all_questions(trace)
    for question in questions:
        assert is_well_formed(question), question
        assert_right(question, document)
    return len(questions)


@pytest.mark.parametrize("case", [case["id"] for case in CASES])
def test_the_trace_confirms_one_answer_of_each_question_about_a_reference_case(case: str) -> None:
    asked = [assert_one_right_answer_each(t) for name, t in reference_traces() if name == case]
    assert sum(asked) > 0 or case == "dev-026"  # Dense() fails before Keras does anything


def test_the_trace_confirms_one_answer_of_each_question_about_an_expression() -> None:
    for _, trace in expression_traces():
        assert assert_one_right_answer_each(trace) > 5


def test_the_trace_confirms_one_answer_of_each_question_about_other_layers() -> None:
    for trace in layer_traces():
        assert assert_one_right_answer_each(trace) > 1
        kinds = {question.kind.name for question in all_questions(trace)}
        assert {"layer-shape", "parameter-count"} <= kinds, trace.source


def test_the_trace_confirms_one_answer_of_each_question_about_the_article() -> None:
    assert assert_one_right_answer_each(article()) > 60


def test_the_trace_confirms_one_answer_of_each_question_about_training() -> None:
    for _, trace in training_traces():
        assert assert_one_right_answer_each(trace) > 60


@cache
def everywhere() -> tuple[Question, ...]:
    traces = [trace for _, trace in (*reference_traces(), *expression_traces(), *training_traces())]
    traces += layer_traces()
    return tuple(q for trace in (*traces, article()) for q in all_questions(trace))


def test_no_update_is_asked_about_whose_change_is_rounded_away() -> None:
    with api.trace() as recorded:
        layer = Dense(1, kernel_initializer="ones", input_shape=(1,), name="unit")
        model = Sequential([layer])
        model.compile(SGD(1e-7), "mse", run_eagerly=True)
        model.fit(np.ones((2, 1), "float32"), np.zeros((2, 1), "float32"), verbose=0)
    asked = [one.ask for one in all_questions(recorded) if one.kind.name == "update-value"]
    assert any("unit/bias" in ask for ask in asked)
    assert not any("unit/kernel" in ask for ask in asked)


def test_every_kind_of_question_and_every_misconception_is_met() -> None:
    questions = everywhere()
    assert {question.kind for question in questions} == set(KINDS) - set(COMPARING)
    assert len(KINDS) >= 10
    met = {option.misconception for question in questions for option in question.options} - {""}
    assert met == set(MISCONCEPTIONS)
    assert len(met) >= 15


def test_the_proof_holds_the_steps_that_disprove_what_wrong_answers_reveal() -> None:
    for question in everywhere():
        shown = {step.kind for step in question.proof}
        for key in question.misconceptions:
            assert shown & set(MISCONCEPTIONS[key].seen_in), (key, question)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("which-shapes", ["call", "add_weight", "add_weight"]),
        ("which-weights", ["build", "add_weight", "add_weight"]),
        ("weights-now", ["init", "add_weight"]),
        ("built-when", ["invoke", "build"]),
        ("origin", ["new", "init"]),
    ],
)
def test_the_proof_holds_the_steps_that_the_answer_is_about(kind: str, shown: list[str]) -> None:
    asked = [one for one in all_questions(api.explain("Dense(4)")) if one.kind.name == kind]
    assert asked
    for question in asked:
        assert [step.kind for step in question.proof] == shown


def test_a_layer_that_is_never_built_is_proved_by_built_staying_false() -> None:
    asked = {one.kind.name: one for one in all_questions(article())}
    for kind in ("built-when", "weights-now"):
        last = asked[kind].proof[-1]
        assert (last.kind, last.inputs["name"], last.inputs["value"]) == ("assign", "built", False)


def test_an_update_of_sgd_names_the_learning_rate_and_no_other_rule_does() -> None:
    reasons: dict[str, list[str]] = {}
    for rule in ("sgd", "adam"):
        with api.trace() as recorded:
            model = Sequential([Dense(1, kernel_initializer="ones", input_shape=(1,))])
            model.compile(rule, "mse", run_eagerly=True)
            model.fit(np.ones((2, 1), "float32"), np.zeros((2, 1), "float32"), verbose=0)
        asked = all_questions(recorded)
        reasons[rule] = [one.because for one in asked if one.kind.name == "update-value"]
    assert any(
        "0.01 (the learning rate) times the gradient, in the opp" in r for r in reasons["sgd"]
    )
    assert reasons["adam"]
    assert not any("learning rate" in reason for reason in reasons["adam"])


def test_misconceptions_are_whole_sentences() -> None:
    for belief in MISCONCEPTIONS.values():
        assert belief.claim.endswith((".", "?"))
        assert belief.truth.endswith(".")
        assert belief.seen_in
        assert set(belief.seen_in) <= set(STEP_KINDS)


def test_kinds_and_topics_have_names_of_their_own() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    assert not set(names) & set(TOPICS)
    assert all(set(name) <= set(string.ascii_lowercase + "-") for name in names)
    assert all(set(kind.steps) <= set(STEP_KINDS) for kind in KINDS)


def test_the_same_seed_asks_the_same_and_another_shuffles() -> None:
    _, trace = expression_traces()[0]
    assert all_questions(trace, 1) == all_questions(trace, 1)
    first, second = all_questions(trace, 1), all_questions(trace, 2)
    assert [q.ask for q in first] == [q.ask for q in second]
    assert [q.options for q in first] != [q.options for q in second]


def test_the_right_answer_stands_in_every_place() -> None:
    _, trace = expression_traces()[0]
    questions = [question for seed in range(10) for question in all_questions(trace, seed)]
    places = [question.right[0] for question in questions if len(question.options) == 4]
    for place in range(4):
        assert 0.15 < places.count(place) / len(places) < 0.35


def test_a_trace_from_a_file_asks_the_same() -> None:
    for _, trace in (*expression_traces(), *training_traces()):
        assert all_questions(reloaded(trace)) == all_questions(trace)


# -- before a step is shown -----------------------------------------------------------------------


def test_a_prediction_is_about_the_step_to_be_shown_and_proved_by_what_is_seen_by_then() -> None:
    asked = 0
    for _, trace in (*expression_traces(), *training_traces()):
        run, document = Run(trace), Document(trace)
        for step in run.steps:
            question = predict(run, step, seed=3)
            assert question == predict(run, step, seed=3)
            if question is None:
                continue
            asked += 1
            assert question.step is step
            assert_right(question, document)
            own = {id(inner) for inner in step.walk()}
            for shown in question.proof:
                assert id(shown) in own or run.position(shown) <= run.position(step)
    assert asked > 200


def test_a_prediction_costs_what_stands_near_the_step_not_the_length_of_the_run() -> None:
    _, trace = expression_traces()[2]

    def copy(step: Step, number: int) -> Step:
        children = tuple(copy(child, number) for child in step.children)
        subject = step.subject and f"{step.subject} of copy {number}"
        return replace(step, subject=subject, children=children)

    copies = tuple(copy(step, number) for number in range(20) for step in trace.steps)
    short, long = Run(trace), Run(Trace(trace.source, steps=(*trace.steps, *copies)))
    for step in short.steps:
        assert calls(partial(predict, short, step)) == calls(partial(predict, long, step))


def calls(action: Callable[[], object]) -> int:
    """The number of Python function calls of an action."""
    count = 0

    def counter(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    gc.disable()  # a collection may run callbacks of other libraries
    sys.setprofile(counter)
    try:
        action()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def test_a_step_that_keras_takes_for_itself_raises_no_question() -> None:
    _, trace = next(pair for pair in reference_traces() if pair[0] == "dev-044")
    run = Run(trace)
    assert all(predict(run, step) is None for step in run.steps if step.subject == "loss")
    assert any(step.subject == "loss" for step in run.steps)


# -- traces that nobody recorded ------------------------------------------------------------------

names = st.sampled_from(
    ["name", "units", "activation", "kernel", "identifier", "value", "class", "args", "kwargs",
     "arg_names", "bound", "positional", "shape", "input_shape", "regularizer", "base", "input",
     "set", "layouts_given", "initialized_variables", "registry", "via", "mode", "auto_config",
     "fan_in", "fan_out", "optimizer", "put_off", "resolved_now", "variables", "variable",
     "before", "after", "gradient", "loss", "metric", "function", "y_t", "y_p", "y_pred", "batch",
     "epoch", "replayed", "data"]
)  # fmt: skip
words = st.sampled_from(
    ["relu", "zeros", "Dense", "dense", "activations", "initializers", "regularizers", "legacy",
     "kernel", "bias", "eager", "symbolic", "graph", "train", "accuracy", "dense/kernel:0", "",
     "\x1b[2J", "units", "None", "class_name"]
)  # fmt: skip
leaves: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 70), st.floats(-2, 2), words, st.text(max_size=5),
    st.builds(Text, words, st.integers(0, 900)),
    st.builds(Function, words, words),
    st.builds(Class, words, words),
    st.builds(Instance, words, words, words),
    st.builds(
        Tensor,
        st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=3).map(tuple),
        st.just("float32"),
        st.lists(st.one_of(st.integers(0, 1), st.floats(0, 1)), max_size=3).map(tuple),
        st.booleans(),
    ),
)  # fmt: skip


def containers(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    items = st.lists(inner, max_size=3).map(tuple)
    entries = st.lists(st.tuples(names, inner), max_size=3).map(tuple)
    return st.one_of(
        st.builds(Items, st.sampled_from(["list", "tuple"]), items, st.integers(0, 4)),
        st.builds(Mapping, entries, st.integers(0, 4)),
    )


values = st.recursive(leaves, containers, max_leaves=6)
points = st.sampled_from(
    ["keras.layers.core.dense.Dense.__init__", "keras.engine.base_layer.Layer.__init__",
     "keras.layers.core.dense.Dense.build", "keras.layers.core.dense.Dense.call",
     "keras.activations.get", "keras.initializers.get", "matmul", "", "mine.Layer.build",
     "keras.engine.training.Model.train_step", "keras.optimizers.sgd.SGD.update_step"]
)  # fmt: skip


def step_of(children: st.SearchStrategy[list[Step]]) -> st.SearchStrategy[Step]:
    held = st.dictionaries(names, values, max_size=6)
    return st.builds(
        Step,
        id=st.integers(0, 5),
        kind=st.sampled_from(STEP_KINDS),
        point=points,
        subject=st.one_of(st.none(), words),
        inputs=held,
        facts=held,
        result=st.one_of(st.just(ABSENT), values),
        error=st.one_of(st.none(), st.just(Error("ValueError", "no"))),
        where=st.none(),
        ns=st.just(0),
        children=children.map(tuple),
    )


steps = st.recursive(
    step_of(st.just([])), lambda inner: step_of(st.lists(inner, max_size=4)), max_leaves=12
)


@settings(max_examples=30, deadline=None)
@given(st.lists(steps, max_size=5))
def test_whatever_a_trace_holds_its_questions_are_well_formed(made: list[Step]) -> None:
    trace = Trace(steps=tuple(made))
    for question in all_questions(trace):
        assert is_well_formed(question), question
    run = Run(trace)
    for step in run.steps:
        predict(run, step)
