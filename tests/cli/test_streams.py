"""Terminals, pipes and encodings: whatever output is connected to, it is served well."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pyte
import pytest

from densetrace.data.trace import Trace
from tests.cli.running import command, environment, invoke, killed_on_failure, run

DENSE = "Dense(3, activation='relu')"
ESCAPE = "\x1b"


def in_terminal(
    arguments: Sequence[str], columns: int = 80, **changes: str
) -> tuple[str, "pyte.Screen"]:
    """What a command wrote to a real pseudo-terminal, and the screen that shows it."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 120, columns, 0, 0))
    env = environment({"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **changes})
    process = subprocess.Popen(command(arguments), stdin=its, stdout=its, stderr=its, env=env)
    with process, killed_on_failure(process):
        os.close(its)
        data = b""
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # the other end is closed: all has been read
                break
            if not block:
                break
            data += block
    os.close(ours)
    assert process.returncode == 0
    screen = pyte.Screen(columns, 120)
    pyte.ByteStream(screen).feed(data)
    return data.decode(), screen


class TestTerminal:
    def test_colour_is_shown_and_changes_no_text(self) -> None:
        written, screen = in_terminal(["explain", DENSE])
        assert ESCAPE in written
        shown = [line.rstrip() for line in screen.display]
        expected = invoke("explain", DENSE).stdout.splitlines()
        assert shown[: len(expected)] == expected
        colors = {cell.fg for row in screen.buffer.values() for cell in row.values()}
        assert "default" in colors
        # Old versions of pyte know no bright magenta.
        assert any(color.endswith("magenta") for color in colors)

    def test_only_colours_of_the_terminals_own_palette_are_used(self) -> None:
        written, _ = in_terminal(["explain", DENSE])
        codes = {
            code for found in re.findall(r"\x1b\[([0-9;]*)m", written) for code in found.split(";")
        }
        assert codes <= {"0", "1", "2", "3", "91", "95"}
        assert not re.search(r"\x1b(?!\[[0-9;]*m)", written)

    def test_no_color_is_honoured(self) -> None:
        written, _ = in_terminal(["explain", DENSE], NO_COLOR="1")
        assert ESCAPE not in written
        assert "├─" in written

    def test_a_dumb_terminal_gets_plain_ascii(self) -> None:
        written, _ = in_terminal(["explain", DENSE], TERM="dumb")
        assert written.isascii()
        assert ESCAPE not in written
        assert "|- " in written

    @pytest.mark.parametrize("columns", [60, 100])
    def test_the_terminals_width_is_used(self, columns: int) -> None:
        _, screen = in_terminal(["explain", DENSE], columns=columns)
        expected = invoke("explain", DENSE, COLUMNS=str(columns)).stdout.splitlines()
        assert [line.rstrip() for line in screen.display][: len(expected)] == expected

    def test_columns_counts_before_the_terminals_width(self) -> None:
        written, _ = in_terminal(["explain", DENSE], COLUMNS="60")
        assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in written.splitlines()) <= 60


class TestPipes:
    def test_a_pipe_gets_80_columns_and_no_colour(self) -> None:
        written = run("explain", DENSE, TERM="xterm-256color").stdout.decode()
        assert ESCAPE not in written
        assert max(map(len, written.splitlines())) == 80

    def test_colour_may_be_forced(self) -> None:
        written = run("explain", DENSE, TERM="xterm-256color", FORCE_COLOR="1").stdout.decode()
        assert ESCAPE in written
        without = run(
            "explain", DENSE, TERM="xterm-256color", FORCE_COLOR="1", NO_COLOR="1"
        ).stdout.decode()
        assert ESCAPE not in without

    @pytest.mark.parametrize("columns", ["0", "-5", "abc", "", "9" * 5000, "²"])
    def test_nonsense_in_columns_is_ignored(self, columns: str) -> None:
        shown = invoke("explain", DENSE, COLUMNS=columns).stdout
        assert shown == invoke("explain", DENSE).stdout

    @pytest.mark.parametrize(
        ("expression", "code"),
        [("Sequential([Dense(2), Dense(2), Dense(2), Dense(2)])", 0), ("Dense(-1)", 1)],
    )
    @pytest.mark.parametrize("form", ["tree", "plain", "json"])
    def test_a_closed_pipe_ends_quietly(self, expression: str, code: int, form: str) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            ended = subprocess.run(
                command(["explain", expression, "--format", form, "--level", "framework"]),
                stdout=writing,
                stderr=subprocess.PIPE,
                env=environment({}),
                timeout=60,
                check=False,
            )
        finally:
            os.close(writing)
        assert ended.returncode == code
        assert b"BrokenPipe" not in ended.stderr
        assert b"Exception" not in ended.stderr

    def test_an_interrupt_exits_with_130(self, tmp_path: Path) -> None:
        script = tmp_path / "slow.py"
        script.write_text("import time\nprint('ready', flush=True)\ntime.sleep(30)\n")
        process = subprocess.Popen(
            command(["run", str(script)]),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment({}),
        )
        with process, killed_on_failure(process):
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=20)
        assert process.returncode == 130
        assert b"Traceback" not in stderr


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "ascii:strict"])
    @pytest.mark.parametrize("form", ["tree", "plain", "json"])
    def test_what_an_encoding_cannot_hold_is_spelled_out(self, encoding: str, form: str) -> None:
        done = run(
            *("explain", "Dense(3, name='漢é')", "--format", form), PYTHONIOENCODING=encoding
        )
        assert (done.returncode, done.stderr) == (0, b"")
        shown = done.stdout.decode(encoding.partition(":")[0])
        assert "\\u6f22" in shown
        if form == "tree":
            assert "|- " in shown
            assert max(map(len, shown.splitlines())) <= 80
        if form == "json":
            assert Trace.loads(shown).outcome["object"] == "漢é"

    @pytest.mark.parametrize(
        "asked",
        [
            ["why", "Dense(3, name='漢é\\x7f')", "units", "--format", "json"],
            ["diff", "Dense(3, name='漢é\\x7f')", "Dense(2)", "--format", "json"],
            ["quiz", "Dense(3, name='漢é\\x7f')", "--seed", "1", "--json"],
        ],
        ids=lambda asked: asked[0],
    )
    def test_every_json_answer_is_spelled_as_the_stream_carries_it(self, asked: list[str]) -> None:
        for encoding in ("utf-8", "ascii"):
            done = run(*asked, stdin=b"q\n", PYTHONIOENCODING=encoding)
            text = done.stdout.decode(encoding)
            assert "漢" in text if encoding == "utf-8" else "\\u6f22" in text
            assert "\x7f" not in text
            assert "漢é" in json.dumps(json.loads(text), ensure_ascii=False)


