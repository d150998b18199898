"""Serialization of objects to configs and back, in the newer format, which includes the module.

A config is `{"module": ..., "class_name": ..., "config": {...}, "registered_name": ...}`. Names are
looked up only among Keras's own objects and registered custom objects.
Follows keras 2.14 saving/serialization_lib.py.
"""

import codecs
import inspect
import marshal
import threading
import types
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from densetrace.keras import _exports
from densetrace.keras.saving import object_registration
from densetrace.keras.saving.legacy import serialization as legacy_serialization
from densetrace.keras.saving.legacy.saved_model.utils import in_tf_saved_model_scope
from densetrace.recording.hooks import traced
from densetrace.recording.warn import warn
from densetrace.tensorflow.dtypes import DType
from densetrace.tensorflow.ops.creating import constant
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Tensor

PLAIN_TYPES: Final = (str, int, float, bool)
SHARED_OBJECTS: Final = threading.local()
SAFE_MODE: Final = threading.local()

BUILTIN_MODULES: Final = (
    "activations",
    "constraints",
    "initializers",
    "losses",
    "metrics",
    "optimizers",
    "regularizers",
)
"""Keras modules to search for a function whose config gives the module as `builtins`."""


class Config:
    """Holds the arguments that an object was created with.

    Follows keras 2.14 saving/serialization_lib.py, Config.
    """

    def __init__(self, **config: Any) -> None:
        self.config = config

    def serialize(self) -> Any:
        """Return the arguments as a config."""
        return serialize_keras_object(self.config)


class SafeModeScope:
    """Sets `safe_mode` for every deserialization inside the `with` block.

    Follows keras 2.14 saving/serialization_lib.py, SafeModeScope.
    """

    def __init__(self, safe_mode: bool | None = True) -> None:
        self.safe_mode = safe_mode

    def __enter__(self) -> None:
        self.original_value = in_safe_mode()
        SAFE_MODE.safe_mode = self.safe_mode

    def __exit__(self, *exception: object) -> None:
        SAFE_MODE.safe_mode = self.original_value


def in_safe_mode() -> bool | None:
    """Return the `safe_mode` of the innermost SafeModeScope, or None outside of any.

    Follows keras 2.14 saving/serialization_lib.py, in_safe_mode.
    """
    return getattr(SAFE_MODE, "safe_mode", None)


class ObjectSharingScope:
    """Inside the `with` block, an object that is serialized twice is deserialized as one object.

    Follows keras 2.14 saving/serialization_lib.py, ObjectSharingScope.
    """

    def __enter__(self) -> None:
        self._set(enabled=True)

    def __exit__(self, *exception: object) -> None:
        self._set(enabled=False)

    def _set(self, *, enabled: bool) -> None:
        SHARED_OBJECTS.enabled = enabled
        SHARED_OBJECTS.id_to_obj_map = {}
        SHARED_OBJECTS.id_to_config_map = {}


def get_shared_object(obj_id: Any) -> Any:
    """Return the object that the current ObjectSharingScope deserialized under this id, or None.

    Follows keras 2.14 saving/serialization_lib.py, get_shared_object.
    """
    if getattr(SHARED_OBJECTS, "enabled", False):
        return SHARED_OBJECTS.id_to_obj_map.get(obj_id)
    return None


def _record_serialized(obj: object, config: dict[str, Any]) -> None:
    if config["module"] == "__main__":
        config["module"] = None
    if not getattr(SHARED_OBJECTS, "enabled", False):
        return
    earlier = SHARED_OBJECTS.id_to_config_map.setdefault(id(obj), config)
    if earlier is not config:
        earlier["shared_object_id"] = config["shared_object_id"] = id(obj)


# -- objects to configs ---------------------------------------------------------------------------


