"""What a function takes, asked once for each: Keras and whoever observes it ask at every step."""

import inspect
from types import FunctionType, MethodType
from typing import Any

from densetrace.recording.memo import per_object


def getfullargspec(function: Any) -> inspect.FullArgSpec:
    """As `inspect.getfullargspec`; what comes back belongs to everybody who asks.

    Raises:
        TypeError: when it is no function.
    """
    plain = function.__func__ if type(function) is MethodType else function
    return _remembered(plain) if type(plain) is FunctionType else inspect.getfullargspec(function)


@per_object
def _remembered(function: FunctionType) -> inspect.FullArgSpec:
    return inspect.getfullargspec(function)
