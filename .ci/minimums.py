"""Prints constraints for pip: the lowest version that pyproject.toml allows of each package that
densetrace and its tests need."""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def main() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    for requirement in (*project["dependencies"], *project["optional-dependencies"]["test"]):
        lowest = re.match(r"([\w-]+)>=([\w.]+)", requirement)
        if lowest is None:
            raise SystemExit(f"A requirement states its lowest version. Received: {requirement}")
        print(f"{lowest[1]}=={lowest[2]}")


if __name__ == "__main__":
    main()