def serialize_keras_object(obj: Any) -> Any:
    """Return the config of an object; plain values, lists and dicts keep their form.

    Follows keras 2.14 saving/serialization_lib.py, serialize_keras_object.

    Raises:
        TypeError: if the object has neither `get_config` nor a name, or `get_config` does not
            return a dict.
    """
    if in_tf_saved_model_scope():
        return legacy_serialization.serialize_keras_object(obj)
    if obj is None or isinstance(obj, PLAIN_TYPES):
        return obj
    if isinstance(obj, TensorShape):
        return None if obj.rank is None else obj.as_list()
    if isinstance(obj, list | tuple):
        configs = [serialize_keras_object(item) for item in obj]
        return tuple(configs) if isinstance(obj, tuple) else configs
    if isinstance(obj, dict):
        return _serialize_dict(obj)
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, Tensor):
        return _array_config("__tensor__", obj.numpy())
    if type(obj).__module__ == np.__name__:
        whole = isinstance(obj, np.ndarray) and obj.ndim > 0
        return _array_config("__numpy__", obj) if whole else obj.item()
    if isinstance(obj, DType):
        return obj.name
    if isinstance(obj, types.FunctionType) and obj.__name__ == "<lambda>":
        return _lambda_config(obj)

    inner_config = _get_class_or_fn_config(obj)
    config = serialize_with_public_class(obj.__class__, inner_config)
    if hasattr(obj, "get_build_config"):
        _add_config(config, "build_config", obj.get_build_config())
    if hasattr(obj, "get_compile_config"):
        _add_config(config, "compile_config", obj.get_compile_config())
    _record_serialized(obj, config)
    return config


def _serialize_dict(obj: dict[Any, Any]) -> dict[Any, Any]:
    return {key: serialize_keras_object(value) for key, value in obj.items()}


def _array_config(class_name: str, array: Any) -> dict[str, Any]:
    config = {"value": array.tolist(), "dtype": array.dtype.name}
    return {"class_name": class_name, "config": config}


def _add_config(config: dict[str, Any], key: str, value: dict[str, Any] | None) -> None:
    if value is not None:
        config[key] = _serialize_dict(value)


def _lambda_config(function: types.FunctionType) -> dict[str, Any]:
    # DEPARTS: Keras raises OSError if the source of the lambda is unavailable, as in an interactive
    # session. Here the warning shows the lambda's repr instead.
    try:
        source = inspect.getsource(function)
    except OSError:
        source = repr(function)
    warn(
        "A lambda cannot be loaded again safely: name the function, and register it with "
        f"`keras.saving.register_keras_serializable()`. Received: {source}"
    )
    return {"class_name": "__lambda__", "config": {"value": _func_dump(function)}}


def _func_dump(function: types.FunctionType) -> tuple[str, Any, Any]:
    """Return a function's code as text, its defaults, and its closure. Nothing loads them again.

    Follows keras 2.14 utils/generic_utils.py, func_dump.
    """
    code = codecs.encode(marshal.dumps(function.__code__), "base64").decode("ascii")
    cells = function.__closure__
    closure = tuple(cell.cell_contents for cell in cells) if cells else None
    return code, function.__defaults__, closure


def serialize_with_public_class(cls: Any, inner_config: Any = None) -> dict[str, Any]:
    """Return the config of an instance of `cls`.

    It names a class of Keras by its public name, and any other class by its registered name.

    Follows keras 2.14 saving/serialization_lib.py, serialize_with_public_class.
    """
    public_name = _exports.get_canonical_name_for_symbol(cls)
    if public_name is None:
        module, class_name = _exports.home_module(cls), cls.__name__
        registered_name = object_registration.get_registered_name(cls)
    else:
        module, _, class_name = public_name.rpartition(".")
        registered_name = None
    return {
        "module": module,
        "class_name": class_name,
        "config": inner_config,
        "registered_name": registered_name,
    }


def serialize_with_public_fn(
    fn: Any, config: str, fn_module_name: str | None = None
) -> dict[str, Any]:
    """Return the config of a function whose name in its module is `config`.

    Follows keras 2.14 saving/serialization_lib.py, serialize_with_public_fn.
    """
    registered_name = config
    public_name = _exports.get_canonical_name_for_symbol(fn)
    if fn_module_name:
        module = fn_module_name
    elif public_name:
        module = public_name.rpartition(".")[0]
    else:
        module = _exports.home_module(fn)
        registered_name = object_registration.get_registered_name(fn)
    return {
        "module": module,
        "class_name": "function",
        "config": config,
        "registered_name": registered_name,
    }


