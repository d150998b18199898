"""The public functions: record a trace, load one, run and compare.

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
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, TypeAlias

from densetrace.data.steps import Step
from densetrace.data.trace import Trace as RecordedTrace
from densetrace.data.values import Value, counted
from densetrace.sources.expression.limits import LARGEST_SEED, MOST_STEPS
from densetrace.system import arguments, file_input, streams
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError, did_you_mean, shown

Batches: TypeAlias = int | Literal["all"]
"""How many batches of each training run to record in full."""

BATCHES: Final = 1
"""By default, the first batch of each training run is recorded in full."""

if TYPE_CHECKING:
    from densetrace.kinds.kind import Level
    from densetrace.render.shown import Page, Shown
    from densetrace.running.lifecycle import Shapes
    from densetrace.study.generated.draw import Case
    from densetrace.study.proof import Report, Result
    from densetrace.study.provenance import Provenance
    from densetrace.study.verify import Comparison


class Trace(RecordedTrace):
    """A recorded run, with its renderings and questions."""

    __slots__ = ("_provenance",)

    _provenance: "Provenance"
    """The provenance of values, cached by the first `why` for later ones."""

    def tree(self, level: "Level" = "author", width: int = 80) -> "Shown":
        """Return the annotated tree as text. A REPL prints it, a notebook shows it with styles.

        Args:
            level: user, author or framework.
            width: the number of columns.
        """
        from densetrace.render.outline import View
        from densetrace.render.shown import Shown
        from densetrace.render.tree import Tree

        return Shown.of(Tree(self, View(level)).lines(_width(width)))

    def plain(self, level: "Level" = "author") -> str:
        """Return the trace as flat, labelled lines for screen readers."""
        from densetrace.render.plain import render_text

        return render_text(self, level=level)

    def why(self, target: str, width: int = 80) -> "Shown":
        """Explain where `target` (`kernel`, `dense_1.kernel`, `output.shape`) comes from: return
        the shortest chain of steps to it, as text.

        Raises:
            RequestError: when the trace has no such target.
        """
        from densetrace.render.shown import Shown
        from densetrace.render.why import lines
        from densetrace.study.provenance import Provenance
        from densetrace.study.why import why

        arguments.text("A target is the name of something recorded.", target, "t.why('kernel')")
        known = getattr(self, "_provenance", None)
        if known is None or not known.belongs_to(self):
            known = self._provenance = Provenance.of(self)
        return Shown.of(lines(self, why(self, target, known), _width(width)))

    def diff(self, other: RecordedTrace, width: int = 80) -> "Shown":
        """Return the differences between this trace and another, side by side, as text. For one of
        Keras 2 and one of Keras 3: what changed between them."""
        from densetrace.render import diff as of_traces
        from densetrace.render import generations as of_generations
        from densetrace.render.shown import Shown
        from densetrace.study.diff import diff
        from densetrace.study.generations import generations

        columns = _width(width)
        changed = generations(self, _other(other))
        if changed is not None:
            return Shown.of(of_generations.lines(changed, columns))
        return Shown.of(of_traces.lines(diff(self, other), columns))

    def diff_html(self, other: RecordedTrace) -> "Page":
        """Return the differences between this trace and another as a page: one HTML file with both
        side by side. A notebook shows it in a frame."""
        from densetrace.render.diff_html import changes_chunks, chunks
        from densetrace.render.shown import Page
        from densetrace.study.diff import diff
        from densetrace.study.generations import generations

        changed = generations(self, _other(other))
        pieces = chunks(diff(self, other)) if changed is None else changes_chunks(changed)
        return Page("".join(pieces))

    def html(self, level: "Level" = "author") -> "Page":
        """Return a page to step through the trace in a browser: one HTML file. A notebook shows it
        in a frame."""
        from densetrace.render.html import render_html
        from densetrace.render.outline import View
        from densetrace.render.shown import Page

        return Page(render_html(self, View(level)))

    def svg(self, level: "Level" = "author", width: int = 80) -> str:
        """Return a picture of the tree, `width` columns wide, as an SVG document."""
        from densetrace.render.outline import View
        from densetrace.render.svg import render_svg

        return render_svg(self, View(level), _width(width))

    def markdown(self, level: "Level" = "author", width: int = 80) -> str:
        """Return the tree as Markdown, `width` columns wide, for a report or an issue."""
        from densetrace.render.markdown import render_markdown
        from densetrace.render.outline import View

        return render_markdown(self, View(level), _width(width))

    def chrome(self) -> str:
        """Return the trace as Chrome trace events, for Perfetto and chrome://tracing."""
        from densetrace.render.chrome import render_chrome

        return render_chrome(self)

    def __repr__(self) -> str:
        from densetrace.render.phases import source_text

        count = len(self.order.steps)
        about = f" of {source_text(self)}" if "text" in self.source else ""
        return f"<Trace{about}: {counted(count, 'step')}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The forms of the trace for a notebook."""
        from densetrace.render.notebook import mimebundle

        return mimebundle(self)

    def _mime_(self) -> tuple[str, str]:
        """The form of the trace for marimo."""
        from densetrace.render.html_fragment import render_fragment

        return "text/html", render_fragment(self)


