"""What Keras 3 does otherwise explains a difference of results; anything else counts."""

from typing import Any

import numpy as np
import pytest

from densetrace import tensorflow
from densetrace.engines import load
from densetrace.render import proof as view
from densetrace.render.layout import texts
from densetrace.running.keras3_checks import same_axes, same_but_for_dtype
from densetrace.running.keras3_configs import NEW, OLD, have_known_keys
from densetrace.running.keras3_differences import (
    FROZEN,
    OPERATIONS,
    PENALTIES,
    RULES,
    STATE,
    UPDATES,
    BothResults,
)
from densetrace.running.keras3_ends import ENDS, NO_FAULT, OTHER_TYPE, OUR_FAULTS, end_explained
from densetrace.running.keras3_rewritten import REWRITINGS, rewritten
from densetrace.running.results import SINGLE, comparisons, differences, plain, rounding
from densetrace.study.generated.prelude import HELPERS
from densetrace.study.proof import Report, Result, form

DENSE = "layer = layers.Dense(3)"
CLASS = "L1.get_config() missing 1 required positional argument: 'self'"
ONES, TWOS = np.ones(2, np.float32), np.full(2, 2, np.float32)


def policy(name: str) -> dict[str, Any]:
    return {"class_name": "DTypePolicy", "config": {"name": name}}


def sentences(ours: Any, theirs: Any, script: str = DENSE, again: Any = None) -> list[str]:
    """The explanation of each difference; empty where there is none."""
    both = BothResults(script, ours, theirs, SINGLE, again or {})
    return [both.explained(one) for one in differences(ours, theirs, SINGLE)]


