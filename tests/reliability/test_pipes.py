"""Pipes that the reader closes, streams that are closed from the start, full devices."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.cli.running import command, environment
from tests.reliability.forks import Ended, Forks

POINTS = {"tree": 50, "html": 50, "run": 50}
FEWER_POINTS = 8
MODEL = "Sequential([Dense(2), Dense(3, activation='relu')])"

SCRIPT = """\
import sys
from tensorflow.keras.layers import Dense

layer = Dense(3)
for number in range(100):
    print("line", number, "of what the script prints")
layer.build((None, 2))
"""

COMMANDS: dict[str, tuple[list[str], bytes, int]] = {
    **{
        form: (["explain", MODEL, "--format", form], b"", 0)
        for form in ("tree", "plain", "json", "html", "svg", "markdown", "chrome")
    },
    "piped in": (["explain", "-"], b"Dense(3)", 0),
    "failing layer": (["explain", "Dense(-1)"], b"", 1),
    "run": (["run", "script.py"], b"", 0),
    "why": (["why", MODEL, "dense_1.kernel"], b"", 0),
    "why json": (["why", MODEL, "dense_1.kernel", "--format", "json"], b"", 0),
    "diff": (["diff", "Dense(3)", "Dense(3, activation='relu')"], b"", 1),
    "quiz": (["quiz", "Dense(3)", "--seed", "1"], b"a\nb\n?\nskip\n" * 9, 0),
    "demo": (["demo", "lookups"], b"", 0),
    "demo html": (["demo", "lookups", "--format", "html"], b"", 0),
    "demo list": (["demo"], b"", 0),
    "names": (["names"], b"", 0),
    "glossary": (["glossary"], b"", 0),
    "step": (["step", "Dense(3)"], b"jjjj/matmul\n.\nvmG?\n", 0),
    "help": (["--help"], b"", 0),
    "explain help": (["explain", "--help"], b"", 0),
    "version": (["--version"], b"", 0),
}
"""Name -> arguments, piped input, and exit code."""

Run = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path


def placed(arguments: Sequence[str], folder: Path) -> list[str]:
    """Return the arguments with the path of the script in this folder."""
    return [str(folder / word) if word.endswith(".py") else word for word in arguments]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_reader_may_close_its_pipe_at_any_byte(name: str, forks: Forks, folder: Path) -> None:
    arguments, keys, code = COMMANDS[name]
    arguments = placed(arguments, folder)
    whole = forks.run(arguments, stdin=keys)
    assert whole.code == code
    size = len(whole.stdout)
    points = POINTS.get(name, FEWER_POINTS)
    for point in range(points):
        reads = size * point // points
        torn = forks.run(arguments, stdin=keys, reads=reads)
        assert (torn.code, torn.stderr) == (code, whole.stderr), f"closed after {reads} bytes"
        assert len(torn.stdout) <= reads


@pytest.mark.parametrize("after", [0, 1, 5000, 100_000])
def test_a_script_without_a_reader_ends_without_an_error(
    after: int, forks: Forks, tmp_path: Path
) -> None:
    script = tmp_path / "endless.py"
    script.write_text("from keras.layers import Dense\nDense(3)\nwhile True:\n    print('on')\n")
    for arguments in (["run", str(script)], ["step", str(script)]):
        torn = forks.run(arguments, reads=after)
        assert (torn.code, torn.stderr) == (0, b"")


def test_an_atexit_function_of_a_script_may_write_to_a_closed_pipe(
    forks: Forks, tmp_path: Path
) -> None:
    script = tmp_path / "last.py"
    script.write_text("import atexit\natexit.register(print, 'last ' * 10_000)\n")
    torn = forks.run(["run", str(script)], reads=0)
    assert (torn.code, torn.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
class TestFullDevice:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_a_full_device_is_reported_in_one_sentence(
        self, name: str, forks: Forks, folder: Path
    ) -> None:
        arguments, keys, _ = COMMANDS[name]
        full = os.open("/dev/full", os.O_WRONLY)
        ended = forks.run(placed(arguments, folder), stdin=keys, stdout=full)
        os.close(full)
        assert ended.code == 2
        message = ended.stderr.decode()
        assert message.startswith("Error: Cannot ")
        assert message.endswith("standard output: No space left on device.\n") or "help" in name
        assert message.count("\n") == 1

    def test_lost_output_of_a_script_is_reported(
        self, forks: Forks, folder: Path, tmp_path: Path
    ) -> None:
        full = os.open("/dev/full", os.O_WRONLY)
        kept = str(tmp_path / "trace.json")
        ended = forks.run(["run", "-o", kept, str(folder / "script.py")], stdout=full)
        os.close(full)
        assert ended.code == 2
        assert b"standard output: No space left on device." in ended.stderr
        assert Path(kept).exists()

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [(["explain", "Dense(-1)"], 1), (["explain", "Dnse(3)"], 2), (["nothing"], 2)],
    )
    def test_a_full_standard_error_does_not_change_the_exit_code(
        self, arguments: list[str], code: int, forks: Forks
    ) -> None:
        full = os.open("/dev/full", os.O_WRONLY)
        ended = forks.run(arguments, stderr=full)
        os.close(full)
        assert ended.code == code


CLOSED = [
    (["explain", "Dense(-1)"], 1),
    (["explain", "-"], 2),
    (["run", "script.py"], 0),
    (["step", "Dense(3)"], 0),
    (["quiz", "Dense(3)"], 0),
    (["glossary", "--help"], 0),
]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_from_the_start(closed: str, folder: Path) -> None:
    for arguments, code in CLOSED:
        words = command(placed(arguments, folder))
        ended = subprocess.run(
            ["sh", "-c", f'"$@" {closed}', "sh", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment({}),
            timeout=60,
            check=False,
        )
        assert ended.returncode == code, arguments
        assert b"Traceback" not in ended.stderr
        assert b"ignored" not in ended.stderr
        if ">&-" in closed.split():
            assert ended.stdout == b""


def test_a_file_does_not_reuse_the_descriptor_of_a_closed_stream(folder: Path) -> None:
    kept = folder / "trace.json"
    words = command(["run", "-o", str(kept), str(folder / "script.py")])
    subprocess.run(
        ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *words], env=environment({}), timeout=60, check=True
    )
    assert kept.read_text().startswith('{"format": "densetrace"')
    assert "line 1 of what" not in kept.read_text()


def test_unreadable_input_is_reported() -> None:
    ended = subprocess.run(
        ["sh", "-c", '"$@" 0>/dev/null', "sh", *command(["explain", "-"])],
        capture_output=True,
        env=environment({}),
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.decode().startswith("Error: Cannot read")
    assert ended.stderr.count(b"\n") == 1
