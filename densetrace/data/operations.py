"""The operations that a real Keras reports: those hooked by name, and TensorFlow's raw ones.

A raw operation is one that TensorFlow's runtime runs (`Conv2D`, `Mean`), at the hook point
`tf.raw_ops.Conv2D`. Python functions such as `tf.matmul` run one or more of them.
"""

from typing import Final, Literal, NamedTuple

ON_EVERY_ENGINE: Final = ("tf.cast", "tf.matmul", "tf.nn.bias_add", "tf.tensordot")
"""A comparison of two engines leaves out the steps of all other operations."""

RAW: Final = "tf.raw_ops."
"""How the hook points of raw operations begin."""

TRACING: Final = "tf.__internal__.FuncGraph"
"""The hook point of tracing: TensorFlow runs a Python function once, to build a graph of it."""

CALL: Final = f"{RAW}PartitionedCall"
"""The hook point of the call of a graph function: a Python function that was traced."""

COMPOSED: Final = (
    "tf.compat.v1.while_loop",
    "tf.nn.batch_normalization",
    "tf.nn.dropout",
    "tf.nn.experimental.general_dropout",
    "tf.nn.experimental.stateless_dropout",
    "tf.nn.moments",
    "tf.nn.weighted_moments",
    "tf.while_loop",
)
"""Functions of TensorFlow that layers call and that run several operations: each is one step, and
its operations are inside it. Our stack has no hook at the loops, whose bodies are steps."""

RUN_BY: Final[dict[str, tuple[str, ...]]] = {
    "tf.compat.v1.while_loop": ("StatelessWhile", "While"),
    "tf.cast": ("Cast",),
    "tf.matmul": ("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "MatMul"),
    "tf.nn.bias_add": ("BiasAdd", "BiasAddV1"),
    "tf.tensordot": (),
    "tf.while_loop": ("StatelessWhile", "While"),
}
"""Hooked function -> the raw operation that it is. Inside a step of the function, that operation
is no step of its own: it would be shown twice."""


class Bookkeeping(NamedTuple):
    """Raw operations that explain nothing: the types, whether a step is recorded (and shown at the
    framework level only), and the reason."""

    types: tuple[str, ...]
    treatment: Literal["not recorded", "framework level"]
    reason: str


BOOKKEEPING: Final = (
    Bookkeeping(
        ("Const", "Placeholder", "PlaceholderWithDefault"),
        "not recorded",
        "They add a constant or an argument to a graph. The operation that uses it shows its "
        "value.",
    ),
    Bookkeeping(
        ("ControlTrigger", "NoOp"),
        "not recorded",
        "They compute nothing and only order other operations.",
    ),
    Bookkeeping(
        ("DestroyResourceOp", "VarHandleOp", "VarIsInitializedOp"),
        "not recorded",
        "They register a variable with the runtime. The step `add_weight` shows the variable.",
    ),
    Bookkeeping(
        ("ReadVariableOp",),
        "framework level",
        "It reads a weight. The operation that uses the weight shows its value.",
    ),
    Bookkeeping(
        ("EnsureShape", "Identity", "IdentityN", "PreventGradient", "Snapshot", "StopGradient"),
        "framework level",
        "They return their operand unchanged.",
    ),
    Bookkeeping(
        (
            "EmptyTensorList",
            "TensorListFromTensor",
            "TensorListGetItem",
            "TensorListLength",
            "TensorListReserve",
            "TensorListSetItem",
            "TensorListStack",
        ),
        "framework level",
        "They store the tensors of a loop in a list and read them again.",
    ),
    Bookkeeping(
        ("StatelessRandomGetAlg", "StatelessRandomGetKeyCounter"),
        "framework level",
        "They convert a seed to the state of a random number generator.",
    ),
    Bookkeeping(
        ("Assert", "PrintV2", "StringFormat"),
        "framework level",
        "They check or print a tensor and change nothing.",
    ),
)
"""The treatment of bookkeeping operations; all other raw operations are shown."""

NOT_RECORDED: Final = frozenset(
    name for row in BOOKKEEPING if row.treatment == "not recorded" for name in row.types
)
"""Raw operations that are no steps."""

FRAMEWORK_LEVEL: Final = frozenset(
    name for row in BOOKKEEPING if row.treatment == "framework level" for name in row.types
)
"""Raw operations whose steps are shown at the framework level only."""

READ_SIZES: Final = frozenset(("BroadcastArgs", "Rank", "Shape", "ShapeN", "Size"))
"""Raw operations that read sizes, not elements: where a line of Keras asks for one, it is shown at
the framework level."""

COMPUTE_SIZES: Final = frozenset(("ConcatV2", "GatherV2", "Pack", "Prod", "Range", "StridedSlice"))
"""Raw operations that are treated like those, if all their tensors are integers of at most one
dimension: then they compute sizes."""
