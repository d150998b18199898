"""Attention, EinsumDense, and the layers that normalize and encode, on some data, on any stack.

Both stacks run them: `python -m tests.keras.record_attention` on a real Keras 2.14,
`tests/keras/test_attention.py` on ours. A result is nested lists of numbers with 5 digits.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np


def numbers(*shape: int, seed: int = 0) -> Any:
    """Numbers between -1 and 1, f32[*shape]."""
    return np.random.RandomState(seed).uniform(-1, 1, shape).round(3).astype("float32")


DATA = {
    "q": numbers(2, 4, 3), "v": numbers(2, 5, 3, seed=1), "k": numbers(2, 5, 3, seed=2),
    "wide": numbers(2, 5, 6, seed=3), "x": numbers(2, 4, 3, seed=4),
    "images": numbers(2, 3, 4, 6, seed=5),
}  # fmt: skip
MASK = np.array([[[1, 0, 1, 1, 1]] * 4, [[1, 1, 0, 0, 0]] * 4], bool)
Q_MASK = np.array([[1, 1, 0, 1], [1, 0, 0, 0]], bool)
V_MASK = np.array([[1, 1, 0, 0, 1], [1, 1, 1, 1, 0]], bool)

CALLS = (
    ("MultiHeadAttention(2, 3)", "q, v"),
    ("MultiHeadAttention(2, 3)", "q, v, wide, return_attention_scores=True"),
    ("MultiHeadAttention(3, 2, value_dim=4, output_shape=5)", "q, v, use_causal_mask=True"),
    ("MultiHeadAttention(2, 3, use_bias=False)", "q, v, attention_mask=mask"),
    (
        "MultiHeadAttention(2, 3, dropout=0.5, output_shape=(2, 3))",
        "q, v, attention_mask=mask, use_causal_mask=True, return_attention_scores=True",
    ),
    ("MultiHeadAttention(2, 2, attention_axes=(1, 2))", "images, images"),
    ("MultiHeadAttention(2, 2, attention_axes=2)", "images, images"),
    (
        "MultiHeadAttention(2, 3, kernel_regularizer='l2', activity_regularizer='l1')",
        "masked(q, q_mask), masked(v, v_mask), masked(k, v_mask), return_attention_scores=True",
    ),
    ("MultiHeadAttention(2, 3)", "masked(q, q_mask), masked(q, q_mask), use_causal_mask=True"),
    ("MultiHeadAttention(2, 3, dtype='float64')", "q, v, return_attention_scores=True"),
    ("Attention()", "[q, v]"),
    ("Attention(use_scale=True)", "[q, v, k], return_attention_scores=True"),
    ("Attention(score_mode='concat')", "[q, v, k], use_causal_mask=True"),
    ("Attention(score_mode='concat', use_scale=True)", "[q, v], mask=[q_mask, v_mask]"),
    ("Attention(causal=True, dropout=0.5)", "[q, v], mask=[None, v_mask]"),
    ("AdditiveAttention()", "[q, v, k], return_attention_scores=True"),
    ("AdditiveAttention(use_scale=False)", "[masked(q, q_mask), masked(v, v_mask)]"),
    ("AdditiveAttention(dropout=0.5)", "[q, v], use_causal_mask=True"),
    ("EinsumDense('abc,cd->abd', (None, 5), bias_axes='d', activation='tanh')", "x"),
    ("EinsumDense('abc,cde->abde', (None, 5, 2), bias_axes='e')", "x"),
    ("EinsumDense('abc,bd->adc', (6, 3), bias_axes='dc', kernel_regularizer='l2')", "x"),
    ("EinsumDense('abc,abd->acd', (3, 2))", "x"),
    ("EinsumDense('abc,c->ab', 4, bias_axes='b')", "x"),
    ("EinsumDense('...x,xy->...y', 4, bias_axes='y')", "images"),
    ("EinsumDense('...xc,xy->...yc', (5, 6), bias_axes='y')", "images"),
    ("EinsumDense('ab...,bc->ac...', 5, bias_axes='c')", "images"),
    ("GroupNormalization(3)", "images"),
    ("GroupNormalization(2, axis=2, scale=False)", "images"),
    ("GroupNormalization(-1, axis=1, center=False, epsilon=0.1)", "images"),
    ("GroupNormalization(3)", "images, images > 0"),
    ("Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 0.0])", "x"),
    ("Normalization(axis=1, mean=0.5, variance=2.0, invert=True)", "x"),
    ("Softmax(axis=[1, 2])", "x"),
)
"""Layers, and the arguments with which they are called."""

ENCODED = (
    ("CategoryEncoding(4)", [[0, 1], [0, 0], [1, 2]]),
    ("CategoryEncoding(4, output_mode='count')", [[0, 1], [0, 0], [1, 2]]),
    ("CategoryEncoding(4, output_mode='one_hot')", [3, 0]),
    ("CategoryEncoding(4, output_mode='one_hot')", [[3], [0]]),
    ("CategoryEncoding(max_tokens=4, output_mode='binary', dtype='int32')", [3, 0]),
    ("CategoryEncoding(4)", 2),
)

ADAPTED = (
    ("Normalization()", "table"),
    ("Normalization()", "table, batch_size=3"),
    ("Normalization()", "table, batch_size=3, steps=2"),
    ("Normalization(axis=None, invert=True)", "table"),
    ("Normalization(axis=(1, 2))", "cubes"),
    ("Normalization(axis=None)", "[1.0, 2.0, 3.0, 4.0, 5.0]"),
    ("Normalization()", "tf.data.Dataset.from_tensor_slices(table).batch(4)"),
    ("Normalization(dtype='float64')", "table"),
    ("Normalization()", "np.arange(12).reshape(4, 3)"),
)

MISTAKES = (
    "layers.MultiHeadAttention(2)",
    "layers.MultiHeadAttention(2, 3)(q)",
    "layers.MultiHeadAttention(2, 3)([q, v])",
    "layers.MultiHeadAttention(2, 3)(q, v[:1])",
    "layers.MultiHeadAttention(2, 3)(q, v[0])",
    "layers.MultiHeadAttention('a', 3)(q, v)",
    "layers.MultiHeadAttention(2, 3, kernel_initializer=None)(q, v)",
    "layers.MultiHeadAttention(2, 3, attention_axes=7)(q, v)",
    "layers.MultiHeadAttention(2, 3, dropout=1.5)(q, v)",
    "layers.MultiHeadAttention(2, 2, attention_axes=2)(images, images, use_causal_mask=True)",
    "layers.MultiHeadAttention.from_config({'num_heads': 2, 'key_dim': 2})",
    "layers.MultiHeadAttention(2, 3).compute_output_shape((2, 4, 3), (2, 5, 4))",
    "layers.MultiHeadAttention(2, 3).compute_output_shape((2, 4, 3), (2, 5, 3), (2, 6, 3))",
    "layers.Attention(score_mode='x')",
    "layers.Attention(dropout='a')([q, v])",
    "layers.Attention()(q)",
    "layers.Attention()([q])",
    "layers.Attention()((q, v))",
    "layers.Attention()([q, v, k, k])",
    "layers.Attention()([q, v], mask=mask)",
    "layers.Attention()([q, v], mask=[None])",
    "layers.Attention()([q, v], mask=[None, None, None])",
    "layers.AdditiveAttention()([q, v[..., :2]])",
    "layers.EinsumDense('ab,bc->ac')",
    "layers.EinsumDense('ab,bc->ac', None)",
    "layers.EinsumDense(5, 3)(x)",
    "layers.EinsumDense('ab,bc', 3)(x)",
    "layers.EinsumDense('ab, bc->ac', 3)(x[0])",
    "layers.EinsumDense('a...,bc->ac...', 3)(x)",
    "layers.EinsumDense('...ab,bc->ac', 3)(x)",
    "layers.EinsumDense('abc,cd->abd', (5, 5))(x)",
    "layers.EinsumDense('ab,bc->ad', 3)(x[0])",
    "layers.EinsumDense('ab,bd->ac', 3)(x[0])",
    "layers.EinsumDense('ab,bc->ac', 3, bias_axes='x')(x[0])",
    "layers.EinsumDense('ab,bc->ac', 3).compute_output_shape((2, 3))",
    "layers.GroupNormalization()(x)",
    "layers.GroupNormalization(2)(x)",
    "layers.GroupNormalization(2, axis=9)(x)",
    "layers.GroupNormalization(0)(x)",
    "layers.GroupNormalization(3)(keras.Input((4, None)))",
    "layers.Normalization(mean=1.0)",
    "layers.Normalization(mean=tf.Variable(1.0), variance=1.0)",
    "layers.Normalization(axis=5)(x)",
    "layers.Normalization()(keras.Input((None,)))",
    "layers.Normalization()([x, x])",
    "layers.Normalization(mean=1.0, variance=1.0).adapt(x)",
    "layers.Normalization().adapt(x[:0])",
    "layers.Normalization().update_state(x)",
    "tf.function(lambda one: layers.Normalization().adapt(one))(x)",
    "layers.CategoryEncoding()",
    "layers.CategoryEncoding(0)",
    "layers.CategoryEncoding(4, output_mode='int')",
    "layers.CategoryEncoding(4)([[4]])",
    "layers.CategoryEncoding(4)([[-1]])",
    "layers.CategoryEncoding(4)([[[1]]])",
    "layers.CategoryEncoding(4)([[1]], count_weights=[[1.0]])",
)


def set_weights(layer: Any) -> None:
    """Give the weights numbers that do not depend on the stack."""
    rng = np.random.RandomState(7)
    layer.set_weights([rng.uniform(-1, 1, one.shape).round(3) for one in layer.get_weights()])


def plain(value: Any) -> Any:
    """Nested lists of numbers."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value if value is None else np.asarray(value, float).round(5).tolist()


