"""Finds the functions of an installed Keras by name, and the methods of whole families of classes.

A family is a base class and every class that derives from it, also those that are defined while the
hooks are active.
"""

import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from densetrace.recording.hooks import point_of
from densetrace.recording.introspect import public_module

HookClass = Callable[[type], None]
"""Hooks the methods that a class itself defines."""


def find(dotted: str) -> Any:
    """The object with this full name, in the longest prefix that is a module; or None."""
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        return reach(module, ".".join(parts[count:]))
    return None


def reach(holder: Any, dotted: str) -> Any:
    """The object with this name inside another, of a property the function that reads it; None
    where there is none. Of a class, only what it defines itself."""
    for name in filter(None, dotted.split(".")):
        holder = vars(holder).get(name) if isinstance(holder, type) else getattr(holder, name, None)
    if isinstance(holder, property):
        holder = holder.fget
    return getattr(holder, "__func__", holder)


def point_in(cls: type, name: str, method: FunctionType) -> str:
    """The hook point of the method `name` of `cls`; some decorators hide its qualified name."""
    if method.__qualname__ == f"{cls.__qualname__}.{name}":
        return point_of(method)
    return f"{public_module(cls.__module__)}.{cls.__qualname__}.{name}"


def undecorated(method: FunctionType) -> FunctionType:
    """The method inside its decorators, whose signature is exact."""
    inner = getattr(method, "__wrapped__", None)
    return undecorated(inner) if type(inner) is FunctionType else method


def spread(function: FunctionType) -> str | None:
    """The name of the function's `**kwargs`, by its signature."""
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            return parameter.name
    return None


def hook_family(base: type, hook_class: HookClass) -> None:
    """Hook `base` and every class that derives from it."""
    waiting, seen = [base], set()
    while waiting:
        cls = waiting.pop()
        if cls not in seen:
            seen.add(cls)
            hook_class(cls)
            waiting.extend(cls.__subclasses__())


@contextmanager
def subclasses_hooked(base: type, hook_class: HookClass) -> Iterator[None]:
    """Hook the classes that are derived from `base` during a `with` block."""
    name = "__init_subclass__"
    own = vars(base).get(name)

    def init_subclass(cls: type, /, **kwargs: Any) -> None:
        inherited = own.__get__(None, cls) if own else getattr(super(base, cls), name)
        inherited(**kwargs)
        hook_class(cls)

    setattr(base, name, classmethod(init_subclass))
    try:
        yield
    finally:
        if own:
            setattr(base, name, own)
        else:
            delattr(base, name)
