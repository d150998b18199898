"""Whatever an object says of itself, its outcome is values: every format shows it, and JSON reads
back what it wrote."""

from pathlib import Path

import pytest

from densetrace import api
from densetrace.data.trace import Trace
from tests.cli.running import invoke

ODD = (
    "{1}", "b'a'", "1j", "...", "[1, {2: Dense}]", "(1, ...)", "Dense", "HeNormal()", "Dense(3)",
    "keras.activations.relu", "{'a': 1}", "1e400", "-1e400", str(2**64 - 1), "True", "None", "5",
    "'\\ud800'",
)  # fmt: skip
EXPRESSIONS = (
    *(f"Sequential([], name={odd})" for odd in ODD),
    *(f"Sequential([Dense(2)], name={odd})" for odd in ODD),
    *(f"Dense(2, trainable={odd})" for odd in ODD),
    *(f"InputLayer((3,), name={odd})" for odd in ODD),
    "Sequential([ReLU(), PReLU(PReLU()), Sequential(0)])",
    "Sequential([ReLU(), Sequential([Dense(2)]), Dense(2, input_shape=(3,))])",
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_form_shows_it(expression: str) -> None:
    trace = api.explain(expression)
    assert Trace.loads(trace.dumps()) == Trace.loads(Trace.loads(trace.dumps()).dumps())
    for form in (trace.tree, trace.plain, trace.html, trace.svg, trace.markdown, trace.chrome):
        assert form()


@pytest.mark.parametrize("odd", ODD)
def test_the_command_shows_it(odd: str) -> None:
    for form in ("tree", "json"):
        result = invoke("explain", f"Sequential([], name={odd})", "--format", form)
        assert result.exit_code in (0, 1), result.stderr


def test_a_name_that_is_no_string_is_a_value() -> None:
    for odd, value in (("1e400", '{"number": "inf"}'), ("{1}", '{"set": [1], "length": 1}')):
        text = invoke("explain", f"Sequential([], name={odd})", "--format", "json").stdout
        assert f'"object": {value}' in text


def test_an_instance_as_a_name_is_known_by_its_label() -> None:
    trace = api.explain("Sequential([], name=HeNormal())")
    assert '"object": {"instance": "HeNormal", "module": "keras.initializers.initializers", ' \
        '"label": "HeNormal#1"' in trace.dumps()  # fmt: skip


@pytest.mark.parametrize(("name", "label"), [("a" * 5000, "a" * 200), ("\ud800", "\\ud800")])
def test_a_step_is_labelled_with_the_name_that_the_trace_keeps(name: str, label: str) -> None:
    trace = api.explain(f"Dense(2, name={name!r})")
    assert {step.subject for step in trace.find("build")} == {label}


def test_a_model_that_cannot_list_its_weights_has_none_in_its_outcome() -> None:
    whole = api.explain("Sequential([Dense(2)])", input_shape=(None, 3))
    assert whole.outcome["parameters"] == 8
    trace = api.explain("Sequential([ReLU(), PReLU(PReLU()), Sequential(0)])")
    assert trace.outcome["error_type"] == "ValueError"
    assert "parameters" not in trace.outcome
    assert "weights" not in trace.outcome


def test_an_exception_of_a_script_is_named_without_asking_its_class(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "class Meta(type):\n"
        "    __name__ = property(lambda cls: {1})\n"
        "class Odd(ValueError, metaclass=Meta):\n"
        "    pass\n"
        "raise Odd('x')\n",
        encoding="utf-8",
    )
    trace = api.run(script).trace
    assert trace.outcome["error_type"] == "Odd"
    assert Trace.loads(trace.dumps()).outcome == trace.outcome


def test_a_size_that_no_trace_holds_can_be_read_back() -> None:
    """Keras makes an Input of any size; the reader of traces takes counts up to 2**63 - 1."""
    for size in (2**63 - 1, 2**63, 2**64 - 1):
        trace = api.explain(f"Sequential([Input(shape={size}), Layer()])")
        assert Trace.loads(trace.dumps()).dumps() == trace.dumps()
        assert trace.tree()


@pytest.mark.parametrize("dtype", ["bfloat16", "mixed_bfloat16"])
def test_a_dtype_that_numpy_lacks_is_refused_by_densetrace_not_by_the_layer(dtype: str) -> None:
    ended = invoke("explain", f"Dense(2, dtype='{dtype}')")
    assert ended.exit_code == 2
    assert "The dtype bfloat16 is not part of densetrace" in ended.stderr
    assert "--engine tf_keras" in ended.stderr
    unknown = invoke("explain", "Dense(2, dtype='bfloat17')")
    assert (unknown.exit_code, "The layer raised" in unknown.stderr) == (1, True)
