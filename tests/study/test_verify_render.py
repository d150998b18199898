"""The forms of a comparison with a real Keras: tree, plain text, JSON and table."""

import json
from dataclasses import replace

import pytest
from rich.cells import cell_len

from densetrace.api import explain
from densetrace.data.outputs import Outputs
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.value_reader import from_json
from densetrace.data.values import Tensor
from densetrace.render.theme import ascii_signs
from densetrace.render.verify import form, lines, plain, plain_table, render_text, table, table_form
from densetrace.study.verify import Comparison, compare
from tests.conftest import Golden
from tests.render.widths import check_sides, check_width
from tests.study.record_real import EXPRESSIONS
from tests.study.test_verify import changed, compared, real


def settled(found: Comparison) -> Comparison:
    """The comparison with all our steps on line 1, so that editing our source changes no golden."""

    def settle(step: Step) -> Step:
        where = step.where and replace(step.where, line=1)
        return replace(step, where=where, children=tuple(map(settle, step.children)))

    ours = found.ours
    settled = Trace(ours.source, ours.engine, ours.outcome, tuple(map(settle, ours.steps)))
    return compare(settled, found.theirs, found.outputs)


def differing() -> Comparison:
    """A comparison with one result of another shape, and other outputs."""
    theirs = changed(real("dense"), "op", result=Tensor((2, 2), "float32"))
    return compare(explain(EXPRESSIONS["dense"]), theirs, Outputs(False, 1e-6, 0.5))


def test_agreement_is_one_line_below_the_expression() -> None:
    text = render_text(compared("refused"))
    assert text == (
        "Dense('many')\n7 of 7 steps agree with tf_keras 2.21.0; both raise ValueError.\n"
    )


@pytest.mark.parametrize("name", ["differing", "log_softmax", "input_layer"])
def test_goldens(name: str, golden: Golden) -> None:
    found = settled(differing() if name == "differing" else compared(name))
    golden(f"verify/{name}-80", render_text(found, 80))
    for width in (40, 60, 200):
        check_sides(render_text(found, width), render_text(found, 80), width)
    check_width(render_text(found, 40), render_text(found, 60), 40)


def test_all_steps(golden: Golden) -> None:
    golden("verify/all-80", render_text(settled(compared("refused")), everything=True))


def test_a_difference_tells_where_it_stands_in_both_sources() -> None:
    text = " ".join(plain(differing()))
    assert "at densetrace/keras/layers/core/dense.py line " in text
    assert "at tf_keras/src/layers/core/dense.py line " in text


@pytest.mark.parametrize("width", [20, 60, 72, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    many = [compared(name) for name in EXPRESSIONS]
    drawn = [*lines(differing(), width, everything=True), *table([*many, differing()], width)]
    assert all(sum(cell_len(text) for text, _ in line) <= max(width, 20) for line in drawn)


def test_a_terminal_that_has_only_ascii() -> None:
    found = compared("log_softmax")
    drawn = lines(found, 80, ascii_signs(), everything=True)
    assert "".join(text for line in drawn for text, _ in line).isascii()


def test_as_data() -> None:
    found = differing()
    data = json.loads(json.dumps(form(found)))
    assert (data["agrees"], data["steps"]["differ"], data["outputs"]["agree"]) == (False, 1, False)
    [step] = data["compared"]
    assert step["verdict"] == "differs"
    [difference] = step["differences"]
    assert from_json(difference["theirs"]) == Tensor((2, 2), "float32")
    assert step["theirs"]["where"]["file"] == "tf_keras/src/layers/core/dense.py"
    assert len(form(found, everything=True)["compared"]) == len(found.steps)
    stated = form(compared("log_softmax"))["compared"]
    assert [one["verdict"] for one in stated] == ["stated"]


def test_a_table_of_many(golden: Golden) -> None:
    many = [*(compared(name) for name in EXPRESSIONS), differing()]
    text = "".join("".join(run for run, _ in line).rstrip() + "\n" for line in table(many, 80))
    golden("verify/table-80", text)
    flat = list(plain_table(many))
    assert "Dense('many'). 7 steps. Agrees: both raise ValueError." in flat
    assert any(line.endswith("1 differs, outputs differ by up to 5e-1.") for line in flat)
    data = table_form(many)
    assert (data["agrees"], len(data["expressions"])) == (False, 5)
