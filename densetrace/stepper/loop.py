"""Runs a session for a person: on the whole screen, or line by line where there is none.

The only room of the stepper that prints, waits and writes files.
"""

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_lowercase
from typing import Final, Literal

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
from densetrace.stepper.source import Sources
from densetrace.stepper.state import States
from densetrace.stepper.timeline import Timeline
from densetrace.system import signals
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError
from densetrace.system.exit_codes import DONE, INTERRUPTED
from densetrace.system.file_input import Lines
from densetrace.terminal import output
from densetrace.terminal.command_line import command_line

MOST_BYTES: Final = 100_000
"""Of the keys that are piped in."""

_STOPPING: Final = ("escape", "ctrl-c")
"""Keys that end a search under way; any other waits for its end."""

_PAGING: Final = ("scroll", "scroll-back")
"""Actions that depend on how many pages were drawn; keys typed ahead are not drawn otherwise."""

_SKIPPING: Final = ("skip", "next", "on")
"""What somebody may type to leave a question open."""

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
    """Walk through a trace in the terminal, and give the exit code: 0, or 130 when interrupted.

    Args:
        trace: what to walk through.
        at: the number of the step to begin with, from 1.
        level: user, author or framework.
        form: the whole screen or plain lines; by default what the terminal and `ACCESSIBLE` say.
        command: the words that, with `--at`, come back to a step.
        folder: where the person's own source files are looked for.
        predict: whether what comes next is asked before it is shown.
        seed: which of the questions that a step raises is asked.

    Raises:
        RequestError: when there is no step, or none of this number, or no such level, or when the
            lines that are piped in are longer than anybody types.
    """
    View(level)
    with activity("Making ready"):
        timeline = Timeline(trace)
    if len(timeline) == 0:
        raise RequestError("There is no step to walk through: nothing of Keras ran.")
    if not 1 <= at <= len(timeline):
        raise RequestError(f"Steps go from 1 to {len(timeline):,}. Received: --at {at}.")
    if form == "screen" and not has_screen({}):
        raise RequestError(
            "The screen needs a terminal for both input and output.", "Type it with --format plain."
        )
    session = Session(Cursor(timeline, level).at(at - 1), States(timeline))
    if predict:
        session = _asking(session, seed)
    person = _Person(command, Sources(folder), output.signs_of(sys.stdout))
    on_screen = has_screen() if form is None else form == "screen"
    return _on_screen(session, person) if on_screen else _in_lines(session, person)


def _asking(session: Session, seed: int) -> Session:
    """The session with questions; before the first step as well, but not before one that somebody
    comes back to."""
    # Loaded here: most sessions ask nothing.
    from densetrace.stepper.asking import Asking, Questions

    cursor = session.cursor
    asking = Asking(Questions(cursor.timeline.trace, seed))
    begins = asking.before(cursor) if cursor.place == 0 else asking
    return replace(session, asking=begins if begins.question is not None else asking.at(cursor))


