"""A name is listed once: an object that is added to the table is known everywhere."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from densetrace.data import names, names_table
from tests.cli.running import environment

PACKAGE = Path(names.__file__).parents[1]

LAYER = '''
from densetrace.keras._exports import keras_export
from densetrace.keras.engine.base_layer import Layer


@keras_export("keras.layers.Double")
class Double(Layer):
    """Twice its input."""

    def call(self, inputs):
        return inputs + inputs
'''
LINE = """
    Group(
        "keras.layers.core.double", "Double=double|Twice", "keras.layers", "layers activations",
        expression=True,
    ),
"""
USED = """
from densetrace import api, keras
from densetrace.data.names import usual
from densetrace.keras.layers.core.double import Double
from densetrace.sources.expression.gate import homes
from densetrace.sources.expression.names import names
from densetrace.sources.script.standins import stand_ins
from densetrace.teach.quiz.options import class_named, neighbours

# Expressions, and their hints
for spelling in ("Double", "double", "layers.Double", "tf.keras.layers.Double"):
    assert names()[spelling].value is Double
    assert spelling in list(names())
assert "Twice" not in names()
assert "Double" in names().hint("Doubel")
assert homes()["Double"] == ("keras.layers", "tf_keras.layers")
assert api.explain("Double()").outcome["output"].shape == (2, 3)

# Scripts
with stand_ins():
    from tensorflow.keras.layers import Double as offered
    import keras as stand_in
    assert offered is stand_in.layers.double is Double
    assert "double" in dir(stand_in.layers)

# The mirror, with configs and lookups
assert keras.layers.Double is Double
config = keras.layers.serialize(Double(name="twice"))
for class_name in ("Double", "double", "Twice"):
    assert type(keras.layers.deserialize(config | {"class_name": class_name})) is Double
assert type(keras.activations.get("Twice")) is Double

# densetrace names, suggestions and quizzes
assert api.names("activations")["activations"]["Twice"] == "Double"
assert "double" in usual("activations")
assert class_named("activations", "Twice") == "Double"
assert "the function double" in neighbours("activations", ())
"""


def test_a_layer_is_added_by_its_file_and_one_line(tmp_path: Path) -> None:
    copy = tmp_path / "densetrace"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "keras" / "layers" / "core" / "double.py").write_text(LAYER)
    table = copy / "data" / "names_table.py"
    begin = "TABLE: tuple[Group, ...] = ("
    text = table.read_text("utf-8")
    assert begin in text
    table.write_text(text.replace(begin, begin + LINE), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", USED], cwd=tmp_path, env=environment({"PYTHONPATH": str(tmp_path)}),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr


def test_a_new_registry_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    from densetrace import api
    from densetrace.cli import completion

    made = names_table.Group("keras.layers.core.dense", "Dense|thick", found="made_up")
    monkeypatch.setattr(names, "TABLE", (*names_table.TABLE, made))
    monkeypatch.setattr(names, "REGISTRIES", (*names.REGISTRIES, "made_up"))
    names._groups.cache_clear()
    try:
        assert list(completion.registries())[-1] == "made_up"
        assert api.names()["made_up"] == {"Dense": "Dense", "thick": "Dense"}
    finally:
        names._groups.cache_clear()
        names.found.cache_clear()


def test_a_spelling_refers_to_one_object() -> None:
    for column, view in (("public", names.public), ("found", names.found)):
        for word, groups in names._groups(column).items():
            read = [made for group in groups for made in names._read(group)]
            listed = [name for made in read for name in made.public]
            if column == "found":
                listed += [name for made in read for name in made.found]
            assert len(listed) == len(set(listed)) == len(view(word)), word


@pytest.mark.parametrize("home", sorted({group.home for group in names_table.TABLE}))
def test_each_home_defines_the_objects_in_the_table(home: str) -> None:
    from importlib import import_module

    module = import_module(f"densetrace.{home}")
    for group in names_table.TABLE:
        if group.home == home:
            for made in names._read(group):
                assert hasattr(module, made.own), made
