"""Files of models and weights: what a real Keras 2.14 wrote is read, and what is written has its
form."""

import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped, unused-ignore] # it has no types
import numpy as np
import pytest

import densetrace.keras as keras
import densetrace.tensorflow as tf
from densetrace.keras.saving import saving_api
from densetrace.tensorflow.errors import NotFoundError
from densetrace.tensorflow.missing import NotInDensetraceError
from tests.keras import saved_models

FILES = [(name, form) for name in saved_models.NAMES for form in saved_models.forms(name)]
X = np.ones((4, 3), "float32")


def kept(model: Any, form: str) -> list[Any]:
    """The arrays of a model that a form of file has: the older form of weights has neither those of
    metrics nor those of the optimizer."""
    if form == "_weights.h5":
        return [variable.numpy() for variable in model.trainable_weights]
    return [variable.numpy() for variable in (*model.weights, *model.optimizer.variables)]


def zeroed(name: str) -> Any:
    """The model of this name, with other weights."""
    model = saved_models.model(name, keras, tf)
    for variable in (*model.weights, *model.optimizer.variables):
        variable.assign(np.zeros(variable.shape, variable.dtype.name))
    return model


def assert_equal(one: list[Any], other: list[Any]) -> None:
    assert len(one) == len(other)
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("name", "form"), FILES)
def test_files_of_a_real_keras_are_read(name: str, form: str) -> None:
    path = str(saved_models.FOLDER / (name + form))
    saved_models.net_class(keras, tf)  # registers it
    if "weights" in form:
        loaded = zeroed(name)
        loaded.load_weights(path)
    else:
        loaded = keras.models.load_model(path)
    wanted = saved_models.model(name, keras, tf)
    assert_equal(kept(loaded, form), kept(wanted, form))
    assert_equal([loaded(X).numpy()], [wanted(X).numpy()])


@pytest.mark.parametrize(("name", "form"), FILES)
def test_files_have_the_form_of_a_real_keras(name: str, form: str, tmp_path: Path) -> None:
    saved_models.save(saved_models.model(name, keras, tf), name, tmp_path, saving_api)
    written = saved_models.layout(tmp_path / (name + form), h5py)
    assert written == saved_models.layout(saved_models.FOLDER / (name + form), h5py)


@pytest.mark.parametrize(("name", "form"), [*FILES, ("chain", ""), ("net", "")])
def test_weights_come_back(name: str, form: str, tmp_path: Path) -> None:
    model = saved_models.model(name, keras, tf)
    path = str(tmp_path / (name + form))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the older format is discouraged
        (model.save if form in (".keras", ".h5") else model.save_weights)(path)
    # As in Keras, `load_weights` takes only the weights from a model in the older format.
    form = "_weights.h5" if form == ".h5" else form
    before = kept(model, form)
    other = zeroed(name)
    other.load_weights(path)
    assert_equal(kept(other, form), before)


def test_a_model_that_was_not_compiled_is_loaded_so(tmp_path: Path) -> None:
    keras.Sequential([keras.layers.Dense(2, input_shape=(3,))]).save(tmp_path / "m.keras")
    assert keras.models.load_model(tmp_path / "m.keras").optimizer is None
    compiled = saved_models.FOLDER / "chain.keras"
    assert keras.models.load_model(compiled, compile=False).optimizer is None


def test_a_class_of_a_script_must_be_known(tmp_path: Path) -> None:
    class Own(keras.Model):
        def __init__(self, units: int) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(units)

        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return self.dense(inputs)

    model = Own(2)
    model(X)
    path = tmp_path / "own.keras"
    model.save(path)
    with pytest.raises(TypeError, match="Could not locate class"):
        keras.models.load_model(path)
    loaded = keras.models.load_model(path, custom_objects={"Own": Own})
    assert_equal(loaded.get_weights(), model.get_weights())
    with (
        pytest.raises(NotImplementedError, match=r"path that ends in '\.keras'"),
        pytest.warns(UserWarning, match="legacy"),
    ):
        model.save(tmp_path / "own.h5")


