"""Members of TensorFlow's and Keras's classes that densetrace lacks: they exist, and raise."""

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, TypeVar

OF_TENSORFLOW = "TensorFlow 2.14 has it"

_Class = TypeVar("_Class", bound=type)


class NotInDensetraceError(NotImplementedError):
    """Code used a member of TensorFlow or Keras that densetrace lacks.

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
    owner: str, methods: str, reason: str = "", message: str = "", properties: str = ""
) -> Callable[[_Class], _Class]:
    """Decorate a class with members that raise `NotInDensetraceError`: methods when they are
    called, properties when they are read. A member that the class has is left as it is.

    Args:
        owner: the public name of the class, for messages.
        methods: the names of the methods, separated by spaces.
        reason: as in `NotInDensetraceError`.
        message: the error's text; `{}` is replaced by the member.
        properties: the names of the properties, separated by spaces.
    """

    def decorate(cls: _Class) -> _Class:
        for name in f"{methods} {properties}".split():
            if any(name in vars(base) for base in cls.__mro__):
                continue
            stub = _raising(f"{owner}.{name}", reason, message)
            setattr(cls, name, property(stub) if name in properties.split() else stub)
        return cls

    return decorate


def _raising(dotted: str, reason: str, message: str) -> Callable[..., NoReturn]:
    def method(self: object = None, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotInDensetraceError(dotted, reason, message.format(dotted))

    method.__name__, method.__qualname__ = dotted.rpartition(".")[2], dotted
    method.__doc__ = "Not part of densetrace: raises NotInDensetraceError."
    return method
