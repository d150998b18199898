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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from densetrace.data.trace import Trace
from densetrace.engines import Engine, load
from densetrace.recording.source_lines import SourceLines
from densetrace.running.keras3_differences import BothResults
from densetrace.running.keras3_ends import end_explained
from densetrace.running.keras3_rewritten import rewritten
from densetrace.running.record import record_into
from densetrace.running.results import (
    LONGEST,
    ResultDifference,
    comparisons,
    differences,
    plain,
    rounding,
    tolerance,
)
from densetrace.system.errors import message_of, shown

Namespace = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BothRuns:
    """Both traces of a script, the results compared, and how they differ.

    `compared` is the number of comparisons, `stated` has the sentence of each difference that
    Keras 3 makes on purpose, and `differing` the other differences. `messages` are the texts of the
    exceptions that ended the two runs.
    """

    ours: Trace
    theirs: Trace
    tolerance: float
    compared: int
    differing: tuple[ResultDifference, ...]
    stated: tuple[str, ...] = ()
    messages: tuple[str, str] = ("", "")
    is_sensitive: bool = False
    """Whether rounding explains a difference: see `Pair.run`."""
    other_end: str = ""
    """How the two ended, if only one run raised an exception and nothing explains it."""


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
        from the rounding errors of the one before. So may a normalization of numbers that are
        nearly equal. So if numbers differ, the script runs again on our stack, with weights and
        inputs moved by the rounding error of its dtype. Numbers that this moves as far, within
        `SENSITIVE`, are no difference.

        Args:
            helpers: the functions that the script calls.
            script: uses `np`, `tf`, `keras`, `layers` and the helpers.
        """
        our_trace, our_results, our_error = self._run(self.ours, helpers, script)
        their_trace, their_results, their_error = self._run(self.real, helpers, script)
        allowed = tolerance(script)
        ends = _end(our_error), _end(their_error)
        explain: Callable[[ResultDifference], str] = _unexplained
        end = ""
        if self.real.generation == 3:
            # One of the two may end sooner.
            common = [name for name in our_results if name in their_results]
            our_results = {name: our_results[name] for name in common}
            their_results = {name: their_results[name] for name in common}
            explain = self._explanations(helpers, script, our_results, their_results)
            end = end_explained(*ends)
        found = tuple(differences(our_results, their_results, allowed))
        sentences = [explain(one) for one in found]
        differing = tuple(one for one, why in zip(found, sentences, strict=True) if not why)
        is_sensitive = False
        if differing and our_error is None and their_error is None:
            moves = self._moved(helpers, script)
            found = tuple(differences(our_results, their_results, allowed, moves=moves))
            differing = tuple(one for one in found if not explain(one))
            is_sensitive = not differing
        messages = tuple("" if error is None else message_of(error)
                         for error in (our_error, their_error))  # fmt: skip
        return BothRuns(
            our_trace,
            their_trace,
            allowed,
            comparisons(our_results, their_results),
            differing,
            tuple(filter(None, [*sentences, end])),
            (messages[0], messages[1]),
            is_sensitive,
            other_end="" if end or not self._ends_differ(*ends) else _other_end(*ends),
        )

    def _ends_differ(self, ours: str, theirs: str) -> bool:
        """Whether only one raises, or on Keras 3 both raise exceptions of two types. Those of
        Keras 2 are compared with the traces."""
        if self.real.generation == 3:
            return ours.partition(":")[0] != theirs.partition(":")[0]
        return bool(ours) != bool(theirs)

    def _explanations(
        self, helpers: str, script: str, ours: Namespace, theirs: Namespace
    ) -> Callable[[ResultDifference], str]:
        """What explains a difference of results from those of Keras 3."""
        other = rewritten(script)
        again: Namespace = {}
        moves: list[Namespace] = []
        if other != script:
            again = self._run(self.ours, helpers, other)[1]
            moves = self._moved(helpers, other)
        allowed = tolerance(script)
        return BothResults(script, ours, theirs, allowed, again, tuple(moves)).explained

    def _moved(self, helpers: str, script: str) -> list[Namespace]:
        """The results of our stack from weights and inputs moved by their rounding error."""
        epsilon = rounding(script)
        return [
            self._run(self.ours, helpers, script, shift=shift)[1] for shift in (epsilon, -epsilon)
        ]

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
        of_dtypes = keras.mixed_precision
        current = of_dtypes.dtype_policy if engine.generation == 3 else of_dtypes.global_policy
        policy = current()
        raised: Exception | None = None
        with _quiet(), np.errstate(all="ignore"):
            try:
                with record_into(recorded, SourceLines(), None, None):
                    _execute(script, names)
            except Exception as error:
                raised = error
            finally:
                if current() is not policy:
                    of_dtypes.set_global_policy(policy)
            results = plain(names["found"])
            names.clear()
            return recorded, results, raised


def _end(error: Exception | None) -> str:
    return "" if error is None else f"{type(error).__name__}: {message_of(error)}"


def _other_end(ours: str, theirs: str) -> str:
    ends = (shown(one, LONGEST) if one else "nothing" for one in (ours, theirs))
    return "ours raises {}, theirs {}".format(*ends)


def _unexplained(found: ResultDifference) -> str:
    """No sentence: only the differences of Keras 3 are explained here."""
    return ""


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


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Hide the warnings of both stacks, which repeat in each case."""
    level = logging.getLogger("tensorflow").level
    logging.getLogger("tensorflow").setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logging.getLogger("tensorflow").setLevel(level)