def has_screen(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a terminal whose whole screen can be drawn on, and nobody minds."""
    dumb = environment.get("TERM", "unset").lower() in ("dumb", "unknown", "")
    accessible = output.is_accessible(environment)
    return not dumb and not accessible and sys.stdin.isatty() and sys.stdout.isatty()


def take_terminal() -> None:
    """Let keys come from the terminal after standard input has brought what is walked through.

    Only where the output is a terminal too; otherwise standard input stays at its end.
    """
    if sys.stdin.isatty() or not sys.stdout.isatty():
        return
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDONLY)
        os.dup2(terminal, sys.stdin.fileno())
        os.close(terminal)


@dataclass(frozen=True, slots=True)
class _Person:
    """What stays the same for one person: how they called, their files, their output."""

    command: Sequence[str]
    sources: Sources
    signs: Signs

    def way_back(self, session: Session) -> str:
        """The command that comes back to a step."""
        cursor = session.cursor
        level = [] if cursor.level == "author" else ["--level", cursor.level]
        predict = [] if session.asking is None else ["--predict"]
        return command_line([*self.command, "--at", str(cursor.number), *level, *predict])

    def write(self, session: Session) -> Session:
        """The session once its step was written to a file."""
        cursor = session.cursor
        text = handout.page(session, self.sources, self.way_back(session))
        try:
            path = handout.save(text, cursor.number, Path())
        except RequestError as error:
            return replace(session, message=str(error), wish="")
        return replace(session, message=f"Wrote {path.name}.", wish="")

    def farewell(self, session: Session) -> Iterator[str]:
        """What is said at the end: the score, where there is one, and how to come back."""
        cursor = session.cursor
        if session.asking is not None:
            from densetrace.stepper.asking_view import score_lines

            # Who listens wants whole sentences, not lines.
            width = None if output.is_accessible() else output.width_of(sys.stdout)
            yield from score_lines(session.asking, width)
        yield f"Left at step {cursor.number:,} of {len(cursor.timeline):,}. To come back:"
        yield f"  {self.way_back(session)}"


# -- on the screen --------------------------------------------------------------------------------


def _on_screen(session: Session, person: _Person) -> int:
    # Loaded here, so that lines come without the machinery of a screen.
    from densetrace.stepper.terminal import EndedBySignal, Terminal

    pressed: deque[str] = deque()
    try:
        with Terminal(output.styles_of(sys.stdout)) as terminal:
            try:
                while session.wish not in ("quit", "interrupt"):
                    # While it searches, Escape and Ctrl-C are looked for behind other keys.
                    searches = session.seeking is not None
                    looks = searches or not pressed
                    if looks or ACTIONS.get(pressed[0]) in _PAGING:
                        width, height = terminal.size()
                        frame = draw(session, person.sources, person.signs, width, height)
                        session = replace(session, scroll=frame.page, last_page=frame.last_page)
                    if looks:
                        terminal.show(frame.rows)
                        pressed.extend(terminal.typed() if searches else terminal.read())
                    session = _after_key(session, pressed)
                    if session.wish == "write":
                        session = person.write(session)
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
        return 128 + ended.number  # when it was asked to live on
    _print(person.farewell(session), person)
    return INTERRUPTED if session.wish == "interrupt" else DONE


def _after_key(session: Session, pressed: deque[str]) -> Session:
    """The session after the next key, or, while it searches, after some more searching."""
    if session.seeking is not None and not any(key in _STOPPING for key in pressed):
        return session.seek_on()
    return session.press(pressed.popleft()) if pressed else session


# -- line by line ---------------------------------------------------------------------------------


@signals.raised()
def _in_lines(session: Session, person: _Person) -> int:
    session = replace(session, panels=spoken.SHOWN_FIRST)
    begins = _question_told(session) if session.is_asked else spoken.step(session)
    _print([*spoken.welcome(session.cursor), "", *begins, ""], person)
    lines, refusal = Lines("keys", MOST_BYTES), None
    try:
        while session.wish != "quit":
            line = _ask(session, lines)
            if line is None:
                break
            session = _after_line(session, line, person)
    except KeyboardInterrupt:
        session = replace(session, wish="interrupt")
        _print([""], person)
    except RequestError as error:
        refusal = error
    _print(person.farewell(session), person)
    if refusal is not None:
        raise refusal
    return INTERRUPTED if session.wish == "interrupt" else DONE


def _ask(session: Session, lines: Lines) -> str | None:
    """The next line that is typed or piped in; None at the end."""
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


def _after_line(session: Session, line: str, person: _Person) -> Session:
    for key in _keys_of(session, line):
        before = session
        session = session.press(key)
        while session.seeking is not None:
            session = session.seek_on()
        if session.wish == "write":
            session = person.write(session)
        if session.wish in ("quit", "interrupt"):
            return replace(session, wish="quit")
        _print(_news(before, session), person)
        asking = session.asking.without_verdict() if session.asking is not None else None
        session = replace(session, help=False, wish="", asking=asking)
    if session.prompt is not None and session.prompt.text:
        return _after_line(session, "", person)
    return session


def _keys_of(session: Session, line: str) -> Iterable[str]:
    """The keys that a line stands for: a word for one, or keys in a row. An empty line answers a
    question with what was typed so far, or goes on."""
    if session.prompt is not None:
        return [*line, "enter"]
    if session.asking is not None and session.asking.question is not None:
        return _keys_of_answer(line, len(session.asking.question.options))
    word = _WORDS.get(line.strip().lower())
    if word is not None:
        return [word]
    return keys(line) if line.strip() else ["j"]


def _keys_of_answer(line: str, options: int) -> Iterable[str]:
    """The keys that a line stands for while a question waits: an empty one leaves it open."""
    from densetrace.render.quiz import choice

    word = line.strip().lower()
    chosen = choice(word, options)
    if isinstance(chosen, int):
        return [ascii_lowercase[chosen]]
    if chosen:
        return [chosen]
    if word in ("", *_SKIPPING):
        return ["enter"]
    return [_WORDS[word]] if word in _WORDS else keys(line)


def _question_told(session: Session) -> Iterator[str]:
    """The question that waits, its hint, or what is said to an answer given just now."""
    if session.asking is not None:
        from densetrace.stepper.asking_view import hint, sentences

        asking, cursor = session.asking, session.cursor
        yield from hint(asking) if asking.hinted else sentences(asking, cursor)


def _news(before: Session, after: Session) -> Iterator[str]:
    """What there is to say after a key."""
    if after.message:
        yield after.message
    if after.help:
        yield from spoken.keys()
    elif after.is_asked and after.asking is not before.asking:
        yield from _question_told(after)
    elif before.is_asked and not after.is_asked:
        yield from _question_told(after)
        yield from spoken.step(after)
    elif (before.cursor, before.panels) != (after.cursor, after.panels):
        yield from spoken.step(after)
    elif not after.message:
        return
    yield ""


def _print(lines: Iterable[str], person: _Person) -> None:
    fit = person.signs.fit
    output.write((f"{fit(line)}\n" for line in lines), sys.stdout)