class TestStartUp:
    def test_help_loads_neither_numpy_nor_rich(self) -> None:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "densetrace", "explain", "--help"],
            capture_output=True,
            env=environment({}),
            timeout=60,
            check=True,
        )
        loaded = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
        assert "densetrace.cli.options" in loaded
        rooms = {name for name in loaded if name.startswith("densetrace.")}
        assert not {
            name for name in rooms if name.startswith(("densetrace.keras", "densetrace.render"))
        }
        assert not loaded & {"numpy", "rich", "rich.console", "rich.tree"}


@pytest.mark.parametrize(
    ("format", "times"), [("tree", 1), ("plain", 1), ("json", 2), ("markdown", 2)]
)
def test_a_refusal_is_printed_once_where_both_streams_go_to_one_place(
    tmp_path: Path, format: str, times: int
) -> None:
    (tmp_path / "lesson.py").write_text("from keras.layers import Desne\n", "utf-8")
    arguments = ["run", "--format", format, "lesson.py"]
    together = subprocess.run(
        command(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=tmp_path, env=environment({}), timeout=60, check=False,
    )  # fmt: skip
    assert together.returncode == 2
    message = b"did you mean keras.layers.Dense?"
    apart = run(*arguments, cwd=tmp_path)
    assert apart.returncode == 2
    assert message in apart.stderr
    assert together.stdout.count(message) == times
