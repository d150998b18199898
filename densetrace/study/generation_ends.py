"""How the runs of Keras 2 and Keras 3 ended, if one of them stopped early: what was rejected,
where, and with which exception."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from densetrace.data.steps import Step, Stop
from densetrace.data.trace import Trace
from densetrace.data.values import Value
from densetrace.data.wording import name_of
from densetrace.system.escape import shortened

LONGEST_MESSAGE: Final = 300


@dataclass(frozen=True, slots=True)
class Sentence:
    """One change: its topic, what is so in Keras 3, and the steps of both traces that show it."""

    topic: str
    text: str
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class _End:
    """How a run stopped: `rejected` is the argument that the exception names, such as `units=4.5`,
    or empty; `step` is the outermost step that raised the exception, if one did."""

    engine: str
    stop: Stop
    rejected: str
    step: Step | None

    @property
    def exception(self) -> str:
        message = " ".join(self.stop.message.split()).rstrip(".")
        kind = self.stop.type
        return f"{kind}: {shortened(message, LONGEST_MESSAGE)}" if message else kind

    @property
    def place(self) -> str:
        """Such as ` in Dense.build`; empty where no step raised."""
        return "" if self.step is None else f" in {'.'.join(self.step.point.split('.')[-2:])}"

    @property
    def text(self) -> str:
        """The sentence on this run alone, without its last point."""
        if self.stop.how != "raised":
            return f"The run of {self.engine} was {self.stop.how}: {self.exception}"
        if self.rejected:
            return f"{self.engine} rejects {self.rejected}: {self.exception}"
        return f"{self.engine} raises an exception{self.place}: {self.exception}"


def ended(older: Trace, newer: Trace) -> Sentence | None:
    """The sentence on how the runs ended; None if both reached their end."""
    before, after = _end("Keras 2", older), _end("Keras 3", newer)
    steps = [(end.step,) if end is not None and end.step else () for end in (before, after)]
    if before is not None and after is not None:
        return Sentence("exception", _of_both(before, after), steps[0], steps[1])
    end = before or after
    if end is None:
        return None
    other = "Keras 3" if before else "Keras 2"
    rest = f"{other} accepts it." if end.rejected else f"{other} reaches the end."
    return Sentence("exception", f"{end.text}. {rest}", steps[0], steps[1])


def _of_both(before: _End, after: _End) -> str:
    if before.stop.how != "raised" or after.stop.how != "raised":
        return f"{before.text}. {after.text}."
    if before.rejected and before.rejected == after.rejected:
        subject = f"Both reject {before.rejected}"
    else:
        subject = f"Both raise an exception{before.place if before.place == after.place else ''}"
    if before.exception == after.exception:
        return f"{subject}: {before.exception}."
    return f"{subject}. Keras 2: {before.exception}. Keras 3: {after.exception}."


def _end(engine: str, trace: Trace) -> _End | None:
    stop = trace.stop
    if stop is None:
        return None
    raising = [
        step
        for step in trace.order.steps
        if step.error is not None
        and (step.error.type, step.error.message) == (stop.type, stop.message)
    ]
    created = (step for step in raising if step.kind == "init")
    rejected = next(filter(None, (_rejected(step, stop.message) for step in created)), "")
    # A decorator passes an exception on: the function that it wraps is the place.
    places = [step for step in raising if step.kind != "layout"]
    return _End(engine, stop, rejected, places[0] if places else None)


def _rejected(step: Step, message: str) -> str:
    """The one argument of a construction whose name or value is in the message; empty where that is
    not clear."""
    words = frozenset(_words(message))
    given = {name: value for name, value in step.inputs.items() if value is not None}
    by_name = [name for name in given if name in words]
    by_value = [name for name, value in given.items() if _is_in(value, words)]
    for found in ([name for name in by_name if name in by_value], by_name, by_value):
        if len(found) == 1:
            return f"{found[0]}={name_of(given[found[0]])}"
    return ""


def _is_in(value: Value, words: frozenset[str]) -> bool:
    is_word = isinstance(value, str | int | float) and not isinstance(value, bool)
    return is_word and str(value) in words


_WORD: Final = re.compile(r"[\w.+-]+")


def _words(message: str) -> Iterator[str]:
    for found in _WORD.finditer(message):
        yield found[0]
        yield found[0].strip(".")