@pytest.mark.parametrize(
    ("ours", "theirs", "script"),
    [
        ({"weights": [["dense/kernel:0", [2], True]]}, {"weights": [["kernel", [2], True]]}, DENSE),
        ({"trainable": ["own/Variable_1:0"]}, {"trainable": ["variable_1"]}, DENSE),
        ({"config": {"dtype": "float32"}},
         {"config": {"dtype": policy("float32")}}, DENSE),
        ({"config": {"time_major": False}}, {"config": {"quantization_config": None}}, DENSE),
        ({"config": {"axis": [1]}, "shape": [None, 2]},
         {"config": {"axis": -1}, "shape": [None, 2]}, "BatchNormalization()"),
        ({"config": {"alpha": np.float32(0.5)}}, {"config": {"alpha": 0.5}}, DENSE),
        ({"layers": [["input_1", 0]]}, {"layers": [["input_layer", 0]]}, DENSE),
        ({"history": {"kullback_leibler_divergence": 1}}, {"history": {"kl_divergence": 1}},
         "keras.metrics.KLDivergence()"),
        ({"config": {"output_layers": [["tf.add", 0, 0]]}, "layers": [["a", 0]]},
         {"config": {"output_layers": [["add", 0, 0]]}, "layers": [["a", 0]]}, DENSE),
        ({"history": {"loss": [], "auc": []}}, {"history": {"auc": [], "loss": []}}, DENSE),
        ({"history": {"loss": ONES}}, {"history": {"loss": 0 * ONES}}, "def train_step(self, d):"),
        ({"gradients": [ONES]}, {"gradients": [1e6 * ONES]}, "layers.UnitNormalization()"),
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
        ({"history": {"loss": ONES}}, {"history": {"loss": TWOS}}, "def train_step(self, data):"),
        ({"history": {"loss": ONES}}, {"history": {"loss": np.zeros(3)}}, "def train_step(self):"),
        ({"history": {"loss": [0.1]}}, {"history": {"loss": [900.0]}}, "Adam(use_ema=True)"),
        ({"output": ONES}, {"output": TWOS}, "Dense(2, activation='hard_sigmoid')"),
        ({"output": ONES}, {"output": np.ones(9)}, "Dense(2, activation='hard_sigmoid')"),
        ({"output": ONES}, {"output": TWOS.astype("float16")}, "layers.SpatialDropout1D(0.5)"),
        ({"output": ONES}, {"output": TWOS.astype("float16")}, "BatchNormalization()"),
        ({"output": ONES}, {"output": TWOS.astype("float16")}, "Bidirectional(layers.GRU(1))"),
        ({"output": ONES}, {"output": TWOS.astype("float16")}, "interpolation='bilinear'"),
        ({"output": ONES}, {"output": TWOS}, "layers.Add()"),
        ({"output": [ONES]}, {"output": [TWOS]}, "layers.RNN([cell, cell])"),
        ({"after": ONES}, {"after": TWOS}, "layers.TimeDistributed(layers.BatchNormalization()"),
        ({"weights": [["a", [4, 5]]]}, {"weights": [["a", [4, 6]]]}, "axis=[1, -1]"),
        ({"gradients": [ONES]}, {"gradients": [3 * ONES]}, "layers.UnitNormalization()"),
        ({"gradients": [ONES]}, {"gradients": [TWOS, ONES]}, "trainable=False"),
        ({"trainable": ["a"]}, {"trainable": ["b"]}, "trainable=False"),
        ({"config": {"dtype": "float16"}}, {"config": {"dtype": "float64"}}, "Sequential()"),
        ({"config": {"dtype": "float16"}}, {"config": {"dtype": "float64"}}, "SpatialDropout1D"),
        ({"config": {"axis": [1]}, "shape": [None, 2]},
         {"config": {"axis": -7}, "shape": [None, 2]}, "BatchNormalization()"),
        ({"config": {"alpha": np.float32(0.5)}}, {"config": {"alpha": 0.6}}, DENSE),
        ({"config": {"name": "model"}}, {"config": {"name": "other"}}, DENSE),
        ({"config": {"name": "lstm"}}, {"config": {"name": "backward_lstm"}}, "Bidirectional("),
        ({"config": {"name": "AdamW"}}, {"config": {"name": "adam"}}, DENSE),
        ({"config": {"name": None}}, {"config": {"name": "mine"}}, "schedules.CosineDecay"),
        ({"config": {"padding": "same"}}, {"config": {"padding": "VALID"}}, DENSE),
        ({"config": {"class_name": "Policy"}}, {"config": {"class_name": "Other"}}, DENSE),
        ({"config": {"module": "keras.mixed_precision"}}, {"config": {"module": "mine"}}, DENSE),
        ({"config": {"ema_overwrite_frequency": 100}},
         {"config": {"ema_overwrite_frequency": 99}}, DENSE),
        ({"config": {"activity_regularizer": None}},
         {"config": {"activity_regularizer": {}}}, "layers.SimpleRNN(2)"),
        ({"config": {}}, {"config": {"seed": 3}}, DENSE),
        ({"config": {}}, {"config": {"axis": 3}}, "class Own(layers.Layer):"),
        ({"history": {"a": 1, "b": 2}}, {"history": {"b": 2, "c": 1}}, "ReduceLROnPlateau"),
        ({"history": {"a": 1, "b": 2}}, {"history": {"b": 2, "a": 1}}, DENSE),
        ({"layers": [["input_1", 0]]}, {"layers": [["other", 0]]}, DENSE),
        ({"history": {"kullback_leibler_divergence": 1}}, {"history": {"other": 1}},
         "keras.metrics.KLDivergence()"),
        ({"config": {"output_layers": [["tf.add", 0, 0]]}, "layers": [["a", 0]]},
         {"config": {"output_layers": [["a", 0, 0]]}, "layers": [["a", 0]]}, DENSE),
        ({"trainable": ["own/Variable:0"]}, {"trainable": ["bias"]}, DENSE),
        ({"weights": [["a", [2], "float32", True]]},
         {"weights": [["a", [2], "float32", False]]}, DENSE),
        ({"config": {"inbound_nodes": [[["a", 0, 0, {}]]]}},
         {"config": {"inbound_nodes": [{"args": [{"keras_history": ["b", 0, 0]}],
                                        "kwargs": {}}]}}, DENSE),
        ({"losses": [ONES[0], TWOS[0]]}, {"losses": [TWOS[0]]}, DENSE),
        ({"parameters": 9}, {"parameters": 8}, DENSE),
        ({"shape": [None, 3]}, {"shape": [None, 4]}, DENSE),
    ],
)  # fmt: skip
def test_any_other_difference_counts(ours: Any, theirs: Any, script: str) -> None:
    assert "" in sentences(ours, theirs, script)


