"""Python without docstrings and without asserts (`python -OO`): the same is said and done."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import densetrace
from densetrace.cli.commands import app
from tests.cli.running import environment

ONE_PROCESS: Final = """
import sys
from densetrace.cli.commands import app
for arguments in sys.argv[1:]:
    try:
        app(arguments.split())
    except SystemExit as leaving:
        print("exit code", leaving.code, flush=True)
"""

COMMANDS: Final = [
    "--help",
    *(
        f"{command.callback.__name__} --help"
        for command in app.registered_commands
        if command.callback
    ),
    "explain Dense(3,activation='relu') --seed 1",
    "explain Dense(3,activation='relu') --seed 1 --format plain --level framework",
    "explain Dense(-1)",
    "explain Dnse(3)",
    "why Dense(3) kernel",
    "diff Dense(3) Dense(4)",
    "names",
    "glossary",
    "glossary auto-config",
    "demo",
    "demo lookups --format markdown",
]


def said(*flags: str) -> str:
    ended = subprocess.run(
        [sys.executable, *flags, "-c", ONE_PROCESS, *COMMANDS],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment({}),
        timeout=100,
        check=True,
    )
    return re.sub(r"[\d.]+ [nµm]?s\b", "", ended.stdout)


def test_help_and_explanations_do_not_need_docstrings() -> None:
    with_all = said()
    assert with_all.count("exit code 0") > 15
    assert "Trace a layer from start to finish: its construction" in with_all
    assert said("-OO") == with_all


def test_no_assert_does_anything() -> None:
    """Without asserts nothing else is left out."""
    folder = Path(densetrace.__file__).parent
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Assert):
                for inner in ast.walk(node.test):
                    assert not isinstance(inner, ast.NamedExpr | ast.Await | ast.Yield), file
                    if isinstance(inner, ast.Call):
                        assert ast.unparse(inner.func) == "isinstance", file
