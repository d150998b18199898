"""The lowest versions that CI installs are those that pyproject.toml states."""

import re
import subprocess
import sys
import tomllib

from tests.docs.pages import ROOT


def test_each_requirement_has_its_constraint() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    made = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "minimums.py")],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    constraints = made.stdout.split()
    required = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert len(constraints) == len(required)
    for constraint, requirement in zip(constraints, required, strict=True):
        assert constraint.replace("==", ">=") == requirement.partition(",")[0]
        assert re.fullmatch(r"[\w-]+==[\d.]+", constraint)
