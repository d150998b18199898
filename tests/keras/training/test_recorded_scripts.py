"""Scripts that train print what they print on a real Keras 2.14.

Each looks at one subject: losses, metrics, own steps and metrics, several outputs, mistakes, how
often Python runs, hand-written loops. `t(label, function)` of their prelude prints what a function
gives, or the type of what it raises.
"""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from densetrace.keras import backend
from densetrace.sources.script.script import Script, run_script

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "keras-2.14-training-scripts.json").read_text("utf-8")
)
NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]\d+)?")


def split(line: str) -> tuple[str, list[float]]:
    """The text of a line, and its decimal numbers."""
    return NUMBER.sub("N", line), [float(one) for one in NUMBER.findall(line)]


@pytest.mark.parametrize("name", RECORDED["scripts"])
def test_a_script_prints_what_it_prints_on_keras(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = RECORDED["scripts"][name]
    path = tmp_path / f"{name}.py"
    path.write_text("\n".join([*RECORDED["prelude"], *recorded["code"], ""]), "utf-8")
    backend.clear_session()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some labels do not fit their metric
        outcome = run_script(Script.load(path))
    assert outcome.code == 0, outcome.message
    printed = capsys.readouterr().out.splitlines()
    texts, numbers = zip(*map(split, printed), strict=True)
    expected_texts, expected_numbers = zip(*map(split, recorded["prints"]), strict=True)
    assert texts == expected_texts
    for line, found, expected in zip(printed, numbers, expected_numbers, strict=True):
        # Four decimals are printed; the last one may be rounded the other way.
        assert found == pytest.approx(expected, rel=1e-5, abs=1.1e-4), line
