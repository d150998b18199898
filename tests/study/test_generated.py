"""Generated cases: the same from a seed, Python, and made of names that our stack has."""

import ast
from collections import Counter

import pytest

from densetrace.data.names import in_expressions
from densetrace.study.generated import layers, trainings
from densetrace.study.generated.cases import KINDS, generate, standalone

CASES = 400


def test_a_case_depends_on_seed_and_number_only() -> None:
    first = [generate(3, number) for number in range(20)]
    again = [generate(3, number) for number in reversed(range(20))]
    assert first == again[::-1]
    assert {case.script for case in first}.isdisjoint(
        generate(4, number).script for number in range(20)
    )


def test_a_case_is_a_script() -> None:
    for number in range(CASES):
        ast.parse(standalone(generate(0, number)))


def test_the_shares_of_the_kinds_are_a_whole() -> None:
    assert sum(share for share, _ in KINDS.values()) == 100
    found = Counter(generate(0, number).kind for number in range(3 * CASES))
    assert found.keys() == KINDS.keys()


ELSEWHERE = {
    "AbstractRNNCell", "GRUCell", "Input", "InputLayer", "LSTMCell", "Layer", "Sequential",
    "SimpleRNNCell", "StackedRNNCells", "Wrapper",
}  # fmt: skip
"""Bases, models and cells: other cases cover them."""

NOT_GENERATED = {
    "AdditiveAttention", "Attention", "CategoryEncoding", "Conv1DTranspose", "Conv2DTranspose",
    "DepthwiseConv1D", "DepthwiseConv2D", "EinsumDense", "GroupNormalization",
    "MultiHeadAttention", "Normalization", "SeparableConv1D", "SeparableConv2D",
}  # fmt: skip
"""Layers that no case has, since another family would change the scripts of all numbers.
`tests/conformance/test_layers_live.py` covers them."""


def test_each_layer_has_a_family() -> None:
    known = {
        found.own for name, found in in_expressions("keras.layers").items() if name[0].isupper()
    }
    assert known - ELSEWHERE - NOT_GENERATED == set(layers.LAYERS)


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("layer", set(layers.LAYERS)),
        ("optimizer", {*trainings.OPTIMIZERS, *(f"legacy.{name}" for name in trainings.LEGACY)}),
        ("loss", {name for losses in trainings.LOSSES.values() for name in losses}),
        ("metric", {name for metrics in trainings.METRICS.values() for name in metrics}),
    ],
)
def test_a_full_run_covers_everything(group: str, names: set[str]) -> None:
    covered = {
        name for number in range(6000) for of, name in generate(1, number).covers if of == group
    }
    assert names <= covered