def _width(given: int) -> int:
    return arguments.number("A width is a number of columns, from 1.", given, "width=80", least=1)


def _other(given: RecordedTrace) -> RecordedTrace:
    if not isinstance(given, RecordedTrace):
        raise arguments.refusal(
            "A trace is compared with another trace.", given, "t.diff(densetrace.load('t.json'))"
        )
    return given


@contextmanager
def trace(
    *,
    engine: str = "densetrace",
    on_step: Callable[[Step], None] | None = None,
    max_steps: int | None = None,
    batches: Batches = BATCHES,
) -> Iterator[Trace]:
    """Record every step of the layers that you create, build and call in a `with` block.

    The trace is complete when the block ends, even if an exception ends it. Only the current
    thread and async task are recorded. Each step is also logged: to the logger `densetrace`, at
    level DEBUG, with `kind`, `point` and `subject` as extra fields.

    Args:
        engine: the stack to record: `densetrace`, or an installed Keras, `tf_keras` or `keras`,
            which is hooked during the block.
        on_step: called with each step when it ends, so inner steps come before their parents.
        max_steps: record this many steps and only count the others, in
            `outcome["steps_left_out"]`; None records all.
        batches: how many batches of each training run to record in full, or "all". Each later
            batch is one step, with its loss and its metrics.

    Raises:
        RequestError: when the engine is unknown, or not installed, or `batches` is neither a
            number from 0 nor "all".
    """
    from densetrace.engines import load
    from densetrace.recording import cells
    from densetrace.recording.tracebacks import hide_own_frames
    from densetrace.running.record import record_into

    full = _in_full(batches)
    _check_recording(on_step, max_steps)
    stack = load(engine)
    recorded = Trace({"kind": "python"}, stack.describe())
    caller = sys._getframe(2)  # beyond contextlib's __enter__
    if cells.is_cell(caller):
        from densetrace.render.notebook import show_after_cell

        recorded.source["file"] = cells.cell_name(caller.f_code.co_filename)
        show_after_cell(recorded, cells.shell())
    with stack.hooked(), record_into(recorded, cells.source_lines(), on_step, max_steps, full):
        try:
            yield recorded
        except Exception as error:
            if cells.shell() is not None:
                hide_own_frames(error)
            raise


def _check_recording(on_step: object, max_steps: object) -> None:
    """Refuse an `on_step` that cannot be called, and a wrong `max_steps`."""
    if on_step is not None:
        arguments.function("on_step is a function of a step.", on_step, "on_step=print")
    if max_steps is not None:
        arguments.number(
            "max_steps is a whole number from 0, or None for all.", max_steps, "max_steps=1000"
        )


def _in_full(batches: Batches) -> int | None:
    """How many batches are recorded in full; None is all.

    Raises:
        RequestError: when it is neither a number from 0 nor "all".
    """
    if isinstance(batches, str) and batches == "all":
        return None
    if type(batches) is not int or batches < 0:
        raise RequestError(
            "The batches to record in full are a number from 0, or all. "
            f"Received: {arguments.received(batches)}.",
            "Such as: batches=3, or on the command line --batches all.",
        )
    return batches


def load(path: str | Path) -> Trace:
    """Load a trace from a file or a pipe of at most 500,000,000 bytes.

    Raises:
        RequestError: when the file cannot be read, or is not a trace that this version reads.
    """
    arguments.path("A trace is loaded from a path.", path, "densetrace.load('t.json')")
    reading = activity(f"Reading {shown(Path(path).name, 30)}")  # without folders
    with reading, file_input.opened_text(path, file_input.TRACE) as document:
        return Trace.load_lines(document, lambda: _whole(document))


