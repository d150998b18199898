"""How long each key of the stepper takes on 100,000 steps, with the screen it draws."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import Final

from densetrace import explain
from densetrace.data.trace import Trace
from densetrace.render.theme import UNICODE
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.keys import key_table
from densetrace.stepper.screen import draw
from densetrace.stepper.session import Session
from densetrace.stepper.state import States
from densetrace.stepper.timeline import Timeline
from densetrace.system import gc_tuning
from densetrace.terminal.source import Sources
from tests.benchmarks.figures import Figure, Row
from tests.benchmarks.long_traces import LIMIT, STEPS, copied, deep, milliseconds, wide

EXPRESSION = "Sequential([Dense(64, activation='relu'), Dense(3)])"
TYPED = {"/": "nowhere", "a": "nowhere", "A": "bias", "0": "0", "1": ""}
SIZES = ((80, 24), (120, 50))
SLICES = 12
"""How many slices of a search are timed; they are all alike."""


def loop(steps: int) -> Trace:
    """The same short life again and again, as a script's loop would have it."""
    life = explain(EXPRESSION)
    size = sum(1 for _ in life.walk())
    copies = [copied(step, start) for start in range(0, steps, size) for step in life.steps]
    return Trace({"kind": "script", "text": "loop.py"}, life.engine, {}, tuple(copies))


FORMS: Final[dict[str, Callable[[int], Trace]]] = {
    "a script's loop": loop,
    "nested in each other": deep,
    "all siblings": wide,
}
BEGIN: Final = {name: Figure(f"from a trace to its first screen, {name}", "ms") for name in FORMS}
KEY: Final = {name: Figure(f"the slowest key, {name}", "ms", at_most=LIMIT) for name in FORMS}
FIGURES: Final = (*BEGIN.values(), *KEY.values())


def pressed(session: Session, key: str) -> Iterator[Session]:
    """The sessions after a key and what is typed after it, a slice of a search at a time."""
    session = session.press(key)
    yield session
    if session.prompt is not None:
        for typed in [*TYPED.get(key, ""), "enter"]:
            session = session.press(typed)
            yield session
    for _ in range(SLICES):
        if session.seeking is not None:
            session = session.seek_on()
            yield session


def measure(rounds: int) -> Iterator[Row]:
    """The first screen and the slowest key, for traces of several forms. A round presses each key
    some dozen times, so few have to do."""
    gc_tuning.rarely()  # as the command does
    few = max(1, rounds // 8)
    for name, make in FORMS.items():
        trace = make(STEPS)
        begin = [milliseconds(lambda: first_screen(trace)) for _ in range(few)]  # noqa: B023 # called at once
        yield BEGIN[name].measured(begin)
        slowest = [slowest_key(trace) for _ in range(few)]
        times = [time for time, _ in slowest]
        yield KEY[name].measured(times, f"`{max(slowest)[1]}`")


def first_screen(trace: Trace) -> Session:
    """A session at the first step, drawn."""
    timeline = Timeline(trace)
    session = Session(Cursor(timeline), States(timeline))
    draw(session, Sources(), UNICODE, *SIZES[-1])
    return session


def slowest_key(trace: Trace) -> tuple[float, str]:
    """The milliseconds of the slowest screen that any key leads to from the beginning, the middle
    and the end, with nothing and with everything folded, and which key it is."""
    begin = first_screen(trace)
    timeline = begin.cursor.timeline
    slowest = (0.0, "")
    for place in (0, len(timeline) // 2, len(timeline) - 1):
        for fold in ("", "z"):
            session = replace(begin, cursor=begin.cursor.at(place))
            session = session.press(fold) if fold else session
            for key in (key for binding in key_table() for key in binding.keys):
                slowest = max(slowest, (slowest_of(session, key), key))
    return slowest


def slowest_of(session: Session, key: str) -> float:
    """The milliseconds of the slowest screen that a key leads to."""
    slowest = 0.0
    for width, height in SIZES:
        sources, signs, after = Sources(), UNICODE, pressed(session, key)
        while True:
            start = perf_counter()
            current = next(after, None)
            if current is None:
                break
            draw(current, sources, signs, width, height)
            slowest = max(slowest, 1000 * (perf_counter() - start))
    return slowest
