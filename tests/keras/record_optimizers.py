"""Record what optimizers do on a real Keras 2.14, in tests/data/keras-2.14-optimizers.json.

Run `python -m tests.keras.record_optimizers` where keras 2.14 and tensorflow 2.14 are installed.
"""

import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.keras import optimizer_cases as cases

FILE = Path(__file__).parents[1] / "data" / "keras-2.14-optimizers.json"


def both(run: Any, code: str, tf: Any) -> dict[str, Any]:
    """The result in eager mode, and in a graph where it is another one (beyond 1e-5)."""
    eager = run(code, tf, tf.keras, lambda function: function)
    graph = run(code, tf, tf.keras, tf.function)
    return {"eager": eager} if alike(eager, graph) else {"eager": eager, "graph": graph}


def alike(one: Any, other: Any) -> bool:
    """Whether nested lists of numbers, NaN as text, are equal within 1e-5."""
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    return bool(abs(one - other) <= 1e-5 * max(1.0, abs(other)))


def main() -> None:
    """Write the results, one case a line."""
    tf = import_module("tensorflow")
    recorded: dict[str, dict[str, Any]] = {
        "trainings": {code: both(cases.trained, code, tf) for code in cases.TRAININGS},
        "lookups": {code: both(cases.looked_up, code, tf) for code in cases.LOOKUPS},
        "schedules": {code: both(cases.scheduled, code, tf) for code in cases.SCHEDULES},
        "scripts": {name: cases.out_of(code, tf, tf.keras) for name, code in cases.SCRIPTS.items()},
        "errors": {name: cases.raised(code, tf, tf.keras) for name, code in cases.ERRORS.items()},
    }
    parts = []
    for name, found in recorded.items():
        lines = [
            f"{json.dumps(case)}:{json.dumps(result, separators=(',', ':'))}"
            for case, result in found.items()
        ]
        parts.append(f'"{name}":{{\n' + ",\n".join(lines) + "\n}")
    keras_version = version("keras")
    versions = f'"keras":"{keras_version}","tensorflow":"{tf.__version__}"'
    FILE.write_text("{" + versions + ",\n" + ",\n".join(parts) + "}\n", "utf-8")


if __name__ == "__main__":
    main()
