"""The real program in a real terminal: it starts, takes every key, and leaves all as it was."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from densetrace.render.theme import UNICODE
from densetrace.stepper.keys import key_table
from densetrace.stepper.screen import draw
from densetrace.stepper.terminal import TIMEOUTS
from densetrace.terminal.source import Sources
from tests.stepper import numbers
from tests.stepper.program import CURSOR_HIDDEN, DENSE, ENTERED, Program
from tests.stepper.timelines import SAVED, saved_session, session, source_folder, typed

SENT = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H",
    "end": "\x1b[F", "page up": "\x1b[5~", "page down": "\x1b[6~", "enter": "\r", "ctrl-l": "\x0c",
}  # fmt: skip
"""Keys that are not sent as the character that names them."""

LEAVING = ("quit", "interrupt", "suspend", "write")


def step(*arguments: str, size: tuple[int, int] = (80, 24), **environment: str) -> Program:
    program = Program("step", DENSE, *arguments, size=size, environment=environment)
    program.wait_for("help")
    program.settle()
    return program


def recorded(folder: Path, size: tuple[int, int] = (80, 24)) -> Program:
    """The program on the saved trace, which goldens show."""
    program = Program("step", str(SAVED), size=size, folder=str(source_folder(folder)))
    program.wait_for("help")
    program.settle()
    return program


def drawn(folder: Path, size: tuple[int, int], at: int = numbers.NEW) -> str:
    """What the stepper draws of the saved trace; goldens show it at 80 columns."""
    there = saved_session(at=at)
    rows = draw(there, Sources(source_folder(folder)), UNICODE, *size).rows
    return "".join("".join(run for run, _ in row).rstrip() + "\n" for row in rows)


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
def test_the_screen_is_what_is_drawn(size: tuple[int, int], tmp_path: Path) -> None:
    with recorded(tmp_path, size) as program:
        assert program.text == drawn(tmp_path, size)
        program.press(f"{numbers.RELU}\r")
        program.wait_for(numbers.at(numbers.RELU))
        program.settle()
        assert program.text == drawn(tmp_path, size, numbers.RELU)
        assert program.written.startswith(ENTERED + CURSOR_HIDDEN)


def test_every_key_is_taken() -> None:
    with step("--at", str(numbers.KERNEL_INITIALIZER)) as program:
        for binding in key_table():
            for key in binding.keys:
                if binding.action in LEAVING:
                    continue
                program.press(SENT.get(key, key))
                if binding.action == "help":
                    program.wait_for("Keys of the stepper")
                    program.press("q")
                elif binding.action in ("search", "attribute", "attribute-back", "number"):
                    program.wait_for(": " if binding.action != "number" else "To step: ")
                    program.press("\x15\x7f")
                program.wait_for(lambda: f" of {numbers.COUNT}" in program.rows[0])
        program.press(f"{numbers.RELU}\r")
        program.wait_for(numbers.at(numbers.RELU))
        program.press("q")
        assert program.end() == (0, None)


def test_keys_typed_ahead_are_all_taken() -> None:
    with step() as program:
        program.press("jjjjjkkj/matmul\r")
        program.wait_for(numbers.at(numbers.MATMUL))
        for _ in range(40):
            program.press("k")
        program.press("g" + 12 * "s")
        number = typed(session(), *12 * "s").cursor.number
        program.wait_for(numbers.at(number))


def test_an_escape_sequence_may_come_in_pieces() -> None:
    with step() as program:
        for piece in "\x1b[B":
            program.press(piece)
        program.wait_for(numbers.at(numbers.LAYOUT))


def test_quitting_tells_how_to_come_back() -> None:
    with step("--level", "framework") as program:
        program.press("\x1b[B\x1b[B")
        program.wait_for(numbers.at(numbers.DENSE_INIT))
        program.press("q")
        assert program.end() == (0, None)
        assert program.is_as_it_was()
        come_back = f'densetrace step "{DENSE}" --at {numbers.DENSE_INIT} --level framework'
        assert come_back in program.written.replace("\r\n", "\n")


def test_ctrl_c_quits_and_says_so_in_the_exit_code() -> None:
    with step() as program:
        program.press("\x03")
        assert program.end() == (130, None)
        assert program.is_as_it_was()
        assert f"--at {numbers.NEW}" in program.written


def test_an_interrupt_from_elsewhere_is_a_ctrl_c() -> None:
    with step() as program:
        program.send_signal(signal.SIGINT)
        assert program.end() == (130, None)
        assert program.is_as_it_was()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_that_ends_it_finds_the_terminal_put_right(name: str) -> None:
    number = getattr(signal, name)
    with step() as program:
        program.send_signal(number)
        assert program.end() == (None, number)
        assert program.is_as_it_was()


def test_ctrl_d_and_the_end_of_input_quit() -> None:
    with step() as program:
        program.press("\x04")
        assert program.end() == (0, None)
        assert program.is_as_it_was()


def test_a_fault_of_ours_shows_its_traceback_on_a_terminal_put_right() -> None:
    python = f"""