OF_OPERATIONS = {"layers": [["a", 3], ["tf.math.add", 0], ["b", 4]], "shapes": [[2], [9], [3]]}


def test_operations_are_not_layers_but_the_layers_are_the_same() -> None:
    theirs = {"layers": [["a", 3], ["b", 4]], "shapes": [[2], [3]]}
    assert set(sentences(OF_OPERATIONS, theirs)) == {OPERATIONS}
    assert "" in sentences(OF_OPERATIONS, theirs | {"shapes": [[2], [4]]})
    assert "" in sentences(OF_OPERATIONS, theirs | {"layers": [["a", 3], ["c", 4]]})
    assert "" in sentences(OF_OPERATIONS, theirs | {"layers": [["a", 3]]})


@pytest.mark.parametrize("one", REWRITINGS, ids=lambda one: one.words[0])
def test_numbers_of_another_formula_are_computed_again(one: Any) -> None:
    script = f"model.compile({one.words[0]}"
    assert one.concerns(script)
    assert rewritten(script) != script
    name = one.results[0]
    ours, theirs = {name: [ONES]}, {name: [TWOS]}
    assert sentences(ours, theirs, script, again={name: [TWOS]}) == [one.sentence]
    assert sentences(ours, theirs, script, again={name: [3 * ONES]}) == [""]
    assert sentences(ours, theirs, script) == [""]
    if one.unless:
        assert not one.concerns(script + one.unless)


MODEL = """
model = keras.Sequential([layers.Dense(1, use_bias=False)])
model(x)
model.set_weights([np.full((2, 1), 0.5, np.float32)])
model.compile(optimizer={optimizer}, loss='mse')
model.fit(x, x[:, :1], batch_size=2, epochs=2, shuffle=False, verbose=0)
found['weights'] = model.get_weights()
"""


def left_by(script: str) -> dict[str, Any]:
    """What a script leaves on our stack."""
    keras = load("densetrace").keras
    names = {"np": np, "tf": tensorflow, "keras": keras, "layers": keras.layers, "found": {}}
    names["x"] = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 1.0], [-1.0, 0.0]], np.float32)
    exec(script, names)  # a script of this test
    return dict(plain(names["found"]))


def left_as_in_keras_3(script: str) -> dict[str, Any]:
    return left_by(rewritten(script))


def test_the_hard_sigmoid_of_keras_3() -> None:
    found = left_as_in_keras_3("found['output'] = layers.Activation('hard_sigmoid')(3.0 * x)")
    np.testing.assert_allclose(found["output"][:2], [[1.0, 0.0], [0.75, 1.0]], rtol=1e-6)


def test_add_takes_a_tensor_for_a_bias_as_in_keras_3() -> None:
    column = "tf.constant([[[1.0], [2.0]], [[3.0], [4.0]]])[0]"
    found = left_as_in_keras_3(f"found['output'] = layers.Add()([0.0 * x[:2], {column}])")
    np.testing.assert_array_equal(found["output"], [[1.0, 2.0], [1.0, 2.0]])


@pytest.mark.parametrize(("steps", "size", "runs"), [(1, 1, 1), (1, 2, 2), (1, 10, 2), (2, 3, 2)])
def test_an_epoch_has_whole_executions_as_in_keras_3(steps: int, size: int, runs: int) -> None:
    script = MODEL.format(optimizer="'sgd'").replace("loss=", f"steps_per_execution={size}, loss=")
    script = script.replace("epochs=2", f"steps_per_epoch={steps}")
    script += "found['runs'] = model.optimizer.iterations.numpy()"
    assert left_as_in_keras_3(script)["runs"] == runs


