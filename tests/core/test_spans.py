"""Epochs and batches are steps that no call bounds; the first batch is recorded in full, the others
as one light step each."""

from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace import keras
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Mapping, Tensor
from densetrace.recording import spans
from densetrace.recording.hooks import traced
from densetrace.recording.recorder import Recorder, recording
from densetrace.system.errors import RequestError

X = np.linspace(-1, 1, 36, dtype="float32").reshape(12, 3)
Y = np.ones((12, 2), "float32")


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    keras.backend.clear_session()


def model(*layers: Any, **compiled: Any) -> Any:
    made = keras.Sequential([*layers, keras.layers.Dense(2, input_shape=(3,))])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return made


def fitted(batches: Any = 1, eager: bool = False, **given: Any) -> Trace:
    keras.backend.clear_session()
    trained = model(run_eagerly=eager)
    with densetrace.trace(batches=batches) as trace:
        trained.fit(X, Y, **{"verbose": 0, "batch_size": 4, "epochs": 2, **given})
    return trace


def inside(step: Step) -> set[str]:
    return {child.kind for child in step.walk() if child is not step}


# -- without Keras ---------------------------------------------------------------------------------


class FakeList:
    """Tells its callbacks nothing, but has the hook points of CallbackList."""

    def __init__(self) -> None:
        self.params = {"epochs": 2, "steps": 3}
        self.model: Any = None


def moment(name: str, argument: str) -> Any:
    """A method of CallbackList as a hook point."""
    scope: dict[str, Any] = {}
    exec(f"def method(self, {argument}, logs=None): pass", scope)
    return traced("callback", point=f"keras.callbacks.CallbackList.on_{name}")(scope["method"])


MOMENTS = {
    name: moment(name, "epoch" if "epoch" in name else "batch")
    for name in ("epoch_begin", "epoch_end", "train_batch_begin", "train_batch_end")
}


@traced("fit", point="keras.engine.training.Model.fit")
def fit(model: Any, batches: int, fails: bool = False) -> None:
    told = FakeList()
    for epoch in range(2):
        MOMENTS["epoch_begin"](told, epoch)
        for batch in range(batches):
            MOMENTS["train_batch_begin"](told, batch)
            work(batch)
            if fails and batch == 1:
                raise KeyError("lost")
            MOMENTS["train_batch_end"](told, batch, {"loss": float(batch)})
        MOMENTS["epoch_end"](told, epoch, {"loss": 1.0})


@traced("activation")
def work(batch: int) -> None:
    """Stands for what runs in a batch."""


def recorded(batches: int | None, fails: bool = False) -> Step:
    recorder = Recorder(batches=batches)
    with recording(recorder):
        if fails:
            with pytest.raises(KeyError):
                fit(object(), 3, True)
        else:
            fit(object(), 3)
    assert recorder.fault is None
    [step] = recorder.steps()
    return step


def test_spans_open_and_close_where_callbacks_hear_of_them() -> None:
    step = recorded(None)
    epochs = [child for child in step.children if child.kind == "epoch"]
    assert [epoch.inputs for epoch in epochs] == [{"epoch": 0, "of": 2}, {"epoch": 1, "of": 2}]
    for epoch in epochs:
        kinds = [child.kind for child in epoch.children]
        assert kinds == ["callback", "batch", "batch", "batch", "callback"]
        for number, batch in enumerate(child for child in epoch.children if child.kind == "batch"):
            assert [one.kind for one in batch.children] == ["callback", "activation", "callback"]
            assert batch.result == Mapping((("loss", float(number)),), 1)
    assert epochs[0].result == Mapping((("loss", 1.0),), 1)


def test_by_default_the_first_batch_is_full_and_the_others_are_light() -> None:
    step = recorded(1)
    batches = [one for one in step.walk() if one.kind == "batch"]
    assert [bool(batch.children) for batch in batches] == [True, *[False] * 5]
    assert [batch.result for batch in batches[1:3]] == [
        Mapping((("loss", 1.0),), 1),
        Mapping((("loss", 2.0),), 1),
    ]


def test_spans_close_with_the_step_around_them_when_it_raises() -> None:
    for batches in (1, None):
        step = recorded(batches, fails=True)
        [epoch] = [child for child in step.children if child.kind == "epoch"]
        assert epoch.error == step.error
        assert step.error is not None
        last = epoch.children[-1]
        assert (last.kind, last.error) == ("batch", step.error)


# -- a training ------------------------------------------------------------------------------------


@pytest.mark.parametrize("eager", [False, True])
def test_the_first_batch_has_everything_and_the_later_ones_their_numbers(eager: bool) -> None:
    trace = fitted(eager=eager)
    first, *later = trace.find("batch")
    assert {"train_step", "gradient", "update", "loss"} <= inside(first)
    assert len(later) == 5
    for batch in later:
        assert not batch.children
        assert isinstance(batch.result, Mapping)
        assert isinstance(batch.result.get("loss"), float)
        assert batch.ns > 0
        assert batch.facts.get("replayed", False) is not eager


