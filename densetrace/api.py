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
from typing import TYPE_CHECKING, Any, Final

from densetrace.errors import RequestError, did_you_mean, shown
from densetrace.trace import Step, Where
from densetrace.trace import Trace as RecordedTrace
from densetrace.values import Items, Mapping, Value

if TYPE_CHECKING:
    from densetrace.render.outline import Level

ENGINES: Final = ("densetrace",)
REGISTRIES: Final = (
    "activations",
    "initializers",
    "regularizers",
    "constraints",
    "optimizers",
    "losses",
    "metrics",
)


class Trace(RecordedTrace):
    """A recorded run, and what may be asked of it."""

    __slots__ = ()

    def tree(self, level: "Level" = "author", width: int = 80) -> str:
        """The annotated tree as text, `width` columns wide, at level user, author or framework."""
        from densetrace.render.tree import render_text

        return render_text(self, level=level, width=width)

    def plain(self, level: "Level" = "author") -> str:
        """The trace as flat, labelled lines, which a screen reader reads well."""
        from densetrace.render.plain import render_text

        return render_text(self, level=level)


@contextmanager
def trace(*, on_step: Callable[[Step], None] | None = None) -> Iterator[Trace]:
    """Record every step of the layers that are made, built and called in a `with` block.

    The trace is complete once the block has ended, also when it ended by an exception. Only this
    thread and async task are recorded. Each step is also a record of the logger `densetrace` at
    level DEBUG, with `kind`, `point` and `subject` as extra fields.

    Args:
        on_step: called with each step as it closes, inner steps before the steps that hold them.
    """
    from densetrace.places import Places

    recorded = Trace({"kind": "python"}, _engine())
    with _record(recorded, Places(home=Path.cwd()), on_step):
        yield recorded


def load(path: str | Path) -> Trace:
    """The trace saved in a file.

    Raises:
        RequestError: when the file cannot be read, or is not a trace that this version reads.
    """
    try:
        document = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        problem = error.strerror or str(error)
        raise RequestError(f"Cannot read {shown(str(path))}: {problem}.") from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{shown(str(path))} is not a trace: it is not UTF-8 text.") from error
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
) -> Trace:
    """The trace of an expression: constructed, then called once on a sample batch.

    What the layer itself raises ends the trace: `outcome` then has `error_type` and `error`.

    Args:
        expression: such as `Dense(64, activation='relu')`.
        input_shape: the shape of the sample batch, batch size first; None stands for any size.
        inputs: the numbers to call it on instead of a sample.
        until: the last stage to reach: new, init, build or call.
        seed: repeats the random initial weights.
        engine: the stack to run it on.
        on_step: called with each step as it closes.

    Raises:
        RequestError: when the expression or another argument is not understood.
    """
    if engine not in ENGINES:
        raise RequestError(
            f"The engine must be one of {', '.join(ENGINES)}. Received: {shown(engine)}.",
            did_you_mean(engine, ENGINES),
        )
    from densetrace.places import Places
    from densetrace.sources.expression import parse

    parsed = parse(expression)
    from densetrace.keras import backend, utils
    from densetrace.sources.lifecycle import STAGES, live

    stage = until or STAGES[-1]
    if stage not in STAGES:
        raise RequestError(
            f"The last stage must be one of {', '.join(STAGES)}. Received: {shown(stage)}.",
            did_you_mean(stage, STAGES),
        )
    backend.clear_session()
    if seed is not None:
        utils.set_random_seed(seed)
    text = expression.strip()
    recorded = Trace({"kind": "expression", "text": text}, _engine())
    places = Places(Where("<expression>", 1, "<expression>", text[:200]), Path.cwd())
    with _record(recorded, places, on_step):
        life = live(parsed, until=stage, input_shape=input_shape, inputs=inputs)
    if stage == "new":
        recorded.steps = _until_new(recorded.steps)
    recorded.source["until"] = stage
    if seed is not None:
        recorded.source["seed"] = seed
    if life.input_shape is not None:
        shape = Items("tuple", life.input_shape, len(life.input_shape))
        recorded.source |= {"input_shape": shape, "assumed": life.assumed}
    recorded.outcome = _outcome(life.subject, life.output, life.error)
    return recorded


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """A script's trace, its exit code, and what belongs on standard error."""

    trace: Trace
    exit_code: int
    message: str


