"""Serialization of objects to configs and back, in the legacy format
`{"class_name": ..., "config": {...}}`.

Follows keras 2.14 saving/legacy/serialization.py.
"""

import inspect
import threading
from collections.abc import Mapping
from typing import Any, Final

from densetrace.keras.saving import object_registration
from densetrace.recording.hooks import traced
from densetrace.recording.introspect import getfullargspec

SHARED_OBJECT_KEY: Final = "shared_object_id"
_PASSIVE_KEY: Final = "__passive_serialization__"
_LOADING: Final = threading.local()


class SharedObjectLoadingScope:
    """Inside the `with` block, configs with the same `shared_object_id` return the same object.

    Follows keras 2.14 saving/legacy/serialization.py, SharedObjectLoadingScope.
    """

    def __enter__(self) -> None:
        _LOADING.objects = {}

    def __exit__(self, *exception: object) -> None:
        del _LOADING.objects


def serialize_keras_object(instance: Any) -> Any:
    """Return the config of an object: a dict for an instance, the name for a function or class.

    Follows keras 2.14 saving/legacy/serialization.py, serialize_keras_object.

    Raises:
        ValueError: if `instance` has neither a `get_config` method nor a name.
    """
    # DEPARTS: Keras adds a shared_object_id to an object that is saved twice inside a
    # SharedObjectSavingScope, which only saving a whole model enters. Here there is no such scope.
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        config = {key: _serialize_item(item) for key, item in instance.get_config().items()}
        name = object_registration.get_registered_name(instance.__class__)
        return {"class_name": name, "config": config}
    if hasattr(instance, "__name__"):
        return object_registration.get_registered_name(instance)
    raise ValueError(
        f"To be serialized, an object must implement `get_config()`. Received: {instance!r:.200}"
    )


def _serialize_item(item: Any) -> Any:
    if isinstance(item, str):
        return item
    try:
        serialized = serialize_keras_object(item)
    except ValueError:
        return item
    if isinstance(serialized, dict) and not isinstance(item, dict):
        serialized[_PASSIVE_KEY] = True
    return serialized


def class_and_config_for_serialized_keras_object(
    config: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> tuple[Any, Any]:
    """Return the class that a config names, and its constructor arguments with nested configs
    deserialized.

    Follows keras 2.14 saving/legacy/serialization.py, class_and_config_for_serialized_keras_object.

    Raises:
        ValueError: if a key is missing, or the class name is unknown.
    """
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise ValueError(
            "A config must be a dict with the keys `class_name` and `config`. "
            f"Received: {config!r:.200}"
        )
    class_name = config["class_name"]
    cls = object_registration.get_registered_object(class_name, custom_objects, module_objects)
    if cls is None:
        raise _unknown(printable_module_name, class_name)

    cls_config = config["config"]
    if isinstance(cls_config, list):
        return cls, cls_config
    deserialized = {}
    for key, item in cls_config.items():
        if key == "name":
            continue
        if isinstance(item, dict) and _PASSIVE_KEY in item:
            deserialized[key] = deserialize_keras_object(
                item, module_objects, custom_objects, "config_item"
            )
        elif isinstance(item, str):
            named = object_registration.get_registered_object(item, custom_objects)
            if inspect.isfunction(named):
                deserialized[key] = named
    cls_config.update(deserialized)
    return cls, cls_config


@traced("deserialize")
def deserialize_keras_object(
    identifier: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """Return the object for a config or a name.

    Args:
        identifier: a config, a name, a function (returned unchanged), or None.
        module_objects: the objects of the calling module by name. The lookup uses only these,
            `custom_objects` and registered objects.
        custom_objects: further objects by name.
        printable_module_name: the kind of object, for error messages.

    Follows keras 2.14 saving/legacy/serialization.py, deserialize_keras_object.

    Raises:
        ValueError: if the identifier is of another type, is malformed, or its name is unknown.
        TypeError: if the class does not accept the arguments in the config.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return _from_config(identifier, module_objects, custom_objects, printable_module_name)
    if isinstance(identifier, str):
        return _from_name(identifier, module_objects, custom_objects, printable_module_name)
    if inspect.isfunction(identifier):
        return identifier
    raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier!r:.200}")


def _from_config(
    config: dict[str, Any],
    module_objects: Mapping[str, Any] | None,
    custom_objects: Mapping[str, Any] | None,
    printable_module_name: str,
) -> Any:
    cls, cls_config = class_and_config_for_serialized_keras_object(
        config, module_objects, custom_objects, printable_module_name
    )
    shared = getattr(_LOADING, "objects", {})
    shared_object_id = config.get(SHARED_OBJECT_KEY)
    if shared.get(shared_object_id) is not None:
        return shared[shared_object_id]

    custom_objects = custom_objects or {}
    if not hasattr(cls, "from_config"):
        with object_registration.CustomObjectScope(custom_objects):
            deserialized = cls(**cls_config)
    elif "custom_objects" in getfullargspec(cls.from_config).args:
        known = {
            **object_registration.get_custom_objects(),
            **object_registration.thread_local_custom_objects(),
            **custom_objects,
        }
        deserialized = cls.from_config(cls_config, custom_objects=known)
    else:
        with object_registration.CustomObjectScope(custom_objects):
            deserialized = cls.from_config(cls_config)
    if shared_object_id is not None:
        shared[shared_object_id] = deserialized
    return deserialized


def _from_name(
    name: str,
    module_objects: Mapping[str, Any] | None,
    custom_objects: Mapping[str, Any] | None,
    printable_module_name: str,
) -> Any:
    # DEPARTS: Keras raises an AttributeError for an unknown name if `module_objects` is None. Here
    # it is a ValueError, as with `module_objects`.
    for objects in (
        custom_objects,
        object_registration.thread_local_custom_objects(),
        object_registration.get_custom_objects(),
        module_objects,
    ):
        if objects and objects.get(name) is not None:
            found = objects[name]
            return found() if inspect.isclass(found) else found
    raise _unknown(printable_module_name, name)


def _unknown(printable_module_name: str, name: Any) -> ValueError:
    return ValueError(
        f"Unknown {printable_module_name}: {name!r:.200}. An object of your own must be in a "
        "`keras.utils.custom_object_scope` to be found by its name."
    )
