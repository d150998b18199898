"""A trace records only its own thread and task, and ends with its block."""

import asyncio
import contextvars
import gc
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import densetrace
import densetrace.tensorflow as tf
from densetrace.keras.layers import Dense, Layer
from densetrace.recording.recorder import active

X = np.ones((2, 3), "float32")


def units(trace: densetrace.Trace) -> list[Any]:
    return [step.inputs["args"].items[0] for step in trace.find("new")]  # type: ignore[union-attr] # all are tuples


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert active() is None


def test_other_threads_are_not_recorded_even_in_the_context_of_a_trace() -> None:
    release = threading.Event()

    def late() -> None:
        release.wait()
        Dense(9)

    with densetrace.trace() as t:
        context = contextvars.copy_context()
        outlives = threading.Thread(target=contextvars.copy_context().run, args=(late,))
        outlives.start()
        with ThreadPoolExecutor() as pool:
            pool.submit(Dense, 7).result()
            pool.submit(context.run, Dense, 8).result()
        Dense(1)
    release.set()
    outlives.join()
    context.run(Dense, 9)
    assert units(t) == [1]


def test_async_tasks_have_separate_traces() -> None:
    async def main() -> densetrace.Trace:
        async def inner(number: int) -> int:
            await asyncio.sleep(0)
            with densetrace.trace() as own:
                await asyncio.sleep(0)
                Dense(number)
                await asyncio.to_thread(Dense, 99)
            assert units(own) == [number]
            return number

        async def late() -> None:
            await asyncio.sleep(0.01)
            Dense(77)

        with densetrace.trace() as t:
            Dense(1)
            async with asyncio.TaskGroup() as group:
                group.create_task(inner(3))
            await asyncio.gather(inner(4), inner(5))
            outlives = asyncio.create_task(late())
            asyncio.get_running_loop().call_soon(Dense, 88)
            await asyncio.sleep(0)
            Dense(2)
        await outlives
        return t

    assert units(asyncio.run(main())) == [1, 2]


def suspended(seen: list[densetrace.Trace], number: int) -> Iterator[None]:
    with densetrace.trace() as t:
        seen.append(t)
        Dense(number)
        yield


@pytest.mark.parametrize("first", [0, 1])
def test_traces_in_generators_may_end_in_any_order(first: int) -> None:
    seen: list[densetrace.Trace] = []
    generators = [suspended(seen, 1), suspended(seen, 2)]
    for generator in generators:
        next(generator)
    generators[first].close()  # type: ignore[attr-defined] # a generator has it
    Dense(5)
    generators[1 - first].close()  # type: ignore[attr-defined] # as above
    Dense(6)
    # The trace of a suspended generator continues; the innermost trace records.
    assert [units(t) for t in seen] == ([[1], [2, 5]] if first == 0 else [[1, 5], [2]])


def test_a_generator_may_be_closed_or_collected_in_another_context() -> None:
    for end in ("close", "collect"):
        seen: list[densetrace.Trace] = []
        generators = [suspended(seen, 1)]
        next(generators[0])
        close = generators[0].close  # type: ignore[attr-defined] # as above
        action = close if end == "close" else generators.clear
        del close
        thread = threading.Thread(target=action)
        thread.start()
        thread.join()
        Dense(2)
        assert units(seen[0]) == [1]
        with densetrace.trace() as t:
            Dense(3)
        assert units(t) == [3]


def test_an_exception_propagates_unchanged_through_two_traces() -> None:
    raised = StopIteration("of the block")
    caught = None
    try:
        with densetrace.trace() as outer:
            Dense(1)
            with densetrace.trace() as inner:
                Dense(2)
                raise raised
    except StopIteration as error:
        caught = error
    assert caught is raised
    assert (raised.__cause__, raised.__context__) == (None, None)
    assert [t.outcome["error_type"] for t in (outer, inner)] == ["StopIteration"] * 2
    assert (units(outer), units(inner)) == ([1], [2])


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_an_exception_that_ends_a_program_propagates_through_layers(
    error: type[BaseException],
) -> None:
    raised = error("of the layer")

    class Ends(Layer):
        def call(self, inputs: Any) -> Any:
            raise raised

    with pytest.raises(error) as caught, densetrace.trace() as t:
        Ends()(X)
    assert caught.value is raised
    assert [s.error.type for s in t.find("call") if s.error] == [error.__name__]


def test_a_trace_inside_an_except_block_has_no_error() -> None:
    try:
        raise KeyError("handled")
    except KeyError:
        with densetrace.trace() as t:
            Dense(1)
    assert "error_type" not in t.outcome


def test_tracing_does_not_change_the_depth_of_a_recursive_layer() -> None:
    class Down(Layer):
        def call(self, inputs: Any, depth: int = 0) -> Any:
            self.reached = max(depth, getattr(self, "reached", 0))
            return self(inputs, depth=depth + 1)

    def deepest() -> int:
        layer = Down()
        with pytest.raises(RecursionError):
            layer(X)
        reached: int = layer.reached
        return reached

    untraced = deepest()
    with densetrace.trace() as t:
        traced = deepest()
    # The `with` block adds frames.
    assert abs(traced - untraced) <= 2
    assert densetrace.Trace.loads(t.dumps()).source == t.source


def test_both_processes_of_a_fork_have_their_trace() -> None:
    reading, writing = os.pipe()
    with densetrace.trace() as t:
        Dense(1)
        child = os.fork()
        Dense(2 if child else 3)
    if not child:
        os.write(writing, bytes(units(t)))
        os._exit(0)
    os.waitpid(child, 0)
    assert (units(t), list(os.read(reading, 10))) == ([1, 2], [1, 3])


def test_ten_thousand_layers_have_different_names() -> None:
    with densetrace.trace() as t:
        for _ in range(10_000):
            Dense(1)
    subjects = [step.subject for step in t.find("layout")]
    assert len(set(subjects)) == 10_000
    assert [step.id for step in t.walk()] == list(range(sum(1 for _ in t.walk())))


def test_objects_at_a_reused_address_get_different_labels() -> None:
    from densetrace.keras import initializers

    with densetrace.trace() as t:
        for _ in range(200):
            Dense(1, kernel_initializer=initializers.Zeros())
            gc.collect(0)
    labels = [
        str(s.inputs["value"]) for s in t.find("assign") if s.inputs["name"] == "kernel_initializer"
    ]
    assert len(set(labels)) == 200


def test_a_tape_records_its_own_thread_only() -> None:
    x = tf.constant([1.0, 2.0])

    def elsewhere() -> None:
        for _ in range(10):
            _ = x * 3.0
            tf.function(lambda a: a * 2.0)(x)  # tracing suspends the tapes of its thread

    with tf.GradientTape() as tape:
        tape.watch(x)
        thread = threading.Thread(target=elsewhere)
        thread.start()
        y = x
        for _ in range(100):
            y = y * 1.0
        thread.join()
        y = y * 2.0
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 2.0]
