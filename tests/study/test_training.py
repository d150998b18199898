"""`why` after a training goes back to the batch and the line that handed it over."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace import api, keras
from densetrace.data.values import Mapping, Tensor
from densetrace.render.why import form, plain
from densetrace.study.why import why
from densetrace.system.errors import RequestError
from tests.study.lessons import script

X = np.linspace(-1, 1, 36, dtype="float32").reshape(12, 3)
Y = np.ones((12, 2), "float32")


def trained(eager: bool = False, **given: Any) -> api.Trace:
    keras.backend.clear_session()
    with densetrace.trace() as trace:
        model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,), kernel_regularizer="l2")])
        model.compile("sgd", "mse", metrics=["mae"], run_eagerly=eager)
        model.fit(X, Y, **{"batch_size": 4, "epochs": 2, "verbose": 0, **given})
    return trace


def kinds(trace: api.Trace, target: str) -> list[str]:
    return [link.step.kind for link in why(trace, target).links]


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_a_weight_goes_back_through_update_gradient_and_loss_to_the_batch(eager: bool) -> None:
    trace = trained(eager)
    found = kinds(trace, "kernel")
    wanted = ["fit", "train_step", "invoke", "call", "compute_loss", "gradient", "update", "fit"]
    assert [kind for kind in found if kind in wanted] == [
        "fit", "train_step", "invoke", "call", "invoke", "call", "compute_loss", "gradient",
        "update", "fit",
    ]  # fmt: skip
    answer = why(trace, "kernel")
    assert answer.begins == "given"
    assert answer.links[0].step.where is not None
    assert "model.fit(X, Y" in answer.links[0].step.where.text
    also = {one.step.kind for one in answer.also}
    assert {"update", "compute_loss"} <= also  # the optimizer and the old value; the targets


def test_what_an_optimizer_keeps_goes_back_to_the_line_that_chose_it() -> None:
    keras.backend.clear_session()
    with densetrace.trace() as trace:
        model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
        model.compile("adam", "mse")
        model.fit(X, Y, verbose=0)
    for target in ("m of dense/kernel", "m of dense.kernel"):
        answer = why(trace, target)
        assert answer.links[-1].step.kind == "slot"
        where = answer.links[0].step.where
        assert where is not None
        assert 'model.compile("adam"' in where.text
    with pytest.raises(RequestError) as caught:
        why(trace, "x of dense/kernel")
    assert "m of dense/kernel, v of dense/kernel" in caught.value.hint


def test_the_shape_of_a_weight_still_comes_from_its_creation() -> None:
    found = kinds(trained(), "kernel.shape")
    assert found[0] == "new"
    assert "add_weight" in found
    assert "update" not in found


def test_the_loss_goes_back_through_the_batches_to_the_data() -> None:
    found = kinds(trained(), "loss")
    assert found[0] == "fit"
    assert found[-4:] == ["compute_loss", "batch", "epoch", "fit"]


def test_a_metric_goes_back_through_its_update_to_the_predictions() -> None:
    found = kinds(trained(), "mae")
    assert found[-4:] == ["update_state", "batch", "epoch", "fit"]
    assert "invoke" in found
    assert "backward" not in found


def test_a_validation_loss_goes_back_through_evaluate() -> None:
    found = kinds(trained(validation_split=0.5), "val_loss")
    assert "evaluate" in found


def test_an_expression_can_be_asked_too() -> None:
    trace = api.explain("Dense(1)", fit=True)
    assert kinds(trace, "kernel")[-2:] == ["update", "fit"]
    assert "SGD" in trace.why("bias")


def two_layers(**given: Any) -> api.Trace:
    keras.backend.clear_session()
    with densetrace.trace() as trace:
        hidden = keras.layers.Dense(5, input_shape=(3,), activation="sigmoid")
        model = keras.Sequential([hidden, keras.layers.Dense(2)])
        model.compile("sgd", "mse", run_eagerly=given.pop("eager", False))
        model.fit(X, Y, **{"batch_size": 4, "epochs": 2, "verbose": 0, **given})
    return trace


def reloaded(trace: api.Trace, path: Path) -> api.Trace:
    trace.save(path)
    return api.load(path)


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_each_layer_has_its_own_weights_after_fit(eager: bool, tmp_path: Path) -> None:
    recorded = two_layers(eager=eager)
    for trace in (recorded, reloaded(recorded, tmp_path / "two.json")):
        for target, shape in [
            ("dense.kernel", (3, 5)), ("dense.bias", (5,)),
            ("dense_1.kernel", (5, 2)), ("dense_1.bias", (2,)),
        ]:  # fmt: skip
            answer = why(trace, target)
            assert isinstance(answer.value, Tensor)
            assert answer.value.shape == shape
            updates = [link.step for link in answer.links if link.step.kind == "update"]
            assert [step.inputs["variable"] for step in updates] == [
                target.replace(".", "/") + ":0"
            ]


def last_note(trace: api.Trace, target: str) -> str:
    """The explanation of the last link, on one line."""
    notes = [line for line in plain(trace, why(trace, target)) if line.startswith("Note: ")]
    return notes[-1].removeprefix("Note: ")


def test_the_last_update_of_a_graph_is_that_of_a_replay() -> None:
    trace = two_layers()
    answer = why(trace, "dense_1.kernel")
    update = next(link.step for link in answer.links if link.step.kind == "update")
    assert last_note(trace, "dense_1.kernel") == (
        "The last update was made by a replay of the graph: epoch 2 of 2, batch 3 of 3. It ran the "
        f"same operations as step {update.id + 1} of the trace, whose numbers are those of epoch 1 "
        "of 2, batch 1 of 3."
    )
    later = form(answer)["later"]
    assert later == {
        "like": update.id, "batch": "3 of 3", "epoch": "2 of 2", "replayed": True
    }  # fmt: skip


def test_a_long_training_names_its_last_batch() -> None:
    note = last_note(two_layers(epochs=40, batch_size=1), "dense.kernel")
    assert "a replay of the graph: epoch 40 of 40" in note
    assert "epoch 1 of 40, batch 1 of 12." in note


def test_a_second_training_replays_the_graph_of_the_first() -> None:
    keras.backend.clear_session()
    with densetrace.trace() as trace:
        model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
        model.compile("sgd", "mse")
        model.fit(X, Y, batch_size=12, epochs=1, verbose=0)
        model.fit(X, Y, batch_size=12, epochs=2, verbose=0)
    assert "a replay of the graph: epoch 2 of 2, batch 1 of 1." in last_note(trace, "kernel")


@pytest.mark.parametrize("target", ["dense.kernel", "dense_1.bias"])
def test_an_update_that_was_the_last_is_said_to_be_it(target: str) -> None:
    trace = two_layers(epochs=1, batch_size=12)
    assert why(trace, target).later is None
    assert last_note(trace, target).endswith("sets these numbers, and fit ends with them.")


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_the_old_value_of_a_weight_comes_from_its_own_layer(eager: bool) -> None:
    answer = why(two_layers(eager=eager), "dense_1.kernel")
    before = next(one for one in answer.also if one.place.name == "before")
    assert before.origin.step.inputs["class"] == "Dense"
    assert before.origin.places[0].path == ("units",)
    names = before.origin.step.facts["bound"]
    assert isinstance(names, Mapping)
    assert dict(names.entries) == {"units": 2}


VALIDATION = [
    {"validation_split": 0.5},
    {"validation_data": (X[:4], Y[:4])},
]


@pytest.mark.parametrize("given", VALIDATION, ids=["split", "data"])
def test_a_validation_loss_begins_with_the_data(given: dict[str, Any]) -> None:
    trace = two_layers(**given)
    answer = why(trace, "val_loss")
    assert answer.begins == "given"
    first = answer.links[0]
    assert first.step.kind == "fit"
    assert [place.name for place in first.places] == [
        "x" if "validation_split" in given else "validation_data"
    ]
    steps = [link.step.point for link in answer.links if link.step.kind == "train_step"]
    assert [point.rpartition(".")[2] for point in steps] == ["test_step"]
    steps = [link.step.point for link in why(trace, "loss").links if link.step.kind == "train_step"]
    assert [point.rpartition(".")[2] for point in steps] == ["train_step"]


def test_epochs_and_batches_are_turns_of_a_loop_and_not_a_line() -> None:
    trace = two_layers()
    shown = "\n".join(plain(trace, why(trace, "loss")))
    assert "(the loop over epochs in densetrace/keras/engine/_training_loops.py)" in shown
    assert "(the loop over batches in densetrace/keras/engine/_training_loops.py)" in shown
    assert "on_epoch_begin" not in shown


BY_HAND = """\
import tensorflow as tf
from tensorflow import keras