def test_the_older_format_finds_no_function_of_a_script(tmp_path: Path) -> None:
    """As Keras 2.14, whose legacy deserializer takes the config of a function for that of a
    class."""

    def squared(x: Any) -> Any:
        return x * x

    model = keras.Sequential([keras.layers.Dense(2, activation=squared, input_shape=(3,))])
    model.save(tmp_path / "own.keras")
    with pytest.warns(UserWarning, match="legacy"):
        model.save(tmp_path / "own.h5")
    own = {"squared": squared}
    loaded = keras.models.load_model(tmp_path / "own.keras", custom_objects=own)
    assert loaded.layers[0].activation is squared
    with pytest.raises(TypeError, match="Unknown activation function: 'function'"):
        keras.models.load_model(tmp_path / "own.h5", custom_objects=own)


def test_a_config_runs_no_code(tmp_path: Path) -> None:
    path = tmp_path / "bad.keras"
    with zipfile.ZipFile(saved_models.FOLDER / "chain.keras") as real:
        parts = {name: real.read(name) for name in real.namelist()}
    for module, name in (("os", "system"), ("builtins", "eval"), ("subprocess", "Popen")):
        evil = parts["config.json"].replace(
            b'"module": "keras.layers"', f'"module": "{module}"'.encode()
        )
        evil = evil.replace(b'"class_name": "Dense"', f'"class_name": "{name}"'.encode())
        with zipfile.ZipFile(path, "w") as archive:
            for part, content in parts.items():
                archive.writestr(part, evil if part == "config.json" else content)
        with pytest.raises((TypeError, ValueError)):
            keras.models.load_model(path, safe_mode=False)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda model, folder: model.save(folder / "m.keras"), "Saving a `.keras` file"),
        (lambda model, folder: model.save_weights(folder / "m.h5"), "Saving weights as HDF5"),
        (lambda model, folder: model.load_weights(folder / "m.h5"), "Loading weights from HDF5"),
        (
            lambda model, folder: keras.models.load_model(saved_models.FOLDER / "chain.keras"),
            "Loading a `.keras` file",
        ),
    ],
)
def test_without_h5py_one_sentence_says_what_to_install(
    use: Any, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = saved_models.chain(keras)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError) as raised:
        use(model, tmp_path)
    assert str(raised.value) == (
        f"{said} needs h5py, which is not installed. Type: pip install 'densetrace[h5]'"
    )
    assert not [*tmp_path.iterdir()]
    model.save_weights(tmp_path / "checkpoint of weights")  # needs no h5py
    model.load_weights(tmp_path / "checkpoint of weights")


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    def stack(*units: int) -> Any:
        dense = keras.layers.Dense
        return keras.Sequential([dense(units[0], input_shape=(3,)), *map(dense, units[1:])])

    paths = [str(tmp_path / name) for name in ("w.weights.h5", "w.h5", "w.keras", "w")]
    for path in paths:
        stack(4, 1).save_weights(path)
        with pytest.raises(ValueError, match="shape"):
            stack(5, 1).load_weights(path)
    for path in paths[:3]:
        with pytest.raises(ValueError, match=r"0 saved weights|Layer count mismatch"):
            stack(4, 1, 1).load_weights(path)
    with pytest.raises(ValueError, match="needs `by_name=True`"):
        stack(4, 1).load_weights(paths[1], skip_mismatch=True)
    model = stack(5, 1)
    before = model.get_weights()
    with pytest.warns(UserWarning, match="Could not load weights"):
        model.load_weights(paths[0], skip_mismatch=True)
    assert_equal(model.get_weights(), before)


