"""Chains of `why`, and the errors if there is none."""

import pickle
from copy import copy

import pytest

from densetrace.api import Trace, explain
from densetrace.study.why import Why, why
from densetrace.system.errors import RequestError
from tests.study.lessons import MODEL, SCRIPT, expression, script

DENSE = "Dense(64, activation='relu')"


EQUAL_SIZES = """\
from tensorflow import keras
import numpy as np

class Equal(keras.layers.Layer):
    def __init__(self, units, depth, other=4):
        super().__init__()
        self.other = other
        self.units = units
        self.depth = depth

    def build(self, dimensions):
        n = dimensions[-1]
        self.w = self.add_weight("w", (self.depth, self.units))
        self.b = self.add_weight("b", shape=[self.units])
        self.k = self.add_weight("k", shape=(n, 2))

    def call(self, inputs):
        return inputs

equal = Equal(4, 4)
equal(np.ones((2, 4)))
"""


def links_of(answer: Why) -> list[str]:
    """The links of a chain in a few words."""
    words = []
    for link in answer.links:
        step = link.step
        about = step.inputs.get("name") if step.kind in ("assign", "add_weight") else step.subject
        if step.kind in ("op", "activation", "get", "init", "new"):
            about = ".".join(step.point.split(".")[-2:])
        words.append(f"{step.kind} {about}")
    return words


def beginning(answer: Why) -> tuple[str, str]:
    place = answer.links[0].places[0]
    return answer.begins, str(place.path[0] if place.path else place.name)


@pytest.mark.parametrize(
    ("target", "begins", "links"),
    [
        ("units", ("typed", "units"), ["new Layer.__new__", "init Dense.__init__", "assign units"]),
        (
            "activation",
            ("typed", "activation"),
            [
                "new Layer.__new__",
                "init Dense.__init__",
                "get activations.get",
                "assign activation",
            ],
        ),
        (
            "kernel",
            ("typed", "units"),
            [
                "new Layer.__new__",
                "init Dense.__init__",
                "assign units",
                "add_weight kernel",
                "initialize GlorotUniform#1",
                "assign kernel",
            ],
        ),
        (
            "kernel.shape",
            ("typed", "units"),
            [
                "new Layer.__new__",
                "init Dense.__init__",
                "assign units",
                "add_weight kernel",
                "assign kernel",
            ],
        ),
        (
            "kernel.shape[0]",
            ("given", "shape"),
            ["invoke dense", "build dense", "add_weight kernel", "assign kernel"],
        ),
        ("built", ("called", ""), ["invoke dense", "build dense", "assign built"]),
        (
            "bias.dtype",
            ("left_out", "dtype"),
            ["new Layer.__new__", "init Layer.__init__", "add_weight bias", "assign bias"],
        ),
        (
            "use_bias",
            ("left_out", "use_bias"),
            ["new Layer.__new__", "init Dense.__init__", "assign use_bias"],
        ),
        (
            "kernel_initializer",
            ("left_out", "kernel_initializer"),
            [
                "new Layer.__new__",
                "init Dense.__init__",
                "get initializers.get",
                "assign kernel_initializer",
            ],
        ),
        (
            "output",
            ("given", "input"),
            [
                "invoke dense",
                "call dense",
                "op tf.matmul",
                "op nn.bias_add",
                "activation activations.relu",
                "invoke dense",
            ],
        ),
        (
            "name",
            ("left_out", "name"),
            ["new Layer.__new__", "init Layer.__init__", "name None"],
        ),
        ("input_spec", ("given", "shape"), ["invoke dense", "build dense", "assign input_spec"]),
        (
            "supports_masking",
            ("called", ""),
            ["new Layer.__new__", "init Dense.__init__", "assign supports_masking"],
        ),
    ],
)
def test_chains_of_a_dense_layer(target: str, begins: tuple[str, str], links: list[str]) -> None:
    answer = why(expression(DENSE), target)
    assert (beginning(answer), links_of(answer)) == (begins, links)


def test_the_size_of_an_output_comes_from_the_units() -> None:
    answer = why(expression(DENSE), "output.shape")
    assert beginning(answer) == ("typed", "units")
    assert links_of(answer)[-5:] == [
        "op tf.matmul",
        "op nn.bias_add",
        "activation activations.relu",
        "call dense",
        "invoke dense",
    ]


def test_what_else_took_part_is_told_with_where_it_began() -> None:
    answer = why(expression(DENSE), "kernel")
    assert [(also.value, also.begins) for also in answer.also] == [
        (3, "given"),
        ("GlorotUniform#1", "left_out"),
    ]


def test_two_equal_sizes_come_from_two_places() -> None:
    trace = expression("Dense(3)")  # and 3 is the width of the sample too
    assert why(trace, "kernel.shape[0]").begins == "given"
    assert why(trace, "kernel.shape[1]").begins == "typed"


def test_what_was_typed_is_found_whatever_it_became() -> None:
    answer = why(expression("Dense('5')"), "units")
    assert (answer.value, beginning(answer)) == (5, ("typed", "units"))


