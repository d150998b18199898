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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

import numpy as np

from densetrace.data.outputs import Outputs
from densetrace.data.trace import Trace
from densetrace.engines import Engine, load
from densetrace.recording.introspect import facts_of
from densetrace.recording.source_lines import SourceLines
from densetrace.running.record import record_into
from densetrace.system.errors import message_of, shown

SINGLE: Final = 1e-5
"""The largest difference of two numbers, relative to the largest number of their array if that
exceeds 1: many operations, or several updates of the weights, lie before each."""

HALF: Final = 4 * float(np.finfo(np.float16).eps)
"""The same if a case computes in half precision anywhere."""

LONGEST: Final = 200
"""The characters of a value in a difference."""

Namespace = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BothRuns:
    """Both traces of a script, the results compared, and the sentences that say how they differ.

    `messages` are the texts of the exceptions that ended the two runs.
    """

    ours: Trace
    theirs: Trace
    outputs: Outputs
    differing: tuple[str, ...]
    messages: tuple[str, str] = ("", "")


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

        Args:
            helpers: the functions that the script calls.
            script: uses `np`, `tf`, `keras`, `layers` and the helpers.
        """
        our_trace, our_results, our_error = self._run(self.ours, helpers, script)
        their_trace, their_results, their_error = self._run(self.real, helpers, script)
        allowed = tolerance(script)
        differing = tuple(differences(our_results, their_results, allowed))
        outputs = Outputs(not differing, allowed, problem=differing[0] if differing else "")
        messages = tuple("" if error is None else message_of(error)
                         for error in (our_error, their_error))  # fmt: skip
        return BothRuns(our_trace, their_trace, outputs, differing, (messages[0], messages[1]))

    def _run(
        self, engine: Engine, helpers: str, script: str
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
    """The tolerance for the numbers of a script, by the least precise dtype that it names."""
    return HALF if "float16" in script else SINGLE


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


def differences(ours: Any, theirs: Any, allowed: float, path: str = "") -> Iterator[str]:
    """The places where two plain results differ, in sentences."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if list(ours) != list(theirs):
            yield f"{path or 'results'}: {_short(list(ours))} beside {_short(list(theirs))}"
        for key in ours:
            if key in theirs:
                inside = f"{path}.{key}" if path else key
                yield from differences(ours[key], theirs[key], allowed, inside)
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{path}: {len(ours)} items beside {len(theirs)}"
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            yield from differences(one, other, allowed, f"{path}[{index}]")
    elif isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        yield from _of_arrays(ours, theirs, allowed, path)
    elif type(ours) is float and type(theirs) is float:
        yield from _of_arrays(np.asarray(ours, np.float32), np.asarray(theirs, np.float32),
                              allowed, path)  # fmt: skip
    elif type(ours) is not type(theirs) or ours != theirs:
        kinds = [type(one).__name__ for one in (ours, theirs)]
        alike = f" ({kinds[0]} and {kinds[1]})" if str(ours) == str(theirs) else ""
        yield f"{path}: {_short(ours)} beside {_short(theirs)}{alike}"


def _of_arrays(ours: Any, theirs: Any, allowed: float, path: str) -> Iterator[str]:
    if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
        kinds = [f"{array.dtype.name} of shape {array.shape}" for array in (ours, theirs)]
        yield f"{path}: {kinds[0]} beside {kinds[1]}"
        return
    if ours.dtype.kind not in "f":
        if not np.array_equal(ours, theirs):
            yield f"{path}: {_short(ours.tolist())} beside {_short(theirs.tolist())}"
        return
    left, right = ours.astype(np.float64), theirs.astype(np.float64)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    apart = np.where(same, 0.0, np.abs(left - right))
    bound = allowed * np.abs(right[np.isfinite(right)]).max(initial=1.0)
    if not bool(np.all(apart <= bound)):
        at = int(np.argmax(np.where(np.isnan(apart), np.inf, apart)))
        pair = left.ravel()[at], right.ravel()[at]
        yield f"{path}: {pair[0]:.9g} beside {pair[1]:.9g}, element {at} of shape {ours.shape}"


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
