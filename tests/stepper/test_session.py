"""Each key does what the table says, and says so when it cannot."""

from dataclasses import replace

import pytest

from densetrace.kinds.spans import plain_text
from densetrace.stepper.keys import key_table
from densetrace.stepper.session import Session
from tests.stepper import numbers
from tests.stepper.timelines import session, typed


def line(session: Session) -> str:
    return plain_text(session.cursor.line(session.cursor.stop))


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        ("j", numbers.LAYOUT),
        ("n", numbers.LAYOUT),
        ("jk", numbers.NEW),
        ("jp", numbers.NEW),
        ("s", numbers.LAYOUT),
        ("sss", numbers.NOT_BUILT),
        ("ssS", numbers.LAYOUT),
        ("o", numbers.LAYOUT),
        ("oo", numbers.INVOKE),
        ("ooO", numbers.LAYOUT),
        ("sssu", numbers.LAYER_INIT),
        ("G", numbers.LAST),
        ("Gg", numbers.NEW),
        ("jjjo", numbers.NAME),
        ("t", numbers.NEW),
        ("jzjj", numbers.INVOKE),
        ("-", numbers.NEW),
        ("j-j", numbers.INVOKE),
        ("j-s", numbers.LAYER_INIT),
        ("j-+j", numbers.LAYER_INIT),
        ("   ", numbers.NOT_BUILT),
        ("jb", numbers.NEW),
    ],
)
def test_moves(keys: str, number: int) -> None:
    assert typed(session(), *keys).cursor.number == number


@pytest.mark.parametrize(
    ("key", "at", "message"),
    [
        ("k", numbers.NEW, "This is the first step."),
        ("j", numbers.LAST, "This is the last step."),
        ("u", numbers.NEW, "This step is not inside another one."),
        ("o", numbers.LAST, "Nothing comes after this step."),
        ("t", numbers.NEW, "There is no later step of the kind new."),
        ("-", numbers.NEW, "There is nothing to fold here."),
        ("+", numbers.LAYOUT, "Nothing is folded here."),
        (".", numbers.NEW, "There is no search yet. Press / and type what to find."),
        ("x", numbers.NEW, "x does nothing. ? shows all keys."),
        ("\u202e", numbers.NEW, "\\u202e does nothing. ? shows all keys."),
        ("escape", numbers.NEW, ""),
    ],
)
def test_a_key_that_leads_nowhere_says_why(key: str, at: int, message: str) -> None:
    there = session(at=at)
    after = typed(there, key)
    assert (after.cursor, after.message) == (there.cursor, message)


@pytest.mark.parametrize("last", ["enter", "g", "G"])
def test_a_number_goes_to_its_step(last: str) -> None:
    assert typed(session(), *str(numbers.KERNEL), last).cursor.number == numbers.KERNEL


def test_a_number_that_no_step_has_is_refused() -> None:
    after = typed(session(), "9", "9", "enter")
    assert (after.cursor.number, after.message) == (
        numbers.NEW,
        f"Steps go from 1 to {numbers.COUNT}. Received: 99.",
    )
    assert (
        typed(session(), "0", "enter").message
        == f"Steps go from 1 to {numbers.COUNT}. Received: 0."
    )


def test_the_number_of_a_step_without_a_line_keeps_the_place() -> None:
    after = typed(session(), *str(numbers.RELU_FUNCTION), "enter")
    assert line(after).startswith("activation = activations.get")
    assert (
        after.message
        == f"Step {numbers.RELU_FUNCTION} has no line at this level. Press l for more detail."
    )
    assert typed(after, "l").cursor.number == numbers.RELU_FUNCTION


def test_searching_goes_on_in_both_directions() -> None:
    first = typed(session(), *"/constraints", "enter")
    assert line(first).startswith("kernel_constraint = constraints.get")
    second = typed(first, ".")
    assert line(second).startswith("bias_constraint = constraints.get")
    assert typed(second, ",").cursor.stop == first.cursor.stop


