"""A layer that takes several inputs: how they are given, passed, shown and asked about."""

import re
from typing import Any

import numpy as np
import pytest

import densetrace
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Tensor
from densetrace.keras import layers
from densetrace.running import samples
from densetrace.running.calling import by_position, count_of
from tests.cli.running import invoke

ONE, OTHER = "[[1, 2]]", "[[3, 4, 5]]"


def output(trace: Trace) -> Tensor:
    found = trace.outcome["output"]
    assert isinstance(found, Tensor)
    return found


class TestOptions:
    def test_numbers_are_given_once_for_each_input(self) -> None:
        shown = invoke("explain", "Concatenate()", "--input", ONE, "--input", OTHER).stdout
        assert "concatenate turns [f32[1,2], f32[1,3]] into f32[1,5]." in shown

    def test_shapes_are_given_once_for_each_input(self) -> None:
        given = ("--input-shape", "2", "--input-shape", "5")
        shown = invoke("explain", "Concatenate()", *given).stdout
        assert "(inputs of shapes (None, 2) and (None, 5), 2 examples)" in shown
        assert "concatenate turns [f32[2,2], f32[2,5]] into f32[2,7]." in shown

    def test_one_shape_is_that_of_each_input(self) -> None:
        shown = invoke("explain", "Add()", "--input-shape", "7").stdout
        assert "(2 inputs of shape (None, 7), 2 examples)" in shown

    def test_as_many_inputs_as_are_given(self) -> None:
        shown = invoke("explain", "Average()", *("--input-shape", "2") * 3).stdout
        assert "average turns [f32[2,2], f32[2,2], f32[2,2]] into f32[2,2]." in shown

    def test_build_gets_all_shapes(self) -> None:
        given = ("--input-shape", "3", "--input-shape", "4", "--until", "build")
        result = invoke("explain", "Add()", *given)
        assert result.exit_code == 1
        assert "incompatible shapes. Received shapes (3,) and (4,)" in result.stderr

    @pytest.mark.parametrize("command", ["explain", "step", "verify"])
    def test_numbers_and_shapes_exclude_each_other(self, command: str) -> None:
        given = ("--input", ONE, "--input", OTHER, "--input-shape", "2")
        result = invoke(command, "Concatenate()", *given)
        assert result.exit_code == 2
        assert "Pass either --input or --input-shape" in result.stderr

    @pytest.mark.parametrize("second", ["[[1], [2, 3]]", "[['a']]", "x"])
    def test_each_input_is_checked(self, second: str) -> None:
        result = invoke("explain", "Concatenate()", "--input", ONE, "--input", second)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--input" in result.stderr

    def test_the_stepper_says_all_of_them_in_its_command(self) -> None:
        given = ("--input", ONE, "--input", OTHER)
        shown = invoke("step", "Concatenate()", *given, "--at", "3", input="").stdout
        assert f"--input '{ONE}' --input '{OTHER}' --at 3" in shown

    def test_why_and_diff_take_them(self) -> None:
        given = ("--input-shape", "2", "--input-shape", "5")
        assert "(None, 2)" in invoke("explain", "Concatenate()", *given).stdout
        found = invoke("why", "Concatenate()", "output.shape", *given)
        assert (found.exit_code, "f32[2,7]" in found.stdout) == (0, True)
        same = invoke("diff", "Concatenate()", "Concatenate()", *given)
        assert same.exit_code == 0


