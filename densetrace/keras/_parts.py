"""Classes of Keras whose methods are in several modules here, as parts that the class inherits."""

from types import FunctionType
from typing import Any, TypeVar

Made = TypeVar("Made", bound=type)


def made_of(*parts: type) -> Any:
    """A class decorator: the methods of these parts are called methods of the class, as in Keras.

    Python's own errors name a method by its qualified name:
    `Model.fit() got an unexpected keyword argument 'epoch'`.
    """

    def decorate(cls: Made) -> Made:
        for part in parts:
            for name, member in vars(part).items():
                for method in _functions(member):
                    if method.__qualname__ == f"{part.__qualname__}.{name}":
                        method.__qualname__ = f"{cls.__qualname__}.{name}"
                        method.__module__ = cls.__module__
        return cls

    return decorate


def _functions(member: object) -> list[FunctionType]:
    """The functions of a member of a class, wrappers and what they wrap."""
    found: list[FunctionType] = []
    if isinstance(member, property):
        return [one for held in (member.fget, member.fset) for one in _functions(held)]
    if isinstance(member, classmethod | staticmethod):
        member = member.__func__
    while isinstance(member, FunctionType):
        found.append(member)
        member = vars(member).get("__wrapped__")
    return found
