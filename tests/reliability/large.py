"""Large things handed to the command: in which ways, and within which time and memory."""

from typing import Final

from tests.reliability.command import Command

ANSWERED_WITHIN: Final = 25.0
"""Seconds of processor time for a command; most take one or two."""

PATIENCE: Final = 120.0
"""Seconds until a command counts as hanging, however busy the machine is."""

ALLOWED_KIB: Final = 1000 * 1024
"""The most memory that a command may hold; what is large itself takes half of it."""

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
"""The commands that show a trace or answer about one, and their forms."""

TYPED: Final = {"step": KEYS, "quiz": "a\n?\n2\nq\n"}
"""What is piped into a command."""


def ended(
    command: Command,
    *arguments: str,
    stdin: str = "",
    codes: tuple[int, ...] = (0, 1, 2),
    kib: int = ALLOWED_KIB,
) -> str:
    """What a command printed, once it has ended in time and memory."""
    measured = command.run(*arguments, stdin=stdin)
    said = [word[:80] for word in arguments]
    assert measured.fault == "", (said, measured.fault)
    assert measured.code in codes, (said, measured.code, measured.stderr[:500])
    assert measured.seconds < ANSWERED_WITHIN, (said, measured.seconds)
    assert measured.kib < kib, (said, measured.kib)
    return measured.stdout + measured.stderr