def _whole(document: TextIO) -> str:
    document.seek(0)
    return document.read()


def explain(
    expression: str,
    *,
    input_shape: "Shapes | None" = None,
    inputs: Any = None,
    until: str | None = None,
    seed: int | None = None,
    engine: str = "densetrace",
    on_step: Callable[[Step], None] | None = None,
    max_steps: int | None = MOST_STEPS,
    fit: bool = False,
    batches: Batches = BATCHES,
) -> Trace:
    """Trace an expression: construct the object, call it once on a sample batch, and with `fit`
    train it on that batch.

    An exception in the layer ends the trace early, and so does a limit, for example if a layer is
    too large to build. The trace's `stop` then has the cause.

    Args:
        expression: such as `Dense(64, activation='relu')`.
        input_shape: the shape of the input batch, batch size first; None stands for any size. A
            list of shapes for a layer that takes several inputs.
        inputs: numbers to call the object on, instead of a sample; a tuple of several inputs.
        until: the last stage to run: new, init, build or call.
        seed: the seed for random numbers, such as the initial weights.
        engine: the stack to run it on.
        on_step: called with each step when it ends.
        max_steps: record this many steps and only count the others; None records all.
        fit: also train the object for one batch, and record this training step.
        batches: as in `trace`.

    Raises:
        RequestError: when the expression or another argument is invalid, or is refused before its
            first step.
    """
    from densetrace.sources.expression.parser import parse

    parsed = parse(expression)
    from densetrace.engines import load
    from densetrace.running.lifecycle import STAGES
    from densetrace.running.record import follow

    stage = STAGES[-1] if until is None else until
    if not isinstance(stage, str) or stage not in STAGES:
        raise RequestError(
            f"The last stage must be one of {', '.join(STAGES)}. "
            f"Received: {arguments.received(stage)}.",
            did_you_mean(arguments.word(stage), STAGES),
        )
    _check_fit(fit)
    _check_recording(on_step, max_steps)
    if fit and stage != STAGES[-1]:
        raise RequestError(
            f"Training needs a layer that is built and called. Received: until={stage} with fit.",
            "Leave out one of --until and --fit.",
        )
    full = _in_full(batches)
    stack = load(engine)
    stack.clear_session()
    if seed is not None:
        rule = f"A seed is a whole number from 0 to {LARGEST_SEED}."
        seed = arguments.number(rule, seed, "seed=7")
        if seed > LARGEST_SEED:
            raise arguments.refusal(rule, seed, "seed=7")
        stack.set_seed(seed)
    recorded = Trace({"kind": "expression", "text": expression.strip()}, stack.describe())
    if seed is not None:
        recorded.source["seed"] = seed
    try:
        follow(
            recorded, parsed, stack,
            until=stage, input_shape=input_shape, inputs=inputs, on_step=on_step,
            max_steps=max_steps, fit=fit, batches=full,
        )  # fmt: skip
    except RequestError:
        if not recorded.steps:
            raise
    return recorded


