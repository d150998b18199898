"""A terminal that has links gets them for source lines, and the text stays the same."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from densetrace.api import run
from densetrace.data.steps import Where
from densetrace.kinds.spans import linked
from densetrace.render.summary import stopped
from densetrace.render.theme import UNICODE
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.screen import draw
from densetrace.stepper.session import Session
from densetrace.stepper.state import States
from densetrace.stepper.timeline import Timeline
from densetrace.terminal import output, pager
from densetrace.terminal.links import LONGEST, Links, are_known, removed
from densetrace.terminal.source import Sources

SCRIPT = """from tensorflow.keras.layers import Dense
layer = Dense(3, 'relu', True, 'ones')
layer.build((None, 2))
"""
LINK = re.compile(r"\x1b\]8;;([^\x1b]*)\x1b\\([^\x1b]*)\x1b\]8;;\x1b\\")
VTE = {"VTE_VERSION": "7200"}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "my script.py"
    path.write_text(SCRIPT)
    return path


def on_terminal(
    *arguments: str, environment: Mapping[str, str], rows: int = 200, typed: bytes = b""
) -> str:
    """What a terminal shows of a command."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in ("LESS", "PAGER")}
    process = subprocess.Popen(
        [sys.executable, "-m", "densetrace", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**known, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )
    os.close(theirs)
    os.write(ours, typed)
    shown = b""
    with suppress(OSError):  # raised when the other end is closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    assert process.wait(60) == 0, shown
    return shown.decode()


def test_headings_link_the_script_and_the_text_is_the_same(script: Path) -> None:
    with_links = on_terminal("run", str(script), environment=VTE)
    found = LINK.findall(with_links)
    assert [text for _, text in found] == ["line 2", "line 3"]
    addresses = {urlsplit(uri) for uri, _ in found}
    (address,) = addresses
    assert address.scheme == "file"
    assert address.netloc == os.uname().nodename
    assert os.fsdecode(unquote_to_bytes(address.path)) == str(script)
    assert removed(with_links) == on_terminal(
        "run", str(script), environment=VTE | {"DENSETRACE_LINKS": "0"}
    )


def test_the_line_that_failed_is_linked(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("from keras.layers import Dense\ntry_it = Dense(-1)\n")
    links = Links(tmp_path, {})
    (spans,) = stopped(run(str(path)).trace)
    texts = [links.apply(span.text, span.role) for span in spans]
    assert [text for _, text in LINK.findall("".join(texts))] == ["line 2"]


def test_why_links_the_script_and_the_sources_of_the_layer(script: Path) -> None:
    found = LINK.findall(on_terminal("why", str(script), "kernel", environment=VTE))
    assert any(text == "(my script.py:2)" for _, text in found)
    assert any(uri.endswith("/keras/layers/core/dense.py") for uri, _ in found)
    for uri, _ in found:
        assert Path(os.fsdecode(unquote_to_bytes(urlsplit(uri).path))).is_file()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {**VTE, "TERM": "dumb"},
        {**VTE, "ACCESSIBLE": "1"},
        {**VTE, "FORCE_HYPERLINK": "0"},
        {"FORCE_HYPERLINK": "1", "DENSETRACE_LINKS": "0"},
        {**VTE, "TERM": "screen-256color"},
    ],
)
def test_other_terminals_get_none(script: Path, environment: dict[str, str]) -> None:
    assert "\x1b]8" not in on_terminal("run", str(script), environment=environment)


def test_a_pipe_gets_none(script: Path) -> None:
    words = [sys.executable, "-m", "densetrace", "run", str(script)]
    environment = {**os.environ, **VTE, "FORCE_HYPERLINK": "1", "FORCE_COLOR": "1"}
    piped = subprocess.run(words, capture_output=True, env=environment, check=True)
    assert b"\x1b[" in piped.stdout
    assert b"\x1b]8" not in piped.stdout


def test_the_stepper_links_the_file_of_a_line(tmp_path: Path, script: Path) -> None:
    trace = run(str(script)).trace
    timeline = Timeline(trace)
    session = Session(Cursor(timeline, "author").at(0), States(timeline))
    frame = draw(session, Sources(tmp_path), UNICODE, 100, 40)
    links = Links(tmp_path, {})
    shown = "\n".join("".join(links.apply(*part) for part in row) for row in frame.rows)
    assert "my script.py:2" in [text for _, text in LINK.findall(shown)]


# -- through a pager ------------------------------------------------------------------------------


