"""Timelines to step through: real ones, and random trees for properties."""

from collections import defaultdict
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from densetrace import explain, load
from densetrace.data.steps import ABSENT, Error, Step
from densetrace.data.trace import Trace
from densetrace.kinds.kind import LEVELS, Level
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.session import Session
from densetrace.stepper.state import States
from densetrace.stepper.timeline import Timeline

DENSE = "Dense(64, activation='relu')"

DATA = Path(__file__).parents[1] / "data"
SAVED = DATA / "stepper-trace.json"
"""The trace of DENSE, recorded once, so that output changes only with the code that draws it. Its
source lines are in a folder `stack`, which `source_folder` creates."""

SAVED_FAILURE = DATA / "stepper-failing-trace.json"
"""The same for Dense(-1)."""


@cache
def timeline(expression: str = DENSE) -> Timeline:
    """The timeline of an expression."""
    return Timeline(explain(expression, seed=0))


def session(expression: str = DENSE, level: Level = "author", at: int = 1) -> Session:
    """A session at a step."""
    through = timeline(expression)
    return Session(Cursor(through, level).at(at - 1), States(through))


def saved_session(path: Path = SAVED, level: Level = "author", at: int = 1) -> Session:
    """A session at a step of a saved trace."""
    through = Timeline(load(path))
    return Session(Cursor(through, level).at(at - 1), States(through))


def source_folder(folder: Path) -> Path:
    """The folder, with files that have every source line of the saved traces, and filler lines
    between them."""
    files: dict[str, dict[int, str]] = defaultdict(dict)
    for path in (SAVED, SAVED_FAILURE):
        for step in load(path).walk():
            if step.where is not None and step.where.file.startswith("stack/"):
                files[step.where.file][step.where.line] = step.where.text
    for name, lines in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        numbers = range(1, max(lines) + 10)
        path.write_text("".join(f"{lines.get(n, f'# line {n}')}\n" for n in numbers))
    return folder


def typed(session: Session, *keys: str) -> Session:
    """The session after these keys, with all searches finished."""
    for key in keys:
        session = session.press(key)
        while session.seeking is not None:
            session = session.seek_on()
    return session


def random_step(kind: str, name: str, fails: bool, children: tuple[Step, ...]) -> Step:
    """A step with the fields that folding and searching use."""
    point = {
        "init": "keras.layers.Dense.__init__",
        "layout": "keras.dtensor.utils.allow_initializer_layout",
        "get": "keras.activations.get",
    }.get(kind, f"keras.layers.Dense.{kind}")
    error = Error("ValueError", "no") if fails else None
    result = ABSENT if fails else None
    inputs = {"name": name, "value": None} if kind == "assign" else {"identifier": None}
    return Step(0, kind, point, "dense", dict(inputs), {}, result, error, None, 0, children)


KINDS = ("assign", "get", "deserialize", "init", "layout", "call", "build", "check", "add_weight")

_leaves = st.builds(
    random_step, st.sampled_from(KINDS), st.sampled_from("abc"), st.booleans(), st.just(())
)
_trees = st.recursive(
    _leaves,
    lambda inner: st.builds(
        random_step,
        st.sampled_from(KINDS),
        st.sampled_from("abc"),
        st.booleans(),
        st.lists(inner, max_size=4).map(tuple),
    ),
    max_leaves=20,
)


def _distinct(step: Step) -> Step:
    children = tuple(map(_distinct, step.children))
    return Step(
        0, step.kind, step.point, step.subject, step.inputs, {}, step.result, step.error, None, 0,
        children,
    )  # fmt: skip


timelines = st.lists(_trees, min_size=1, max_size=4).map(
    lambda steps: Timeline(
        Trace({"kind": "expression", "text": "x"}, steps=tuple(map(_distinct, steps)))
    )
)
"""Timelines of random trees."""


@st.composite
def cursors(draw: st.DrawFn) -> Cursor:
    """Cursors anywhere in random trees, at any level, with some stops folded."""
    through = draw(timelines)
    cursor = Cursor(through, draw(st.sampled_from(LEVELS)))
    positions = st.integers(0, len(through) - 1)
    for position in draw(st.lists(positions, max_size=4)):
        cursor = cursor.at(position).fold()
    return cursor.at(draw(positions))
