"""Commands for large inputs, and the limits of time and memory that they must keep."""

from typing import Final

from tests.reliability.command import Command

ANSWERED_WITHIN: Final = 25.0
"""Seconds of CPU time for a command; most take one or two."""

PATIENCE: Final = 120.0
"""Seconds after which a command counts as hanging, even on a busy machine."""

ALLOWED_KIB: Final = 1000 * 1024
"""Peak memory of a command; the large input itself takes half of it."""

KEYS: Final = "jjnl/self\nnnN?jsgvmce3\n:17\naunits\nkkGq"

WAYS: Final = (
    *(["explain", "{}", "--format", form]
      for form in ("tree", "plain", "json", "html", "svg", "markdown", "chrome")),
    ["explain", "{}", "--level", "user"],
    ["explain", "{}", "--level", "framework", "--only", "op"],
    ["why", "{}", "dense.units"],
    ["why", "{}", "units", "--format", "json"],
    ["why", "{}", "nothing"],
    ["diff", "{}", "Dense(2)"],
    ["diff", "Dense(2)", "{}", "--format", "plain"],
    ["diff", "{}", "Dense(2)", "--format", "json"],
    ["step", "{}"],
    ["step", "{}", "--predict"],
    ["quiz", "{}", "--seed", "1"],
    ["quiz", "{}", "--seed", "2", "--json"],
)  # fmt: skip
"""The commands that show a trace or answer questions about one, in each format."""

TYPED: Final = {"step": KEYS, "quiz": "a\n?\n2\nq\n"}
"""Command -> its piped input."""


def ended(
    command: Command,
    *arguments: str,
    stdin: str = "",
    codes: tuple[int, ...] = (0, 1, 2),
    kib: int = ALLOWED_KIB,
) -> str:
    """Run a command, check its exit code, time and memory, and return its output."""
    measured = command.run(*arguments, stdin=stdin)
    request = [word[:80] for word in arguments]
    assert measured.fault == "", (request, measured.fault)
    assert measured.code in codes, (request, measured.code, measured.stderr[:500])
    assert measured.seconds < ANSWERED_WITHIN, (request, measured.seconds)
    assert measured.kib < kib, (request, measured.kib)
    return measured.stdout + measured.stderr
