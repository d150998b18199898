"""The steps of a run, as the asserts of a lesson select them.

step("get", registry="activations").result == "relu"
len(steps("add_weight", inside="build")) == 2
step("layout") < step("init", of="Dense")
"""

from typing import Any, Final

from densetrace.data.schema import KINDS
from densetrace.data.steps import ABSENT, Error, Step, Where
from densetrace.data.trace import Trace
from densetrace.data.values import Class, Function, Items, Mapping, Record, Scalar, Value
from densetrace.data.wording import LONGEST_VALUE, in_sentence, joined
from densetrace.system.errors import did_you_mean, quoted, shown

MAX_LISTED: Final = 6
"""The most values that a message lists."""

_COLLECTIONS: Final = {"tuple": tuple, "set": set, "frozenset": frozenset}
_OWN: Final = ("result", "error", "where", "subject", "point", "kind")


class NoSuchStep(LookupError):  # noqa: N818 # its message is the answer "no such step"
    """The run has no step that matches an assert."""


class SeenStep:
    """A step whose inputs, facts, `result`, `error`, `where`, `subject` and `point` are attributes.

    Values are plain Python where possible: a list is a list, a function or class its name. Objects
    and tensors stay records (`.cls`, `.config`; `.shape`, `.dtype`). Append an underscore to names
    that Python reserves: `class_`. An earlier step is less than a later one.
    """

    def __init__(self, step: Step, position: int) -> None:
        self._step = step
        self._position = position

    def __getattr__(self, name: str) -> Any:
        step, name = self._step, name.removesuffix("_")
        for fields in (step.inputs, step.facts):
            if name in fields:
                return plain(fields[name])
        value = getattr(step, name) if name in _OWN else ABSENT
        if value is ABSENT:
            hint = did_you_mean(name, (*step.inputs, *step.facts, *_OWN))
            raise AttributeError(f"{self} has no {shown(name)}. {hint}".rstrip())
        return value if isinstance(value, Error | Where) else plain(value)

    def __lt__(self, other: "SeenStep") -> bool:
        return self._position < other._position

    def __repr__(self) -> str:
        return f"step {self._step.id + 1} ({self._step.point})"


class SeenSteps:
    """The functions `step`, `last` and `steps` for one run.

    `named` collects the steps that they returned, without those that were only passed as `inside`.
    """

    def __init__(self, trace: Trace) -> None:
        self._order = trace.order
        self.named: dict[int, Step] = {}

    def steps(self, kind: str, /, **asked: Any) -> list[SeenStep]:
        """The steps of a kind, in order, filtered by `asked`.

        Args:
            kind: such as `get`.
            **asked: values of fields, by name. `source` is a part of the source line that caused
                the step; `inside` is what it is inside of: a kind, a step, or several steps.

        Raises:
            ValueError: if there is no such kind.
        """
        return self._name(self._found(kind, **asked))

    def step(self, kind: str, /, **asked: Any) -> SeenStep:
        """The first such step.

        Raises:
            NoSuchStep: if there is none, with the steps there are.
        """
        return self._name(self._matching(kind, asked)[:1])[0]

    def last(self, kind: str, /, **asked: Any) -> SeenStep:
        """The last such step.

        Raises:
            NoSuchStep: if there is none, with the steps there are.
        """
        return self._name(self._matching(kind, asked)[-1:])[0]

    def _name(self, seen: list[SeenStep]) -> list[SeenStep]:
        self.named |= {one._position: one._step for one in seen}
        return seen

    def _found(
        self,
        kind: str,
        *,
        inside: Any = None,
        source: str = "",
        **fields: object,
    ) -> list[SeenStep]:
        if kind not in KINDS:
            hint = did_you_mean(str(kind), KINDS) or f"Kinds: {', '.join(KINDS)}."
            raise ValueError(f"There is no kind of step called {quoted(str(kind))}. {hint}")
        if isinstance(inside, SeenStep):
            inside = [inside]
        elif isinstance(inside, str):
            inside = self._found(inside)
        outer = None if inside is None else {one._position for one in inside}
        for position in outer or ():
            self.named.pop(position, None)
        found: list[SeenStep] = []
        end = 0  # where the last of the outer steps so far ends
        for position, step in enumerate(self._order.steps):
            seen = SeenStep(step, position)
            if (
                step.kind == kind
                and (outer is None or position < end)
                and (not source or (step.where is not None and source in step.where.text))
                and all(getattr(seen, name, ABSENT) == held for name, held in fields.items())
            ):
                found.append(seen)
            if outer and position in outer:
                end = max(end, self._order.ends[position])
        return found

    def _matching(self, kind: str, asked: dict[str, Any]) -> list[SeenStep]:
        found = self._found(kind, **asked)
        if found:
            return found
        of_kind = self._found(kind)
        if not of_kind:
            raise NoSuchStep(f"no {kind} step")
        field = next((name for name in asked if name not in ("inside", "source")), None)
        if field is None:
            raise NoSuchStep(f"no such step among {len(of_kind)} of kind {kind}")
        values = list(dict.fromkeys(worded(getattr(one, field, ABSENT)) for one in of_kind))
        more = " and others" if len(values) > MAX_LISTED else ""
        raise NoSuchStep(f"no such step; {field} is {joined(values[:MAX_LISTED])}{more}")


def plain(value: Value) -> object:
    """A value as plain Python, where possible."""
    match value:
        case Function(name) | Class(name):
            return name
        case Items(kind, items):
            return _COLLECTIONS.get(kind, list)(map(plain, items))
        case Mapping(pairs):
            return {plain(key): plain(item) for key, item in pairs}
    return value


def worded(value: object) -> str:
    """A value in words, as trees show it; steps by number and hook point."""
    match value:
        case dict():
            return (
                f"{{{', '.join(f'{worded(key)}: {worded(item)}' for key, item in value.items())}}}"
            )
        case tuple((only,)):
            return f"({worded(only)},)"
        case tuple():
            return f"({', '.join(map(worded, value))})"
        case list():
            return f"[{', '.join(map(worded, value))}]"
        case set() | frozenset() if value:
            return f"{{{', '.join(sorted(map(worded, value)))}}}"
        case _ if value is ABSENT:
            return "not there"
    return (
        in_sentence(value)
        if isinstance(value, Scalar | Record)
        else shown(repr(value), LONGEST_VALUE)
    )
