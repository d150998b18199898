"""Keras 3: what is hooked, recorded, explained and restored, and what is refused."""

import functools
import importlib
import inspect
import json
import re
from importlib.resources import files
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace import api
from densetrace.data.trace import Trace
from densetrace.data.values import Tensor
from densetrace.engines import Engine
from densetrace.engines.keras3.points import FAMILIES, Library, hooked, points
from densetrace.kinds import KINDS, label_of
from densetrace.kinds.spans import plain_text
from densetrace.recording.keras3_observers import ONLY_IN_KERAS_3
from densetrace.render import generations as view
from densetrace.render.layout import texts as texts_of
from densetrace.study.generations import MOST, generations
from densetrace.study.why import why
from densetrace.system.errors import RequestError
from densetrace.teach.explanations import KERAS_3, explain_step
from densetrace.teach.quiz import make_quiz
from densetrace.teach.texts import keras3 as texts
from tests.cli.running import invoke

pytestmark = [
    pytest.mark.keras,
    # Ignore the warnings of Keras, but not densetrace's warning that recording stopped.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:densetrace"),
]

X = np.linspace(-1.0, 1.0, 6, dtype="float32").reshape(2, 3)


@pytest.fixture(scope="module")
def library(keras3: Engine) -> Library:
    is_tensorflow = keras3.backend == "tensorflow"
    return Library(importlib.import_module("tensorflow") if is_tensorflow else None)


@pytest.fixture(autouse=True)
def fresh_names(keras3: Engine) -> None:
    keras3.clear_session()


@pytest.fixture
def trainer(keras3: Engine) -> Engine:
    """A Keras 3 that can train."""
    if keras3.backend == "numpy":
        pytest.skip("Keras 3 does not train on the NumPy backend")
    return keras3


@functools.cache
def explained(expression: str, **given: Any) -> Trace:
    return api.explain(expression, engine="keras", **given)


def kinds(trace: Trace) -> set[str]:
    return {step.kind for step in trace.walk()}


def is_complete(trace: Trace) -> bool:
    """Whether every step ended, is explained and labelled, and the trace survives JSON."""
    for step in trace.walk():
        told = explain_step(step, trace.keras)
        assert all((told.what, told.why, told.where)), step.point
        assert "base_layer" not in told.where, step.point
        assert "(not recorded)" not in told.what, (step.point, told.what)
        assert plain_text(label_of(step))
    assert "recording_stopped" not in trace.outcome
    return Trace.loads(trace.dumps()).steps == trace.steps


def test_the_engine_says_its_version_and_its_backend(keras3: Engine) -> None:
    described = keras3.describe()
    assert described["name"] == "keras"
    assert str(described["version"]).startswith("3.")
    assert described["backend"] == keras3.backend
    assert keras3.is_real
    assert keras3.generation == KERAS_3


def test_every_named_point_is_there_and_is_hooked(library: Library) -> None:
    with hooked(library) as exchange:
        there = {(item.hook.kind, item.hook.point) for item in exchange}
    # Families, and what another backend than TensorFlow lacks, have no function of their own.
    lacking = [
        (kind, point)
        for kind, point in points()
        if (kind, point) not in there
        and not point.endswith(".*")
        and library.find(point) is not None
        and not point.startswith("keras.initializers.initializer.")
    ]
    assert lacking == []
    assert {kind for kind, _ in there} <= set(KINDS)
    assert len([point for kind, point in there if kind == "op"]) > 300


def test_everything_is_restored(library: Library) -> None:
    with hooked(library) as exchange:
        items = list(exchange)
        signatures = [inspect.signature(item.function) for item in items]
        assert all(item.function.__code__ is not item.code for item in items)
    assert all(item.function.__code__ is item.code for item in items)
    assert [inspect.signature(item.function) for item in items] == signatures
    for base in FAMILIES:
        assert "__init_subclass__" not in vars(library.find(base))
    with pytest.raises(KeyError), hooked(library):
        raise KeyError("of the traced code")
    assert all(item.function.__code__ is item.code for item in items)


