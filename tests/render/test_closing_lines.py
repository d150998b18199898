"""The closing lines of a trace say what was counted and what was not recorded."""

import threading
from pathlib import Path

import pytest

import densetrace
from densetrace.data.names import in_expressions
from densetrace.data.values import Items, Mapping
from densetrace.keras import backend
from densetrace.keras.layers import Dense, Layer
from densetrace.teach.words import word

VARIABLES = """\
import tensorflow as tf
from tensorflow import keras

class Counts(keras.layers.Layer):
    def build(self, dimensions):
        self.v = tf.Variable([1.0, 2.0, 3.0])
        self.count = tf.Variable(0, trainable=False)
        self.w = self.add_weight("w", shape=(3, 2))
        self.same = self.w

    def call(self, x):
        self.count.assign_add(1)
        return tf.matmul(x, self.w) + tf.reduce_sum(self.v)

layer = Counts()
layer(tf.ones((2, 3)))
layer.v = tf.Variable([1.0, 2.0, 3.0])
names = tf.constant(["a", "b"])
tf.strings.join([names, names])
"""


def test_variables_that_a_layer_makes_itself_are_parameters(tmp_path: Path) -> None:
    backend.clear_session()
    path = tmp_path / "counts.py"
    path.write_text(VARIABLES, "utf-8")
    trace = densetrace.run(str(path)).trace
    shown = trace.plain("author")
    assert "10 parameters, all trainable (v 3, count 1, w 6)." in " ".join(shown.split())
    assert "string[2]" in trace.tree("author")


def test_build_is_explained_with_its_shape_whatever_its_argument_is_called() -> None:
    class Own(Layer):
        def build(self, dimensions: object) -> None:
            self.w = self.add_weight("w", (3, 2))

        def call(self, x: object) -> object:
            return x

    with densetrace.trace() as t:
        Own()(backend.ones((2, 3)))
    assert "(not recorded)" not in t.plain("framework")
    build = t.find("build")[0]
    assert word(build, "input_shape") == "(2, 3)"


def test_a_call_too_deep_for_the_stack_ends_no_recording() -> None:
    class Down(Layer):
        def call(self, inputs: object) -> object:
            return self(inputs)

    with densetrace.trace() as t:
        with pytest.raises(RecursionError):
            Down()(backend.ones((1, 2)))
        Dense(1, name="afterwards")
    assert "recording_stopped" not in t.outcome
    assert t.steps[-1].subject == "afterwards"
    again = densetrace.Trace.loads(t.dumps())
    assert len(list(again.walk())) == len(list(t.walk()))


def test_a_lambda_gets_what_the_formula_says_it_gets() -> None:
    from densetrace.keras.layers import Lambda

    one = backend.ones((2, 3))
    for given, said in ((one, "x"), ([one, one], "[x1, x2]")):
        with densetrace.trace() as t:
            Lambda(lambda v: v, name="f")(given)
        assert f"f({said}) = your function({said})" in t.plain("author")


def test_calls_in_other_threads_are_mentioned() -> None:
    def in_a_thread() -> None:
        thread = threading.Thread(target=lambda: Dense(3))
        thread.start()
        thread.join()

    with densetrace.trace() as t:
        Dense(1)
        in_a_thread()
    assert t.outcome["other_threads"] is True
    assert "Calls in other threads are not recorded." in t.plain("author")
    with densetrace.trace() as t:
        Dense(1)
    in_a_thread()
    assert "other_threads" not in t.outcome