def _get_class_or_fn_config(obj: Any) -> Any:
    """Return the inner config of an instance, or the name of a function or class."""
    if isinstance(obj, types.FunctionType):
        return obj.__name__
    if hasattr(obj, "get_config"):
        config = obj.get_config()
        if not isinstance(config, dict):
            raise TypeError(
                f"The `get_config()` method of {obj} must return a dict. Received: {config!r:.200}"
            )
        return _serialize_dict(config)
    if hasattr(obj, "__name__"):
        return object_registration.get_registered_name(obj)
    raise TypeError(
        f"To be serialized, an object must implement `get_config()`. Received: {obj} "
        f"of type {type(obj)}"
    )


# -- configs to objects ---------------------------------------------------------------------------


@traced("deserialize")
def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool | None = True,
    **kwargs: Any,
) -> Any:
    """Return the object for a config; plain values and dicts keep their form, tuples become lists.

    Args:
        config: a config, a plain value, or a list or dict of these.
        custom_objects: further objects by name, besides the registered ones.
        safe_mode: accepted as in Keras, but a lambda is refused in any case.
        **kwargs: `module_objects`, the objects of the calling module by name: with it, a name or a
            config that names one of them becomes that object, and an unknown name is returned
            unchanged; and `printable_module_name`, for messages of the legacy function.

    Follows keras 2.14 saving/serialization_lib.py, deserialize_keras_object.

    Raises:
        ValueError: if a config has no class name or is that of a lambda, or for an unknown keyword
            argument.
        TypeError: if the name is unknown, or a value is neither plain nor a config.
    """
    safe_mode = in_safe_mode() if in_safe_mode() is not None else safe_mode
    module_objects = kwargs.pop("module_objects", None)
    printable_module_name = kwargs.pop("printable_module_name", "object")
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {list(kwargs)}")
    custom_objects = {
        **(custom_objects or {}),
        **object_registration.thread_local_custom_objects(),
        **object_registration.get_custom_objects(),
    }

    if in_tf_saved_model_scope():
        return legacy_serialization.deserialize_keras_object(
            config, module_objects, custom_objects, printable_module_name
        )
    if config is None:
        return None
    if isinstance(config, str) and custom_objects.get(config) is not None:
        return custom_objects[config]
    if isinstance(config, list | tuple):
        return [
            deserialize_keras_object(item, custom_objects=custom_objects, safe_mode=safe_mode)
            for item in config
        ]
    if module_objects is not None and not _names_custom_object(config, custom_objects):
        name, inner_config, fn_module_name = _name_and_config(config)
        if name not in module_objects:
            return name
        named = module_objects[name]
        if isinstance(named, types.FunctionType):
            full_config = serialize_with_public_fn(named, name, fn_module_name)
        else:
            full_config = serialize_with_public_class(named, inner_config)
        return deserialize_keras_object(full_config, custom_objects=custom_objects)

    if isinstance(config, PLAIN_TYPES):
        return config
    if not isinstance(config, dict):
        raise TypeError(
            f"A config must be a plain value, a list or a dict. Received: {config!r:.200}"
        )
    if "class_name" not in config or "config" not in config:
        return {
            key: deserialize_keras_object(value, custom_objects=custom_objects, safe_mode=safe_mode)
            for key, value in config.items()
        }
    special = _SPECIAL.get(config["class_name"]) if isinstance(config["class_name"], str) else None
    if special is not None:
        return special(config["config"] or {})
    return _deserialize_named(config, custom_objects, safe_mode)


def _names_custom_object(config: Any, custom_objects: Mapping[str, Any]) -> bool:
    if not isinstance(config, dict):
        return False
    if "class_name" not in config:
        raise ValueError(f"A config must have a `class_name`. Received: config={config!r:.200}")
    inner_config = config.get("config")
    return bool(custom_objects) and (
        config["class_name"] in custom_objects
        or config.get("registered_name") in custom_objects
        or (isinstance(inner_config, str) and inner_config in custom_objects)
    )


def _name_and_config(config: Any) -> tuple[Any, Any, str | None]:
    """Return the name in a config for one of a module's own objects, the inner config, and the
    module if the object is a function."""
    if not isinstance(config, dict):
        return config, None, None
    inner_config = config.get("config")
    if config["class_name"] == "function":
        fn_module_name = config["module"]
        name = config["config"] if fn_module_name == "builtins" else config["registered_name"]
        return name, inner_config, fn_module_name
    if config.get("module", "_") is None:
        raise TypeError(
            f"An object of type `{config['class_name']!r:.80}` that belongs to no module must be "
            "registered with `keras.saving.register_keras_serializable()`."
        )
    return config["class_name"], inner_config, None