def run(
    path: str | Path, args: list[str] | None = None, on_step: Callable[[Step], None] | None = None
) -> ScriptRun:
    """Run a Keras script on this stack, traced. Its prints go where it sends them.

    Raises:
        RequestError: when the script cannot be read, or uses what densetrace does not provide.
        KeyboardInterrupt: when it was interrupted.
    """
    from densetrace.keras import backend
    from densetrace.places import Places
    from densetrace.sources.script import Script, run_script

    script = Script.load(path)
    backend.clear_session()
    source: dict[str, Value] = {"kind": "script", "text": Path(script.path).name}
    recorded = Trace(source, _engine())
    with _record(recorded, Places(home=script.file.parent), on_step):
        ended = run_script(script, args or [])
    recorded.outcome = {"exit_code": ended.code}
    if ended.error is not None:
        recorded.outcome |= {"error_type": ended.error.type, "error": ended.error.message}
    message = ended.error.traceback if ended.error else ended.message
    return ScriptRun(recorded, ended.code, message)


def names(registry: str | None = None) -> dict[str, dict[str, str]]:
    """What each `get()` can find: for each registry, name -> what it gives.

    Raises:
        RequestError: when there is no such registry.
    """
    if registry is not None and registry not in REGISTRIES:
        raise RequestError(
            f"A registry is one of {', '.join(REGISTRIES)}. Received: {shown(registry)}.",
            did_you_mean(registry, REGISTRIES),
        )
    from densetrace import keras

    chosen = REGISTRIES if registry is None else (registry,)
    return {
        room: {name: _name_of(value) for name, value in getattr(keras, room).names().items()}
        for room in chosen
    }


def _name_of(value: Any) -> str:
    return getattr(value, "__name__", None) or type(value).__name__


def _engine() -> dict[str, Value]:
    from densetrace import __version__

    return {"name": "densetrace", "version": __version__, "follows": "Keras 2.14"}


@contextmanager
def _record(recorded: Trace, places: Any, on_step: Callable[[Step], None] | None) -> Iterator[None]:
    """Record a `with` block into `recorded`, which gets its steps however the block ends."""
    from densetrace.record import Recorder, recording

    log = _step_logger()

    def report(step: Step, depth: int) -> None:
        if on_step is not None:
            on_step(step)
        if log is not None:
            log(step, depth)

    recorder = Recorder(on_step=report if on_step or log else None, places=places)
    try:
        with recording(recorder):
            yield
    finally:
        recorded.steps = recorder.steps()
        if recorder.fault is not None:
            recorded.outcome["recording_stopped"] = recorder.fault
        error = sys.exc_info()[1]
        if error is not None:
            recorded.outcome["error_type"] = type(error).__name__


def _step_logger() -> Callable[[Step, int], None] | None:
    """What writes a step to the logger `densetrace`, or None when nobody listens at DEBUG."""
    import logging

    from densetrace.describe import one_line

    logger = logging.getLogger("densetrace")
    if not logger.isEnabledFor(logging.DEBUG):
        return None

    def log(step: Step, depth: int) -> None:
        extra = {"kind": step.kind, "point": step.point, "subject": step.subject}
        logger.debug("%s%s", "  " * depth, one_line(step), extra=extra)

    return log


def _until_new(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps up to the last object that was made on the outermost level."""
    made = [index for index, step in enumerate(steps) if step.kind == "new"]
    return steps[: made[-1] + 1] if made else steps


def _outcome(subject: Any, output: Any, error: Exception | None) -> dict[str, Value]:
    """What came of a life, as values."""
    from densetrace.snapshot import snapshot

    outcome: dict[str, Value] = {}
    if error is not None:
        outcome |= {"error_type": type(error).__name__, "error": snapshot(_text(error), str)}
    if subject is None:
        return outcome
    outcome |= {"object": subject.name, "class": type(subject).__name__, "built": subject.built}
    weights = subject.weights if subject.built else []
    outcome["weights"] = Items("list", tuple(map(_weight, weights)), len(weights))
    outcome["parameters"] = sum(int(weight.value.size) for weight in weights)
    if output is not None:
        outcome["output"] = snapshot(output, str)
    return outcome


def _weight(weight: Any) -> Mapping:
    shape = tuple(int(size) for size in weight.shape)
    entries: tuple[tuple[Value, Value], ...] = (
        ("name", weight.name),
        ("shape", Items("tuple", shape, len(shape))),
        ("dtype", weight.dtype.name),
        ("trainable", weight.trainable),
    )
    return Mapping(entries, len(entries))


def _text(error: Exception) -> str:
    try:
        return str(error)
    except Exception:
        return "(its message cannot be read)"
