"""The errors that TensorFlow raises for its operations, under the names it gives them."""


class OpError(Exception):
    """An operation refused its operands. Follows tensorflow.errors.OpError."""


class InvalidArgumentError(OpError):
    """An operand has a shape, dtype or value that the operation does not take."""


class ResourceExhaustedError(OpError):
    """The result would not fit into the memory that an operation may use."""
