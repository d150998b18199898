"""What a stream can show: its width and its signs, and whether it has styles and links.

The environment decides where the person asked for something: `COLUMNS`, `NO_COLOR`, `ACCESSIBLE`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.style import Style

    from densetrace.render.theme import Signs
    from densetrace.terminal.links import Links

DEFAULT_WIDTH: Final = 80
WIDEST: Final = 1000


def width_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> int:
    """The columns of a stream: `COLUMNS`, else those of the terminal, else 80."""
    columns = environment.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and 0 < len(columns) < 10 and int(columns) > 0:
        return min(int(columns), WIDEST)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError, AttributeError):
        return DEFAULT_WIDTH


def signs_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> "Signs":
    """The signs for a stream: those of its encoding, without line drawing on `TERM=dumb`."""
    from densetrace.render.theme import signs_for

    encoding = getattr(stream, "encoding", None) or "utf-8"
    return signs_for(encoding, dumb=is_dumb(environment))


def is_dumb(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal cannot move its cursor."""
    return environment.get("TERM", "").lower() in ("dumb", "unknown")


def is_accessible(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the person asked for output without drawing."""
    return environment.get("ACCESSIBLE", "") not in ("", "0")


def styles_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> "Mapping[str, Style]":
    """The styles that a stream shows; none without colour.

    rich decides. For a pipe or a file it is not loaded, unless the environment asks for colour.
    """
    asked = environment.get("FORCE_COLOR") or environment.get("TTY_COMPATIBLE")
    if environment.get("NO_COLOR") or not (asked or is_terminal(stream)):
        return {}
    from rich.console import Console
    from rich.style import Style

    from densetrace.render.theme import STYLES

    # The size keeps rich from reading an invalid one from `COLUMNS`.
    console = Console(file=stream, width=DEFAULT_WIDTH, height=25)
    if console.color_system is None or console.legacy_windows:
        return {}
    return {role: Style.parse(style) for role, style in STYLES.items() if style}


def links_of(
    stream: TextIO, folder: Path | None, environment: Mapping[str, str] = os.environ
) -> "Links | None":
    """The links to source files that a stream shows; None if it is no terminal that has links.

    Args:
        stream: the output.
        folder: the folder with the person's own source files; None if there are none.
        environment: the environment variables.
    """
    if folder is None or not is_full_terminal(stream, environment):
        return None
    from densetrace.terminal.links import Links, are_known

    return Links(folder, environment) if are_known(environment) else None


def is_full_terminal(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the output is a terminal that can do more than print lines, and may."""
    return is_terminal(stream) and not is_dumb(environment) and not is_accessible(environment)


def is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (ValueError, AttributeError):  # a script has closed or replaced the stream
        return False
