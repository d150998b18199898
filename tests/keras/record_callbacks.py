"""Record what callbacks print on a real Keras 2.14, in tests/data/keras-2.14-callbacks.json.

Run `python -m tests.keras.record_callbacks` where keras 2.14 and tensorflow 2.14 are installed.
"""

import json
import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.keras import callback_cases

FILE = Path(__file__).parents[1] / "data" / "keras-2.14-callbacks.json"


def main() -> None:
    """Write the texts, one case a line."""
    keras, tf = import_module("keras"), import_module("tensorflow")
    generic_utils: Any = import_module("keras.src.utils.generic_utils")
    lines = []
    for kind, name, code in callback_cases.cases():
        tf.keras.backend.clear_session()
        generic_utils.time = clock = callback_cases.Clock()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            text = callback_cases.printed(code, callback_cases.scope(tf.keras, tf, clock))
            os.chdir("/")
        lines.append(json.dumps({"kind": kind, "name": name, "prints": text}))
    versions = json.dumps({"keras": keras.__version__, "tensorflow": tf.__version__})
    cases = ",\n".join(lines)
    FILE.write_text(f'{{"versions": {versions}, "cases": [\n{cases}\n]}}\n', "utf-8")


if __name__ == "__main__":
    main()
