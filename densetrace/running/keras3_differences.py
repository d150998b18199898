"""What Keras 3 does otherwise than Keras 2, as far as the results of a script show it.

Each rule has a sentence and recognizes the differences that it explains. A difference that no rule
explains counts as one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from densetrace.running.results import ResultDifference, differences

Holds = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of differences between results, and the sentence that explains it.

    `results` has the names of the results in which they lie, `ends` the last names of their places;
    `words` are texts of which the script has one. Each applies if it is not empty. `unless` is a
    text that the script must not have. `holds` is called with both values.
    """

    sentence: str
    results: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    holds: Holds = lambda ours, theirs: True
    unless: str = ""

    def explains(self, found: ResultDifference, script: str) -> bool:
        """Whether this is such a difference."""
        parts = [part.partition("[")[0] for part in found.place.split(".")]
        return (
            (not self.results or parts[0] in self.results)
            and (not self.ends or parts[-1] in self.ends)
            and (not self.words or any(word in script for word in self.words))
            and not (self.unless and self.unless in script)
            and self.holds(found.ours, found.theirs)
        )


@dataclass(frozen=True, slots=True)
class End:
    """A reason why only one of the two raises an exception, and the texts of which its message has
    one: that of Keras 3, or ours."""

    sentence: str
    theirs: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


# -- results ---------------------------------------------------------------------------------------


def _is_last_part(ours: Any, theirs: Any) -> bool:
    """`dense/kernel:0` and `kernel`."""
    both = isinstance(ours, str) and isinstance(theirs, str)
    return both and ours.removesuffix(":0").rpartition("/")[2] == theirs


def _is_policy(ours: Any, theirs: Any) -> bool:
    """`float32` and the config of a policy of this name."""
    return isinstance(theirs, dict) and theirs.get("config") == {"name": ours}


def _is_policy_class(ours: Any, theirs: Any) -> bool:
    pairs = (("keras.mixed_precision", "keras"), ("Policy", "DTypePolicy"))
    return isinstance(ours, str) and (ours, theirs) in pairs


def _have_known_keys(ours: Any, theirs: Any) -> bool:
    if not (_are_texts(ours) and _are_texts(theirs)):
        return False
    return set(ours) - set(theirs) <= OLD_KEYS and set(theirs) - set(ours) <= NEW_KEYS


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _adds_texts(ours: Any, theirs: Any) -> bool:
    return _are_texts(ours) and _are_texts(theirs) and set(ours) < set(theirs)


def _same_in_other_order(ours: Any, theirs: Any) -> bool:
    return _are_texts(ours) and _are_texts(theirs) and sorted(ours) == sorted(theirs)


def _is_input(ours: Any, theirs: Any) -> bool:
    """`dense_input` or `input_1`, and `input_layer`."""
    both = isinstance(ours, str) and isinstance(theirs, str)
    named = both and (ours.startswith("input_") or "_input" in ours)
    return named and theirs.startswith("input_layer")


def _is_the_number(ours: Any, theirs: Any) -> bool:
    """An array of one number, and this number."""
    one = isinstance(ours, np.ndarray) and ours.ndim == 0
    return one and isinstance(theirs, int | float) and bool(np.isclose(ours, theirs, rtol=1e-6))


def _same_axes(ours: Any, theirs: Any) -> bool:
    """An axis from the start beside one from the end, or in a list beside a number."""
    axes = [one[0] if isinstance(one, list) and len(one) == 1 else one for one in (ours, theirs)]
    return all(type(one) is int for one in axes) and (axes[1] < 0 or axes[0] == axes[1])


def _snake(ours: Any, theirs: Any) -> bool:
    """`AdamW` and `adam_w`."""
    both = isinstance(ours, str) and isinstance(theirs, str)
    return both and ours != theirs and ours.lower() == theirs.replace("_", "")


def _are_dtypes(ours: Any, theirs: Any) -> bool:
    return isinstance(ours, str | dict) and isinstance(theirs, str) and theirs.startswith("float")


def _is_upper(ours: Any, theirs: Any) -> bool:
    return isinstance(theirs, str) and theirs != ours and theirs.lower() == ours


def _is_zero(ours: Any, theirs: Any) -> bool:
    return isinstance(theirs, np.ndarray) and not theirs.any()


def _only(ours: Any, theirs: Any) -> Holds:
    def holds(one: Any, other: Any) -> bool:
        typed = type(one) is type(ours) and type(other) is type(theirs)
        return typed and (one, other) == (ours, theirs)

    return holds