def test_a_search_that_goes_around_says_so() -> None:
    after = typed(session(at=numbers.LAST), *"/units", "enter")
    assert after.cursor.number < numbers.LAST
    assert after.message == "The search continued from the start."
    backward = typed(session(at=numbers.NEW), *"/matmul", "enter", "g", ",")
    assert line(backward).startswith("matmul")
    assert backward.message == "The search continued from the end."


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("/nothing like it", "No step contains 'nothing like it'."),
        ("/\x1b[31m".replace("\x1b", ""), "No step contains '[31m'."),
        ("akernle", "No step uses 'kernle'. Did you mean kernel?"),
    ],
)
def test_a_search_that_finds_nothing_says_so(keys: str, message: str) -> None:
    there = session(at=numbers.LAST)
    after = typed(there, *keys, "enter")
    assert (after.cursor, after.message) == (there.cursor, message)


def test_only_the_step_where_one_stands_may_match() -> None:
    after = typed(session(at=numbers.MATMUL), *"/tf.matmul", "enter")
    assert after.message == "Only this step contains 'tf.matmul'."


def test_an_attribute_is_followed_through_its_life() -> None:
    lines = []
    here = session()
    for keys in (["a", *"bias", "enter"], ["a", "enter"], ["."]):
        here = typed(here, *keys)
        lines.append(line(here))
    assert lines[0] == "bias = add_weight('bias') → f32[64]"
    assert lines[1].startswith("bias_add(")
    assert line(typed(here, "A", "enter")).startswith(("bias = add_weight", "bias_add("))


def test_what_is_typed_can_be_changed_and_given_up() -> None:
    there = typed(session(), "/", *"abc", "backspace")
    assert there.prompt is not None
    assert there.prompt.text == "ab"
    assert typed(there, "ctrl-u", "backspace").prompt is None
    assert typed(there, "escape").prompt is None
    assert typed(there, "up").prompt == there.prompt


def test_what_is_typed_has_bounds() -> None:
    there = typed(session(), "/", *("x" * 500))
    assert there.prompt is not None
    assert len(there.prompt.text) == 200


def test_a_key_gives_up_a_search_under_way() -> None:
    searching = session().press("/").press("x").press("enter")
    assert replace(searching, seeking=None).press("j") == searching.press("j")


def test_levels_go_around_and_the_place_is_kept() -> None:
    there = session(at=numbers.KERNEL)
    levels = [there.cursor.level]
    for _ in range(3):
        there = typed(there, "l")
        levels.append(there.cursor.level)
    assert levels == ["author", "framework", "user", "author"]
    assert there.cursor.number == numbers.KERNEL
    assert typed(there, "L").cursor.level == "user"


@pytest.mark.parametrize(
    ("key", "panel"),
    [("m", "map"), ("e", "explanation"), ("v", "attributes"), ("c", "code")],
)
def test_panels_are_hidden_and_shown(key: str, panel: str) -> None:
    assert panel not in typed(session(), key).panels
    assert panel in typed(session(), key, key).panels


@pytest.mark.parametrize(
    ("key", "wish"),
    [
        ("q", "quit"), ("ctrl-d", "quit"), ("ctrl-c", "interrupt"), ("w", "write"),
        ("ctrl-l", "redraw"), ("ctrl-z", "suspend"),
    ],
)  # fmt: skip
def test_what_the_loop_is_asked_to_do(key: str, wish: str) -> None:
    assert typed(session(), key).wish == wish
    assert typed(session(), key, "j").wish == ""


@pytest.mark.parametrize("key", ["q", "escape", "?", "h", "enter"])
def test_help_is_left_again(key: str) -> None:
    there = typed(session(), "?")
    assert there.help
    assert not typed(there, key).help


def test_ctrl_c_quits_from_anywhere() -> None:
    for keys in ("?", "/", "1"):
        assert typed(session(), keys, "ctrl-c").wish == "interrupt"


def test_a_step_is_read_page_by_page_before_the_next_comes() -> None:
    there = replace(session(), last_page=1)
    assert typed(there, " ").scroll == 1
    assert typed(there, " ", "b").scroll == 0
    assert typed(there, " ", " ").cursor.number == numbers.LAYOUT


def test_every_key_of_the_table_works_anywhere() -> None:
    for at in (numbers.NEW, numbers.KERNEL_INITIALIZER, numbers.LAST):
        for binding in key_table():
            for key in binding.keys:
                assert isinstance(typed(session(at=at), key), Session)
