"""Runs a session on the whole screen, or line by line where that cannot be drawn.

The only module of the stepper that prints, waits and writes files.
"""

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, Literal

from densetrace.data.trace import Trace
from densetrace.kinds.kind import Level
from densetrace.render.outline import View
from densetrace.render.theme import Signs
from densetrace.stepper import handout, spoken
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.decoder import keys
from densetrace.stepper.keys import ACTIONS, key_table
from densetrace.stepper.screen import draw
from densetrace.stepper.session import Session
from densetrace.stepper.state import States
from densetrace.stepper.timeline import Timeline
from densetrace.system import signals
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError
from densetrace.system.exit_codes import DONE, INTERRUPTED
from densetrace.system.file_input import Lines
from densetrace.terminal import capabilities, output
from densetrace.terminal.command_line import command_line
from densetrace.terminal.source import Sources

if TYPE_CHECKING:
    from densetrace.teach.quiz import Question

MOST_BYTES: Final = 100_000
"""Limit of piped keys."""

_STOPPING: Final = ("escape", "ctrl-c")
"""Keys that stop a running search; others wait for its end."""

_PAGING: Final = ("scroll", "scroll-back")
"""Actions that need the screen drawn first, to know the number of pages."""

_SKIPPING: Final = ("skip", "next", "on")
"""Words that skip a question."""

_WORDS: Final = {binding.action: binding.keys[0] for binding in key_table()}


def step(
    trace: Trace,
    *,
    at: int = 1,
    level: Level = "author",
    form: Literal["screen", "plain"] | None = None,
    command: Sequence[str] = ("densetrace", "step"),
    folder: Path | None = None,
    predict: bool = False,
    seed: int = 0,
) -> int:
    """Step through a trace in the terminal and return the exit code: 0, or 130 when interrupted.

    Args:
        trace: the trace to step through.
        at: the number of the step to begin with, from 1.
        level: user, author or framework.
        form: the whole screen or plain lines; by default the terminal and `ACCESSIBLE` decide.
        command: the words that, with `--at`, return to a step.
        folder: the folder with the person's own source files.
        predict: whether to ask about the next step before showing it.
        seed: selects one of the possible questions about a step.

    Raises:
        RequestError: when there is no step, or none of this number, or no such level, or when the
            piped lines are too long.
    """
    View(level)
    with activity("Preparing"):
        timeline = Timeline(trace)
    if len(timeline) == 0:
        if trace.outcome.get("other_processes") is True:
            raise RequestError(
                "There is no step to show: nothing was recorded in this process.",
                "Processes that a script starts are not traced.",
            )
        raise RequestError("There is no step to show: no Keras code ran.")
    if not 1 <= at <= len(timeline):
        raise RequestError(f"Steps go from 1 to {len(timeline):,}. Received: --at {at}.")
    if form == "screen" and not has_screen({}):
        raise RequestError(
            "The screen needs a terminal for both input and output.", "Use --format plain."
        )
    session = Session(Cursor(timeline, level).at(at - 1), States(timeline))
    if predict:
        session = _with_questions(session, seed)
    context = _Context(command, Sources(folder), capabilities.signs_of(sys.stdout))
    on_screen = has_screen() if form is None else form == "screen"
    return _on_screen(session, context) if on_screen else _in_lines(session, context)


def _with_questions(session: Session, seed: int) -> Session:
    """The session with questions: also before the first step, but not before a step that `--at`
    returns to."""
    # Imported here: most sessions ask no questions.
    from densetrace.stepper.asking import Asking, Questions

    cursor = session.cursor
    asking = Asking(Questions(cursor.timeline.trace, seed))
    begins = asking.before(cursor) if cursor.position == 0 else asking
    return replace(session, asking=begins if begins.question is not None else asking.at(cursor))


