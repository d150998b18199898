"""Creates models from their configs. Follows keras 2.14 saving/legacy/model_config.py."""

from typing import Any


def model_from_config(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the model for a config `{"class_name": ..., "config": ...}`.

    Follows keras 2.14 saving/legacy/model_config.py, model_from_config.

    Raises:
        TypeError: if the config is a list, or a class does not accept the arguments in its config.
        ValueError: if a class is unknown.
    """
    if isinstance(config, list):
        raise TypeError(
            "The config of a model must be a dict; for a list use Sequential.from_config. "
            f"Received: config={config!r:.80}"
        )
    from densetrace.keras.layers.serialization import deserialize

    return deserialize(
        config, custom_objects=custom_objects, use_legacy_format="module" not in config
    )


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the model for a JSON text, such as `Model.to_json` returns.

    Follows keras 2.14 saving/legacy/model_config.py, model_from_json.

    Raises:
        ValueError: if the text is not JSON, or holds an empty config.
        TypeError: if a class does not accept the arguments in its config.
    """
    from densetrace.keras.layers.serialization import deserialize_from_json

    return deserialize_from_json(json_string, custom_objects=custom_objects)
