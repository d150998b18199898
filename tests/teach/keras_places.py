"""Lists the definitions of an installed Keras: the source of tests/data/keras-2.14-places.json.

Run as: python tests/teach/keras_places.py path/to/keras/src > tests/data/keras-2.14-places.json
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MIRROR = Path(__file__).parents[2] / "densetrace" / "keras"
NOT_MIRRORED = ("engine/functional.py",)
"""Files that texts name but our stack does not mirror."""


def files() -> list[str]:
    """The files of Keras that our stack mirrors, and those of `NOT_MIRRORED`."""
    mirrored = (path.relative_to(MIRROR).as_posix() for path in MIRROR.rglob("*.py"))
    own = re.compile(r"(^|/)_(?!_init__)")
    return sorted({*(path for path in mirrored if not own.search(path)), *NOT_MIRRORED})


def places(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """The dotted names of functions, classes and module variables in a body."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name, body=inner):
                yield prefix + name
                yield from places(inner, f"{prefix}{name}.")
            case ast.Assign(targets=targets) if not prefix:
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def main(root: Path) -> None:
    """Print the definitions of every mirrored file below `root`, in source order, as JSON."""
    found = {
        f"keras/{file}": list(
            dict.fromkeys(places(ast.parse((root / file).read_text("utf-8")).body))
        )
        for file in files()
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
