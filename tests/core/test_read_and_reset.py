"""What a person asks a layer is a step: its weights and losses, also when there are none."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densetrace.data.steps import Step
from densetrace.data.values import Items
from densetrace.keras import backend
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.initializers import Constant, RandomNormal, RandomUniform
from densetrace.keras.layers.core.dense import Dense
from densetrace.kinds import label_of
from densetrace.kinds.spans import plain_text
from densetrace.recording.recorder import Recorder, recording
from densetrace.teach.explanations import note

X = np.ones((2, 3), "float32")


def recorded(run: Any) -> list[Step]:
    backend.clear_session()  # objects get the names that they get in a new process
    recorder = Recorder()
    with recording(recorder):
        run()
    return [step for root in recorder.steps() for step in root.walk()]


def of(kind: str, steps: list[Step]) -> list[Step]:
    return [step for step in steps if step.kind == kind]


def labels(steps: list[Step]) -> list[str]:
    return [plain_text(label_of(step)) for step in steps]


def test_reading_is_a_step_with_its_line() -> None:
    def run() -> None:
        layer = Dense(2, kernel_regularizer="l2", name="mine")
        layer.weights  # noqa: B018 - reading it is what is recorded
        layer(X)
        layer.trainable_weights, layer.losses, layer.non_trainable_weights  # noqa: B018

    found = of("read", recorded(run))
    assert [step.inputs["name"] for step in found] == [
        "weights", "trainable_weights", "losses", "non_trainable_weights",
    ]  # fmt: skip
    assert labels(found)[0] == "mine.weights → []"
    assert "build creates them" in str(note(found[0]))
    assert [step.facts["built"] for step in found] == [False, True, True, True]
    assert all(step.where is not None and "layer." in step.where.text for step in found)
    assert [child.kind for child in found[2].children] == ["regularize"]
    assert isinstance(found[2].result, Items)
    assert found[2].result.length == 1


def test_what_keras_reads_itself_is_no_step() -> None:
    model = Sequential([Dense(2, input_shape=(3,))])
    model.compile("sgd", "mse")

    def run() -> None:
        model.fit(X, X[:, :2], verbose=0)
        model.predict(X, verbose=0)
        model.count_params()

    assert not of("read", recorded(run))


def test_an_empty_list_of_losses_says_why() -> None:
    (step,) = of("read", recorded(lambda: Dense(2).losses))
    assert "No losses" in str(note(step))


def test_names_begin_again() -> None:
    first = Dense(1).name.partition("_")[0]

    def run() -> None:
        backend.clear_session()
        backend.reset_uids()

    steps = of("reset_names", recorded(run))
    assert labels(steps) == ["clear_session()", "reset_uids()", "reset_uids()"]
    assert Dense(1).name == first == "dense"


def test_what_layer_init_takes_back_is_seen() -> None:
    class Early(Layer):
        def __init__(self) -> None:
            self.stateful = True
            super().__init__()

    class Late(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.stateful = True

    assigned = [step for step in of("assign", recorded(Early)) if step.inputs["name"] == "stateful"]
    assert [(step.inputs["value"], step.inputs.get("before")) for step in assigned] == [
        (True, None), (False, True),
    ]  # fmt: skip
    assert "after super().__init__()" in str(note(assigned[1]))
    late = [step for step in of("assign", recorded(Late)) if step.inputs["name"] == "stateful"]
    assert [step.inputs["value"] for step in late] == [True]


@pytest.mark.parametrize(
    ("initializer", "shapes", "again"),
    [
        (RandomNormal(seed=1), [(2, 2), (2, 2), (3,)], [None, True, None]),
        (RandomUniform(seed=1), [(2,), (2,)], [None, True]),
        (Constant(3), [(2,), (2,)], [None, None]),
    ],
)
def test_an_initializer_that_repeats_itself_is_told(
    initializer: Any, shapes: list[Any], again: list[Any]
) -> None:
    steps = of("initialize", recorded(lambda: [initializer(shape) for shape in shapes]))
    assert [step.facts.get("again") for step in steps] == again
    assert ["same numbers" in str(note(step)) for step in steps] == [bool(one) for one in again]


def test_a_weight_without_a_name_is_shown_by_its_attribute() -> None:
    import densetrace

    with densetrace.trace() as trace:
        Unnamed()(X)
    shown = " ".join(trace.tree().split())
    assert "w = add_weight()" in shown
    assert "6 parameters, all trainable (w 6)." in shown


class Unnamed(Layer):
    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight(shape=(3, 2))

    def call(self, inputs: Any) -> Any:
        return inputs @ self.w


@pytest.mark.parametrize("name", ["input_shape", "batch_input_shape"])
def test_a_shape_without_a_comma_is_answered(name: str) -> None:
    def run() -> None:
        with pytest.raises(TypeError):
            Dense(3, **{name: 3})

    (failed,) = [step for step in recorded(run) if step.kind == "init" and step.error][-1:]
    notes = [note(step) for step in recorded(run) if step.kind == "init" and step.error]
    assert "(3) is only the number 3: write (3,)." in notes
    assert failed.error is not None


def test_a_warning_is_located_at_the_line_that_caused_it() -> None:
    initializer = RandomNormal()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        initializer((2,))
        initializer((2,))
    (one,) = caught
    assert Path(one.filename) == Path(__file__)


def test_dense_says_that_it_works_on_the_last_axis() -> None:
    layer = Dense(2)
    steps = of("op", recorded(lambda: layer(np.ones((2, 4, 3), "float32"))))
    (dot,) = [step for step in steps if step.point == "tf.tensordot"]
    assert "last axis only" in str(note(dot))
