"""Lines that call functions of TensorFlow and Keras on symbolic tensors, and what a real Keras 2.14
makes of them: the layers of the model from the inputs to the result, and what the model computes.

The lines are in tests/data/keras-2.14-symbolic.json. Statements may come before the expression,
each followed by ` ;; `; a statement that fails is skipped. Run with a real Keras 2.14, this file
writes what the lines give there:

    python tests/keras/symbolic_lines.py
"""

import contextlib
import io
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parents[1] / "data" / "keras-2.14-symbolic.json"


def observed(tf: Any, keras: Any, line: str) -> dict[str, Any]:
    """What a line gives, with any TensorFlow and Keras, as JSON has it."""
    keras.backend.clear_session()
    inputs = {
        "k": keras.Input((4,)), "i3": keras.Input((4, 5)), "i4": keras.Input((3, 4, 5)),
        "n": keras.Input((4,), dtype="int32"), "b": keras.Input((4, 5), batch_size=2),
    }  # fmt: skip
    scope: dict[str, Any] = {"tf": tf, "np": np, "keras": keras, "K": tf.keras.backend, **inputs}
    *statements, expression = line.split(" ;; ")
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            for statement in statements:
                _run(scope, statement)
            result = eval(expression, scope)
            return _modelled(tf, keras, list(inputs.values()), result)
    except Exception as error:
        return {"error": type(error).__name__}


def _run(scope: dict[str, Any], statement: str) -> None:
    with contextlib.suppress(TypeError, ValueError):
        exec(statement, scope)


def _modelled(tf: Any, keras: Any, inputs: list[Any], result: Any) -> dict[str, Any]:
    """The layers between the inputs and a result, and the numbers of a model with both."""
    outputs = tf.nest.flatten(result)
    if not any(hasattr(one, "_keras_history") for one in outputs):
        return {"value": str(result)}
    model = keras.Model(inputs, outputs)
    names = [layer.name for layer in model.layers if "InputLayer" not in type(layer).__name__]
    rng = np.random.RandomState(0)
    given = [
        rng.randint(0, 3, (2, *one.shape[1:]))
        if one.dtype == tf.int32
        else rng.uniform(0.1, 0.9, (2, *one.shape[1:])).astype("float32")
        for one in inputs
    ]
    computed = tf.nest.flatten(
        model([tf.constant(one, at.dtype) for one, at in zip(given, inputs, strict=True)])
    )
    return {
        "layers": names,
        "functions": _functions(model),
        "outputs": [[str(one.shape), tf.as_dtype(one.dtype).name] for one in outputs],
        "numbers": [np.asarray(one).astype(float).round(4).tolist() for one in computed],
    }


def _functions(model: Any) -> list[str]:
    """The functions that the layers are saved by, where all can be saved."""
    try:
        configs = [layer.get_config() for layer in model.layers]
    except (NotImplementedError, ValueError):
        return []
    functions = [config.get("function") for config in configs]
    return [one for one in functions if isinstance(one, str)]


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
