"""What Keras 3 does differently from Keras 2, as far as the results of a script show it.

Each rule has a sentence, and recognizes the differences that it explains by both values. Numbers
that another formula explains are computed again with it (`keras3_rewritten`). A difference that no
rule explains counts as one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from densetrace.running import keras3_checks as checks
from densetrace.running.keras3_configs import have_known_keys
from densetrace.running.keras3_rewritten import COMPUTED, REWRITINGS
from densetrace.running.results import ResultDifference, differences, value_at

Holds = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of differences between results, and the sentence that explains it.

    `holds` is called with both values. `results` has the names of the results in which they lie,
    `ends` the last names of their places; `words` are texts of which the script has one. Each
    applies if it is not empty.
    """

    sentence: str
    holds: Holds
    results: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def explains(self, found: ResultDifference, script: str) -> bool:
        """Whether this is such a difference."""
        parts = [part.partition("[")[0] for part in found.place.split(".")]
        return (
            (not self.results or parts[0] in self.results)
            and (not self.ends or parts[-1] in self.ends)
            and (not self.words or any(word in script for word in self.words))
            and self.holds(found.ours, found.theirs)
        )


PATHS: Final = (
    "Keras 3 names a weight kernel and keeps its path separately; Keras 2 names it dense/kernel:0."
)
KEYS: Final = "The configs of Keras 3 have some other keys, and another order."
AXES: Final = "Keras 3 keeps an axis as it was passed."
INPUT: Final = (
    "In Keras 3, the input layer of a Sequential model has the dtype of the layer after it."
)
GRAPHS: Final = (
    "In Keras 3, the config of a functional model has its graph in another form, "
    "with the arguments of each call."
)
STATE: Final = (
    "In Keras 3, the variables of an optimizer have other names and another order, "
    "and include the learning rate; their numbers are the same."
)
UPDATES: Final = (
    "Without momentum, SGD of Keras 2 also keeps the last update of each weight; that of Keras 3 "
    "has no such variables."
)
PENALTIES: Final = "Keras 3 lists the losses of a layer in another order."
FROZEN: Final = (
    "With trainable=False, Keras 3 also makes the weights themselves not trainable, "
    "and leaves out "
    "their penalties."
)
INNER: Final = (
    "In a model of Keras 3, the layers inside a layer with trainable=False stay trainable."
)
UNUSED: Final = "SimpleRNN of Keras 3 ignores activity_regularizer."
STATES: Final = "RNN of Keras 3 returns the states of each of several cells as a list."
WRAPPERS: Final = (
    "With a dtype of its own, a wrapper or recurrent layer of Keras 3 also decides the dtype of "
    "what the layer inside computes."
)
SPATIAL: Final = "From its config, a spatial dropout of Keras 3 gets the dtype of its variables."
OPERATIONS: Final = (
    "In Keras 3, the operations of a functional model are not in its list of layers."
)
LOGS: Final = ("history", "evaluated", "batch", "last")