def test_each_time_step_is_normalized_as_in_keras_3() -> None:
    layer = "layers.TimeDistributed(layers.BatchNormalization())"
    found = left_as_in_keras_3(f"found['training'] = {layer}(x[:, :, None], training=True)")
    np.testing.assert_allclose(found["training"].mean(axis=0), 0, atol=1e-6)


def test_axes_are_sorted_as_in_keras_3() -> None:
    layer = "layers.LayerNormalization(axis=[1, -1])"
    found = left_as_in_keras_3(f"l = {layer}\nl.build((2, 3, 4))\nfound['shape'] = l.gamma.shape")
    assert found["shape"] == [4, 3]


@pytest.mark.parametrize(
    "optimizer",
    ["keras.optimizers.Lion()", "'nadam'", "keras.optimizers.SGD(0.1, use_ema=True)"],
)
def test_optimizers_of_keras_3_compute_other_weights(optimizer: str) -> None:
    script = MODEL.format(optimizer=optimizer)
    ours, theirs = (left(script)["weights"][0] for left in (left_by, left_as_in_keras_3))
    assert not np.allclose(ours, theirs, rtol=0, atol=1e-6)


def test_a_rule_needs_both_values() -> None:
    for rule in RULES:
        assert not rule.holds(ONES, np.full((3, 3), 7, np.float64)), rule.sentence
        assert not rule.holds("one", "another"), rule.sentence
        assert not rule.holds(3, 4), rule.sentence


def test_a_key_of_one_config_is_known_with_its_value() -> None:
    wrong = object()
    for key in OLD:
        assert not have_known_keys({key: wrong}, {}), key
    for key in NEW:
        assert not have_known_keys({}, {key: wrong}), key
    assert have_known_keys({"alpha": 0.30000001192092896}, {"negative_slope": 0.3})
    assert not have_known_keys({"alpha": 0.3}, {"negative_slope": 0.4})
    assert not have_known_keys({"units": 3}, {})


def test_axes_and_dtypes() -> None:
    assert same_axes([2], -1, frozenset((3,)))
    assert not same_axes(1, -7, frozenset((2, 3, 4)))
    assert same_but_for_dtype(ONES, ONES.astype("float16"))
    assert not same_but_for_dtype(ONES, TWOS.astype("float16"))
    assert not same_but_for_dtype(ONES, np.ones((2, 1), np.float16))
    assert not same_but_for_dtype(ONES, np.ones(2, np.int32))


def test_penalties_may_have_another_order_and_fewer_where_nothing_learns() -> None:
    ours, theirs = {"losses": [ONES, TWOS]}, {"losses": [TWOS, ONES]}
    assert set(sentences(ours, theirs)) == {PENALTIES}
    frozen = "layers.Dense(3, trainable=False)"
    assert set(sentences(ours, {"losses": [ONES]}, frozen)) == {FROZEN}


def test_only_the_weights_of_a_frozen_layer_are_not_trainable() -> None:
    names = ("a/kernel:0", "b/kernel:0")
    layers = [{"config": {"name": "a", "trainable": False}}, {"config": {"name": "b"}}]
    ours, theirs = (
        {"config": {"layers": layers}, "weights": [[name, [2], "float32", flag] for name in names]}
        for flag in (True, False)
    )
    assert sentences(ours, theirs, "layers.Dense(3, trainable=False)") == [FROZEN, ""]
    assert sentences(ours, theirs) == ["", ""]


