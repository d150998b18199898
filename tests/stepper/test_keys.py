"""Terminal input is decoded into keys; all keys are in one table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densetrace.stepper import decoder as module
from densetrace.stepper.decoder import LONGEST_PASTE, PASTED, KeyDecoder, keys
from densetrace.stepper.keys import ACTIONS, GROUPS, key_table


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
        ("\x1bj\x1b[\x1bO", ["escape", "j", "escape", "[", "escape", "O"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        ("j\x1b[12", ["j"]),
        ("\x1b[12\x1b[A\x1b[12éj", ["up", "é", "j"]),
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


def decoded(*pieces: str) -> list[str]:
    """The keys of input that arrives in pieces, with no pause between them."""
    decoder = KeyDecoder()
    return [key for piece in pieces for key in decoder.feed(piece)] + list(decoder.flush())


@pytest.mark.parametrize("start", ["\x1b", "\x1b[", "\x1b[1;", "\x1bO", "j\x1b["])
def test_a_sequence_that_has_only_begun_is_waited_for(start: str) -> None:
    decoder = KeyDecoder()
    assert list(decoder.feed(start)) == list(start[: start.index("\x1b")])
    assert decoder.unfinished == "sequence"


@pytest.mark.parametrize("whole", ["j", "\x1b[A", "\x1bOA", "\x1b[1;5A", "", "\x1b[201~"])
def test_a_whole_sequence_is_not_waited_for(whole: str) -> None:
    decoder = KeyDecoder()
    list(decoder.feed(whole))
    assert decoder.unfinished == ""


@pytest.mark.parametrize("text", ["", "qj", "a\x1b[200~b", "\x1b[A\r", "\x1b[20", "é\ud800\n"])
def test_a_paste_may_arrive_in_any_pieces(text: str) -> None:
    sent = f"k\x1b[200~{text}\x1b[201~j\x1b[200~q\x1b[201~\x1b[A"
    names = ["k", PASTED + text, "j", PASTED + "q", "up"]
    assert decoded(sent) == decoded(*sent) == names
    for at in range(len(sent)):
        assert decoded(sent[:at], sent[at:]) == names


@given(st.lists(st.sampled_from(["\x1b", "[", "O", "200~", "201~", "1", ";", "A", "q", "\r", "é"])))
def test_pieces_make_no_difference(parts: list[str]) -> None:
    assert decoded(*parts) == decoded("".join(parts)) == list(keys("".join(parts)))


def paused(*pieces: str) -> list[list[str]]:
    """The keys of pieces with a pause after each, in which what is unfinished is given up."""
    decoder = KeyDecoder()
    found = []
    for piece in pieces:
        found.append([*decoder.feed(piece), *(decoder.flush() if decoder.unfinished else ())])
    return found


def test_a_paste_that_makes_a_pause_still_does_not_act_as_keys() -> None:
    pieces = "\x1b[200~qqq", "qq\rq", "qq\x1b[201~j"
    assert paused(*pieces) == [["pasted: qqq"], ["pasted: qq\rq"], ["pasted: qq", "j"]]
    assert paused("\x1b[200~q\x1b[2", "01~j") == [["pasted: q"], ["pasted: ", "j"]]


@pytest.mark.parametrize(("key", "name"), [("j", "j"), ("\x1b", "escape"), ("\x1b[A", "up")])
def test_a_key_ends_a_paste_that_never_ends(key: str, name: str) -> None:
    assert paused("\x1b[200~qqq\x1b[20", key, "jj") == [["pasted: qqq"], [name], ["j", "j"]]


def test_escape_alone_is_a_key_after_a_pause_and_half_a_sequence_is_none() -> None:
    assert paused("\x1b", "\x1b[1;", "j") == [["escape"], [], ["j"]]


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
        "\x1b[200~\x1b[201~",
        "\x1b[200~\x1b[20",
        "\x1b[ ",
    ],
)
@pytest.mark.parametrize("size", [1, 1024, 1_000_000])
@pytest.mark.parametrize("start", ["", "\x1b[", "\x1b[200~"])
def test_a_megabyte_is_decoded_in_linear_time_and_bounded_memory(
    part: str, size: int, start: str
) -> None:
    total = 1_000_000 if size > 1 else 100_000
    sent = start + part * (total // len(part))
    decoder = KeyDecoder()
    for at in range(0, len(sent), size):
        for key in decoder.feed(sent[at : at + size]):
            assert len(key) <= len(PASTED) + LONGEST_PASTE
        held = sum(len(value) for value in vars(decoder).values() if isinstance(value, str))
        assert held <= LONGEST_PASTE + 64
    assert len(list(decoder.flush())) <= 2


def test_a_long_sequence_never_acts_as_keys() -> None:
    sent = "\x1b[" + "1" * 100_000 + "~j"
    assert decoded(sent) == decoded(*(sent[at : at + 1000] for at in range(0, len(sent), 1000)))
    assert decoded(sent) == ["j"]


@given(st.text())
def test_whatever_is_sent_gives_keys(sent: str) -> None:
    assert all(keys(sent))


def test_no_key_does_two_things() -> None:
    every = [key for binding in key_table() for key in binding.keys]
    assert len(every) == len(set(every)) == len(ACTIONS)


def test_every_group_has_keys_and_every_key_a_group() -> None:
    assert {binding.group for binding in key_table()} == set(GROUPS)
