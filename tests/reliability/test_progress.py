"""Long work shows progress on a terminal, and erases it."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from densetrace.terminal import progress
from tests.cli.running import command, environment
from tests.reliability.terminals import Window
from tests.render.steps import step, trace

SLOW = """
import time
from tensorflow.keras import activations
{first}
until = time.monotonic() + {seconds}
while time.monotonic() < until:
    activations.get("relu")
    {each}
    time.sleep(0.01)
print("done")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "slow.py"


def slow(path: Path, seconds: float = 3, first: str = "", each: str = "") -> str:
    path.write_text(SLOW.format(seconds=seconds, first=first, each=each))
    return str(path)


def run(path: str, changes: Mapping[str, str] | None = None) -> Window:
    """Run the command with all streams on one terminal."""
    window = Window(command(["run", "--level", "user", path]), changes=changes)
    window.finish()
    return window


def with_setting(setting: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that runs after a change to the progress module."""
    python = f"""
import sys
from densetrace.terminal import progress
{setting}
sys.argv = ["densetrace", *{list(arguments)!r}]
from densetrace.__main__ import main
main()
"""
    return [sys.executable, "-c", python]


def progress_lines(window: Window) -> list[str]:
    """Return all lines of progress that were shown."""
    return [line for line in window.shown if line.startswith("densetrace: ")]


def test_a_long_recording_shows_the_number_of_steps(script: Path) -> None:
    window = run(slow(script))
    lines = progress_lines(window)
    assert lines
    assert all(line.startswith("densetrace: Recording, ") for line in lines)
    counts = [int(line.split()[2].replace(",", "")) for line in lines]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert re.search(r" steps so far, [123] s$", lines[0])


def test_progress_is_erased(script: Path) -> None:
    window = run(slow(script))
    assert progress_lines(window)
    assert not [row for row in window.rows if "densetrace: " in row]
    assert window.rows[0] == "done"


def test_short_work_shows_no_progress(script: Path) -> None:
    assert not progress_lines(run(slow(script, seconds=0.1)))


def test_progress_does_not_overwrite_output_of_the_script(script: Path) -> None:
    window = run(slow(script, seconds=4, first="print('begin')", each=EVERY))
    assert progress_lines(window)
    printed = [row for row in window.rows if row.startswith("printed")]
    assert printed == [f"printed {number}" for number in range(len(printed))]
    assert len(printed) == 2
    assert window.rows[: 2 + len(printed)] == ["begin", *printed, "done"]


EVERY = """
    number = globals().get("number", 0)
    if time.monotonic() > until - 2.2 + 1.4 * number and number < 2:
        print("printed", number)
        number += 1
"""


def test_progress_does_not_overwrite_an_unfinished_line(script: Path) -> None:
    window = run(slow(script, first="print('half a line', end=' ', flush=True)"))
    assert not progress_lines(window)
    assert window.rows[0] == "half a line done"


def test_progress_does_not_overwrite_a_prompt(script: Path) -> None:
    path = slow(script)
    with script.open("a") as file:
        file.write("answer = input('name? ')\nprint('so', answer)\n")
    window = Window(command(["run", "--level", "user", path]))
    window.wait_for("name?")
    window.pause(1.4)
    assert window.rows[1] == "name?"
    window.type("me\r")
    window.finish()
    assert progress_lines(window)
    assert window.rows[1:3] == ["name? me", "so me"]


@pytest.mark.parametrize("late", [0.0, 0.05, 0.1, 0.15, 0.19])
def test_no_progress_is_shown_after_a_prompt(late: float, monkeypatch: pytest.MonkeyPatch) -> None:
    # The question is printed `late` seconds after an update; updates come a bit late themselves.
    clock = 100.0
    monkeypatch.setattr(progress, "monotonic", lambda: clock)
    steps = 0
    reading, writing = os.pipe()
    monkeypatch.setattr("_thread.start_new_thread", lambda *_: 0)  # the test calls _update itself
    line = progress._Line(writing, False, "Recording", lambda: f"{steps} steps")
    for _ in range(20):
        clock += progress.PERIOD + 0.01
        steps += 1
        line._update(clock)
    assert os.read(reading, 10_000).startswith(b"\r\x1b[Kdensetrace: Recording, ")
    steps += 1
    clock += late
    line.erase()  # input() flushes standard output
    os.read(reading, 10_000)
    clock -= late
    for _ in range(20):
        clock += progress.PERIOD + 0.01
        line._update(clock)
    os.close(writing)
    assert os.read(reading, 10_000) == b""
    os.close(reading)


@pytest.mark.parametrize("changes", [{"ACCESSIBLE": "1"}, {"TERM": "dumb"}])
def test_no_progress_is_shown_for_screen_readers_at_first(
    script: Path, changes: dict[str, str]
) -> None:
    window = run(slow(script), changes)
    assert not progress_lines(window)
    assert "\x1b" not in window.written


def test_progress_for_screen_readers_is_printed_in_lines(script: Path) -> None:
    arguments = with_setting(
        "progress.BETWEEN_LINES = 0.7", ["run", "--level", "user", slow(script)]
    )
    window = Window(arguments, changes={"ACCESSIBLE": "1"})
    window.finish()
    lines = [row for row in window.rows if row.startswith("densetrace: Recording, ")]
    assert 1 <= len(lines) <= 4  # one each 0.7 s
    assert "\x1b" not in window.written


def test_no_progress_is_shown_if_standard_error_is_not_a_terminal(script: Path) -> None:
    done = subprocess.run(
        command(["run", "--level", "user", slow(script)]),
        capture_output=True,
        env=environment({}),
        timeout=60,
        check=True,
    )
    assert done.stderr == b""


def test_a_script_sees_no_thread_and_the_original_streams(script: Path) -> None:
    text = slow(script)
    with script.open("a") as file:
        file.write(
            "import sys, threading\n"
            "assert threading.active_count() == 1\n"
            "assert sys.stdout is sys.__stdout__\n"
            "assert sys.stderr is sys.__stderr__\n"
        )
    window = run(text)
    assert progress_lines(window)
    assert window.code == 0


def test_an_interrupt_erases_progress(script: Path) -> None:
    window = Window(command(["run", "--level", "user", slow(script, seconds=20)]))
    window.wait_for("steps so far")
    window.interrupt()
    window.finish()
    assert window.code == 130
    assert not [row for row in window.rows if "steps so far" in row]


@pytest.fixture(scope="module")
def long_trace(tmp_path_factory: pytest.TempPathFactory) -> str:
    get = step("get", "keras.activations.get", identifier="relu")
    steps = [replace(get, id=number) for number in range(20_000)]
    path = tmp_path_factory.mktemp("long") / "long.json"
    trace(*steps).save(path)
    return str(path)


AT_ONCE = """
progress.SILENCE = progress.PERIOD = 0.02
stop = progress._Line.end
def end(line):
    # The thread may not get a turn during short work: show what it has not seen.
    with line._lock:
        line._last_output = -1
        line._update(progress.monotonic())
    stop(line)
progress._Line.end = end
"""


def test_writing_a_page_shows_its_size(long_trace: str, tmp_path: Path) -> None:
    page = str(tmp_path / "page.html")
    window = Window(with_setting(AT_ONCE, ["explain", long_trace, "-o", page]))
    window.finish()
    assert window.code == 0
    lines = progress_lines(window)
    assert any(line.startswith("densetrace: Reading long.json, ") for line in lines)
    made = [line for line in lines if line.startswith("densetrace: Writing page.html, ")]
    assert any(" MB, " in line for line in made)
    assert "".join(window.rows).startswith("Wrote ")


def test_progress_is_shown_if_output_goes_to_a_file(long_trace: str, tmp_path: Path) -> None:
    with (tmp_path / "tree.txt").open("wb") as file:
        window = Window(with_setting(AT_ONCE, ["explain", long_trace]), stdout=file.fileno())
        window.finish()
    assert any("Writing, " in line and " MB, " in line for line in progress_lines(window))
    assert not any(window.rows)


def test_no_progress_is_shown_while_a_pager_does_not_read(long_trace: str) -> None:
    reading, writing = os.pipe()
    window = Window(with_setting(AT_ONCE, ["explain", long_trace]), stdout=writing)
    os.close(writing)
    assert os.read(reading, 1)
    window.pause(0.5)
    before = len(window.data)
    window.pause(0.5)
    assert len(window.data) == before
    os.close(reading)
    window.finish()
    assert window.code == 0
    assert not any(window.rows)
