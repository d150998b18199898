"""What AutoGraph makes of an error in Python code that it traces.

Follows tensorflow/python/autograph: impl/api.py, pyct/errors.py and utils of both.
"""

from typing import Any, Final

from densetrace.system.real_home import defining_module
from densetrace.tensorflow.errors import OpError


class StagingError(Exception):
    """An error in traced Python code, of a type that AutoGraph cannot create again."""


_CREATED_AGAIN: Final = (
    AssertionError, AttributeError, NameError, NotImplementedError, RuntimeError, StopIteration,
    TypeError, UnboundLocalError, ValueError,
)  # fmt: skip
"""The types that take a message alone."""


def staged(error: Exception) -> Exception:
    """The error that leaves a traced function for an error inside of it: of the same type where
    that is a simple one, else a `StagingError`.

    An error of densetrace about what it lacks stays as it is.
    """
    kind = type(error)
    own = defining_module(kind).startswith("densetrace.")
    if own and not isinstance(error, OpError | StagingError):
        return error
    made: Exception
    if isinstance(error, OpError):
        made = kind(error.node_def, error.op, error.message)
    elif kind in _CREATED_AGAIN or kind.__init__ is Exception.__init__:
        made = kind(_message(error))
    elif kind is KeyError:
        made = KeyError(error.args[0] if error.args else "")
    else:
        made = StagingError(_message(error))
    return made.with_traceback(error.__traceback__)


def _message(error: Exception) -> Any:
    return error.args[0] if len(error.args) == 1 else str(error)
