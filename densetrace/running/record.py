"""Records a run as a trace: its steps, which are also reported, and its outcome."""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from densetrace.data.code import ENTRY, code_value
from densetrace.data.steps import ABSENT, Step, Stop, Where
from densetrace.data.trace import Trace
from densetrace.data.values import Items, Value, text
from densetrace.data.values import Mapping as Dict
from densetrace.data.wording import keywords
from densetrace.recording.introspect import facts_of
from densetrace.recording.recorder import Recorder, recording
from densetrace.recording.snapshot import Labeller, snapshot
from densetrace.recording.source_lines import SourceLines
from densetrace.recording.spans import BATCHES
from densetrace.system import gc_tuning
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError, message_of, shown
from densetrace.system.files import working_folder
from densetrace.system.signals import Terminated

if TYPE_CHECKING:
    from densetrace.engines import Engine
    from densetrace.running.lifecycle import Life, Shapes
    from densetrace.sources.expression.parser import Expression

LONGEST_LINE: Final = 200

MOST_COUNTED: Final = 100
"""Of how many objects an outcome says how often Python ran their `call`."""


@contextmanager
def record_into(
    recorded: Trace,
    lines: SourceLines,
    on_step: Callable[[Step], None] | None,
    max_steps: int | None,
    batches: int | None = BATCHES,
) -> Iterator[Recorder]:
    """Record a `with` block into `recorded`, however the block ends: the first `max_steps` steps,
    and the number of the others; the first `batches` batches of each run in full, None all. Yields
    the recorder."""
    log = _step_logger()

    def report(step: Step, depth: int) -> None:
        if on_step is not None:
            on_step(step)
        if log is not None:
            log(step, depth)

    recorder = Recorder(
        on_step=report if on_step or log else None,
        lines=lines,
        max_steps=max_steps,
        batches=batches,
    )
    try:
        with activity("Recording", lambda: _steps_of(recorder)), recording(recorder):
            yield recorder
    except BaseException as error:
        recorded.outcome |= _stop(error).outcome()
        raise
    finally:
        recorded.make_steps(recorder.steps)
        if lines.files:
            recorded.source[ENTRY] = code_value(lines.files)
        if recorder.fault is not None:
            recorded.outcome["recording_stopped"] = recorder.fault
        if recorder.left_out:
            recorded.outcome["steps_left_out"] = recorder.left_out
        if recorder.too_deep:
            recorded.outcome["steps_too_deep"] = recorder.too_deep
        if recorder.other_threads:
            recorded.outcome["other_threads"] = True
        if recorder.spans.trained:
            recorded.outcome["python_runs"] = _counts(recorder.spans.calls)
            recorded.outcome["batches"] = _counts(recorder.spans.batches)


def _counts(counts: Mapping[str, int]) -> Dict:
    """Counts by name: how often Python ran the `call` of each object, by its label."""
    shown = tuple(counts.items())[:MOST_COUNTED]
    return Dict(shown, len(counts))


def _stop(error: BaseException) -> Stop:
    """The Stop for an exception that ended a run."""
    kind = facts_of(type(error)).name
    if isinstance(error, RequestError):
        return Stop("refused", kind, error.problem, error.hint)
    how = "interrupted" if isinstance(error, KeyboardInterrupt | Terminated) else "raised"
    return Stop(how, kind, message_of(error))


def _steps_of(recorder: Recorder) -> str:
    return f"{len(recorder) + recorder.left_out:,} steps so far"


def _step_logger() -> Callable[[Step, int], None] | None:
    """A function that logs a step to the logger `densetrace`; None unless DEBUG is enabled."""
    if "logging" not in sys.modules:  # the import takes 4 ms; enabling DEBUG needs it
        return None
    import logging

    logger = logging.getLogger("densetrace")
    if not logger.isEnabledFor(logging.DEBUG):
        return None

    def log(step: Step, depth: int) -> None:
        extra = {"kind": step.kind, "point": step.point, "subject": step.subject}
        logger.debug("%s%s", "  " * depth, one_line(step), extra=extra)

    return log


