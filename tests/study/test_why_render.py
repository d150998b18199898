"""The forms of an answer of `why`: tree, plain text and JSON."""

import json
from contextlib import suppress

import pytest
from rich.cells import cell_len

from densetrace import api
from densetrace.data.trace import Trace
from densetrace.render.theme import ascii_signs
from densetrace.render.why import form, lines, plain, render_text
from densetrace.study.index import TraceIndex
from densetrace.study.why import why
from densetrace.system.errors import RequestError
from densetrace.teach.explanations import explain_step
from tests.conftest import Golden
from tests.render.hostile import NAMES, hostile_step_trace
from tests.render.widths import check_width
from tests.study.lessons import LESSONS, MODEL, SCRIPT, expression, lesson, script, settled

DENSE = "Dense(64, activation='relu')"
CASES = {
    "kernel": (DENSE, "kernel"),
    "activation": (DENSE, "activation"),
    "built": (DENSE, "built"),
    "output": (DENSE, "output"),
    "own": (SCRIPT, "gain.shape"),
    "model": (MODEL, "dense_1.kernel"),
}


@pytest.fixture
def dense() -> Trace:
    return expression(DENSE)


@pytest.mark.parametrize("name", CASES)
def test_goldens(name: str, golden: Golden) -> None:
    text, target = CASES[name]
    trace = settled(lesson(text))
    answer = why(trace, target)
    golden(f"ask/why-{name}-80", render_text(trace, answer, 80))
    for width in (40, 60, 200):
        check_width(render_text(trace, answer, width), render_text(trace, answer, 80), width)


def test_golden_of_plain_lines(dense: Trace, golden: Golden) -> None:
    trace = settled(dense)
    told = plain(trace, why(trace, "kernel"))
    golden("ask/why-kernel-plain", "".join(f"{line}\n" for line in told))


@pytest.mark.parametrize("text", LESSONS)
def test_every_target_of_every_lesson_can_be_shown(text: str) -> None:
    trace = lesson(text)
    for owner, attributes in TraceIndex(trace).tables.held.items():
        for name in attributes:
            answer = why(trace, f"{owner}.{name}")
            for width in (20, 60, 80):
                shown = render_text(trace, answer, width)
                assert max(map(cell_len, shown.splitlines())) <= width
            assert f"Link {len(answer.links)} of {len(answer.links)}" in "\n".join(
                plain(trace, answer)
            )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("kernel", "Dense.__init__ with the same arguments, among them units=64."),
        (
            "bias_initializer",
            "Dense.__init__ with the same arguments; bias_initializer is not among them, so "
            "__init__ uses its default.",
        ),
    ],
)
def test_an_argument_reaches_init_by_itself_and_not_through_the_kept_dict(
    dense: Trace, target: str, said: str
) -> None:
    shown = " ".join(render_text(dense, why(dense, target), 1000).split())
    assert said in shown
    assert "merged dict" not in shown


def test_each_link_has_its_explanation_and_its_source_line(dense: Trace) -> None:
    answer = why(dense, "activation")
    shown = " ".join(render_text(dense, answer, 1000).split())
    for link in answer.links:
        assert link.step.where is not None
        # Of the many arguments of a construction, only the relevant ones are shown.
        if link.step.kind not in ("new", "init"):
            assert explain_step(link.step).what in shown
        if not link.step.where.file.startswith("<"):
            assert (
                f"{link.step.where.text} ({link.step.where.file}:{link.step.where.line})" in shown
            )


def test_an_assumed_input_is_called_so(dense: Trace) -> None:
    shown = " ".join(render_text(dense, why(dense, "kernel")).split())
    assert "The size 3 comes from the input f32[2,3], an input of the assumed shape" in shown
    assert "GlorotUniform#1: you did not pass kernel_initializer, so its default is used" in shown


def test_what_fit_assumes_is_not_called_an_input() -> None:
    trace = api.explain("Dense(1, use_bias=False)", fit=True, seed=1)
    text = render_text(trace, why(trace, "kernel"), 100)
    assert "comes from the random targets f32[4,1]  (step" in text
    assert "SGD#1 comes from 'sgd' (assumed by --fit)" in text
    last = len(why(trace, "kernel").links)
    assert f"Number {last - 1} sets these numbers, and fit ends with them." in text
    rate = render_text(trace, why(trace, "learning_rate"), 100)
    assert "'sgd' (assumed by --fit), which leaves learning_rate at its default" in rate
    for shown in (text, rate, "\n".join(plain(trace, why(trace, "learning_rate")))):
        assert "(your expression)" not in shown
        assert shown.count("(assumed by --fit)\n") >= 2  # the first link and the last


def test_a_call_that_nobody_typed_is_not_called_your_expression(dense: Trace) -> None:
    shown = render_text(dense, why(dense, "output"), 100)
    assert shown.count("(called by densetrace)") == 2
    assert "(your expression)" not in shown
    assert "(your expression)" in render_text(dense, why(dense, "units"), 100)


def test_the_last_link_names_the_step_that_its_value_comes_from(dense: Trace) -> None:
    answer = why(dense, "output")
    last = len(answer.links) - 1
    shown = render_text(dense, answer, 100)
    assert f"Number {last} returns it, and number 1 passes it on." in shown


def test_others_of_the_same_name_are_told() -> None:
    trace = script(SCRIPT)
    assert "scale.gain is shown. Also recorded: 'scale (2).gain'." in render_text(
        trace, why(trace, "gain"), 100
    )


def test_plain_characters_are_enough(dense: Trace) -> None:
    for line in lines(dense, why(dense, "kernel"), 80, ascii_signs()):
        assert "".join(text for text, _ in line).isascii()


def test_the_data_names_every_link(dense: Trace) -> None:
    answer = why(dense, "kernel")
    data = json.loads(json.dumps(form(answer)))
    assert data["target"] == "dense.kernel"
    assert [link["step"] for link in data["links"]] == [link.step.id for link in answer.links]
    assert all(link["what"] and link["why"] and link["source"] for link in data["links"])


@pytest.mark.parametrize("name", NAMES)
def test_no_name_can_do_harm(name: str) -> None:
    trace: Trace = hostile_step_trace(name)
    held = TraceIndex(trace).tables.held
    assert held
    for owner in held:
        for target in (*(f"{owner}.{attribute}" for attribute in held[owner]), name):
            with suppress(RequestError):
                answer = why(trace, target)
                for text in (render_text(trace, answer), "\n".join(plain(trace, answer))):
                    assert all(line.isprintable() for line in text.splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_no_name_can_do_harm_in_a_message(name: str) -> None:
    with pytest.raises(RequestError) as caught:
        why(hostile_step_trace(name), f"{name} is not there")
    assert str(caught.value).replace("\n", " ").isprintable()
