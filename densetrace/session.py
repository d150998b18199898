"""A run becomes a trace: its steps are recorded, each is reported, and its outcome is told."""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from densetrace import collecting, progress
from densetrace.errors import RequestError, message_of
from densetrace.places import Places
from densetrace.record import Recorder, recording
from densetrace.snapshot import snapshot
from densetrace.trace import Step, Stop, Trace, Where
from densetrace.values import Items, Mapping, Value

if TYPE_CHECKING:
    from densetrace.engines import Engine
    from densetrace.sources.expression import Expression
    from densetrace.sources.lifecycle import Life, Shape

LONGEST_LINE: Final = 200


@contextmanager
def record_into(
    recorded: Trace,
    places: Places,
    on_step: Callable[[Step], None] | None,
    max_steps: int | None,
) -> Iterator[None]:
    """Record a `with` block into `recorded`, which gets its steps however the block ends: the first
    `max_steps` of them, and how many more there were."""
    log = _step_logger()

    def report(step: Step, depth: int) -> None:
        if on_step is not None:
            on_step(step)
        if log is not None:
            log(step, depth)

    recorder = Recorder(
        on_step=report if on_step or log else None, places=places, max_steps=max_steps
    )
    try:
        with progress.told("Recording", lambda: _steps_of(recorder)), recording(recorder):
            yield
    except BaseException as error:
        recorded.outcome |= _stop(error).outcome()
        raise
    finally:
        recorded.make_steps(recorder.steps)
        if recorder.fault is not None:
            recorded.outcome["recording_stopped"] = recorder.fault
        if recorder.left_out:
            recorded.outcome["steps_left_out"] = recorder.left_out


def _stop(error: BaseException) -> Stop:
    """What an exception that ended a run says of it."""
    kind = type(error).__name__
    if isinstance(error, RequestError):
        return Stop("refused", kind, error.problem, error.hint)
    how = "interrupted" if isinstance(error, KeyboardInterrupt) else "raised"
    return Stop(how, kind, message_of(error))


def _steps_of(recorder: Recorder) -> str:
    return f"{len(recorder) + recorder.left_out:,} steps so far"


def _step_logger() -> Callable[[Step, int], None] | None:
    """What writes a step to the logger `densetrace`, or None when nobody listens at DEBUG."""
    if "logging" not in sys.modules:  # it costs 4 ms, and who listens has loaded it
        return None
    import logging

    from densetrace.describe import one_line

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
    input_shape: "Shape | None" = None,
    inputs: Any = None,
    on_step: Callable[[Step], None] | None = None,
    max_steps: int | None = None,
) -> "Life":
    """Record the life of what an expression makes: `recorded` gets its steps, how far it was
    followed, the input shape it met and its outcome. The arguments are those of
    `densetrace.sources.lifecycle.live` and of `record_into`.
    """
    from densetrace.sources.lifecycle import live

    recorded.source["until"] = until
    line = expression.source.strip()[:LONGEST_LINE]
    places = Places(Where("<expression>", 1, "<expression>", line), Path.cwd())
    # What an expression makes is bounded, and leaves no garbage worth looking for while it is made.
    with (
        collecting.paused(),
        engine.hooked(),
        record_into(recorded, places, on_step, max_steps),
    ):
        life = live(expression, engine, until=until, input_shape=input_shape, inputs=inputs)
    if until == "new":
        recorded.steps = _until_new(recorded.steps)
    if life.input_shape is not None:
        shape = Items("tuple", life.input_shape, len(life.input_shape))
        recorded.source |= {"input_shape": shape, "assumed": life.assumed}
    recorded.outcome |= _outcome(life.subject, life.output, life.error)
    return life


def _until_new(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps up to the last object that was made on the outermost level."""
    made = [index for index, step in enumerate(steps) if step.kind == "new"]
    return steps[: made[-1] + 1] if made else steps


def _outcome(subject: Any, output: Any, error: Exception | None) -> dict[str, Value]:
    """What came of a life, as values: the object and its weights, its output, or its error."""
    told: dict[str, Value] = {}
    if error is not None:
        told |= _stop(error).outcome()
    if subject is None:
        return told
    told |= {"object": subject.name, "class": type(subject).__name__, "built": subject.built}
    weights = subject.weights if subject.built else []
    told["weights"] = Items("list", tuple(map(_weight, weights)), len(weights))
    told["parameters"] = sum(math.prod(map(int, weight.shape)) for weight in weights)
    if output is not None:
        told["output"] = snapshot(output, str)
    return told


def _weight(weight: Any) -> Mapping:
    shape = tuple(int(size) for size in weight.shape)
    entries: tuple[tuple[Value, Value], ...] = (
        ("name", weight.name),
        ("shape", Items("tuple", shape, len(shape))),
        ("dtype", weight.dtype.name),
        ("trainable", weight.trainable),
    )
    return Mapping(entries, len(entries))
