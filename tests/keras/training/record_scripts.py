"""Records what the scripts of tests/data/keras-2.14-training-scripts.json print on a real Keras.

Run with the Python of a Keras 2.14: python tests/keras/training/record_scripts.py [NAME...]
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path(__file__).parents[2] / "data" / "keras-2.14-training-scripts.json"


def main(names: list[str]) -> None:
    """Run the scripts of these names, or all, and write what they print beside their code."""
    recorded = json.loads(DATA.read_text("utf-8"))
    for name in names or recorded["scripts"]:
        script = recorded["scripts"][name]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{name}.py")
            path.write_text("\n".join([*recorded["prelude"], *script["code"], ""]), "utf-8")
            done = subprocess.run(
                [sys.executable, path], capture_output=True, text=True, check=True, cwd=folder
            )
        script["prints"] = done.stdout.splitlines()
    DATA.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