class TestPassing:
    def test_a_layer_for_one_input_refuses_two(self) -> None:
        result = invoke("explain", "Dense(2)", "--input", ONE, "--input", ONE)
        assert result.exit_code == 1
        assert "expects 1 input(s), but it received 2" in result.stderr
        assert "dense takes one input. Call it on one tensor" in " ".join(result.stdout.split())

    def test_a_recurrent_layer_gets_its_initial_states(self) -> None:
        x, state = np.ones((1, 2, 3), "float32"), np.full((1, 2), 0.5, "float32")
        trace = densetrace.explain("SimpleRNN(2)", inputs=(x, state), seed=3)
        without = densetrace.explain("SimpleRNN(2)", inputs=x, seed=3)
        assert output(trace).shape == output(without).shape == (1, 2)
        assert output(trace).elements != output(without).elements

    @pytest.mark.parametrize("name", ["GRU", "LSTM"])
    def test_the_note_says_how_the_states_begin(self, name: str) -> None:
        shape = ("--input-shape", "4,3")
        states = ("--input-shape", "2") * (2 if name == "LSTM" else 1)
        assert "as zeros." in invoke("explain", f"{name}(2)", *shape).stdout
        shown = " ".join(invoke("explain", f"{name}(2)", *shape, *states).stdout.split())
        assert "as initial_state." in shown.replace("│ ", "")
        assert "as zeros" not in shown

    def test_a_cell_gets_its_states(self) -> None:
        trace = densetrace.explain("LSTMCell(2)", input_shape=[(None, 3), (None, 2), (None, 2)])
        (call,) = (step for step in trace.steps if step.kind == "invoke")
        states = call.inputs["args[1]"]
        assert isinstance(states, Items)
        assert states.length == 2

    def test_what_call_takes(self) -> None:
        class TwoPlaces(layers.Layer):
            def call(self, query: Any, value: Any, key: Any = None) -> Any:
                return query

        assert [count_of(layer) for layer in (TwoPlaces(), layers.Add(), layers.Dense(1))] == [
            2, 2, 1,
        ]  # fmt: skip
        assert by_position(TwoPlaces())
        assert not any(map(by_position, (layers.Add(), layers.LSTMCell(2), layers.LSTM(2))))
        shapes = samples.assumed_shapes(TwoPlaces())
        assert len(set(shapes)) == 2

    def test_a_tuple_has_several_inputs_and_a_list_is_one(self) -> None:
        two = densetrace.explain("Add()", inputs=([[1.0]], [[2.0]]))
        assert output(two).elements == (3.0,)
        one = densetrace.explain("Dense(1)", inputs=[[1.0], [2.0]])
        assert output(one).shape == (2, 1)


class TestSamples:
    @pytest.mark.parametrize(
        "expression",
        [
            "Embedding(5, 2)",
            "TimeDistributed(Embedding(5, 2))",
            "Sequential([Embedding(5, 2), Flatten()])",
        ],
    )
    def test_indices_for_an_embedding(self, expression: str) -> None:
        trace = densetrace.explain(expression)
        (call,) = (step for step in trace.steps if step.kind == "invoke")
        given = call.inputs["input"]
        assert isinstance(given, Tensor)
        assert given.dtype == "int32"
        assert trace.stop is None

    @pytest.mark.parametrize(("asked", "dtype"), [("int32", "int32"), ("bool", "bool")])
    def test_the_dtype_that_a_model_asks_for(self, asked: str, dtype: str) -> None:
        expression = f"Sequential([InputLayer((3,), dtype='{asked}'), Flatten()])"
        for inputs in (None, [[1, 0, 1]]):
            trace = densetrace.explain(expression, inputs=inputs)
            calls = [step for step in trace.steps if step.kind == "invoke"]
            taken = calls[-1].inputs["input"]
            assert isinstance(taken, Tensor)
            assert taken.dtype == dtype

    def test_the_inputs_of_a_functional_model(self) -> None:
        words, numbers = layers.Input((4,), name="words"), layers.Input((3,), name="numbers")
        embedded = layers.Flatten()(layers.Embedding(5, 2)(words))
        from densetrace.keras import Model

        model = Model([words, numbers], layers.Concatenate()([embedded, numbers]))
        first, second = samples.batches(model, [(None, 4), (None, 3)])
        assert (first.dtype, first.shape) == (np.dtype("int32"), (2, 4))
        assert first.max() < 5
        assert second.dtype == np.dtype("float32")
        assert model([first, second]).shape == (2, 11)


class TestTraining:
    @pytest.mark.parametrize("expression", ["Add()", "Concatenate()", "Dot(1)"])
    def test_a_merge_is_trained_in_a_model(self, expression: str) -> None:
        shown = invoke("explain", expression, "--fit")
        assert shown.exit_code == 0
        assert re.search(r"\n +1 +\d", shown.stdout), "the loss of the epoch"

    def test_a_recurrent_layer_with_states_learns(self) -> None:
        given: Any = [(None, 4, 3), (None, 2)]
        trace = densetrace.explain("GRU(2)", input_shape=given, fit=True)
        assert trace.stop is None
        assert sum(1 for step in trace.walk() if step.kind == "update") == 3
