"""Gradients: a tape records operations, and computes gradients backwards from its record.

Follows tensorflow/python/eager/backprop.py, GradientTape.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any, Final, NamedTuple, Self

from densetrace.recording.hooks import traced
from densetrace.system.real_home import known_as
from densetrace.tensorflow import indexed_slices
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.nest import flatten, pack_like
from densetrace.tensorflow.ops.gradients import no_gradient
from densetrace.tensorflow.symbolic import Symbol
from densetrace.tensorflow.tensor import Operators, Tensor


class Step(NamedTuple):
    """A recorded operation. `needed` says of which operands a tape watches any tensor, while it
    computes gradients; a gradient function need not compute the others."""

    operation: Any
    operands: tuple[Any, ...]
    attributes: dict[str, Any]
    outputs: Any
    needed: tuple[bool, ...] | None = None

    @property
    def inputs(self) -> list[Any]:
        """The tensors among its operands, including those in lists."""
        return list(tensors_in(self.operands))


_active: Final[ContextVar[tuple["GradientTape", ...]]] = ContextVar("densetrace_tapes", default=())
active: Final = _active.get
"""The tapes that are recording in this thread and task."""


@contextmanager
def untaped() -> Iterator[None]:
    """Suspend all tapes for a `with` block."""
    token = _active.set(())
    try:
        yield
    finally:
        _active.reset(token)


def record(
    operation: Any, operands: tuple[Any, ...], attributes: dict[str, Any], outputs: Any
) -> None:
    """Record an operation on every active tape that watches one of its operands."""
    for tape in active():
        tape._record(operation, operands, attributes, outputs)


def watch_variable(variable: Any, value: Any) -> None:
    """Tell every active tape that a variable was read, and with which tensor."""
    for tape in active():
        tape._read(variable, value)


def tensors_in(operands: Iterable[Any]) -> Iterator[Any]:
    """The tensors among operands, including those in lists."""
    for operand in operands:
        if isinstance(operand, Tensor | Symbol):
            yield operand
        elif isinstance(operand, list | tuple):
            yield from tensors_in(operand)


_DTYPE_NUMBERS: Final = frozenset((*range(1, 26), *range(101, 126)))
"""The numbers of dtypes, of TensorFlow's DataType."""