def test_the_variables_of_an_optimizer_are_compared_by_their_numbers() -> None:
    momentum, step = np.array([0.5, 0.25], np.float32), np.asarray(3)
    rate = np.asarray(0.01, np.float32)
    script = "model.compile('sgd')"
    ours = {"optimizer": [["iteration:0", step], ["SGD/m/kernel:0", momentum]]}
    theirs = {"optimizer": [["iteration", step], ["learning_rate", rate], ["kernel_m", momentum]]}
    assert set(sentences(ours, theirs, script)) == {STATE}
    assert "" in sentences(ours, theirs, "model.compile(keras.optimizers.SGD(learning_rate=77.0))")
    unused = {"optimizer": [*ours["optimizer"], ["SGD/m/bias:0", np.zeros(2, np.float32)]]}
    assert set(sentences(unused, theirs, script)) == {STATE}
    wrong = {
        "optimizer": [["iteration", step], ["learning_rate", rate], ["kernel_m", 2 * momentum]]
    }
    assert "" in sentences(ours, wrong, script)
    both = {"optimizer": [["lr", np.asarray(0.1)]]}, {"optimizer": [["lr", np.asarray(77.0)]]}
    assert "" in sentences(*both, script)


def test_only_plain_sgd_of_keras_2_keeps_its_last_updates() -> None:
    script = "model.compile(optimizer=keras.optimizers.SGD())"
    rate = np.asarray(np.float32(0.01))
    ours = {"optimizer": [["iteration:0", np.asarray(4)], ["SGD/m/kernel:0", ONES]]}
    theirs = {"optimizer": [["iteration", np.asarray(4)], ["learning_rate", rate]]}
    assert set(sentences(ours, theirs, script)) == {UPDATES}
    later = {"optimizer": [["iteration", np.asarray(5)], ["learning_rate", rate]]}
    assert "" in sentences(ours, later, script)
    for other in (script.replace("SGD()", "SGD(momentum=0.9)"), script.replace("SGD", "Adam")):
        assert "" in sentences(ours, theirs, other)


def test_an_end_needs_a_reason_unless_both_raise() -> None:
    assert end_explained("", "AttributeError: no attribute 'ThresholdedReLU'")
    assert end_explained(f"TypeError: {CLASS}", "")
    assert not end_explained("", "ValueError: Input 0 of layer dense is incompatible")
    assert not end_explained("ValueError: no attribute 'ThresholdedReLU'", "")
    assert end_explained("ValueError: a", "ValueError: b") == ""
    assert end_explained("ValueError: a", "TypeError: b") == OTHER_TYPE
    for fault in OUR_FAULTS:
        assert not end_explained(f"{fault}: a", "TypeError: b")
    assert end_explained(f"NotImplementedError: Layer Own {NO_FAULT}", "TypeError: b") == OTHER_TYPE
    for end in ENDS:
        assert not end_explained("", f"ValueError: {end.ours or 'another'}")
        assert not end_explained(f"AssertionError: {(*end.ours, *end.theirs)[0]}", "")


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


@pytest.mark.parametrize(
    ("dtype", "moved"), [("float32", 1e-6), ("float16", 1e-2)], ids=["single", "half"]
)
def test_inputs_move_by_their_rounding_error(dtype: str, moved: float) -> None:
    script = f"found['x'] = numbers(4, 3, dtype='{dtype}')"
    names: dict[str, Any] = {"np": np}
    exec(HELPERS, names)
    before = names["numbers"](4, 3, dtype=dtype)
    names["SHIFT"] = rounding(script)
    after = names["numbers"](4, 3, dtype=dtype)
    assert 0 < np.abs(after.astype(float) - before.astype(float)).max() < moved


def test_numbers_that_rounding_moves_as_far_are_no_difference() -> None:
    ours, theirs = {"gradients": [ONES]}, {"gradients": [ONES + 1e-4]}
    assert len(list(differences(ours, theirs, SINGLE))) == 1
    assert not list(differences(ours, theirs, SINGLE, moves=[{"gradients": [ONES + 1e-5]}]))
    assert len(list(differences(ours, theirs, SINGLE, moves=[{"gradients": [ONES + 1e-6]}]))) == 1
