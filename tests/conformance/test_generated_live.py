"""1,000 generated scripts, 200 with Keras 2.15, on our stack and on a real Keras: each step and
number agrees, or departs as stated. 100 of them on Keras 3: each result agrees, or differs as
stated. Skipped where no real Keras is installed."""

import pytest

from densetrace import api
from densetrace.system.errors import RequestError
from tests.cli.running import invoke
from tests.real_keras import load_keras_3, load_real_keras

pytestmark = [
    pytest.mark.keras,
    pytest.mark.timeout(1200),  # on a machine that is shared by many
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:densetrace"),
]

SEED = 1
CASES = 250
AGAIN = 50
"""With the second Keras of `.ci/run`, which the first one makes nearly certain."""
PARTS = 4
"""The parts can run side by side."""


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_cases_agree(part: int) -> None:
    keras = load_real_keras()
    cases = AGAIN if keras.version.startswith("2.15") else CASES
    report = api.verify_generated(cases, seed=SEED, first=part * cases, engine=keras.name)
    assert [(one.number, one.differing[:3]) for one in report.differing] == []
    assert report.total.steps > 50 * cases
    assert len(report.rows("layer")) > cases // 6


WITH_KERAS_3 = 100


def test_the_results_of_generated_cases_agree_with_keras_3() -> None:
    keras = load_keras_3()
    if keras.backend != "tensorflow":
        with pytest.raises(RequestError, match="KERAS_BACKEND=tensorflow"):
            api.verify_generated(1, engine="keras")
        return
    report = api.verify_generated(WITH_KERAS_3, seed=SEED, engine="keras")
    assert [(one.number, one.differing[:3]) for one in report.differing] == []
    assert report.total.steps > 25 * WITH_KERAS_3
    assert report.total.agreeing > 0.7 * report.total.steps
    assert report.one_raises < WITH_KERAS_3 // 5
    case, found, result = api.verify_case(0, seed=SEED, engine="keras")
    assert (found.steps, result.agrees, result.number) == ((), True, case.number)
    shown = invoke("verify", "--case", "0", "--seed", str(SEED), "--engine", "keras")
    assert shown.exit_code == 0
    assert f"agrees with keras {keras.version}" in " ".join(shown.stdout.split())