@known_as("tensorflow.python.eager.backprop")
class GradientTape:
    """Records the operations of a `with` block and computes gradients from them.

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: whether trainable variables are watched when they are read.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watches_variables = watch_accessed_variables
        self._steps: list[Step] | None = None  # until it is entered, and once it is used up
        self._watched: dict[int, Any] = {}
        self._variables: dict[int, Any] = {}
        self._reads: dict[int, Any] = {}
        self._is_recording = False

    def __enter__(self) -> Self:
        if self._is_recording:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter it.")
        self._start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._is_recording:
            self._stop()

    def _start(self) -> None:
        if self._steps is None:
            self._steps = []
        self._is_recording = True
        _active.set((*active(), self))

    def _stop(self) -> None:
        self._is_recording = False
        _active.set(tuple([tape for tape in active() if tape is not self]))

    def watch(self, tensor: Any) -> None:
        """Record operations on a tensor, or on each tensor of a nested structure.

        Raises:
            ValueError: when it is none.
        """
        for one in flatten(tensor):
            if not isinstance(one, Operators):
                raise ValueError(
                    f"Passed in object {one!r:.80} of type {type(one).__name__}, not tf.Tensor"
                )
            if isinstance(one, Tensor | Symbol):
                self._watched[id(one)] = one
            else:
                self._variables[id(one)] = one

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables that were read, or watched explicitly."""
        return tuple(self._variables.values())

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Pause recording for a `with` block."""
        if not self._is_recording:
            raise RuntimeError("Tape is not recording")
        self._stop()
        try:
            yield
        finally:
            self._start()

    def reset(self) -> None:
        """Discard the record."""
        self._steps, self._watched, self._variables, self._reads = [], {}, {}, {}

    def _read(self, variable: Any, value: Any) -> None:
        if id(variable) in self._variables or (self._watches_variables and variable.trainable):
            self._variables[id(variable)] = variable
            self._watched[id(value)] = value
            self._reads[id(value)] = variable

    def _record(self, operation: Any, operands: Any, attributes: Any, outputs: Any) -> None:
        watched = self._watched
        if operation.grad is no_gradient:  # as ones_like: the result depends on no operand
            return
        if not any(id(tensor) in watched for tensor in tensors_in(operands)):
            return
        assert self._steps is not None
        for output in outputs if type(outputs) is list else (outputs,):
            if output.dtype.is_floating or output.dtype.is_complex:
                watched[id(output)] = output
        self._steps.append(Step(operation, operands, attributes, outputs))

    @traced("gradient", point="tf.GradientTape.gradient")
    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = "none",
    ) -> Any:
        """The gradients of a target, or of the sum of several, with respect to the sources.

        Returns:
            In the structure of `sources`: a tensor in the shape of each, or None where the target
            does not depend on it (zeros with `unconnected_gradients="zero"`).

        Raises:
            RuntimeError: when the tape was never entered, or is not persistent and was used before.
            ValueError: when `unconnected_gradients` is neither `none` nor `zero`.
            LookupError: when an operation has no gradient.
        """
        self._check_unused()
        if sources is None or isinstance(sources, str | bytes):
            raise TypeError(f"The sources must be tensors or variables. Received: {sources!r:.80}")
        if self._is_recording and not self._persistent:
            self._stop()
        upstream = self._seeds(target, output_gradients)
        found = self._walk_back(upstream)
        unconnected = getattr(unconnected_gradients, "value", unconnected_gradients)
        if unconnected not in ("none", "zero"):
            raise ValueError(f"Unknown value for unconnected_gradients: {unconnected_gradients!r}")
        zero = unconnected == "zero"
        gradients = [self._of(source, found, zero) for source in flatten(sources)]
        if not self._persistent:
            self._use_up()
        return pack_like(sources, gradients)

    def _use_up(self) -> None:
        self._steps, self._watched, self._reads = None, {}, {}

    def _check_unused(self) -> None:
        if self._steps is None:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients "
                "(or jacobians). Use tf.GradientTape(persistent=True)."
            )

    def _seeds(self, target: Any, output_gradients: Any) -> dict[int, Any]:
        from densetrace.tensorflow.ops.creating import ones_like

        targets = flatten(target)
        if target is None or isinstance(target, str | bytes):
            raise TypeError(f"The target must be a tensor. Received: {target!r:.80}")
        for one in targets:
            if not isinstance(one, Operators | IndexedSlices):
                # TensorFlow looks a number up among those of its dtypes before anything else.
                is_unknown = isinstance(one, int | float) and one not in _DTYPE_NUMBERS
                kind = TypeError if is_unknown else AttributeError
                raise kind(f"A target must be a tensor. Received: {one!r:.80}")
        given = [None] * len(targets) if output_gradients is None else flatten(output_gradients)
        upstream: dict[int, Any] = {}
        for one, gradient in zip(targets, given, strict=False):  # as in TensorFlow
            tensor = one
            if not isinstance(one, Tensor | Symbol):
                read = [
                    value for key, value in self._watched.items() if self._reads.get(key) is one
                ]
                tensor = read[-1] if read else None
            # A variable that was not read can still be a target: its gradient for itself is 1.
            tensor = one if tensor is None else tensor
            seed = ones_like(tensor) if gradient is None else convert_to_tensor(gradient)
            _add(upstream, tensor, seed)
        return upstream

    def _walk_back(self, upstream: dict[int, Any]) -> dict[int, Any]:
        assert self._steps is not None
        # Backwards, so that the gradient of a result is complete before its step is reached.
        for step in reversed(self._steps):
            outputs = step.outputs if type(step.outputs) is list else [step.outputs]
            given = [_dense(upstream.get(id(output))) for output in outputs]
            if all(gradient is None for gradient in given):
                continue
            watched = self._watched
            needed = [any(id(one) in watched for one in tensors_in([x])) for x in step.operands]
            if step.operation.grad is None:
                if not any(needed):
                    continue
                raise LookupError(
                    f"gradient registry has no entry for: tf.{step.operation.names[0]}"
                )
            for tensor, gradient in _gradients(step._replace(needed=tuple(needed)), given):
                if gradient is not None and id(tensor) in self._watched:
                    _add(upstream, tensor, gradient)
        return upstream

    def _of(self, source: Any, found: dict[int, Any], zero: bool) -> Any:
        if not (source.dtype.is_floating or source.dtype.is_complex):
            return None
        total = found.get(id(source))
        if not isinstance(source, Tensor | Symbol):
            for key, variable in self._reads.items():
                if variable is source and key in found:
                    total = found[key] if total is None else _sum(found[key], total)
        if total is None and zero:
            from densetrace.tensorflow.ops.creating import zeros_like

            return zeros_like(source)
        return _joined(total)

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = "none",
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each element of a target with respect to the sources: [*target shape,
        *source shape].

        Raises:
            RuntimeError: when the tape is not persistent and has computed gradients already.
            LookupError: when an operation has no gradient.
        """
        from densetrace.tensorflow.ops.joining import stack
        from densetrace.tensorflow.ops.shaping import reshape

        with self._used_once():
            elements = reshape(target, [-1])
            rows = [
                flatten(self.gradient(element, sources, None, unconnected_gradients))
                for element in (elements[i] for i in range(elements.shape[0]))
            ]
        found: list[Any] = []
        for columns in zip(*rows, strict=True):
            if any(column is None for column in columns):
                found.append(None)
                continue
            shape = [*target.shape, *columns[0].shape]
            found.append(reshape(stack(list(columns)), shape))
        return pack_like(sources, found)

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = "none",
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each element of a target with respect to the source of its example, if
        it depends on no other example: [batch, *target, *source]. It is 0 where the target does not
        depend on the source, whatever `unconnected_gradients` says.

        Raises:
            RuntimeError: when the tape is not persistent and has computed gradients already.
            ValueError: when the first sizes of target and source differ, or one has no other size.
            IndexError: when one is a scalar.
        """
        from densetrace.tensorflow.ops.joining import stack
        from densetrace.tensorflow.ops.shaping import reshape, shape

        sizes, others = target.shape, source.shape
        if sizes.rank == 0 or others.rank == 0:
            raise IndexError(f"A scalar is no batch. Received: shapes {sizes} and {others}")
        if not sizes.rank or not others.rank or sizes[0] != others[0]:
            raise ValueError(
                "Need first dimension of target shape and source shape to match. Received: "
                f"{sizes} and {others}"
            )
        if min(sizes.rank, others.rank) < 2:
            raise ValueError(
                f"Shapes of a batch must have rank at least 2. Received: {sizes} and {others}"
            )
        with self._used_once():
            batch = shape(target)[0]
            elements = reshape(target, [batch, prod(sizes[1:])])
            found = [
                self.gradient(elements[:, i], source, None, "zero")
                for i in range(elements.shape[1])
            ]
        return reshape(stack(found, 1), [batch, *sizes[1:], *others[1:]])

    @contextmanager
    def _used_once(self) -> Iterator[None]:
        """Compute several gradients as if they were one: a tape that is not persistent is empty
        then."""
        self._check_unused()
        persistent, self._persistent = self._persistent, True
        try:
            with self._kept_recording():
                yield
        finally:
            self._persistent = persistent
        if not persistent:
            if self._is_recording:
                self._stop()
            self._use_up()

    @contextmanager
    def _kept_recording(self) -> Iterator[None]:
        if self._is_recording:
            yield
            return
        self._start()
        try:
            yield
        finally:
            self._stop()


@traced("backward", point="tf.GradientTape._gradient_function")
def _gradient_function(step: Step, given: list[Any]) -> Any:
    """The gradients of a recorded operation's operands, from those of its results; None of an
    operand that is not watched."""
    results = step.operation.grad(step, *given)
    results = results if type(results) is tuple else (results,)
    assert step.needed is not None
    roles = step.operation.operand_roles
    needed = [is_needed for is_needed, role in zip(step.needed, roles, strict=True)
              if role != "sizes"]  # fmt: skip
    pairs = zip(results, needed, strict=False)
    found = tuple(gradient if is_needed else None for gradient, is_needed in pairs)
    return found[0] if len(found) == 1 else found


def _gradients(step: Step, given: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each tensor operand of a step with its gradient. A gradient function returns one gradient per
    tensor operand, and a list for a list; it may omit the last ones."""
    from densetrace.tensorflow.ops.creating import zeros_like

    if type(step.outputs) is list:
        given = [
            zeros_like(output) if gradient is None else gradient
            for gradient, output in zip(given, step.outputs, strict=True)
        ]
    results = _gradient_function(step, given)
    results = results if type(results) is tuple else (results,)
    takes = [
        operand
        for operand, role in zip(step.operands, step.operation.operand_roles, strict=True)
        if role != "sizes"
    ]
    for operand, gradient in zip(takes, results, strict=False):
        if gradient is None:
            continue
        if isinstance(operand, list | tuple):
            yield from zip(operand, gradient, strict=True)
        elif operand is not None:
            yield operand, gradient


def _add(upstream: dict[int, Any], tensor: Any, gradient: Any) -> None:
    held = upstream.get(id(tensor))
    upstream[id(tensor)] = gradient if held is None else _sum(held, gradient)


def _sum(held: Any, gradient: Any) -> Any:
    """The sum of two gradients for a tensor. Slices stay slices: a list, which is joined when it is
    complete, in the order of the forward pass."""
    if isinstance(gradient, _SLICES) and isinstance(held, _SLICES):
        return [*_parts(gradient), *_parts(held)]
    return _dense(held) + _dense(gradient)


_SLICES: Final = (IndexedSlices, list)


def _parts(gradient: IndexedSlices | list[IndexedSlices]) -> list[IndexedSlices]:
    return gradient if isinstance(gradient, list) else [gradient]


def _joined(gradient: Any) -> Any:
    return indexed_slices.joined(gradient) if isinstance(gradient, list) else gradient


def _dense(gradient: Any) -> Any:
    found = _joined(gradient)
    return found.dense() if isinstance(found, IndexedSlices) else found