def test_nothing_is_recorded_after_unhooking(keras3: Engine) -> None:
    with keras3.hooked():
        layer = keras3.keras.layers.Dense(2, activation="relu")
    with densetrace.trace() as t:
        layer(X)
    assert t.steps == ()


def test_a_dense_takes_the_steps_of_keras_3(keras3: Engine) -> None:
    trace = explained("Dense(4, activation='relu', kernel_regularizer='l2')")
    (new,) = trace.find("new")
    assert new.point == "keras.ops.operation.Operation.__new__"
    assert {"path", "variable", "track", "lock"} <= kinds(trace)
    assert not {"layout", "spec", "node"} & kinds(trace)
    assert all(step.facts["via"] == "serialization_lib" for step in trace.find("deserialize"))
    assert len(trace.find("check")) == 2
    tracked = [step.inputs["name"] for step in trace.find("track")]
    assert tracked == ["dense/kernel", "dense/bias"]
    (call,) = trace.find("call")
    assert [(step.kind, step.point.rpartition(".")[2]) for step in call.children] == [
        ("op", "matmul"), ("op", "add"), ("activation", "relu"),
    ]  # fmt: skip
    assert trace.outcome["parameters"] == 16
    assert is_complete(trace)
    found = why(trace, "kernel.shape")
    assert [link.step.kind for link in found.links] == ["invoke", "build", "add_weight"]
    assert make_quiz(trace, count=10, topic="", seed=1).questions


LAYERS = [
    ("Conv2D(2, 3)", (None, 6, 6, 1)),
    ("LSTM(2)", (None, 2, 3)),
    ("LSTMCell(2)", (None, 3)),
    ("BatchNormalization()", (None, 3)),
    ("Embedding(10, 4)", (None, 3)),
    ("GroupNormalization(1)", (None, 4)),
    ("Sequential([Dense(2), Dropout(0.5), Flatten()])", (None, 3)),
]


@pytest.mark.parametrize(("expression", "shape"), LAYERS)
def test_any_layer_is_traced_completely(
    keras3: Engine, expression: str, shape: tuple[int | None, ...]
) -> None:
    trace = explained(expression, input_shape=shape)
    assert {"new", "init", "name", "invoke", "call"} <= kinds(trace)
    assert trace.stop is None, trace.outcome
    assert is_complete(trace)


def test_a_call_on_symbols_makes_a_spec_and_a_node_and_no_call(keras3: Engine) -> None:
    trace = explained("Sequential([Input((3,)), Dense(2)])", until="init")
    (node,) = [step for step in trace.find("node") if step.subject == "dense"]
    assert node.facts["class"] == "Dense"
    (invoke,) = trace.find("invoke")
    assert {"spec", "node"} <= {step.kind for step in invoke.children}
    assert "call" not in {step.kind for step in invoke.children}
    assert set(ONLY_IN_KERAS_3) <= kinds(trace)


def test_a_custom_layer_keeps_its_config_and_is_traced(keras3: Engine) -> None:
    with keras3.hooked(), densetrace.trace() as t:

        class Scale(keras3.keras.layers.Layer):  # type: ignore[name-defined, misc] # loaded at run time
            def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
                super().__init__(**kwargs)
                self.factor = factor

            def build(self, input_shape: Any) -> None:
                self.w = self.add_weight(name="w", shape=(3,), initializer="ones")

            def call(self, inputs: Any, training: bool = False) -> Any:
                return inputs * self.factor * self.w

        layer = Scale(factor=3.0)
        output = keras3.keras.ops.convert_to_numpy(layer(X))
    np.testing.assert_allclose(output, X * 3)
    assert layer.get_config()["factor"] == 3.0
    assert [step.point.rpartition("Scale")[2] for step in t.walk() if "Scale." in step.point] == [
        ".__init__", ".build", ".call",
    ]  # fmt: skip
    t.engine |= keras3.describe()
    assert is_complete(t)


