"""The sentence that sums up a diff."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densetrace.api import explain, run, trace
from densetrace.data.trace import Trace
from densetrace.keras import backend
from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.layers.core.dense import Dense
from densetrace.keras.optimizers.sgd import SGD
from densetrace.study.diff import diff
from densetrace.study.diff_sentence import sentence


def sentence_of(left: str, right: str) -> str:
    return sentence(diff(explain(left, seed=1), explain(right, seed=1)))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (
            "Dense(64)",
            "Dense(64, activation='relu')",
            "activation='relu' sets negative outputs to 0. Inside Keras, this makes "
            "activations.get return relu instead of linear, and then applies relu. The weights are "
            "the same; the output has the same shape, but different numbers.",
        ),
        (
            "Dense(64)",
            "Dense(64, kernel_initializer='he_normal', kernel_regularizer='l2')",
            "kernel_initializer='he_normal' fills kernel with HeNormal instead of GlorotUniform, "
            "and kernel_regularizer='l2' adds a penalty on kernel to the loss. Inside Keras, this "
            "makes initializers.get find HeNormal instead of GlorotUniform and regularizers.get "
            "return L2 instead of None. The weights and the output have the same shapes, but "
            "different numbers.",
        ),
        (
            "Dense(64)",
            "Dense(32)",
            "units=32 instead of 64 gives kernel the shape [3, 32] instead of [3, 64] and bias the "
            "shape [32] instead of [64]. The second returns f32[2,32] instead of f32[2,64] and has "
            "128 parameters instead of 256.",
        ),
        (
            "Dense(4)",
            "Dense(4, use_bias=False)",
            "use_bias=False omits the weight bias (4 parameters). Inside Keras, this skips "
            "bias_add. The second has 12 parameters instead of 16. The output is the same.",
        ),
        (
            "Dense(4, use_bias=False)",
            "Dense(4)",
            "Without use_bias=False, use_bias is True, which adds the weight bias (4 parameters). "
            "Inside Keras, this also runs bias_add. The second has 16 parameters instead of 12. "
            "The output is the same.",
        ),
        (
            "Dense(3, kernel_regularizer=L2(0.01))",
            "Dense(3, kernel_regularizer=L2(0.02))",
            "kernel_regularizer=L2(l2=0.02) instead of L2(l2=0.01) changes the penalty on kernel. "
            "The weights and the output are the same.",
        ),
        (
            "Dropout(0.5)",
            "Dropout(0.2)",
            "rate=0.2 instead of 0.5 drops 20% of the inputs in training instead of 50%. The "
            "output is the same.",
        ),
        (
            "Dense(4)",
            "Dense(4, activation='nope')",
            "activation='nope' makes activations.get reject 'nope' instead of returning linear for "
            "None. The run stops there.",
        ),
        (
            "Dense(4, activation='nope')",
            "Dense(4)",
            "Leaving out activation='nope' makes activations.get return linear for None instead of "
            "rejecting 'nope'. The run no longer stops there.",
        ),
        (
            "Dense(4, activation='nope')",
            "Dense(4, activation='nada')",
            "activation='nada' instead of 'nope' makes activations.get reject 'nada' instead of "
            "rejecting 'nope'. Both runs stop there.",
        ),
        (
            "Dense(4, kernel_regularizer='l2')",
            "Dense(4, kernel_regularizer='nope')",
            "kernel_regularizer='nope' instead of 'l2' makes reading layer.losses fail. Inside "
            "Keras, this makes regularizers.get return 'nope' unchanged instead of finding L2 "
            "through serialization_lib. The weights and the output are the same.",
        ),
        (
            "Dense(4, kernel_regularizer='nope')",
            "Dense(4, kernel_regularizer='l2')",
            "kernel_regularizer='l2' instead of 'nope' adds a penalty on kernel to the loss. "
            "Inside Keras, this makes regularizers.get find L2 through serialization_lib instead "
            "of returning 'nope' unchanged. The weights and the output are the same.",
        ),
        (
            "Dense(64)",
            "Dense(units=64)",
            "Both do the same; only how the arguments are passed differs. The weights and the "
            "output are the same.",
        ),
        (
            "Dense(4)",
            "Sequential([Dense(4)])",
            "The second puts dense into a Sequential model. The model calls it first on symbolic "
            "tensors, then on the data. Besides the steps of dense, there are 14 for the model "
            "itself. The weights and the output are the same.",
        ),
        (
            "Sequential([Dense(4)])",
            "Sequential([Dense(4), Dense(2)])",
            "One more Dense(units=2) adds dense_1, which turns f32[2,4] into f32[2,2] with 10 "
            "parameters. The second returns f32[2,2] instead of f32[2,4] and has 26 parameters "
            "instead of 16.",
        ),
    ],
)
def test_it_says_what_was_written_and_what_that_means(left: str, right: str, expected: str) -> None:
    assert sentence_of(left, right) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("adam", 1), ("sgd", 1), "optimizer='sgd' instead of 'adam' updates the weights with sgd"),
        (("sgd", 1), ("sgd", 2), "epochs=2 trains for 2 epochs instead of 1."),
        ((SGD(0.1), 1), (SGD(0.2), 1), "learning_rate=0.2 instead of 0.1 changes how each"),
    ],
)
def test_of_two_trainings_it_says_which_setting_differs(
    left: tuple[Any, int], right: tuple[Any, int], expected: str
) -> None:
    traces = []
    for optimizer, epochs in (left, right):
        backend.clear_session()
        with trace() as found:
            model = Sequential([Dense(1, input_shape=(3,))])
            model.compile(optimizer, "mse")
            model.fit(np.ones((4, 3), "float32"), np.ones((4, 1)), epochs=epochs, verbose=0)
        traces.append(found)
    assert sentence(diff(*traces)).startswith(expected)


def test_the_same_is_said_to_be_the_same() -> None:
    steps = sum(1 for _ in explain("Dense(4)").walk())
    assert sentence_of("Dense(4)", "Dense(4)") == (f"The two traces are the same: {steps} steps.")


def test_an_input_that_differs_is_a_cause() -> None:
    found = diff(explain("Dense(4)"), explain("Dense(4)", input_shape=(None, 5)))
    assert sentence(found).startswith(
        "An input of f32[2,5] instead of f32[2,3] gives kernel the shape [5, 4] instead of [3, 4]."
    )


def test_of_several_objects_it_says_whose_attribute_it_is() -> None:
    assert "gives kernel of dense_1 the shape [4, 3] instead of [4, 2]" in sentence_of(
        "Sequential([Dense(4), Dense(2)])", "Sequential([Dense(4), Dense(3)])"
    )


def test_too_many_changes_are_counted() -> None:
    text = sentence_of(
        "Dense(4)",
        "Dense(3, activation='relu', use_bias=False, kernel_initializer='zeros', dtype='float64')",
    )
    assert "activation='relu'" in text
    assert "more changes" in text
    assert text.endswith(
        "The second returns f64[2,3] instead of f32[2,4] and has 9 parameters instead of 16."
    )


def test_a_second_trace_that_was_written_the_same_is_called_the_second() -> None:
    whole = explain("Dense(4)")
    shorter = Trace(whole.source, whole.engine, whole.outcome, whole.steps[:-1])
    assert sentence(diff(whole, shorter)).startswith("The second skips the call of dense")


@pytest.mark.parametrize("reverse", [False, True])
def test_only_a_sentence_begins_with_a_capital_letter(reverse: bool) -> None:
    one, other = "Sequential([Dense(4, name='a'), Dense(3)])", "Sequential([Dense(4, 'relu')])"
    text = sentence_of(other, one) if reverse else sentence_of(one, other)
    left_out = "leaving out activation='relu'" if reverse else "leaving out name='a'"
    assert f"Inside Keras, {left_out}" in text
    assert text.startswith(left_out.capitalize())


def test_another_engine_is_called_by_its_name() -> None:
    trace = explain("Dense(4)")
    other = Trace(trace.source, {"name": "tf_keras"}, trace.outcome, trace.steps[:-1])
    assert sentence(diff(trace, other)).startswith("tf_keras skips the call of dense")


SCRIPT = """\
import numpy as np
from tensorflow import keras
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse")
model.fit(np.ones((8, 3), "float32"), np.ones((8, 1), "float32"), epochs=2, verbose=0)
"""


def sentence_of_scripts(folder: Path, replaced: str, by: str) -> str:
    traces = []
    for number, text in enumerate((SCRIPT, SCRIPT.replace(replaced, by))):
        path = folder / f"{number}.py"
        path.write_text(text)
        traces.append(run(path).trace)
    return sentence(diff(*traces))


@pytest.mark.parametrize(
    ("replaced", "by", "expected"),
    [
        ("np.ones((8, 1)", "np.zeros((8, 1)", "Other data for y changes the numbers of the"),
        ('"relu"', '"tanh"', "activation='tanh' instead of 'relu' squeezes each output of dense"),
        (
            '"relu"',
            '"linear"',
            "activation='linear' instead of 'relu' applies no activation to the",
        ),
        ("epochs=2", "epochs=3", "epochs=3 instead of 2 trains for 3 epochs instead of 2."),
        ("Dense(4,", "Dense(8,", "units=8 instead of 4 gives kernel of dense the shape [3, 8]"),
    ],
)
def test_of_two_scripts(tmp_path: Path, replaced: str, by: str, expected: str) -> None:
    text = sentence_of_scripts(tmp_path, replaced, by)
    assert text.startswith(expected)
    assert "The second" in text
    assert "ends with loss" in text
    if "units" not in text:
        assert "The initial weights are the same; training ends with different weights." in text


def test_of_two_scripts_with_other_seeds(tmp_path: Path) -> None:
    text = sentence_of_scripts(tmp_path, "set_random_seed(1)", "set_random_seed(2)")
    assert "Each run draws its own random numbers." in text
    assert "weights are the same" not in text


def test_where_only_numbers_differ_it_says_which() -> None:
    one, other = explain("Dense(4)", seed=1), explain("Dense(4)", seed=2)
    steps = len(one.order.steps)
    assert sentence(diff(one, other)) == (
        f"Both take the same {steps} steps; only numbers differ, those of the weights and outputs. "
        "Each run draws its own random numbers."
    )
