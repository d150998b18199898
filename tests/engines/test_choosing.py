"""Choosing an engine: loading installed ones, and messages about missing ones."""

import importlib.metadata
import importlib.util
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from densetrace.engines import Engine, installed, installed_keras, load
from densetrace.system.errors import RequestError

INSTALL = 'pip install "densetrace[keras]"'


def pretend_installed(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    """Make exactly these packages of Keras and TensorFlow appear installed."""

    def find_spec(name: str) -> ModuleSpec | None:
        return ModuleSpec(name, None) if name in versions else None

    def version(name: str) -> str:
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    monkeypatch.setattr(importlib.metadata, "version", version)


def test_the_mirrored_stack_is_always_available() -> None:
    engine = load("densetrace")
    assert engine.name == "densetrace"
    assert "Dense" in engine.layers()
    with engine.hooked():
        assert engine.keras.layers.Dense(2).units == 2


@pytest.mark.parametrize("name", ["tf_keras", "keras"])
def test_an_engine_that_is_not_installed_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pretend_installed(monkeypatch)
    with pytest.raises(RequestError) as caught:
        load(name)
    assert f"needs {name} and tensorflow" in str(caught.value)
    assert str(caught.value).endswith(INSTALL)


def test_keras_without_tensorflow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_installed(monkeypatch, tf_keras="2.21.0")
    with pytest.raises(RequestError, match="needs tensorflow, which is not installed"):
        load("tf_keras")


@pytest.mark.parametrize("version", ["2.12.0", "2.16.0", "4.0.0"])
def test_an_unsupported_keras_is_refused_with_a_clear_message(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    pretend_installed(monkeypatch, keras=version, tensorflow="2.21.0")
    with pytest.raises(RequestError) as caught:
        load("keras")
    assert f"Keras {version} is installed here" in caught.value.problem
    assert "--engine tf_keras" in caught.value.hint


def test_keras_3_needs_the_backend_that_it_is_configured_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pretend_installed(monkeypatch, keras="3.15.1")
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(RequestError) as caught:
        load("keras")
    assert "the backend jax, which is not installed here: pip install" in caught.value.problem
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert installed.backend() == "tensorflow"
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    with pytest.raises(RequestError, match="pip install torch"):
        load("keras")


def test_a_comparison_takes_keras_2_where_both_are_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[str] = []
    pretend_installed(monkeypatch, keras="3.15.1", tf_keras="2.21.0", tensorflow="2.21.0")
    monkeypatch.setattr(installed, "load", loaded.append)
    installed_keras()
    assert loaded == ["tf_keras"]
    pretend_installed(monkeypatch, keras="3.15.1", tensorflow="2.21.0")
    with pytest.raises(RequestError, match="needs a real Keras 2"):
        installed_keras()


def test_a_misspelled_engine_gets_a_suggestion() -> None:
    with pytest.raises(RequestError, match="Did you mean tf_keras"):
        load("tf-keras")


def test_choosing_the_mirrored_stack_does_not_import_tensorflow() -> None:
    program = "import sys; from densetrace.engines import load; load('densetrace'); " \
        "print('tensorflow' in sys.modules)"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


@pytest.mark.keras
def test_tensorflow_prints_nothing(keras: Engine) -> None:
    program = (
        "from densetrace.engines import load; import numpy\n"
        f"engine = load({keras.name!r})\n"
        "model = engine.keras.Sequential([engine.keras.layers.Dense(2)])\n"
        "print(model(numpy.ones((2, 3), 'float32')).shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("(2, 2)\n", "")


@pytest.mark.keras
def test_a_real_engine_describes_itself(keras: Engine) -> None:
    described = keras.describe()
    assert described["name"] == keras.name
    assert str(described["version"]).startswith("2.")
    assert str(described["tensorflow"]).startswith("2.")


@pytest.mark.keras
def test_a_real_engine_offers_its_public_layers_except_those_that_read_files(keras: Engine) -> None:
    offered = keras.layers()
    for name in ("BatchNormalization", "Conv2D", "Dense", "LSTM", "MultiHeadAttention"):
        assert name in offered
    for name in ("StringLookup", "TextVectorization", "deserialize"):
        assert name not in offered
