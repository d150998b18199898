"""A layer in short: the formula of its `call` outside training, and what training changes in it.

Both are read from the steps: the attributes that the layer set, and the `call` that ran.
"""

import re
from collections.abc import Mapping
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor
from densetrace.data.wording import plain
from densetrace.teach.layer_formulas import basic, noise, normalization, recurrent, windows
from densetrace.teach.layer_formulas.attention import HEADED, SCORES, attention_of, heads_of
from densetrace.teach.layer_formulas.basic import WITHOUT_CALL
from densetrace.teach.layer_formulas.merging import MERGES
from densetrace.teach.layer_formulas.parts import Attributes, LayerFormula, activation_of, inputs_of
from densetrace.teach.layer_formulas.windows import POOLINGS


def formula(call: Step, attributes: Attributes) -> str:
    """The output of a layer as a formula of its input: `relu(x @ kernel + bias)`; empty if its
    `call` is not one of Keras's."""
    found = _of(call)
    return found.formula(attributes) if found is not None else ""


_NAME: Final = re.compile(r"\b[^\W\d]\w*+(?![(=])")
"""A name in a formula that is neither a function nor that of an argument."""


def shapes(call: Step, attributes: Attributes) -> str:
    """The formula with shapes in place of the input and the weights, without the activation, which
    changes no shape: `f32[2,3] @ f32[3,64] + f32[64]`. Empty where the formula has other names."""
    text = formula(call, attributes)
    outer = f"{activation_of(attributes)}("
    if text.startswith(outer) and text.endswith(")"):
        text = text[len(outer) : -1]
    known = {name: value for name, value in attributes.items() if isinstance(value, Tensor)}
    found = set(_NAME.findall(text))
    given = next(iter(call.inputs.values()), None)
    # Without a weight it would say no more than the shapes of the input and the output.
    if not isinstance(given, Tensor) or "[" in text or found.isdisjoint(known):
        return ""
    known["x"] = given
    return _NAME.sub(lambda name: str(known[name[0]]), text) if known.keys() >= found else ""


def besides(call: Step, attributes: Attributes) -> str:
    """A sentence or two on what the formula does not say, such as what training changes; empty if
    it says all."""
    found = _of(call)
    if found is None:
        return ""
    sizes = "" if found.sizes is None else found.sizes(call, attributes)
    changed = found.in_training(attributes)
    training = f"With training=True, as in fit, {changed}." if changed else ""
    return " ".join(filter(None, (sizes, training, found.besides(attributes))))


def of_training_call(call: Step, attributes: Attributes) -> str:
    """What a call with `training=True` computed, as a sentence, where the formula does not say it;
    empty for any other call."""
    found = _of(call)
    changed = found.in_training(attributes) if found is not None else ""
    is_training = call.inputs.get("training") is True
    return f"In this call (training=True), {changed}." if changed and is_training else ""


def argument(call: Step) -> str:
    """The argument in a formula: `x`, `[x1, x2]` for a list of inputs, or `query, value`."""
    if call.point.endswith(".MultiHeadAttention.call"):
        return ", ".join(name for name in HEADED if isinstance(call.inputs.get(name), Tensor))
    given = next(iter(call.inputs.values()), None)
    return f"[{', '.join(inputs_of(given))}]" if isinstance(given, Items) else "x"


def _of(call: Step) -> LayerFormula | None:
    """What is known about the class whose `call` ran."""
    module, _, cls = call.point.removesuffix(".call").rpartition(".")
    if call.point.endswith("base_layer.Layer.call"):
        return WITHOUT_CALL.get(plain(call.facts.get("class")))
    if not module.startswith("keras.layers."):
        return None
    if cls in ("Pooling1D", "Pooling2D"):
        return POOLINGS.get(plain(call.facts.get("class")).rstrip("12D"))
    if cls == "_Merge":
        merged = MERGES.get(plain(call.facts.get("class")))
        return None if merged is None else LayerFormula(lambda held: merged(call, held))
    if cls in ("BaseDenseAttention", "Attention"):  # in Keras 2, and in Keras 3
        scored = SCORES.get(plain(call.facts.get("class")))
        return None if scored is None else attention_of(call, scored)
    if cls == "MultiHeadAttention":
        return heads_of(call)
    if cls == "Dropout":
        return _LAYERS.get(plain(call.facts.get("class")))
    if cls == "Lambda":
        return LayerFormula(lambda held: f"your function({argument(call)})")
    return _LAYERS.get(cls.removesuffix("Base"))


_LAYERS: Final[Mapping[str, LayerFormula]] = {
    **basic.LAYERS,
    **normalization.LAYERS,
    **noise.LAYERS,
    **windows.LAYERS,
    **recurrent.LAYERS,
}
"""By class of Keras. A class without a formula of one line has none here."""
