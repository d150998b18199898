"""Expressions are parsed without evaluation, and errors say what to type instead."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densetrace.sources.expression.nodes import Call, Collection, Constant, Mapping, Name
from densetrace.sources.expression.parser import check, names, parse
from densetrace.system.errors import RequestError


def refusal(text: str) -> str:
    with pytest.raises(RequestError) as refused:
        check(parse(text), names())
    return str(refused.value)


# -- what is read ---------------------------------------------------------------------------------


def test_a_call_keeps_its_arguments_in_order() -> None:
    assert parse("Dense(64, activation='relu')").root == Call(
        "Dense", (Constant(64),), (("activation", Constant("relu")),)
    )


def test_containers_and_nested_calls_are_read() -> None:
    root = parse("Sequential([Dense(1), (2,), {3}, {'a': None}, ()])").root
    assert root.arguments[0] == Collection(
        list,
        (
            Call("Dense", (Constant(1),)),
            Collection(tuple, (Constant(2),)),
            Collection(set, (Constant(3),)),
            Mapping(((Constant("a"), Constant(None)),)),
            Collection(tuple, ()),
        ),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0b11", 3),
        ("-0x1F", -31),
        ("+1_0", 10),
        ("1e999", float("inf")),
        (".5", 0.5),
        ("2j", 2j),
        ("True", True),
        ("...", ...),
        ("'a' \"b\" r'\\c'", "ab\\c"),
        ("b'a' b'\\x00'", b"a\x00"),
        ("'''a\n'b'''", "a\n'b"),
        ("'\\d\\x1b'", "\\d\x1b"),
        ("('a')", "a"),
        ("18446744073709551615", 2**64 - 1),
    ],
)
def test_literals_mean_what_they_mean_in_python(text: str, value: object) -> None:
    assert parse(f"Dense({text})").root.arguments == (Constant(value),)


def test_a_name_is_a_value_when_it_is_not_called() -> None:
    root = parse("Dense(3, activation=keras.activations.relu)").root
    assert root.keywords == (("activation", Name("keras.activations.relu")),)


@pytest.mark.parametrize(
    "text",
    [
        " Dense(3)",
        "Dense(3)\r\n",
        "\n\nDense(3)\n",
        "Dense (3)",
        "Dense(\r\n 3\r\n)",
        "Dense(3,)",
        "Dense(3, # units\n)",
        "Dense(\\\n3)",
        "(Dense(3))",
        "Dense(3) # units, aren't they?",
    ],
)
def test_blank_space_comments_and_outer_brackets_mean_nothing(text: str) -> None:
    assert parse(text).root == Call("Dense", (Constant(3),))


def test_an_identifier_is_normalised_as_python_does() -> None:
    assert parse("\U0001d403ense(64)").root.dotted == "Dense"


def test_a_warning_about_a_doubtful_escape_does_not_leak() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parse("Dense(3, name='\\d')")
    assert not caught


# -- what is refused, and what the refusal says ----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dnse(64)", "Did you mean Dense?"),
        ("tf.keras.layers.Resizing(2, 2)", "See it on a real Keras: --engine tf_keras."),
        ("Dense 64, activation='relu'", "Did you mean Dense(64, activation='relu') ?"),
        ("Dense(3, activation=relu)", "Write 'relu'"),
        ("Dense(3, use_bias=true)", "Write True."),
        ("Dense(3, kernel_initializer=henormal())", "Did you mean HeNormal?"),
        ("keras.Dense(3)", "Did you mean keras.layers.Dense?"),
        ("keras.layer.Dense(3)", "Did you mean keras.layers.Dense?"),
        ("keras.layers.HeNormal()", "Did you mean keras.initializers.HeNormal?"),
        ("Dense(3, activation==1)", "Use a single = for an argument."),
        ("x = Dense(3)", "Pass only what follows the =."),
        ("'Dense(3)'", "Leave the outer quotes out."),
        ("Dense", "Call it: Dense(...)."),
        ("[Dense(3)]", "Sequential([Dense(64), Dense(10)])"),
        ("Dense(3, activation=\u2018relu\u2019)", "Use straight quotes"),
        ("Dense(3 4)", "Is a comma missing?"),
        ("HeNormal()", "Dense(64, kernel_initializer=HeNormal(...))"),
        ("Dense(3, activation=keras.activations.relu(1))", "Leave its parentheses out"),
        ("\u018aense(64)", "U+018A"),
        ("Dense(a**b)", "Arithmetic is not allowed in an expression (column 7)"),
        ("Dense(**a)", "Unpacking is not allowed in an expression (column 7)"),
        (
            "Dense(\n  3,\n  lambda: 1)",
            "A lambda is not allowed in an expression (line 3, column 3)",
        ),
        ("Input(shape=(3,))", "Input is neither a layer nor a model"),
        ("", "The expression is empty."),
    ],
)
def test_a_refusal_says_what_to_type_instead(text: str, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (">>> Dense(3)", "Leave the prompt >>> out."),
        ("Dense(3)?", "A question mark has no meaning here (column 9)"),
        ("!ls", "A notebook command is not an expression (column 1)"),
        ("import keras", "A script is run with: densetrace run FILE."),
        ("Dense(3)\nDense(4)", "An expression is one line, or goes on inside its brackets"),
        ("Dense{3}", "Write Dense(...)."),
        ("keras.layers.Dense 'relu' ", "Did you mean keras.layers.Dense('relu') ?"),
        ("Dense(3, [4", "The bracket [ is never closed (column 10)"),
        ("Dense(3]", "The bracket ( is closed by ] (column 8)"),
        ("Dense(3))", ") closes no open bracket (column 9)"),
        ("Dense(3, 'relu)", "The quote that opens here is never closed (column 10)"),
        ("Dense\uff0864\uff09", "Did you mean ( ?"),
        ("Dense(\uff16)", "Did you mean 6 ?"),
        ("Dense(3,\u00a04)", "The character U+00A0 has no meaning outside of a string (column 9)"),
        ("Dense(3) # \u202e", "The character U+202E has no meaning outside of a string"),
        ("Dense(units=3, 4)", "Arguments without a name stand before those with one"),
        ("Dense(3, class=4)", "The Python keyword class has no meaning here (column 10)"),
        ("Dense(3, 'name'=4)", "What stands before = must be the name of an argument"),
        ("Dense(units=3, units=4)", "The argument units is given twice (column 16)"),
        ("Dense(3_)", "This is not a number in Python"),
        ("Dense('\\u12')", "an escape is incomplete"),
        ("Dense('a' b'c')", "A string and bytes cannot be joined"),
        ("Dense(3).", "The expression ends where more is expected (column 10)"),
        ("Dense($)", "This cannot be read as Python (column 7)"),
    ],
)
def test_what_python_cannot_parse_is_told_in_our_words(text: str, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize(
    ("value", "construct"),
    [
        ("a().b", "An attribute of a value"),
        ("1 + 2", "Arithmetic"),
        ("a and b", "A logical operator"),
        ("a()()", "Calling anything except a name"),
        ("a < b", "A comparison"),
        ("a if b else c", "A condition"),
        ("lambda: 1", "A lambda"),
        ("a := 1", "An assignment"),
        ("*a", "Unpacking"),
        ("**a", "Unpacking"),
        ("a[0]", "A subscript"),
        ("-a", "An operator other than the sign of a number"),
        ("- -1", "An operator other than the sign of a number"),
        ("-True", "An operator other than the sign of a number"),
        ("~1", "An operator other than the sign of a number"),
        ("[a for a in b]", "A comprehension"),
        ("{a for a in b}", "A comprehension"),
        ("{a: a for a in b}", "A comprehension"),
        ("await a", "The construct Await"),
    ],
)
def test_a_construct_of_python_is_refused_by_its_name_and_place(value: str, construct: str) -> None:
    said = f"{construct} is not allowed in an expression (line 2, column 5). Received: {value},"
    assert said in refusal(f"Dense(\n'\u6f22',{value},)")


def test_a_place_counts_characters_in_lines_however_they_end() -> None:
    assert "(line 4, column 4)" in refusal("\r\nDense(\r'\U0001d403',\r\n\u00e9, a b)")


def test_a_refusal_shows_what_was_received_shortened_and_escaped() -> None:
    said = refusal("Dense(3)\x1b[2J" + "x" * 1000)
    assert "\\x1b[2Jxxx" in said
    assert "\x1b" not in said
    assert len(said) < 200


def test_nothing_is_constructed_when_a_later_name_is_unknown() -> None:
    """`check` checks every name before the first call."""
    assert "Foo is not a name that densetrace knows (column 23)" in refusal(
        "Sequential([Dense(3), Foo()])"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Model", "Model needs a script: densetrace run script.py"),
        ("layers.Lambda", "Lambda needs a script: densetrace run script.py"),
        ("Functional", "Keras itself creates Functional, for a model that a script makes"),
        ("TFOpLambda", "Keras itself creates TFOpLambda, for a model that a script makes"),
    ],
)
def test_a_layer_that_only_a_script_can_have_is_known(name: str, hint: str) -> None:
    said = refusal(f"{name}()")
    assert f"{name} is not allowed in an expression (column 1)" in said
    assert hint in str(names().hint(name))


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("Dense(" + "[" * 100 + "]" * 100 + ")", "100 deep"),
        ("Dense(" + "1," * 10_001 + ")", "10,000 names, values and brackets"),
        ("Dense(" + "'' " * 10_001 + ")", "10,000 names, values and brackets"),
        (f"Dense({2**64})", "64 bits"),
        ("Dense(" + "0" * 401 + ")", "64 bits"),
        ("Dense(" + "-" * 101 + "3)", "100 deep"),
        ("a" + ".a" * 10_000 + "()", "10,000 names, values and brackets"),
        ("a" + "()" * 10_000, "10,000 names, values and brackets"),
        ("Dense(3)" + " " * 100_000, "100,000 characters"),
    ],
)
def test_bounds_are_enforced(text: str, bound: str) -> None:
    assert bound in refusal(text)


def test_the_deepest_expression_allowed_is_read() -> None:
    parse("Dense(" + "[" * 99 + "]" * 99 + ")")


# -- properties -----------------------------------------------------------------------------------

FRAGMENTS = [
    *"()[]{},:=.+-*'\"\\#\n \t\r;!@",
    *("Dense", "tf.keras.layers.Dense", "relu", "x", "True", "None", "lambda", "for", "in", "if"),
    *("'a'", '"b"', "b'c'", "r'\\'", "f'd'", "'''e'''", "'\\u12'", "'\\d'", "rb''", "u'g'"),
    *("1", "2.5", "0x1f", "1_0", "1e5", "3j", "07", "0x", "1__0", "...", "**", ":=", "==", "\\\n"),
    *("name=", "(3)", "Dense(", ", ", "é", "\U0001d403", "½", "٣", "\u200b", "\x00", "\x1b"),
]


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)),
    st.sampled_from(["{}", "Dense({})"]),
)
@settings(max_examples=500)
def test_any_text_is_read_or_refused_and_nothing_else(text: str, around: str) -> None:
    said = ""
    try:
        parse(around.format(text))
    except RequestError as refused:
        said = str(refused)
    assert said.isprintable()