def _of_other_dtypes(ours: Any, theirs: Any) -> bool:
    arrays = isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray)
    return arrays and ours.shape == theirs.shape and ours.dtype != theirs.dtype


def _are_halves(ours: Any, theirs: Any) -> bool:
    """Numbers in single and in half precision, or the names of these dtypes."""
    if _of_other_dtypes(ours, theirs):
        return (ours.dtype.name, theirs.dtype.name) == ("float32", "float16")
    return isinstance(ours, str) and (ours, theirs) == ("float32", "float16")


def _are_sizes(ours: Any, theirs: Any) -> bool:
    """Two sizes of one weight, or two arrays of one number of elements."""
    if isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        return ours.size == theirs.size
    return type(ours) is int and type(theirs) is int


OLD_KEYS: Final = frozenset((
    "batch_input_shape", "activity_regularizer", "build_config", "time_major", "implementation",
    "noise_shape", "trainable", "input_length", "alpha", "gain", "jit_compile",
    "is_legacy_optimizer", "dtype", "axis",
))  # fmt: skip
NEW_KEYS: Final = frozenset((
    "output_axes", "input_axes", "quantization_config", "batch_shape", "optional",
    "zero_output_for_mask", "dtype", "trainable", "build_input_shape", "seed", "data_format",
    "rms_scaling", "noise_shape", "build_config", "renorm", "renorm_momentum", "renorm_clipping",
    "synchronized", "negative_slope", "compile_config", "backward_layer", "activation",
    "loss_scale_factor", "gradient_accumulation_steps", "activity_regularizer",
))  # fmt: skip
"""The keys of configs that only Keras 2, and only Keras 3, has."""

COMPUTED: Final = (
    "output", "gradients", "training", "after", "predicted", "in a graph", "part", "losses",
)  # fmt: skip
TRAINED: Final = (
    "history", "evaluated", "batch", "last", "weights", "optimizer", "predicted",
)  # fmt: skip
LOGS: Final = ("history", "evaluated", "batch", "last")
PATHS: Final = (
    "Keras 3 names a weight kernel and keeps its path separately; Keras 2 names it dense/kernel:0."
)
GRAPHS: Final = (
    "In Keras 3, the config of a functional model has its graph in another form, "
    "with the arguments of each call."
)
STATE: Final = (
    "In Keras 3, the variables of an optimizer have other names and another order, "
    "and include the learning rate; their numbers are the same."
)
PENALTIES: Final = "Keras 3 lists the losses of a layer in another order."
FROZEN: Final = (
    "With trainable=False, Keras 3 also makes the weights themselves not trainable, "
    "and leaves out "
    "their penalties."
)
UNUSED: Final = "SimpleRNN of Keras 3 ignores activity_regularizer."
WRAPPERS: Final = (
    "With a dtype of its own, a wrapper or recurrent layer of Keras 3 also decides the dtype of "
    "what the layer inside computes."
)
OPERATIONS: Final = (
    "In Keras 3, the operations of a functional model are not in its list of layers."
)
OTHER_TYPE: Final = "Both raise an exception, Keras 3 one of another type."

