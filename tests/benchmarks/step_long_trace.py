"""How long each key of the stepper takes on a trace of 100,000 steps, with the screen it draws.

Run it: python tests/benchmarks/step_long_trace.py [STEPS]
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from densetrace import explain
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.keys import key_table
from densetrace.stepper.pen import Pen
from densetrace.stepper.screen import draw
from densetrace.stepper.session import Session
from densetrace.stepper.source import Sources
from densetrace.stepper.state import States
from densetrace.stepper.walk import Walk
from densetrace.trace import Step, Trace

EXPRESSION = "Sequential([Dense(64, activation='relu'), Dense(3)])"
TYPED = {"/": "nowhere", "a": "nowhere", "A": "bias", "0": "0", "1": ""}


def long_trace(steps: int) -> Trace:
    """The same short life again and again, as a script's loop would have it."""
    life = explain(EXPRESSION)
    size = sum(1 for _ in life.walk())
    copies = [copied(step, start) for start in range(0, steps, size) for step in life.steps]
    return Trace({"kind": "script", "text": "loop.py"}, life.engine, {}, tuple(copies))


def copied(step: Step, start: int) -> Step:
    """A step and all inside it, numbered from `start` on."""
    children = tuple(copied(child, start) for child in step.children)
    return replace(step, id=step.id + start, children=children)


def pressed(session: Session, key: str) -> Iterator[Session]:
    """The sessions after a key and what is typed after it, a slice of a search at a time."""
    session = session.press(key)
    yield session
    if session.prompt is not None:
        for typed in [*TYPED.get(key, ""), "enter"]:
            session = session.press(typed)
            yield session
    while session.seeking is not None:
        session = session.seek_on()
        yield session


def main(steps: int) -> None:
    trace = long_trace(steps)
    start = time.perf_counter()
    walk = Walk(trace)
    states = States(walk)
    print(f"{len(walk):,} steps; indices {time.perf_counter() - start:.2f} s")
    slowest: dict[str, float] = {}
    for place in (0, len(walk) // 2, len(walk) - 1):
        for folded in (False, True):
            session = Session(Cursor(walk).at(place), states)
            if folded:
                session = session.press("z")
            for binding in key_table():
                for key in binding.keys:
                    slowest[key] = max(slowest.get(key, 0.0), slowest_of(session, key))
    for key, seconds in sorted(slowest.items(), key=lambda item: -item[1]):
        print(f"{key!r:14} {1000 * seconds:6.1f} ms")


def slowest_of(session: Session, key: str) -> float:
    """The seconds of the slowest screen that a key leads to."""
    sources, pen = Sources(), Pen()
    slowest = 0.0
    after = pressed(session, key)
    while True:
        start = time.perf_counter()
        current = next(after, None)
        if current is None:
            return slowest
        draw(current, sources, pen, 120, 50)
        slowest = max(slowest, time.perf_counter() - start)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
