"""Known differences between the mirrored stack and a real Keras that show in steps, as data.

A comparison shows such a difference but does not count it. Each sentence is in docs/departures.md,
or names the versions of Keras that differ from 2.14, which the stack follows.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Items, Mapping, Tensor
from densetrace.data.wording import short


@dataclass(frozen=True, slots=True)
class Departure:
    """A pattern of differences and the sentence that states it.

    `kind` and `point` (its last part) select steps, None any. `field` selects a field; None means
    that one stack lacks the whole step. `without` names an argument: the departure applies if the
    field is the same without it, at any depth; it may name several. `attribute` selects an
    assignment; `owners` selects steps of objects by their classes. `file` is the end of the path of
    our source file. `beside` has how our value and theirs are written. `cls` is the class of the
    layer; the departure then applies to each field that only one side has. `unknown_sizes` means
    that tensors differ in sizes that are unknown in theirs. `between_versions` means that Keras
    itself changed: it does not apply to Keras 2.14.
    """

    sentence: str
    kind: str | None = None
    point: str | None = None
    field: str | None = None
    without: str = ""
    attribute: str | None = None
    owners: tuple[str, ...] = ()
    file: str = ""
    beside: tuple[str, str] = ("", "")
    cls: str = ""
    unknown_sizes: bool = False
    between_versions: bool = False


OPTIONAL: Final = (
    "From Keras 2.15 on, an InputLayer takes one more argument, optional; Keras 2.14 has none."
)

ROBUST: Final = (
    "In tf_keras, a Softmax layer takes one more argument, robust_masking; Keras 2.14 has none."
)
ROBUST_HEADS: Final = (
    "In tf_keras, a MultiHeadAttention layer takes one more argument, softmax_robust_masking; "
    "Keras 2.14 has none."
)
BUILT: Final = (
    "In tf_keras, these layers leave it to Layer.build to set built, and Keras 2.14 does not: "
    "there, the build of UnitNormalization sets nothing, and that of the others sets built itself."
)
BUILT_BY_LAYER: Final = (
    "AdditiveAttention", "Attention", "GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells",
    "TimeDistributed", "UnitNormalization",
)  # fmt: skip
AXIS: Final = "In tf_keras, UnitNormalization does not store the axis that it checked."
AUTOCAST: Final = (
    "In tf_keras, the dtype of a variable in mixed precision is the one that it is cast to; in "
    "Keras 2.14 it is the variable's own."
)
BUILD_CONFIG: Final = (
    "In tf_keras, a config also has the input shape for which an inner recurrent layer or cell was "
    "built; in Keras 2.14 it has not."
)
PACKAGE: Final = "The package of tf_keras has another name than that of Keras 2.14."
CONFIGS: Final = (
    "The configs of tf_keras have another package, and some other arguments: optional of an "
    "InputLayer, robust_masking of a Softmax layer, the axis of UnitNormalization as it was given."
)
ADDED: Final = (
    "In the TensorFlow of tf_keras, a symbolic tensor plus a number becomes a layer called "
    "tf.__operators__.add; in TensorFlow 2.14 it is called tf.math.add."
)
LOG_SOFTMAX: Final = (
    "In Keras `activations.log_softmax` is TensorFlow's log_softmax_v2, but "
    '`get("log_softmax")` returns the older log_softmax. Here both are one function.'
)

WRAPPED: Final = (
    "Keras also wraps `update_state` of each metric, for AutoGraph and for distribution over "
    "devices. Here there is neither: it is a plain method."
)

FUSED: Final = (
    "If `fused`, Keras computes the same numbers by one operation. Here they are always computed "
    "from mean and variance, with the correction of that operation."
)
GROUPED: Final = (
    "In a graph, Keras's function returns the Operation of a tf.group. Here it returns None, since "
    "a graph is a list of operations that run in their order."
)
LAMBDAS: Final = (
    "In Keras CategoricalAccuracy and TopKCategoricalAccuracy wrap lambdas. Here each wraps the "
    "function of the same name, which returns the same."
)
STATIC: Final = (
    "In a graph, TensorFlow does not know every size of the gradient of a tensordot. Here it is "
    "that of the operand."
)
PASSED: Final = (
    "In Keras the arguments of the layer are those that were passed. Here an argument of an "
    "operation that has its default value counts as not passed."
)

STATED: Final = (
    Departure(FUSED, "op", "tf.cast", file="keras/layers/normalization/batch_normalization.py"),
    *(Departure(PASSED, "invoke", cls=name) for name in ("TFOpLambda", "SlicingOpLambda")),
    *(
        Departure(STATIC, kind, field=field, unknown_sizes=True)
        for kind, field in (
            ("gradient", "(result)"),
            ("compute_gradients", "(result)"),
            ("clip", "gradients"),
            ("clip", "(result)"),
            ("apply_gradients", "grads_and_vars"),
            ("update", "gradient"),
        )
    ),
    Departure(GROUPED, "update_state", field="(result)", beside=("None", "Operation")),
    *(
        Departure(LAMBDAS, kind, field=field, beside=(name, "<lambda>"))
        for kind, field in (
            ("init", "fn"),
            ("assign", "value"),
            ("metric_resolve", "function (fact)"),
        )
        for name in ("categorical_accuracy", "top_k_categorical_accuracy")
    ),
    Departure(WRAPPED, "assign", attribute="update_state"),
    Departure(WRAPPED, "assign", attribute="result"),
    Departure(LOG_SOFTMAX, "activation", "keras.activations.silu"),
    Departure(
        LOG_SOFTMAX, "deserialize", "deserialize_keras_object", "identifier", "registered_name"
    ),
    *(
        Departure(sentence, "new", "__new__", field, argument, between_versions=True)
        for sentence, argument in (
            (ROBUST, "robust_masking"),
            (ROBUST_HEADS, "softmax_robust_masking"),
        )
        for field in ("kwargs", "arg_names", "bound (fact)", "auto_config (fact)")
    ),
    Departure(
        ROBUST_HEADS,
        "init",
        "MultiHeadAttention.__init__",
        "softmax_robust_masking",
        between_versions=True,
    ),
    Departure(ROBUST_HEADS, "assign", attribute="softmax_robust_masking", between_versions=True),
    Departure(ROBUST, "init", "Softmax.__init__", "robust_masking", between_versions=True),
    Departure(ROBUST, "assign", attribute="robust_masking", between_versions=True),
    *(
        Departure(
            BUILT,
            "assign",
            field=field,
            attribute="built",
            owners=BUILT_BY_LAYER,
            between_versions=True,
        )
        for field in (None, "before")
    ),
    Departure(BUILT, "build", "UnitNormalization.build", between_versions=True),
    *(
        Departure(
            AXIS,
            "assign",
            field=field,
            attribute="axis",
            owners=("UnitNormalization",),
            between_versions=True,
        )
        for field in (None, "value", "before")
    ),
    *(
        Departure(
            AXIS,
            "new",
            "__new__",
            field,
            "axis",
            owners=("UnitNormalization",),
            between_versions=True,
        )
        for field in ("kwargs", "bound (fact)", "auto_config (fact)")
    ),
    Departure(AXIS, "init", "UnitNormalization.__init__", "axis", between_versions=True),
    *(
        Departure(OPTIONAL, "new", "__new__", field, "optional", between_versions=True)
        for field in ("kwargs", "arg_names", "bound (fact)", "auto_config (fact)")
    ),
    Departure(OPTIONAL, "init", "InputLayer.__init__", "optional", between_versions=True),
    *(
        Departure(
            sentence,
            "deserialize",
            field=field,
            without="axis build_config module optional robust_masking" + also,
            between_versions=True,
        )
        for sentence, also in ((CONFIGS, ""), (ROBUST_HEADS, " softmax_robust_masking"))
        for field in ("identifier", "config")
    ),
    Departure(
        BUILT,
        "assign",
        field="subject",
        attribute="built",
        owners=BUILT_BY_LAYER,
        between_versions=True,
    ),
    *(
        Departure(
            AUTOCAST, kind, point, field, beside=("float32", "float16"), between_versions=True
        )
        for kind, point, field in (
            ("assign", None, "value"),
            ("op", "tf.matmul", "b"),
            ("op", "tf.tensordot", "b"),
            ("op", "tf.nn.bias_add", "bias"),
        )
    ),
)


@dataclass(frozen=True, slots=True)
class ResultDeparture:
    """A pattern of differences between the results of a script, and the sentence that states it.

    `place` is the end of the place, such as `config.axis`; empty for any. `key` is a key that only
    theirs has, `layer` a class of layers that the script uses, or `before` a text that stands
    before theirs.
    """

    sentence: str
    place: str = ""
    key: str = ""
    layer: str = ""
    before: str = ""


RESULTS: Final = (
    ResultDeparture(OPTIONAL, "config", key="optional"),
    ResultDeparture(ROBUST, "config", key="robust_masking"),
    ResultDeparture(ROBUST_HEADS, "config", key="softmax_robust_masking"),
    ResultDeparture(AXIS, "config.axis", layer="UnitNormalization"),
    ResultDeparture(BUILD_CONFIG, key="build_config"),
    ResultDeparture(PACKAGE, "module", before="tf_"),
)


MERGED: Final = (
    "Keras normalizes by the fused operation of batch normalization. Here the same numbers are "
    "computed from mean and variance."
)
"""TensorFlow may merge that operation with a multiplication after it, and then fail."""
TRUE: Final = "The TensorFlow of tf_keras refuses True as a size; TensorFlow 2.14 takes it as 1."


def end_stated(message: str, is_other_version: bool) -> str:
    """The sentence of the departure that explains why theirs ended a script with an exception of
    this text, and ours did not; empty if there is none. `is_other_version` is as for `stated`."""
    if "offset must be 1D tensor" in message:
        return MERGED
    return TRUE if is_other_version and "Expected an int, got a boolean" in message else ""


def result_stated(place: str, ours: object, theirs: object, layers: Collection[str]) -> str:
    """The sentence of the departure that explains a difference between results of the mirrored
    stack and of another Keras than 2.14; empty if there is none. `layers` are the classes that the
    script uses."""
    place = place.rstrip("[0123456789]")  # of an item: the list
    for departure in RESULTS:
        if departure.place and not f".{place}".endswith(f".{departure.place}"):
            continue
        if departure.layer in layers or (
            departure.before and theirs == f"{departure.before}{ours}"
        ):
            return departure.sentence
        if not departure.key or not isinstance(theirs, list) or departure.key not in theirs:
            continue
        if ours == [key for key in theirs if key != departure.key]:
            return departure.sentence
    is_name = isinstance(ours, str) and isinstance(theirs, str)
    return ADDED if is_name and _is_added(ours, theirs) else ""


def stated(
    step: Step,
    field: str | None,
    ours: object,
    theirs: object,
    owner: str = "",
    is_other_version: bool = True,
) -> str:
    """The sentence of the departure that explains a difference; empty if there is none.

    Args:
        step: the step, on whichever side there is one.
        field: its field; None if one side lacks the step.
        ours, theirs: the values.
        owner: the class of the step's object.
        is_other_version: whether theirs is not Keras 2.14, which the mirrored stack follows.
    """
    for departure in STATED:
        if departure.between_versions and not is_other_version:
            continue
        if departure.owners and owner not in departure.owners:
            continue
        on_one_side = bool(departure.cls) and field is not None and ABSENT in (ours, theirs)
        if (departure.field == field or on_one_side) and _applies_to(departure, step):
            if not _are_written(departure.beside, ours, theirs):
                continue
            if departure.unknown_sizes and not _with_unknown_sizes(ours, theirs):
                continue
            arguments = departure.without.split()
            if not arguments or _without(ours, arguments) == _without(theirs, arguments):
                return departure.sentence
    is_of_plus = (step.subject or "").rstrip("_0123456789") == "tf.math.add"
    return ADDED if is_other_version and (is_of_plus or _is_added(ours, theirs)) else ""


def _are_written(beside: tuple[str, str], ours: object, theirs: object) -> bool:
    """Whether both values are written so: tensors as their dtype, a number after `#` left out."""
    written = (
        value.dtype if isinstance(value, Tensor) else str(value).partition("#")[0]
        for value in (ours, theirs)
    )
    return all(not wanted or wanted == text for wanted, text in zip(beside, written, strict=True))


def _applies_to(departure: Departure, step: Step) -> bool:
    if departure.kind not in (None, step.kind):
        return False
    if departure.attribute is not None and departure.attribute != step.inputs.get("name"):
        return False
    if departure.file and (step.where is None or not step.where.file.endswith(departure.file)):
        return False
    if departure.cls and departure.cls != str(step.facts.get("class")):
        return False
    return departure.point is None or f".{step.point}".endswith(f".{departure.point}")


def _with_unknown_sizes(ours: object, theirs: object) -> bool:
    """Whether theirs is ours, but for sizes of tensors that are unknown there."""
    match ours, theirs:
        case Items(), Items():
            return len(ours.items) == len(theirs.items) and all(
                map(_with_unknown_sizes, ours.items, theirs.items)
            )
        case Tensor(sizes, dtype), Tensor(others, other_dtype):
            alike = dtype == other_dtype and len(sizes) == len(others)
            return alike and all(
                other in (None, one) for one, other in zip(sizes, others, strict=True)
            )
    return ours == theirs


def _is_added(ours: object, theirs: object) -> bool:
    """Whether two values, as text, differ only in the name of the layer that `+` becomes."""
    if ABSENT in (ours, theirs) or isinstance(ours, Step) or isinstance(theirs, Step):
        return False
    for text in (repr, short):  # whole, or a function without its module
        mine, other = text(ours), text(theirs)  # type: ignore[arg-type] # no step: a value
        named = other.replace("_add_dispatch", "add").replace("__operators__.add", "math.add")
        if mine != other and mine == named:
            return True
    return False


def _without(value: object, arguments: Collection[str]) -> object:
    """A dict of arguments, or a list of their names, without some of them."""
    match value:
        case Mapping(entries, length):
            kept = tuple(
                (key, _without(item, arguments)) for key, item in entries if key not in arguments
            )
            left = length - len(entries) + len(kept)
            if len(entries) < length:  # only its beginning is recorded, more of it or less
                kept = ()
            return Mapping(kept, left)  # type: ignore[arg-type]
        case Items(kind, items, length):
            rest = tuple(_without(item, arguments) for item in items if item not in arguments)
            return Items(kind, rest, length - len(items) + len(rest))  # type: ignore[arg-type]
    return value