from densetrace import explain
from densetrace.stepper import loop
real = loop.draw
def draw(session, *arguments):
    if session.cursor.number > 1:
        raise ZeroDivisionError("a fault of ours")
    return real(session, *arguments)
loop.draw = draw
loop.step(explain({DENSE!r}))
"""
    with Program(python=python) as program:
        program.wait_for(numbers.at(numbers.NEW))
        program.press("j")
        assert program.end() == (1, None)
        assert program.is_as_it_was()
        left = program.written.rfind("\x1b[?1049l")
        # Python 3.13 colours its tracebacks, so the type and the message may stand apart.
        assert program.written.rfind("ZeroDivisionError") > left
        assert "a fault of ours" in program.written[left:]


def test_a_resized_terminal_is_drawn_anew(tmp_path: Path) -> None:
    with recorded(tmp_path) as program:
        program.press(f"{numbers.RELU}\r")
        program.wait_for(numbers.at(numbers.RELU))
        program.settle()
        program.resize(60, 20)
        program.wait_for("quit")
        program.settle()
        assert program.text == drawn(tmp_path, (60, 20), numbers.RELU)
        program.resize(20, 5)
        program.wait_for("Too small")
        program.resize(80, 24)
        program.wait_for(numbers.at(numbers.RELU))
        program.settle()
        assert program.text == drawn(tmp_path, (80, 24), numbers.RELU)


def test_after_ctrl_z_the_walk_goes_on() -> None:
    with step() as program:
        program.press("j")
        program.wait_for(numbers.at(numbers.LAYOUT))
        program.press("\x1a")
        program.wait_for(lambda: program.written.count(ENTERED) >= 2)
        program.wait_for(numbers.at(numbers.LAYOUT))
        program.press("j")
        program.wait_for(numbers.at(numbers.LAYER_INIT))


def test_w_writes_the_step_to_a_file_and_names_it(tmp_path: Path) -> None:
    with Program("step", DENSE, "--at", str(numbers.KERNEL), folder=str(tmp_path)) as program:
        program.wait_for("help")
        program.press("w")
        program.wait_for(f"Wrote densetrace-step-{numbers.KERNEL}.md.")
        program.press("w")
        program.wait_for(f"Wrote densetrace-step-{numbers.KERNEL}-2.md.")
    assert (
        f"# Step {numbers.KERNEL} of {numbers.COUNT}"
        in (tmp_path / f"densetrace-step-{numbers.KERNEL}.md").read_text()
    )


def test_without_colour_nothing_is_coloured() -> None:
    with step(NO_COLOR="1") as program:
        program.press("jj")
        program.wait_for(numbers.at(numbers.LAYER_INIT))
        assert set(re.findall(r"\x1b\[([0-9;]*)m", program.written)) <= {"0"}
        assert ">    ├─ Layer.__init__" in program.text


def test_in_ascii_nothing_else_is_written() -> None:
    with step(PYTHONUTF8="0", PYTHONIOENCODING="ascii") as program:
        program.press(f"{numbers.RELU}\r")
        program.wait_for(numbers.at(numbers.RELU))
        assert program.written.isascii()


@pytest.mark.parametrize(
    ("option", "environment"),
    [(["--format", "plain"], {}), ([], {"ACCESSIBLE": "1"}), ([], {"TERM": "dumb"})],
)
def test_lines_and_a_prompt_for_who_wants_no_screen(
    option: list[str], environment: dict[str, str]
) -> None:
    with Program("step", DENSE, *option, environment=environment) as program:
        program.wait_for(f"Step {numbers.NEW} of {numbers.COUNT}. Key:")
        program.press("next\r")
        program.wait_for(f"Step {numbers.LAYOUT} of {numbers.COUNT}. Key:")
        program.press("/\r")
        program.wait_for("Search:")
        program.press("matmul\r")
        program.wait_for(f"Step {numbers.MATMUL} of {numbers.COUNT}. Key:")
        program.press("q\r")
        assert program.end() == (0, None)
        assert "\x1b" not in program.written
        assert f"--at {numbers.MATMUL}" in program.written


def test_an_expression_that_is_piped_in_leaves_the_keys_to_the_terminal() -> None:
    python = """
