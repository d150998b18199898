"""Sharing a trace: every format from the command line, whole files only, saved traces as new."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from densetrace import api
from densetrace.cli.commands import app

FORMATS = ["tree", "plain", "json", "html", "svg", "markdown", "chrome"]
DENSE = "Dense(64, activation='relu')"
SCRIPT = """\
from keras.layers import Dense

layer = Dense(3, kernel_initializer="ones")
layer.build((None, 2))
"""

BEGINNINGS = {
    "page.html": "<!DOCTYPE html>",
    "page.htm": "<!DOCTYPE html>",
    "picture.svg": "<svg ",
    "report.md": "## `Dense(64, activation='relu')`",
    "report.markdown": "## `Dense(64, activation='relu')`",
    "trace.json": '{"format": "densetrace"',
}


def printed(*arguments: str) -> str:
    """What a command prints.

    Raises:
        AssertionError: when it fails.
    """
    ended = CliRunner().invoke(app, arguments)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.mark.parametrize("level", ["user", "author", "framework"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_saved_trace_is_shown_as_if_just_recorded(tmp_path: Path, form: str, level: str) -> None:
    made = api.explain(DENSE, seed=1)
    made.save(tmp_path / "trace.json")
    saved = str(tmp_path / "trace.json")
    shown = printed("explain", saved, "--format", form, "--level", level)
    saved_again = tmp_path / "again.json"
    api.load(tmp_path / "trace.json").save(saved_again)
    again = printed("explain", str(saved_again), "--format", form, "--level", level)
    assert shown == again
    if form not in ("json", "html", "chrome"):  # those tell times, which are never the same twice
        assert shown == printed("explain", DENSE, "--seed", "1", "--format", form, "--level", level)


@pytest.mark.parametrize("form", ["tree", "markdown", "svg"])
def test_a_saved_trace_of_a_script_too(tmp_path: Path, form: str) -> None:
    script, saved = tmp_path / "script.py", tmp_path / "trace.json"
    script.write_text(SCRIPT, encoding="utf-8")
    printed("run", "-o", str(saved), str(script))
    assert printed("explain", str(saved), "--format", form) == printed(
        "run", "--format", form, str(script)
    )


@pytest.mark.parametrize("name", BEGINNINGS)
def test_the_name_of_a_file_tells_its_format(tmp_path: Path, name: str) -> None:
    printed("explain", DENSE, "-o", str(tmp_path / name))
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(BEGINNINGS[name])


def test_a_format_that_was_chosen_wins_over_the_name(tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    printed("explain", DENSE, "--format", "chrome", "-o", str(file))
    assert "traceEvents" in json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", FORMATS)
def test_a_failure_leaves_the_old_file(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "out"
    file.write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", full)
    ended = CliRunner().invoke(app, ["explain", DENSE, "--format", form, "-o", str(file)])
    assert ended.exit_code == 2
    assert "No space left on device" in ended.output
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("form", FORMATS)
def test_a_layer_that_raises_can_be_shared_as_well(tmp_path: Path, form: str) -> None:
    file = tmp_path / "out"
    ended = CliRunner().invoke(
        app, ["explain", "Dense(3, activation='rleu')", "--format", form, "-o", str(file)]
    )
    assert ended.exit_code == 1
    assert "Unknown activation function" in file.read_text(encoding="utf-8")


def test_in_python_a_trace_has_every_form() -> None:
    made = api.explain(DENSE)
    assert made.html("framework").startswith("<!DOCTYPE html>")
    assert made.svg(width=60).startswith("<svg ")
    assert made.markdown("user").startswith("## ")
    assert json.loads(made.chrome())["displayTimeUnit"] == "ns"
