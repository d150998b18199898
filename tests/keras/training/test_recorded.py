"""Trainings give what a real Keras 2.14 gave: numbers, names, order of callbacks, runs of Python."""

import warnings
from typing import Any

import pytest

from densetrace.tensorflow import errors
from tests.keras.training.recorded import difference, of_kind, replayed

TOLERANCE = 1e-5


def named(cases: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=[case["id"] for case in cases])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # one leaves a file open
@named(of_kind("fit", "script", "gradient"))
def test_a_training_gives_what_keras_gave(case: dict[str, Any], tmp_path: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)  # some write files
        found = replayed(case)
    assert difference(case["result"], found, TOLERANCE) is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@named([case for case in of_kind("fit") if "eager" in case])
def test_run_eagerly_gives_the_same(case: dict[str, Any], tmp_path: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        found = replayed(case, eager=True)
    wanted = case["result"] | case["eager"]["differs"]
    assert difference(wanted, found, TOLERANCE) is None


@named(of_kind("error"))
def test_a_mistake_raises_what_keras_raises(case: dict[str, Any]) -> None:
    if "error" not in case:
        assert difference(case["result"], replayed(case), TOLERANCE) is None
        return
    wanted = case["error"]["type"]
    expected = getattr(errors, wanted, None) or __builtins__[wanted]  # type: ignore[index]
    with warnings.catch_warnings(), pytest.raises(expected) as raised:
        warnings.simplefilter("ignore")
        replayed(case)
    assert raised.type.__name__ == wanted
