"""Hyperlinks of a terminal (OSC 8) from text that names a source line to its file.

A link starts and ends with a sequence that shows nothing, so it does not change the text. Only
terminals that are known to have links get them, because others may print the sequence.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from densetrace.data.steps import Where
from densetrace.kinds.spans import Linked
from densetrace.system.escape import visible
from densetrace.terminal.source import Sources

START: Final = "\x1b]8;;{uri}\x1b\\"
END: Final = START.format(uri="")
LONGEST: Final = 2083
"""Characters; VTE ignores a link with a longer address."""

_SEQUENCE: Final = re.compile(r"\x1b\]8;;[^\x1b]*+\x1b\\")

_PROGRAMS: Final = frozenset(
    ("ghostty", "hyper", "iterm.app", "mintty", "rio", "tabby", "vscode", "wezterm", "zed")
)
"""Values of `TERM_PROGRAM`, in lower case. A terminal in tmux is `tmux` and has none."""

_TERMS: Final = ("alacritty", "contour", "foot", "xterm-ghostty", "xterm-kitty", "wezterm")
"""Beginnings of `TERM`."""

_VARIABLES: Final = ("DOMTERM", "KITTY_WINDOW_ID", "WT_SESSION")
"""Set by DomTerm, kitty and Windows Terminal."""

_FIRST_VTE: Final = 5001
"""`VTE_VERSION` 0.50.1: GNOME Terminal and its relatives. 0.50.0 may crash."""


def are_known(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is known to have links. `DENSETRACE_LINKS` or `FORCE_HYPERLINK` decides
    if it is set: 0 is no, anything else yes."""
    for name in ("DENSETRACE_LINKS", "FORCE_HYPERLINK"):
        if asked := environment.get(name, ""):
            return asked.lower() not in ("0", "false", "no", "never")
    term = environment.get("TERM", "").lower()
    program = environment.get("TERM_PROGRAM", "").lower()
    if term.startswith(("screen", "tmux")) or program == "tmux":
        return False  # the variables of the terminal around it are inherited
    if program in _PROGRAMS or term.startswith(_TERMS):
        return True
    version = environment.get("VTE_VERSION", "")
    if version.isascii() and version.isdigit() and len(version) < 10 and int(version) >= _FIRST_VTE:
        return True
    return any(environment.get(name) for name in _VARIABLES)


class Links:
    """Links to source files. `folder` has the person's own files, as for `Sources`."""

    def __init__(self, folder: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._sources = Sources(folder.absolute())
        # VS Code reads a host as a part of the path. Elsewhere it tells a local file from a remote
        # one, and some terminals require it.
        self._host = "" if environment.get("TERM_PROGRAM") == "vscode" else _host()

    def apply(self, text: str, role: str) -> str:
        """The escaped text, linked if its role names a source line whose file is found. The blanks
        around it are not."""
        safe = visible(text)
        words = safe.strip(" ")
        if not isinstance(role, Linked) or not words or not (uri := self.uri(role.where)):
            return safe
        before, _, after = safe.partition(words)
        return f"{before}{START.format(uri=uri)}{words}{END}{after}"

    def uri(self, where: Where) -> str:
        """The address of the file that contains this line; empty if there is none."""
        path = self._sources.path(where)
        if path is None:
            return ""
        try:
            address = path.as_uri()  # percent-encodes all but ASCII letters, digits and -._~/
        except ValueError:
            return ""
        uri = address.replace("file://", f"file://{self._host}", 1)
        return uri if len(uri) <= LONGEST else ""


def removed(text: str) -> str:
    """A text without the links that `Links` put into it."""
    return _SEQUENCE.sub("", text)


def _host() -> str:
    """The name of this machine as a part of an address; empty if it has none."""
    if not hasattr(os, "uname"):  # Windows, where the host of a file is a network share
        return ""
    from urllib.parse import quote

    return quote(os.uname().nodename, safe="")
