"""The operations that a real layer's call runs are steps, and the callback is gone afterwards."""

import functools
import importlib
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace.data.operations import CALL, NOT_RECORDED, RAW, TRACING
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Tensor
from densetrace.engines import Engine
from densetrace.engines.keras2 import raw_operations
from densetrace.render.outline import Outline, View

pytestmark = [
    pytest.mark.keras,
    # Ignore the warnings of Keras, but not densetrace's warning that recording stopped.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:densetrace"),
]

IMAGE = np.ones((2, 8, 8, 1), "float32")
SERIES = np.ones((2, 5, 3), "float32")
ROWS = np.linspace(-1.0, 1.0, 6, dtype="float32").reshape(2, 3)


@pytest.fixture(autouse=True)
def fresh_names(keras: Engine) -> None:
    keras.clear_session()


@pytest.fixture(scope="module")
def tf(keras: Engine) -> Any:
    return importlib.import_module("tensorflow.compat.v2")


def traced(keras: Engine, run: Callable[[], object]) -> Trace:
    with keras.hooked(), densetrace.trace() as trace:
        run()
    assert "recording_stopped" not in trace.outcome
    return trace


def calls_of(keras: Engine, layer: Any, *inputs: Any, **arguments: Any) -> Step:
    """The step of the `call` of a layer, built before it was traced."""
    layer.build(tuple(inputs[0].shape))
    trace = traced(keras, lambda: layer(*inputs, **arguments))
    return trace.find("call")[0]


def operations(step: Step) -> list[str]:
    """The last parts of the hook points of the operations directly inside a step."""
    return [child.point.rpartition(".")[2] for child in step.children if child.kind == "op"]


def author_lines(step: Step) -> list[str]:
    """The operations that the author level shows directly inside a step."""
    trace = Trace({"kind": "block"}, {"name": "tf_keras"}, {}, (step,))
    outline = Outline(trace, View("author"))
    rows = [row for phase in outline.phases() for row in outline.rows(phase) if row.depth == 2]
    shown = [row.line.steps[0] for row in rows if row.line.steps]
    return [one.point.rpartition(".")[2] for one in shown if one.kind == "op"]


# -- what each layer shows -------------------------------------------------------------------------


def test_a_convolution_is_a_convolution_and_a_bias(keras: Engine) -> None:
    layer = keras.keras.layers.Conv2D(4, 3, strides=2)
    call = calls_of(keras, layer, IMAGE)
    assert author_lines(call) == ["Conv2D", "bias_add"]
    convolution = call.children[0]
    assert [type(value) for value in convolution.inputs.values()][:2] == [Tensor, Tensor]
    assert list(convolution.inputs) == ["input", "filter", "strides", "padding"]
    assert convolution.inputs["strides"] == Items("list", (1, 2, 2, 1), 4)
    assert convolution.inputs["padding"] == "VALID"
    assert isinstance(convolution.result, Tensor)
    assert convolution.result.shape == (2, 3, 3, 4)
    assert convolution.where is not None
    assert "convolution" in convolution.where.file
    assert "convolution" in convolution.where.text


def test_a_symbolic_call_shows_the_same_operations(keras: Engine) -> None:
    layer = keras.keras.layers.Conv2D(4, 3)
    eager = calls_of(keras, layer, IMAGE)
    symbolic = traced(keras, lambda: layer(keras.keras.Input((8, 8, 1)))).find("call")[0]
    assert author_lines(symbolic) == author_lines(eager)
    result = next(one.result for one in symbolic.children if one.point == f"{RAW}Conv2D")
    assert isinstance(result, Tensor)
    assert result.symbolic
    assert result.shape == (None, 6, 6, 4)


def test_batch_normalization_shows_moments_and_moving_averages(keras: Engine) -> None:
    layer = keras.keras.layers.BatchNormalization()
    call = calls_of(keras, layer, ROWS, training=True)
    assert author_lines(call) == [
        "moments", "Sub", "Mul", "AssignSubVariableOp", "Sub", "Mul", "AssignSubVariableOp",
        "batch_normalization",
    ]  # fmt: skip
    (moments,) = [child for child in call.children if child.point == "tf.nn.moments"]
    assert {"Mean", "SquaredDifference"} <= set(operations(moments))
    (first, _) = [one for one in call.children if one.point == f"{RAW}AssignSubVariableOp"]
    # The handle of a variable is shown as the variable.
    assert first.inputs["resource"] == Tensor((3,), "float32")


def test_an_embedding_gathers(keras: Engine) -> None:
    call = calls_of(keras, keras.keras.layers.Embedding(10, 4), np.ones((2, 3), "int32"))
    assert author_lines(call) == ["ResourceGather"]
    assert call.children[0].inputs["resource"] == Tensor((10, 4), "float32")


def test_dropout_draws_numbers_in_training_only(keras: Engine) -> None:
    layer = keras.keras.layers.Dropout(0.5)
    trained = calls_of(keras, layer, ROWS, training=True)
    assert author_lines(trained) == ["dropout"]
    assert "RandomUniform" in operations(trained.children[0])
    assert author_lines(calls_of(keras, layer, ROWS)) == []


