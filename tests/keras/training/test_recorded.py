"""Trainings give what a real Keras 2.14 gave: numbers, names, callbacks, runs of Python."""

import builtins
from typing import Any

import pytest

from densetrace.tensorflow import errors
from tests.keras.training.recorded import difference, of_kind, replayed

TOLERANCE = 1e-5

# One case leaves a file open.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def named(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case["id"] for case in cases])


@named(of_kind("fit", "script", "gradient"))
def test_a_training_gives_what_keras_gave(case: dict[str, Any], tmp_path: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)  # some write files
        found = replayed(case)
    assert difference(case["result"], found, TOLERANCE) is None


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
    expected = getattr(errors, wanted, None) or getattr(builtins, wanted)
    with pytest.raises(expected) as raised:
        replayed(case)
    assert raised.type.__name__ == wanted