RULES: Final = (
    Rule(PATHS, checks.is_last_part, ("weights", "trainable")),
    Rule(
        "A weight without a name is named variable in Keras 3, Variable in Keras 2.",
        checks.named(
            re.compile(r"(.*/)?Variable(_\d+)?(:0)?"), re.compile(r"variable(_\d+)?")
        ),
        ("weights", "trainable"),
    ),
    Rule(
        "A dtype in a config of Keras 3 is the config of a policy.",
        checks.is_policy,
        ("config",),
        ("dtype",),
    ),
    Rule(
        SPATIAL, checks.only("mixed_float16", "float32"), ("config",), ("dtype",),
        ("SpatialDropout",),
    ),
    Rule(
        SPATIAL, checks.is_mixed_policy, ("config",), ("dtype",), ("SpatialDropout",),
    ),
    Rule(
        "The policy class of Keras 3 is keras.DTypePolicy.",
        checks.only("keras.mixed_precision", "keras"),
        ("config",),
        ("module",),
    ),
    Rule(
        "The policy class of Keras 3 is keras.DTypePolicy.",
        checks.only("Policy", "DTypePolicy"),
        ("config",),
        ("class_name",),
    ),
    Rule("Keras 3 names the input layer of a model input_layer.", checks.is_input,
         ("config", "layers")),
    Rule(
        "A functional model is named functional in Keras 3, model in Keras 2.",
        checks.named(re.compile(r"model(_\d+)?"), re.compile(r"functional(_\d+)?")),
        ("config",),
        ("name",),
    ),
    Rule(
        "Bidirectional of Keras 3 renames its layer: forward_lstm instead of lstm.",
        lambda ours, theirs: isinstance(theirs, str) and theirs == f"forward_{ours}",
        ("config",),
        ("name",),
        ("Bidirectional(",),
    ),
    Rule(
        "Keras 3 keeps a number as it was passed; Keras 2 turns it into an array.",
        checks.is_the_number,
        ("config",),
    ),
    Rule("Keras 3 keeps the padding as it was passed.", checks.is_upper, ("config",), ("padding",)),
    Rule(
        "Keras 3 names the activation swish silu.",
        checks.only("swish", "silu"),
        ("config",),
        ("activation",),
    ),
    Rule("Keras 3 names an optimizer adam_w, not AdamW.", checks.is_snake, ("config",), ("name",)),
    Rule(
        "A schedule of Keras 3 has its name as a default.",
        checks.is_default_name,
        ("config",),
        ("name",),
        ("schedules.",),
    ),
    Rule("Keras 3 sorts its logs by name.", checks.is_sorted, LOGS),
    Rule(
        "The metric KLDivergence is named kl_divergence in Keras 3, kullback_leibler_divergence "
        "in Keras 2.",
        checks.has_other_divergence,
        LOGS,
        words=("KLDivergence",),
    ),
    Rule(
        "Keras 3 calls the rate in the logs learning_rate, not lr.",
        checks.has_other_rate,
        LOGS,
        words=("ReduceLR", "LearningRateScheduler"),
    ),
    Rule(
        "In Keras 3, a custom train_step has to update the loss metric itself.",
        checks.is_zero,
        LOGS,
        ("loss",),
        ("def train_step",),
    ),
    Rule(
        "The default of ema_overwrite_frequency is None in Keras 3, 100 in Keras 2.",
        checks.only(100, None),
        ("config",),
        ("ema_overwrite_frequency",),
    ),
    Rule(
        "UpSampling2D of Keras 3 returns the dtype of its input; that of Keras 2 float32, if it "
        "interpolates.",
        checks.same_from("float32"),
        COMPUTED,
        words=("interpolation='bilinear'",),
    ),
    Rule(
        "BatchNormalization of Keras 3 keeps its weights in half precision if that is its dtype; "
        "in Keras 2 in float32.",
        checks.are_halves,
        (*COMPUTED, "weights"),
        words=("BatchNormalization(",),
    ),
    Rule(
        "UnitNormalization of Keras 3 divides by the norm, or by 1e-12 if that is "
        "larger; that of Keras 2 by the norm or 1e-6, so the gradients at 0 differ.",
        checks.a_million_times,
        ("gradients",),
        words=("UnitNormalization",),
    ),
    Rule(SPATIAL, checks.same_from("float16"), COMPUTED, words=("SpatialDropout",)),
    Rule(
        WRAPPERS, checks.same_but_for_dtype, COMPUTED, words=("TimeDistributed(", "Bidirectional("),
    ),
    Rule(
        UNUSED,
        lambda ours, theirs: isinstance(ours, dict | str) and theirs is None,
        ("config",),
        ("activity_regularizer",),
        ("SimpleRNN(",),
    ),
)  # fmt: skip
"""The rules for single differences, of which the first that fits explains one."""


