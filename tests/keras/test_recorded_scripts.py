"""Scripts of layers and models print what they print on a real Keras 2.14.

Each looks at one subject: forms of inputs, names, orders, masks, exceptions. `t(label, function)`
of their prelude prints what a function gives, or the type of what it raises.
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
    (Path(__file__).parents[1] / "data" / "keras-2.14-scripts.json").read_text("utf-8")
)


def plain(text: str) -> list[str]:
    """Lines without addresses, and with scalars as NumPy 1 prints them."""
    text = re.sub("0x[0-9a-f]+", "0x", text)
    text = re.sub(r"np\.(True|False)_", r"\1", text)
    text = re.sub(r"np\.(?:float|u?int)\d+\(([^()]*)\)", r"\1", text)
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


@pytest.mark.parametrize("name", RECORDED["scripts"])
def test_a_script_prints_what_it_prints_on_keras(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = RECORDED["scripts"][name]
    path = tmp_path / f"{name}.py"
    path.write_text("\n".join([*RECORDED["prelude"], *recorded["code"], ""]), "utf-8")
    backend.clear_session()  # names count from the start
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a deprecated property is looked at, too
        outcome = run_script(Script.load(path))
    assert outcome.code == 0, outcome.message
    assert plain(capsys.readouterr().out) == plain("\n".join(recorded["prints"]))