def test_one_step_of_training_has_its_numbers(trainer: Engine) -> None:
    trace = explained("Dense(2)", fit=True)
    updates = trace.find("update")
    assert [step.inputs["variable"] for step in updates] == ["dense/kernel", "dense/bias"]
    for step in updates if trainer.backend != "jax" else ():  # where a function holds the numbers
        before, after = step.inputs["before"], step.facts["after"]
        assert isinstance(before, Tensor)
        assert isinstance(after, Tensor)
        assert before.elements != after.elements
    order = ["train_step", "compute_loss", "gradient", "apply_gradients", "compute_metrics"]
    if trainer.backend in ("jax", "torch"):
        order.remove("gradient")  # these compute it in a function that has no hook
    # The last ones: JAX builds loss and metrics in calls of their own before it trains.
    numbers = [trace.find(kind)[-1].id for kind in order]
    assert numbers == sorted(numbers)
    assert is_complete(trace)
    assert why(trace, "kernel").links[-2].step.kind == "update"


def test_training_in_a_graph_has_the_same_result_hooked_and_unhooked(trainer: Engine) -> None:
    def trained() -> list[Any]:
        trainer.clear_session()
        trainer.set_seed(1)
        model = trainer.keras.Sequential([trainer.keras.layers.Dense(2, activation="tanh")])
        model.compile("sgd", "mse", metrics=["mae"], jit_compile=False)
        model.fit(X, X[:, :2], epochs=2, batch_size=1, verbose=0)
        return list(model.get_weights())

    before = trained()
    with trainer.hooked(), densetrace.trace() as t:
        hooked_weights = trained()
    for left, right in zip(before, hooked_weights, strict=True):
        np.testing.assert_array_equal(left, right)
    t.engine |= trainer.describe()
    assert is_complete(t)
    batches = t.find("batch")
    assert len(batches) == 4
    # Without jit_compile only TensorFlow makes a graph; the others run Python for each batch.
    is_graph = trainer.backend == "tensorflow"
    replayed = [False, is_graph, is_graph, is_graph]
    assert [bool(step.facts.get("replayed")) for step in batches] == replayed
    (made,) = t.find("make_function")
    assert made.facts["mode"] == ("graph" if is_graph else "eager")
    if not is_graph:
        return
    (function,) = t.find("train_function")
    assert function.facts["traced"] == len(t.find("train_step"))
    assert t.find("update")[-1].facts["after"] is not None


