"""Takes a person through a quiz: shows its texts on one stream and reads the answers from another.

On a terminal and in a pipe alike. What was typed into a pipe is shown too, so that a transcript of
it reads like a conversation.
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
from densetrace.terminal import output

if TYPE_CHECKING:
    from densetrace.data.trace import Trace
    from densetrace.render.quiz import Conversation
    from densetrace.teach.quiz import Quiz

MOST_BYTES: Final = 100_000
"""Of the answers that are piped in."""

SEEDS: Final = 10_000
"""How many seeds a quiz is drawn from when nobody names one: few enough to type again."""


def any_seed() -> int:
    """A seed for a quiz that nobody asked to repeat."""
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
) -> int:
    """Give a quiz about a trace, or write it to files to hand out, and return the exit code.

    With `as_json` the record goes to standard output, and the conversation to standard error.
    `command` are the words that ask the same questions again.

    Raises:
        RequestError: when the quiz cannot be made or written.
    """
    from densetrace.teach.quiz import USUAL_COUNT, make_quiz

    with activity("Making questions"):
        quiz = make_quiz(
            trace, count=USUAL_COUNT if count is None else count, topic=topic or "", seed=seed
        )
    if handout is not None:
        if as_json:
            raise RequestError("A handout has no answers to record: give --handout or --json.")
        write_handout(quiz, Path(handout))
        return DONE
    from densetrace.render.quiz import Conversation
    from densetrace.teach.quiz.record import record
    from densetrace.terminal.command_line import command_line

    screen = sys.stderr if as_json else sys.stdout
    # Who listens to a quiz instead of reading it wants whole sentences, not lines.
    width = None if output.is_accessible() else output.width_of(screen)
    conversation = Conversation(quiz, width, command_line(command))
    ended = converse(conversation, screen)
    if as_json:
        ascii_only = not output.signs_of(sys.stdout).carries_everything
        document = record(quiz, conversation.answers)
        text = output.json_text(document, ascii_only=ascii_only, indent=2)
        output.write_safe([text], sys.stdout)
    if isinstance(ended, RequestError):
        raise ended
    return INTERRUPTED if isinstance(ended, KeyboardInterrupt) else DONE


@signals.raised()
def converse(
    conversation: "Conversation", screen: TextIO
) -> KeyboardInterrupt | RequestError | None:
    """Ask, until all is answered, the person stops, or the input ends; then show the score.

    Returns what ended it early: an interrupt, or input that brings no answers.
    """
    from densetrace.system.file_input import Lines

    signs = output.signs_of(screen)

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


def write_handout(quiz: "Quiz", sheet: Path) -> None:
    """Write the questions to `sheet`, and the key to a file beside it: quiz.md and quiz-key.md.

    Raises:
        RequestError: when either cannot be written.
    """
    from densetrace.render import quiz_handout
    from densetrace.system.escape import printable
    from densetrace.system.files import write_whole

    key = sheet.with_name(f"{sheet.stem}-key{sheet.suffix}")
    write_whole(sheet, printable(quiz_handout.questions(quiz)))
    write_whole(key, printable(quiz_handout.key(quiz)))
    output.say(f"Wrote {shown(str(sheet))} and {shown(str(key))}.")
