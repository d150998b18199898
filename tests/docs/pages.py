"""The pages of docs/ as tests follow them: files to write, commands to type, code to run.

- a console block, or one that begins with `$`: each line after `$` is run, and the lines after it
  are its output; a line `...` matches any lines;
- a bash block, or indented lines that begin with a command: run, without checking the output;
- a python block is run; one whose sentence before it ends with a file's name is that file;
- a diff block behind a file's name is a change to that file.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from densetrace.keras.utils import set_random_seed
from tests.cli.running import environment, invoke

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
SEED: Final = 1
NEEDS_KERAS: Final = ("densetrace verify", "--engine keras", "--engine tf_keras", "--engines ")

_BLOCK: Final = re.compile(
    r"(?:`(?P<file>[\w./-]+\.\w+)`:?\n\n)?"
    r"^(?P<fence>`{3,})(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
_INDENTED: Final = re.compile(r"^    ((?:densetrace|echo) .+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the file named in the text before it."""

    language: str
    text: str
    file: str | None


@dataclass(frozen=True, slots=True)
class Typed:
    """A command of a console block and its stated output."""

    command: str
    output: str

    @property
    def needs_keras(self) -> bool:
        return needs_keras(self.command)


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for found in _BLOCK.finditer(page):
        language = found["language"] or ("console" if found["text"].startswith("$ ") else "")
        yield Block(language, found["text"], found["file"])


def typed(console: str) -> Iterator[Typed]:
    """The commands of a console block."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, stated = part.partition("\n")
        yield Typed(command, stated)


def commands(page: str) -> list[str]:
    """The commands of a page without a stated output."""
    outside = _BLOCK.sub("", page)
    listed = [
        line for one in blocks(page) if one.language == "bash" for line in one.text.split("\n")
    ]
    return [line for line in (*_INDENTED.findall(outside), *listed) if "densetrace " in line]


def needs_keras(command: str) -> bool:
    """Whether a command compares with a real Keras."""
    return any(sign in command for sign in NEEDS_KERAS)


def run(command: str) -> tuple[int, str]:
    """Run a command; return its exit code and its output, standard error last."""
    words = shlex.shlex(command, posix=True, punctuation_chars="|<>")
    words.whitespace_split = True
    first, *more = list(words)
    arguments, stdin = [first, *more], "q\n"
    if first == "echo":
        pipe = arguments.index("|")
        stdin, arguments = " ".join(arguments[1:pipe]) + "\n", arguments[pipe + 1 :]
    if "<" in arguments:
        stdin = Path(arguments.pop(arguments.index("<") + 1)).read_text(encoding="utf-8")
        arguments.remove("<")
    into = None
    if ">" in arguments:
        into = Path(arguments.pop(arguments.index(">") + 1))
        arguments.remove(">")
    code, shown = _run(arguments, stdin)
    if into is not None:
        into.write_text(shown, encoding="utf-8")
        shown = ""
    return code, shown


def _run(arguments: list[str], stdin: str) -> tuple[int, str]:
    program, *rest = arguments
    if program == "densetrace":
        set_random_seed(SEED)  # for commands without --seed, whose numbers differ in each process
        ended = invoke(*rest, stdin=stdin, COLUMNS="80")
        return ended.exit_code, ended.stdout + ended.stderr
    assert program == "python", f"a page types {program!r}, which no test runs"
    process = subprocess.run(
        [sys.executable, *rest],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment({"COLUMNS": "80"}),
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return process.returncode, process.stdout


def agree(stated: str, shown: str) -> bool:
    """Whether an output matches a page, where a line `...` matches any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line)
        for line in stated.splitlines(keepends=True)
    )
    return re.fullmatch(pattern, shown) is not None


def updated_output(stated: str, shown: str) -> str:
    """The output for a page; the first line `...` keeps as many lines before and after it."""
    lines, now = stated.splitlines(keepends=True), shown.splitlines(keepends=True)
    dots = [number for number, line in enumerate(lines) if line.strip() == "..."]
    if not dots:
        return shown
    before, after = dots[0], len(lines) - dots[-1] - 1
    return "".join([*now[:before], "...\n", *now[len(now) - after :]])


def changed(text: str, change: str) -> str:
    """A file's text with a diff block of a page applied; each changed text must occur once."""
    for hunk in re.split(r"^@@.*\n", change, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        if not lines:
            continue
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(before) == 1, f"found {text.count(before)} times, not once:\n{before}"
        text = text.replace(before, after)
    return text
