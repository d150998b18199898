"""The real program with --predict in a real terminal: asks, takes answers, tells the score."""

from collections.abc import Callable
from pathlib import Path

from tests.stepper import numbers
from tests.stepper.program import DENSE, Program
from tests.stepper.timelines import SAVED, source_folder


def predict(*arguments: str, size: tuple[int, int] = (80, 24), **environment: str) -> Program:
    return Program("step", DENSE, "--predict", *arguments, size=size, environment=environment)


def test_the_screen_is_the_golden_one(golden: Callable[[str, str], None], tmp_path: Path) -> None:
    arguments = ("step", str(SAVED), "--predict", "--at", str(numbers.RELU))
    with Program(*arguments, folder=str(source_folder(tmp_path))) as program:
        program.wait_for("help")
        program.press("j?")
        program.wait_for("Hint:")
        program.settle()
        golden("stepper/asked-80", program.text)


def test_a_walk_with_questions() -> None:
    with predict() as program:
        program.wait_for(f"before step {numbers.NEW}")
        assert "Layer.__new__(" not in program.text
        program.press("d")
        program.wait_for("your answer: d  right")
        program.press("j")
        program.wait_for(f"before step {numbers.LAYOUT}")
        program.press("x")
        program.wait_for("x is not an answer")
        program.press("b")
        program.wait_for("Perhaps you thought")
        program.resize(60, 20)
        program.wait_for("Perhaps you thought")
        program.press("j")
        program.wait_for(f"before step {numbers.LAYER_INIT}")
        program.press("\r")
        program.wait_for(numbers.at(numbers.LAYER_INIT))
        program.press("q")
        assert program.end() == (0, None)
        assert program.is_as_it_was()
        end = program.written.replace("\r\n", "\n")
        assert "Score: 1 of 2 right, 1 not answered." in end
        assert f'densetrace step "{DENSE}" --at {numbers.LAYER_INIT} --predict' in end


def test_a_narrow_terminal_gets_one_line_of_score() -> None:
    with predict(size=(40, 12)) as program:
        program.wait_for(f"before step {numbers.NEW}")
        program.press(" ")
        program.wait_for("2/2")
        program.press("a")
        program.wait_for("your answer: a")
        program.press("q")
        assert program.end() == (0, None)
        end = program.written.rpartition("Score: ")[2].replace("\r\n", "\n")
        assert end.startswith(f"0 of 1 right.\nLeft at step {numbers.NEW} of {numbers.COUNT}.")


def test_ctrl_c_on_a_question_tells_the_score_and_restores_the_terminal() -> None:
    with predict() as program:
        program.wait_for(f"before step {numbers.NEW}")
        program.press("d")
        program.wait_for("your answer: d")
        program.press("j")
        program.wait_for(f"before step {numbers.LAYOUT}")
        program.press("\x03")
        assert program.end() == (130, None)
        assert program.is_as_it_was()
        assert "Score: 1 of 1 right." in program.written


def test_a_listener_is_asked_in_lines() -> None:
    with predict(ACCESSIBLE="1") as program:
        program.wait_for("Your answer:")
        program.press("d\r")
        program.wait_for(f"Step {numbers.NEW} of {numbers.COUNT}. Key:")
        program.press("\r")
        program.wait_for("Your answer:")
        program.press("q\r")
        assert program.end() == (0, None)
        assert "Right." in program.written
        assert "\x1b" not in program.written
