"""Asserts of lessons: their form, and the messages if they are false."""

import pytest

from densetrace import explain
from densetrace.teach.asserts import Finding, Judge, PartError, read_asserts

TRACE = explain("Dense(4, 'relu', kernel_regularizer='l2')", seed=0)
FAILING = explain("Dense(2, activation='rleu')")
SHOWN = "1  construct\n├─ units = 4\n│     a note\n└─ built = False\n"

TRUE = """
step("get", registry="activations").branch == "str"
step("get", identifier="relu").result == "relu" != "tanh"
step("new").bound == {"units": 4, "activation": "relu", "kernel_regularizer": "l2"}
step("new").args == (4, "relu") and step("new").arg_names[0] == "self"
step("new").class_ == "Dense" and "units" in step("new", class_="Dense").arg_names
step("assign", name="kernel_initializer").value.cls == "GlorotUniform"
str(step("assign", name="kernel_initializer").value) == "GlorotUniform#1"
round(step("assign", name="kernel_regularizer").value.config.get("l2"), 3) == 0.01
str(step("assign", name="kernel").value) == "f32[3,4]"
step("add_weight", name="kernel").result.shape == (3, 4)
0.9 < step("initialize", class_="GlorotUniform").limit < 1
step("get", source="kernel_regularizer").registry == "regularizers"
step("init", of="Layer", inside=step("init", of="Dense")).where.function.endswith("__init__")
last("assign", name="built").value is True
steps("deserialize", inside=steps("get", registry="initializers"))[0].via == "legacy"
not steps("regularize") and len(steps("build")) == 1
len(steps("add_weight", inside="build")) == 2
step("layout") < step("init", of="Dense") < step("build", inside="invoke") < step("call")
trace.outcome["parameters"] == 16
"units = 4 a note built" in shown and "kernel" not in shown
printed == "" == error
""".strip().splitlines()

FALSE = {
    'step("get", registry="activations").result == "tanh"': "'relu' in step ",
    '"tanh" == step("get", registry="activations").result': "'relu' in step ",
    'step("get", registry="activation")': "no such step; registry is 'regularizers', 'activations'",
    'step("compile")': "no compile step",
    'step("build", inside="init")': "no such step among 1 of kind build",
    'not steps("build")': "(keras.layers.core.dense.Dense.build)]",
    'len(steps("add_weight")) == 3': "2",
    'step("call") < step("build")': "(keras.layers.core.dense.Dense.build) on the right",
    'step("new").auto_config == 2 and nonsense': "True in step ",
    'step("new").nonsense == 1': "(keras.engine.base_layer.Layer.__new__)",
    'step("init").unitz': "has no unitz. Did you mean units?",
    'step("new").class_ < 3': "TypeError: '<' not supported",
    'step("asign")': "There is no kind of step called 'asign'. Did you mean assign?",
    'trace.outcome["parameters"] == 17': "16",
    '"ValueError" in error': "''",
    '"nothing" in shown': "'1 construct units = 4 a note built = False'",
    'step("init").units == trace.outcome["parameters"]': " on the left, 16 on the right",
    "exit(0)": "SystemExit: 0",
}

REFUSED = {
    'step("build")': "Expectations are written as Python asserts",
    "step get registry=activations: result is relu": "Write, for example: assert step",
    "2 steps add_weight": "Received: '2 steps add_weight'.",
    "shows 'relu'": "in shown",
    "outcome: parameters == 12": "Received: 'outcome: parameters == 12'.",
    "assert step(": "This is not Python: '(' was never closed.",
    "assert " + "(" * 300: "This is not Python: ",
}


def judged(line: str, **said: str) -> Finding:
    [expectation] = read_asserts(f"assert {line}")
    return Judge(TRACE, shown=SHOWN, **said).judge(expectation)


@pytest.mark.parametrize("line", TRUE)
def test_it_is_true(line: str) -> None:
    finding = judged(line)
    assert finding.holds, finding.found


@pytest.mark.parametrize(("line", "found"), FALSE.items())
def test_it_is_false_and_says_what_was_found(line: str, found: str) -> None:
    finding = judged(line)
    assert not finding.holds
    assert found in finding.found
    assert finding.broken == ("Error" in finding.found or "Exit" in finding.found)


@pytest.mark.parametrize(("line", "problem"), REFUSED.items())
def test_what_is_no_assert_is_refused_with_what_to_write(line: str, problem: str) -> None:
    with pytest.raises(PartError) as refused:
        read_asserts(f"assert 1\n{line}")
    assert problem in f"{refused.value} {refused.value.hint}"
    assert refused.value.line == 2


def test_a_step_that_raised_has_an_error_and_no_result() -> None:
    judge = Judge(FAILING, error="ValueError: Unknown activation function: 'rleu'")
    lines = [
        'assert "ValueError: Unknown" in error',
        'assert step("get", branch="refused").error.type == "ValueError"',
        'assert step("get", branch="refused").result is None',
    ]
    holds = [judge.judge(one).holds for one in read_asserts("\n".join(lines))]
    assert holds == [True, True, False]


def test_a_value_may_get_a_name() -> None:
    judge = Judge(TRACE)
    named, assertion = read_asserts(
        'dense = step("init", of="Dense")\nassert (\n  dense.units == 4)', 7
    )
    assert (named.asserts, assertion.asserts, named.line, assertion.line) == (False, True, 7, 8)
    assert judge.judge(named).holds
    assert judge.judge(assertion).holds


def test_the_steps_that_prove_it_are_those_asked_for() -> None:
    finding = judged('len(steps("add_weight", inside=step("build"))) == 2')
    assert [step.inputs["name"] for step in finding.steps] == ["kernel", "bias"]
