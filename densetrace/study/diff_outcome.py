"""The outcomes of the two sides of a diff: weights, outputs and losses, compared.

A trace has only the first numbers of a large array. Two arrays count as equal if their numbers
follow from equal ones: the same initializer with the same seed, the same operations on the same
weights and sample.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias

from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.values import Tensor, Value
from densetrace.data.wording import called_by, filling
from densetrace.kinds.fitting import RUNS, logs_of
from densetrace.kinds.functions import ACTIVITY
from densetrace.study.comparable import Normalizer

Agreement: TypeAlias = Literal["none", "equal", "random", "unknown", "numbers", "shapes"]
"""How something of both sides agrees.

| | |
|---|---|
| `none` | a side has none |
| `equal` | shapes and numbers are equal |
| `random` | the shapes are equal; the numbers were drawn with different seeds |
| `unknown` | the shapes are equal; a trace does not hold enough of the numbers |
| `numbers` | the shapes are equal, the numbers are not |
| `shapes` | shapes, dtypes or counts differ |
"""


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight as it was created: what it is, its first numbers, and what they were drawn from."""

    spec: Hashable
    numbers: Tensor
    origin: Hashable
    seeds: tuple[Hashable, ...]


class Outcome:
    """The outcome of a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._normalizer = Normalizer(trace.order.steps)

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """The weights of layers, in order of creation."""
        return tuple(
            self._weight(step, step.result)
            for step in self.trace.walk()
            if step.kind == "add_weight"
            and isinstance(step.result, Tensor)
            and step.subject not in self._metrics
        )

    @cached_property
    def _metrics(self) -> frozenset[str | None]:
        return frozenset(
            step.subject for step in self.trace.find("init") if ".metrics." in step.point
        )

    def _weight(self, step: Step, numbers: Tensor) -> Weight:
        fill = filling(step)
        origin: Hashable = None
        if fill is not None:
            config = self._normalizer.normalize(step.inputs.get("initializer"))
            origin = (fill.point, config, fill.facts.get("limit"), fill.facts.get("stddev"))
        seeds = tuple(inner.inputs["seed"] for inner in step.walk() if "seed" in inner.inputs)
        return Weight((numbers.shape, numbers.dtype), numbers, origin, seeds)

    @property
    def parameters(self) -> int:
        """How many numbers the weights have."""
        counted = self.trace.outcome.get("parameters")
        return counted if isinstance(counted, int) else sum(w.numbers.size for w in self.weights)

    @cached_property
    def calls(self) -> tuple[Step, ...]:
        """The user's own calls that returned something: of a layer, a model, `predict`."""
        return tuple(
            step for step in self.trace.steps
            if step.kind in ("invoke", "predict") and step.error is None
        )  # fmt: skip

    @property
    def output(self) -> Value:
        """The result of the last of these calls; None if there is none."""
        return self.calls[-1].result if self.calls else None  # type: ignore[return-value] # a call that raised is left out

    @cached_property
    def computation(self) -> tuple[Hashable, ...]:
        """The operations of these calls that computed with numbers, and their settings."""
        return tuple(
            (step.point, *_settings(step, self._normalizer))
            for call in self.calls
            for step in _computing(call)
        )

    @property
    def is_fully_known(self) -> bool:
        """Whether all numbers of the input are known: a small array, or densetrace's own sample."""
        if self.trace.source.get("assumed") is True:
            return True
        given = [call.inputs.get("input") for call in self.calls]
        return all(isinstance(one, Tensor) and _is_whole(one) for one in given)

    @cached_property
    def logs(self) -> dict[str, Value]:
        """The logs of the last training or evaluation."""
        found: dict[str, Value] = {}
        for step in self.trace.steps:
            if step.kind in RUNS and (logs := logs_of(step)):
                found = dict(logs)
        return found

    @property
    def trained(self) -> Value:
        """The weights after the last training, by name; None without a training."""
        found: Value = None
        for step in self.trace.steps:
            found = step.facts.get("weights", found)
        return found


_BESIDE_THE_CALL: Final = (
    "build", "add_weight", "initialize", "variable", "get", "new", "init", "regularize",
)  # fmt: skip


def _computing(call: Step) -> Iterator[Step]:
    """The operations inside a call, without those that build it and those on symbolic tensors."""
    waiting = list(reversed(call.children))
    while waiting:
        step = waiting.pop()
        if step.kind in _BESIDE_THE_CALL or step.facts.get("mode") == "symbolic":
            continue
        is_operation = step.kind in ("op", "activation") and not called_by(step, ACTIVITY)
        if is_operation and not _changes_nothing(step):
            yield step
        waiting.extend(reversed(step.children))


