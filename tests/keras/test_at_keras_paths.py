"""The mirror has the modules, names, order and constructors of Keras's own files.

`tests/data/keras-2.14-places.json` lists the definitions in each file of Keras 2.14.
"""

import ast
import json
from collections import defaultdict
from pathlib import Path

import pytest

from tests.teach.keras_places import MIRROR, NOT_MIRRORED, files, places

KERAS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data" / "keras-2.14-places.json").read_text("utf-8")
)
MIRRORED = [file for file in files() if file not in NOT_MIRRORED]

# The files of Keras that define a name.
HOMES: dict[str, set[str]] = defaultdict(set)
for file, names in KERAS.items():
    for name in names:
        HOMES[name].add(file.removeprefix("keras/"))


def defined(file: str) -> list[str]:
    """Return the functions, classes and methods of a mirrored file in their order."""
    body = ast.parse((MIRROR / file).read_text("utf-8")).body
    only = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return list(dict.fromkeys(places(list(only))))


@pytest.mark.parametrize("file", MIRRORED)
def test_keras_has_a_module_at_this_path(file: str) -> None:
    assert f"keras/{file}" in KERAS


@pytest.mark.parametrize("file", MIRRORED)
def test_definitions_are_in_the_order_of_keras(file: str) -> None:
    ours, theirs = defined(file), KERAS[f"keras/{file}"]
    both = [name for name in ours if name in theirs]
    assert both == sorted(both, key=theirs.index)


@pytest.mark.parametrize("file", MIRRORED)
def test_a_name_of_keras_is_defined_only_in_the_files_where_keras_defines_it(file: str) -> None:
    misplaced = {
        name: HOMES[name]
        for name in defined(file)
        if HOMES[name] and file not in HOMES[name] and "." not in name
    }
    assert misplaced == {}


@pytest.mark.parametrize("file", MIRRORED)
def test_a_class_defines_init_where_keras_defines_it(file: str) -> None:
    ours, theirs = set(defined(file)), set(KERAS[f"keras/{file}"])
    constructors = {name for name in theirs if name.endswith(".__init__")}
    expected = {name for name in constructors if name.removesuffix(".__init__") in ours}
    assert expected - ours == set()