import os, subprocess, sys
subprocess.run([sys.executable, "-m", "densetrace", "step", "-"], input=b"Dense(3)",
               check=True)
"""
    with Program(python=python) as program:
        program.wait_for("help")
        program.press("j")
        program.wait_for("step 2-3 of 54")
        program.press("q")
        assert program.end() == (0, None)
        assert "densetrace step 'Dense(3)' --at 2" in program.written


def pasted(text: str) -> str:
    """What a terminal sends for a paste once it was asked to mark pastes."""
    return f"\x1b[200~{text}\x1b[201~"


def test_a_paste_never_acts_as_keys() -> None:
    with step() as program:
        assert "\x1b[?2004h" in program.written
        program.press(pasted("jjjq\r\x1b[B\nq"))
        program.wait_for("Pasted text does not act as keys.")
        program.wait_for(numbers.at(numbers.NEW))
        program.press("j")
        program.wait_for(numbers.at(numbers.LAYOUT))
        program.press("q")
        program.end()
        assert program.written.rstrip().rfind("\x1b[?2004l") > program.written.rfind("\x1b[?2004h")


def test_a_paste_into_a_search_is_its_text() -> None:
    with step() as program:
        program.press("/" + pasted("ker\nnel\x1b"))
        program.wait_for("ker nel")
        program.press("\x15" + pasted("bias") + "\r")
        program.wait_for(lambda: numbers.at(numbers.NEW) not in program.text)
        program.press("q")
        program.end()


FLOODS = {
    "a paste": pasted("q" * 1_000_000),
    "many pastes": pasted("q") * 30_000,
    "end marks": "\x1b[201~" * 16_000,
    "escape": "\x1b" * 100_000,
    "digits": "\x1b[" + "0" * 100_000 + "~",
    "half sequences": "\x1bO" * 50_000 + "O",
    "mouse": "\x1b[<0;10;10M" * 10_000,
    "keys": "x" * 100_000,
    "half a character": b"\xe2\x82" * 50_000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_whatever_is_sent_is_taken_soon(flood: str | bytes) -> None:
    with step() as program:
        program.press(flood)
        program.press(f"{numbers.RELU}\r")
        program.wait_for(numbers.at(numbers.RELU))
        program.press("q")
        assert program.end() == (0, None)
        assert program.is_as_it_was()


def test_a_paste_that_never_ends_is_over_after_a_while() -> None:
    with step() as program:
        program.press("\x1b[200~qqq")
        program.wait_for("Pasted text does not act as keys.")
        program.press("qqq")
        time.sleep(2 * TIMEOUTS["paste"])
        program.press("j")
        program.wait_for(numbers.at(numbers.LAYOUT))
        program.press("q")
        program.end()


def test_a_paste_goes_on_after_a_signal() -> None:
    with step() as program:
        program.press("\x1b[200~qqq")
        program.resize(60, 20)
        program.wait_for("quit")
        program.press("qqq" + "\x1b[201~j")
        program.wait_for(numbers.at(numbers.LAYOUT))
        program.press("q")
        assert program.end() == (0, None)


LONG_SEARCH = """
from densetrace import explain
from densetrace.stepper import loop
from densetrace.stepper.find import Seeking
Seeking.further = lambda self: self
loop.step(explain("Dense(3)"))
"""


def test_a_paste_during_a_search_does_not_act_as_keys() -> None:
    with Program(python=LONG_SEARCH) as program:
        program.wait_for("help")
        program.press("/nothing\r")
        program.wait_for("Searching")
        for piece in ("\x1b[200~q", "q\x1b", "[201", "~\x1b"):
            program.press(piece)
            program.settle()
        program.wait_for(lambda: "Searching" not in program.text)
        program.press("j")
        program.wait_for("step 2-3 of 54")
        program.press("q")
        assert program.end() == (0, None)


def test_the_rest_of_a_paste_is_not_left_to_the_shell() -> None:
    python = f"""
import subprocess, sys
program = subprocess.Popen([sys.executable, "-m", "densetrace", "step", {DENSE!r}])
print(f"pid {{program.pid}}.")
program.wait()
print("ended")
print("typed then: " + repr(input()))
"""
    with Program(python=python) as program:
        program.wait_for("help")
        program.settle()
        number = int(program.written.partition("pid ")[2].partition(".")[0])
        program.press("\x1b[200~echo\r")
        program.settle()
        os.kill(number, signal.SIGSTOP)
        program.press("qqqqqqq\r" * 250)
        os.kill(number, signal.SIGTERM)
        os.kill(number, signal.SIGCONT)
        program.wait_for("ended")
        program.press("by a person\r")
        program.wait_for("typed then: 'by a person'")
