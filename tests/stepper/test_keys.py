"""What terminals send becomes keys; all keys stand in one table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densetrace.stepper import keys as module
from densetrace.stepper.keys import (
    ACTIONS,
    GROUPS,
    is_pasting,
    is_unfinished,
    key_table,
    keys,
)


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        ("jk", ["j", "k"]),
        ("\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]),
        ("\x1bOA\x1bOH\x1bOF", ["up", "home", "end"]),
        ("\x1b[1~\x1b[4~\x1b[5~\x1b[6~", ["home", "end", "page up", "page down"]),
        ("\x1b[1;5A", ["up"]),
        ("\r\n", ["enter", "enter"]),
        ("\x7f\x08", ["backspace", "backspace"]),
        ("\x03\x04\x0c\x1a", ["ctrl-c", "ctrl-d", "ctrl-l", "ctrl-z"]),
        ("\x1b", ["escape"]),
        ("k\x1b[200~jq\x1b[201~j", ["k", "pasted: jq", "j"]),
        ("\x1b[200~q\x1b[A\r\x03", ["pasted: q\x1b[A\r\x03"]),
        ("\x1b[200~a\x1b[200~b\x1b[201~c", ["pasted: a\x1b[200~b", "c"]),
        ("\x1b[200~\x1b[201~\x1b[201~", ["pasted: "]),
        ("\x1b[15~", []),
        ("é漢", ["é", "漢"]),
        ("\x00\x01", []),
    ],
)
def test_what_a_terminal_sends(sent: str, names: list[str]) -> None:
    assert list(keys(sent)) == names


def test_what_windows_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PLATFORM", "win32")
    assert list(keys("\xe0H")) == ["up"]
    assert list(keys("\x00P")) == ["down"]
    assert list(keys("j")) == ["j"]


@pytest.mark.parametrize("start", ["\x1b", "\x1b[", "\x1b[1;", "\x1bO", "j\x1b["])
def test_a_sequence_that_has_only_begun_is_waited_for(start: str) -> None:
    assert is_unfinished(start)


@pytest.mark.parametrize("whole", ["j", "\x1b[A", "\x1bOA", "\x1b[1;5A", ""])
def test_a_whole_sequence_is_not_waited_for(whole: str) -> None:
    assert not is_unfinished(whole)


@pytest.mark.parametrize(
    "text", ["\x1b[200~", "\x1b[200~q", "\x1b[200~a\x1b[201~\x1b[200~b\x1b[20"]
)
def test_a_paste_that_has_only_begun_is_waited_for(text: str) -> None:
    assert is_pasting(text)


@pytest.mark.parametrize(
    "text", ["", "q", "\x1b[201~", "\x1b[200~a\x1b[201~", "\x1b[200~a\x1b[201~j"]
)
def test_a_whole_paste_is_not_waited_for(text: str) -> None:
    assert not is_pasting(text)


@pytest.mark.parametrize(
    "part",
    [
        "\x1b",
        "\x1b[",
        "\x1bO",
        "\x1b[0",
        "0;",
        "\x1b[<0;1;1M",
        " ",
        "\x1b[200~",
        "\x1b[201~",
        "\x1b[ ",
    ],
)
def test_keys_are_found_in_linear_time(part: str) -> None:
    sent = "\x1b[" + part * (1_000_000 // len(part))
    assert sum(1 for _ in keys(sent)) <= len(sent)
    is_unfinished(sent)
    is_pasting(sent)


@given(st.text())
def test_whatever_is_sent_gives_keys(sent: str) -> None:
    assert all(keys(sent))


def test_no_key_does_two_things() -> None:
    every = [key for binding in key_table() for key in binding.keys]
    assert len(every) == len(set(every)) == len(ACTIONS)


def test_every_group_has_keys_and_every_key_a_group() -> None:
    assert {binding.group for binding in key_table()} == set(GROUPS)
