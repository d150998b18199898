"""The errors that TensorFlow raises for its operations, under the names it gives them.

Follows tensorflow/python/framework/errors_impl.py.
"""

from typing import Any, ClassVar

from densetrace.system.real_home import known_as


@known_as("tensorflow.python.framework.errors_impl")
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


@known_as("tensorflow.python.framework.errors_impl")
class CancelledError(OpError):
    """The operation was cancelled."""

    code = 1


@known_as("tensorflow.python.framework.errors_impl")
class UnknownError(OpError):
    """An error of no known kind."""

    code = 2


@known_as("tensorflow.python.framework.errors_impl")
class InvalidArgumentError(OpError):
    """The operation does not support this shape, dtype or value of an operand."""

    code = 3


@known_as("tensorflow.python.framework.errors_impl")
class DeadlineExceededError(OpError):
    """The operation took too long."""

    code = 4


@known_as("tensorflow.python.framework.errors_impl")
class NotFoundError(OpError):
    """The requested object does not exist."""

    code = 5


@known_as("tensorflow.python.framework.errors_impl")
class AlreadyExistsError(OpError):
    """The object to be created already exists."""

    code = 6


@known_as("tensorflow.python.framework.errors_impl")
class PermissionDeniedError(OpError):
    """The caller has no permission."""

    code = 7


@known_as("tensorflow.python.framework.errors_impl")
class ResourceExhaustedError(OpError):
    """The result exceeds the memory that an operation may use."""

    code = 8


@known_as("tensorflow.python.framework.errors_impl")
class FailedPreconditionError(OpError):
    """The system is not in the required state: a variable has no value, for example."""

    code = 9


@known_as("tensorflow.python.framework.errors_impl")
class AbortedError(OpError):
    """The operation was aborted."""

    code = 10


@known_as("tensorflow.python.framework.errors_impl")
class OutOfRangeError(OpError):
    """The data has ended."""

    code = 11


@known_as("tensorflow.python.framework.errors_impl")
class UnimplementedError(OpError):
    """The operation is not implemented for these operands."""

    code = 12


@known_as("tensorflow.python.framework.errors_impl")
class InternalError(OpError):
    """An operation failed in a way that TensorFlow does not name."""

    code = 13


@known_as("tensorflow.python.framework.errors_impl")
class UnavailableError(OpError):
    """The runtime is not available."""

    code = 14


@known_as("tensorflow.python.framework.errors_impl")
class DataLossError(OpError):
    """Data is lost or damaged."""

    code = 15


@known_as("tensorflow.python.framework.errors_impl")
class UnauthenticatedError(OpError):
    """The caller is not authenticated."""

    code = 16


@known_as("tensorflow.python.framework.errors_impl")
class OperatorNotAllowedInGraphError(TypeError):
    """Python needed the numbers of a symbolic tensor, as a bool or in a loop."""


class InaccessibleTensorError(ValueError):
    """A graph used a tensor that only a graph inside of it can compute."""
