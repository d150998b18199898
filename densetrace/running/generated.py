"""Runs a generated script on our stack and on a real Keras, and compares the results it leaves.

Both runs are recorded in the same way. The results are compared number by number; comparing the
traces is `densetrace.study.verify`.
"""

import contextlib
import functools
import gc
import importlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

import numpy as np

from densetrace.data.trace import Trace
from densetrace.engines import Engine, load
from densetrace.recording.introspect import facts_of
from densetrace.recording.source_lines import SourceLines
from densetrace.running.record import record_into
from densetrace.system.errors import message_of, shown

SINGLE: Final = 1e-5
"""The largest difference of two numbers, relative to the largest number of their array if that
exceeds 1: many operations, or several updates of the weights, lie before each."""

HALF: Final = 8 * float(np.finfo(np.float16).eps)
"""The same if a case computes in half precision anywhere."""

ROOTS: Final = 1e-4
"""The same for Ftrl, which divides the difference of two roots by the learning rate, 0.001 by
default: this makes the rounding error of the roots 1,000 times as large."""

EPSILON: Final = float(np.finfo(np.float32).eps)

SENSITIVE: Final = 20.0
"""How much further than by moved weights numbers may differ: many roundings act like many moves."""

LONGEST: Final = 200
"""The characters of a value in a difference."""

Namespace = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ResultDifference:
    """Two results that differ, and where: `config.layers[0].name`. Of dicts with different keys
    these are the lists of their keys. `sentence` says how they differ."""

    place: str
    ours: Any
    theirs: Any
    sentence: str


@dataclass(frozen=True, slots=True)
class BothRuns:
    """Both traces of a script, the results compared, and how they differ.

    `messages` are the texts of the exceptions that ended the two runs.
    """

    ours: Trace
    theirs: Trace
    tolerance: float
    differing: tuple[ResultDifference, ...]
    messages: tuple[str, str] = ("", "")
    is_sensitive: bool = False
    """Whether rounding explains a difference: see `Pair.run`."""


class Pair:
    """Our stack and a real Keras, hooked while it is entered."""

    def __init__(self, real: Engine) -> None:
        self.ours, self.real = load("densetrace"), real
        self._modules = {
            "densetrace": importlib.import_module("densetrace.tensorflow"),
            real.name: importlib.import_module("tensorflow"),
        }

    @contextlib.contextmanager
    def hooked(self) -> Iterator["Pair"]:
        """A context manager within which `run` may be called."""
        gc.collect()
        gc.freeze()  # the modules of TensorFlow are many objects, and none of them is garbage
        try:
            with self.real.hooked():
                yield self
        finally:
            gc.unfreeze()

    def run(self, helpers: str, script: str) -> BothRuns:
        """Run a script on both, and compare what each leaves in its dict `found`.

        A training may turn the last bit of a weight into a visible difference: each update starts
        from the rounding errors of the one before. So if numbers differ, the script runs again on
        our stack, with weights moved by the rounding error of single precision. Numbers that this
        moves as far, within `SENSITIVE`, are no difference.

        Args:
            helpers: the functions that the script calls.
            script: uses `np`, `tf`, `keras`, `layers` and the helpers.
        """
        our_trace, our_results, our_error = self._run(self.ours, helpers, script)
        their_trace, their_results, their_error = self._run(self.real, helpers, script)
        allowed = tolerance(script)
        differing = tuple(differences(our_results, their_results, allowed))
        is_sensitive = False
        if differing and our_error is None and their_error is None:
            moves = [
                self._run(self.ours, helpers, script, shift=shift)[1]
                for shift in (EPSILON, -EPSILON)
            ]
            further = tuple(differences(our_results, their_results, allowed, moves=moves))
            is_sensitive = not further
            differing = further
        messages = tuple("" if error is None else message_of(error)
                         for error in (our_error, their_error))  # fmt: skip
        return BothRuns(
            our_trace, their_trace, allowed, differing, (messages[0], messages[1]), is_sensitive
        )

    def _run(
        self, engine: Engine, helpers: str, script: str, shift: float = 0.0
    ) -> tuple[Trace, Any, Exception | None]:
        engine.clear_session()
        engine.set_seed(0)
        keras = engine.keras
        names: Namespace = {
            "np": np,
            "tf": self._modules[engine.name],
            "keras": keras,
            "layers": keras.layers,
        }
        _execute(helpers, names)
        names["SHIFT"] = shift
        recorded = Trace({"kind": "python"}, engine.describe())
        policy = keras.mixed_precision.global_policy()
        raised: Exception | None = None
        with _quiet(), np.errstate(all="ignore"):
            try:
                with record_into(recorded, SourceLines(), None, None):
                    _execute(script, names)
            except Exception as error:
                raised = error
            finally:
                if keras.mixed_precision.global_policy() is not policy:
                    keras.mixed_precision.set_global_policy(policy)
            results = plain(names["found"])
            names.clear()
            return recorded, results, raised