def test_layers_are_loaded_by_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dense = keras.layers.Dense
    model = keras.Sequential([dense(4, input_shape=(3,), name="a"), dense(2, name="b")])
    model.save_weights(tmp_path / "w.h5")
    other = keras.Sequential([dense(4, input_shape=(3,), name="a"), dense(3, name="c")])
    untouched = other.get_weights()[2:]
    other.load_weights(tmp_path / "w.h5", by_name=True)
    assert_equal(other.get_weights(), model.get_weights()[:2] + untouched)
    wider = keras.Sequential([dense(5, input_shape=(3,), name="a"), dense(2, name="b")])
    with pytest.raises(ValueError, match="Mismatch in layer #0"):
        wider.load_weights(tmp_path / "w.h5", by_name=True)
    wider.load_weights(tmp_path / "w.h5", by_name=True, skip_mismatch=True)
    assert "Skipping loading of weights for layer #0" in caplog.text


def test_paths_that_are_no_model_are_refused(tmp_path: Path) -> None:
    model = saved_models.chain(keras)
    for name in ("none.keras", "none.h5", "none"):
        with pytest.raises(OSError, match="No file or directory found at"):
            keras.models.load_model(tmp_path / name)
    (tmp_path / "bad.keras").write_text("text")
    with pytest.raises(OSError, match="signature"):
        keras.models.load_model(tmp_path / "bad.keras")
    with pytest.raises(NotFoundError, match="Failed to find any matching files"):
        model.load_weights(tmp_path / "none")
    with pytest.raises(OSError, match="No model found"):
        keras.models.load_model(tmp_path)
    for no_path in (None, 3):
        with pytest.raises(OSError, match="from a path"):
            keras.models.load_model(no_path)
    (tmp_path / "saved_model.pb").touch()
    for use in (model.save, keras.models.load_model):
        with pytest.raises(NotInDensetraceError, match=r"Use a path that ends in '\.keras'"):
            use(tmp_path)
    with pytest.raises(ValueError, match="have not yet been created"):
        keras.Sequential([keras.layers.Dense(2)]).save_weights(tmp_path / "w")
    for keywords in ({"save_format": "zip"}, {"save_format": "keras"}, {"save_format": "npz"}):
        with pytest.raises(ValueError, match="must"):
            model.save(tmp_path / "model", **keywords)
    with pytest.raises(ValueError, match="without these arguments"):
        model.save(tmp_path / "m.keras", include_optimizer=False)
    with pytest.raises(ValueError, match="Leave out its ending"):
        model.save_weights(tmp_path / "w.h5", save_format="tf")


def test_a_checkpoint_builds_a_model_that_has_no_weights(tmp_path: Path) -> None:
    model = saved_models.model("net", keras, tf)
    model.save_weights(tmp_path / "w")
    other = saved_models.net_class(keras, tf)(2)
    status = other.load_weights(tmp_path / "w")
    assert_equal(other.get_weights(), model.get_weights())
    assert status.expect_partial() is status
    assert status.assert_existing_objects_matched() is status
    with pytest.raises(AssertionError, match="optimizer/_variables/1"):
        status.assert_consumed()  # the other model has no optimizer


def test_what_exists_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = saved_models.chain(keras)
    for name in ("m.keras", "w.weights.h5", "w.h5", "w"):
        path = tmp_path / name
        save = model.save if name == "m.keras" else model.save_weights
        save(path)
        written = path if path.exists() else tmp_path / "w.index"
        before = written.stat().st_mtime_ns
        monkeypatch.setattr("builtins.input", lambda question: "n")
        save(path, overwrite=False)
        assert written.stat().st_mtime_ns == before
        monkeypatch.setattr("builtins.input", lambda question: "y")
        save(path, overwrite=False)
        assert written.stat().st_mtime_ns > before


def test_many_names_are_kept_in_parts(tmp_path: Path) -> None:
    from densetrace.keras.saving.legacy import hdf5_format

    names = [f"{'long' * 100}{index}".encode() for index in range(400)]
    with h5py.File(tmp_path / "names.h5", "w") as file:
        hdf5_format.save_attributes_to_hdf5_group(file, "names", names)
        assert "names" not in file.attrs
        kept = hdf5_format.load_attributes_from_hdf5_group(file, "names")
        assert kept == [name.decode() for name in names]
        with pytest.raises(RuntimeError, match="at most"):
            hdf5_format.save_attributes_to_hdf5_group(file, "other", [b"x" * 70_000])
