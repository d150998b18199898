"""Recurrent layers compute what a real Keras 2.14 computed, eagerly and in graphs."""

import copy
import json
from typing import Any

import numpy as np
import pytest

import densetrace
import densetrace.keras as keras
import densetrace.tensorflow as tf
from densetrace.data.values import Tensor
from densetrace.keras import layers
from densetrace.keras.engine.base_layer import Layer
from densetrace.render.plain import render_text
from tests.keras import recurrent_cases as cases
from tests.keras.record_recurrent import FILE

RECORDED = json.loads(FILE.read_text("utf-8"))["cases"]

WAYS = {"eager": lambda function: function, "graph": tf.function}


def _same(found: Any, recorded: Any) -> None:
    if isinstance(recorded, list) and any(isinstance(one, list) for one in recorded):
        for one, expected in zip(found, recorded, strict=True):
            _same(one, expected)
    else:
        np.testing.assert_allclose(found, recorded, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("code", cases.LAYERS)
def test_outputs_and_gradients_are_those_of_keras(code: str, masked: bool, way: str) -> None:
    found = cases.computed(code, masked, keras, tf, WAYS[way])
    recorded = RECORDED[f"{code}, masked={masked}"]
    _same(found["outputs"], recorded["outputs"])
    _same(found["gradients"], recorded["gradients"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", cases.STEPS)
def test_the_loop_returns_what_that_of_keras_returns(code: str, way: str) -> None:
    _same(cases.stepped(code, keras, tf, WAYS[way]), RECORDED[code])


@pytest.mark.parametrize("code", cases.MISTAKES)
def test_a_mistake_raises_what_keras_raises(code: str) -> None:
    assert cases.mistaken(code, keras, tf) == RECORDED[code]


@pytest.mark.parametrize("code", cases.TRAININGS)
def test_a_training_gives_what_keras_gave(code: str) -> None:
    _same(cases.trained(code, keras), RECORDED[f"trained: {code}"])


def test_the_states_of_a_stateful_layer_go_on_with_the_next_batch() -> None:
    _same(cases.stateful(keras, tf), RECORDED["stateful"])


@pytest.mark.parametrize("code", cases.LAYERS)
def test_a_layer_comes_back_from_its_config(code: str) -> None:
    layer = cases.made(code, layers)
    again = type(layer).from_config(copy.deepcopy(layer.get_config()))
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "code",
    [
        "LSTM(4, dropout=0.5, recurrent_dropout=0.5)",
        "LSTM(4, dropout=0.5)",
        "GRU(4, dropout=0.5, recurrent_dropout=0.5, reset_after=False)",
        "GRU(4, dropout=0.5)",
        "SimpleRNN(4, dropout=0.5, recurrent_dropout=0.5)",
    ],
)
def test_dropout_acts_in_training_only_and_a_graph_trains_with_it(code: str) -> None:
    layer = cases.built(code, layers)
    plain = cases.built(code.replace("0.5", "0.0"), layers)
    np.testing.assert_allclose(layer(cases.X), plain(cases.X), rtol=1e-5)
    assert np.abs(layer(cases.X, training=True) - plain(cases.X)).max() > 1e-3
    model = keras.Sequential([layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model(cases.X).numpy()
    model.fit(cases.X, cases.numbers(3, 1), batch_size=1, epochs=2, verbose=0)
    assert np.abs(model(cases.X) - before).max() > 1e-4
    assert copy.deepcopy(layer)(cases.X).shape == (3, 4)


class Noisy(Layer):
    """A cell that draws random numbers: output = state = state + w * noise."""

    state_size = 2

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight("w", shape=(2,), initializer="ones")
        self.built = True

    def call(self, inputs: Any, states: Any) -> Any:
        output = states[0] + self.w * tf.random.uniform(tf.shape(inputs))
        return output, [output]


def test_the_gradient_of_a_loop_takes_the_numbers_that_it_drew() -> None:
    layer = layers.RNN(Noisy())

    @tf.function  # type: ignore[untyped-decorator]
    def run(x: Any) -> Any:
        with tf.GradientTape() as tape:
            y = layer(x)
        return y, tape.gradient(y, layer.trainable_weights[0])

    layer(cases.X)
    for _ in range(3):
        y, gradient = run(tf.constant(cases.X))
        np.testing.assert_allclose(gradient, np.sum(y, axis=0), rtol=1e-5)


def test_a_saved_model_comes_back_with_the_weights_of_its_cells(tmp_path: Any) -> None:
    model = keras.Sequential(
        [
            layers.LSTM(3, return_sequences=True, input_shape=(5, 2)),
            layers.Bidirectional(layers.GRU(2, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(2)),
            layers.RNN([layers.SimpleRNNCell(2), layers.LSTMCell(2)]),
        ]
    )
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(cases.X), model(cases.X), rtol=1e-5)
    assert [one.name for one in again.weights] == [one.name for one in model.weights]


def test_a_call_is_at_the_line_that_calls_and_copies_have_the_names_of_keras() -> None:
    keras.backend.clear_session()
    with densetrace.trace() as trace:
        layer = layers.Bidirectional(layers.LSTM(2))
        layer(cases.X)
    calls = [step for step in trace.walk() if step.kind == "invoke"]
    assert [step.subject for step in calls] == ["bidirectional", "forward_lstm", "backward_lstm"]
    files = [step.where.file.rpartition("/")[2] for step in calls if step.where is not None]
    assert files == ["test_recurrent.py", "bidirectional.py", "bidirectional.py"]


@pytest.mark.parametrize(
    ("code", "shape", "formula"),
    [
        ("LSTM(4)", (2, 4), "lstm(x) = h after the last time step"),
        ("TimeDistributed(GRU(2))", (2, 4, 2), "layer(x_t) for each time step x_t of x"),
        ("Bidirectional(GRU(2), merge_mode='ave')", (2, 2), "+ backward_layer(x)) / 2"),
        ("Sequential([SimpleRNN(2), Dense(1)])", (2, 1), ""),
    ],
)
def test_a_sample_has_time_steps(code: str, shape: tuple[int, ...], formula: str) -> None:
    trace = densetrace.explain(code)
    output = trace.outcome["output"]
    assert isinstance(output, Tensor)
    assert output.shape == shape
    assert formula in " ".join(render_text(trace).split())


def test_a_cell_gets_states() -> None:
    shown = {
        cell: " ".join(render_text(densetrace.explain(f"{cell}(2)")).split())
        for cell in ("LSTMCell", "SimpleRNNCell", "GRUCell")
    }
    assert "into (f32[2,2], [f32[2,2], f32[2,2]])." in shown["LSTMCell"]
    assert "c = sigmoid(f) * c + sigmoid(i) * tanh(g)" in shown["LSTMCell"]
    assert "into (f32[2,2], [f32[2,2]])." in shown["SimpleRNNCell"]
    assert "h = z * h + (1 - z) * tanh(xg + r * hg)" in shown["GRUCell"]