RULES: Final = (
    Rule(PATHS, ("weights", "trainable"), holds=_is_last_part),
    Rule(
        "A weight without a name is named variable in Keras 3, Variable in Keras 2.",
        ("weights", "trainable"),
        holds=lambda ours, theirs: (
            isinstance(ours, str)
            and isinstance(theirs, str)
            and ours.rpartition("/")[2].startswith("Variable")
            and theirs.startswith("variable")
        ),
    ),
    Rule(
        "A dtype in a config of Keras 3 is the config of a policy.",
        ("config",),
        ("dtype",),
        holds=_is_policy,
    ),
    Rule(
        "In Keras 3, the input layer of a Sequential model has the dtype of the layer after it.",
        ("config",),
        ("dtype",),
        ("Sequential",),
        holds=lambda ours, theirs: isinstance(ours, str) and isinstance(theirs, str),
    ),
    Rule(
        "From its config, a spatial dropout of Keras 3 gets the dtype of its variables.",
        ("config",),
        ("dtype",),
        ("SpatialDropout",),
        _are_dtypes,
    ),
    Rule(
        "The policy class of Keras 3 is keras.DTypePolicy.",
        ("config",),
        ("module", "class_name"),
        holds=lambda ours, theirs: (
            (ours, theirs) in (("keras.mixed_precision", "keras"), ("Policy", "DTypePolicy"))
        ),
    ),
    Rule(
        "The configs of Keras 3 have some other keys, and another order.",
        ("config",),
        holds=_have_known_keys,
    ),
    Rule("Keras 3 names the input layer of a model input_layer.", holds=_is_input),
    Rule(
        "A functional model is named functional in Keras 3, model in Keras 2.",
        ("config",),
        ("name",),
        holds=lambda ours, theirs: (
            str(ours).startswith("model") and str(theirs).startswith("functional")
        ),
    ),
    Rule(
        "Bidirectional of Keras 3 renames its layer: forward_lstm instead of lstm.",
        ("config",),
        ("name",),
        ("Bidirectional(",),
        lambda ours, theirs: theirs == f"forward_{ours}",
    ),
    Rule("Keras 3 keeps an axis as it was passed.", ("config",), ("axis",), holds=_same_axes),
    Rule(
        "Keras 3 keeps a number as it was passed; Keras 2 turns it into an array.",
        ("config",),
        holds=_is_the_number,
    ),
    Rule("Keras 3 keeps the padding as it was passed.", ("config",), ("padding",), holds=_is_upper),
    Rule(
        "Keras 3 names the activation swish silu.",
        ("config",),
        ("activation",),
        holds=_only("swish", "silu"),
    ),
    Rule("Keras 3 names an optimizer adam_w, not AdamW.", ("config",), ("name",), holds=_snake),
    Rule(
        "A schedule of Keras 3 has its name as a default.",
        ("config",),
        ("name",),
        ("schedules.",),
        lambda ours, theirs: ours is None and isinstance(theirs, str),
    ),
    Rule("Keras 3 sorts its logs by name.", LOGS, holds=_same_in_other_order),
    Rule(
        "Keras 3 calls the rate in the logs learning_rate, not lr.",
        LOGS,
        words=("ReduceLR", "LearningRateScheduler"),
        holds=lambda ours, theirs: (
            _are_texts(ours) and _are_texts(theirs) and {*ours, "learning_rate"} == {*theirs, "lr"}
        ),
    ),
    Rule(
        "In Keras 3, a custom train_step has to update the loss metric itself.",
        LOGS,
        ("loss",),
        ("def train_step",),
        _is_zero,
    ),
    Rule(FROZEN, ("weights",), words=("trainable=False",), holds=_only(True, False)),
    Rule(
        "In a model of Keras 3, the layers inside a layer with trainable=False stay trainable.",
        ("trainable", "gradients"),
        words=("trainable=False",),
    ),
    Rule(
        "RNN of Keras 3 returns the states of each of several cells as a list.",
        ("shape", "output", "training"),
        words=("StackedRNNCells(", "RNN(["),
    ),
    Rule(
        "Without get_config, the config of a layer of Keras 3 also has the default values of its "
        "arguments.",
        ("config",),
        words=("class Own",),
        holds=_adds_texts,
    ),
    Rule(
        "The default of ema_overwrite_frequency is None in Keras 3, 100 in Keras 2.",
        ("config",),
        ("ema_overwrite_frequency",),
        holds=lambda ours, theirs: (ours, theirs) == (100, None),
    ),
    Rule(
        "UpSampling2D of Keras 3 returns the dtype of its input; that of Keras 2 float32, if it "
        "interpolates.",
        COMPUTED,
        words=("interpolation='bilinear'",),
        holds=_of_other_dtypes,
    ),
    Rule(
        "BatchNormalization of Keras 3 keeps its weights in half precision if that is its dtype; "
        "in Keras 2 in float32.",
        (*COMPUTED, "weights"),
        words=("BatchNormalization(",),
        holds=_are_halves,
    ),
    Rule(
        "hard_sigmoid is relu6(x + 3) / 6 in Keras 3, and 0.2 x + 0.5 within 0 and 1 in Keras 2.",
        COMPUTED,
        words=("hard_sigmoid",),
    ),
    Rule(
        "UnitNormalization of Keras 3 divides by the norm, or by 1e-12 if that is "
        "larger; that of Keras 2 by the norm or 1e-6, so the gradients at 0 differ.",
        ("gradients",),
        words=("UnitNormalization",),
    ),
    Rule(
        "On TensorFlow, Keras 3 adds a tensor with only one size above 1 like a bias: "
        "along the last axis, if that has this size.",
        COMPUTED,
        words=("layers.Add(",),
    ),
    Rule(
        "From its config, a spatial dropout of Keras 3 gets the dtype of its variables.",
        COMPUTED,
        words=("SpatialDropout",),
        holds=_of_other_dtypes,
    ),
    Rule(WRAPPERS, COMPUTED, words=("TimeDistributed(", "Bidirectional("), holds=_of_other_dtypes),
    Rule(
        "TimeDistributed of Keras 3 calls its layer once for each time step, so batch "
        "normalization sees one step at a time; that of Keras 2 calls it once for all "
        "steps.",
        ("training", "after"),
        words=("TimeDistributed(layers.BatchNormalization",),
    ),
    Rule(
        "With axis=[1, -1], LayerNormalization of Keras 3 sorts its axes before it "
        "counts -1 from the end.",
        ("config", "weights", "after", "gradients", "output", "training"),
        words=("axis=[1, -1]",),
        holds=_are_sizes,
    ),
    Rule(
        UNUSED,
        ("config",),
        ("activity_regularizer",),
        ("SimpleRNN(",),
        lambda ours, theirs: theirs is None,
    ),
    Rule(
        "The default learning rate of Lion is 0.001 in Keras 3, 0.0001 in Keras 2.",
        (*TRAINED, "config"),
        words=("optimizers.Lion(",),
        unless="learning_rate=",
    ),
    Rule(
        "In a graph, Nadam of Keras 2 multiplies its momentum schedule more than once per update.",
        TRAINED,
        words=("Nadam", "'nadam'"),
        unless="run_eagerly=True",
    ),
    Rule(
        "In Keras 3, the moving average of weights starts from their numbers after the "
        "first update; in Keras 2 from their initial numbers.",
        TRAINED,
        words=("use_ema=True",),
    ),
)
"""The rules for single differences, of which the first that fits explains one."""

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


