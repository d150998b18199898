"""Members of Keras's classes that densetrace lacks: they exist, and raise when called."""

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, TypeVar

NO_TRAINING = "densetrace does not train yet"

_Class = TypeVar("_Class", bound=type)


class NotInDensetraceError(NotImplementedError):
    """Code called a member of Keras that densetrace lacks.

    `dotted` is the member, such as `Model.fit`; `reason` says why it is missing, or is empty.
    `on_raise`, if set, is called with each new error, so that one that a script catches is known.
    """

    on_raise: ClassVar[Callable[["NotInDensetraceError"], object] | None] = None

    def __init__(self, dotted: str, reason: str = "", message: str = "") -> None:
        super().__init__(message or f"{dotted} is not part of densetrace.")
        self.dotted = dotted
        self.reason = reason
        if NotInDensetraceError.on_raise is not None:
            NotInDensetraceError.on_raise(self)


def missing(
    owner: str, names: str, reason: str = "", message: str = ""
) -> Callable[[_Class], _Class]:
    """Decorate a class of the mirror with methods that raise `NotInDensetraceError`.

    Args:
        owner: the public name of the class, for messages.
        names: the names of the methods, separated by spaces.
        reason: as in `NotInDensetraceError`.
        message: the error's text; `{}` is replaced by the member.
    """

    def decorate(cls: _Class) -> _Class:
        for name in names.split():
            setattr(cls, name, _raising(f"{owner}.{name}", reason, message))
        return cls

    return decorate


def _raising(dotted: str, reason: str, message: str) -> Callable[..., NoReturn]:
    def method(self: object, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotInDensetraceError(dotted, reason, message.format(dotted))

    method.__name__, method.__qualname__ = dotted.rpartition(".")[2], dotted
    method.__doc__ = "Not part of densetrace: raises NotInDensetraceError."
    return method
