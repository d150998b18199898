"""A recorder records only its own context, changes no result, and can fail without side effects."""

import asyncio
import gc
import logging
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace.data.steps import Step
from densetrace.keras import backend
from densetrace.keras.layers import Dense, Layer
from densetrace.keras.losses import mean_squared_error
from densetrace.recording.recorder import active
from densetrace.recording.snapshot import MESSAGE_LIMIT

X = np.ones((2, 3), "float32")


def test_nothing_is_recorded_or_kept_while_no_recorder_is_active() -> None:
    assert active() is None
    layer = Dense(3)
    layer(X)
    gone = weakref.ref(layer)
    del layer
    gc.collect()
    assert gone() is None


def test_a_finished_trace_keeps_no_layer_alive() -> None:
    with densetrace.trace() as t:
        layer = Dense(3)
        layer(X)
    gone = weakref.ref(layer)
    del layer
    gc.collect()
    assert gone() is None
    assert t.steps


def test_traces_of_two_threads_are_separate() -> None:
    found: dict[str, densetrace.Trace] = {}
    barrier = threading.Barrier(2)

    def work(name: str) -> None:
        with densetrace.trace() as t:
            for _ in range(20):
                barrier.wait()
                Dense(2, name=name)(X)
        found[name] = t

    threads = [threading.Thread(target=work, args=(name,)) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, t in found.items():
        assert {step.subject.split(" ")[0] for step in t.find("build") if step.subject} == {name}
        assert len(t.find("build")) == 20


def test_a_thread_started_inside_a_trace_is_not_recorded() -> None:
    with densetrace.trace() as t:
        thread = threading.Thread(target=lambda: Dense(2)(X))
        thread.start()
        thread.join()
    assert t.steps == ()


def test_traces_of_tasks_are_separate_and_an_outer_trace_does_not_record_tasks() -> None:
    async def work(name: str) -> densetrace.Trace:
        with densetrace.trace() as t:
            for _ in range(5):
                await asyncio.sleep(0)
                Dense(2, name=name)
        return t

    async def both() -> None:
        with densetrace.trace() as outer:
            left, right = await asyncio.gather(work("left"), work("right"))
            await asyncio.create_task(spawned())
        assert outer.steps == ()
        for name, t in (("left", left), ("right", right)):
            assert {str(s.subject).split(" ")[0] for s in t.find("new")} == {name}

    async def spawned() -> None:
        Dense(9)

    asyncio.run(both())


def test_steps_of_an_inner_trace_are_not_in_the_outer_trace() -> None:
    with densetrace.trace() as outer:
        Dense(1)
        with densetrace.trace() as inner:
            Dense(2)
        Dense(3)
    assert [str(step.facts["bound"]) for step in outer.find("new")] == [
        "{'units': 1}",
        "{'units': 3}",
    ]
    assert [str(step.facts["bound"]) for step in inner.find("new")] == ["{'units': 2}"]


def test_on_step_is_called_with_each_step_as_it_closes() -> None:
    seen: list[Step] = []
    with densetrace.trace(on_step=seen.append) as t:
        Dense(2)
    assert sorted(step.id for step in seen) == [step.id for step in t.walk()]
    for step in seen:
        closed_before = seen[: seen.index(step)]
        assert all(any(child.id == s.id for s in closed_before) for child in step.children)


def test_each_step_is_a_log_record(caplog: pytest.LogCaptureFixture) -> None:
    backend.clear_session()
    with caplog.at_level(logging.DEBUG, logger="densetrace"), densetrace.trace() as t:
        Dense(2)
    assert len(caplog.records) == len(list(t.walk()))
    units = next(r for r in caplog.records if "name='units'" in r.getMessage())
    assert vars(units)["kind"] == "assign"
    assert vars(units)["point"] == "keras.engine.base_layer.Layer.__setattr__"
    assert vars(units)["subject"] == "dense"
    # layout > init of Dense > assign: two levels down.
    assert units.getMessage().startswith("    assign ")


def test_no_log_record_is_created_above_the_debug_level(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="densetrace"), densetrace.trace():
        Dense(2)
    assert caplog.records == []


def test_tracing_changes_no_result_and_no_exception() -> None:
    def outcome(traced: bool) -> tuple[Any, ...]:
        backend.clear_session()
        densetrace.keras.utils.set_random_seed(1)
        layer = Dense(3, activation="gelu", activity_regularizer="l2", kernel_regularizer="l1")
        if traced:
            with densetrace.trace():
                y = layer(X)
        else:
            y = layer(X)
        with pytest.raises(ValueError, match="min_ndim=2") as caught:
            layer(X[0])
        losses = [float(loss) for loss in layer.losses]
        return y.numpy().tolist(), str(caught.value), layer.get_config(), losses

    assert outcome(traced=True) == outcome(traced=False)


def test_an_exception_of_the_layer_propagates() -> None:
    class OwnError(Exception):
        pass

    class Breaks(Layer):
        def call(self, inputs: Any) -> Any:
            raise raised

    raised = OwnError("of the layer")
    with densetrace.trace() as t, pytest.raises(OwnError) as caught:
        Breaks()(X)
    assert "of the layer" in str(caught.value)  # Keras adds the layer and its arguments
    assert [s.error.type for s in t.find("call") if s.error] == ["OwnError"]


@pytest.mark.parametrize("method", ["enter", "leave"])
@pytest.mark.filterwarnings("default::RuntimeWarning")
def test_a_fault_in_a_hook_stops_only_the_recording(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any) -> Any:
        raise ZeroDivisionError("a fault in the hook")

    hooks_of_build = type(vars(Dense.build)["__densetrace_hook__"])
    monkeypatch.setattr(hooks_of_build, method, fails)
    warned = pytest.warns(RuntimeWarning, match="stopped recording: ZeroDivisionError")
    with warned, densetrace.trace() as t:
        y = Dense(2, kernel_initializer="ones")(X)
    assert y.numpy().tolist() == [[3.0, 3.0], [3.0, 3.0]]
    assert t.outcome["recording_stopped"] == "ZeroDivisionError: a fault in the hook"
    assert t.find("new")


def test_a_failing_callback_stops_only_the_recording() -> None:
    def fails(step: Step) -> None:
        raise KeyError("callback")

    warned = pytest.warns(RuntimeWarning, match="stopped recording")
    with warned, densetrace.trace(on_step=fails) as t:
        layer = Dense(2)
    assert layer.units == 2
    assert "recording_stopped" in t.outcome


def test_a_fault_does_not_raise_when_warnings_are_errors() -> None:
    with densetrace.trace(on_step=lambda step: 1 / 0) as t:  # type: ignore[arg-type] # fails
        assert Dense(2).units == 2
    assert "recording_stopped" in t.outcome


def test_objects_with_the_same_name_get_different_labels() -> None:
    with densetrace.trace() as t:
        Dense(1, name="twin")
        Dense(2, name="twin")
    assert {step.subject for step in t.find("layout")} == {"twin", "twin (2)"}


def test_a_step_has_the_source_line_that_caused_it() -> None:
    with densetrace.trace() as t:
        layer = Dense(2)
    [new] = t.find("new")
    assert new.where is not None
    assert new.where.file.endswith("test_record.py")
    assert new.where.text == "layer = Dense(2)"
    [units] = t.find("assign", where=lambda step: step.inputs["name"] == "units")
    assert units.where is not None
    assert units.where.file == "densetrace/keras/layers/core/dense.py"
    assert "self.units = int(units)" in units.where.text
    assert units.where.function == "Dense.__init__"
    assert layer.units == 2


def test_every_call_of_a_recursive_layer_is_traced() -> None:
    class Down(Layer):
        def call(self, inputs: Any, depth: int = 30) -> Any:
            return self(inputs, depth=depth - 1) if depth else inputs

    with densetrace.trace() as t:
        Down()(X)
    assert len(t.find("call")) == 31


def test_recording_ends_when_the_block_raises() -> None:
    with pytest.raises(ValueError, match="units"), densetrace.trace() as t:
        Dense(-1)
    assert active() is None
    assert t.find("new")
    assert t.outcome["error_type"] == "ValueError"


def test_a_long_message_is_cut() -> None:
    class Long(Layer):
        def call(self, inputs: Any) -> Any:
            raise ValueError("x" * 10**6)

    with densetrace.trace() as t, pytest.raises(ValueError, match="x"):
        Long()(X)
    [error] = [step.error for step in t.find("call")]
    assert error is not None
    assert len(error.message) <= MESSAGE_LIMIT


def test_steps_beyond_max_steps_are_only_counted() -> None:
    backend.clear_session()
    with densetrace.trace() as whole:
        Dense(2)(X)
    total = sum(1 for _ in whole.walk())
    with densetrace.trace(max_steps=10) as t:
        Dense(2)(X)
    assert [step.id for step in t.walk()] == list(range(10))
    assert t.outcome["steps_left_out"] == total - 10
    assert "steps_left_out" not in whole.outcome
    assert f"{total - 10} more steps ran" in t.tree()


def test_recording_does_not_change_the_recursion_limit() -> None:
    class Down(Layer):
        def call(self, inputs: Any) -> Any:
            self.depth = self.__dict__.get("depth", 0) + 1
            return self(inputs)

    def depth() -> int:
        layer = Down()
        with pytest.raises(RecursionError):
            layer(X)
        return int(layer.depth)

    depth()  # the first call imports modules and fills caches
    alone = depth()
    with densetrace.trace():
        assert depth() == alone


def test_steps_are_built_on_first_access_and_cached() -> None:
    with densetrace.trace() as t:
        Dense(2)
    first = t.steps
    assert t.steps is first
    assert len(list(t.walk())) == len(t.find()) > 10


def test_a_trace_that_ends_in_another_context_stops_recording() -> None:
    traces: list[densetrace.Trace] = []

    def suspended() -> Any:
        with densetrace.trace() as t:
            traces.append(t)
            yield
            Dense(1)

    inside = suspended()
    next(inside)
    closer = threading.Thread(target=inside.close)
    closer.start()
    closer.join()
    Dense(5)
    assert traces[0].find("new") == []


def test_traces_that_end_out_of_order_are_separate() -> None:
    def suspended() -> Any:
        with densetrace.trace() as t:
            yield t
            Dense(1)

    first, second = suspended(), suspended()
    one, two = next(first), next(second)
    first.close()
    Dense(2)  # the second is still open
    second.close()
    Dense(3)
    assert active() is None
    assert one.find("new") == []
    assert len(two.find("new")) == 1


def test_an_outermost_step_has_the_users_line_though_keras_caused_it() -> None:
    with densetrace.trace() as made:
        mean_squared_error(np.ones((2, 3)), np.zeros((2, 3)))
    assert {step.point for step in made.steps} >= {"tf.math.squared_difference"}
    for step in made.steps:
        assert step.where is not None
        assert step.where.text == "mean_squared_error(np.ones((2, 3)), np.zeros((2, 3)))"
