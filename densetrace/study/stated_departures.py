"""Known differences between our stack and a real Keras that show in steps, as data.

A comparison shows such a difference but does not count it. Each sentence is in docs/departures.md,
or names the versions of Keras that differ from 2.14, which the stack follows.
"""

import re
from dataclasses import dataclass
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Items, Mapping


@dataclass(frozen=True, slots=True)
class Departure:
    """A pattern of differences and the sentence that states it.

    `kind` and `point` (its last part) select steps, None any. `field` selects a field; None means
    that one stack lacks the whole step. `without` names an argument: the departure applies if the
    field is the same without it. `attribute` selects an assignment; `subjects` selects layers by
    their automatic names, without a number. `file` is the end of the path of our source
    file. `beside` has how our value and theirs are written. `cls` is the class of the
    layer; the departure then applies to each field that only one side has.
    `between_versions` means that Keras itself changed.
    """

    sentence: str
    kind: str | None = None
    point: str | None = None
    field: str | None = None
    without: str | None = None
    attribute: str | None = None
    subjects: tuple[str, ...] = ()
    file: str = ""
    beside: tuple[str, str] = ("", "")
    cls: str = ""
    between_versions: bool = False


OPTIONAL: Final = (
    "From Keras 2.15 on, an InputLayer has one more parameter, optional, which Keras 2.14 lacks."
)

ROBUST: Final = (
    "In tf_keras, a Softmax layer has one more parameter, robust_masking, which Keras 2.14 lacks."
)
BUILT: Final = (
    "In tf_keras, the build methods of these layers call Layer.build to set built. In Keras 2.14, "
    "the build of UnitNormalization does not set it, and the others set it themselves."
)
BUILT_BY_LAYER: Final = (
    "gru_cell", "lstm_cell", "simple_rnn_cell", "time_distributed", "unit_normalization",
)  # fmt: skip
AXIS: Final = "In tf_keras, UnitNormalization does not store the axis that it checked."
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
    "In a graph, tf.group returns an Operation. Here it returns None, since a graph is a list of "
    "operations that run in their order."
)
LAMBDAS: Final = (
    "In Keras CategoricalAccuracy and TopKCategoricalAccuracy wrap lambdas. Here each wraps the "
    "function of the same name, which returns the same."
)
PASSED: Final = (
    "In Keras the arguments of the layer are those that were passed. Here an argument of an "
    "operation that has its default value counts as not passed."
)

STATED: Final = (
    Departure(FUSED, "op", "tf.cast", file="keras/layers/normalization/batch_normalization.py"),
    *(Departure(PASSED, "invoke", cls=name) for name in ("TFOpLambda", "SlicingOpLambda")),
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
    Departure(ROBUST, "new", "__new__", "arg_names", "robust_masking", between_versions=True),
    Departure(ROBUST, "init", "Softmax.__init__", "robust_masking", between_versions=True),
    Departure(ROBUST, "assign", attribute="robust_masking", between_versions=True),
    *(
        Departure(
            BUILT,
            "assign",
            field=field,
            attribute="built",
            subjects=BUILT_BY_LAYER,
            between_versions=True,
        )
        for field in (None, "before")
    ),
    Departure(
        AXIS, "assign", attribute="axis", subjects=("unit_normalization",), between_versions=True
    ),
    *(
        Departure(OPTIONAL, "new", "__new__", field, "optional", between_versions=True)
        for field in ("kwargs", "arg_names", "bound (fact)", "auto_config (fact)")
    ),
    Departure(OPTIONAL, "init", "InputLayer.__init__", "optional", between_versions=True),
)

_NUMBER: Final = re.compile(r"(?:_\d+| \(\d+\))\Z")
"""The number after an automatic name, or after a name that is there twice."""


def stated(step: Step, field: str | None, ours: object, theirs: object) -> str:
    """The sentence of the departure that explains a difference; empty if there is none."""
    for departure in STATED:
        on_one_side = bool(departure.cls) and field is not None and ABSENT in (ours, theirs)
        if (departure.field == field or on_one_side) and _applies_to(departure, step):
            if not _are_written(departure.beside, ours, theirs):
                continue
            if departure.without is None:
                return departure.sentence
            if _without(ours, departure.without) == _without(theirs, departure.without):
                return departure.sentence
    return ""


def _are_written(beside: tuple[str, str], ours: object, theirs: object) -> bool:
    """Whether both values are written so; a number after `#` is left out."""
    written = (str(value).partition("#")[0] for value in (ours, theirs))
    return all(not wanted or wanted == text for wanted, text in zip(beside, written, strict=True))


def _applies_to(departure: Departure, step: Step) -> bool:
    if departure.kind not in (None, step.kind):
        return False
    if departure.attribute is not None and departure.attribute != step.inputs.get("name"):
        return False
    if departure.subjects and _NUMBER.sub("", step.subject or "") not in departure.subjects:
        return False
    if departure.file and (step.where is None or not step.where.file.endswith(departure.file)):
        return False
    if departure.cls and departure.cls != str(step.facts.get("class")):
        return False
    return departure.point is None or f".{step.point}".endswith(f".{departure.point}")


def _without(value: object, argument: str) -> object:
    """A dict of arguments, or a list of their names, without this argument."""
    match value:
        case Mapping(entries, length):
            kept = tuple((key, item) for key, item in entries if key != argument)
            return Mapping(kept, length - len(entries) + len(kept))
        case Items(kind, items, length):
            names = tuple(item for item in items if item != argument)
            return Items(kind, names, length - len(items) + len(names))
    return value
