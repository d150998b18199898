"""The sentences of a diff are true: each claim is checked by running both expressions again."""

import pytest

from densetrace.api import explain
from densetrace.study.diff import diff
from densetrace.study.diff_sentence import sentence
from tests.study.diff_oracle import DENSE, OTHERS, SEED, claims, result


def text_of(left: str, right: str) -> str:
    return sentence(diff(explain(left, seed=SEED), explain(right, seed=SEED)))


def wrong(left: str, right: str) -> tuple[list[str], int]:
    """The wrong claims about two expressions, and how many there are in all."""
    of_models = "Sequential" in left + right
    found = list(claims(text_of(left, right), result(left), result(right), of_models=of_models))
    return [claim.text for claim in found if not claim.is_true], len(found)


@pytest.mark.parametrize("left", DENSE)
def test_each_claim_about_two_dense_layers_is_true(left: str) -> None:
    for right in DENSE:
        if right != left:
            assert wrong(left, right)[0] == [], f"{left} | {right}: {text_of(left, right)}"


@pytest.mark.parametrize(("left", "right"), OTHERS)
def test_each_claim_about_other_layers_is_true(left: str, right: str) -> None:
    for one, other in ((left, right), (right, left)):
        assert wrong(one, other)[0] == [], text_of(one, other)


@pytest.mark.parametrize(("left", "right"), OTHERS)
def test_something_is_claimed(left: str, right: str) -> None:
    assert wrong(left, right)[1] > 0


def test_the_oracle_sees_a_wrong_claim() -> None:
    text = text_of("Dense(4)", "Dense(4, activation='relu')")
    relu, linear = result("Dense(4, activation='relu')"), result("Dense(4)")
    assert all(claim.is_true for claim in claims(text, linear, relu, of_models=False))
    for lie in (
        text.replace("The weights are", "The output is"),
        text.replace(
            "The weights are the same", "The weights have the same shapes, but different numbers"
        ),
        text.replace("sets negative outputs to 0", "makes shares that add up to 1"),
    ):
        found = list(claims(lie, linear, linear, of_models=False))
        assert not all(claim.is_true for claim in found), lie


def test_nothing_is_said_to_be_the_same_as_a_whole() -> None:
    assert not any("everything" in text_of(*pair) for pair in OTHERS)