def _check_fit(fit: object) -> None:
    if not isinstance(fit, bool):
        raise arguments.refusal("fit is True or False.", fit, "fit=True")


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """The trace of a script, its exit code, and its message for standard error.

    `read_arguments` is False if the script had arguments and did not read them.
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
    batches: Batches = BATCHES,
) -> ScriptRun:
    """Run a Keras script and trace it. Its output is not redirected.

    If the script stops early, the trace has all steps up to that point, and its `stop` has the
    cause and the line: an exception, a name that densetrace lacks (exit code 2), or Ctrl-C (130).

    Args:
        path: the script.
        args: its arguments, `sys.argv[1:]`.
        engine: the stack to run it on; `densetrace` replaces TensorFlow and Keras.
        on_step: called with each step when it ends.
        max_steps: record this many steps and only count the others; None records all.
        batches: as in `trace`.

    Raises:
        RequestError: when the script cannot be read, the engine is unknown, or `batches` is not a
            number from 0 or "all".
    """
    from densetrace.engines import load
    from densetrace.recording.source_lines import SourceLines
    from densetrace.running.record import record_into
    from densetrace.sources.script.script import Script, ScriptOutcome, run_script
    from densetrace.system import gc_tuning
    from densetrace.system.signals import Terminated

    full = _in_full(batches)
    _check_recording(on_step, max_steps)
    arguments.path("A script is run from a path.", path, "densetrace.run('lesson.py')")
    given = [] if args is None else args
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise arguments.refusal(
            "The arguments of a script are a list of strings.", args, "args=['--epochs', '3']"
        )
    script = Script.load(path)
    stack = load(engine)
    stack.clear_session()
    gc_tuning.as_usual()
    source: dict[str, Value] = {"kind": "script", "text": Path(script.path).name}
    recorded = Trace(source, stack.describe())
    source_lines = SourceLines(home=script.file.parent)
    recording = record_into(recorded, source_lines, on_step, max_steps, full)
    with streams.copied(), stack.hooked(), recording:
        try:
            ended = run_script(script, given, stack)
        except (KeyboardInterrupt, Terminated) as interrupt:
            ended = ScriptOutcome.stopped(interrupt, source_lines, script)
    recorded.outcome |= {"exit_code": ended.code}
    if ended.other_processes:
        recorded.outcome["other_processes"] = True
    if ended.stop is not None:
        recorded.outcome |= ended.stop.outcome()
    return ScriptRun(recorded, ended.code, ended.message, ended.read_arguments)


def verify(
    expression: str,
    *,
    engine: str | None = None,
    input_shape: "Shapes | None" = None,
    inputs: Any = None,
    fit: bool = False,
) -> "Comparison":
    """Run an expression on densetrace and on a real Keras, and compare both traces.

    The result's `agrees` says whether all steps, the errors and the outputs are the same.

    Args:
        expression: such as `Dense(64, activation='relu')`.
        engine: `tf_keras` or `keras`; by default the one that is installed.
        input_shape: the shape of the input batch, batch size first; None stands for any size. A
            list of shapes for a layer that takes several inputs.
        inputs: numbers to call both on, instead of a sample; a tuple of several inputs.
        fit: also train both for one batch, from the same weights, and compare the results.

    Raises:
        RequestError: when the expression is invalid, or no real Keras is installed.
    """
    from densetrace import verification

    _check_fit(fit)
    real = verification.real_keras(engine)
    return verification.of_expression(expression, real, input_shape, inputs, fit)


def verify_suite(*, engine: str | None = None) -> "tuple[Comparison, ...]":
    """Compare each expression of a built-in suite, as `verify` does.

    Raises:
        RequestError: when no real Keras is installed.
    """
    from densetrace import verification

    return verification.of_suite(verification.real_keras(engine))


def verify_generated(
    count: int,
    *,
    seed: int = 0,
    first: int = 0,
    engine: str | None = None,
    jobs: int = 1,
) -> "Report":
    """Compare generated scripts with a real Keras, step by step and number by number: single
    layers, models, custom layers and training runs. With Keras 3, whose steps are different, only
    the results are compared; what Keras 3 does differently on purpose is stated.

    Args:
        count: how many cases. Case 7 of a seed is the same in every run.
        seed: decides all cases, from 0.
        first: the number of the first case.
        engine: `tf_keras` or `keras`; by default the Keras 2 that is installed.
        jobs: how many processes share the work. Each loads TensorFlow.

    Raises:
        RequestError: when a number is out of its range, no real Keras is installed, or a process
            ends before its work is done.
    """
    from densetrace import verification

    return verification.of_generated(count, seed, first, engine, jobs)


def verify_case(
    number: int, *, seed: int = 0, engine: str | None = None
) -> "tuple[Case, Comparison, Result]":
    """Compare one generated case: returns the case, the comparison of its traces, and the result.
    With Keras 3 no steps are compared.

    Raises:
        RequestError: when a number is out of its range, or no real Keras is installed.
    """
    from densetrace import verification

    return verification.of_case(number, seed, engine)


def names(registry: str | None = None) -> dict[str, dict[str, str]]:
    """Return all layers, and the names that each lookup, such as `activations.get`, accepts: a
    dict from registry to a dict from name to object.

    Raises:
        RequestError: when the registry is unknown.
    """
    from densetrace.data.names import listed, results

    if registry is not None and (not isinstance(registry, str) or registry not in listed()):
        raise RequestError(
            f"A registry is one of {', '.join(listed())}. "
            f"Received: {arguments.received(registry)}.",
            did_you_mean(arguments.word(registry), listed()),
        )
    chosen = listed() if registry is None else (registry,)
    return {one: results(one) for one in chosen}
