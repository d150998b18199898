"""A quiz asks about what an author sees: no question and no option is about an inner operation."""

import re
from functools import cache

import pytest

import densetrace
from densetrace import api
from densetrace.data.names import usual
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.kinds import KINDS
from densetrace.kinds.label import point_end
from densetrace.teach.quiz import Question, Run, questions_at

_MATRIX_ONLY = ("identity", "orthogonal")

EXPRESSIONS = (
    *(f"Dense(4, activation='{name}')" for name in usual("activations")),
    *(f"Dense(4, kernel_initializer='{name}')" for name in usual("initializers")),
    *(
        f"Dense(4, bias_initializer='{name}')"
        for name in usual("initializers")
        if name not in _MATRIX_ONLY
    ),
    *(f"Dense(4, kernel_constraint='{name}')" for name in usual("constraints")),
    *(
        f"Dense(4, kernel_regularizer='{name}', activity_regularizer='{name}')"
        for name in usual("regularizers")
    ),
    "Sequential([Dense(4, 'selu', activity_regularizer='l1'), Dense(2, 'softmax')])",
    "Dense(4, bias_initializer='orthogonal')",
)


@cache
def questions(expression: str) -> tuple[Run, tuple[Question, ...]]:
    """The run of an expression, and all questions about it."""
    run = Run(api.explain(expression, seed=1))
    return run, tuple(question for step in run.steps for question in questions_at(run, step))


def inner_names(run: Run) -> set[str]:
    """The names of operations that only inner steps have."""
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for step in run.steps:
        names[run.is_inner(step)].add(point_end(step, 1))
    return names[True] - names[False]


def names_in(question: Question) -> set[str]:
    """The functions that the options of a question name, alone, in a list or with arguments."""
    parts = (part for option in question.options for part in re.split(r",? then ", option.text))
    return {part.partition("(")[0].rpartition(".")[2] for part in parts}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_no_question_and_no_option_is_about_an_inner_operation(expression: str) -> None:
    run, asked = questions(expression)
    assert asked
    for question in asked:
        assert not any(map(run.is_inner, (question.step, *question.proof)))
        assert not names_in(question) & inner_names(run)


def test_the_expressions_run_inner_operations() -> None:
    found = set().union(*(inner_names(questions(expression)[0]) for expression in EXPRESSIONS))
    assert {"fill", "stateless_uniform", "l2_loss", "strided_slice", "qr", "erf"} <= found


def test_an_error_of_an_inner_operation_is_asked_of_the_function_around_it() -> None:
    import densetrace.tensorflow as tf
    from densetrace.keras import activations

    with pytest.raises(Exception, match="elu"), densetrace.trace() as trace:
        activations.elu(tf.constant([1, 2]))
    failed = _innermost(trace)
    assert KINDS["op"].is_inner(failed, trace.steps[0])
    run = Run(trace)
    asked = [question for step in run.steps for question in questions_at(run, step)]
    assert [question.answer for question in asked] == ["activations.elu"]
    assert asked[0].proof == (trace.steps[0],)


def _innermost(trace: Trace) -> Step:
    return [step for step in trace.walk() if step.error][-1]
