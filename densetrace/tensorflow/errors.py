"""The errors that TensorFlow raises for its operations, under the names it gives them.

Follows tensorflow/python/framework/errors_impl.py.
"""

from typing import Any, ClassVar


class OpError(Exception):
    """Base class of the errors of operations. Follows tensorflow.errors.OpError.

    Args:
        node_def: the node that failed, or None; not needed when only a message is given.
        op: the operation that failed, or None.
        message: what went wrong.
    """

    code: ClassVar[int] = 2

    def __init__(self, *given: Any, node_def: Any = None, op: Any = None, message: Any = None):
        super().__init__()
        if len(given) == 1 and message is None:
            given = (None, None, *given)
        filled = [*given[:3], None, None, None]
        self._node_def = filled[0] if given else node_def
        self._op = filled[1] if len(given) > 1 else op
        self._message = filled[2] if len(given) > 2 else message

    @property
    def message(self) -> Any:
        """The message."""
        return self._message

    @property
    def node_def(self) -> Any:
        """The node that failed; None where it is not known."""
        return self._node_def

    @property
    def op(self) -> Any:
        """The operation that failed; None where it is not known."""
        return self._op

    @property
    def error_code(self) -> int:
        """The number of this kind of error."""
        return self.code

    @property
    def experimental_payloads(self) -> dict[str, Any]:
        """Nothing: there are no payloads here."""
        return {}

    def __str__(self) -> str:
        return str(self._message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._node_def, self._op, self._message)


class CancelledError(OpError):
    """The operation was cancelled."""

    code = 1


class UnknownError(OpError):
    """An error of no known kind."""

    code = 2


class InvalidArgumentError(OpError):
    """The operation does not support this shape, dtype or value of an operand."""

    code = 3


class DeadlineExceededError(OpError):
    """The operation took too long."""

    code = 4


class NotFoundError(OpError):
    """The requested object does not exist."""

    code = 5


class AlreadyExistsError(OpError):
    """The object to be created already exists."""

    code = 6


class PermissionDeniedError(OpError):
    """The caller has no permission."""

    code = 7


class ResourceExhaustedError(OpError):
    """The result exceeds the memory that an operation may use."""

    code = 8


class FailedPreconditionError(OpError):
    """The system is not in the required state: a variable has no value, for example."""

    code = 9


class AbortedError(OpError):
    """The operation was aborted."""

    code = 10


class OutOfRangeError(OpError):
    """The data has ended."""

    code = 11


class UnimplementedError(OpError):
    """The operation is not implemented for these operands."""

    code = 12


class InternalError(OpError):
    """An operation failed in a way that TensorFlow does not name."""

    code = 13


class UnavailableError(OpError):
    """The runtime is not available."""

    code = 14


class DataLossError(OpError):
    """Data is lost or damaged."""

    code = 15


class UnauthenticatedError(OpError):
    """The caller is not authenticated."""

    code = 16


class OperatorNotAllowedInGraphError(TypeError):
    """Python needed the numbers of a symbolic tensor, as a bool or in a loop."""


class InaccessibleTensorError(ValueError):
    """A graph used a tensor that only a graph inside of it can compute."""
