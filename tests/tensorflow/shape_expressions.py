"""Expressions with tf.TensorShape, and what each gives: its value, what it prints, its exception.

The expressions are in tests/data/tensorflow-2.14-shapes.json. Statements may come before the
expression, each followed by ` ;; `. Run with a real Keras 2.14, this file writes what they give
there:

    python tests/tensorflow/shape_expressions.py
"""

import collections.abc
import contextlib
import copy
import io
import json
import math
import pickle
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parents[1] / "data" / "tensorflow-2.14-shapes.json"


def observed(tf: Any, keras: Any, line: str) -> Any:
    """What an expression gives, with any TensorFlow and Keras: as JSON has it."""
    keras.backend.clear_session()
    sized = tf.TensorShape([2, 3]).dims[0]
    scope = {
        "tf": tf, "np": np, "keras": keras, "K": tf.keras.backend, "layers": keras.layers,
        "Layer": keras.layers.Layer, "S": tf.TensorShape, "D": type(sized),
        "s": tf.TensorShape([2, 3]), "p": tf.TensorShape([None, 3]), "u": tf.TensorShape(None),
        "e": tf.TensorShape([]), "x": tf.ones((2, 3)), "d": sized,
        "n": tf.TensorShape([None]).dims[0], "pickle": pickle, "copy": copy, "json": json,
        "math": math, "collections": collections,
    }  # fmt: skip
    printed = io.StringIO()
    *statements, expression = line.split(" ;; ")
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            for statement in statements:
                exec(statement, scope)
            found = written(eval(expression, scope))
    except Exception as error:
        found = {"error": type(error).__name__}
    return {"value": found, "printed": printed.getvalue()} if printed.getvalue() else found


def written(value: Any) -> Any:
    """A value as the recording writes it."""
    name = type(value).__name__
    if name == "TensorShape":
        return {"TensorShape": None if value.rank is None else value.as_list()}
    if isinstance(value, list | tuple):
        # Keras wraps the lists in a layer's attributes.
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [written(one) for one in value]}
    if isinstance(value, dict):
        return {"dict": [[written(key), written(one)] for key, one in value.items()]}
    if name in ("EagerTensor", "Tensor"):
        return {"tensor": value.dtype.name, "shape": list(value.shape), "values": _listed(value)}
    if name in ("SymbolicTensor", "KerasTensor", "GraphTensor"):
        return {"symbol": str(value.shape)}
    if isinstance(value, np.ndarray | np.generic):
        return {"array": value.dtype.name, "values": _listed(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return {name: value}
    if name == "ResourceVariable":
        name = "Variable"
    return {"class": value.__name__} if isinstance(value, type) else {name: str(value)}


def _listed(value: Any) -> Any:
    array = np.asarray(value)
    return str(array.tolist()) if array.dtype.kind == "O" else array.tolist()


def main() -> None:
    """Record the expressions again, with the TensorFlow and the Keras that are installed."""
    keras, tf = import_module("keras"), import_module("tensorflow")
    given = [one["line"] for one in json.loads(RECORDED.read_text())["expressions"]]
    lines = ",\n".join(
        json.dumps({"line": line, "gives": observed(tf, keras, line)}) for line in given
    )
    RECORDED.write_text(
        f'{{"tensorflow": "{tf.__version__}", "keras": "{keras.__version__}", "expressions": [\n'
        f"{lines}\n]}}\n"
    )


if __name__ == "__main__":
    main()
