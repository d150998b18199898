"""Epochs and batches are steps that no call bounds; the first batch is recorded in full, the others
as one light step each."""

from typing import Any

import numpy as np
import pytest

import densetrace
import densetrace.tensorflow as tf
from densetrace import keras
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Mapping, Tensor
from densetrace.kinds import label_of
from densetrace.kinds.spans import plain_text
from densetrace.recording import spans
from densetrace.recording.hooks import traced
from densetrace.recording.recorder import Recorder, recording
from densetrace.render.training import results
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


@pytest.mark.parametrize("ends", [True, False])
def test_a_loop_of_the_users_own_hides_nothing_after_it(ends: bool) -> None:
    own = keras.callbacks.CallbackList([keras.callbacks.Callback()], model=model())
    with densetrace.trace() as trace:
        for epoch in range(3):
            own.on_epoch_begin(epoch)
            for batch in range(2):
                own.on_train_batch_begin(batch)
                own.on_train_batch_end(batch, {"loss": 1.0})
            own.on_epoch_end(epoch, {"loss": 1.0})
        if ends:
            own.on_train_end()
        keras.layers.Dense(5, name="late")(X)
        trained = model()
        trained.fit(X, Y, verbose=0)
    kinds = [step.kind for step in trace.steps]
    assert kinds.count("epoch") == 3
    assert any(step.subject == "late" and step.kind == "invoke" for step in trace.walk())
    fit = next(step for step in trace.steps if step.kind == "fit")
    assert "weights" in fit.facts


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
        assert len(kernel) == (1 if eager else 2)
        assert not eager or "after" in kernel[0].facts
        assert eager or "after" not in kernel[0].facts, "the first trace updated nothing"
        for step in kernel[-1:]:
            old, new = step.inputs["before"], step.facts["after"]
            assert isinstance(old, Tensor)
            assert isinstance(new, Tensor)
            after = trained.get_weights()
            assert list(old.elements) == pytest.approx(before[0].ravel(), rel=1e-6)
            assert list(new.elements) == pytest.approx(after[0].ravel(), rel=1e-6)


@pytest.mark.parametrize("batches", [0, 1])
def test_in_a_graph_a_constraint_has_the_numbers_and_the_update_has_none(batches: int) -> None:
    keras.backend.clear_session()
    bound = keras.constraints.MaxNorm(0.5)
    layer = keras.layers.Dense(1, kernel_constraint=bound, kernel_initializer="ones")
    trained = keras.Sequential([layer])
    trained.compile("sgd", "mse")
    with densetrace.trace(batches=batches) as trace:
        trained.fit(np.ones((4, 1)), np.zeros((4, 1)), verbose=0, epochs=2, batch_size=2)
    [first] = [step for step in trace.find("train_function") if step.children]
    steps = [child for child in first.children if child.kind == "train_step"]
    assert trace.find("train_step") == steps
    assert len(steps) == 2
    *early, last = [step for step in trace.find("update") if _is_of_kernel(step)]
    assert not any("after" in step.facts for step in [*early, last])
    assert last.facts["then"] == "its constraint"
    [constraint] = [step for step in trace.find("constrain") if "after" in step.facts]
    after = constraint.facts["after"]
    assert isinstance(after, Tensor)
    assert after.elements == pytest.approx((0.5,))
    assert all(step.result for step in trace.find("batch"))
    assert label(last).endswith("(then its constraint)")
    assert label(constraint) == "MaxNorm#1(dense/kernel) → [[0.5]]"


def _is_of_kernel(step: Step) -> bool:
    return step.inputs["variable"] == "dense/kernel:0"


def label(step: Step) -> str:
    return plain_text(label_of(step))


def test_in_python_an_update_and_its_constraint_have_numbers() -> None:
    keras.backend.clear_session()
    trained = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
    trained.build((None, 1))
    trained.weights[0].constraint = keras.constraints.MaxNorm(0.5)
    trained.compile("sgd", "mse", run_eagerly=True)
    with densetrace.trace() as trace:
        trained.fit(np.ones((2, 1)), np.zeros((2, 1)), verbose=0)
    update, _ = trace.find("update")
    assert label(update).endswith(
        "update_step(dense/kernel, gradient=[[2]])  now [[0.98]]  (was [[1]])"
    )
    [constraint] = trace.find("constrain")
    assert label(constraint) == "MaxNorm#1(dense/kernel) → [[0.5]]  (was [[0.98]])"


