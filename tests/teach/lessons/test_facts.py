"""What a lesson may expect of a trace: how it is written, and when it comes true."""

import pytest

from densetrace import explain
from densetrace.teach.fact_words import FactError
from densetrace.teach.facts import read_fact
from densetrace.teach.judging import Judge

TRACE = explain("Dense(4, 'relu', kernel_regularizer='l2')", seed=0)
FAILING = explain("Dense(2, activation='rleu')")
SHOWN = "1  construct\n├─ units = 4\n│     a note\n└─ built = False\n"

TRUE = """
step get registry=activations: branch == 'str' and result is relu
step get identifier='relu': result is not tanh
step new: bound == {'units': 4, 'activation': 'relu', 'kernel_regularizer': 'l2'}
step new: bound.units == 4 and arg_names.length == 11 and arg_names.0 == 'self'
step new: args == [4, 'relu'] and args == (4, 'relu')
step new: arg_names has 'units' and bound has 'activation'
step assign name=kernel_initializer: value is GlorotUniform and value is GlorotUniform#1
step assign name=bias_regularizer: value is None
step assign name=kernel_regularizer: value.l2 == 0.01 and value.class == 'L2'
step assign name=input_spec: value.min_ndim == 2
step assign name=kernel: value is f32[3,4] and value.shape == [3, 4] and value.dtype == 'float32'
step add_weight name=kernel: shape == [3, 4] and trainable == True
step initialize class=GlorotUniform: limit == 0.93 and limit == 0.9258 and limit > 0.9
step initialize class=GlorotUniform: fan_in <= 3 and fan_in >= 3 and fan_in < 4 and fan_in != 4
step get where~kernel_regularizer: registry == 'regularizers'
step init of=Layer inside step init of=Dense: where.function has 'Dense.__init__'
last step assign name=built: value == True
every step deserialize inside step get registry=initializers: via == 'legacy'
no step regularize
1 step build
2 steps add_weight inside step build
step layout before step init of=Dense
step build inside step invoke before step call
outcome: parameters == 16 and built == True
shows units = 4 a note built
never shows kernel
""".strip().splitlines()

FALSE = {
    "step get registry=activations: result is tanh": "result is relu in step 9",
    "step get registry=activation": "registry is 'regularizers', 'activations', 'initializers' and",
    "step compile": "no compile step",
    "step build inside step init": "no such step among 1 of kind build",
    "no step build": "1 step",
    "3 steps add_weight": "2 steps",
    "step call before step build": "the other step 37",
    "step call before step compile": "no compile step",
    "step new: nonsense == 1": "nonsense is not there",
    "step new: auto_config == 1": "auto_config is True",
    "step new: bound.units == 4.5": "bound.units is 4",
    "step new: class < 3": "class is 'Dense'",
    "every step add_weight: name == 'kernel'": "name is 'bias'",
    "outcome: parameters == 17": "parameters is 16",
    "outcome: nonsense == 1": "not there",
    "fails ValueError": "no error",
    "shows nothing": "no such words",
    "never shows units": "these very words",
}

REFUSED = {
    "": "where an expectation should follow",
    "stp get": "begins with one of",
    "step": "a kind of step",
    "step gte": "no kind of step called gte",
    "step get registry": "name=value",
    "step get a=1 b": "name=value",
    "step get:": "the name of a field",
    "step get: result": "one of ==",
    "step get: result =": "has one of ==",
    "step get: result ==": "a value",
    "step get: result == relu": "write: is relu",
    "step get: ==": "named like",
    "step get: result < 'a'": "compares numbers",
    "step get: result is relu or x": "should end before 'or'",
    "step get before get": "'step' should stand where 'get' stands",
    "2 step get": "'steps' should stand",
    "no step get: result is None": "counted",
    "step get identifier={'a'": "never closed",
    "step get identifier='a": "never closed",
    "shows": "followed by the words",
    "fails": "the type of the error",
    "fails a b": "should end before",
    "outcome parameters == 2": "':' should stand",
}


@pytest.mark.parametrize("line", TRUE)
def test_it_comes_true(line: str) -> None:
    finding = Judge(TRACE, SHOWN).judge(read_fact(line))
    assert finding.holds, finding.found


@pytest.mark.parametrize(("line", "found"), FALSE.items())
def test_it_does_not_and_says_what_was_found(line: str, found: str) -> None:
    finding = Judge(TRACE, SHOWN).judge(read_fact(line))
    assert not finding.holds
    assert found in finding.found


@pytest.mark.parametrize(("line", "problem"), REFUSED.items())
def test_what_is_no_expectation_is_refused(line: str, problem: str) -> None:
    with pytest.raises(FactError) as refused:
        read_fact(line)
    assert problem in f"{refused.value} {refused.value.hint}"


def test_a_misspelling_is_understood() -> None:
    with pytest.raises(FactError) as refused:
        read_fact("step asign name=units")
    assert refused.value.hint == "Did you mean assign?"


def test_an_error_is_expected_by_its_type() -> None:
    judge = Judge(FAILING, "")
    assert judge.judge(read_fact("fails ValueError")).holds
    assert judge.judge(read_fact("step get branch=refused: error is ValueError")).holds
    assert judge.judge(read_fact("step get branch=refused: error.message has 'rleu'")).holds
    assert "ValueError: Unknown" in judge.judge(read_fact("fails TypeError")).found


def test_words_are_looked_for_one_after_the_other() -> None:
    judge = Judge(TRACE, SHOWN)
    assert judge.judge(read_fact("shows built")).holds
    late = judge.judge(read_fact("shows units"))
    assert "before those of the line above" in late.found


def test_the_steps_that_prove_it_are_told() -> None:
    finding = Judge(TRACE, "").judge(read_fact("2 steps add_weight"))
    assert [step.inputs["name"] for step in finding.steps] == ["kernel", "bias"]
