"""Record what layers of attention compute on a real Keras: tests/data/keras-2.14-attention.json.

Run `python -m tests.keras.record_attention` where keras 2.14 and tensorflow 2.14 are installed.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.keras import attention_cases as cases

FILE = Path(__file__).parents[1] / "data" / "keras-2.14-attention.json"


def main() -> None:
    """Write the results, one case a line."""
    tf, keras = import_module("tensorflow"), import_module("keras")

    def eager(function: Any) -> Any:
        return function

    found: dict[str, Any] = {}
    for code, call in cases.CALLS:
        found[f"{code}({call})"] = cases.computed(code, call, keras, tf, eager)
    for code, given in cases.ENCODED:
        found[f"{code}({given})"] = cases.encoded(code, given, keras)
    for code, data in cases.ADAPTED:
        found[f"{code}.adapt({data})"] = cases.adapted(code, data, keras, tf)
    for code in cases.MISTAKES:
        found[code] = cases.mistaken(code, keras, tf)
    found["trained"] = cases.trained(keras, tf)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
    head = f'"keras": "{keras.__version__}", "tensorflow": "{tf.__version__}"'
    FILE.write_text(f'{{{head}, "cases": {{\n{lines}\n}}}}\n', "utf-8")


if __name__ == "__main__":
    main()
