"""The names that initializers are looked up by.

Follows keras 2.14 initializers/__init__.py.
"""

import inspect
import warnings
from collections.abc import Mapping
from typing import Any, Final

from densetrace.keras._registries import found
from densetrace.keras.initializers.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Identity,
    Initializer,
    LecunNormal,
    LecunUniform,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.recording.hooks import traced

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "get",
    "serialize",
]

ALL_OBJECTS: Final = found("initializers")
"""Every name that `get` finds, old ones included, and the class that it makes an instance of."""

# As in Keras, each of these names is an attribute of the module too.
globals().update(ALL_OBJECTS)


def names() -> dict[str, Any]:
    """Every name that `get` finds, and the class that it makes an instance of."""
    return dict(ALL_OBJECTS)


def serialize(initializer: Any, use_legacy_format: bool = False) -> Any:
    """The config of an initializer. Follows keras 2.14 initializers/__init__.py, serialize."""
    if initializer is None:
        return None
    if not isinstance(initializer, Initializer):
        warnings.warn(
            "`keras.initializers.serialize()` is made for `keras.initializers.Initializer` "
            f"objects. Received an instance of type {type(initializer)}, which may not be saved "
            "rightly.",
            stacklevel=2,
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(initializer)
    return serialization_lib.serialize_keras_object(initializer)


def deserialize(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    use_legacy_format: bool = False,
) -> Any:
    """The initializer that a config or a name stands for.

    Follows keras 2.14 initializers/__init__.py, deserialize.
    """
    if use_legacy_format:
        return legacy_serialization.deserialize_keras_object(
            config,
            module_objects=ALL_OBJECTS,
            custom_objects=custom_objects,
            printable_module_name="initializer",
        )
    return serialization_lib.deserialize_keras_object(
        config,
        module_objects=ALL_OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="initializer",
    )


@traced("get")
def get(identifier: Any) -> Any:
    """The initializer that a name, a config, a class, a callable or None stands for.

    A class is made an instance of. Follows keras 2.14 initializers/__init__.py, get.

    Raises:
        ValueError: when `identifier` is none of these, or names nothing known.
        TypeError: when a config has arguments that the class does not take.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        use_legacy_format = "module" not in identifier
        return deserialize(identifier, use_legacy_format=use_legacy_format)
    if isinstance(identifier, str):
        config = {"class_name": str(identifier), "config": {}}
        return get(config)
    if callable(identifier):
        if inspect.isclass(identifier):
            identifier = identifier()
        return identifier
    raise ValueError(f"Could not interpret initializer identifier: {identifier!r:.200}")