class TestOwnLayers:
    def test_an_attribute_that_a_line_computes(self) -> None:
        answer = why(script(SCRIPT), "doubled")
        assert (answer.value, beginning(answer)) == (8, ("typed", "width"))
        assert links_of(answer) == ["new Layer.__new__", "init Scale.__init__", "assign doubled"]

    def test_a_literal_in_the_person_s_own_class(self) -> None:
        answer = why(script(SCRIPT), "rate")
        assert (answer.begins, links_of(answer)) == ("typed", ["assign rate"])

    def test_a_weight_s_shape_through_an_attribute_of_theirs(self) -> None:
        answer = why(script(SCRIPT), "gain.shape")
        assert beginning(answer) == ("typed", "width")
        assert links_of(answer)[2:] == ["assign doubled", "add_weight gain", "assign gain"]

    def test_a_default_of_their_own(self) -> None:
        answer = why(script(SCRIPT), "scale (2).factor")
        assert (answer.value, beginning(answer)) == (2.0, ("left_out", "factor"))

    def test_a_layer_inside_a_layer(self) -> None:
        trace = script(SCRIPT)
        assert beginning(why(trace, "hidden.units")) == ("typed", "width")
        assert links_of(why(trace, "hidden")) == ["new Layer.__new__", "assign hidden"]

    @pytest.mark.parametrize(
        ("target", "name"),
        [
            ("w.shape[0]", "depth"), ("w.shape[1]", "units"), ("b.shape[0]", "units"),
            ("w.shape", "depth"),
        ],
    )  # fmt: skip
    def test_of_equal_sizes_the_one_that_the_line_reads(self, target: str, name: str) -> None:
        assert beginning(why(script(EQUAL_SIZES), target)) == ("typed", name)

    def test_a_size_of_the_input_that_equals_an_argument(self) -> None:
        answer = why(script(EQUAL_SIZES), "k.shape[0]")
        assert answer.begins == "given"

    def test_a_weight_kept_under_a_private_name(self) -> None:
        assert why(script(SCRIPT), "secret.shape").links[-1].step.kind == "add_weight"


class TestModels:
    def test_a_layer_s_size_may_come_from_the_layer_before_it(self) -> None:
        answer = why(script(MODEL), "dense_1.kernel.shape[0]")
        assert beginning(answer) == ("typed", "units")
        assert answer.links[0].step.subject == "dense"

    def test_what_compile_settles_now_and_puts_off(self) -> None:
        trace = script(MODEL)
        assert links_of(why(trace, "optimizer")) == [
            "compile sequential",
            "get optimizers.get",
            "compile sequential",
        ]
        assert why(trace, "sequential.loss").value == "mse"


class TestTargets:
    def test_the_object_asked_for_is_taken_first(self) -> None:
        trace = expression("Sequential([Dense(8, activation='relu', input_shape=(3,)), Dense(1)])")
        answer = why(trace, "output")
        assert answer.target.text == "sequential.output"
        assert answer.target.others == ("dense.output", "dense_1.output")

    def test_else_the_first_one_that_has_it(self) -> None:
        answer = why(script(SCRIPT), "gain")
        assert (answer.target.text, answer.target.others) == ("scale.gain", ("scale (2).gain",))

    def test_with_its_name_any_can_be_asked(self) -> None:
        answer = why(script(SCRIPT), "scale (2).gain")
        assert (answer.target.owner, answer.target.others) == ("scale (2)", ())

    @pytest.mark.parametrize(
        ("target", "problem", "hint"),
        [
            ("krnel", "Nothing called 'krnel'", "Did you mean kernel?"),
            ("dense.krnel", "dense has no krnel", "Did you mean kernel?"),
            ("kernel.shpe", "Nothing called 'kernel.shpe'", "Did you mean kernel.shape?"),
            ("kernel.shape[7]", "Nothing called 'kernel.shape[7]'", "Try: activation,"),
            ("zzz", "Nothing called 'zzz'", "kernel, kernel_constraint, kernel_initializer"),
            ("dense", "has to be an attribute", "Try: activation,"),
            ("", "has to be an attribute", "dense has activation,"),
            ("..", "Nothing called '..'", "Try: activation,"),
            ("\x1b[2J", "Nothing called '\\x1b[2J'", "Try: activation,"),
        ],
    )
    def test_one_that_is_not_there(self, target: str, problem: str, hint: str) -> None:
        with pytest.raises(RequestError) as caught:
            why(expression(DENSE), target)
        assert problem in caught.value.problem
        assert hint in caught.value.hint

    @pytest.mark.parametrize("target", [" kernel ", "self.kernel", "dense/kernel:0"])
    def test_other_ways_to_write_one(self, target: str) -> None:
        assert why(expression(DENSE), target).target.text == "dense.kernel"

    @pytest.mark.parametrize(
        ("value", "attribute"),
        [("linear", "dense.activation"), ("GlorotUniform", "dense.kernel_initializer")],
    )
    def test_of_a_value_it_says_which_attribute_has_it(self, value: str, attribute: str) -> None:
        with pytest.raises(RequestError, match=f"{value} is the value of {attribute}"):
            why(expression("Dense(4)"), value)

    def test_one_that_an_error_kept_from_being_set(self) -> None:
        with pytest.raises(RequestError, match=r"never set: activations\.get raised ValueError"):
            why(expression("Dense(4, activation='nope')"), "activation")

    def test_one_that_the_run_never_reached(self) -> None:
        with pytest.raises(RequestError, match="ValueError stopped the run before"):
            why(expression("Dense(4, activation='nope')"), "kernel")

    def test_a_trace_without_objects(self) -> None:
        with pytest.raises(RequestError, match="has attributes"):
            why(type(expression(DENSE))(), "kernel")


class TestAskingAgain:
    def test_what_was_found_out_changes_no_answer_and_no_trace(self) -> None:
        trace, other = explain(DENSE), explain("Dense(3)")
        asked = Trace(trace.source, trace.engine, trace.outcome, trace.steps)
        first = asked.why("kernel")
        assert asked.why("kernel") == first == trace.why("kernel")
        assert asked == trace
        assert pickle.loads(pickle.dumps(asked)) == asked == copy(asked)
        assert len(pickle.dumps(asked)) == len(pickle.dumps(copy(asked)))
        asked.steps, asked.outcome = other.steps, other.outcome
        assert asked.why("units") == other.why("units") != trace.why("units")
