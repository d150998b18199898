"""Constructors declared as a table of arguments and defaults, and still with a real signature.

Keras's optimizers, losses and metrics are families of classes whose `__init__` differ in
nothing but their arguments; here each class states those and nothing else.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

KEYWORD = inspect.Parameter.POSITIONAL_OR_KEYWORD


class Declared:
    """Marks a class whose constructor is declared.

    A type checker cannot follow that, and takes any arguments.
    """

    if TYPE_CHECKING:

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


def constructor(
    cls: type,
    parameters: Mapping[str, object],
    initialize: Callable[..., None],
    *,
    spread: bool = False,
) -> None:
    """Give `cls` an `__init__` with these parameters, in this order.

    Args:
        cls: the class that gets the constructor.
        parameters: argument name -> default; `inspect.Parameter.empty` when there is none.
        initialize: called with the instance and every argument by name, defaults filled in.
        spread: whether any other keyword argument is taken and passed on too.

    Raises:
        TypeError: by the constructor, when the arguments do not fit the parameters.
    """
    declared = [
        inspect.Parameter(name, KEYWORD, default=default) for name, default in parameters.items()
    ]
    if spread:
        declared.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    signature = inspect.Signature([inspect.Parameter("self", KEYWORD), *declared])

    def construct(self: object, *args: Any, **kwargs: Any) -> None:
        try:
            bound = signature.bind(self, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{cls.__qualname__}.__init__() {error}") from None
        bound.apply_defaults()
        values = dict(bound.arguments)
        rest = values.pop("kwargs", {})
        initialize(values.pop("self"), **values, **rest)

    construct.__signature__ = signature  # type: ignore[attr-defined] # a function takes attributes
    construct.__module__ = cls.__module__
    construct.__name__ = "__init__"
    construct.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = construct  # type: ignore[misc] # the class has no other constructor yet
