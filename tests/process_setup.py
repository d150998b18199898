"""Gives the tests the same signals, environment and umask wherever they are started.

Child processes inherit ignored signals, the signal mask, the environment and the umask. Under
`nohup`, `&`, `env -i`, cron or an editor these differ, and a test that waits for a process that
ignores its signal waits in vain.
"""

import os
import signal
from types import FrameType
from typing import Final

_NAMES: Final = frozenset(
    (
        "ACCESSIBLE", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS",
        "DATABRICKS_RUNTIME_VERSION", "EDITOR", "FORCE_COLOR", "GITHUB_ACTIONS", "LANG", "LANGUAGE",
        "LESS", "LINES", "MANPAGER", "NO_COLOR", "PAGER", "PY_COLORS", "SHELL", "TERM",
        "TERMINAL_WIDTH", "TERM_PROGRAM", "VISUAL",
    )
)  # fmt: skip
_PREFIXES: Final = ("PYTHON", "LC_", "TYPER_", "_TYPER_", "XDG_", "JUPYTER_", "TTY_")
"""Variables that describe a person's terminal, language, shell and Python: a test sets its own."""

_KEPT: Final = frozenset(("PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED"))
_IGNORED_BY_PYTHON: Final = ("SIGPIPE", "SIGXFSZ")
"""Python itself ignores these, and puts them back in the child processes of `subprocess`."""


def set_up_process() -> None:
    """Set up this process for the tests that it runs and the child processes they start."""
    handle_ignored_signals()
    clean_environment()
    os.umask(0o022)


def handle_ignored_signals() -> None:
    """Replace each ignored signal by a handler, and unblock all signals.

    A child process inherits an ignored signal, but gets the default action of a handled one. The
    handlers other than that of SIGINT do nothing, so under `nohup` the tests outlive the terminal.
    """
    kept = {getattr(signal, name, None) for name in _IGNORED_BY_PYTHON}
    for number in signal.valid_signals() - kept:
        if signal.getsignal(number) is signal.SIG_IGN:
            is_interrupt = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_interrupt else _do_nothing)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def clean_environment() -> None:
    """Remove the variables that differ from person to person, and set those that tests need."""
    for name in list(os.environ):
        if name in _NAMES or (name.startswith(_PREFIXES) and name not in _KEPT):
            del os.environ[name]
    os.environ["LC_ALL"] = "C.UTF-8"
    os.environ["DENSETRACE_PAGER"] = ""  # a pager waits for keys
    os.environ.setdefault("PATH", os.defpath)


def _do_nothing(number: int, frame: FrameType | None) -> None:
    pass
