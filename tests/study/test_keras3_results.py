"""What Keras 3 does otherwise explains a difference of results; anything else counts."""

from typing import Any

import numpy as np
import pytest

from densetrace.render import proof as view
from densetrace.render.layout import texts
from densetrace.running.keras3_differences import (
    FROZEN,
    OTHER_TYPE,
    PENALTIES,
    STATE,
    end_explained,
    explained,
)
from densetrace.running.results import SINGLE, comparisons, differences, plain
from densetrace.study.proof import Report, Result, form

DENSE = "layer = layers.Dense(3)"
CLASS = "L1.get_config() missing 1 required positional argument: 'self'"
ONES, TWOS = np.ones(2, np.float32), np.full(2, 2, np.float32)


def policy(name: str) -> dict[str, Any]:
    return {"class_name": "DTypePolicy", "config": {"name": name}}


def sentences(ours: Any, theirs: Any, script: str = DENSE) -> list[str]:
    """The explanation of each difference; empty where there is none."""
    return [
        explained(one, script, ours, theirs, SINGLE) for one in differences(ours, theirs, SINGLE)
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "script"),
    [
        ({"weights": [["dense/kernel:0", [2], True]]}, {"weights": [["kernel", [2], True]]}, DENSE),
        ({"trainable": ["own/Variable_1:0"]}, {"trainable": ["variable_1"]}, DENSE),
        ({"config": {"dtype": "float32"}},
         {"config": {"dtype": policy("float32")}}, DENSE),
        ({"config": {"time_major": False}}, {"config": {"quantization_config": None}}, DENSE),
        ({"config": {"axis": [1]}}, {"config": {"axis": -1}}, "BatchNormalization()"),
        ({"config": {"alpha": np.float32(0.5)}}, {"config": {"alpha": 0.5}}, DENSE),
        ({"layers": [["input_1", 0]]}, {"layers": [["input_layer", 0]]}, DENSE),
        ({"history": {"loss": [], "auc": []}}, {"history": {"auc": [], "loss": []}}, DENSE),
        ({"output": ONES}, {"output": TWOS}, "Dense(2, activation='hard_sigmoid')"),
        ({"weights": [ONES]}, {"weights": [TWOS]}, "keras.optimizers.Lion()"),
        ({"history": {"loss": [0.5]}}, {"history": {"loss": [0.0]}}, "def train_step(self, data):"),
    ],
)  # fmt: skip
def test_what_keras_3_does_otherwise_is_explained(ours: Any, theirs: Any, script: str) -> None:
    found = sentences(plain(ours), plain(theirs), script)
    assert found
    assert all(found)


@pytest.mark.parametrize(
    ("ours", "theirs", "script"),
    [
        ({"output": ONES}, {"output": TWOS}, DENSE),
        ({"gradients": [ONES]}, {"gradients": [TWOS]}, DENSE),
        ({"weights": [["dense/kernel:0", [2]]]}, {"weights": [["bias", [2]]]}, DENSE),
        ({"weights": [["dense/kernel:0", [2]]]}, {"weights": [["kernel", [3]]]}, DENSE),
        ({"weights": [ONES]}, {"weights": [TWOS]}, "optimizers.Lion(learning_rate=0.1)"),
        ({"config": {"dtype": "float32"}},
         {"config": {"dtype": policy("float16")}}, DENSE),
        ({"config": {"units": 3}}, {"config": {"unit": 3}}, DENSE),
        ({"config": {"activation": "relu"}}, {"config": {"activation": "elu"}}, DENSE),
        ({"history": {"loss": [0.5]}}, {"history": {"loss": [0.0]}}, DENSE),
        ({"history": {"loss": [0.5]}}, {"history": {"loss": [0.4]}}, "def train_step(self, data):"),
        ({"losses": [ONES[0], TWOS[0]]}, {"losses": [TWOS[0]]}, DENSE),
        ({"parameters": 9}, {"parameters": 8}, DENSE),
        ({"shape": [None, 3]}, {"shape": [None, 4]}, DENSE),
    ],
)  # fmt: skip
def test_any_other_difference_counts(ours: Any, theirs: Any, script: str) -> None:
    assert "" in sentences(ours, theirs, script)


