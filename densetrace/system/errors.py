"""What densetrace says when the request, and not the layer, was wrong."""

from collections.abc import Iterable

from densetrace.system.escape import visible

SHOWN_CHARACTERS = 60
LONGEST_MISSPELLING = 80
CLOSE_ENOUGH = 0.7


class RequestError(Exception):
    """The request was wrong: the command ends with exit code 2 and no traceback.

    `problem` says the rule and then what was received, `hint` says what to type instead
    (empty when there is nothing useful to say). Both are plain text that is safe to print:
    whoever raises the error passes foreign text through `shown` first.
    """

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem, hint)
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.problem} {self.hint}".rstrip()


def error_text(error: RequestError) -> str:
    """The problem and the hint, as the command prints them."""
    return "\n".join(filter(None, (f"Error: {error.problem}", error.hint)))


def shown(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Foreign text made fit for a message: at most `limit` characters, nothing unprintable.

    Control characters, bidi marks, line breaks and the like become Python escapes, so that a
    message never moves the cursor, changes colours or reorders what stands around it.
    """
    return visible(text if len(text) <= limit else text[: limit - 3] + "...")


def message_of(error: BaseException) -> str:
    """What an exception says; a person's own exception may fail to say anything."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "(its message cannot be read)"


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`Did you mean Dense?` for `Dnse`; empty when no choice is close.

    Case and underscores weigh nothing: `henormal` finds `HeNormal` before anything else.
    """
    if not word or len(word) > LONGEST_MISSPELLING:
        return ""
    import difflib

    by_plain: dict[str, str] = {}
    for choice in choices:
        by_plain.setdefault(_plain(choice), choice)
    close = difflib.get_close_matches(_plain(word), by_plain, n=1, cutoff=CLOSE_ENOUGH)
    return f"Did you mean {shown(by_plain[close[0]], LONGEST_MISSPELLING)}?" if close else ""


def _plain(word: str) -> str:
    return word.lower().replace("_", "")
