"""More calls of TensorFlow's functions, and what is observed of each: eagerly, in a graph, on
Keras's symbolic inputs, and the gradients.

The calls are in tests/data/tensorflow-2.14-calls.json. Run with a real TensorFlow 2.14, this file
writes what they give there:

    python tests/tensorflow/calls.py
"""

import contextlib
import io
import json
import math
import re
import signal
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parents[1] / "data" / "tensorflow-2.14-calls.json"

INPUTS: dict[str, Any] = {
    "x": np.array([[1, -2, 3], [4, 5, -6]], np.float32),
    "n": np.array([[np.nan, 1, 2], [3, np.nan, -1]], np.float32),
    "i": np.array([3, 1, 2, 1], np.int32),
    "b": np.array([True, False, True]),
    "d": np.array([[1.5, 2], [3, -4]]),
    "z": np.array([0, 0, 1], np.float32),
    "q": np.array([[[4, 1], [1, 3]], [[2, -0.5], [0.25, 1]]], np.float32),
    "t": np.array([[2, 2, 1], [1, 1, 1]], np.float32),
}
"""The tensors that a call may name."""


def names_in(call: str) -> list[str]:
    """The tensors that a call names, leaving out what is bound in it or is a keyword."""
    bare = re.sub(r"'[^']*'", "", call)
    bound = {
        name
        for names in re.findall(r"lambda ([\w, ]*):", bare)
        for name in re.findall(r"\w+", names)
    }
    words = re.findall(r"(?<![\w.])[A-Za-z]\w*(?!\w*\s*=[^=])", bare)
    return [name for name in INPUTS if name in words and name not in bound]


def observed(tf: Any, keras: Any, call: str) -> dict[str, Any]:
    """What is to be seen of a call, run by any TensorFlow and Keras.

    Statements may come before the expression, each followed by ` ;; `.
    """
    keras.backend.clear_session()
    setup, _, expression = call.rpartition(" ;; ")
    names = names_in(call)

    def run(*given: Any) -> Any:
        scope = {"tf": tf, "np": np, "K": tf.keras.backend, "keras": keras, "layers": keras.layers}
        scope |= dict(zip(names, given, strict=True))
        if setup:
            exec(setup.replace(" ;; ", "\n"), scope)
        return eval(expression, scope)

    tensors = [tf.constant(INPUTS[name]) for name in names]

    def eagerly() -> Any:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            value = run(*tensors)
        found = {"value": written(tf, value)}
        if printed.getvalue():
            found["printed"] = printed.getvalue()
        if isinstance(value, tf.Variable) or (tf.is_tensor(value) and value.shape.rank is not None):
            found["repr"] = repr(value)
        return found

    result = {"call": call, "eager": _attempt(eagerly)}
    if not names or setup:
        return result
    result["graph"] = _attempt(lambda: sketched(tf, _traced(tf, run, names)))
    if "Variable" not in call:
        result["run"] = _attempt(lambda: written(tf, tf.function(run, autograph=False)(*tensors)))

    def on_symbols() -> Any:
        inputs = [keras.Input(INPUTS[n].shape[1:], dtype=INPUTS[n].dtype.name) for n in names]
        return sketched(tf, run(*inputs))

    result["keras"] = _attempt(on_symbols)
    result["gradient"] = _attempt(lambda: _gradients(tf, run, tensors))
    return result


def _traced(tf: Any, run: Callable[..., Any], names: list[str]) -> Any:
    specs = [
        tf.TensorSpec([None, *INPUTS[name].shape[1:]], INPUTS[name].dtype.name) for name in names
    ]
    traced = tf.function(lambda *given: run(*given), autograph=False)
    return traced.get_concrete_function(*specs).structured_outputs


def _gradients(tf: Any, run: Callable[..., Any], tensors: list[Any]) -> Any:
    sources = [one for one in tensors if one.dtype.is_floating]
    with tf.GradientTape() as tape:
        for one in sources:
            tape.watch(one)
        found = tf.nest.flatten(run(*tensors))
        results = [one for one in found if tf.is_tensor(one) and one.dtype.is_floating]
    return written(tf, tape.gradient(results, sources)) if results and sources else None


class _TooLongError(BaseException):
    """A call took too long."""


def _stop(*_: Any) -> None:
    raise _TooLongError


def _attempt(run: Callable[[], Any]) -> Any:
    before = signal.signal(signal.SIGALRM, _stop)
    signal.alarm(60)
    try:
        return run()
    except Exception as error:
        return {"error": type(error).__name__}
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def written(tf: Any, value: Any) -> Any:
    """A value as the recording writes it."""
    if isinstance(value, tf.IndexedSlices):
        return {"slices": [written(tf, value.values), written(tf, value.indices)]}
    if tf.is_tensor(value) or isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        return {
            "tensor" if tf.is_tensor(value) else "array": value.dtype.name,
            "shape": list(array.shape),
            "values": [_number(one) for one in array.reshape(-1).tolist()[:60]],
        }
    return _plain(tf, value, written)


def sketched(tf: Any, value: Any) -> Any:
    """What a graph knows of a value: its shape and dtype."""
    if tf.is_tensor(value) or type(value).__name__ == "KerasTensor":
        return {"symbol": str(value.shape), "dtype": tf.as_dtype(value.dtype).name}
    return _plain(tf, value, sketched)


def _plain(tf: Any, value: Any, each: Callable[[Any, Any], Any]) -> Any:
    if isinstance(value, tf.TensorShape):
        return {"TensorShape": str(value)}
    if isinstance(value, tf.DType):
        return {"DType": value.name}
    if isinstance(value, dict):
        return {str(key): each(tf, one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [each(tf, one) for one in value]
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return _number(value)
    return {"instance": type(value).__name__}


def _number(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, complex):
        return [_number(value.real), _number(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def main() -> None:
    """Record the calls again, with the TensorFlow and the Keras that are installed."""
    keras, tf = import_module("keras"), import_module("tensorflow")
    calls = [one["call"] for one in json.loads(RECORDED.read_text())["calls"]]
    lines = ",\n".join(json.dumps(observed(tf, keras, call)) for call in calls)
    RECORDED.write_text(
        f'{{"tensorflow": "{tf.__version__}", "keras": "{keras.__version__}", "calls": [\n'
        f"{lines}\n]}}\n"
    )


if __name__ == "__main__":
    main()
