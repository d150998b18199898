"""Runs a quiz: writes its texts to one stream and reads the answers from standard input.

It works the same on a terminal and in a pipe. Answers read from a pipe are printed too, so that the
output is a complete transcript.
"""

import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from densetrace.system import signals
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError, shown
from densetrace.system.exit_codes import DONE, INTERRUPTED
from densetrace.terminal import capabilities, output

if TYPE_CHECKING:
    from densetrace.data.trace import Trace
    from densetrace.render.quiz import Conversation
    from densetrace.teach.quiz import Quiz

MOST_BYTES: Final = 100_000
"""Limit of piped answers."""

PAGE_SUFFIXES: Final = (".html", ".htm")
"""The suffixes of a handout that is a page."""

SEEDS: Final = 10_000
"""The number of seeds to choose from without --seed: short enough to type again."""


def any_seed() -> int:
    """A random seed for a quiz without --seed."""
    return random.randrange(SEEDS)


def take(
    trace: "Trace",
    *,
    count: int | None,
    topic: str | None,
    seed: int,
    as_json: bool,
    handout: str | None,
    command: Sequence[str],
    other: "Trace | None" = None,
    asks_confidence: bool = False,
) -> int:
    """Run a quiz about a trace, or write it to handout files, and return the exit code.

    With `as_json` the record goes to standard output and the dialogue to standard error. `command`
    has the words of the command that asks the same questions again. With `other` the quiz compares
    the two traces; with `asks_confidence` it asks how sure each answer is.

    Raises:
        RequestError: when the quiz cannot be made or written.
    """
    from densetrace.teach.quiz import USUAL_COUNT, make_quiz

    with activity("Making questions"):
        quiz = make_quiz(
            trace,
            count=USUAL_COUNT if count is None else count,
            topic=topic or "",
            seed=seed,
            other=other,
        )
    if handout is not None:
        if as_json:
            raise RequestError("A handout has no answers to record: give -o or --json, not both.")
        write_handout(quiz, Path(handout), asks_confidence=asks_confidence)
        return DONE
    from densetrace.render.quiz import Conversation
    from densetrace.teach.quiz.quiz_json import quiz_json
    from densetrace.terminal.command_line import command_line

    screen = sys.stderr if as_json else sys.stdout
    # A screen reader needs whole sentences, not wrapped lines.
    width = None if capabilities.is_accessible() else capabilities.width_of(screen)
    conversation = Conversation(quiz, width, command_line(command), asks_confidence)
    ended = converse(conversation, screen)
    if as_json:
        ascii_only = not capabilities.signs_of(sys.stdout).encodes_everything
        document = quiz_json(quiz, conversation.answers)
        text = output.json_text(document, ascii_only=ascii_only, indent=2)
        output.write_safe([text], sys.stdout)
    if isinstance(ended, RequestError):
        raise ended
    return INTERRUPTED if isinstance(ended, KeyboardInterrupt) else DONE


@signals.interrupts_raised()
def converse(
    conversation: "Conversation", screen: TextIO
) -> KeyboardInterrupt | RequestError | None:
    """Ask until all questions are answered, the person stops, or the input ends; then print the
    score.

    Returns the exception that ended it early: Ctrl-C, or an error in the input.
    """
    from densetrace.system.file_input import Lines

    signs = capabilities.signs_of(screen)

    def say(text: str) -> None:
        output.write([signs.fit(text)], screen)

    talk, lines = conversation.talk(), Lines("answers", MOST_BYTES)
    ended: KeyboardInterrupt | RequestError | None = None
    try:
        text = next(talk)
        while True:
            say(text)
            typed = lines.next()
            if typed is None:
                say("\n")
            elif not sys.stdin.isatty():
                say(f"{typed}\n")
            text = talk.send(typed)
    except StopIteration:
        pass
    except (KeyboardInterrupt, RequestError) as error:
        ended = error
        say("\n")
    say(conversation.ending())
    return ended


def write_handout(quiz: "Quiz", sheet: Path, *, asks_confidence: bool = False) -> None:
    """Write the quiz to `sheet`: a page with the solutions at its end, or as Markdown with the key
    in a file beside it, quiz.md and quiz-key.md.

    Raises:
        RequestError: when a file cannot be written.
    """
    from densetrace.system.escape import printable
    from densetrace.system.files import write_whole

    if sheet.suffix.lower() in PAGE_SUFFIXES:
        from densetrace.render import quiz_page

        page = "".join(quiz_page.chunks(quiz, asks_confidence=asks_confidence))
        write_whole(sheet, printable(page))
        output.say(f"Wrote {shown(str(sheet))}. The solutions are on its last pages.")
        return
    from densetrace.render import quiz_handout

    key = sheet.with_name(f"{sheet.stem}-key{sheet.suffix}")
    write_whole(sheet, printable(quiz_handout.questions(quiz)))
    write_whole(key, printable(quiz_handout.key(quiz)))
    output.say(f"Wrote {shown(str(sheet))} and {shown(str(key))}.")
