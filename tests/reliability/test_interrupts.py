"""Ctrl-C at any moment: exit code 130, or the usual one, and the terminal is restored."""

import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.running import command, environment, killed_on_failure
from tests.reliability.terminals import Window

MOMENTS = 50
TOO_LATE = {0, 1}
"""Exit codes of these commands without an interrupt."""

SLOW = """\
import time
from tensorflow.keras.layers import Dense

print("begun", flush=True)
for _ in range(100):
    Dense(3)
    time.sleep(0.01)
"""


def moments(seconds: float, count: int = MOMENTS) -> list[float]:
    """Return `count` delays spread over these seconds, the same in each run of the tests."""
    chance = random.Random(0)
    return [seconds * (number + chance.random()) / count for number in range(count)]


def how_long(arguments: Sequence[str]) -> float:
    """Return the seconds that a command takes."""
    begun = time.monotonic()
    subprocess.run(arguments, env=environment({}), capture_output=True, check=False)
    return time.monotonic() - begun


def interrupted(arguments: Sequence[str], after: float) -> tuple[int, bytes]:
    """Interrupt a command after some seconds; return its exit code and its messages."""
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({}),
    )
    with process, killed_on_failure(process):
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=60)
    return process.returncode, messages


SWALLOWED_BY_IMPORT = re.compile(
    rb"Exception ignored in: <function _get_module_lock.<locals>.cb at 0x[0-9a-f]+>\n"
    rb"Traceback \(most recent call last\):\n.*\nKeyboardInterrupt: *\n"
)


def is_before_main(code: int, messages: bytes) -> bool:
    """Return whether the interrupt came before `main`, while Python itself started.

    Python may swallow it while it imports a module, and the command runs as if there were none.
    """
    if code in TOO_LATE and SWALLOWED_BY_IMPORT.match(messages):
        return True
    dies = code in (-signal.SIGINT, 1) and (not messages or b"KeyboardInterrupt" in messages)
    return dies and not re.search(rb'densetrace/__main__\.py", line \d+, in main', messages)


def check(results: Sequence[tuple[int, bytes]]) -> None:
    in_main = [result for result in results if not is_before_main(*result)]
    for code, messages in in_main:
        assert code in {130, *TOO_LATE}, messages.decode()
        assert b"Traceback" not in messages
        assert b"ignored" not in messages
    ends = [code for code, _ in in_main].count(130)
    assert ends >= len(results) // 3, [code for code, _ in results]


def test_an_interrupt_at_any_moment_of_a_command(tmp_path: Path) -> None:
    arguments = command(["explain", "Dense(3)", "-o", str(tmp_path / "trace.json")])
    how_long(arguments)
    delays = moments(how_long(arguments) * 1.1)
    with ThreadPoolExecutor(2) as pool:
        check(list(pool.map(lambda after: interrupted(arguments, after), delays)))
    assert [path.name for path in tmp_path.iterdir()] in ([], ["trace.json"])


def run_python(code: str, folder: Path, timeout: float) -> "subprocess.CompletedProcess[bytes]":
    """Run Python code in another process and in this folder."""
    return subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=folder,
        env=environment({}),
        timeout=timeout,
        check=False,
    )