def test_an_update_says_that_its_numbers_include_weight_decay() -> None:
    trace = fitted(epochs=1, batch_size=12)
    assert not any("with" in step.facts for step in trace.find("update"))
    keras.backend.clear_session()
    trained = model(optimizer=keras.optimizers.SGD(0.1, weight_decay=0.1))
    with densetrace.trace() as trace:
        trained.fit(X, Y, verbose=0, batch_size=12)
    told = [step.facts.get("with") for step in trace.find("update")]
    assert told == [None, None, "weight decay", "weight decay"]


def test_several_steps_in_one_run_of_the_graph_have_no_numbers() -> None:
    trained = model(steps_per_execution=3)
    with densetrace.trace() as trace:
        trained.fit(X, Y, verbose=0, batch_size=4)
    updates = trace.find("update")
    assert updates
    assert not any("after" in step.facts for step in updates)


def test_the_updates_of_a_graph_that_failed_have_no_numbers() -> None:
    trained = model(steps_per_execution=2)
    with densetrace.trace() as trace, pytest.raises(tf.errors.OutOfRangeError):
        trained.train_on_batch(X, Y)  # one batch, and the graph asks for two
    updates = trace.find("update")
    assert updates
    assert not any("after" in step.facts for step in updates)


def test_the_state_of_a_metric_has_no_number_while_a_graph_is_traced() -> None:
    trace = fitted(epochs=1)
    states = [step.result for step in trace.find("update_state")]
    assert states
    assert all(not state.elements for state in states if isinstance(state, Tensor))


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


@pytest.mark.parametrize("eager", [False, True])
def test_the_gradient_of_an_embedding_is_recorded_by_its_shape(eager: bool) -> None:
    made = keras.Sequential([keras.layers.Embedding(4, 2), keras.layers.Flatten()])
    made.compile("sgd", "mse", run_eagerly=eager)
    with densetrace.trace() as trace:
        made.fit(np.ones((8, 3), int), np.ones((8, 6)), verbose=0)
    updates = trace.find("update")
    assert updates
    for step in updates:
        gradient = step.inputs["gradient"]
        assert isinstance(gradient, Tensor)
        assert gradient.shape == (4, 2)


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


def test_every_batch_that_ran_to_its_end_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, limit in ("BATCHES", 2), ("IN_ALL", 5), ("EPOCHS", 3):
        monkeypatch.setattr(spans, f"LIGHT_{name}", limit)
    trace = fitted(batch_size=2, epochs=9)
    assert trace.outcome["batches"] == Mapping((("ran", 54), ("replayed", 53)), 2)
    assert "54 batches ran, 53 of them as replays of a graph." in closing_lines(trace)

    class Fails(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if batch == 2:
                raise KeyError("lost")

    trained = model()
    with pytest.raises(KeyError), densetrace.trace() as failed:
        trained.fit(X, Y, verbose=0, batch_size=4, callbacks=[Fails()])
    assert "2 batches ran, 1 of them as replays of a graph." in closing_lines(failed)


def closing_lines(trace: Trace) -> str:
    return "\n".join(map(plain_text, results(trace, by_kind(trace))))


def by_kind(trace: Trace) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in trace.walk():
        found.setdefault(step.kind, []).append(step)
    return found


def test_a_validation_counts_its_own_batches() -> None:
    for frequency in (1, 2):
        trace = fitted(validation_data=(X[:2], Y[:2]), validation_freq=frequency, epochs=3)
        shown = {label(step).partition(" →")[0] for step in batches_of(trace, "test")}
        # In an epoch of which only its numbers are recorded, nothing tells how many there are.
        assert shown == ({"batch 1 of 1"} if frequency == 1 else {"batch 1"})
        assert {step.inputs["of"] for step in batches_of(trace, "train")} == {3}


def batches_of(trace: Trace, mode: str) -> list[Step]:
    return [step for step in trace.find("batch") if step.inputs["mode"] == mode]


def test_only_gradients_that_are_needed_are_computed() -> None:
    trace = fitted(eager=True, epochs=1, batch_size=12)
    [product] = [step for step in trace.find("backward") if step.inputs["operation"] == "matmul"]
    assert label(product) == "backward of matmul in dense (f32[12,2]) → f32[3,2]"
    assert len([one for one in product.children if one.point == "tf.matmul"]) == 1
    x = tf.Variable([1.0, 2.0, 3.0])
    with densetrace.trace() as trace:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(x**2.0)
        gradient = tape.gradient(y, x)
    assert gradient.numpy().tolist() == [2.0, 4.0, 6.0]
    power, _ = sorted(trace.find("backward"), key=lambda step: str(step.inputs["operation"]))
    assert label(power) == "backward of pow(f32[3]) → f32[3] = [2, 4, 6]"
    assert "tf.math.log" not in {one.point for one in power.walk()}