def explained(
    found: ResultDifference,
    script: str,
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    allowed: float,
) -> str:
    """The sentence that explains a difference between the results of a script; empty if none does.

    Args:
        found: the difference.
        script: what ran.
        ours: all results of our stack, or of Keras 2.
        theirs: all results of Keras 3.
        allowed: how far numbers may differ.
    """
    place = found.place
    names = [name for name, _ in ours.get("layers", ())]
    if place.startswith(_LAYERS) and any(name.startswith("tf.") for name in names):
        return OPERATIONS
    if place.startswith("config") and any(part in place for part in _GRAPH):
        return GRAPHS
    if place.startswith("optimizer") and _same_state(ours, theirs, allowed):
        return STATE
    if place.startswith("losses"):
        if _same_numbers(ours["losses"], theirs["losses"], allowed):
            return PENALTIES
        if "trainable=False" in script and len(theirs["losses"]) < len(ours["losses"]):
            return FROZEN
        if "SimpleRNN(" in script and "activity_regularizer" in script:
            return UNUSED
    for rule in RULES:
        if rule.explains(found, script):
            return rule.sentence
    return ""


_LAYERS: Final = ("layers", "shapes", "config.layers")
_GRAPH: Final = (".inbound_nodes", ".input_layers", ".output_layers")


def end_explained(ours: str, theirs: str) -> str:
    """The sentence that explains why only one of two runs raises an exception, or why they raise
    different ones; empty if none does.

    Args:
        ours: the type and the message of the exception on our stack, or of Keras 2; empty if none.
        theirs: the same of Keras 3.
    """
    if ours and theirs:
        same = ours.partition(":")[0] == theirs.partition(":")[0]
        return "" if same else OTHER_TYPE
    for end in ENDS:
        message, texts = (theirs, end.theirs) if theirs else (ours, end.ours)
        if any(text in message for text in texts):
            return end.sentence
    return ""


def _same_numbers(ours: Sequence[Any], theirs: Sequence[Any], allowed: float) -> bool:
    """Whether two lists have the same arrays in some order."""
    return len(ours) == len(theirs) and not _unmatched(ours, theirs, allowed)


def _same_state(ours: Mapping[str, Any], theirs: Mapping[str, Any], allowed: float) -> bool:
    """Whether the variables of two optimizers have the same numbers, in some order. Those that only
    one of the two has are 0, or one number, such as a learning rate."""
    one, other = ([array for _, array in results["optimizer"]] for results in (ours, theirs))
    left = [*_unmatched(one, other, allowed), *_unmatched(other, one, allowed)]
    return not any(array.ndim and array.any() for array in left)


def _unmatched(ours: Sequence[Any], theirs: Sequence[Any], allowed: float) -> list[Any]:
    """The arrays of ours without a counterpart in theirs, each of which is used once."""
    left, found = list(theirs), []
    for array in ours:
        at = next(
            (
                index
                for index, other in enumerate(left)
                if not any(differences(array, other, allowed))
            ),
            None,
        )
        if at is None:
            found.append(array)
        else:
            del left[at]
    return found
