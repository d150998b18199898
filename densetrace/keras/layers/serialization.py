"""Serialization of layers: `keras.layers.serialize` and `keras.layers.deserialize`.

Follows keras 2.14 layers/serialization.py.
"""

from typing import Any, Final

from densetrace.keras._registries import OnDemand
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.saving import serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy_serialization

_CLASSES: Final = OnDemand("layers")


def serialize(layer: Layer, use_legacy_format: bool = False) -> Any:
    """Return the config dict of a layer, including its class.

    Follows keras 2.14 layers/serialization.py, serialize.

    Raises:
        ValueError: if `layer` is a metric, which `keras.metrics.serialize` is for.
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
    """Return the layer for a config dict; the name of an unknown class is returned unchanged.

    Follows keras 2.14 layers/serialization.py, deserialize.

    Raises:
        ValueError: if the config is empty, or names an unknown class in the legacy format.
        TypeError: if the class does not accept the arguments in the config.
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
    """Return the layer for a JSON text, such as `Model.to_json` returns.

    Follows keras 2.14 layers/serialization.py, deserialize_from_json.

    Raises:
        ValueError: if the text is not JSON, or holds an empty config.
        TypeError: if a class does not accept the arguments in its config.
    """
    # Imported here, because only configs in JSON need it.
    from densetrace.keras.saving.legacy.saved_model import json_utils

    return deserialize(json_utils.decode(json_string), custom_objects)