STOPPED = """
import signal, sys
from densetrace{package} import {module}
real = {owner}.{name}
def interrupted(*arguments, **options):
    signal.raise_signal(signal.SIGINT)
    return real(*arguments, **options)
{owner}.{name} = interrupted
sys.argv = ["densetrace", *{arguments!r}]
from densetrace.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("system.streams", "prepare", ["explain", "Dense(3)"]),
        ("running.record", "follow", ["explain", "Dense(3)"]),
        ("running.record", "record_into", ["explain", "Dense(3)"]),
        ("terminal.output", "show", ["explain", "Dense(3)"]),
        ("terminal.output", "width_of", ["explain", "Dense(3)"]),
        ("terminal.output", "write", ["names"]),
        ("terminal.output", "finish", ["explain", "Dense(3)"]),
        ("system.files", "write_whole", ["explain", "Dense(3)", "-o", "x.json"]),
        ("system.files", "_replace", ["explain", "Dense(3)", "-o", "x.json"]),
        ("system.files.os", "replace", ["explain", "Dense(3)", "-o", "x.json"]),
        ("system.files.os", "fsync", ["explain", "Dense(3)", "-o", "x.json"]),
        ("terminal.quiz", "converse", ["quiz", "Dense(3)"]),
        ("system.file_input.Lines", "next", ["quiz", "Dense(3)"]),
        ("api", "run", ["run", "slow.py"]),
    ],
)
def test_an_interrupt_at_each_stage(
    module: str, name: str, arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    package, _, owner = f".{module}".rpartition(".") if module == "api" else module.partition(".")
    python = STOPPED.format(
        package=f".{package}" if package else "",
        module=owner.partition(".")[0],
        owner=owner,
        name=name,
        arguments=arguments,
    )
    ended = run_python(python, tmp_path, timeout=60)
    assert (ended.returncode, ended.stderr) == (130, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["slow.py"]


SWALLOWED = """
import signal, sys, time, weakref
from densetrace.{package} import {module}
class Deleted:
    pass
real = {module}.{name}
def interrupted(*arguments, **options):
    deleted = Deleted()
    callback = weakref.ref(deleted, lambda _: signal.raise_signal(signal.SIGINT))
    del deleted
    time.sleep(20)
    return real(*arguments, **options)
{module}.{name} = interrupted
sys.argv = ["densetrace", *{arguments!r}]
from densetrace.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("system.files", "_replace", ["explain", "Dense(3)", "-o", "x.json"]),
        ("system.file_input", "Lines", ["quiz", "Dense(3)"]),
        ("terminal.output", "show", ["explain", "Dense(3)"]),
    ],
)
def test_an_interrupt_where_python_swallows_exceptions(
    module: str, name: str, arguments: list[str], tmp_path: Path
) -> None:
    """Exceptions in callbacks of weak references, which the import system uses, are swallowed."""
    package, _, module = module.partition(".")
    python = SWALLOWED.format(package=package, module=module, name=name, arguments=arguments)
    ended = run_python(python, tmp_path, timeout=15)
    assert (ended.returncode, ended.stderr) == (130, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_script_keeps_an_interrupt_that_python_swallows(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import signal, time, weakref\n"
        "class Deleted: pass\n"
        "held = Deleted()\n"
        "ref = weakref.ref(held, lambda _: signal.raise_signal(signal.SIGINT))\n"
        "del held\n"
        "time.sleep(20)\n"
    )
    arguments = command(["run", str(tmp_path / "slow.py")])
    ended = subprocess.run(
        arguments, capture_output=True, env=environment({}), timeout=15, check=False
    )
    assert ended.returncode == 130
    assert b"ignored" not in ended.stderr


def test_an_interrupt_while_a_script_runs(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)

    def run(after: float) -> tuple[int, str]:
        window = Window(command(["run", "--level", "user", str(script)]))
        window.wait_for("begun")
        time.sleep(after)
        window.interrupt()
        window.finish()
        assert window.is_as_it_was()
        return window.code or 0, window.written

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, moments(1.0, 8)))
    for code, written in results:
        assert code in (0, 130)
        assert "Exception ignored" not in written
    assert [code for code, _ in results].count(130) >= 4


@pytest.mark.parametrize(
    ("arguments", "prompt"),
    [
        (["quiz", "Dense(3)", "--seed", "1"], "Your answer"),
        (["demo", "glorot"], "quit >"),
        (["step", "Dense(3)", "--format", "plain"], "Key:"),
        (["explain", "-"], "Ctrl-D"),
    ],
)
def test_an_interrupt_at_a_prompt(arguments: list[str], prompt: str) -> None:
    window = Window(command(arguments))
    window.wait_for(prompt)
    window.type("\x03")
    window.finish()
    assert window.code == 130
    assert window.is_as_it_was()
    assert "Traceback" not in window.written


