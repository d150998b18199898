"""Hypothesis strategies for expressions: any text, damaged valid expressions, calls with arguments
of every kind, and calls with an odd value for any argument."""

import inspect
import re
from functools import cache
from typing import Any

from hypothesis import strategies as st

from densetrace.sources.expression.names import names

SEEDS = (
    "Dense(64, activation='relu')",
    "Dense(3, kernel_initializer=HeNormal(seed=1), bias_constraint='non_neg')",
    "Sequential([Dense(4, input_shape=(3,)), ReLU(max_value=6.0), Dense(1, use_bias=False)])",
    "keras.layers.Dense(units=2, kernel_regularizer={'class_name': 'L2', 'config': {'l2': 0.1}})",
    "tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Softmax(axis=[1])], name='m')",
    "Dense(3, name='a\\u202eb', dtype='float16', trainable=False, activity_regularizer=l1(1e-3))",
)
PIECES = re.compile(r"'[^']*'|[\w.]+|\s+|.", re.DOTALL)
ODD = (
    "**", ":=", "lambda: ", "f'{x}'", ".__class__", "[0]", "()", "\x00", "\u202e", "\u200b",
    "\ud800", "#", "\\", "\n", "\"", "'''", "9" * 400, "10**10**10", "1e999",
    "-", "not ", "await ", "{", "(",
    "\u0663", "\ufb01", "\uff24", "\uff1b", "__import__('os').system('touch densetrace_canary')",
    "(x for x in ())", "*", "if 1 else", "0x", "1_", "b''", "...", "=", ",", ")", "]",
)  # fmt: skip
KEYWORDS = (
    "units", "activation", "use_bias", "kernel_initializer", "bias_initializer", "seed", "axis",
    "kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "name",
    "bias_constraint", "dtype", "trainable", "input_shape", "batch_input_shape", "input_dim",
    "batch_size", "weights", "layers", "alpha", "value", "max_value", "mean", "negative_slope",
    "threshold", "shared_axes", "alpha_initializer", "shape", "gain", "scale", "mode", "stddev",
    "minval", "maxval", "l1", "l2", "factor", "dynamic", "autocast", "kernel_layout", "rate",
)  # fmt: skip
TEXTS = (
    "relu", "gelu", "softmax", "he_normal", "orthogonal", "identity", "l2", "max_norm", "zeros", "",
    "nope", "float32", "float64", "float16", "mixed_float16", "int32", "bool", "complex64", "rows",
    "columns", "a/b", "\x1b[2J", "\u202e", "fan_in", "uniform", "3", "(1000000,)f4", "os.system",
)  # fmt: skip
SIZES = (0, 1, 2, 3, 7, 64, 1000, 4096, 10**5, 10**6, 10**7, 10**8, 10**9, 10**12, 2**31, 2**63 - 1)

