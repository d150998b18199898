"""Record what recurrent layers compute on a real Keras: tests/data/keras-2.14-recurrent.json.

Run `python -m tests.keras.record_recurrent` where keras 2.14 and tensorflow 2.14 are installed.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.keras import recurrent_cases as cases

FILE = Path(__file__).parents[1] / "data" / "keras-2.14-recurrent.json"


def main() -> None:
    """Write the results, one case a line."""
    tf, keras = import_module("tensorflow"), import_module("keras")

    def eager(function: Any) -> Any:
        return function

    found: dict[str, Any] = {}
    for code in cases.LAYERS:
        for masked in (False, True):
            keras.backend.clear_session()
            found[f"{code}, masked={masked}"] = cases.computed(code, masked, keras, tf, eager)
    for code in cases.STEPS:
        found[code] = cases.stepped(code, keras, tf, eager)
    for code in cases.MISTAKES:
        found[code] = cases.mistaken(code, keras, tf)
    for code in cases.TRAININGS:
        found[f"trained: {code}"] = cases.trained(code, keras)
    found["stateful"] = cases.stateful(keras, tf)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
    head = f'"keras": "{keras.__version__}", "tensorflow": "{tf.__version__}"'
    FILE.write_text(f'{{{head}, "cases": {{\n{lines}\n}}}}\n', "utf-8")


if __name__ == "__main__":
    main()
