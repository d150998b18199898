"""A command looks for garbage rarely; a person's script, and Python as a library, as ever."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from densetrace import api
from densetrace.system import gc_tuning
from tests.cli.running import environment, run

SCRIPT = """\
import gc
class Last:
    def __del__(self):
        print("last word")
held = Last()
held.itself = held
print("thresholds", gc.get_threshold(), gc.isenabled(), gc.get_freeze_count())
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def test_a_script_meets_the_usual_thresholds_and_has_its_last_word(script: Path) -> None:
    as_ever = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, env=environment({})
    )
    printed = run("run", str(script)).stdout.decode().splitlines()
    for line in as_ever.stdout.splitlines():
        assert line in printed


def test_a_command_ends_without_a_last_look() -> None:
    code = """
import gc, sys
sys.argv = ["densetrace", "--version"]
from densetrace.__main__ import main
try:
    main()
finally:
    print(gc.get_threshold()[0], gc.get_freeze_count() > 0)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment({}),
        check=True,
    )  # fmt: skip
    assert ended.stdout.splitlines()[-1] == f"{gc_tuning.RARELY} True"


def test_a_librarys_thresholds_are_let_alone(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("pass\n")
    before = gc.get_threshold()
    gc.set_threshold(1234, 5, 6)
    try:
        api.run(script)
        assert gc.get_threshold() == (1234, 5, 6)
    finally:
        gc.set_threshold(*before)