def _changes_nothing(step: Step) -> bool:
    given = next(iter(step.inputs.values()), None)
    return step.point.endswith((".cast", ".identity", ".linear")) and (
        isinstance(given, Tensor)
        and isinstance(step.result, Tensor)
        and (given.dtype, given.shape) == (step.result.dtype, step.result.shape)
    )


def _settings(step: Step, normalizer: Normalizer) -> Iterator[Hashable]:
    """The inputs of an operation, by name: of a tensor shape and dtype, and the number if it is
    only one."""
    for name, value in step.inputs.items():
        if isinstance(value, Tensor):
            yield name, value.shape, value.dtype, value.elements if value.size == 1 else ()
        else:
            yield name, normalizer.normalize(value)


# -- compared --------------------------------------------------------------------------------------


class Outcomes:
    """The outcomes of two traces, compared."""

    def __init__(self, left: Trace, right: Trace) -> None:
        self.left, self.right = Outcome(left), Outcome(right)

    @cached_property
    def weights(self) -> Agreement:
        """How the weights agree, as they were created."""
        left, right = self.left.weights, self.right.weights
        if not left and not right:
            return "none"
        if [one.spec for one in left] != [one.spec for one in right]:
            return "shapes"
        differing = [
            (one, other)
            for one, other in zip(left, right, strict=True)
            if one.numbers.elements != other.numbers.elements
            or one.origin != other.origin
            or one.seeds != other.seeds
        ]
        if not differing:
            return "equal"
        if all(one.origin == other.origin and one.seeds != other.seeds for one, other in differing):
            return "random"
        if any(one.numbers.elements != other.numbers.elements for one, other in differing):
            return "numbers"
        return "equal" if all(_is_whole(one.numbers) for one, _ in differing) else "unknown"

    @cached_property
    def draws_apart(self) -> bool:
        """Whether the same initializers drew from different seeds."""
        pairs = zip(self.left.weights, self.right.weights, strict=False)
        return any(one.origin == other.origin and one.seeds != other.seeds for one, other in pairs)

    @cached_property
    def output(self) -> Agreement:
        """How the results of the calls agree."""
        left, right = self.left.calls, self.right.calls
        if not left or not right:
            return "none"
        if len(left) != len(right):
            return "shapes"
        results = [(one.result, other.result) for one, other in zip(left, right, strict=True)]
        tensors = [
            (one, other)
            for one, other in results
            if isinstance(one, Tensor) and isinstance(other, Tensor)
        ]
        if len(tensors) < len(results):
            return "equal" if all(one == other for one, other in results) else "unknown"
        if any(
            (a.shape, a.dtype, a.symbolic) != (b.shape, b.dtype, b.symbolic) for a, b in tensors
        ):
            return "shapes"
        if any(one.elements != other.elements for one, other in tensors):
            return "random" if self.draws_apart else "numbers"
        if all(_is_whole(one) for one, _ in tensors) or self._computes_the_same:
            return "equal"
        return "unknown"

    @property
    def _computes_the_same(self) -> bool:
        return (
            self.weights in ("equal", "none")
            and self.inputs == "equal"
            and self.left.is_fully_known
            and self.right.is_fully_known
            and self.left.computation == self.right.computation
        )

    @cached_property
    def inputs(self) -> Agreement:
        """How the inputs of the calls agree."""
        pairs = list(zip(self.left.calls, self.right.calls, strict=False))
        given = [(one.inputs.get("input"), other.inputs.get("input")) for one, other in pairs]
        if not given:
            return "none"
        if all(one == other for one, other in given):
            return "equal"
        tensors = [pair for pair in given if all(isinstance(one, Tensor) for one in pair)]
        same_shapes = all(one.shape == other.shape for one, other in tensors)  # type: ignore[union-attr] # tensors
        return "numbers" if same_shapes else "shapes"

    @property
    def losses(self) -> Agreement:
        """How the logs of the last training or evaluation agree."""
        if not self.left.logs or not self.right.logs:
            return "none"
        if self.left.logs.keys() != self.right.logs.keys():
            return "shapes"
        return "equal" if self.left.logs == self.right.logs else "numbers"

    @property
    def trained(self) -> Agreement:
        """How the first numbers of the weights after the last training agree."""
        left, right = self.left.trained, self.right.trained
        if left is None or right is None:
            return "none"
        return "unknown" if left == right else "numbers"


def _is_whole(tensor: Tensor) -> bool:
    """Whether a trace holds all numbers of a tensor."""
    return len(tensor.elements) == tensor.size and not tensor.symbolic
