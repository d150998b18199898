"""Lists the definitions of an installed TensorFlow that texts name: the source of
tests/data/tensorflow-2.14-places.json.

Run as: python -m tests.teach.tensorflow_places path/to/tensorflow > \
tests/data/tensorflow-2.14-places.json
"""

import ast
import json
import re
import sys
from pathlib import Path

from densetrace.teach.texts import ENTRIES
from tests.teach.keras_places import places

NAMED_PLACE = re.compile(r"(tensorflow/python/[\w/]+\.py), (\w[\w.]*\w)")


def named() -> set[tuple[str, str]]:
    """The files and definitions of TensorFlow that texts name."""
    return {place for entry in ENTRIES for place in NAMED_PLACE.findall(entry.where)}


def main(root: Path) -> None:
    """Print those that are defined below `root`, the folder of the package, by file, as JSON."""
    found: dict[str, list[str]] = {}
    for file in sorted({file for file, _ in named()}):
        tree = ast.parse((root.parent / file).read_text("utf-8"))
        defined = set(places(tree.body))
        found[file] = sorted(name for of, name in named() if of == file and name in defined)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