def test_an_lstm_runs_its_loop_eagerly(keras: Engine) -> None:
    call = calls_of(keras, keras.keras.layers.LSTM(4), SERIES)
    assert author_lines(call).count("while_loop") == 1
    (loop,) = [child for child in call.children if child.point.endswith("while_loop")]
    assert operations(loop).count("MatMul") == 2 * 5  # two a time step
    assert "while_loop" not in operations(loop)


def test_an_lstm_calls_a_graph_function_on_symbols(keras: Engine) -> None:
    layer = keras.keras.layers.LSTM(4)
    layer.build((None, 5, 3))
    call = traced(keras, lambda: layer(keras.keras.Input((5, 3)))).find("call")[0]
    (called,) = [child for child in call.children if child.point == CALL]
    assert called.inputs["f"] == "standard_lstm"
    assert author_lines(call)[-1] == "PartitionedCall"
    tracings = [child for child in call.children if child.point == TRACING]
    inner = {str(one.inputs["name"]): operations(one) for one in tracings}
    assert {"MatMul", "Sigmoid", "while_loop"} <= set(inner["standard_lstm"])
    assert not any(name.startswith(("__backward", "__forward")) for name in inner)


def test_an_operation_of_a_hooked_function_is_not_shown_twice(keras: Engine) -> None:
    call = calls_of(keras, keras.keras.layers.Dense(2, activation="relu"), ROWS)
    names = [step.point.rpartition(".")[2] for step in call.walk() if step.kind == "op"]
    assert [name for name in names if name in ("matmul", "MatMul")] == ["matmul"]
    assert [name for name in names if name in ("bias_add", "BiasAdd")] == ["bias_add"]
    assert names.count("Relu") == 1
    assert author_lines(call) == ["matmul", "bias_add"]


def test_nothing_is_recorded_outside_a_step(keras: Engine, tf: Any) -> None:
    trace = traced(keras, lambda: tf.sqrt(tf.constant([4.0]) + 1.0))
    assert trace.steps == ()


def test_the_author_level_leaves_out_a_cast_that_changes_nothing(keras: Engine, tf: Any) -> None:
    class Casts(keras.keras.layers.Layer):  # type: ignore[name-defined, misc] # loaded at run time
        def call(self, x: Any) -> Any:
            return tf.cast(tf.cast(x, "float32"), tf.float16)

    call = calls_of(keras, Casts(), ROWS)
    assert operations(call) == ["cast", "cast"]
    assert author_lines(call) == ["cast"]


def test_bookkeeping_is_left_out(keras: Engine) -> None:
    def run() -> None:
        keras.keras.layers.LSTM(4)(SERIES)
        keras.keras.layers.LSTM(4)(keras.keras.Input((5, 3)))

    points = {step.point for step in traced(keras, run).find("op")}
    assert points.isdisjoint(RAW + name for name in NOT_RECORDED)
    assert f"{RAW}ReadVariableOp" in points


# -- a person's own layers -------------------------------------------------------------------------


def test_an_operation_has_the_line_that_asked_for_it(keras: Engine, tf: Any) -> None:
    class Mine(keras.keras.layers.Layer):  # type: ignore[name-defined, misc] # loaded at run time
        def call(self, x: Any) -> Any:
            if tf.reduce_sum(x) > 0:
                x = x * 2.0
            return tf.einsum("ij->ji", x)

    layer: Any = Mine()
    for inputs in (ROWS + 2, keras.keras.Input((3,))):
        call = traced(keras, functools.partial(layer, inputs)).find("call")[0]
        lines = {
            step.point.rpartition(".")[2]: step.where.text for step in call.walk() if step.where
        }
        assert lines["Sum"] == "if tf.reduce_sum(x) > 0:"
        assert lines["Mul"] == "x = x * 2.0"
        assert lines["Einsum"] == 'return tf.einsum("ij->ji", x)'


def test_a_tf_function_is_traced_once_and_called(keras: Engine, tf: Any) -> None:
    @tf.function  # type: ignore[untyped-decorator] # TensorFlow has no types
    def doubled(x: Any) -> Any:
        return x + x

    class Mine(keras.keras.layers.Layer):  # type: ignore[name-defined, misc] # loaded at run time
        def call(self, x: Any) -> Any:
            return doubled(x)

    layer = Mine()
    first, second = (calls_of(keras, layer, ROWS) for _ in range(2))
    assert [child.point for child in first.children] == [TRACING, CALL]
    assert "AddV2" in operations(first.children[0])
    assert [child.point for child in second.children] == [CALL]
    assert second.children[0].inputs["f"] == first.children[0].inputs["name"]
    assert author_lines(first) == author_lines(second) == ["PartitionedCall"]


def test_an_operation_that_fails_leaves_the_steps_before_it(keras: Engine, tf: Any) -> None:
    class Fails(keras.keras.layers.Layer):  # type: ignore[name-defined, misc] # loaded at run time
        def call(self, x: Any) -> Any:
            return tf.reshape(tf.exp(x), (7,))

    layer = Fails()
    with keras.hooked(), pytest.raises(Exception, match="reshape"), densetrace.trace() as trace:
        layer(ROWS)
    call = trace.find("call")[0]
    assert operations(call) == ["Exp"]
    assert call.error is not None