UNHEARD = """
import signal, sys, threading
from densetrace.system import signals
from densetrace.system.file_input import Lines
signals.end_at_once()
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print("Ready?", end=" ", flush=True)
Lines("keys", 1000).next()
"""
"""Waits for a line while another thread receives the signal: the read of the main thread is not
interrupted, as if the signal came just before it."""


def test_an_interrupt_just_before_waiting_for_input() -> None:
    window = Window([sys.executable, "-c", UNHEARD])
    window.wait_for("Ready?")
    window.pause(0.5)
    window.interrupt()
    window.finish()
    assert window.code == 130


class TestStepper:
    """The screen of the stepper on a pseudo-terminal."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_at_any_moment_restores_the_terminal(self, number: int) -> None:
        """Sends one to three signals, from before the screen is entered to after it is left."""
        arguments = command(["step", "Dense(3)"])
        begun = time.monotonic()
        window = Window(arguments)
        window.wait_for("? help")
        seconds = time.monotonic() - begun
        window.type("q")
        window.finish()
        expected = {130, 0} if number == signal.SIGINT else {-number, 0}

        def run(after: float, at: int) -> int:
            window = Window(arguments)
            window.pause(after)
            if at % 2:
                window.type("jjkGg/mat")
            for _ in range(1 + at % 3):
                window.send(number)
            window.finish()
            if is_before_main(window.code or 0, b""):
                return 0
            assert window.is_as_it_was(), (after, window.written[-300:])
            assert window.code in expected, window.written[-300:]
            assert "Traceback" not in window.written
            return 1

        delays = moments(seconds * 1.5, 20 if number == signal.SIGINT else 6)
        with ThreadPoolExecutor(2) as pool:
            reached = sum(pool.map(run, delays, range(len(delays))))
        assert reached >= len(delays) // 3

    def test_repeated_interrupts_restore_the_terminal(self) -> None:
        """Ctrl-C is held down: more signals arrive while the terminal is restored."""
        for _ in range(5):
            window = Window(command(["step", "Dense(3)"]))
            window.wait_for("? help")
            window.type("\x03\x03\x03\x03\x03\x03")
            window.finish()
            assert window.is_as_it_was()
            assert window.code == 130
            assert "Traceback" not in window.written

    def test_the_stepper_continues_after_a_stop_signal(self) -> None:
        window = Window(command(["step", "Dense(3)"]))
        window.wait_for("step 1 of")
        for _ in range(3):
            window.send(signal.SIGSTOP)
            window.send(signal.SIGCONT)
        window.pause(0.3)
        window.type("j")
        window.wait_for("step 2-3 of")
        window.type("q")
        window.finish()
        assert window.code == 0
        assert window.is_as_it_was()


SIZES = [(1, 1), (5, 5), (20, 5), (80, 24), (1000, 200), (1, 200), (1000, 1)]


def test_the_stepper_survives_any_terminal_size() -> None:
    window = Window(command(["step", "Dense(3)"]), size=SIZES[0])
    window.wait_for(lambda: b"\x1b[?1049h" in window.data)
    window.pause(0.3)
    for width, height in SIZES * 2:
        window.resize(width, height)
        window.type("jk")
        window.pause(0.1)
    window.resize(80, 24)
    window.wait_for("step 1 of")
    window.type("q")
    window.finish()
    assert window.code == 0
    assert window.is_as_it_was()


@pytest.mark.parametrize("size", SIZES)
def test_the_stepper_starts_on_a_terminal_of_any_size(size: tuple[int, int]) -> None:
    window = Window(command(["step", "Dense(3)"]), size=size)
    window.wait_for(lambda: b"\x1b[?1049h" in window.data)
    window.type("jj?")
    window.pause(0.3)
    window.type("qq")
    window.finish()
    assert window.code == 0
    assert window.is_as_it_was()
    assert "Traceback" not in window.written
