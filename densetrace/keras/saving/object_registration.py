"""Custom objects that configs may name: registered permanently, or for a `with` block.

Follows keras 2.14 saving/object_registration.py.
"""

import inspect
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, TypeVar

from densetrace.system.real_home import of_keras

T = TypeVar("T")

_GLOBAL_CUSTOM_OBJECTS: Final[dict[str, Any]] = {}
_GLOBAL_CUSTOM_NAMES: Final[dict[Any, str]] = {}
_THREAD_LOCAL_CUSTOM_OBJECTS: Final = threading.local()


@of_keras
class CustomObjectScope:
    """Makes objects known by name inside `with CustomObjectScope({"my_relu": my_relu}):`.

    Scopes nest, and each thread has its own.
    Follows keras 2.14 saving/object_registration.py, CustomObjectScope.
    """

    def __init__(self, *args: Mapping[str, Any]) -> None:
        self.custom_objects = args
        self.backup: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.backup = thread_local_custom_objects().copy()
        for objects in self.custom_objects:
            thread_local_custom_objects().update(objects)
        return self

    def __exit__(self, *exception: object) -> None:
        thread_local_custom_objects().clear()
        thread_local_custom_objects().update(self.backup)


custom_object_scope = CustomObjectScope


def thread_local_custom_objects() -> dict[str, Any]:
    """Return the objects of the scopes that this thread has entered, by name."""
    return _THREAD_LOCAL_CUSTOM_OBJECTS.__dict__


def get_custom_objects() -> dict[str, Any]:
    """Return the permanently registered objects by name: the dict itself, which you may change.

    Follows keras 2.14 saving/object_registration.py, get_custom_objects.
    """
    return _GLOBAL_CUSTOM_OBJECTS


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Return a decorator that permanently registers a class or function as `package>name`.

    `name` defaults to the name of the object.
    Follows keras 2.14 saving/object_registration.py, register_keras_serializable.

    Raises:
        ValueError: from the decorator, if a class has no `get_config` method.
    """

    def decorator(arg: T) -> T:
        class_name = name if name is not None else getattr(arg, "__name__")  # noqa: B009 - any T
        registered_name = package + ">" + class_name
        if inspect.isclass(arg) and not hasattr(arg, "get_config"):
            raise ValueError(
                "Cannot register a class that does not have a get_config() method. "
                f"Received: {arg.__name__}"
            )
        _GLOBAL_CUSTOM_OBJECTS[registered_name] = arg
        _GLOBAL_CUSTOM_NAMES[arg] = registered_name
        return arg

    return decorator


def get_registered_name(obj: Any) -> str:
    """Return the name that an object is registered under, or its `__name__`.

    Follows keras 2.14 saving/object_registration.py, get_registered_name.
    """
    if obj in _GLOBAL_CUSTOM_NAMES:
        return _GLOBAL_CUSTOM_NAMES[obj]
    name: str = obj.__name__
    return name


def get_registered_object(
    name: Any,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return the object with this name, or None.

    The lookup order is: scopes, permanently registered objects, `custom_objects`, `module_objects`.
    Follows keras 2.14 saving/object_registration.py, get_registered_object.
    """
    for objects in (
        thread_local_custom_objects(),
        _GLOBAL_CUSTOM_OBJECTS,
        custom_objects,
        module_objects,
    ):
        if objects is not None and name in objects:
            return objects[name]
    return None