model = keras.Sequential([keras.layers.Dense(4, input_shape=(3,)), keras.layers.Dense(2)])
optimizer = keras.optimizers.SGD(0.1)
x, y = DATA
for _ in range(3):
    with tf.GradientTape() as tape:
        p = model(x)
        loss = tf.reduce_mean((p - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
"""


@pytest.mark.parametrize(
    ("data", "begins"),
    [
        ("tf.ones((4, 3)), tf.zeros((4, 2))", "It begins with (4, 3) in line 6"),
        ("[tf.constant(v).numpy() for v in ([[1., 2., 3.]], [[0., 1.]])]", "the input f32[1,3]"),
    ],
    ids=["tensors", "arrays"],
)
def test_a_loop_by_hand_begins_with_what_the_model_is_called_on(data: str, begins: str) -> None:
    trace = script(BY_HAND.replace("DATA", data))
    answer = why(trace, "dense.kernel")
    lines = [link.step.where.text for link in answer.links if link.step.where]
    assert lines.count("p = model(x)") == 1
    assert begins in list(plain(trace, answer))[1]


@pytest.mark.parametrize(
    "written", ["dense_1/kernel", "dense_1/kernel:0", "sequential/dense_1/kernel"]
)
def test_a_variable_can_be_asked_about_by_its_name(written: str) -> None:
    trace = two_layers(epochs=1)
    assert why(trace, written) == why(trace, "dense_1.kernel")
    assert why(trace, f"{written}.shape").target.text == "dense_1.kernel.shape"


def test_an_epoch_can_be_asked_for_what_it_logged() -> None:
    trace = two_layers()
    logs = [step.result for step in trace.order.steps if step.kind == "epoch"]
    for number, logged in enumerate(logs, start=1):
        answer = why(trace, f"epoch {number}.loss")
        assert answer.target.text == f"epoch {number}.loss"
        assert isinstance(logged, Mapping)
        assert answer.value == dict(logged.entries)["loss"]
        assert answer.links[0].step.kind == "fit"
        assert answer.links[-1].step.kind == "epoch"


def test_a_gradient_can_be_asked_about() -> None:
    for written in ("dense_1/kernel", "dense_1.kernel", "dense_1/kernel:0"):
        answer = why(two_layers(eager=True, epochs=1), f"gradient of {written}")
        assert answer.target.text == "gradient of dense_1/kernel"
        assert isinstance(answer.value, Tensor)
        assert answer.value.shape == (5, 2)
        assert (answer.begins, answer.links[0].step.kind) == ("given", "fit")
        assert answer.links[-1].step.kind == "gradient"


@pytest.mark.parametrize(
    ("target", "problem", "hint"),
    [
        ("epoch 2", "needs the name of one of its numbers", "Try epoch 2.loss."),
        ("epoch 2.mae", "Epoch 2 logged no mae.", "Try epoch 2.loss."),
        ("epoch 7.loss", "No numbers of an epoch 7", "epochs with numbers: 1, 2."),
        ("gradient of dense/krnel", "No gradient of dense/krnel", "Did you mean dense/kernel?"),
        (
            "zzz",
            "Nothing called 'zzz'",
            "The training has loss, epoch 2.loss, gradient of dense/kernel, ",
        ),
    ],
)
def test_a_number_of_a_training_that_is_not_there(target: str, problem: str, hint: str) -> None:
    with pytest.raises(RequestError) as caught:
        why(two_layers(), target)
    assert problem in caught.value.problem
    assert hint in caught.value.hint


def test_no_training_is_listed_where_there_was_none() -> None:
    with pytest.raises(RequestError) as caught:
        why(api.explain("Dense(1)"), "zzz")
    assert "training" not in caught.value.hint


IN_A_GRAPH = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras

model = keras.Sequential([keras.layers.Dense(4, input_shape=(3,)), keras.layers.Dense(2)])
optimizer = keras.optimizers.SGD(0.1)

@tf.function
def train(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))

train(np.ones((4, 3), "float32"), np.ones((4, 2), "float32"))
"""


def test_an_update_in_a_graph_is_said_to_have_come_after_the_creation() -> None:
    trace = script(IN_A_GRAPH)
    answer = why(trace, "dense_1.kernel")
    assert answer.unread is not None
    assert answer.unread.inputs["variable"] == "dense_1/kernel:0"
    shown = list(plain(trace, answer))
    assert (
        f"A graph updated dense_1/kernel after that (step {answer.unread.id + 1} of the trace). "
        "Its numbers after the update were not recorded."
    ) in shown
    assert form(answer)["unread"] == answer.unread.id
    assert why(trace, "dense_1.kernel.shape").unread is None
    assert why(two_layers(), "dense_1.kernel").unread is None


def test_a_generator_that_ends_made_its_last_update_with_its_last_batch() -> None:
    keras.backend.clear_session()
    with densetrace.trace() as trace:
        model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
        model.compile("sgd", "mse")
        validation = iter([(X, Y)] * 2)
        model.fit(iter([(X, Y)] * 3), validation_data=validation, verbose=0)
    assert "a replay of the graph: epoch 1 of 1, batch 3." in last_note(trace, "kernel")
    answer = why(trace, "val_loss")
    assert answer.links[0].places[0].name == "validation_data"
    assert "test_step" in {link.step.point.rpartition(".")[2] for link in answer.links}


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_a_call_names_the_method_that_made_its_function(eager: bool) -> None:
    with densetrace.trace() as trace:
        model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
        model.compile("sgd", "mse", run_eagerly=eager)
        model.fit(X, Y, verbose=0)
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
    made_by = [step.point.rpartition(".")[2] for step in trace.find("train_function")]
    assert made_by == ["make_train_function", "make_test_function", "make_predict_function"]
