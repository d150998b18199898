"""With --predict, what comes next is asked before it is shown: once, going forward, and not on a
jump."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from rich.cells import cell_len

from densetrace import explain
from densetrace.render.theme import UNICODE
from densetrace.stepper.asking import Asking, Questions
from densetrace.stepper.asking_view import score_lines
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.panels import KEPT_BACK
from densetrace.stepper.screen import draw
from densetrace.stepper.session import Session
from densetrace.stepper.state import States
from densetrace.teach.quiz import MISCONCEPTIONS, Question
from densetrace.terminal.source import Sources
from tests.cli.running import invoke
from tests.stepper import numbers
from tests.stepper.program import DENSE
from tests.stepper.timelines import (
    SAVED,
    cursors,
    saved_session,
    session,
    source_folder,
    typed,
)


def asking(there: Session) -> Asking:
    assert there.asking is not None
    return there.asking


def question(there: Session) -> Question:
    waiting = asking(there).question
    assert waiting is not None
    return waiting


def predicting(at: int = 1, there: Session | None = None) -> Session:
    """A session that has come to a step, and is asked about what follows."""
    there = there or session(at=at)
    questions = Questions(there.cursor.timeline.trace)
    return replace(there, asking=Asking(questions).at(there.cursor))


def letter(there: Session, right: bool = True) -> str:
    (number,) = question(there).right
    return "abcd"[number] if right else "abcd"[(number + 1) % len(question(there).options)]


def text(there: Session, width: int, height: int, folder: Path | None = None) -> str:
    rows = draw(there, Sources(folder), UNICODE, width, height).rows
    return "".join("".join(run for run, _ in row).rstrip() + "\n" for row in rows)


# -- when it asks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["j", "n", "down", "right", "s", "o", "t", " "])
def test_a_move_forward_asks_before_it_shows(key: str) -> None:
    there = predicting(at=numbers.KERNEL_REGULARIZER)
    asked = typed(there, key)
    assert asked.is_asked
    assert asked.cursor == there.cursor
    shown = typed(asked, letter(asked)).cursor
    assert shown == typed(session(at=numbers.KERNEL_REGULARIZER), key).cursor
    assert shown != there.cursor


@pytest.mark.parametrize(
    "keys",
    [["G"], [*str(numbers.KERNEL), "enter"], ["/", *"matmul", "enter"], ["a", *"kernel", "enter"]],
)
def test_a_jump_asks_nothing_and_counts_as_shown(keys: list[str]) -> None:
    there = typed(predicting(), *keys)
    assert not there.is_asked
    assert there.cursor == typed(session(), *keys).cursor
    back = typed(there, "g", "j", "j")
    assert not back.is_asked
    assert back.cursor.number == numbers.LAYER_INIT


@pytest.mark.parametrize("key", ["k", "p", "up", "S", "O", "u", "T", "g", "b"])
def test_a_move_back_asks_nothing(key: str) -> None:
    there = typed(predicting(at=numbers.KERNEL_REGULARIZER), key)
    assert not there.is_asked
    assert there.cursor == typed(session(at=numbers.KERNEL_REGULARIZER), key).cursor


def test_a_step_is_asked_about_once() -> None:
    there = typed(predicting(), "j", "a", "k", "j")
    assert (there.is_asked, there.cursor.number) == (False, 2)


def test_a_step_that_raises_no_question_is_shown_at_once() -> None:
    there = typed(predicting(at=numbers.INVOKE), "j")
    assert not there.is_asked
    assert there.cursor != session(at=numbers.INVOKE).cursor


def test_every_step_that_raises_a_question_is_asked_about_on_the_way() -> None:
    there = predicting()
    expected = [there.cursor.at(place) for place in range(1, len(there.cursor.timeline))]
    asked_about = {c.number for c in expected if asking(there).questions.about(c) is not None}
    met = set()
    while (after := typed(there, "j")).cursor != there.cursor or after.is_asked:
        if after.is_asked:
            target = asking(after).target
            assert target is not None
            met.add(target.number)
            after = typed(after, "enter")
        there = after
    assert met == asked_about - {numbers.NEW}
    assert len(met) > 15


@given(cursors())
def test_without_questions_nothing_is_kept_back(cursor: Cursor) -> None:
    there = Session(cursor, States(cursor.timeline))
    assert there.shown == len(cursor.timeline) - 1
    assert not typed(there, "j").is_asked


def test_the_object_of_a_session_stays_as_it_was() -> None:
    there = predicting(at=numbers.KERNEL_REGULARIZER)
    before = (there.asking, there.cursor)
    typed(there, "j", "?", "a", "j", "enter")
    assert (there.asking, there.cursor) == before


# -- answering ------------------------------------------------------------------------------------


def test_a_number_is_no_answer_since_it_could_be_one_or_a_position() -> None:
    asked = typed(predicting(), "j")
    there = typed(asked, str(question(asked).right[0] + 1))
    assert question(there) is question(asked)
    assert "is not an answer. Type a to " in text(there, 80, 24)


def test_a_line_may_be_the_answer_itself() -> None:
    output = step(DENSE, keys="'units'\nq\n")
    other = step(DENSE, keys=f"{question(typed(predicting(), 'j')).answer}\nq\n")
    assert "Right. " in other
    assert "is not an answer" in output


def test_a_right_answer_is_counted_and_its_step_shown() -> None:
    asked = typed(predicting(), "j")
    there = typed(asked, letter(asked))
    verdict = asking(there).verdict
    assert verdict is not None
    assert verdict.is_right
    assert there.cursor.number == numbers.LAYOUT
    assert "Right." in text(there, 80, 24)
    assert "Proof: this step" in text(there, 80, 24)


def test_a_wrong_answer_is_met_with_the_misconception_it_reveals() -> None:
    asked = typed(predicting(), "j")
    wrong, belief = next(
        (number, option.misconception)
        for number, option in enumerate(question(asked).options)
        if option.misconception
    )
    there = typed(asked, "abcd"[wrong])
    shown = " ".join(text(there, 200, 60).split())
    assert "Wrong. The answer is" in shown
    assert MISCONCEPTIONS[belief].claim in shown


def test_the_verdict_goes_when_one_reads_on_or_moves() -> None:
    answered = typed(predicting(), "j", "a")
    assert asking(answered).verdict is not None
    read_on = typed(answered, " ")
    assert asking(read_on).verdict is None
    assert read_on.cursor == answered.cursor
    assert asking(typed(answered, "k")).verdict is None
    assert asking(typed(answered, "c")).verdict is not None


def test_a_hint_helps_and_is_counted() -> None:
    asked = typed(predicting(), "j", "?")
    assert question(asked).hint in " ".join(text(asked, 80, 24).split())
    there = typed(asked, "a")
    assert [answer.hinted for answer in asking(there).answers] == [True]


@pytest.mark.parametrize("key", ["enter", "escape"])
def test_a_question_can_be_skipped(key: str) -> None:
    there = typed(predicting(), "j", key)
    assert there.cursor.number == numbers.LAYOUT
    assert (asking(there).verdict, asking(there).answers) == (None, ())
    assert len(asking(there).asked) == 1


@pytest.mark.parametrize("key", ["j", "k", "5", "z", "\u202e", "/"])
def test_another_key_is_no_answer(key: str) -> None:
    asked = typed(predicting(), "j")
    after = typed(asked, key)
    assert after.asking == asked.asking
    assert "is not an answer. Type a to d, ? for a hint, Enter to skip." in after.message
    assert "\u202e" not in after.message


@pytest.mark.parametrize(
    ("key", "wish"),
    [("q", "quit"), ("ctrl-d", "quit"), ("ctrl-c", "interrupt"), ("ctrl-l", "redraw")],
)
def test_one_can_leave_a_question(key: str, wish: str) -> None:
    assert typed(predicting(), "j", key).wish == wish


def test_pages_of_a_question_are_turned_without_the_letters() -> None:
    asked = replace(typed(predicting(), "j"), last_page=1)
    assert typed(asked, " ").scroll == 1
    assert typed(asked, " ", "page up").scroll == 0
    assert "Page Up: back" in text(replace(asked, scroll=9), 30, 8)
    assert not typed(asked, "b").is_asked


# -- on the screen --------------------------------------------------------------------------------


def test_what_comes_next_is_kept_off_the_map() -> None:
    there = predicting(at=numbers.RELU)
    assert KEPT_BACK in text(there, 80, 24)
    assert "use_bias = True" not in text(there, 80, 24)
    assert "use_bias = True" in text(session(at=numbers.RELU), 80, 24)
    assert KEPT_BACK not in text(typed(there, "G"), 80, 24)


def test_goldens(golden: Callable[[str, str], None], tmp_path: Path) -> None:
    folder = source_folder(tmp_path)
    there = predicting(there=saved_session(at=numbers.RELU))
    asked = typed(there, "j", "?")
    golden("stepper/asked-80", text(asked, 80, 24, folder))
    wrong = typed(asked, letter(asked, right=False))
    golden("stepper/answered-80", text(wrong, 80, 24, folder))


@pytest.mark.parametrize("size", [(30, 8), (45, 12), (60, 20), (80, 24), (132, 43), (250, 80)])
def test_every_question_fits_and_can_be_read_to_its_end(size: tuple[int, int]) -> None:
    width, height = size
    there = predicting()
    for _ in range(60):
        for state in (there, typed(there, "?") if there.is_asked else there):
            frame = draw(state, Sources(), UNICODE, width, height)
            assert len(frame.rows) == height
            assert all(cell_len("".join(run for run, _ in row)) <= width for row in frame.rows)
            if state.is_asked:
                pages = [
                    text(replace(state, scroll=page), width, height)
                    for page in range(frame.last_page + 1)
                ]
                shown = " ".join("".join(pages).split())
                assert all(f"{mark}) " in shown for mark in "abc")
        there = typed(there, "a" if there.is_asked else "j")


# -- the score ------------------------------------------------------------------------------------


def test_the_score_is_told_by_kind_and_in_one_line_where_it_is_narrow() -> None:
    there = predicting()
    for _ in range(4):
        asked = typed(there, "j")
        there = typed(asked, letter(asked)) if asked.is_asked else asked
    asked = typed(there, "j")
    there = typed(asked, "enter")
    lines = list(score_lines(asking(there), 80))
    right = len(asking(there).answers)
    assert lines[0] == f"Score: {right} of {right} right, 1 not answered."
    titles = {answer.question.kind.title for answer in asking(there).answers}
    assert {line.strip().partition(":")[0] for line in lines[1:]} == titles
    assert list(score_lines(asking(there), 40)) == lines[:1]


def test_where_nothing_was_asked_there_is_no_score() -> None:
    assert list(score_lines(asking(predicting()), 80)) == []


# -- line by line, and piped ----------------------------------------------------------------------


def step(*arguments: str, keys: str) -> str:
    done = invoke("step", *arguments, "--predict", stdin=keys)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def test_the_first_step_is_asked_about_before_it_is_shown() -> None:
    output = step(DENSE, keys="")
    assert f"Before step {numbers.NEW}, a question: what the merged dict holds." in output
    assert f"Step {numbers.NEW} of {numbers.COUNT}" not in output
    assert "Score" not in output


def test_one_who_comes_back_is_asked_about_what_follows() -> None:
    output = step(DENSE, "--at", str(numbers.GLOROT), keys="j")
    assert output.index(f"Step {numbers.GLOROT} of {numbers.COUNT}") < output.index(
        f"Before step {numbers.ZEROS}, a question"
    )


def test_piped_keys_answer_in_rows_and_in_lines() -> None:
    for keys in ("d\nj\nb\nj\n\n", "djbj\n\n", "(D)\nnext\nb.\n\nskip\n", "D\nj\nB\nj\nskip\n"):
        output = step(DENSE, keys=keys)
        assert [line for line in output.splitlines() if line.startswith("Step ")] == [
            f"Step {numbers.NEW} of {numbers.COUNT}. Phase 1 construct. Level author.",
            f"Step {numbers.LAYOUT} of {numbers.COUNT}, with step {numbers.DENSE_INIT}. "
            "Phase 1 construct. Level author.",
            f"Step {numbers.LAYER_INIT} of {numbers.COUNT}, inside step {numbers.LAYOUT}. "
            "Phase 1 construct. Level author.",
        ]
        assert output.count("\nRight. ") == 1
        assert output.count("\nWrong. The answer is ") == 1
        assert "Score: 1 of 2 right, 1 not answered." in output


def test_a_hint_comes_alone_and_a_wrong_key_is_told_once() -> None:
    output = step(DENSE, keys="?\nx\n")
    assert output.count(f"Before step {numbers.NEW}, a question") == 1
    assert output.count("Hint: ") == 1
    assert output.count("x is not an answer") == 1


def test_what_comes_after_is_not_told_by_the_map() -> None:
    assert "After it:" not in step(DENSE, "--at", str(numbers.RELU), keys="m")
    assert "After it:" in step(DENSE, "--at", str(numbers.RELU), keys=f"Gg{numbers.RELU}\nm")


def test_the_end_tells_score_and_the_way_back_and_that_works() -> None:
    output = step(DENSE, "--level", "framework", keys="djaq")
    lines = output.splitlines()
    assert lines[-2:] == [
        f"Left at step {numbers.LAYOUT} of {numbers.COUNT}. To come back:",
        f'  densetrace step "{DENSE}" --at {numbers.LAYOUT} --level framework --predict',
    ]
    assert "Score: 1 of 2 right." in lines
    assert "  what the merged dict holds: 1 of 1" in lines
    again = step(DENSE, "--at", str(numbers.LAYOUT), "--level", "framework", keys="j")
    assert f"Step {numbers.LAYOUT} of {numbers.COUNT}" in again


def test_a_saved_trace_asks_the_same() -> None:
    # The command that comes back is not the same.
    saved, fresh = (step(what, keys="djajbj").split("Left at") for what in (str(SAVED), DENSE))
    output = [line for line in fresh[0].splitlines() if not line.startswith("Caused by line")]
    assert [
        line for line in saved[0].splitlines() if not line.startswith("Caused by line")
    ] == output


def test_a_trace_without_questions_is_just_walked() -> None:
    there = session("Dense(3)", at=1)
    quiet = explain("Dense(3)", until="new", seed=0)
    assert Questions(quiet).about(there.cursor.last()) is None
