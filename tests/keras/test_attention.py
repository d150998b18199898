"""Attention, EinsumDense, and the layers that normalize and encode compute what a real Keras 2.14
computed, eagerly and in graphs."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace
import densetrace.keras as keras
import densetrace.tensorflow as tf
from densetrace.keras import layers
from tests.keras import attention_cases as cases
from tests.keras.record_attention import FILE

RECORDED = json.loads(FILE.read_text("utf-8"))["cases"]

WAYS = {"eager": lambda function: function, "graph": tf.function}


def _same(found: Any, recorded: Any) -> None:
    if isinstance(recorded, list) and any(isinstance(one, list | None) for one in recorded):
        for one, expected in zip(found, recorded, strict=True):
            _same(one, expected)
    elif recorded is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, recorded, rtol=5e-5, atol=5e-5)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("code", "call"), cases.CALLS)
def test_outputs_masks_and_gradients_are_those_of_keras(code: str, call: str, way: str) -> None:
    found = cases.computed(code, call, keras, tf, WAYS[way])
    recorded = RECORDED[f"{code}({call})"]
    assert found["names"] == recorded["names"]
    for name in ("outputs", "losses", "gradients"):
        _same(found[name], recorded[name])
    if way == "eager":  # a graph function returns tensors without masks
        _same(found["masks"], recorded["masks"])


@pytest.mark.parametrize(("code", "given"), cases.ENCODED)
def test_numbers_become_the_vectors_of_keras(code: str, given: Any) -> None:
    assert cases.encoded(code, given, keras) == RECORDED[f"{code}({given})"]


@pytest.mark.parametrize(("code", "data"), cases.ADAPTED)
def test_adapt_computes_what_that_of_keras_computes(code: str, data: str) -> None:
    _same(cases.adapted(code, data, keras, tf), RECORDED[f"{code}.adapt({data})"])


@pytest.mark.parametrize("code", cases.MISTAKES)
def test_a_mistake_raises_what_keras_raises(code: str) -> None:
    assert cases.mistaken(code, keras, tf) == RECORDED[code]


def test_an_encoder_is_trained_as_in_keras() -> None:
    _same(cases.trained(keras, tf), RECORDED["trained"])


@pytest.mark.parametrize(("code", "call"), cases.CALLS)
def test_a_layer_comes_back_from_its_config(code: str, call: str) -> None:
    layer = eval(f"layers.{code}", {"layers": layers})
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()


def test_an_attention_that_was_called_comes_back_with_its_inner_layers() -> None:
    layer = layers.MultiHeadAttention(2, 3, value_dim=4)
    layer(cases.DATA["q"], cases.DATA["v"], cases.DATA["wide"])
    again = layers.MultiHeadAttention.from_config(layer.get_config())
    assert again._query_dense.equation == layer._query_dense.equation
    assert again.get_config() == layer.get_config()
    again(cases.DATA["q"], cases.DATA["v"], cases.DATA["wide"])
    assert [one.shape for one in again.weights] == [one.shape for one in layer.weights]


def test_an_attention_without_shapes_is_created_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = layers.MultiHeadAttention(2, 3).get_config()
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        assert layers.MultiHeadAttention.from_config(config).weights == []
    assert "created without weights" in caplog.text


def test_each_projection_has_initial_weights_of_its_own() -> None:
    layer = layers.MultiHeadAttention(2, 3)
    layer(cases.DATA["q"], cases.DATA["q"])
    kernels = [layer._query_dense.kernel, layer._key_dense.kernel, layer._value_dense.kernel]
    assert len({one.numpy().tobytes() for one in kernels}) == 3


def test_scores_are_dropped_in_training_only() -> None:
    q, v = cases.DATA["q"], cases.DATA["v"]
    for layer in (layers.Attention(dropout=0.5), layers.AdditiveAttention(dropout=0.5)):
        plain = layer([q, v], return_attention_scores=True)[1].numpy()
        dropped = layer([q, v], training=True, return_attention_scores=True)[1].numpy()
        assert np.all((dropped == 0) | np.isclose(dropped, 2 * plain, rtol=1e-4))
        assert 0 < np.count_nonzero(dropped == 0) < dropped.size
    heads = layers.MultiHeadAttention(2, 3, dropout=0.5)
    output, scores = heads(q, v, return_attention_scores=True)
    trained, whole = heads(q, v, training=True, return_attention_scores=True)
    np.testing.assert_allclose(whole, scores)  # Keras returns the scores before the dropout
    assert np.abs(trained - output).max() > 1e-4


def test_a_subclass_computes_attention_in_its_own_way() -> None:
    class Mean(layers.MultiHeadAttention):  # type: ignore[misc] # resolved on demand
        def _compute_attention(
            self, query: Any, key: Any, value: Any, attention_mask: Any = None, training: Any = None
        ) -> Any:
            mean = tf.reduce_mean(value, axis=1, keepdims=True)
            return tf.zeros_like(query) + mean, None

    output = Mean(2, 3)(cases.DATA["q"], cases.DATA["v"]).numpy()
    np.testing.assert_allclose(output, output[:, :1] * np.ones((1, 4, 1)), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "mixed_float16"])
def test_half_precision_has_the_dtypes_of_keras(dtype: str) -> None:
    q, v = cases.DATA["q"], cases.DATA["v"]
    for layer, given in (
        (layers.MultiHeadAttention(2, 3, dtype=dtype), (q, v)),
        (layers.Attention(use_scale=True, dtype=dtype), ([q, v],)),
        (layers.GroupNormalization(3, dtype=dtype), (q,)),
        (layers.EinsumDense("abc,cd->abd", (None, 2), dtype=dtype), (q,)),
    ):
        assert layer(*given).dtype == tf.float16
        kept = tf.float16 if dtype == "float16" else tf.float32
        assert {one.dtype for one in layer.weights} == {kept}
    causal, scores = layers.MultiHeadAttention(2, 3, dtype=dtype)(
        q, q, use_causal_mask=True, return_attention_scores=True
    )
    assert np.all(np.isfinite(causal))
    assert np.all(np.triu(scores.numpy(), 1) == 0)


def _encoder() -> Any:
    tokens = keras.Input((None,), dtype="int32")
    hidden = layers.Embedding(9, 6, mask_zero=True)(tokens)
    found, scores = layers.MultiHeadAttention(2, 3)(
        hidden, hidden, use_causal_mask=True, return_attention_scores=True
    )
    assert scores.shape.as_list() == [None, 2, None, None]
    hidden = layers.Attention(use_scale=True)([found, hidden])
    hidden = layers.AdditiveAttention()([hidden, hidden])
    hidden = layers.EinsumDense("...a,ab->...b", 4, bias_axes="b")(hidden)
    return keras.Model(tokens, layers.Dense(2)(layers.GlobalMaxPooling1D()(hidden)))


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_model_with_attention_is_saved_and_loaded(tmp_path: Path, ending: str) -> None:
    if ending == "h5":
        pytest.importorskip("h5py")
    model = _encoder()
    x = np.array([[1, 2, 3, 0], [4, 5, 0, 0]])
    model.compile("sgd", "mse")
    model.fit(x, np.ones((2, 2)), verbose=0)
    path = str(tmp_path / f"model.{ending}")
    if ending == "h5":
        with pytest.warns(UserWarning, match="HDF5"):
            model.save(path)
    else:
        model.save(path)
    again = keras.models.load_model(path)
    np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5)
    copied = keras.models.model_from_json(model.to_json())
    copied.set_weights(model.get_weights())
    np.testing.assert_allclose(copied.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5)


def test_a_normalization_keeps_what_it_adapted_to_in_a_file(tmp_path: Path) -> None:
    data = cases.numbers(20, 3)
    layer = layers.Normalization()
    layer.adapt(data)
    model = keras.Sequential([keras.Input((3,)), layer])
    model.save(str(tmp_path / "model.keras"))
    again = keras.models.load_model(str(tmp_path / "model.keras"))
    np.testing.assert_allclose(again(data), (data - data.mean(0)) / data.std(0), rtol=1e-4)
    copied = keras.models.clone_model(model)
    assert np.abs(copied(data) - model(data)).max() > 0.1
    copied.set_weights(model.get_weights())
    np.testing.assert_allclose(copied(data), model(data))


def test_a_second_adapt_begins_anew_and_reset_state_forgets() -> None:
    layer = layers.Normalization()
    layer.adapt(np.full((4, 2), 9.0))
    layer.adapt(np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_allclose(layer.adapt_mean, [2, 3])
    assert int(layer.count) == 2
    layer.reset_state()
    assert (layer.is_adapted, int(layer.count)) == (False, 0)


@pytest.mark.parametrize(
    "settings", [{"run_eagerly": True}, {"steps_per_execution": 3}, {"steps_per_execution": 2}]
)
def test_adapt_gives_the_same_however_it_is_compiled(settings: dict[str, Any]) -> None:
    data = cases.numbers(10, 3)
    plain, compiled = layers.Normalization(), layers.Normalization()
    plain.adapt(data, batch_size=3)
    compiled.compile(**settings)
    compiled.adapt(data, batch_size=3)
    np.testing.assert_allclose(compiled.adapt_variance, plain.adapt_variance, rtol=1e-6)
    assert int(compiled.count) == 10


def test_the_projections_are_no_unused_initializers() -> None:
    text = densetrace.explain("MultiHeadAttention(2, 3)").tree()
    assert "Never used" not in text
    assert "Never used" in densetrace.explain("Dense(2, use_bias=False)").tree()


def test_the_sample_of_an_einsum_fits_its_equation() -> None:
    for arguments in (
        "'abc,cd->abd', (None, 4)",
        "'abc,cd->abd', (7, 4)",
        "'...x,xy->...y', 4",
        "'...ab,bc->...ac', (2, 3)",
        "'ab...,bc->ac...', 3",
        "'a,ab->ab', 2",
    ):
        trace = densetrace.explain(f"EinsumDense({arguments})")
        assert trace.stop is None, arguments