def has_screen(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a terminal that can draw a whole screen, and `ACCESSIBLE` is not set."""
    dumb = environment.get("TERM", "unset").lower() in ("dumb", "unknown", "")
    accessible = capabilities.is_accessible(environment)
    return not dumb and not accessible and sys.stdin.isatty() and sys.stdout.isatty()


def take_terminal() -> None:
    """Read keys from the terminal after the trace was read from standard input.

    Only if the output is a terminal too; otherwise standard input stays at its end.
    """
    if sys.stdin.isatty() or not sys.stdout.isatty():
        return
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDONLY)
        os.dup2(terminal, sys.stdin.fileno())
        os.close(terminal)


@dataclass(frozen=True, slots=True)
class _Context:
    """The constants of a run: the command, the source files, the signs of the output."""

    command: Sequence[str]
    sources: Sources
    signs: Signs

    def return_command(self, session: Session) -> str:
        """The command that returns to the current step."""
        cursor = session.cursor
        level = [] if cursor.level == "author" else ["--level", cursor.level]
        predict = [] if session.asking is None else ["--predict"]
        return command_line([*self.command, "--at", str(cursor.number), *level, *predict])

    def write(self, session: Session) -> Session:
        """Write the current step to a file; returns the session with a message."""
        cursor = session.cursor
        text = handout.page(session, self.sources, self.return_command(session))
        try:
            path = handout.save(text, cursor.number, Path())
        except RequestError as error:
            return replace(session, message=str(error), wish="")
        return replace(session, message=f"Wrote {path.name}.", wish="")

    def closing_lines(self, session: Session) -> Iterator[str]:
        """The last lines: the score, if there is one, and the command that returns here."""
        cursor = session.cursor
        if session.asking is not None:
            from densetrace.stepper.asking_view import score_lines

            # A screen reader needs whole sentences, not wrapped lines.
            width = None if capabilities.is_accessible() else capabilities.width_of(sys.stdout)
            yield from score_lines(session.asking, width)
        yield f"Left at step {cursor.number:,} of {len(cursor.timeline):,}. To come back:"
        yield f"  {self.return_command(session)}"


# -- on the screen --------------------------------------------------------------------------------


def _on_screen(session: Session, context: _Context) -> int:
    # Imported here: the line mode does not need it.
    from densetrace.stepper.terminal import EndedBySignal, Terminal

    pressed: deque[str] = deque()
    try:
        links = capabilities.links_of(sys.stdout, context.sources.folder)
        with Terminal(capabilities.styles_of(sys.stdout), links) as terminal:
            try:
                while session.wish not in ("quit", "interrupt"):
                    # During a search, Escape and Ctrl-C act before other keys typed ahead.
                    searches = session.seeking is not None
                    looks = searches or not pressed
                    if looks or ACTIONS.get(pressed[0]) in _PAGING:
                        width, height = terminal.size()
                        frame = draw(session, context.sources, context.signs, width, height)
                        session = replace(session, scroll=frame.page, last_page=frame.last_page)
                    if looks:
                        terminal.show(frame.rows)
                        pressed.extend(terminal.typed() if searches else terminal.read())
                    session = _after_key(session, pressed)
                    if session.wish == "write":
                        session = context.write(session)
                    elif session.wish == "redraw":
                        terminal.forget()
                    elif session.wish == "suspend":
                        terminal.suspend()
                    if session.wish in ("redraw", "suspend"):
                        session = replace(session, wish="")
            except KeyboardInterrupt:
                session = replace(session, wish="interrupt")
            except EOFError:
                session = replace(session, wish="quit")
    except EndedBySignal as ended:
        ended.pass_on()
        return 128 + ended.number  # where the signal did not end the process
    _print(context.closing_lines(session), context)
    return INTERRUPTED if session.wish == "interrupt" else DONE


def _after_key(session: Session, pressed: deque[str]) -> Session:
    """The session after the next key, or during a search after the next slice."""
    if session.seeking is not None and not any(key in _STOPPING for key in pressed):
        return session.seek_on()
    return session.press(pressed.popleft()) if pressed else session


# -- line by line ---------------------------------------------------------------------------------


@signals.interrupts_raised()
def _in_lines(session: Session, context: _Context) -> int:
    session = replace(session, panels=spoken.SHOWN_FIRST)
    begins = _question_lines(session) if session.is_asked else spoken.step(session)
    _print([*spoken.welcome(session.cursor), "", *begins, ""], context)
    lines, refusal = Lines("keys", MOST_BYTES), None
    try:
        while session.wish != "quit":
            line = _ask(session, lines)
            if line is None:
                break
            session = _after_line(session, line, context)
    except KeyboardInterrupt:
        session = replace(session, wish="interrupt")
        _print([""], context)
    except RequestError as error:
        refusal = error
    _print(context.closing_lines(session), context)
    if refusal is not None:
        raise refusal
    return INTERRUPTED if session.wish == "interrupt" else DONE


def _ask(session: Session, lines: Lines) -> str | None:
    """The next typed or piped line; None at the end."""
    if sys.stdin.isatty():
        label = session.prompt.label if session.prompt else _label(session)
        stream = sys.stdout if sys.stdout.isatty() else sys.stderr
        output.write([label], stream)
    return lines.next()


def _label(session: Session) -> str:
    if session.is_asked:
        from densetrace.render.quiz import PROMPT

        return PROMPT
    cursor = session.cursor
    return f"Step {cursor.number:,} of {len(cursor.timeline):,}. Key: "


def _after_line(session: Session, line: str, context: _Context) -> Session:
    for key in _keys_of(session, line):
        before = session
        session = session.press(key)
        while session.seeking is not None:
            session = session.seek_on()
        if session.wish == "write":
            session = context.write(session)
        if session.wish in ("quit", "interrupt"):
            return replace(session, wish="quit")
        _print(_report(before, session), context)
        asking = session.asking.without_verdict() if session.asking is not None else None
        session = replace(session, help=False, wish="", asking=asking)
    if session.prompt is not None and session.prompt.text:
        return _after_line(session, "", context)
    return session


def _keys_of(session: Session, line: str) -> Iterable[str]:
    """The keys of a line: the name of an action, or keys in a row. An empty line enters a prompt,
    skips a question, or moves to the next step."""
    if session.prompt is not None:
        return [*line, "enter"]
    if session.asking is not None and session.asking.question is not None:
        return _keys_of_answer(line, session.asking.question)
    word = _WORDS.get(line.strip().lower())
    if word is not None:
        return [word]
    return keys(line) if line.strip() else ["j"]


def _keys_of_answer(line: str, question: "Question") -> Iterable[str]:
    """The keys of a line while a question waits; an empty line skips it."""
    from densetrace.render.quiz import choice_of

    word = line.strip().lower()
    chosen = choice_of(question, line)
    if isinstance(chosen, int):
        return [ascii_lowercase[chosen]]
    if chosen:
        return [chosen]
    if word in ("", *_SKIPPING):
        return ["enter"]
    return [_WORDS[word]] if word in _WORDS else keys(line)


def _question_lines(session: Session) -> Iterator[str]:
    """The waiting question, its hint, or the verdict on the answer just given."""
    if session.asking is not None:
        from densetrace.stepper.asking_view import hint, sentences

        asking, cursor = session.asking, session.cursor
        yield from hint(asking) if asking.hinted else sentences(asking, cursor)


def _report(before: Session, after: Session) -> Iterator[str]:
    """The lines to print after a key."""
    if after.message:
        yield after.message
    if after.help:
        yield from spoken.keys()
    elif after.is_asked and after.asking is not before.asking:
        yield from _question_lines(after)
    elif before.is_asked and not after.is_asked:
        yield from _question_lines(after)
        yield from spoken.step(after)
    elif (before.cursor, before.panels) != (after.cursor, after.panels):
        yield from spoken.step(after)
    elif not after.message:
        return
    yield ""


def _print(lines: Iterable[str], context: _Context) -> None:
    fit = context.signs.fit
    output.write((f"{fit(line)}\n" for line in lines), sys.stdout)