def _refuse_lambda(inner_config: Any) -> Any:
    # DEPARTS: Keras loads a lambda with safe_mode=False. Here a lambda is never loaded, because it
    # is arbitrary code.
    raise ValueError(
        "A lambda is not deserialized: it would be arbitrary code execution. Name the function, "
        "and register it with `keras.saving.register_keras_serializable()`."
    )


_SPECIAL: Final = {
    "__tensor__": lambda inner: constant(inner["value"], dtype=inner["dtype"]),
    "__numpy__": lambda inner: np.array(inner["value"], dtype=inner["dtype"]),
    "__bytes__": lambda inner: inner["value"].encode("utf-8"),
    "__lambda__": _refuse_lambda,
}
"""The class name of a value that is not a Keras object -> its deserializer."""

# DEPARTS: Keras also deserializes `__typespec__`. Here there are no type specs, and such a config
# is refused like that of an unknown class.


def _deserialize_named(
    config: dict[str, Any], custom_objects: Mapping[str, Any], safe_mode: bool | None
) -> Any:
    """Return the object for a config that has a class name and an inner config."""
    class_name = config["class_name"]
    if class_name == "function":
        return _retrieve_class_or_fn(config["config"] or {}, "function", config, custom_objects)
    shared_object_id = config.get("shared_object_id")
    shared = get_shared_object(shared_object_id)
    if shared is not None:
        return shared

    cls = _retrieve_class_or_fn(class_name, "class", config, custom_objects)
    if isinstance(cls, types.FunctionType):
        return cls
    if not hasattr(cls, "from_config"):
        raise TypeError(
            f"The class '{class_name}' must have a `from_config()` method to be reconstructed. "
            f"Full object config: {config!r:.200}"
        )
    # Inside the scopes, lookups by `from_config` also find the custom objects.
    with object_registration.custom_object_scope(custom_objects), SafeModeScope(safe_mode):
        instance = cls.from_config(config["config"] or {})
        if config.get("build_config"):
            instance.build_from_config(config["build_config"])
        if config.get("compile_config"):
            instance.compile_from_config(config["compile_config"])
    if "shared_object_id" in config and getattr(SHARED_OBJECTS, "enabled", False):
        SHARED_OBJECTS.id_to_obj_map[shared_object_id] = instance
    return instance


def _retrieve_class_or_fn(
    name: Any, obj_type: str, full_config: dict[str, Any], custom_objects: Mapping[str, Any]
) -> Any:
    """Return the class or function that a config names: custom objects first, then Keras's own.

    Follows keras 2.14 saving/serialization_lib.py, _retrieve_class_or_fn.
    """
    module = full_config.get("module")
    registered_name = full_config.get("registered_name", full_config["class_name"])
    custom_obj = object_registration.get_registered_object(
        name if obj_type == "function" else registered_name, custom_objects=custom_objects
    )
    if custom_obj is not None:
        return custom_obj

    # DEPARTS: Keras imports `module` and reads the name from its globals. Here a config can only
    # use names that Keras exports or that are registered; any other name raises the TypeError that
    # Keras raises for an unknown name.
    if module:
        spellings = [f"{module}.{name}", f"{module}.{registered_name}"]
        if obj_type == "function" and module == "builtins":
            spellings = [f"keras.{builtin}.{name}" for builtin in BUILTIN_MODULES]
        for spelling in spellings:
            obj = _exports.get_symbol_from_name(spelling)
            if obj is not None:
                return obj
        if obj_type == "function" and module == "builtins":
            for key, custom_obj in custom_objects.items():
                if key.endswith(full_config["config"]):
                    return custom_obj
    raise TypeError(
        f"Could not locate {obj_type} '{name}'. A class or function of your own must be registered "
        "with `@keras.saving.register_keras_serializable()`, or be in a "
        f"`keras.saving.custom_object_scope`. Full object config: {full_config!r:.300}"
    )
