"""The public face: record a trace, load one, and ask things of it.

from densetrace import trace, Dense

with trace() as t:
    Dense(64, activation="relu")(x)
print(t.tree())
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from densetrace import progress, streams
from densetrace.errors import RequestError, did_you_mean, shown
from densetrace.sources.limits import LARGEST_SEED, MOST_STEPS
from densetrace.trace import Step
from densetrace.trace import Trace as RecordedTrace
from densetrace.values import Value

if TYPE_CHECKING:
    from densetrace.engines import Engine
    from densetrace.render.outline import Level
    from densetrace.study.provenance_sources import Provenance
    from densetrace.study.verify import Comparison


class Trace(RecordedTrace):
    """A recorded run, and what may be asked of it."""

    __slots__ = ("_provenance",)

    _provenance: "Provenance"
    """Where values came from, once somebody has asked: the next question is answered at once."""

    def tree(self, level: "Level" = "author", width: int = 80) -> str:
        """The annotated tree as text, `width` columns wide, at level user, author or framework."""
        from densetrace.render.tree import render_text

        return render_text(self, level=level, width=width)

    def plain(self, level: "Level" = "author") -> str:
        """The trace as flat, labelled lines, which a screen reader reads well."""
        from densetrace.render.plain import render_text

        return render_text(self, level=level)

    def why(self, target: str, width: int = 80) -> str:
        """Why `target` (`kernel`, `dense_1.kernel`, `output.shape`) is what it is: the shortest
        chain of steps to it, as text.

        Raises:
            RequestError: when the trace has no such target.
        """
        from densetrace.render.why import render_text
        from densetrace.study.provenance_sources import Provenance
        from densetrace.study.why import why

        known = getattr(self, "_provenance", None)
        if known is None or not known.is_of(self):
            known = self._provenance = Provenance.of(self)
        return render_text(self, why(self, target, known), width)

    def diff(self, other: RecordedTrace, width: int = 80) -> str:
        """What differs in this life and another, side by side, as text."""
        from densetrace.render.diff import render_text
        from densetrace.study.diff import diff

        return render_text(diff(self, other), width)

    def html(self, level: "Level" = "author") -> str:
        """The trace as one HTML file, to step through in a browser."""
        from densetrace.render.html import render_html
        from densetrace.render.outline import View

        return render_html(self, View(level))

    def svg(self, level: "Level" = "author", width: int = 80) -> str:
        """A picture of the tree, `width` columns wide, as an SVG document."""
        from densetrace.render.outline import View
        from densetrace.render.svg import render_svg

        return render_svg(self, View(level), width)

    def markdown(self, level: "Level" = "author", width: int = 80) -> str:
        """The tree as Markdown, `width` columns wide, for a report or an issue."""
        from densetrace.render.markdown import render_markdown
        from densetrace.render.outline import View

        return render_markdown(self, View(level), width)

    def chrome(self) -> str:
        """The trace as Chrome trace events, for Perfetto and chrome://tracing."""
        from densetrace.render.chrome import render_chrome

        return render_chrome(self)

    def __repr__(self) -> str:
        from densetrace.render.phases import source_text

        count = sum(1 for _ in self.walk())
        about = f" of {source_text(self)}" if "text" in self.source else ""
        return f"<Trace{about}: {count:,} {'step' if count == 1 else 'steps'}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """How a notebook shows the trace."""
        from densetrace.notebook import mimebundle

        return mimebundle(self)


@contextmanager
def trace(
    *,
    engine: str = "densetrace",
    on_step: Callable[[Step], None] | None = None,
    max_steps: int | None = None,
) -> Iterator[Trace]:
    """Record every step of the layers that are made, built and called in a `with` block.

    The trace is complete once the block has ended, also when it ended by an exception. Only this
    thread and async task are recorded. Each step is also a record of the logger `densetrace` at
    level DEBUG, with `kind`, `point` and `subject` as extra fields.

    Args:
        engine: the stack to listen to: `densetrace`, or an installed Keras, `tf_keras` or `keras`,
            which is hooked for the length of the block.
        on_step: called with each step as it closes, inner steps before the steps that hold them.
        max_steps: keep so many steps and only count the others, in `outcome["steps_left_out"]`;
            all are kept when None.

    Raises:
        RequestError: when there is no such engine, or what it needs is not installed.
    """
    from densetrace import notebook
    from densetrace.engines import load
    from densetrace.session import record_into

    stack = load(engine)
    recorded = Trace({"kind": "python"}, stack.describe())
    caller = sys._getframe(2)  # beyond contextlib's __enter__
    if notebook.is_cell(caller):
        recorded.source["file"] = notebook.cell_name(caller.f_code.co_filename)
        notebook.show_after_cell(recorded)
    with stack.hooked(), record_into(recorded, notebook.places(), on_step, max_steps):
        yield recorded


def load(path: str | Path) -> Trace:
    """The trace saved in a file.

    Raises:
        RequestError: when the file cannot be read, or is not a trace that this version reads.
    """
    with progress.told(f"Reading {shown(Path(path).name, 30)}"):
        return _read(path)


def _read(path: str | Path) -> Trace:
    try:
        document = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        problem = error.strerror or str(error)
        raise RequestError(f"Cannot read {shown(str(path))}: {problem}.") from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{shown(str(path))} is not a trace: it is not UTF-8 text.") from error
    except ValueError as error:  # a NUL, or half of a surrogate pair
        raise RequestError(f"No file can be called {shown(str(path))}.") from error
    return Trace.loads(document)


def explain(
    expression: str,
    *,
    input_shape: tuple[int | None, ...] | None = None,
    inputs: Any = None,
    until: str | None = None,
    seed: int | None = None,
    engine: str = "densetrace",
    on_step: Callable[[Step], None] | None = None,
    max_steps: int | None = MOST_STEPS,
) -> Trace:
    """The trace of an expression: constructed, then called once on a sample batch.

    What the layer itself raises ends the trace, and so does a refusal half-way, such as of a layer
    that is too big to be built: `stop` of the trace then says what it was.

    Args:
        expression: such as `Dense(64, activation='relu')`.
        input_shape: the shape of the sample batch, batch size first; None stands for any size.
        inputs: the numbers to call it on instead of a sample.
        until: the last stage to reach: new, init, build or call.
        seed: repeats the random initial weights.
        engine: the stack to run it on.
        on_step: called with each step as it closes.
        max_steps: keep so many steps and only count the others; all are kept when None.

    Raises:
        RequestError: when the expression or another argument is not understood, or is refused
            before its first step.
    """
    from densetrace.sources.expression import parse

    parsed = parse(expression)
    from densetrace.engines import load
    from densetrace.session import follow
    from densetrace.sources.lifecycle import STAGES

    stage = until or STAGES[-1]
    if stage not in STAGES:
        raise RequestError(
            f"The last stage must be one of {', '.join(STAGES)}. Received: {shown(stage)}.",
            did_you_mean(stage, STAGES),
        )
    stack = load(engine)
    stack.clear_session()
    if seed is not None:
        if not 0 <= seed <= LARGEST_SEED:
            raise RequestError(f"A seed is from 0 to {LARGEST_SEED}. Received: {seed}.")
        stack.set_seed(seed)
    recorded = Trace({"kind": "expression", "text": expression.strip()}, stack.describe())
    if seed is not None:
        recorded.source["seed"] = int(seed)
    try:
        follow(
            recorded, parsed, stack,
            until=stage, input_shape=input_shape, inputs=inputs, on_step=on_step,
            max_steps=max_steps,
        )  # fmt: skip
    except RequestError:
        if not recorded.steps:
            raise
    return recorded


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """A script's trace, its exit code, and what belongs on standard error.

    `read_arguments` is False when it was given arguments and nothing looked at them.
    """

    trace: Trace
    exit_code: int
    message: str
    read_arguments: bool = True


def run(
    path: str | Path,
    args: list[str] | None = None,
    *,
    engine: str = "densetrace",
    on_step: Callable[[Step], None] | None = None,
    max_steps: int | None = MOST_STEPS,
) -> ScriptRun:
    """Run a Keras script, traced. Its prints go where it sends them.

    However it ends, its trace has what ran until then. When it was stopped, by an exception, by
    what densetrace lacks (exit code 2) or by Ctrl-C (130), `stop` of the trace says why and where.

    Args:
        path: the script.
        args: what it finds in `sys.argv` after its own name.
        engine: the stack to run it on; our own stands in for TensorFlow and Keras.
        on_step: called with each step as it closes.
        max_steps: keep so many steps and only count the others; all are kept when None.

    Raises:
        RequestError: when the script cannot be read, or there is no such engine.
    """
    from densetrace import collecting
    from densetrace.engines import load
    from densetrace.places import Places
    from densetrace.session import record_into
    from densetrace.sources.script import Script, ScriptOutcome, run_script

    script = Script.load(path)
    stack = load(engine)
    stack.clear_session()
    collecting.as_usual()
    source: dict[str, Value] = {"kind": "script", "text": Path(script.path).name}
    recorded = Trace(source, stack.describe())
    places = Places(home=script.file.parent)
    with streams.lent(), stack.hooked(), record_into(recorded, places, on_step, max_steps):
        try:
            ended = run_script(script, args or [], stack)
        except KeyboardInterrupt as interrupt:
            ended = ScriptOutcome.stopped(interrupt, places, script)
    recorded.outcome |= {"exit_code": ended.code}
    if ended.stop is not None:
        recorded.outcome |= ended.stop.outcome()
    return ScriptRun(recorded, ended.code, ended.message, ended.read_arguments)


def verify(
    expression: str,
    *,
    engine: str | None = None,
    input_shape: tuple[int | None, ...] | None = None,
    inputs: Any = None,
) -> "Comparison":
    """Run an expression on our stack and on a real Keras, and compare what both did.

    `agrees` of what comes back says whether all steps, the end and the outputs are the same.

    Args:
        expression: such as `Dense(64, activation='relu')`.
        engine: `tf_keras` or `keras`; the one that is installed when left out.
        input_shape: the shape of the sample batch, batch size first; None stands for any size.
        inputs: the numbers to call both on instead of a sample.

    Raises:
        RequestError: when the expression is not understood, or no real Keras is installed.
    """
    from densetrace import verification

    real = _real(engine)
    return verification.verify(expression, real, input_shape=input_shape, inputs=inputs)


def verify_suite(*, engine: str | None = None) -> "tuple[Comparison, ...]":
    """Compare each expression of a built-in suite, as `verify` does.

    Raises:
        RequestError: when no real Keras is installed.
    """
    from densetrace import verification
    from densetrace.study.suite import SUITE

    real = _real(engine)
    compared: list[Comparison] = []
    with progress.told("Comparing", lambda: f"{len(compared)} of {len(SUITE)} expressions"):
        for expression in SUITE:
            compared.append(verification.verify(expression, real))
    return tuple(compared)


def _real(name: str | None) -> "Engine":
    """A real Keras to compare with."""
    from densetrace.engines import installed_keras, load

    if name == "densetrace":
        raise RequestError(
            "densetrace is compared with a real Keras, not with itself.",
            "Give --engine tf_keras or --engine keras.",
        )
    return installed_keras() if name is None else load(name)


def names(registry: str | None = None) -> dict[str, dict[str, str]]:
    """What each `get()` can find: for each registry, name -> what it gives.

    Raises:
        RequestError: when there is no such registry.
    """
    from densetrace.keras._registries import REGISTRIES

    if registry is not None and registry not in REGISTRIES:
        raise RequestError(
            f"A registry is one of {', '.join(REGISTRIES)}. Received: {shown(registry)}.",
            did_you_mean(registry, REGISTRIES),
        )
    chosen = REGISTRIES if registry is None else (registry,)
    return {room: dict(REGISTRIES[room]) for room in chosen}