def test_penalties_may_have_another_order_and_fewer_where_nothing_learns() -> None:
    ours, theirs = {"losses": [ONES, TWOS]}, {"losses": [TWOS, ONES]}
    assert set(sentences(ours, theirs)) == {PENALTIES}
    frozen = "layers.Dense(3, trainable=False)"
    assert set(sentences(ours, {"losses": [ONES]}, frozen)) == {FROZEN}


def test_the_variables_of_an_optimizer_are_compared_by_their_numbers() -> None:
    momentum, step = np.array([0.5, 0.25], np.float32), np.asarray(3)
    rate = np.asarray(0.1, np.float32)
    ours = {"optimizer": [["iteration:0", step], ["SGD/m/kernel:0", momentum]]}
    theirs = {"optimizer": [["iteration", step], ["learning_rate", rate], ["kernel_m", momentum]]}
    assert set(sentences(ours, theirs)) == {STATE}
    unused = {"optimizer": [*ours["optimizer"], ["SGD/m/bias:0", np.zeros(2, np.float32)]]}
    assert set(sentences(unused, theirs)) == {STATE}
    wrong = {
        "optimizer": [["iteration", step], ["learning_rate", rate], ["kernel_m", 2 * momentum]]
    }
    assert "" in sentences(ours, wrong)


def test_an_end_needs_a_reason_unless_both_raise() -> None:
    assert end_explained("", "AttributeError: no attribute 'ThresholdedReLU'")
    assert end_explained(f"TypeError: {CLASS}", "")
    assert not end_explained("", "ValueError: Input 0 of layer dense is incompatible")
    assert not end_explained("ValueError: no attribute 'ThresholdedReLU'", "")
    assert end_explained("ValueError: a", "ValueError: b") == ""
    assert end_explained("ValueError: a", "TypeError: b") == OTHER_TYPE


def test_the_number_of_comparisons_is_that_of_possible_differences() -> None:
    ours = {"a": [1, {"b": 2.0}], "c": ONES}
    theirs = {"a": [2, {"b": 3.0}], "c": TWOS}
    assert comparisons(ours, theirs) == 6  # the dicts, the list, and three values
    assert len([*differences(ours, theirs, SINGLE)]) == 3


def test_a_report_on_keras_3_counts_results() -> None:
    good = Result(0, "layer", (("layer", "Dense"),), 12, 10, (("Keras 3 differs.", 2),), ())
    ended = Result(1, "layer", (), 1, 0, (("Keras 3 has no such layer.", 1),), (), one_raises=True)
    report = Report(1, {"name": "keras", "version": "3.15.1"}, (good, ended))
    drawn = " ".join("".join(texts(view.lines(report, 90))).split())
    assert "2 of 2 cases agree with keras 3.15.1: 10 of 13 results, 3 depart as stated." in drawn
    assert (
        "1 of them counts as agreeing although only one of the two raises an exception: the reason "
        "is a stated difference."
    ) in drawn
    assert "stated, 2 times: Keras 3 differs." in drawn
    flat = [*view.plain(report)]
    assert "Stated, 1 time: Keras 3 has no such layer." in flat
    data = form(report)
    assert data["total"]["results_agree"] == 10
    assert data["errors"] == {"raising": 0, "one_raises": 1}
    hostile = Result(2, "layer", (), 1, 0, (), ("theirs raises \x1b[31m\u202e",))
    bad = Report(1, report.engine, (hostile,))
    for text in ("\n".join(view.plain(bad)), "".join(texts(view.lines(bad, 90)))):
        assert "--case 2 --engine keras" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
