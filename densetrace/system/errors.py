"""The error for an invalid request, and text that is safe in messages."""

from collections.abc import Iterable, Iterator

from densetrace.system.escape import visible

SHOWN_CHARACTERS = 60
LONGEST_MISSPELLING = 80
CLOSE_ENOUGH = 0.7


class RequestError(Exception):
    """The request was invalid: the command ends with exit code 2 and no traceback.

    `problem` states the rule and then what was received, `hint` what to type instead (it may be
    empty). Both are plain text that is safe to print: the code that raises the error passes
    foreign text through `shown` first.
    """

    _keras_call_info_injected = True  # layers leave it as it is

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem, hint)
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.problem} {self.hint}".rstrip()

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the sentence alone."""
        return [error_text(self)]


def error_text(error: RequestError) -> str:
    """The problem and the hint, as the command prints them."""
    return "\n".join(filter(None, (f"Error: {error.problem}", error.hint)))


def shown(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Foreign text for a message: at most `limit` characters, all printable.

    Control characters, bidi marks, line breaks and the like become Python escapes, so that a
    message cannot move the cursor, change colours or reorder the text around it.
    """
    return visible(text if len(text) <= limit else text[: limit - 3] + "...")


def quoted(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Foreign text for a message, in quotes: also a comma or nothing at all can be seen. A whole
    number needs none."""
    if text.isascii() and text.removeprefix("-").isdecimal():
        return shown(text, limit)
    sign = '"' if "'" in text and '"' not in text else "'"
    return f"{sign}{shown(text, limit)}{sign}"


def message_of(error: BaseException) -> str:
    """The message of an exception, even when its `__str__` raises."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "(its message cannot be read)"


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`Did you mean Dense?` for `Dnse`; empty when no choice is close.

    Case and underscores are ignored: `henormal` finds `HeNormal` first. Two letters in the wrong
    order find the right one in a word of any length: `sdg` finds `sgd`.
    """
    if not word or len(word) > LONGEST_MISSPELLING:
        return ""
    import difflib

    by_plain: dict[str, str] = {}
    for choice in choices:
        by_plain.setdefault(_plain(choice), choice)
    plain = _plain(word)
    close = [
        one for one in (plain, *_swapped(plain)) if one in by_plain
    ] or difflib.get_close_matches(plain, by_plain, n=1, cutoff=CLOSE_ENOUGH)
    return f"Did you mean {shown(by_plain[close[0]], LONGEST_MISSPELLING)}?" if close else ""


def _swapped(word: str) -> Iterator[str]:
    """A word with each two successive letters in the other order."""
    for at in range(len(word) - 1):
        yield f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"


def _plain(word: str) -> str:
    return word.lower().replace("_", "")
