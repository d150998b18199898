"""Tracebacks without Keras's own frames, and what Keras adds to the message of an error in a
layer's `call`.

Follows keras 2.14 utils/traceback_utils.py.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

import densetrace.tensorflow as tf
from densetrace.recording import tracebacks
from densetrace.tensorflow.nest import map_structure
from densetrace.tensorflow.staging import staged
from densetrace.tensorflow.symbolic import current_graph

F = TypeVar("F", bound=Callable[..., Any])


# DEPARTS: Keras filters the exceptions of some functions; here each hooked function filters its own
# (densetrace/recording/tracebacks.py), and this decorator is for those of Keras that have no hook.
# An error keeps its cause, which Keras removes.
def filter_traceback(fn: F) -> F:
    """Wrap a function so that the traceback of its exceptions has no frames of Keras.

    `tf.debugging.disable_traceback_filtering()` switches this off.

    Follows keras 2.14 utils/traceback_utils.py, filter_traceback.
    """

    @functools.wraps(fn)
    def error_handler(*args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        except Exception as error:
            __tracebackhide__ = tracebacks.filter_traceback(error)
            raise

    handler: Any = error_handler
    # Its frame stays, and looks like that of any other hook.
    handler.__code__ = handler.__code__.replace(
        co_filename=tracebacks.HOOK_FILE, co_name=fn.__name__, co_qualname=fn.__qualname__
    )
    return cast(F, error_handler)


# DEPARTS: Keras wraps `call` in a function that catches its errors. Here the caller catches them,
# and this function returns the error to raise, so the caller of `call` stays the same.
def raise_with_argument_info(
    error: Exception,
    call: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    object_name: str,
) -> NoReturn:
    """Raise an error of `call` again: as the same type, with the layer and the arguments in its
    message. Of nested layers, the innermost is named.

    Follows keras 2.14 utils/traceback_utils.py, inject_argument_info_in_traceback.

    Args:
        error: the error that `call` raised.
        call: the bound method.
        args: its positional arguments.
        kwargs: its other arguments.
        object_name: the layer, as in `layer 'dense' (type Dense)`.

    Raises:
        Exception: always. RuntimeError for a type whose constructor does not take a message alone;
            the error itself if its message names a layer already.
    """
    if current_graph() is not None and not str(call.__module__).startswith("densetrace."):
        error = staged(error)  # AutoGraph traces the calls of layers that Keras does not define
        if isinstance(error, KeyError):
            error = RuntimeError(f"KeyError: {error}").with_traceback(error.__traceback__)
    if hasattr(error, "_keras_call_info_injected"):
        raise error
    signature = inspect.signature(call)
    bound: inspect.BoundArguments | None
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        bound = None
    if bound is None or not signature.parameters:
        raise error
    lines = []
    for parameter in signature.parameters.values():
        value = parameter.default
        if parameter.name in bound.arguments:
            value = map_structure(format_argument_value, bound.arguments[parameter.name])
        lines.append(f"  \u2022 {parameter.name}={value}")
    if isinstance(error, tf.errors.OpError):
        message = error.message
    else:
        message = error.args[0] if error.args else ""
    message = (
        f"Exception encountered when calling {object_name}.\n\n{message}\n\n"
        f"Call arguments received by {object_name}:\n" + "\n".join(lines)
    )
    raised: Exception
    if isinstance(error, tf.errors.OpError):
        raised = type(error)(error.node_def, error.op, message)
    else:
        try:
            raised = type(error)(message)
        except TypeError:  # its constructor takes other arguments
            raised = RuntimeError(message)
    raised._keras_call_info_injected = True  # type: ignore[attr-defined] # as Keras marks it
    raise raised.with_traceback(error.__traceback__) from None


def format_argument_value(value: Any) -> str:
    """Return the text for an argument: shape and dtype of a tensor, the repr of anything else.

    Follows keras 2.14 utils/traceback_utils.py, format_argument_value.
    """
    if isinstance(value, tf.Tensor):
        return f"tf.Tensor(shape={value.shape}, dtype={value.dtype.name})"
    return repr(value)