@pytest.mark.parametrize(
    ("expression", "lines"),
    [
        ("Dense(4, 'relu')", ["dense(x) = relu(x @ kernel + bias)"]),
        ("Dense(4, use_bias=False)", ["dense(x) = x @ kernel"]),
        ("Dense(4, trainable=False)", ["16 parameters", "Training updates none of them."]),
        ("Flatten()", ["No parameters", "flatten(x) = reshape(x, (batch size, -1))"]),
        ("Reshape((-1, 3))", ["reshape(x) = reshape(x, (batch size, -1, 3))"]),
        ("Permute((2, 1))", ["f32[2,2,3] into f32[2,3,2]", "transpose(x, (0, 2, 1))"]),
        ("RepeatVector(2)", ["f32[2,3] into f32[2,2,3]", "2 copies of x along a new axis 1"]),
        ("Activation('tanh')", ["activation(x) = tanh(x)"]),
        (
            "Masking(-1.0)",
            ["masking(x) = x * any(x != -1.0, axis=-1, keepdims=True)", "The mask is passed on"],
        ),
        ("Embedding(9, 2)", ["18 parameters", "i32[2,3] into f32[2,3,2]", "= embeddings[x]"]),
        ("Dropout(0.75)", ["dropout(x) = x", "0 with probability 0.75", "= 4."]),
        ("Dropout(0.0)", ["The output is the input, in training too."]),
        ("GaussianNoise(0.5)", ["noise of standard deviation 0.5"]),
        ("GaussianDropout(0.5)", ["sqrt(rate / (1 - rate)) = 1."]),
        ("SpatialDropout1D(0.5)", ["each channel of a sample becomes 0 with probability 0.5"]),
        ("Rescaling(2.0, offset=-1)", ["rescaling(x) = x * 2.0 - 1", "they are not learned"]),
        ("Rescaling(0.5)", ["rescaling(x) = x * 0.5 scale and offset are your arguments"]),
        ("AlphaDropout(0.1)", ["selu's lowest value with probability 0.1"]),
        (
            "BatchNormalization(momentum=0.9)",
            ["12 parameters", "does not update 6 of them: moving_mean and", "by 0.1 of the"],
        ),
        ("BatchNormalization(scale=False)", ["= (x - moving_mean) / sqrt(", "0.001) + beta"]),
        ("LayerNormalization(center=False)", ["gamma * (x - mean) / sqrt(variance + 0.001)"]),
        ("UnitNormalization()", ["x / sqrt(sum(x ** 2, axis=1, keepdims=True))"]),
        ("GroupNormalization(2)", ["gamma * (x - mean) / sqrt(variance + 0.001) + beta", "2 of"]),
        (
            "Normalization()",
            ["(x - mean) / maximum(sqrt(variance), 1e-07)", "adapt(data) computes mean"],
        ),
        ("Normalization(mean=1.0, variance=4.0, invert=True)", ["= mean + x *", "your arguments"]),
        ("CategoryEncoding(4)", ["= max(one_hot(x, 4), axis=-2)"]),
        ("EinsumDense('ab,bc->ac', 2)", ["6 parameters", "= einsum('ab,bc->ac', x, kernel)"]),
        (
            "EinsumDense('...x,xy->...y', 2, bias_axes='y', activation='relu')",
            ["relu(einsum('...x,xy->...y', x, kernel) + bias)"],
        ),
        (
            "MultiHeadAttention(2, 3)",
            ["(query, value) = output(softmax(q @ transpose(k) / sqrt(3)) @ v)", "for 2 heads"],
        ),
        ("Attention(dropout=0.5)", ["each weight becomes 0 with probability 0.5"]),
        ("Attention(causal=True)", ["Values that the mask hides get weights of 0."]),
        ("ActivityRegularization(0.1)", ["= x", "adds a penalty"]),
        (
            "Add()",
            ["(assumed: 2 inputs of shape (None, 3), 2 examples)", "add([x1, x2]) = x1 + x2"],
        ),
        ("Average()", ["average([x1, x2]) = (x1 + x2) / 2"]),
        ("Maximum()", ["= maximum(x1, x2)"]),
        ("Concatenate()", ["into f32[2,6]", "concat([x1, x2], axis=-1)"]),
        ("Dot(axes=1)", ["into f32[2,1]", "= sum(x1 * x2, axis=1, keepdims=True)"]),
        ("Dot(axes=(2, 1))", ["into f32[2,3,3]", "= batch_dot(x1, x2, axes=(2, 1))"]),
        ("ReLU(6.0, threshold=0.5)", ["relu(x, max_value=6.0, threshold=0.5)"]),
        ("LeakyReLU(0.1)", ["x where x > 0, else 0.1 * x"]),
        ("PReLU()", ["3 parameters", "alpha is a weight"]),
        ("ReLU(0.0)", ["relu(x, max_value=0.0)"]),
        ("ELU()", ["else 1.0 * (exp(x) - 1)"]),
        ("ThresholdedReLU(2.0)", ["x where x > 2.0, else 0"]),
        ("Softmax()", ["exp(x) / sum(exp(x), axis=-1, keepdims=True)"]),
    ],
)
def test_a_layer_ends_with_its_formula_and_what_training_changes(
    expression: str, lines: list[str]
) -> None:
    shown = " ".join(densetrace.explain(expression).plain("author").split())
    for line in lines:
        assert line in shown


ARGUMENTS = {
    "Dense": "2", "Activation": "'relu'", "Reshape": "(-1,)", "Permute": "(2, 1)",
    "RepeatVector": "2", "Embedding": "4, 2", "Dropout": "0.5", "GaussianNoise": "0.5",
    "GaussianDropout": "0.5", "AlphaDropout": "0.5", "Dot": "1",
    "EinsumDense": "'abc,cd->abd', (None, 2)", "MultiHeadAttention": "2, 3",
    "CategoryEncoding": "4",
    "SpatialDropout1D": "0.5", "SpatialDropout2D": "0.5", "Rescaling": "0.5",
}  # fmt: skip
"""What some layers cannot be created without."""

FOREIGN = ("conv", "pooling", "rnn", "reshaping.up", "reshaping.zero", "reshaping.cropping")
"""Modules of layers whose samples have tests of their own."""


def test_every_layer_gets_a_sample_that_fits() -> None:
    for name, found in in_expressions("keras.layers").items():
        home = found.module.removeprefix("densetrace.keras.")
        if home.startswith("layers.") and name[:1].isupper():
            if any(part in home for part in FOREIGN):
                continue
            trace = densetrace.explain(f"{name}({ARGUMENTS.get(name, '')})")
            assert trace.stop is None, name


def test_the_weights_of_layers_with_the_same_name_are_told_apart() -> None:
    shown = " ".join(densetrace.explain("Bidirectional(GRU(2))").plain("author").split())
    for direction in ("forward", "backward"):
        assert f"{direction}_gru/gru_cell/kernel 18" in shown
    assert "gru_cell (" not in shown.rpartition("parameters")[2]


def test_the_inputs_of_a_graph_come_in_the_order_of_its_layers() -> None:
    from densetrace.keras import Input, Model, layers

    with densetrace.trace() as trace:
        b, a = Input((4,), name="b"), Input((3,), name="a")
        after = layers.Dense(2, name="z")(layers.Dense(2, name="y")(b))
        model = Model([b, a], layers.Add(name="sum")([layers.Dense(2, name="x")(a), after]))
    (graph,) = trace.find("graph")
    listed = graph.facts["layers"]
    assert isinstance(listed, Items)
    names = [layer.get("name") for layer in listed.items if isinstance(layer, Mapping)]
    assert names == [layer.name for layer in model.layers]
    assert names == ["b", "a", "y", "x", "z", "sum"]
