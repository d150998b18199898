"""The lookup of initializers by name.

Follows keras 2.14 initializers/__init__.py.
"""

import inspect
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
from densetrace.recording.warn import warn

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
"""Every name that `get` finds, old names included -> the class that it instantiates."""

# As in Keras, each of these names is also an attribute of the module.
globals().update(ALL_OBJECTS)


def serialize(initializer: Any, use_legacy_format: bool = False) -> Any:
    """Return the config of an initializer; None for None.

    Follows keras 2.14 initializers/__init__.py, serialize.
    """
    if initializer is None:
        return None
    if not isinstance(initializer, Initializer):
        warn(
            "`keras.initializers.serialize()` is made for `keras.initializers.Initializer` "
            f"objects. Received an instance of type {type(initializer)}, which may not be saved "
            "correctly."
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(initializer)
    return serialization_lib.serialize_keras_object(initializer)


def deserialize(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    use_legacy_format: bool = False,
) -> Any:
    """Return the initializer for a config or a name.

    Follows keras 2.14 initializers/__init__.py, deserialize.

    Raises:
        ValueError: if the name is unknown, in the legacy format. (In the newer format an unknown
            name is returned unchanged.)
        TypeError: if the class does not accept the arguments in the config.
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
    """Return the initializer for a name, a config, a class, a callable or None.

    A class is instantiated; any other callable and None are returned unchanged.
    Follows keras 2.14 initializers/__init__.py, get.

    Raises:
        ValueError: if `identifier` is of another type, or the name is unknown.
        TypeError: if the class does not accept the arguments in a config.
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
