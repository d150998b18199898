"""Models from their configs. Follows keras 2.14 saving/legacy/model_config.py."""

from typing import Any


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model that a JSON text describes, such as `Model.to_json` gives.

    Follows keras 2.14 saving/legacy/model_config.py, model_from_json.

    Raises:
        ValueError: when the text is no JSON, or no config is in it.
        TypeError: when a class cannot be made with its config.
    """
    from densetrace.keras.layers.serialization import deserialize_from_json

    return deserialize_from_json(json_string, custom_objects=custom_objects)