def _execute(source: str, names: Namespace) -> None:
    exec(_compiled(source), names)  # noqa: S102 # written by densetrace.study.generated


@functools.lru_cache(maxsize=4)
def _compiled(source: str) -> CodeType:
    return compile(source, "<generated>", "exec", dont_inherit=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hide warnings and whatever is printed."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(io.StringIO()):
            yield


def tolerance(script: str) -> float:
    """The tolerance for the numbers of a script, by the least precise dtype that it names, and by
    its optimizer."""
    if "float16" in script:
        return HALF
    return ROOTS if "ftrl" in script.lower() else SINGLE


def plain(value: Any) -> Any:
    """A result without objects of either stack: tensors as arrays, other objects as their names."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case np.ndarray() | np.generic():
            return np.asarray(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case type():
            return value.__name__
    name = facts_of(type(value)).name
    if name == "TensorShape":
        return "unknown" if value.rank is None else plain(tuple(value.as_list()))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if name in ("DType", "Policy"):
        return value.name
    if "KerasTensor" in facts_of(type(value)).lineage:
        return ["symbolic", plain(value.shape), plain(value.dtype)]
    if hasattr(value, "numpy"):
        return np.asarray(value.numpy())
    return getattr(value, "__name__", name)


def differences(
    ours: Any, theirs: Any, allowed: float, path: str = "", moves: Sequence[Any] = ()
) -> Iterator[ResultDifference]:
    """The places where two plain results differ. `moves` are ours from moved weights: where these
    differ from ours, theirs may too."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if list(ours) != list(theirs):
            yield _different(path or "results", list(ours), list(theirs))
        for key in ours:
            if key in theirs:
                inside = f"{path}.{key}" if path else key
                moved = [one[key] for one in moves]
                yield from differences(ours[key], theirs[key], allowed, inside, moved)
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            sizes = f"{len(ours)} items beside {len(theirs)}"
            yield ResultDifference(path, ours, theirs, f"{path}: {sizes}")
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            moved = [move[index] for move in moves if index < len(move)]
            yield from differences(one, other, allowed, f"{path}[{index}]", moved)
    elif isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        yield from _of_arrays(ours, theirs, allowed, path, moves)
    elif type(ours) is float and type(theirs) is float:
        arrays = [np.asarray(one, np.float32) for one in (ours, theirs)]
        yield from _of_arrays(arrays[0], arrays[1], allowed, path, moves)
    elif type(ours) is not type(theirs) or ours != theirs:
        yield _different(path, ours, theirs)


def _different(path: str, ours: Any, theirs: Any) -> ResultDifference:
    kinds = [type(one).__name__ for one in (ours, theirs)]
    alike = f" ({kinds[0]} and {kinds[1]})" if str(ours) == str(theirs) else ""
    sentence = f"{path}: {_short(ours)} beside {_short(theirs)}{alike}"
    return ResultDifference(path, ours, theirs, sentence)


def _of_arrays(
    ours: Any, theirs: Any, allowed: float, path: str, moves: Sequence[Any]
) -> Iterator[ResultDifference]:
    if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
        kinds = [f"{array.dtype.name} of shape {array.shape}" for array in (ours, theirs)]
        yield ResultDifference(path, ours, theirs, f"{path}: {kinds[0]} beside {kinds[1]}")
        return
    if ours.dtype.kind != "f":
        if not np.array_equal(ours, theirs):
            yield _different(path, ours.tolist(), theirs.tolist())
        return
    left, right = ours.astype(np.float64), theirs.astype(np.float64)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    apart = np.where(same, 0.0, np.abs(left - right))
    bound = allowed * np.abs(right[np.isfinite(right)]).max(initial=1.0)
    for move in moves:
        moved = np.abs(np.asarray(move, np.float64) - left)
        bound += SENSITIVE * float(np.nanmax(moved, initial=0.0))
    if not bool(np.all(apart <= bound)):
        at = int(np.argmax(np.where(np.isnan(apart), np.inf, apart)))
        pair = left.ravel()[at], right.ravel()[at]
        numbers = f"{pair[0]:.9g} beside {pair[1]:.9g}, element {at} of shape {ours.shape}"
        yield ResultDifference(path, ours, theirs, f"{path}: {numbers}")


def _short(value: Any) -> str:
    return shown(repr(value), LONGEST)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Hide the warnings of both stacks, which repeat in each case."""
    level = logging.getLogger("tensorflow").level
    logging.getLogger("tensorflow").setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logging.getLogger("tensorflow").setLevel(level)
