"""Makes docs/reference/cli.md from the command itself.

Run `python -m tests.docs.cli_page` to write the page anew; a test compares it.
"""

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, Final

from typer.main import get_command

from densetrace.cli.commands import app
from tests.docs.made import DOCS, told, write

PAGE = DOCS / "reference" / "cli.md"


def page() -> str:
    """The page as it should be."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    whole: Any = get_command(app)
    yield "# The command line\n"
    yield told("tests.docs.cli_page", "the command itself")
    yield f"{_prose(whole.help)}\n"
    yield from _parameters(whole.params)
    for name, command in whole.commands.items():
        arguments = [_metavar(one) for one in command.params if one.param_type_name == "argument"]
        yield f"## {name}\n"
        yield f"```text\n{' '.join(['densetrace', name, '[OPTIONS]', *arguments])}\n```\n"
        yield f"{_prose(command.help)}\n"
        yield from _parameters(command.params)
        yield from _epilog(command.epilog or "")


def _parameters(parameters: list[Any]) -> Iterator[str]:
    """A table of arguments and options."""
    rows = []
    for one in parameters:
        if one.param_type_name == "argument":
            spelled = _metavar(one)
        else:
            taken = "" if one.is_flag else f" {_taken(one)}"
            spelled = ", ".join([*one.opts, *one.secondary_opts]) + taken
        rows.append(f"| `{_cell(spelled)}` | {_cell(_escaped(one.help or ''))}{_default(one)} |")
    if rows:
        yield "\n".join(["| you type | meaning |", "|---|---|", *rows, ""])


def _metavar(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def _taken(option: Any) -> str:
    """The values of an option: its choices, or its metavar."""
    return "|".join(getattr(option.type, "choices", ())) or option.metavar or option.name.upper()


def _default(one: Any) -> str:
    is_value = isinstance(one.default, str | int) and not isinstance(one.default, bool)
    shown = is_value and one.show_default
    return f" Default: `{one.default}`." if shown else ""


def _epilog(text: str) -> Iterator[str]:
    """The examples as a block of commands, and the prose below them."""
    for block in filter(None, (part.strip() for part in text.split("\b"))):
        title, _, rest = block.partition("\n")
        if title == "Examples:":
            yield f"```bash\n{cleandoc(rest)}\n```\n"
        elif title in ("Exit codes:", "Environment variables:"):
            yield f"{title}\n"
            rows = (f"| `{term}` | {_escaped(meaning)} |" for term, meaning in _listed(rest))
            yield "\n".join([f"| {_FIRST[title]} | meaning |", "|---|---|", *rows, ""])
        else:
            yield f"{_prose(block)}\n"


_FIRST: Final = {"Exit codes:": "code", "Environment variables:": "variable"}


def _listed(text: str) -> list[tuple[str, str]]:
    """The terms of a list and their meanings, which may go on in further lines."""
    found: list[tuple[str, str]] = []
    for line in cleandoc(text).splitlines():
        term, _, meaning = line.partition("  ")
        if line.startswith(" "):
            term, before = found.pop()
            meaning = f"{before} {line}"
        found.append((term, " ".join(meaning.split())))
    return found


def _prose(text: str) -> str:
    # Prose is not indented; Python 3.13 strips less indentation from a composed docstring.
    return _escaped("\n".join(map(str.strip, cleandoc(text).split("\n"))))


def _escaped(text: str) -> str:
    return re.sub(r"([*_<\[\]])", r"\\\1", text)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    write(PAGE, page)
