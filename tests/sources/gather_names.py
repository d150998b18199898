"""Gather the public names of the installed Keras and TensorFlow for real_names.json.

    python tests/sources/gather_names.py densetrace/sources/script/real_names.json

brings the sections of that file up to date for what is installed: with Keras 2.14 and TensorFlow
2.14 its `keras`, `tensorflow` and `members`, with a Keras 3 its `keras3`, which has only what
Keras 2.14 lacks. Without a file it prints the sections. It needs nothing but Python.
"""

import contextlib
import importlib
import json
import os
import sys
from types import ModuleType
from typing import Any

UNLISTED = ("compat.v1", "compat.v2", "estimator", "raw_ops")
"""Modules of TensorFlow whose names are not listed: copies of others, or too many."""

NOT_PUBLIC = {"src", "api", "protobuf"}
IN_TENSORFLOW = ("tensorflow._api.", "tensorflow.compat.", "tensorboard.summary.", "keras.api.")
IN_KERAS = ("keras.",)
CLASSES = {
    "Layer": "keras.layers.Layer",
    "Model": "keras.Model",
    "Sequential": "keras.Sequential",
    "Optimizer": "keras.optimizers.Optimizer",
    "Metric": "keras.metrics.Metric",
    "Loss": "keras.losses.Loss",
    "KerasTensor": "keras.__internal__.KerasTensor",
    "TensorShape": "tensorflow.TensorShape",
    "TensorSpec": "tensorflow.TensorSpec",
    "DType": "tensorflow.DType",
    "Policy": "keras.mixed_precision.Policy",
    "InputSpec": "keras.layers.InputSpec",
    "Initializer": "keras.initializers.Initializer",
    "Regularizer": "keras.regularizers.Regularizer",
    "Constraint": "keras.constraints.Constraint",
    "SymbolicTensor": "tensorflow.python.framework.ops.SymbolicTensor",
}


def gathered() -> dict[str, Any]:
    """The sections that the installed packages allow."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras = importlib.import_module("keras")
    if not keras.__version__.startswith("2."):
        return {"keras3": _section(keras, IN_KERAS, NOT_PUBLIC)}
    tensorflow = importlib.import_module("tensorflow")
    section = _section(tensorflow, IN_TENSORFLOW, {"keras"}, UNLISTED)
    own = _section(keras, IN_KERAS, NOT_PUBLIC)
    for module, names in section["modules"].items():
        if own["modules"].get(module) == names:
            section["modules"][module] = f"= keras.{module}"
    return {"keras": own, "tensorflow": section, "members": _members(tensorflow)}


def _section(
    root: ModuleType, homes: tuple[str, ...], without: set[str], unlisted: tuple[str, ...] = ()
) -> Any:
    """The names of each public module by its path under `root`, without submodules."""
    modules: dict[str, str] = dict.fromkeys(unlisted, "*")
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        path, module = waiting.pop()
        names: list[str] = []
        for name in dir(module):
            inner = f"{path}.{name}".lstrip(".")
            if name.startswith("_") or inner in without or inner in unlisted:
                continue
            value: Any = None
            with contextlib.suppress(Exception):  # a lazy name that fails to load
                value = getattr(module, name)
            if not isinstance(value, ModuleType):
                names.append(name)
            elif (value.__name__ + ".").startswith(homes):
                waiting.append((inner, value))
        modules[path] = " ".join(names)
    return {"version": root.__version__, "modules": dict(sorted(modules.items()))}


def _members(tensorflow: Any) -> dict[str, str]:
    """The public attributes of classes, without those inherited from another of them; of tensors
    and variables, only those that work in eager execution."""
    found = {name: _found(path) for name, path in CLASSES.items()}
    eager = {"Tensor": tensorflow.constant(0.0), "Variable": tensorflow.Variable(0.0)}
    found |= {name: type(value) for name, value in eager.items()}
    members: dict[str, str] = {}
    for name, cls in found.items():
        inherited = {
            member
            for other in found.values()
            if other is not cls and issubclass(cls, other)
            for member in dir(other)
        }
        own = [member for member in dir(cls) if member not in inherited and member[0] != "_"]
        members[name] = " ".join(own if name not in eager else _there(eager[name], own))
    return members


def _there(value: Any, names: list[str]) -> list[str]:
    kept: list[str] = []
    for name in names:
        with contextlib.suppress(Exception):
            getattr(value, name)
            kept.append(name)
    return kept


def _found(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def lacking(new: dict[str, str], old: dict[str, str]) -> dict[str, str]:
    """The names that the modules of a newer Keras have and those of an older one lack."""
    found = {
        path: " ".join(name for name in names.split() if name not in old.get(path, "").split())
        for path, names in new.items()
    }
    return {path: names for path, names in found.items() if names or path not in old}


def main(path: str | None = None) -> None:
    """Print the sections, or update those of a file."""
    kept: dict[str, Any] = {}
    if path is not None and os.path.exists(path):
        with open(path, encoding="utf-8") as stream:
            kept = json.load(stream)
    new = gathered()
    if path is None:
        json.dump(new, sys.stdout)
        return
    if "keras3" in new:
        new["keras3"]["modules"] = lacking(new["keras3"]["modules"], kept["keras"]["modules"])
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(kept | new, stream, indent=0)
        stream.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
