"""Long work says on a terminal what it does, and leaves nothing behind."""

import os
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


def slow(path: Path, seconds: float = 2, first: str = "", each: str = "") -> str:
    path.write_text(SLOW.format(seconds=seconds, first=first, each=each))
    return str(path)


def run(path: str, changes: Mapping[str, str] | None = None) -> Window:
    """The command with all its streams on one terminal."""
    window = Window(command(["run", "--level", "user", path]), changes=changes)
    window.finish()
    return window


def impatient(setting: str, arguments: Sequence[str]) -> list[str]:
    """The command, with another patience than people are thought to have."""
    python = f"""
import sys
from densetrace.terminal import progress
progress.{setting}
sys.argv = ["densetrace", *{list(arguments)!r}]
from densetrace.__main__ import main
main()
"""
    return [sys.executable, "-c", python]


def told(window: Window) -> list[str]:
    """Every line of progress that was ever shown."""
    return [line for line in window.shown if line.startswith("densetrace: ")]


def test_a_long_recording_tells_how_many_steps_there_are(script: Path) -> None:
    window = run(slow(script))
    lines = told(window)
    assert lines
    assert all(line.startswith("densetrace: Recording, ") for line in lines)
    counts = [int(line.split()[2].replace(",", "")) for line in lines]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert lines[0].endswith(" steps so far, 1 s")


def test_nothing_of_it_is_left(script: Path) -> None:
    window = run(slow(script))
    assert told(window)
    assert not [row for row in window.rows if "densetrace: " in row]
    assert window.rows[0] == "done"


def test_short_work_tells_nothing(script: Path) -> None:
    assert not told(run(slow(script, seconds=0.1)))


def test_what_the_script_prints_stays_whole(script: Path) -> None:
    window = run(slow(script, seconds=4, first="print('begin')", each=EVERY))
    assert told(window)
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


def test_a_line_that_is_not_ended_is_left_alone(script: Path) -> None:
    window = run(slow(script, first="print('half a line', end=' ', flush=True)"))
    assert not told(window)
    assert window.rows[0] == "half a line done"


def test_a_question_is_not_written_over(script: Path) -> None:
    path = slow(script)
    with script.open("a") as file:
        file.write("answer = input('name? ')\nprint('so', answer)\n")
    window = Window(command(["run", "--level", "user", path]))
    window.wait_for("name?")
    window.pause(1.4)
    assert window.rows[1] == "name?"
    window.type("me\r")
    window.finish()
    assert told(window)
    assert window.rows[1:3] == ["name? me", "so me"]


@pytest.mark.parametrize("late", [0.0, 0.05, 0.1, 0.15, 0.19])
def test_the_line_never_comes_over_a_question(late: float, monkeypatch: pytest.MonkeyPatch) -> None:
    # The question is put just after the last step, so long after a look; looks come a bit late.
    clock = 100.0
    monkeypatch.setattr(progress, "monotonic", lambda: clock)
    steps = 0
    reading, writing = os.pipe()
    monkeypatch.setattr("_thread.start_new_thread", lambda *_: 0)  # looked at by hand
    telling = progress._Line(writing, False, "Recording", lambda: f"{steps} steps")
    for _ in range(20):
        clock += progress.PERIOD + 0.01
        steps += 1
        telling._update(clock)
    assert os.read(reading, 10_000).startswith(b"\r\x1b[Kdensetrace: Recording, ")
    steps += 1
    clock += late
    telling.erase()  # input() flushes standard output
    os.read(reading, 10_000)
    clock -= late
    for _ in range(20):
        clock += progress.PERIOD + 0.01
        telling._update(clock)
    os.close(writing)
    assert os.read(reading, 10_000) == b""
    os.close(reading)


@pytest.mark.parametrize("changes", [{"ACCESSIBLE": "1"}, {"TERM": "dumb"}])
def test_who_listens_is_not_disturbed(script: Path, changes: dict[str, str]) -> None:
    window = run(slow(script), changes)
    assert not told(window)
    assert "\x1b" not in window.written


def test_who_listens_is_told_in_lines_now_and_then(script: Path) -> None:
    arguments = impatient("BETWEEN_LINES = 0.7", ["run", "--level", "user", slow(script)])
    window = Window(arguments, changes={"ACCESSIBLE": "1"})
    window.finish()
    lines = [row for row in window.rows if row.startswith("densetrace: Recording, ")]
    assert len(lines) in (1, 2)
    assert "\x1b" not in window.written


def test_nothing_is_told_where_standard_error_is_no_terminal(script: Path) -> None:
    done = subprocess.run(
        command(["run", "--level", "user", slow(script)]),
        capture_output=True,
        env=environment({}),
        timeout=60,
        check=True,
    )
    assert done.stderr == b""


def test_a_script_finds_no_thread_and_no_other_streams(script: Path) -> None:
    text = slow(script, seconds=1.6)
    with script.open("a") as file:
        file.write(
            "import sys, threading\n"
            "assert threading.active_count() == 1\n"
            "assert sys.stdout is sys.__stdout__\n"
            "assert sys.stderr is sys.__stderr__\n"
        )
    window = run(text)
    assert told(window)
    assert window.code == 0


def test_an_interrupt_takes_it_away(script: Path) -> None:
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


AT_ONCE = "SILENCE = progress.PERIOD = 0.02"


def test_making_a_page_tells_how_much_is_made(long_trace: str, tmp_path: Path) -> None:
    page = str(tmp_path / "page.html")
    window = Window(impatient(AT_ONCE, ["explain", long_trace, "-o", page]))
    window.finish()
    assert window.code == 0
    lines = told(window)
    assert any(line.startswith("densetrace: Reading long.json, ") for line in lines)
    made = [line for line in lines if line.startswith("densetrace: Writing page.html, ")]
    assert any(" MB, " in line for line in made)
    assert "".join(window.rows).startswith("Wrote ")


def test_into_a_file_it_is_told(long_trace: str, tmp_path: Path) -> None:
    with (tmp_path / "tree.txt").open("wb") as file:
        window = Window(impatient(AT_ONCE, ["explain", long_trace]), stdout=file.fileno())
        window.finish()
    assert any("Writing, " in line and " MB, " in line for line in told(window))
    assert not any(window.rows)


def test_while_a_pager_shows_what_it_has_nothing_is_told(long_trace: str) -> None:
    reading, writing = os.pipe()
    window = Window(impatient(AT_ONCE, ["explain", long_trace]), stdout=writing)
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
