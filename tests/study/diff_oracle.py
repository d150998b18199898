"""What is true of two expressions: both run again, without a trace, and their numbers compared.

`claims` reads what the sentences of a diff claim, and `Truth` says whether it holds.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from densetrace.engines import load
from densetrace.running.lifecycle import live
from densetrace.sources.expression.parser import parse

SEED: Final = 1

DENSE: Final = (
    "Dense(4)",
    "Dense(units=4)",
    "Dense(3)",
    "Dense(4, activation='relu')",
    "Dense(4, activation='sigmoid')",
    "Dense(4, activation='softmax')",
    "Dense(4, activation='tanh')",
    "Dense(4, use_bias=False)",
    "Dense(4, kernel_initializer='he_normal')",
    "Dense(4, kernel_initializer='zeros')",
    "Dense(4, kernel_initializer=RandomNormal(seed=5))",
    "Dense(4, kernel_initializer=RandomNormal(seed=6))",
    "Dense(4, bias_initializer='ones')",
    "Dense(4, kernel_regularizer='l2')",
    "Dense(4, activity_regularizer='l1')",
    "Dense(4, kernel_constraint='non_neg')",
    "Dense(4, trainable=False)",
    "Dense(4, dtype='float64')",
    "Dense(4, name='mine')",
    "Dense(40, activation='softplus')",
    "Dense(40, activation='softplus', bias_regularizer='l2')",
    "Sequential([Dense(4)])",
    "Sequential([Dense(4), Dense(2)])",
    "Sequential([Dense(4), Dropout(0.5), Dense(2)])",
    "Sequential([Dense(4, activation='relu'), Dense(2)])",
    "Sequential([Sequential([Dense(4)])])",
)
"""Of these, all pairs are compared."""

OTHERS: Final = (
    ("Dropout(0.5)", "Dropout(0.2)"),
    ("Dropout(0.5)", "GaussianNoise(0.5)"),
    ("BatchNormalization()", "BatchNormalization(momentum=0.5)"),
    ("BatchNormalization()", "BatchNormalization(epsilon=0.1)"),
    ("BatchNormalization()", "LayerNormalization()"),
    ("Conv2D(2, 3)", "Conv2D(2, 3, padding='same')"),
    ("Conv2D(2, 3)", "Conv2D(2, 3, strides=2)"),
    ("Conv2D(2, 3)", "Conv2D(2, 3, 1, dilation_rate=2)"),
    ("Conv2DTranspose(2, 3)", "Conv2DTranspose(2, 3, padding='same')"),
    ("Conv2DTranspose(2, 3, padding='same')", "Conv2DTranspose(2, 3)"),
    ("Conv2DTranspose(2, 3)", "Conv2DTranspose(2, 3, strides=2)"),
    ("Conv1DTranspose(2, 3, 2)", "Conv1DTranspose(2, 3, 2, output_padding=0)"),
    ("Conv1DTranspose(2, 3, 2, output_padding=1)", "Conv1DTranspose(2, 3, 2)"),
    ("DepthwiseConv2D(3)", "DepthwiseConv2D(3, depth_multiplier=2)"),
    ("DepthwiseConv1D(3, strides=2)", "DepthwiseConv1D(3)"),
    ("SeparableConv2D(2, 3)", "Conv2D(2, 3)"),
    ("SeparableConv1D(2, 3)", "SeparableConv1D(2, 3, padding='causal')"),
    ("MaxPooling2D()", "AveragePooling2D()"),
    ("LSTM(2)", "GRU(2)"),
    ("LSTM(2)", "LSTM(2, recurrent_activation='tanh')"),
    ("LSTM(2)", "LSTM(2, dropout=0.5)"),
    ("LSTM(2)", "LSTM(2, unit_forget_bias=False)"),
    ("SimpleRNN(3)", "SimpleRNN(3, return_sequences=True)"),
    ("Bidirectional(LSTM(2))", "LSTM(2)"),
    ("Embedding(10, 4)", "Embedding(10, 4, mask_zero=True)"),
    ("Embedding(10, 4)", "Embedding(20, 4)"),
    ("LeakyReLU()", "LeakyReLU(alpha=0.1)"),
    ("ReLU()", "Activation('relu')"),
    ("Flatten()", "Reshape((2, 2))"),
    ("Add()", "Concatenate()"),
    ("Masking()", "Masking(mask_value=2.0)"),
    ("Dense('4')", "Dense(4)"),
)
"""Pairs of other layers."""


@dataclass(frozen=True)
class Result:
    """What an expression computes: weights, output, penalties, and the loss of one update."""

    weights: tuple[np.ndarray[Any, Any], ...]
    output: Any
    penalties: int
    constrained: int
    trainable: int


@cache
def result(expression: str) -> Result:
    """Run an expression without recording it."""
    stack = load("densetrace")
    stack.clear_session()
    stack.set_seed(SEED)
    life = live(parse(expression), stack)
    assert life.error is None, expression
    subject = life.subject
    variables = subject.weights
    return Result(
        tuple(np.array(weight.numpy()) for weight in variables),
        np.array(life.output),
        len(subject.losses),
        sum(1 for one in variables if getattr(one, "constraint", None) is not None),
        len(subject.trainable_weights),
    )


@dataclass(frozen=True)
class Claim:
    """A claim, and whether it is true of two results."""

    text: str
    is_true: bool


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(_equal, left, right))
    return _alike(left, right) and bool(np.array_equal(left, right))


def _alike(left: Any, right: Any) -> bool:
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(_alike, left, right))
    return bool(left.shape == right.shape and left.dtype == right.dtype)


def _short(array: Any) -> str:
    prefix = {"float32": "f32", "float64": "f64", "float16": "f16", "int32": "i32"}
    return f"{prefix[str(array.dtype)]}[{','.join(map(str, array.shape))}]"


def _count(found: Result) -> int:
    return sum(weight.size for weight in found.weights)


_MEANINGS: Final[dict[str, Callable[[Result, Result], bool]]] = {
    "sets negative outputs to 0": lambda _, new: bool((new.output >= 0).all()),
    "range from 0 to 1": lambda _, new: bool(((new.output >= 0) & (new.output <= 1)).all()),
    "range from -1 to 1": lambda _, new: bool((abs(new.output) <= 1).all()),
    "shares that add up to 1": lambda _, new: bool(np.allclose(new.output.sum(-1), 1)),
    "makes each output positive": lambda _, new: bool((new.output > 0).all()),
    "adds a penalty": lambda old, new: new.penalties > 0,
    "removes the penalty": lambda old, new: old.penalties > 0,
    "starts kernel with zeros": lambda _, new: not new.weights[0].any(),
    "starts bias with ones": lambda _, new: bool((new.weights[1] == 1).all()),
    "fills kernel with": lambda old, new: not _equal(old.weights[0], new.weights[0]),
    "draws other numbers for": lambda old, new: not _equal(old.weights, new.weights),
    "freezes the weights": lambda _, new: new.trainable == 0,
    "lets training update the weights": lambda _, new: new.trainable > 0,
    "constrains kernel": lambda _, new: new.constrained > 0,
    "omits the weight bias": lambda old, new: len(new.weights) < len(old.weights),
    "adds the weight bias": lambda old, new: len(new.weights) > len(old.weights),
    "as float64 instead of float32": lambda _, new: new.weights[0].dtype == "float64",
    "as float32 instead of float64": lambda _, new: new.weights[0].dtype == "float32",
}
"""What clauses mean for two results. Between models, where a clause is about one of several
layers, it is not checked."""


def claims(text: str, old: Result, new: Result, *, of_models: bool) -> Iterator[Claim]:
    """Everything in the sentences of a diff that can be checked by running both again."""
    for match in re.finditer(r"returns (\S+\]) instead of (\S+\])", text):
        seen = _short(new.output), _short(old.output)
        yield Claim(match[0], seen == (match[1], match[2]))
    for match in re.finditer(r"has ([\d,]+) parameters? instead of ([\d,]+)", text):
        counts = f"{_count(new):,}", f"{_count(old):,}"
        yield Claim(match[0], counts == (match[1], match[2]))
    for match in re.finditer(r"[Tt]he ([\w ]+?) (?:is|are) the same(?=[.;])", text):
        yield from _sameness(match, old, new, _equal)
    for match in re.finditer(r"[Tt]he ([\w ]+?) (?:has|have) the same shapes?([^.;]*)", text):
        yield from _sameness(match, old, new, _alike)
        if "other" in match[2]:
            for claim in _sameness(match, old, new, _equal):
                yield Claim(claim.text, not claim.is_true)
    if not of_models:
        for words, is_true in _MEANINGS.items():
            if words in text:
                yield Claim(words, is_true(old, new))


def _sameness(
    match: re.Match[str], old: Result, new: Result, agree: Callable[[Any, Any], bool]
) -> Iterator[Claim]:
    for noun in match[1].split(" and the "):
        if noun in ("weights", "initial weights"):
            yield Claim(match[0], agree(old.weights, new.weights))
        elif noun == "output":
            yield Claim(match[0], agree(old.output, new.output))
        else:
            raise AssertionError(f"a claim that no rule checks: {match[0]}")