def names(keras: Any, tf: Any) -> dict[str, Any]:
    """What the code of a case may use."""

    def masked(tensor: Any, mask: Any) -> Any:
        tensor = tf.identity(tensor)
        tensor._keras_mask = tf.convert_to_tensor(mask)
        return tensor

    return {
        "keras": keras, "layers": keras.layers, "tf": tf, "np": np, "masked": masked,
        "mask": tf.constant(MASK), "q_mask": tf.constant(Q_MASK), "v_mask": tf.constant(V_MASK),
        "table": numbers(10, 3, seed=6), "cubes": numbers(6, 3, 2, seed=7),
    }  # fmt: skip


def computed(
    code: str, call: str, keras: Any, tf: Any, wrap: Callable[[Any], Any]
) -> dict[str, Any]:
    """The outputs of a layer, their masks, its losses, its weights' names, and the gradients of the
    squares of the outputs, each as its product with fixed numbers."""
    keras.backend.clear_session()
    layer = eval(f"layers.{code}", {"layers": keras.layers})
    words = re.findall(r"\w+", call)
    used = {name: tf.constant(one) for name, one in DATA.items() if name in words}
    eval(f"layer({call})", names(keras, tf) | used | {"layer": layer})
    set_weights(layer)

    @wrap
    def run(used: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(list(used.values()))
            output = eval(f"layer({call})", names(keras, tf) | used | {"layer": layer})
            outputs = list(output) if isinstance(output, list | tuple) else [output]
            loss = sum(tf.reduce_sum(tf.square(tf.cast(one, "float32"))) for one in outputs)
        gradients = tape.gradient(loss, [*used.values(), *layer.trainable_weights])
        return outputs, [getattr(one, "_keras_mask", None) for one in outputs], gradients

    for _ in range(3):  # the second and the third run of a graph take other ways
        outputs, masks, gradients = run(used)
    eval(f"layer({call})", names(keras, tf) | used | {"layer": layer})
    return {
        "outputs": plain(outputs),
        "masks": plain(masks),
        "losses": plain(layer.losses),
        "names": [one.name for one in layer.weights],
        "gradients": [
            None if one is None else plain(np.sum(np.asarray(one) * numbers(*one.shape, seed=1)))
            for one in gradients
        ],
    }


def encoded(code: str, given: Any, keras: Any) -> Any:
    """The vectors that a layer returns, and their dtype."""
    found = eval(f"layers.{code}", {"layers": keras.layers})(given)
    return [plain(found), found.dtype.name]


def adapted(code: str, data: str, keras: Any, tf: Any) -> Any:
    """The weights of a layer that was adapted, and its output."""
    space = names(keras, tf)
    layer = eval(f"layers.{code}", space)
    eval(f"layer.adapt({data})", space | {"layer": layer})
    assert layer.is_adapted
    given = space["cubes"] if data == "cubes" else space["table"]
    return plain([*layer.weights, layer(given[:2])])


def mistaken(code: str, keras: Any, tf: Any) -> str:
    """The type of the exception."""
    try:
        eval(code, names(keras, tf) | DATA)
    except Exception as error:
        return type(error).__name__
    return ""


def trained(keras: Any, tf: Any) -> Any:
    """The losses and the outputs of a small encoder: an embedding, positions, attention with the
    mask of the padding, a residual connection, a normalization and a Dense."""
    layers = keras.layers
    x = np.random.RandomState(0).randint(0, 9, (12, 6))
    y = (x[:, 0] > x[:, 1]).astype("float32")

    class Positions(layers.Layer):  # type: ignore[misc, name-defined] # of either stack
        def __init__(self) -> None:
            super().__init__()
            self.table = layers.Embedding(6, 8)
            self.supports_masking = True

        def call(self, inputs: Any) -> Any:
            return inputs + self.table(tf.range(0, tf.shape(inputs)[1], 1))

    tokens = keras.Input((6,), dtype="int32")
    hidden = Positions()(layers.Embedding(9, 8, mask_zero=True)(tokens))
    found = layers.MultiHeadAttention(2, 4, dropout=0.0)(hidden, hidden)
    hidden = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([hidden, found]))
    hidden = layers.EinsumDense("abc,cd->abd", (None, 8), bias_axes="d", activation="relu")(hidden)
    outputs = layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling1D()(hidden))
    model = keras.Model(tokens, outputs)
    set_weights(model)
    model.compile("adam", "binary_crossentropy")
    losses = model.fit(x, y, batch_size=5, epochs=3, shuffle=False, verbose=0).history["loss"]
    return plain([losses, model.predict(x, verbose=0)])