# -- on and off ------------------------------------------------------------------------------------


def state() -> tuple[object, list[object]]:
    """TensorFlow's function for eager execution, and the op callbacks of this thread."""
    execute = importlib.import_module("tensorflow.python.eager.execute")
    context = importlib.import_module("tensorflow.python.eager.context").context()
    return execute.execute, list(context.op_callbacks)


def test_no_callback_is_left(keras: Engine) -> None:
    before = state()
    with keras.hooked():
        with keras.hooked():
            assert len(state()[1]) == len(before[1]) + 1
        assert len(state()[1]) == len(before[1]) + 1
    assert state() == before


def test_no_callback_is_left_after_an_exception(keras: Engine) -> None:
    before = state()
    with pytest.raises(KeyError), keras.hooked():
        raise KeyError("of the traced code")
    assert state() == before


def test_no_callback_is_left_by_a_block_that_begins_in_a_graph(keras: Engine, tf: Any) -> None:
    before = state()
    with tf.Graph().as_default():
        block = keras.hooked()
        block.__enter__()
    with densetrace.trace() as trace:
        keras.keras.layers.Embedding(10, 4)(np.ones((2, 3), "int32"))
    block.__exit__(None, None, None)
    assert f"{RAW}ResourceGather" in {step.point for step in trace.find("op")}
    assert state() == before


def test_no_callback_is_left_by_a_block_that_ends_in_another_thread(keras: Engine) -> None:
    before = state()
    block = keras.hooked()
    block.__enter__()
    ending = threading.Thread(target=block.__exit__, args=(None, None, None))
    ending.start()
    ending.join()
    assert state() == before


def test_another_thread_keeps_its_callback(keras: Engine) -> None:
    entered, leave, found = threading.Event(), threading.Event(), []

    def other() -> None:
        with keras.hooked(), densetrace.trace() as trace:
            entered.set()
            leave.wait(30)
            keras.keras.layers.BatchNormalization()(ROWS, training=True)
        found.append(trace)

    before = state()
    thread = threading.Thread(target=other)
    thread.start()
    assert entered.wait(30)
    with keras.hooked():
        pass
    leave.set()
    thread.join()
    # TensorFlow runs `Mean` by Python, where a callback of any thread is hooked for all of them.
    assert f"{RAW}Mean" in {step.point for step in found[0].find("op")}
    assert state() == before


def test_a_fault_of_ours_stops_the_recording_and_not_the_layer(
    keras: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("a fault of densetrace")

    layer = keras.keras.layers.Conv2D(4, 3)
    layer.build(IMAGE.shape)
    expected = layer(IMAGE)
    for name in ("_operands", "_hook_of", "asking_frame"):
        with monkeypatch.context() as patched:
            patched.setattr(raw_operations, name, fails)
            with (
                pytest.warns(RuntimeWarning, match="stopped recording: ZeroDivisionError"),
                keras.hooked(),
                densetrace.trace() as trace,
            ):
                np.testing.assert_array_equal(layer(IMAGE), expected)
        assert trace.outcome["recording_stopped"] == "ZeroDivisionError: a fault of densetrace"
        assert trace.find("call")


def test_recorded_and_unrecorded_calls_compute_the_same(keras: Engine) -> None:
    layers = keras.keras.layers
    for layer, inputs in (
        (layers.LSTM(4), SERIES), (layers.Conv2D(4, 3), IMAGE), (layers.GRU(4), SERIES),
        (layers.MultiHeadAttention(2, 2), (SERIES, SERIES)),
    ):  # fmt: skip
        given = inputs if isinstance(inputs, tuple) else (inputs,)
        expected = layer(*given)
        with keras.hooked(), densetrace.trace() as trace:
            found = layer(*given)
        np.testing.assert_array_equal(found, expected)
        assert "recording_stopped" not in trace.outcome
        assert Trace.loads(trace.dumps()).steps == trace.steps


def test_a_function_on_symbols_becomes_the_same_layer_recorded_or_not(
    keras: Engine, tf: Any
) -> None:
    def configs() -> list[Any]:
        x = keras.keras.Input((3,))
        outputs = (
            tf.cast(x, "float64"), tf.matmul(x, x, transpose_b=True), tf.nn.bias_add(x, [1.0] * 3),
            tf.tensordot(x, tf.ones((3, 2)), 1), x @ tf.ones((3, 2)),
        )  # fmt: skip
        models = [keras.keras.Model(x, output).get_config() for output in outputs]
        return [model["layers"][-1]["inbound_nodes"] for model in models]

    keras.clear_session()
    expected = configs()
    keras.clear_session()
    with keras.hooked(), densetrace.trace() as trace:
        assert configs() == expected
    points = {step.point for step in trace.walk() if step.kind == "op"}
    assert {"tf.cast", "tf.matmul", "tf.nn.bias_add", "tf.tensordot"} <= points