OF_EVERY_LAYER = (
    "name", "dtype", "trainable", "dynamic", "autocast", "weights", "input_shape", "batch_size",
    "batch_input_shape", "input_dim", "activity_regularizer", "kernel_layout", "nonsense",
)  # fmt: skip
REQUIRED = {"units": "3", "shape": "(3,)", "input_shape": "(3,)"}
ODD_VALUES = (
    "{1}", "{'a', None}", "b''", "b'relu'", "1j", "...", "1e400", "-1e400", "1e308", "5e-324",
    "-0.0", "0", "-1", "2.5", "1e0", "9007199254740993", "18446744073709551615", "True", "False",
    "None", "''", "' '", "'\\ud800'", "'\\x00'", "'\u202e'", "'a' * 9", f"'{'a' * 300}'", "'3'",
    "'relu'", "'get'", "'float16'", "'mixed_float16'", "'complex64'", "'bool'", "'string'",
    "[]", "()", "{}", "[None]", "(None,)", "(-1,)", "(0,)", "(1e400,)", "(3, (3,))", "[[], [1]]",
    "((((((1,),),),),),)", "(True,)", "(2, 2, 2, 2, 2)", "{1: {2: {3: 4}}}", "{None: None}",
    "{'name': 'a'}", "{'class_name': 'L2', 'config': {}}", "{'class_name': 'relu', 'config': {}}",
    "{'class_name': 'HeNormal', 'config': {'seed': 1e400}}", "{'class_name': {}, 'config': []}",
    "{'class_name': 'Dense', 'config': {'units': 3}}", "{Dense: Dense}", "{HeNormal(): {1}}",
    "Dense", "Sequential", "Layer", "HeNormal", "L2", "MaxNorm", "Input", "keras.activations.relu",
    "tf.nn.relu", "Dense(3)", "Dense(2, input_shape=(3,))", "Sequential()",
    "Sequential([Dense(2)])", "Sequential([Dense(2, input_shape=(3,))])", "ReLU()",
    "PReLU(PReLU())", "Layer()", "Softmax()", "InputLayer((3,))", "Input((3,))", "Input(())",
    "L2()", "HeNormal(seed=1)", "Constant({1})",
    "L2(0.1)", "L1L2(1e400)", "MaxNorm(2, axis=[0])", "Zeros()", "[Dense(3), Dense]", "(L2(),)",
)  # fmt: skip
"""Values for any argument, valid for some and invalid for most."""


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Generate a valid expression with up to eight changed characters or tokens."""
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 8))):
        pieces = draw(st.sampled_from((list(text), PIECES.findall(text))))
        if not pieces:
            break
        index = draw(st.integers(0, len(pieces) - 1))
        other = draw(st.integers(0, len(pieces) - 1))
        match draw(st.sampled_from(("delete", "insert", "swap", "double", "replace"))):
            case "delete":
                del pieces[index]
            case "insert":
                pieces.insert(index, draw(st.sampled_from(ODD) | st.characters()))
            case "swap":
                pieces[index], pieces[other] = pieces[other], pieces[index]
            case "double":
                pieces[index] *= draw(st.sampled_from((2, 3, 50, 500)))
            case "replace":
                pieces[index] = draw(st.sampled_from(ODD))
        text = "".join(pieces)[:200_000]
    return text


@cache
def calls() -> st.SearchStrategy[str]:
    """Return a strategy for nested calls of layers and models that follow the grammar."""
    known = sorted(names())
    makers = [name for name in known if names()[name].makes_the_result and "." not in name]
    callable_names = [name for name in known if names()[name].callable]
    numbers = (
        st.sampled_from(SIZES)
        | st.integers(-5, 300)
        | st.integers(-(2**64), 2**64)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.sampled_from(("1e999", "-1e999", "1j", "0x10", "1_0", "-0.0"))
    ).map(str)
    texts = (st.sampled_from(TEXTS) | st.text(max_size=8)).map(repr)
    leaves = (
        numbers
        | texts
        | st.binary(max_size=4).map(repr)
        | st.sampled_from(("None", "True", "False", "..."))
        | st.sampled_from(known)
    )

    def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        many = st.lists(inner, max_size=4).map(", ".join)
        pairs = st.lists(st.tuples(texts | leaves, inner), max_size=3)
        config = st.builds(
            "{{'class_name': {}, 'config': {}}}".format,
            texts | st.sampled_from(callable_names).map(repr),
            inner,
        )
        return (
            many.map("[{}]".format)
            | many.map("({},)".format)
            | st.lists(numbers | st.just("None"), max_size=4).map(
                lambda some: f"[{', '.join(some)}]"
            )
            | pairs.map(lambda some: "{" + ", ".join(f"{k}: {v}" for k, v in some) + "}")
            | config
            | _call(callable_names, inner)
        )

    values = leaves
    for _ in range(3):
        values = leaves | containers(values)
    root = _call(makers, values)
    models = st.lists(root, max_size=4).map(lambda some: f"Sequential([{', '.join(some)}])")
    dense = st.builds(
        "Dense({}{})".format,
        st.sampled_from(SIZES),
        _arguments(st.sampled_from(KEYWORDS), values).map(lambda more: f", {more}" if more else ""),
    )
    return root | dense | models


def _call(names: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    positional = st.lists(values, max_size=2).map(", ".join)
    named = _arguments(st.sampled_from(KEYWORDS), values)
    return st.builds(
        lambda name, *given: f"{name}({', '.join(filter(None, given))})",
        st.sampled_from(names), positional, named,
    )  # fmt: skip


def _arguments(
    keywords: st.SearchStrategy[str], values: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    given = st.dictionaries(keywords, values, max_size=3)
    return given.map(lambda some: ", ".join(f"{name}={value}" for name, value in some.items()))


@st.composite
def odd_arguments(draw: st.DrawFn) -> str:
    """Generate a call with odd values for some arguments, alone, in a model or as an argument of a
    layer."""
    expression = draw(st.sampled_from(sorted(_parameters())))
    expression = _with_odd_values(draw, expression)
    module = names()[expression.partition("(")[0]].module
    if module in ("initializers", "regularizers", "constraints"):
        argument = draw(st.sampled_from(("kernel", "bias"))) + "_" + module.removesuffix("s")
        expression = f"Dense(3, {argument}={expression})"
    if module in ("layers", "models"):
        expression = draw(st.sampled_from(("{}", "{}", "Sequential([{}])"))).format(expression)
    if draw(st.booleans()) or expression.startswith("Input("):
        layers = [expression, *draw(st.lists(st.sampled_from(ODD_VALUES), max_size=2))]
        named = draw(st.sampled_from(("", "", ", name={}"))).format(
            draw(st.sampled_from(ODD_VALUES))
        )
        expression = f"Sequential([{', '.join(draw(st.permutations(layers)))}]{named})"
    return expression


def _with_odd_values(draw: st.DrawFn, name: str) -> str:
    """Return a call of `name` with up to three odd arguments, and valid required ones."""
    parameters = _parameters()[name]
    odd = draw(st.dictionaries(
        st.sampled_from(parameters), st.sampled_from(ODD_VALUES), max_size=3
    )) if parameters else {}  # fmt: skip
    required = {one: REQUIRED[one] for one in parameters[:1] if one in REQUIRED}
    given = [f"{one}={value}" for one, value in (required | odd).items()]
    return f"{name}({', '.join(given)})"


@cache
def _parameters() -> dict[str, tuple[str, ...]]:
    """Return the arguments of each name that an expression may call."""
    found: dict[str, tuple[str, ...]] = {}
    for name in names():
        entry = names()[name]
        if "." in name or not entry.callable:
            continue
        function: Any = entry.value
        own = [
            one for one in inspect.signature(function).parameters if one not in ("args", "kwargs")
        ]
        more = OF_EVERY_LAYER if entry.module == "layers" else ()
        found[name] = tuple(dict.fromkeys((*own, *more)))
    return found


def anything() -> st.SearchStrategy[str]:
    """Return a strategy for any text, including control characters and lone surrogates."""
    every = st.characters(codec=None, exclude_categories=())
    python = st.text("()[]{}'\"\\,.=:*#@!-+~ \n\t\x0b\x00aeDfbrut0159_", max_size=200)
    return st.text(every, max_size=300) | python