@pytest.fixture
def pagers(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def fake_less(folder: Path, version: str) -> str:
    """A pager called less that prints this version and else works like cat."""
    path = folder / "less"
    path.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "{version}" && exit\necho PAGED; cat\n'
    )
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("version", "options", "passes"),
    [
        ("less 590 (GNU regular expressions)", "FRX", True),
        ("less 566", "-R -F", True),
        ("less 551 (GNU regular expressions)", "FRX", False),
        ("BusyBox v1.36.1", "FRX", False),
        ("less 590", "FX", False),
        ("less 590", "-r", False),
        ("less 590", "FRrX", False),
        ("less 590", "--RAW-CONTROL-CHARS", True),
    ],
)
def test_only_a_pager_that_passes_links_gets_them(
    script: Path, pagers: Path, version: str, options: str, passes: bool
) -> None:
    less = fake_less(pagers, version)
    environment = VTE | {"DENSETRACE_PAGER": less, "LESS": options}
    shown = on_terminal("run", str(script), rows=10, environment=environment)
    assert shown.startswith("PAGED")
    assert ("\x1b]8" in shown) is passes
    assert "line 2" in removed(shown)


def test_an_unknown_pager_gets_none(script: Path, pagers: Path) -> None:
    other = pagers / "other"
    other.write_text("#!/bin/sh\necho PAGED; cat\n")
    other.chmod(0o755)
    environment = VTE | {"DENSETRACE_PAGER": str(other)}
    shown = on_terminal("run", str(script), rows=10, environment=environment)
    assert shown.startswith("PAGED")
    assert "\x1b]8" not in shown


@pytest.mark.skipif(not pager.command({"PATH": os.environ["PATH"]}), reason="less is missing")
def test_the_installed_less_passes_them_on(script: Path) -> None:
    less = pager.command({"PATH": os.environ["PATH"]})
    if not pager.passes_links(less, {}):
        pytest.skip("less is older than 566")
    shown = on_terminal("run", str(script), rows=10, typed=b"q", environment=VTE)
    assert "\x1b]8;;file://" in shown


# -- terminals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "known"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"VTE_VERSION": "5000"}, False),
        ({"VTE_VERSION": "5001"}, True),
        ({"VTE_VERSION": "9" * 5000}, False),
        ({"VTE_VERSION": "²"}, False),
        ({"TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot-extra"}, True),
        ({"WT_SESSION": "1"}, True),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "VTE_VERSION": "7200"}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
        ({"DENSETRACE_LINKS": "1", "FORCE_HYPERLINK": "0"}, True),
        ({"DENSETRACE_LINKS": "", "VTE_VERSION": "7200"}, True),
    ],
)
def test_terminals_that_have_links(environment: dict[str, str], known: bool) -> None:
    assert are_known(environment) is known


# -- hostile names --------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=20)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(NAMES)
def test_no_name_of_a_file_ends_its_link(folder: Path, name: str) -> None:
    check(folder, name)


@pytest.mark.parametrize(
    "name",
    ["\x1b\\", "\x1b]8;;evil\x07", "a b;c", "\x9c", "ü\u202e", "%1b", "\n", "\udcff", "#?&", "\\"],
)
def test_hostile_names(folder: Path, name: str) -> None:
    check(folder, name)


def check(folder: Path, name: str) -> None:
    path = folder / f"{name}.py"
    path.write_text("x = 1\n")
    where = Where(path.name, 1, "<module>", "x = 1")
    text = f"  ({where.file}:1)"
    shown = output.styled(text, linked("aside", where), {}, Links(folder, {}))
    path.unlink()
    found = re.fullmatch(r" *\x1b\]8;;([!-~]*)\x1b\\(.*)\x1b\]8;;\x1b\\ *", shown)
    assert found, shown
    assert found[2].isprintable()
    assert ";" not in found[1]
    assert os.fsdecode(unquote_to_bytes(urlsplit(found[1]).path)) == str(path)
    assert removed(shown) == output.styled(text, "aside", {})


@pytest.mark.parametrize("file", ["../other.py", "/etc/x.py", "gone.py", "\ud800.py", "x.txt"])
def test_only_files_in_the_folder_that_have_the_line_are_linked(folder: Path, file: str) -> None:
    (folder.parent / "other.py").write_text("x = 1\n")
    (folder / "x.txt").write_text("x = 1\n")
    assert not Links(folder, {}).uri(Where(file, 1, "f", "x = 1"))
    (folder / "own.py").write_text("x = 1\n")
    assert Links(folder, {}).uri(Where("own.py", 1, "f", "x = 1"))
    assert not Links(folder, {}).uri(Where("own.py", 1, "f", "x = 2"))


def test_an_address_that_is_too_long_is_left_out(folder: Path) -> None:
    deep = folder
    for _ in range(5):
        deep /= "ü" * 100
        deep.mkdir()
    (deep / "own.py").write_text("x = 1\n")
    assert len((deep / "own.py").as_uri()) > LONGEST
    assert not Links(deep, {}).uri(Where("own.py", 1, "f", "x = 1"))


def test_vs_code_gets_no_host(folder: Path) -> None:
    (folder / "own.py").write_text("x = 1\n")
    links = Links(folder, {"TERM_PROGRAM": "vscode"})
    assert links.uri(Where("own.py", 1, "f", "x = 1")).startswith("file:///")
