"""Why a script ends with an exception on only one of Keras 2 and Keras 3, or with two that differ.

Each reason has a sentence, and the texts of the messages that it explains.
"""

from dataclasses import dataclass
from typing import Final

from densetrace.running.keras3_differences import WRAPPERS


@dataclass(frozen=True, slots=True)
class End:
    """A reason why only one of the two raises an exception, and the texts of which its message has
    one: that of Keras 3, or ours."""

    sentence: str
    theirs: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


OTHER_TYPE: Final = "Both raise an exception, Keras 3 one of another type."

OUR_FAULTS: Final = ("AssertionError", "NotInDensetraceError", "NotImplementedError")
"""Types of exceptions that Keras does not raise for bad input: ours is at fault if it does."""

NO_FAULT: Final = "was created by passing non-serializable argument values"
"""For this, Keras 2 does raise a NotImplementedError."""

ENDS: Final = (
    End("Keras 3 has no legacy optimizers.", ("keras.optimizers.legacy",)),
    End("Keras 3 has no layer ThresholdedReLU.", ("no attribute 'ThresholdedReLU'",)),
    End("A layer of Keras 3 takes no argument dynamic.", ("{'dynamic': False}",)),
    End("An optimizer of Keras 3 takes no argument jit_compile.", ("'jit_compile'",)),
    End(
        "AveragePooling of Keras 3 has no default pool_size.",
        ("missing 1 required positional argument: 'pool_size'",),
    ),
    End("Keras 3 has no regularizer named l1_l2.", ("regularizer identifier: l1_l2",)),
    End("A loss of Keras 3 takes no reduction named auto.", ("reduction=auto",)),
    End(
        "In Keras 3, TensorFlow's functions refuse symbolic tensors; keras.ops takes them.",
        ("A KerasTensor cannot be used as input to a TensorFlow function",),
    ),
    End("A layer of Keras 3 has no add_metric.", ("`add_metric()` method is deprecated",)),
    End("add_loss of Keras 3 takes no function.", ("`add_loss()` can only be called from inside",)),
    End(
        "A spatial dropout of Keras 3 takes no argument trainable.",
        ("__init__() got an unexpected keyword argument 'trainable'",),
    ),
    End(
        "Keras 3 finds no activation by the config of a layer without its module.",
        ("Could not locate class 'ReLU'",),
    ),
    End(
        "Bidirectional of Keras 3 refuses a layer with go_backwards=True.",
        ("Forward layer and backward layer should have different `go_backwards`",),
    ),
    End(
        "Keras 3 refuses more values of arguments than Keras 2, and sooner.",
        (
            "Argument `padding` must be",
            "Argument `seed` must be",
            "Invalid value received for",
            "Cannot interpret `dtype`",
            "Could not interpret regularizer identifier",
            "'<=' not supported between instances of",
            "Expected an integer value for",
            "int() argument must be",
        ),
    ),
    End(
        "Keras 3 does not store arrays in the config of a layer.",
        ("was created by passing\nnon-serializable argument values",),
    ),
    End(
        "Given the class of a regularizer, Keras 3 creates an object of it; Keras 2 "
        "calls the class like a function.",
        ours=(
            "get_config() missing 1 required positional argument: 'self'",
            "A regularization penalty must be an int or a float",
        ),
    ),
    End(WRAPPERS, ours=("matmul requires tensors of one dtype",)),
    End(
        "train_on_batch of Keras 3 runs one batch, whatever steps_per_execution is.",
        ours=("OutOfRangeError",),
    ),
    End(
        "After pop, a Sequential model of Keras 3 builds its graph again.",
        ours=("Graph disconnected",),
    ),
)
"""The reasons why only one raises."""


def end_explained(ours: str, theirs: str) -> str:
    """The sentence that explains why only one of two runs raises an exception, or why they raise
    different ones; empty if none does.

    Args:
        ours: the type and the message of the exception on our stack, or of Keras 2; empty if none.
        theirs: the same of Keras 3.
    """
    kinds = [one.partition(":")[0] for one in (ours, theirs)]
    if (kinds[0] in OUR_FAULTS and NO_FAULT not in ours) or kinds[0] == kinds[1]:
        return ""
    if ours and theirs:
        return OTHER_TYPE
    for end in ENDS:
        message, texts = (theirs, end.theirs) if theirs else (ours, end.ours)
        if any(text in message for text in texts):
            return end.sentence
    return ""
