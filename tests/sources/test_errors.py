"""Errors of requests are safe to print, with suggestions."""

import pytest

from densetrace.system.errors import RequestError, did_you_mean, shown


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Dnse", "Dense"),
        ("dense", "Dense"),
        ("henormal", "HeNormal"),
        ("Sequencial", "Sequential"),
    ],
)
def test_the_closest_choice_is_offered(word: str, meant: str) -> None:
    assert did_you_mean(word, ["Dense", "HeNormal", "Sequential"]) == f"Did you mean {meant}?"


@pytest.mark.parametrize(
    ("word", "meant"),
    [("sdg", "sgd"), ("gsd", "sgd"), ("mea", "mae"), ("MES", "mse"), ("adma", "adam")],
)
def test_two_letters_in_the_wrong_order_are_found_in_a_short_word(word: str, meant: str) -> None:
    assert did_you_mean(word, ["adam", "mae", "mse", "sgd"]) == f"Did you mean {meant}?"


@pytest.mark.parametrize("word", ["", "zzz", "D" * 10_000])
def test_nothing_is_offered_when_nothing_is_close(word: str) -> None:
    assert did_you_mean(word, ["Dense"]) == ""


def test_foreign_text_is_shortened_and_escaped() -> None:
    assert shown("a\x1b[2J\u202e\n", 20) == "a\\x1b[2J\\u202e\\n"
    assert shown("x" * 100, 10) == "xxxxxxx..."
    assert shown("漢字") == "漢字"


def test_an_error_reads_as_problem_and_hint() -> None:
    assert str(RequestError("It was wrong.", "Try this.")) == "It was wrong. Try this."
    assert str(RequestError("It was wrong.")) == "It was wrong."