def test_more_batches_can_be_recorded_in_full() -> None:
    for wanted, full in ((0, 0), (2, 2), ("all", 6)):
        trace = fitted(wanted, eager=True)
        batches = trace.find("batch")
        assert [bool(batch.children) for batch in batches] == [True] * full + [False] * (6 - full)


def test_what_is_no_number_of_batches_is_refused() -> None:
    for wrong in (-1, "some", 1.5, True):
        with (
            pytest.raises(RequestError, match="number from 0, or all"),
            densetrace.trace(batches=wrong),  # type: ignore[arg-type] # is refused
        ):
            pass


def test_a_later_batch_that_is_traced_again_is_recorded() -> None:
    class Anew(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                self.model.make_train_function(force=True)

    trace = fitted(epochs=3, batch_size=6, callbacks=[Anew()])
    full = ["train_step" in inside(batch) for batch in trace.find("batch")]
    assert full == [True, False, False, False, True, False]
    replayed = [batch.facts.get("replayed") for batch in trace.find("batch")]
    assert replayed == [None, True, True, True, None, True]


def test_light_batches_and_epochs_are_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, limit in ("BATCHES", 2), ("IN_ALL", 5), ("EPOCHS", 3):
        monkeypatch.setattr(spans, f"LIGHT_{name}", limit)
    trace = fitted(batch_size=2, epochs=9)
    [fit_step] = trace.steps
    epochs = [child for child in fit_step.children if child.kind == "epoch"]
    assert [epoch.facts.get("last") for epoch in epochs] == [None, None, None, 8]
    first = [child for child in epochs[0].children if child.kind == "batch"]
    assert [(one.inputs["batch"], one.facts.get("last")) for one in first] == [
        (0, None), (1, None), (2, 5),
    ]  # fmt: skip
    assert epochs[-1].inputs["epoch"] == 3
    assert not epochs[-1].children


def test_a_long_training_has_no_more_steps_than_a_short_one() -> None:
    counts = []
    for epochs in (300, 600):
        recorder = Recorder()
        trained = model()
        with recording(recorder):
            trained.fit(X, Y, verbose=0, epochs=epochs, batch_size=12)
        counts.append(len(recorder))
    assert counts[1] - counts[0] <= 2 * 300  # one step for an epoch, at most one for its batch


def test_variables_have_their_numbers_before_and_after_an_update() -> None:
    for eager in (False, True):
        trained = model(run_eagerly=eager)
        before = trained.get_weights()
        with densetrace.trace() as trace:
            trained.fit(X, Y, batch_size=12, verbose=0)
        kernel = [step for step in trace.find("update") if "kernel" in str(step.inputs["variable"])]
        for step in kernel:
            old, new = step.inputs["before"], step.facts["after"]
            assert isinstance(old, Tensor)
            assert isinstance(new, Tensor)
            after = trained.get_weights()
            assert list(old.elements) == pytest.approx(before[0].ravel(), rel=1e-6)
            assert list(new.elements) == pytest.approx(after[0].ravel(), rel=1e-6)


def test_a_backward_step_names_the_step_that_it_answers() -> None:
    trace = fitted(eager=True, epochs=1)
    steps = {step.id: step for step in trace.walk()}
    answered = [
        (step, steps[step.facts["answers"]])  # type: ignore[index] # a number
        for step in trace.find("backward")
        if step.facts.get("inside") == "call"
    ]
    assert [(step.inputs["operation"], forward.point) for step, forward in answered] == [
        ("nn.bias_add", "tf.nn.bias_add"),
        ("matmul", "tf.matmul"),
    ]
    assert {step.facts["object"] for step, _ in answered} == {"dense"}


def test_only_callbacks_that_change_something_are_recorded_in_light_epochs() -> None:
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                self.model.stop_training = True

    trace = fitted(epochs=5, callbacks=[Stop()])
    epochs = trace.find("epoch")
    assert len(epochs) == 3
    assert "callback" not in inside(epochs[1])
    stopping = [step for step in epochs[2].walk() if step.subject == "Stop#1"]
    assert [step.facts["changed"] for step in stopping] == [
        Mapping((("model.stop_training", True),), 1)
    ]


def test_how_often_python_ran_is_counted() -> None:
    runs = fitted().outcome["python_runs"]
    assert isinstance(runs, Mapping)
    assert runs.get("dense") == 2
    runs = fitted(eager=True).outcome["python_runs"]
    assert isinstance(runs, Mapping)
    assert runs.get("dense") == 6


def test_a_training_computes_the_same_whether_it_is_recorded_or_not() -> None:
    weights = []
    for is_recorded in (False, True):
        keras.backend.clear_session()
        keras.utils.set_random_seed(3)
        trained = model()
        if is_recorded:
            with densetrace.trace():
                trained.fit(X, Y, epochs=3, verbose=0)
        else:
            trained.fit(X, Y, epochs=3, verbose=0)
        weights.append(trained.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)
