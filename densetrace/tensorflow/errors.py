"""The errors that TensorFlow raises for its operations, under the names it gives them."""


class OpError(Exception):
    """Base class of the errors of operations. Follows tensorflow.errors.OpError."""

    @property
    def message(self) -> str:
        """The message."""
        return str(self)


class InvalidArgumentError(OpError):
    """The operation does not support this shape, dtype or value of an operand."""


class ResourceExhaustedError(OpError):
    """The result exceeds the memory that an operation may use."""


class FailedPreconditionError(OpError):
    """The system is not in the required state: a variable has no value, for example."""


class NotFoundError(OpError):
    """The requested object does not exist."""


class PermissionDeniedError(OpError):
    """The system does not allow it: writing this file, for example."""


class UnimplementedError(OpError):
    """The operation is not implemented for these operands."""


class InternalError(OpError):
    """An operation failed in a way that TensorFlow does not name."""


class DataLossError(OpError):
    """Data cannot be recovered."""


class UnknownError(OpError):
    """Python code that an operation ran raised an error that TensorFlow has no name for."""


class OutOfRangeError(OpError):
    """The data has ended."""


class OperatorNotAllowedInGraphError(TypeError):
    """Python needed the numbers of a symbolic tensor, as a bool or in a loop."""
