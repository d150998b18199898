"""Layers to configs and back again: `keras.layers.serialize` and `keras.layers.deserialize`.

Follows keras 2.14 layers/serialization.py.
"""

import json
from typing import Any, Final

from densetrace.keras._registries import found
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization

_CLASSES: Final = found("layers")


def serialize(layer: Layer, use_legacy_format: bool = False) -> Any:
    """The config dict of a layer, with its class.

    Follows keras 2.14 layers/serialization.py, serialize.

    Raises:
        ValueError: for a metric, which has functions of its own for this.
    """
    if getattr(layer, "_is_metric", False):
        raise ValueError(
            f"Cannot serialize {layer} since it is a metric. Use `keras.metrics.serialize()` and "
            "`keras.metrics.deserialize()`."
        )
    if use_legacy_format:
        return legacy_serialization.serialize_keras_object(layer)
    return serialization_lib.serialize_keras_object(layer)


def deserialize(config: Any, custom_objects: Any = None, use_legacy_format: bool = False) -> Any:
    """The layer that a config dict describes.

    Follows keras 2.14 layers/serialization.py, deserialize.

    Raises:
        ValueError: when there is no config.
        TypeError: when the class cannot be made with that config. The name of an unknown class
            comes back as it is, as it does in Keras.
    """
    if not config:
        raise ValueError(f"Cannot deserialize empty config. Received: config={config}")
    if use_legacy_format:
        return legacy_serialization.deserialize_keras_object(
            config,
            module_objects=_CLASSES,
            custom_objects=custom_objects,
            printable_module_name="layer",
        )
    return serialization_lib.deserialize_keras_object(
        config,
        module_objects=_CLASSES,
        custom_objects=custom_objects,
        printable_module_name="layer",
    )


def deserialize_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """The layer that a JSON text describes, such as `Model.to_json` gives.

    Follows keras 2.14 layers/serialization.py, deserialize_from_json.
    """
    return deserialize(json.loads(json_string), custom_objects)
