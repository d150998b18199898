"""The text forms of values."""

import pytest

from densetrace.data.steps import ABSENT, Absent
from densetrace.data.values import (
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Number,
    Tensor,
    Text,
    Value,
)
from densetrace.data.wording import (
    LONGEST_IN_FULL,
    arguments,
    as_code,
    by_name,
    described,
    in_full,
    in_sentence,
    kernel_first,
    keywords,
    name_of,
    number,
    outcome,
    plain,
    rounded,
    settings,
    shape_text,
    short,
    spec_text,
)

X = Tensor((2, 3), "float32", (1.0,))
SPEC = Instance(
    "InputSpec",
    "keras.engine.input_spec",
    "InputSpec#1",
    Mapping((("min_ndim", 2), ("shape", None), ("axes", Mapping(((-1, 3),), 1))), 3),
)
RELU = Function("relu", "keras.activations")
L2 = Instance("L2", "keras.reg", "L2#1", Mapping((("l2", 0.01),), 1))
DENSE = Instance("Dense", "keras.layers", "dense")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("relu", "'relu'"),
        ("漢" * 3000, "'" + "漢" * 40 + "'... (3,000 characters)"),
        (Text("a" * 200, 3000), "'" + "a" * 40 + "'... (3,000 characters)"),
        (0.1 + 0.2, "0.3"),
        (2.0, "2.0"),
        (-0.0, "-0.0"),
        (0.99999999, "1.0"),
        (1e16, "1e+16"),
        (123456789.0, "123456789.0"),
        (1e-7, "1e-07"),
        (Items("list", (1.0, 2), 2), "[1.0, 2]"),
        (X, "f32[2,3]"),
        (Tensor((), "float32", (2.0,)), "2.0"),
        (Tensor((), "int32", (2,)), "2"),
        (Tensor((), "bool", (True,)), "True"),
        (Tensor((), "float32", (0.25,)), "0.25"),
        (SPEC, "InputSpec(min_ndim=2, axes={-1: 3})"),
        (Items("list", ("dense", X), 2), "['dense', f32[2,3]]"),
    ],
)
def test_the_short_text_of_a_value(value: Value, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(2.0, 4, "2.0"), (15.9412, 4, "15.94"), (8782.232, 4, "8782.2"), (0.99999, 4, "1.0")],
)
def test_a_rounded_float_still_looks_like_one(value: float, digits: int, text: str) -> None:
    assert rounded(value, digits) == text


def test_an_object_in_a_config_is_written_as_it_is_constructed() -> None:
    config = Mapping((("initial", 1.0), ("steps", 10), ("name", None)), 3)
    assert short(Instance("Decay", "keras", "Decay", config)) == "Decay(initial=1.0, steps=10)"
    assert short(Instance("Decay", "keras", "Decay#1", config)) == "Decay#1"
    assert short(Instance("Decay", "keras", "Decay")) == "Decay"


def test_the_short_text_is_bounded() -> None:
    huge = Items("list", tuple("x" * 50 for _ in range(20)), 20)
    assert len(short(huge)) < 200


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        ("relu", "'relu'"),
        ("x" * 100, repr("x" * 100)),
        (RELU, "function relu of keras.activations"),
        (Class("Zeros", "keras.initializers"), "class Zeros"),
        (Tensor((2, 3), "float32", (1.0, 2.0)), "f32[2,3]: 1.0, 2.0, ..."),
        (Tensor((2,), "float32", (1.0, 2.0)), "f32[2]: 1.0, 2.0"),
        (Tensor((None, 3), "float32", symbolic=True), "f32[None,3]"),
        (Tensor((), "float32", (0.5,)), "0.5"),
        (L2, "L2#1 of keras.reg {'l2': 0.01}"),
        (DENSE, "dense, a Dense of keras.layers"),
        (Items("list", (1, 2), 5), "[1, 2, ... 3 more]"),
    ],
)  # fmt: skip
def test_the_full_text_of_a_value(value: Value, text: str) -> None:
    assert in_full(value) == text


def test_the_full_text_is_bounded_and_printable() -> None:
    assert len(in_full("\x1b" * 10_000)) <= 4 * LONGEST_IN_FULL
    assert in_full("\x1b\u202e").isprintable()


def test_fractions_are_rounded_inside_containers() -> None:
    fractions = (0.123456789, 0.1 + 0.2)
    for kind, inside in (("list", "[{}, {}]"), ("tuple", "({}, {})"), ("set", "{{{}, {}}}")):
        items = Items(kind, fractions, 2)
        assert short(items) == inside.format("0.1234568", "0.3")
        assert in_sentence(items) == inside.format("0.1235", "0.3")
    assert short(Items("list", (6.0, 6), 2)) == "[6.0, 6]"
    assert in_sentence(Mapping((("rate", fractions[0]),), 3)) == "{'rate': 0.1235, ... 2 more}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (64, "64"),
        (12345.678, "12345.68"),
        ("relu", "'relu'"),
        ("\x1b", "'\\x1b'"),
        ("x" * 70, f"'{'x' * 40}'... (70 characters)"),
        (Mapping((), 0), "{}"),
        (Number("nan"), "nan"),
    ],
)
def test_a_value_in_a_sentence(value: Value, text: str) -> None:
    assert in_sentence(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ABSENT, "none"),
        (None, "None"),
        (RELU, "function relu"),
        (Class("Zeros", "k"), "class Zeros"),
        (L2, "L2#1"),
    ],
)
def test_the_text_of_an_outcome_names_functions_and_classes(
    value: Value | Absent, text: str
) -> None:
    assert outcome(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (RELU, "the function relu"),
        (Class("Zeros", "k"), "the class Zeros"),
        (L2, "an instance of L2"),
        ("relu", "the string 'relu'"),
        (None, "None"),
    ],
)
def test_a_value_with_its_article(value: Value, text: str) -> None:
    assert described(value) == text


def test_a_value_as_a_name() -> None:
    assert plain("relu") == by_name("relu") == by_name(RELU) == name_of(RELU) == "relu"
    assert name_of("relu") == "'relu'"
    assert (by_name(L2), name_of(L2)) == ("L2#1", "L2")
    assert by_name(DENSE) == name_of(DENSE) == "dense"
    assert name_of(ABSENT) == "nothing"


def test_a_value_as_code() -> None:
    assert as_code(L2) == "L2(l2=0.01)"
    assert settings(DENSE) == "nothing to set"
    assert keywords([("units", 3), ("name", None)]) == "units=3, name=None"
    given = Items("tuple", (64, "relu"), 2), Mapping((("use_bias", False),), 1)
    assert arguments(*given) == "(64, 'relu', use_bias=False)"


def test_shapes_specs_and_numbers() -> None:
    assert shape_text(Items("list", (None, 3), 2)) == "(None, 3)"
    assert shape_text(Tensor((None, 3), "float32")) == "(None, 3)"
    assert shape_text(Items("list", (3,), 1)) == "(3,)"
    assert spec_text(SPEC) == "min_ndim=2, axes={-1: 3}"
    assert number(Tensor((), "float32", (0.25,))) == "0.25"
    assert number(X) == "f32[2,3]"


def test_a_kernel_is_named_before_a_bias() -> None:
    assert kernel_first(["bias", "beta", "kernel"]) == ["kernel", "beta", "bias"]
