"""The public names of a real Keras include those of densetrace, and the file of names agrees with
the installed packages."""

import json
import subprocess
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from densetrace.data.names import modules as public_modules
from densetrace.data.names import public
from densetrace.sources.script.real_names import RealNames, real_names
from densetrace.sources.script.standins import KERAS_VERSION, TENSORFLOW_VERSION
from densetrace.tensorflow import exports
from tests.sources.gather_names import lacking

DATA = Path(__file__).parents[2] / "densetrace" / "sources" / "script" / "real_names.json"
GATHER = Path(__file__).with_name("gather_names.py")


def test_what_is_offered_is_there_on_a_real_keras() -> None:
    for module in public_modules("keras"):
        offered = public(f"keras.{module}".rstrip("."))
        assert offered
        assert set(offered) <= (real_names().keras[module] or set()), module


@pytest.mark.parametrize("module", exports.modules())
def test_what_is_offered_of_tensorflow_is_there_on_a_real_one(module: str) -> None:
    for name in exports.modules()[module]:
        dotted = ".".join(filter(None, ("tensorflow", module, name)))
        assert real_names().may_have(dotted), dotted


@pytest.mark.keras
def test_what_is_offered_of_an_unlisted_module_is_there_on_a_real_one() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    unlisted = [module for module in exports.modules() if module not in real_names().tensorflow]
    unlisted += [module for module, names in real_names().tensorflow.items() if names is None]
    checked = 0
    for module in unlisted:
        for name in exports.modules().get(module, ()):
            attrgetter(f"{module}.{name}")(tensorflow)
            checked += 1
    assert checked


def test_the_names_are_of_the_versions_that_the_stand_ins_claim() -> None:
    data = real_names().data
    versions = [data[library]["version"] for library in ("keras", "tensorflow")]
    assert versions == [KERAS_VERSION, TENSORFLOW_VERSION]
    assert data["keras3"]["version"].startswith("3.")


def test_the_file_is_small() -> None:
    assert DATA.stat().st_size < 60_000


def test_keras_3_is_told_from_keras_2() -> None:
    data = real_names().data
    keras2, keras3 = data["keras"]["modules"], data["keras3"]["modules"]
    assert "ops" in keras3.keys() - keras2.keys()
    for module, names in keras3.items():
        assert not set(names.split()) & set(keras2.get(module, "").split()), module


@pytest.mark.parametrize(
    ("dotted", "hint"),
    [
        ("keras.ops.matmul", "It is a Keras 3 name; in Keras 2.14 write tf.matmul."),
        ("keras.ops.mean", "It is a Keras 3 name; in Keras 2.14 write keras.backend.mean."),
        ("keras.random.normal", "It is a Keras 3 name; in Keras 2.14 write tf.random.normal."),
        ("tf_keras.Layer", "It is a Keras 3 name; in Keras 2.14 write tf_keras.layers.Layer."),
        ("tensorflow.Dense", "Write tf.keras.layers.Dense."),
        ("keras.layer", "did you mean keras.layers?"),
        ("keras.zzz", "Look in keras."),
        ("tensorflow.raw_ops.MatMul", "TensorFlow 2.14 may have it"),
        ("tensorflow.losses.Huber", "Keras 2.14 has it"),
    ],
)
def test_a_hint_says_what_to_write(dotted: str, hint: str) -> None:
    said = " ".join(real_names().refusal(dotted))
    assert hint in said.replace("TensorFlow 2.14 has it", "Keras 2.14 has it")


def test_every_real_name_has_a_hint_and_a_wrong_one_too() -> None:
    real = real_names()
    for root, modules in (("keras", real.keras), ("tensorflow", real.tensorflow)):
        for module, names in modules.items():
            for name in names or ():
                dotted = ".".join(filter(None, (root, module, name)))
                assert " 2.14 has it: " in real.hint(dotted), dotted
            missing = ".".join(filter(None, (root, module, "zzzzzz")))
            assert all(said.endswith((".", "?")) for said in real.refusal(missing)), missing


@pytest.mark.keras
def test_the_file_agrees_with_what_is_installed() -> None:
    """The file agrees in every name with the versions it states, and in nearly all names with other
    versions of the same Keras."""
    made = subprocess.run([sys.executable, str(GATHER)], capture_output=True, check=False)
    if b"ModuleNotFoundError" in made.stderr:
        pytest.skip("needs a real Keras")
    found = json.loads(made.stdout)
    kept = real_names().data
    if "keras3" in found:
        found["keras3"]["modules"] = lacking(found["keras3"]["modules"], kept["keras"]["modules"])
    assert found
    for section, new in found.items():
        if new == kept[section]:
            continue
        assert section == "members" or new["version"] != kept[section]["version"], section
        if section != "members":
            known, there = names_of(kept, section), names_of(kept | found, section)
            assert len(known - there) <= 0.1 * len(known), section


def names_of(libraries: dict[str, Any], section: str) -> set[str]:
    modules = getattr(RealNames(libraries), section)
    return {f"{module}.{name}" for module, names in modules.items() for name in names or ()}