@dataclass(frozen=True)
class BothResults:
    """All results of a script on both stacks, with which a difference is explained.

    Attributes:
        script: what ran.
        ours: the results of our stack, or of Keras 2.
        theirs: those of Keras 3.
        allowed: how far numbers may differ.
        again: the results of our stack for the rewritten script; empty if it is the same.
        moves: the same from moved weights and inputs.
    """

    script: str
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]
    allowed: float
    again: Mapping[str, Any] = field(default_factory=dict)
    moves: tuple[Mapping[str, Any], ...] = ()

    def explained(self, found: ResultDifference) -> str:
        """The sentence that explains a difference; empty if none does."""
        place = found.place
        if place.startswith("config"):
            sentence = self._of_config(found)
        elif place.startswith("optimizer"):
            sentence = self._of_state(self.ours) or self._by_rewriting(found)
        elif place.startswith("weights") and self._is_frozen(found):
            sentence = FROZEN
        elif place.startswith("losses"):
            sentence = self._of_losses()
        elif place.startswith(("trainable", "gradients")) and self._trains_inner:
            sentence = INNER
        elif place.startswith(("shape", "output", "training")) and self._nests(place):
            sentence = STATES
        else:
            sentence = ""
        if not sentence:
            sentence = self._by_rule(found) or self._by_rewriting(found)
        if not sentence and place.startswith(_LAYERS) and self._differ_by_operations:
            return OPERATIONS
        return sentence

    # -- numbers that another formula changes ------------------------------------------------------

    def _by_rewriting(self, found: ResultDifference) -> str:
        if not self.again or found.place in self._still:
            return ""
        name = found.place.partition(".")[0].partition("[")[0]
        if name == "optimizer" and not self._of_state(self.again):
            return ""
        for one in REWRITINGS:
            if name in one.results and one.concerns(self.script):
                return one.sentence
        return ""

    @cached_property
    def _still(self) -> frozenset[str]:
        """The places where the results of the rewritten script differ from theirs by no rule."""
        common = [name for name in self.again if name in self.theirs and name != "optimizer"]
        whole = [one for one in self.moves if all(name in one for name in common)]
        left, right, *moves = (
            {name: one[name] for name in common} for one in (self.again, self.theirs, *whole)
        )
        found = differences(left, right, self.allowed, moves=moves)
        return frozenset(one.place for one in found if not self._by_rule(one))

    def _by_rule(self, found: ResultDifference) -> str:
        return next((rule.sentence for rule in RULES if rule.explains(found, self.script)), "")

    # -- parts of results --------------------------------------------------------------------------

    def _of_config(self, found: ResultDifference) -> str:
        place = found.place
        if any(part in place for part in _GRAPH):
            return GRAPHS if self._same_graph(place) else ""
        ours, theirs = found.ours, found.theirs
        if checks.are_texts(ours) and checks.are_texts(theirs):
            configs = value_at(self.ours, place), value_at(self.theirs, place)
            if all(isinstance(one, dict) for one in configs):
                if have_known_keys(*configs):
                    return KEYS
                return OWN if self._are_own_arguments(ours, theirs) else ""
        ranks = self._ranks
        if "TimeDistributed(" in self.script and ".layer." in place:
            ranks = frozenset(rank - 1 for rank in ranks)
        if ".axis" in place and checks.same_axes(ours, theirs, ranks):
            return AXES
        if place.endswith("layers[0].config.dtype"):
            after = place.replace("layers[0].config.dtype", "layers[1].config.dtype.config.name")
            is_next = theirs == checks.computing(value_at(self.theirs, after))
            return INPUT if is_next and "Sequential" in self.script else ""
        return ""

    def _are_own_arguments(self, ours: list[str], theirs: list[str]) -> bool:
        more = set(theirs) - set(ours)
        return (
            set(ours) <= set(theirs)
            and "class Own" in self.script
            and all(f"{key}=" in self.script for key in more)
        )

    @cached_property
    def _ranks(self) -> frozenset[int]:
        """The numbers of axes of what was computed."""
        ranks = set(checks.ranks(self.ours.get("gradients")))
        for name in ("output", "shape", "shapes", "predicted", "part"):
            ranks |= checks.ranks(self.ours.get(name))
        return frozenset(ranks)

    def _same_graph(self, place: str) -> bool:
        """Whether the same layers are connected."""
        part = next(part for part in _GRAPH if part in place)
        whole = place.partition(part)[0] + part
        sides = value_at(self.ours, whole), value_at(self.theirs, whole)
        ours, theirs = (list(checks.connected(one)) for one in sides)
        layers = [name for name, _ in self.theirs.get("layers", ())]
        return len(ours) == len(theirs) > 0 and all(
            one == other
            or checks.is_input(one, other)
            or (one.startswith("tf.") and other not in layers)
            for one, other in zip(ours, theirs, strict=True)
        )

    def _of_state(self, results: Mapping[str, Any]) -> str:
        if "optimizer" not in results or "optimizer" not in self.theirs:
            return ""
        ours, theirs = results["optimizer"], self.theirs["optimizer"]
        if checks.same_state(ours, theirs, self.allowed, self._only_theirs):
            return STATE
        if "optimizers.SGD(" not in self.script or _number_of("momentum", self.script):
            return ""
        rest = [(name, array) for name, array in ours if "/m/" not in name]
        alike = checks.same_state(rest, theirs, self.allowed, self._only_theirs)
        return UPDATES if alike else ""

    @cached_property
    def _only_theirs(self) -> dict[str, Any]:
        """The numbers that only an optimizer of Keras 3 has among its variables, by their names;
        None for a learning rate that changes in the script."""
        rate = self.theirs.get("config", {}).get("learning_rate")
        if any(word in self.script for word in _CHANGE_RATE):
            rate = None
        elif type(rate) not in (int, float):
            rate = _number_of("learning_rate", self.script)
            if rate is None:
                rate = 0.01 if "sgd" in self.script.lower() else 0.001
        known = {"learning_rate": rate}
        if "nadam" in self.script.lower():
            steps = next(
                (array for name, array in self.theirs["optimizer"] if name == "iteration"), 0
            )
            beta_1 = _number_of("beta_1", self.script) or 0.9
            known["variable"] = checks.product_of_nadam(int(steps), beta_1)
        return known

    def _of_losses(self) -> str:
        ours, theirs = self.ours["losses"], self.theirs["losses"]
        more = checks.unmatched(theirs, ours, self.allowed)
        if more:
            return ""
        if len(ours) == len(theirs):
            return PENALTIES
        if "trainable=False" in self.script:
            return FROZEN
        return (
            UNUSED if "SimpleRNN(" in self.script and "activity_regularizer" in self.script else ""
        )

    def _is_frozen(self, found: ResultDifference) -> bool:
        """Whether a weight that only Keras 2 calls trainable is in a layer with trainable=False."""
        if not checks.only(True, False)(found.ours, found.theirs):
            return False
        if "trainable=False" not in self.script:
            return False
        name = value_at(self.ours, found.place.rpartition("[")[0] + "[0]")
        config = self.ours.get("config")
        if not isinstance(name, str) or config is None:
            return True
        frozen = set(checks.frozen(config))
        return config.get("name") in frozen or bool(frozen.intersection(name.split("/")))

    @cached_property
    def _trains_inner(self) -> bool:
        """Whether our trainable weights are some of theirs, in their order, and our gradients."""
        if "trainable=False" not in self.script:
            return False
        ours, theirs = self.ours.get("trainable", []), self.theirs.get("trainable", [])
        left = iter(theirs)
        named = len(ours) < len(theirs) and all(
            any(one == other or checks.is_last_part(one, other) for other in left) for one in ours
        )
        gradients = [one.get("gradients", []) for one in (self.ours, self.theirs)]
        return named and not checks.unmatched(gradients[0], gradients[1], self.allowed)

    def _nests(self, place: str) -> bool:
        """Whether the results are the same if nested lists are taken apart."""
        if not any(word in self.script for word in ("StackedRNNCells(", "RNN([")):
            return False
        name = place.partition(".")[0].partition("[")[0]
        ours, theirs = (list(checks.flat(one[name])) for one in (self.ours, self.theirs))
        return not any(differences(ours, theirs, self.allowed))

    @cached_property
    def _differ_by_operations(self) -> bool:
        """Whether the layers are the same and explained, apart from operations of TensorFlow."""
        sides = checks.without_operations(self.ours, self.theirs)
        if sides is None:
            return False
        rest = BothResults(self.script, *sides, self.allowed)
        return all(rest.explained(one) for one in differences(*sides, self.allowed))


def _number_of(argument: str, script: str) -> float | None:
    """The number that a script passes as this argument; None if it passes none."""
    found = next((one[2] for one in _NUMBERS.finditer(script) if one[1] == argument), None)
    return None if found is None else float(found)


_NUMBERS: Final = re.compile(r"\b(\w+)=([-\d.e]+)[,)]")
"""A number that is passed as an argument by name."""

OWN: Final = (
    "Without get_config, the config of a layer of Keras 3 also has the default values of its "
    "arguments."
)
_CHANGE_RATE: Final = ("schedules.", "ReduceLR", "LearningRateScheduler")
_LAYERS: Final = ("layers", "shapes", "config.layers")
_GRAPH: Final = (".inbound_nodes", ".input_layers", ".output_layers")