def test_what_jax_compiles_is_replayed(trainer: Engine) -> None:
    if trainer.backend != "jax":
        pytest.skip("needs KERAS_BACKEND=jax")
    model = trainer.keras.Sequential([trainer.keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    with trainer.hooked(), densetrace.trace() as t:
        model.fit(X, X[:, :2], epochs=2, batch_size=1, verbose=0)
        model.fit(X, X[:, :2], batch_size=1, verbose=0)
    t.engine |= trainer.describe()
    assert is_complete(t)
    made, again = t.find("make_function")
    assert "(compiled by jax.jit)" in plain_text(label_of(made))
    assert "As a function of jax.jit, its Python code runs only" in explain_step(made, KERAS_3).why
    assert again.facts == {"mode": "made before", "by": "jax.jit"}
    replayed = [bool(step.facts.get("replayed")) for step in t.find("batch")]
    assert replayed == [False, True, True, True, True, True]


REFUSED = [
    "{'class_name': '__lambda__', 'config': {'value': 'x'}}",
    "{'class_name': 'Lambda', 'config': {'function': 'x'}, 'safe_mode': False}",
    "{'module': 'os', 'class_name': 'L2', 'config': {}}",
    "{'class_name': 'L2', 'config': {'l2': {'class_name': 'function', 'config': 'x'}}}",
]


@pytest.mark.parametrize("config", REFUSED)
def test_a_config_that_may_run_code_is_refused_before_keras_sees_it(
    keras3: Engine, config: str
) -> None:
    with pytest.raises(RequestError):
        api.explain(f"Dense(2, kernel_regularizer={config})", engine="keras", until="new")


@pytest.mark.parametrize("name", ["deserialize_keras_object", "os", "Custom>Adam"])
def test_a_string_finds_nothing_but_what_the_tables_of_keras_list(
    keras3: Engine, name: str
) -> None:
    for argument in ("activation", "kernel_initializer", "kernel_regularizer"):
        trace = explained(f"Dense(2, {argument}={name!r})", until="init")
        assert trace.stop is not None
        assert trace.stop.type == "ValueError"


def test_names_that_only_keras_3_has_are_found(keras3: Engine) -> None:
    trace = explained("Dense(2, activation='celu')", until="init")
    (get,) = trace.find("get", point="activations.get")
    assert get.facts["branch"] == "str"
    assert trace.stop is None


def test_an_unknown_regularizer_is_refused_at_once(keras3: Engine) -> None:
    trace = explained("Dense(2, kernel_regularizer='nope')")
    stop = trace.stop
    assert stop is not None
    assert stop.type == "ValueError"
    failed = next(step for step in trace.find("get") if step.error is not None)
    assert "Keras 2 kept the string" in explain_step(failed, trace.keras).why


def test_verify_compares_with_keras_2_alone(keras3: Engine) -> None:
    with pytest.raises(RequestError, match="compares with Keras 2"):
        api.verify("Dense(2)", engine="keras")


def test_the_places_of_the_texts_are_in_keras_3(keras3: Engine) -> None:
    root = Path(keras3.keras.__file__).parents[1]
    named = re.compile(r"(keras/src/[\w/]+\.py), ([\w.<>]+)")
    wrong = []
    for entry in texts.ENTRIES:
        for file, name in named.findall(entry.where):
            path = root / file
            source = path.read_text(encoding="utf-8") if path.is_file() else ""
            parts = [part for part in name.split(".") if part != "<locals>"]
            if not all(re.search(rf"\b(class|def) {part}\b", source) for part in parts):
                wrong.append((entry.key, file, name))
    assert wrong == []


def test_no_function_of_keras_3_is_named_twice(library: Library) -> None:
    with hooked(library) as exchange:
        found = [(item.hook.kind, item.hook.point, item.function) for item in exchange]
    assert all(type(function) is FunctionType for *_, function in found)
    of_points: dict[tuple[str, str], int] = {}
    for kind, point, function in found:
        if kind == "init" and point.startswith("keras."):
            of_points[kind, point] = of_points.get((kind, point), 0) + 1
            assert of_points[kind, point] == 1, (point, function)


def topics(one: str, other: str, expression: str) -> dict[str, str]:
    traces = (api.explain(expression, engine=name) for name in (one, other))
    found = generations(*traces)
    assert found is not None
    assert found.newer.keras == KERAS_3
    assert len(found.sentences) <= MOST
    drawn = "".join(texts_of(view.lines(found, 80)))
    assert all(len(line) <= 80 for line in drawn.splitlines())
    assert len(drawn.splitlines()) <= 40
    assert len([*view.plain(found)]) == len(found.sentences) + 1
    return {sentence.topic: sentence.text for sentence in found.sentences}


def test_what_changed_from_keras_2_is_told_in_a_screen(keras3: Engine) -> None:
    found = topics("densetrace", "keras", "Dense(4, activation='relu')")
    assert list(found) == [
        "arguments", "decorator", "deserializer", "lookup", "lock", "checks", "paths",
        "operations", "unchanged",
    ]  # fmt: skip
    assert "ops.matmul and ops.add" in found["operations"]
    model = topics("keras", "densetrace", "Sequential([Input((3,)), Dense(4)])")
    assert {"symbols", "lock"} <= set(model)
    assert "'units': 4" in model["arguments"]
    rejected = topics("densetrace", "keras", "Dense(4.5)")
    assert rejected["exception"].startswith("Keras 3 rejects units=4.5: ValueError: ")
    assert rejected["exception"].endswith(". Keras 2 accepts it.")
    both = topics("keras", "densetrace", "Dense(4, activation='rleu')")
    assert both["exception"].startswith("Both reject activation='rleu'. Keras 2: ValueError: ")
    penalty = topics("densetrace", "keras", "Dense(4, activity_regularizer='l1_l2')")
    assert penalty["exception"].startswith("Keras 3 rejects activity_regularizer='l1_l2': ")
    assert all("unchanged" not in found for found in (rejected, both, penalty))
    refused = topics("densetrace", "keras", "Dense(4, kernel_regularizer='nope')")
    assert "unchanged" not in refused
    assert "refuses 'nope' immediately" in refused["unknown name"]


def test_two_traces_of_one_keras_have_no_generations() -> None:
    trace = api.explain("Dense(4)")
    assert generations(trace, trace) is None


def test_the_command_compares_two_engines(keras3: Engine) -> None:
    ended = invoke("diff", "Dense(4)", "--engines", "densetrace,keras", "--format", "json")
    assert ended.exit_code == 1, ended.stderr
    form = json.loads(ended.stdout)
    assert form["newer"].startswith("keras 3.")
    assert form["sentences"][0]["topic"] == "arguments"
    for given, problem in (
        (["--engines", "keras"], "takes two engines"),
        ([], "Missing argument 'B'"),
        (["--engines", ","], "takes two engines. Received: ','."),
        (["Dense(2)", "--engines", "densetrace,keras"], "takes one expression"),
        (["--engines", "densetrace,keras", "--engine", "nonsense"], "Received also: --engine"),
        (["--engines", "densetrace,keras", "--engine", "densetrace"], "Received also: --engine"),
    ):
        refused = invoke("diff", "Dense(4)", *given)
        assert (refused.exit_code, problem in refused.stderr) == (2, True)


def test_a_name_that_only_keras_2_has_is_missing_in_keras_3(keras3: Engine) -> None:
    with pytest.raises(RequestError, match=r"keras 3\.[0-9.]+ has no ThresholdedReLU"):
        api.explain("ThresholdedReLU(1.0)", engine="keras")
    with pytest.raises(RequestError, match="Dnse is not a name that densetrace knows"):
        api.explain("Dnse(1)", engine="keras")


def test_attention_is_called_on_a_query_and_a_value(keras3: Engine) -> None:
    trace = explained("MultiHeadAttention(2, 4)")
    assert trace.stop is None
    assert is_complete(trace)
    assert trace.outcome["output"].shape == (2, 4, 3)  # type: ignore[union-attr] # a tensor
    asked = ("explain", "MultiHeadAttention(2, 4)", "--engine", "keras", "--only", "call")
    shown = invoke(*asked, "--input-shape", "2,3", "--input-shape", "5,3").stdout
    assert "first call: multi_head_attention(query, value), query = f32[2,2,3], value =" in shown
    listed = explained("Attention()")
    assert listed.outcome["output"].shape == (2, 4, 3)  # type: ignore[union-attr] # as above


@pytest.mark.parametrize("expression", ["MultiHeadAttention(2, 4)", "Add()", "GRU(2)"])
def test_a_layer_with_several_inputs_is_trained(trainer: Engine, expression: str) -> None:
    shapes: Any = [(None, 4, 3), (None, 2)] if expression == "GRU(2)" else None
    trace = api.explain(expression, engine="keras", fit=True, input_shape=shapes)
    assert trace.stop is None
    assert is_complete(trace)
    assert any(step.kind == "fit" for step in trace.walk())


def test_what_the_lesson_says_of_keras_3_is_so(keras3: Engine) -> None:
    file = files("densetrace.teach") / "lessons" / "keras-2-and-3.md"
    lesson = file.read_text(encoding="utf-8")
    layers = keras3.keras.layers
    with pytest.raises(ValueError, match="Could not interpret") as refused:
        layers.Dense(4, kernel_regularizer="l22")
    assert f'"{refused.value}"' in lesson
    layer = layers.Dense(4)
    layer(X)
    with pytest.raises(ValueError, match="new elements of state") as locked:
        layer.extra = layers.Dense(2)
    said = re.search('raises an error: "([^"]+)"', lesson)
    assert said is not None
    assert str(locked.value).startswith(said[1])
