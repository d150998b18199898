"""A trace: a tree of steps, each a frozen record of one call in the framework.

A trace holds values (`densetrace.data.values`), never live objects: it outlives its layer, and a
trace written to JSON and read again is equal. docs/trace-format.md documents the JSON form.
"""

from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Self

from densetrace.data.order import Order, in_order
from densetrace.data.schema import KINDS
from densetrace.data.steps import STOPS, Step, Stop, Where
from densetrace.data.values import JSON, Mapping, Value, string_of
from densetrace.system import arguments, gc_tuning


class Trace:
    """A recorded run: where it came from, which stack ran it, how it ended, and its steps.

    `source` describes the input, `engine` the stack that ran it, `outcome` the result; all three
    map names to values. `steps` are the outermost steps, in order.
    """

    __slots__ = ("_make", "_order", "_steps", "engine", "outcome", "source")

    def __init__(
        self,
        source: dict[str, Value] | None = None,
        engine: dict[str, Value] | None = None,
        outcome: dict[str, Value] | None = None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        self.source = {} if source is None else source
        self.engine = {} if engine is None else engine
        self.outcome = {} if outcome is None else outcome
        self.steps = steps

    @property
    def steps(self) -> tuple[Step, ...]:
        """The outermost steps, in order."""
        if self._make is not None:
            self.steps = self._make()
        return self._steps

    @steps.setter
    def steps(self, steps: tuple[Step, ...]) -> None:
        self._steps = steps
        self._order: Order | None = None
        self._make: Callable[[], tuple[Step, ...]] | None = None

    @property
    def order(self) -> "Order":
        """The flat index: every step in order of opening, its parent and its last descendant."""
        steps = self.steps
        if self._order is None:
            self._order = in_order(steps)
        return self._order

    def make_steps(self, make: Callable[[], tuple[Step, ...]]) -> None:
        """Build the steps with `make` when they are first read."""
        self._make = make

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace) or type(other) is not type(self):
            return NotImplemented
        mine = (self.source, self.engine, self.outcome, self.steps)
        return mine == (other.source, other.engine, other.outcome, other.steps)

    def __getstate__(self) -> tuple[None, dict[str, object]]:
        """What is copied and pickled: the fields of the trace, not its index."""
        return None, {
            name: getattr(self, name) for name in ("source", "engine", "outcome", "steps")
        }

    __hash__ = None  # type: ignore[assignment] # it is mutable

    @property
    def keras(self) -> int:
        """Which Keras ran it: 3 for Keras 3, otherwise 2."""
        return generation_of(self.engine.get("name"), self.engine.get("version"))

    @property
    def stop(self) -> Stop | None:
        """What stopped the run before its end; None when nothing did."""
        kind = self.outcome.get("error_type")
        if not isinstance(kind, str):
            return None
        how = self.outcome.get("stopped")
        if not isinstance(how, str) or how not in STOPS:  # in older traces it is missing
            how = "interrupted" if kind == "KeyboardInterrupt" else "raised"
        message, hint = (string_of(self.outcome.get(name)) for name in ("error", "hint"))
        return Stop(how, kind, message, hint, _where_of(self.outcome.get("stopped_at")))

    def walk(self) -> Iterator[Step]:
        """Every step, in the order in which they were opened."""
        yield from self.order.steps

    def find(
        self,
        kind: str | None = None,
        *,
        point: str | None = None,
        subject: str | None = None,
        where: Callable[[Step], bool] | None = None,
    ) -> list[Step]:
        """The steps of this kind, hook point and subject for which `where` returns true; all steps
        without arguments. `point` may be only the last part: `find(point="Dense.build")`.

        Raises:
            ValueError: when `kind` is not a kind of step.
            RequestError: when `point` or `subject` is not a string, or `where` not a function.
        """
        if kind is not None and (not isinstance(kind, str) or kind not in KINDS):
            raise ValueError(f"kind must be one of {', '.join(KINDS)}. Received: kind={kind!r}")
        if point is not None:
            arguments.text("A point is the name of a hook.", point, "point='Dense.build'")
        if subject is not None:
            arguments.text("A subject is the name of an object.", subject, "subject='dense'")
        if where is not None:
            arguments.function("where is a function of a step.", where, "where=lambda step: True")
        return [
            step
            for step in self.walk()
            if (kind is None or step.kind == kind)
            and (point is None or step.point == point or step.point.endswith("." + point))
            and (subject is None or step.subject == subject)
            and (where is None or where(step))
        ]

    def to_json(self) -> JSON:
        """The JSON form: dicts, lists and scalars only."""
        from densetrace.data.json_reader import loads

        return loads(self.dumps())

    @classmethod
    def from_json(cls, form: JSON) -> Self:
        """The trace with this JSON form, of this version or an older one.

        Raises:
            RequestError: when it is not a trace, or one of a newer version.
        """
        from densetrace.data.trace_reader import from_form

        return cls(*from_form(form))

    def dumps(self) -> str:
        """The trace as JSON text with a line for each step, so that files can be compared."""
        return "".join(self.chunks())

    def chunks(self) -> Iterator[str]:
        """The text of `dumps` line by line, to write a long trace piece by piece."""
        from densetrace.data.json_writer import lines

        return lines(self)

    @classmethod
    def loads(cls, document: str) -> Self:
        """The trace written in `document`.

        Raises:
            RequestError: when it is not JSON, not a trace, cut short, or of a newer version.
        """
        arguments.text("A written trace is a string.", document, "Trace.loads(t.dumps())")
        return cls.load_lines(StringIO(document), lambda: document)

    @classmethod
    def load_lines(cls, lines: Iterable[str], whole: Callable[[], str]) -> Self:
        """Read a trace from the lines of a document. Where each step has a line, as densetrace
        writes it, only one line at a time is held as text.

        Args:
            lines: the lines of the document.
            whole: returns the whole document; called when it has another layout.

        Raises:
            RequestError: as `loads`.
        """
        from densetrace.data.trace_reader import from_lines

        with gc_tuning.paused():
            return cls(*from_lines(lines, whole))

    def save(self, path: str | Path) -> None:
        """Write the trace to `path` as JSON (UTF-8); never leaves a partial file. A device or a
        pipe, such as /dev/stdout, is written to directly.

        Raises:
            RequestError: saying why it cannot be written.
        """
        from densetrace.system.files import write_whole

        arguments.path("A trace is saved to a path.", path, "t.save('trace.json')")
        write_whole(path, self.chunks())


def generation_of(name: object, version: object) -> int:
    """3 for Keras 3, by the name and the version of an engine; 2 for every other stack."""
    is_keras_3 = name == "keras" and isinstance(version, str) and version.startswith("3.")
    return 3 if is_keras_3 else 2


def _where_of(value: Value) -> Where | None:
    """The line in an outcome; None when there is none."""
    if not isinstance(value, Mapping):
        return None
    named = {name: held for name, held in value.entries if isinstance(name, str)}
    line = named.get("line")
    if not isinstance(line, int) or line < 1:
        return None
    return Where(
        string_of(named.get("file")), line, *map(string_of, map(named.get, ("function", "text")))
    )
