"""A functional model ends in a table of its layers, in the order in which they run."""

import re
from pathlib import Path

import densetrace
from densetrace.keras.layers import Add, Input
from densetrace.teach.explanations import explain_step
from tests.cli.running import invoke

SCRIPT = """\
from tensorflow import keras
from tensorflow.keras import layers

entry = keras.Input((4,), name="entry")
shared = layers.Dense(3, name="shared")
inner = keras.Sequential([layers.Dense(2, input_shape=(3,))], name="inner")
both = layers.Add(name="both")([shared(entry), shared(entry)])
model = keras.Model(entry, inner(both * 2.0), name="net")
"""


def shown(folder: Path, script: str) -> str:
    path = folder / "script.py"
    path.write_text(script, "utf-8")
    result = invoke("run", str(path))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_each_layer_has_a_row_with_its_shape_parameters_and_inputs(tmp_path: Path) -> None:
    text = shown(tmp_path, SCRIPT)
    assert (
        "net = graph: entry, then shared, then both, then tf.math.multiply, then inner"
        in " ".join(text.split())
    )
    _, _, table = text.partition(
        "Layers of net (23 parameters), in the order in which they run (5):\n"
    )
    rows = [re.split(r"  +", line.strip()) for line in table.splitlines()[:6]]
    assert rows == [
        ["layer", "output", "trainable", "inputs"],
        ["entry (InputLayer)", "(None, 4)", "0"],
        ["shared (Dense)", "(None, 3)", "15", "entry, entry"],
        ["both (Add)", "(None, 3)", "0", "shared, shared"],
        ["tf.math.multiply (TFOpLambda)", "(None, 3)", "0", "both"],
        ["inner (Sequential)", "(None, 2)", "8", "tf.math.multiply"],
    ]


def test_of_many_layers_and_models_the_table_is_short(tmp_path: Path) -> None:
    script = """\
from tensorflow import keras

for _ in range(5):
    x = entry = keras.Input((1,))
    for _ in range(30):
        x = keras.layers.Activation("linear")(x)
    keras.Model(entry, x)
"""
    text = shown(tmp_path, script)
    assert text.count("Layers of model") == 3
    assert text.count("11 more") == 3
    assert "2 models more." in text


def test_a_call_on_a_list_of_symbolic_tensors_is_symbolic() -> None:
    with densetrace.trace() as trace:
        Add()([Input((2,)), Input((2,))])
    call = trace.find("invoke")[-1]
    assert call.facts["mode"] == "symbolic"
    assert "is called symbolically for the first time, with 2 tensors." in explain_step(call).what


def test_a_long_name_of_a_layer_is_shown_whole(tmp_path: Path) -> None:
    text = shown(
        tmp_path,
        "from tensorflow import keras\n"
        "entry = keras.Input((4, 3), name='entry')\n"
        "pooled = keras.layers.GlobalAveragePooling1D()(entry)\n"
        "keras.Model(entry, keras.layers.Dense(2, name='n' * 40)(pooled))\n",
    )
    assert re.search(r"^  global_average_pooling1d +\(None, 3\) +0  entry$", text, re.M)
    assert re.search(
        rf"^  {'n' * 27}\.\.\. +\(None, 2\) +8\s+global_average_pooling1d$", text, re.M
    )


def test_the_heading_counts_the_parameters_of_the_model_alone(tmp_path: Path) -> None:
    model = (
        "net = keras.Sequential([keras.layers.Dense(2, input_shape=(3,)), keras.layers.Dense(1)])\n"
    )
    start = f"import tensorflow as tf\nfrom tensorflow import keras\n{model}net(tf.ones([1, 3]))\n"
    assert "Layers of sequential (11 parameters): dense" in shown(tmp_path, start)
    text = shown(tmp_path, f"{start}keras.layers.Dense(100)(tf.ones([1, 10]))\n")
    assert "1,111 parameters, all trainable." in text
    assert "Layers of sequential: dense" in text
