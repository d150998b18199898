"""1,000 generated scripts, 200 with Keras 2.15, on our stack and on a real Keras: each step and
number agrees, or departs as stated. Skipped where no real Keras is installed."""

import pytest

from densetrace import api
from tests.real_keras import load_real_keras

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
