"""Lines with tensors and variables, and what each gives eagerly and in the call of a layer.

The lines are in tests/data/tensorflow-2.14-lines.json. Statements may come before the expression,
each followed by ` ;; `. Run with a real Keras 2.14, this file writes what they give there:

    python tests/tensorflow/lines.py
"""

import contextlib
import copy
import io
import json
import math
import pickle
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parents[1] / "data" / "tensorflow-2.14-lines.json"
X = [[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]]


def observed(tf: Any, keras: Any, line: str) -> dict[str, Any]:
    """What a line gives, with any TensorFlow and Keras, as JSON has it."""
    *statements, expression = line.split(" ;; ")

    def run(scope: dict[str, Any]) -> Any:
        for statement in statements:
            exec(statement, scope)
        return eval(expression, scope)

    def scope() -> dict[str, Any]:
        return {
            "tf": tf, "np": np, "keras": keras, "K": tf.keras.backend, "layers": keras.layers,
            "math": math, "copy": copy, "pickle": pickle, "json": json,
            "v": tf.Variable([1.0, 2.0, 3.0]), "w": tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="w"),
            "n": tf.Variable(3),
        }  # fmt: skip

    def eager() -> Any:
        value = run(scope() | {"x": tf.constant(X)})
        found = written(tf, value)
        if tf.is_tensor(value) or isinstance(value, tf.Variable):
            return {"value": found, "repr": repr(value), "str": str(value)}
        return found

    inside: list[Any] = []

    def in_a_layer() -> Any:
        names = scope()

        class Body(keras.layers.Layer):  # type: ignore[misc] # the class of any Keras
            def call(self, x: Any) -> Any:
                value = run(names | {"x": x})
                inside.append(written(tf, value))
                return value

        model = keras.Sequential([keras.layers.InputLayer((3,)), Body()])
        shape = model.output_shape
        return {"shape": str(shape), "value": written(tf, model(tf.constant(X)))}

    keras.backend.clear_session()
    found = {"eager": _attempt(eager)}
    keras.backend.clear_session()
    found["symbolic"] = _attempt(in_a_layer)
    return found | {"inside": inside[:1]}


def _attempt(run: Callable[[], Any]) -> Any:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            found = run()
    except Exception as error:
        found = {"error": type(error).__name__}
    return {"gives": found, "printed": printed.getvalue()} if printed.getvalue() else found


def written(tf: Any, value: Any) -> Any:
    """A value as the recording writes it."""
    name = type(value).__name__
    if name == "TensorShape":
        return {"TensorShape": str(value)}
    if isinstance(value, tf.Variable):
        kept = value.numpy() if tf.executing_eagerly() else None
        return {"variable": value.dtype.name, "shape": str(value.shape), "values": _listed(kept)}
    if name in ("SymbolicTensor", "GraphTensor", "KerasTensor"):
        return {"symbol": tf.as_dtype(value.dtype).name, "shape": str(value.shape)}
    if tf.is_tensor(value) or isinstance(value, np.ndarray | np.generic):
        kind = "tensor" if tf.is_tensor(value) else "array"
        return {kind: value.dtype.name, "shape": list(np.shape(value)), "values": _listed(value)}
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [written(tf, one) for one in value]}
    if isinstance(value, dict):
        return {"dict": [[str(key), written(tf, one)] for key, one in value.items()]}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | complex | bytes):
        return {name: str(value)}
    return {"class": value.__name__} if isinstance(value, type) else {"instance": name}


def _listed(value: Any) -> Any:
    return None if value is None else [str(one) for one in np.asarray(value).reshape(-1)[:200]]


def main() -> None:
    """Record the lines again, with the TensorFlow and the Keras that are installed."""
    keras, tf = import_module("keras"), import_module("tensorflow")
    given = [one["line"] for one in json.loads(RECORDED.read_text())["lines"]]
    lines = ",\n".join(json.dumps({"line": line} | observed(tf, keras, line)) for line in given)
    RECORDED.write_text(
        f'{{"tensorflow": "{tf.__version__}", "keras": "{keras.__version__}", "lines": [\n'
        f"{lines}\n]}}\n"
    )


if __name__ == "__main__":
    main()
