"""Models that are saved and loaded on ours and on a real Keras.

`python -m tests.keras.saved_models`, where keras 2.14 and tensorflow 2.14 are installed, saves them
in tests/data/keras-2.14-saved.
"""

import io
import json
import warnings
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[1] / "data" / "keras-2.14-saved"
NAMES = ("chain", "net")


def model(name: str, keras: Any, tf: Any) -> Any:
    """A model with given weights, compiled, whose optimizer has made its variables."""
    keras.backend.clear_session()
    made = chain(keras) if name == "chain" else net_class(keras, tf)(2)
    made.compile("adam" if name == "chain" else "rmsprop", "mse", metrics=["mae"])
    made(np.ones((2, 3), "float32"))
    made.optimizer.build(made.trainable_variables)
    for index, variable in enumerate((*made.weights, *made.optimizer.variables)):
        ramp = np.linspace(-1, 1, int(np.prod(variable.shape))).reshape(variable.shape)
        variable.assign(index + ramp.astype(variable.dtype.name))
    return made


def chain(keras: Any) -> Any:
    """A Sequential model with another one inside."""
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Dense(2, "relu", input_shape=(3,), kernel_regularizer="l2"),
            layers.ReLU(),
            keras.Sequential([layers.Dense(3, use_bias=False, kernel_initializer="he_normal")]),
            layers.Dense(1, kernel_constraint="max_norm"),
        ]
    )


def net_class(keras: Any, tf: Any) -> Any:
    """A class of models with layers in lists and dicts, a metric, a variable, another model."""

    @keras.saving.register_keras_serializable("tests")
    class Net(keras.Model):  # type: ignore[misc] # any Keras
        __module__ = "__main__"  # as where the files are recorded

        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            dense = keras.layers.Dense
            self.units = units
            self.zero = dense(units, "relu")
            self.blocks = [dense(units), dense(units)]
            self.named = {"a": dense(units), "b": dense(units)}
            self.out = dense(1)
            self.mean = keras.metrics.Mean(name="seen")
            self.scale = tf.Variable(2.0)
            self.inner = keras.Sequential([dense(units), dense(units)])

        def call(self, inputs: Any) -> Any:
            outputs = self.zero(inputs)
            for layer in (*self.blocks, self.named["b"], self.named["a"], self.inner):
                outputs = layer(outputs)
            return self.out(outputs) * self.scale

        def get_config(self) -> Any:
            return {**super().get_config(), "units": self.units}

    return Net


def forms(name: str) -> list[str]:
    """The endings of the files of a model: only a Sequential one has the older format."""
    return [".keras", ".weights.h5", "_weights.h5", *([".h5"] if name == "chain" else [])]


def save(made: Any, name: str, folder: Path, api: Any) -> None:
    """Save a model in each form. `api` has `save_model` and `save_weights`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the older format is discouraged
        for form in forms(name):
            weights = "weights" in form
            (api.save_weights if weights else api.save_model)(made, str(folder / (name + form)))


def layout(path: Path, h5py: Any) -> Any:
    """What is in a file: the groups and datasets with their attributes, and the configs."""
    found: dict[str, Any] = {}
    file: Any = path
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            found["names"] = archive.namelist()
            found["config"] = json.loads(archive.read("config.json"))
            found["metadata"] = [*json.loads(archive.read("metadata.json"))]
            file = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(file) as opened:
        found["/"] = {key: _attribute(value) for key, value in opened.attrs.items()}

        def note(name: str, item: Any) -> None:
            kept = [list(item.shape), str(item.dtype)] if hasattr(item, "shape") else []
            found[name] = [kept, {key: _attribute(value) for key, value in item.attrs.items()}]

        opened.visititems(note)
    return found


def _attribute(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_attribute(item) for item in value]
    text = value.decode() if isinstance(value, bytes) else str(value)
    return json.loads(text) if text.startswith("{") else text


def main() -> None:
    """Save the models of a real Keras."""
    tf = import_module("tensorflow")
    saving_api = import_module("keras.src.saving.saving_api")
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        save(model(name, tf.keras, tf), name, FOLDER, saving_api)


if __name__ == "__main__":
    main()