def follow(
    recorded: Trace,
    expression: "Expression",
    engine: "Engine",
    *,
    until: str = "call",
    input_shape: "Shapes | None" = None,
    inputs: Any = None,
    on_step: Callable[[Step], None] | None = None,
    max_steps: int | None = None,
    fit: bool = False,
    batches: int | None = BATCHES,
    weights: list[Any] | None = None,
) -> "Life":
    """Run an expression and record into `recorded` its steps, the last stage, the input shape and
    the outcome. The arguments are those of `densetrace.running.lifecycle.live` and `record_into`.
    """
    from densetrace.running.lifecycle import live

    recorded.source["until"] = until
    line = expression.source.strip()[:LONGEST_LINE]
    lines = SourceLines(Where("<expression>", 1, "<expression>", line), working_folder())
    # The objects of an expression are limited in size, so collecting meanwhile gains nothing.
    with (
        gc_tuning.paused(),
        engine.hooked(),
        record_into(recorded, lines, on_step, max_steps, batches) as recorder,
    ):
        life = live(
            expression, engine, until=until, input_shape=input_shape, inputs=inputs, fit=fit,
            weights=weights,
        )  # fmt: skip
    if until == "new":
        recorded.steps = _until_new(recorded.steps)
    if life.input_shapes:
        shapes = tuple(_all(shape, recorder.label) for shape in life.input_shapes)
        several = Items("list", shapes, len(shapes))
        shape = several if len(shapes) > 1 else shapes[0]
        recorded.source |= {"input_shape": shape, "assumed": life.assumed}
        if inputs is not None:
            recorded.source |= {"given": True}
    if life.training is not None:
        recorded.source |= {"fit": snapshot(life.training.assumptions(), recorder.label)}
    recorded.outcome |= _outcome(life, recorder.label)
    return life


def _until_new(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps up to the last object that was created on the outermost level."""
    created = [index for index, step in enumerate(steps) if step.kind == "new"]
    return steps[: created[-1] + 1] if created else steps


def _outcome(life: "Life", label: Labeller) -> dict[str, Value]:
    """The outcome of a run, as values: the object and its weights, its output, or its error."""
    found: dict[str, object] = {}
    stopped: dict[str, Value] = {}
    subject, error = life.subject, life.error
    if error is not None:
        stopped = _stop(error).outcome()
    if subject is not None:
        found |= {
            "object": subject.name, "class": facts_of(type(subject)).name, "built": subject.built
        }  # fmt: skip
        found |= _weights(subject, label)
        if life.output is not None:
            found["output"] = life.output
    return stopped | _values(found, label)


def _weights(subject: Any, label: Labeller) -> dict[str, Value]:
    """The weights and their number of parameters; empty when the object cannot list them yet."""
    try:
        weights = list(subject.weights) if subject.built else []
    except ValueError:
        return {}  # a model one of whose inner models has no weights yet refuses
    listed = tuple(_weight(weight, label) for weight in weights)
    numbers = sum(math.prod(map(int, weight.shape)) for weight in weights)
    return {"weights": Items("list", listed, len(listed)), "parameters": numbers}


def _weight(weight: Any, label: Labeller) -> Dict:
    shape = _all(map(int, weight.shape), label)
    # In Keras 3 the path has the name of the layer too, and a dtype is its name.
    facts = {"name": getattr(weight, "path", weight.name), "shape": shape}
    dtype = getattr(weight.dtype, "name", weight.dtype)
    facts |= {"dtype": dtype, "trainable": weight.trainable}
    return Dict(tuple(_values(facts, label).items()), len(facts))


def _values(found: Mapping[str, object], label: Labeller) -> dict[str, Value]:
    """Snapshots of objects, which may be a user's."""
    return {name: snapshot(value, label) for name, value in found.items()}


def _all(found: Iterable[object], label: Labeller) -> Items:
    """A tuple of all items, of any length."""
    items = tuple(snapshot(item, label) for item in found)
    return Items("tuple", items, len(items))


def one_line(step: Step) -> str:
    """A step as `get keras.activations.get('relu') -> relu`, always safe to print."""
    inputs = keywords(step.inputs.items(), text)
    subject = f" on {step.subject}" if step.subject else ""
    if step.error is not None:
        end = f" raised {step.error.type}: {step.error.message}"
    elif step.result is ABSENT or step.result is None:
        end = ""
    else:
        end = f" -> {text(step.result)}"
    line = f"{step.kind} {step.point}({inputs}){subject}{end}"
    return shown(line, len(line))
