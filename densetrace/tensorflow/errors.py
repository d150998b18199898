"""The errors that TensorFlow raises for its operations, under the names it gives them."""


class OpError(Exception):
    """An operation refused its operands. Follows tensorflow.errors.OpError."""

    @property
    def message(self) -> str:
        """The message."""
        return str(self)


class InvalidArgumentError(OpError):
    """An operand has a shape, dtype or value that the operation does not take."""


class ResourceExhaustedError(OpError):
    """The result would not fit into the memory that an operation may use."""


class FailedPreconditionError(OpError):
    """What an operation needs is not there yet, such as the value of a variable."""


class NotFoundError(OpError):
    """What was asked for is not there."""


class UnimplementedError(OpError):
    """The operation does not exist for these operands."""


class InternalError(OpError):
    """An operation failed in a way that TensorFlow does not name."""


class OutOfRangeError(OpError):
    """There is no more data."""


class OperatorNotAllowedInGraphError(TypeError):
    """Python asked a symbolic tensor for its numbers: for a truth value, or to be iterated over."""
