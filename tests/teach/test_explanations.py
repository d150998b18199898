"""Explanations agree with their steps, stay calm, and help the reader."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Mapping
from densetrace.keras import activations, regularizers
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.engine.input_layer import Input
from densetrace.keras.engine.sequential import Sequential
from densetrace.keras.engine.training import Model
from densetrace.keras.layers.convolutional.conv2d import Conv2D
from densetrace.keras.layers.core.dense import Dense
from densetrace.teach.explanations import explain_step, note
from densetrace.tensorflow.ops.creating import constant
from tests.teach.corpus import Scale, X, traced


def only(run: Callable[[], Any], kind: str, **inputs: Any) -> Step:
    """The first step of a kind with these inputs."""
    found = traced(run).find(kind, where=lambda step: inputs.items() <= step.inputs.items())
    return found[0]


def noted(run: Callable[[], Any], kind: str, level: str = "author", **inputs: Any) -> str:
    text = note(only(run, kind, **inputs), level)
    assert text is not None
    return text


def assigned(layer: Callable[[], Any], name: str) -> Step:
    return only(layer, "assign", name=name)


# -- where the article is mistaken ----------------------------------------------------------------


def test_the_dict_of_new_is_said_to_be_a_copy_of_its_own() -> None:
    text = noted(lambda: Dense(64, activation="relu"), "new")
    assert text == (
        "Adds 64 to the keyword arguments as 'units', the first of __init__'s 10 parameters. All "
        "values are plain (str, int, float, bool, None), so {'activation': 'relu', 'units': 64} is "
        "the auto-config, for layers that define no get_config. Dense defines one. __init__ still "
        "gets (64, activation='relu')."
    )


def test_the_default_of_bias_initializer_is_said_to_be_zeros() -> None:
    explanation = explain_step(assigned(lambda: Dense(2), "bias_initializer"))
    assert "Zeros#1" in explanation.what
    assert "default is 'zeros'" in explanation.why


def test_the_decorator_is_said_to_set_layouts_and_no_initializers() -> None:
    step = only(lambda: Dense(2, kernel_layout="shard"), "layout")
    assert "it sets no initializer" in explain_step(step).why
    assert "sets kernel_layout afterwards. It sets no initializers" in (note(step) or "")


# -- construction ---------------------------------------------------------------------------------


def test_each_positional_argument_is_given_its_name() -> None:
    text = noted(lambda: Dense(4, "tanh", False), "new")
    assert text.startswith(
        "Adds 4, 'tanh' and False to the keyword arguments as 'units', 'activation' and "
        "'use_bias', the first 3 of"
    )


def test_arguments_that_a_tuple_takes_are_not_said_to_come_by_name() -> None:
    class Branches(Layer):
        def __init__(self, *sizes: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)

    text = noted(lambda: Branches(1, 2, name="b"), "new")
    assert text.startswith("The auto-config {'name': 'b'} omits the positional arguments")
    assert "Plain keyword arguments" in noted(lambda: Branches(name="b"), "new")


def test_the_value_that_prevents_an_auto_config_is_named() -> None:
    text = noted(lambda: Dense(3, kernel_regularizer=regularizers.L2()), "new")
    assert "L2#1 (for 'kernel_regularizer') is not a plain value" in text


def test_layouts_that_would_be_taken_are_told_from_those_that_are() -> None:
    assert "kernel_layout and bias_layout" in noted(lambda: Dense(2), "layout")
    passed = noted(lambda: Dense(2, bias_layout="b"), "layout")
    assert passed.startswith("Removes bias_layout='b' before __init__")


@pytest.mark.parametrize(
    ("units", "said"), [("5", "int('5') = 5"), (3.7, "int(3.7) = 3"), (True, "units stays True")]
)
def test_odd_units_are_noted(units: Any, said: str) -> None:
    assert said in noted(lambda: Dense(units), "init")


# -- lookups --------------------------------------------------------------------------------------


def test_the_two_deserializers_of_a_string_are_named() -> None:
    function = noted(lambda: Dense(2, "relu"), "get", identifier="relu")
    instance = noted(lambda: Dense(2), "get", identifier="zeros")
    assert "The deserializer (serialization_lib) runs twice: name to config, then" in function
    assert "An unknown name raises ValueError." in function
    assert "no 'module' key: the older (legacy) deserializer creates an object." in instance


def test_the_default_dtype_is_said_where_none_was_passed() -> None:
    said = "No dtype given: the default."
    assert noted(lambda: Dense(2), "init", dynamic=False) == said
    assert note(only(lambda: Dense(2, dtype="float64"), "init", dynamic=False)) is None
    assert note(only(Sequential, "init", dynamic=False)) is None


def test_a_regularizer_that_passes_through_is_noted_at_every_level() -> None:
    text = noted(lambda: Dense(2, kernel_regularizer="l3"), "get", "user", identifier="l3")
    assert "Keras keeps the string" in text


def test_what_fails_later_is_said_where_the_weight_is_made() -> None:
    text = noted(lambda: Dense(2, kernel_regularizer="l3")(X), "add_weight", "user", name="kernel")
    assert "'l3'" in text
    assert "TypeError" in text


def test_the_strength_a_regularizer_gets_by_its_name_is_told() -> None:
    assert "l2=0.01" in noted(lambda: Dense(2, kernel_regularizer="l2"), "get", identifier="l2")


# -- building and calling -------------------------------------------------------------------------


def test_the_spread_of_the_kernel_is_told_with_its_formula() -> None:
    text = noted(lambda: Dense(64)(X), "add_weight", name="kernel")
    assert text == (
        "initializers.get returns GlorotUniform#1 as is. It draws within ±limit: fan-in 3, "
        "fan-out 64, limit sqrt(6/(3+64)) = 0.2993."
    )


def test_the_formula_holds_where_a_fan_is_zero() -> None:
    text = noted(lambda: Dense(0)(np.ones((2, 1), "float32")), "add_weight", name="kernel")
    assert text.endswith("limit sqrt(6/2) = 1.732.")


def test_zeros_need_no_note() -> None:
    assert note(only(lambda: Dense(2)(X), "add_weight", name="bias")) is None


def test_build_is_said_to_follow_from_built_only_if_it_does() -> None:
    assert "built is False" in noted(lambda: Dense(2)(X), "build")
    assert note(only(lambda: Dense(2).build((None, 3)), "build")) is None
    assert "built is False" in noted(lambda: Scale()(X), "build")


def test_symbolic_calls_are_told_from_eager_ones() -> None:
    assert noted(lambda: Dense(2)(Input((3,))), "invoke").startswith("This call is symbolic")
    assert note(only(lambda: Dense(2)(X), "invoke")) is None


def test_a_model_of_unknown_shape_is_said_to_run_its_layers_twice() -> None:
    model = Sequential([Dense(2)])
    assert "runs twice" in noted(lambda: model(X), "invoke")
    assert note(only(lambda: model(X), "invoke")) is None


def test_a_conversion_of_the_input_is_noted() -> None:
    converted = traced(lambda: Dense(2, dtype="float16")(X)).find(
        "op", where=lambda step: step.point == "tf.cast"
    )
    assert "'float16'" in str(note(converted[0], "author"))


def test_compile_says_what_it_puts_off() -> None:
    text = noted(lambda: Sequential([Dense(2)]).compile("sgd", "mse"), "compile")
    assert text == (
        "Resolves the optimizer (SGD#1); a new Mean metric tracks the loss. Later, fit or "
        "evaluate resolves loss and rejects unknown names."
    )


# -- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "kind", "advice"),
    [
        (lambda: Dense(4, activation="rleu"), "get", "Did you mean relu?"),
        (lambda: Dense(4, kernel_initializer="he_nromal"), "get", "Did you mean he_normal?"),
        (lambda: Dense(4, activaton="relu"), "init", "Did you mean activation?"),
        (lambda: Dense(4, gamma_layout="x"), "init", "Leave it out."),
        (lambda: Dense(-1), "init", "positive whole number"),
        (lambda: Dense(2)(np.ones(3)), "check", "x[None, :], or [[1, 2]] for the list [1, 2]."),
        (lambda: Conv2D(2, 2)(np.ones((4, 4, 1))), "check", "x[None, :, :, :]."),
        (lambda: Conv2D(2, 2)(np.ones((2, 3))), "check", "The first axis is the batch"),
        (lambda: Dense(2).build((None, None)), "build", "(None, 3)"),
        (lambda: Dense(2, dtype="int32").build((None, 3)), "build", "dtype='float32'"),
        (lambda: Sequential().add(3), "add", "Dense(64)"),
    ],
)
def test_an_error_says_what_to_type_instead(run: Callable[[], Any], kind: str, advice: str) -> None:
    notes = [note(step, "user") or "" for step in traced(run).find(kind) if step.error]
    assert any(advice in text for text in notes), notes


def test_a_step_that_an_error_only_passed_through_says_where_it_began() -> None:
    step = only(lambda: Dense(4, activation="rleu"), "init")
    assert "It was raised in activations.get" in explain_step(step).what
    assert note(step) is None


# -- any trace ------------------------------------------------------------------------------------


def test_a_trace_from_a_file_is_explained_as_it_was_when_recorded() -> None:
    recorded = traced(lambda: Dense(4, "tanh", kernel_regularizer="l2")(X))
    loaded = Trace.loads(recorded.dumps())
    for before, after in zip(recorded.walk(), loaded.walk(), strict=True):
        assert explain_step(after) == explain_step(before)
        assert note(after, "framework") == note(before, "framework")


def test_what_a_step_says_is_never_read_as_a_gap() -> None:
    step = only(lambda: Dense(2, activation="{result}{what}"), "get", identifier="{result}{what}")
    assert "'{result}{what}'" in (note(step) or "")


def test_unprintable_characters_are_shown_as_escapes() -> None:
    layer = "a\x1b[2J\u202eb"
    text = explain_step(only(lambda: Dense(2, name=layer)(X), "invoke")).what
    assert text.isprintable()
    assert "\\x1b" in text


def test_long_values_are_cut() -> None:
    step = only(lambda: Dense(2, name="x" * 5000)(X), "invoke")
    assert len(explain_step(step).what) < 500


def test_a_step_that_lost_its_values_is_still_explained() -> None:
    for step in traced(lambda: Dense(4, "relu", kernel_layout="x")(X)).walk():
        bare = replace(
            step, subject=None, inputs={}, facts={}, result=None, where=None, children=()
        )
        assert explain_step(bare).what


@pytest.mark.parametrize("value", [Items("list", (), 0), Mapping((), 0), 3, "x", None])
def test_a_step_with_values_of_the_wrong_kind_is_still_explained(value: Any) -> None:
    for step in traced(lambda: Dense(4, "relu")(X)).walk():
        odd = replace(
            step,
            inputs=dict.fromkeys(step.inputs, value),
            facts=dict.fromkeys(step.facts, value),
            result=value,
        )
        assert explain_step(odd).why


def test_an_unknown_level_is_refused() -> None:
    step = only(lambda: Dense(2), "new")
    with pytest.raises(ValueError, match="level must be one of user, author, framework"):
        note(step, "expert")


@pytest.mark.parametrize(("name", "told"), [(None, "the model:"), ("net", "the model net:")])
def test_a_model_that_is_named_model_is_called_the_model(name: str | None, told: str) -> None:
    def train() -> None:
        inputs = Input((3,))
        model = Model(inputs, Dense(1)(inputs), name=name)
        model.compile("sgd", "mse")
        model.fit(np.ones((4, 3), "float32"), np.ones((4, 1), "float32"), verbose=0)

    trace = traced(train)
    assert f"fit trains {told}" in explain_step(trace.find("fit")[0]).what
    texts = " ".join(explain_step(step).what for step in trace.walk())
    assert "model model" not in texts.lower()
    if name is None:
        assert "The model becomes a graph of" in texts


def test_none_is_explained_where_a_size_is_unknown() -> None:
    def said(shape: tuple[int | None, ...]) -> str:
        layer = Dense(2)
        return noted(lambda: layer(Input(batch_shape=shape)), "invoke")

    assert "(None: a size not known yet)" in said((None, 3))
    assert "None" not in said((4, 3))


def test_a_weight_set_as_an_attribute_is_said_to_count() -> None:
    class Own(Layer):
        def build(self, input_shape: object) -> None:
            self.gain = self.add_weight("gain", (3,))
            self.offset = constant([1.0, 2.0])

    gain = explain_step(only(lambda: Own().build(None), "assign", name="gain"))
    assert gain.what.endswith("The layer now counts it among its weights.")
    offset = explain_step(only(lambda: Own().build(None), "assign", name="offset"))
    assert "If it is a variable" in offset.what


@pytest.mark.parametrize(("units", "said"), [(1, "1 output for"), (64, "64 outputs for")])
def test_the_units_of_a_layer_are_counted(units: int, said: str) -> None:
    assert said in explain_step(assigned(lambda: Dense(units), "units")).what


def test_a_config_that_is_rewritten_is_said_to_be() -> None:
    config = {
        "module": "keras.activations",
        "class_name": "function",
        "config": "relu",
        "registered_name": "relu",
    }
    step = only(lambda: activations.get(config), "deserialize")
    text = note(step, "framework") or ""
    assert text.startswith("Keras finds the function in keras.activations, writes a new config")
    assert "(equal to the first one here)" in text
    other = replace(step, inputs={"identifier": Mapping((("config", "relu"),), 1)})
    assert "(equal to the first one here)" not in (note(other, "framework") or "")
