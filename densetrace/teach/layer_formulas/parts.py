"""What the formulas of layers are made of: the attributes of a layer, as text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from densetrace.data.steps import Step
from densetrace.data.values import Function, Instance, Items, Value
from densetrace.data.wording import in_sentence, name_of, number

Attributes = Mapping[str, Value]
"""The attributes of a layer by name."""

Text = Callable[[Attributes], str]
"""A text that depends on the attributes of the layer."""


@dataclass(frozen=True, slots=True)
class LayerFormula:
    """The formula of a class of layers; what training, or another thing around the layer, adds."""

    formula: Text
    besides: Text = lambda held: ""
    in_training: Text = lambda held: ""
    """What training changes, as a clause without a full stop; empty if it changes nothing."""
    sizes: Callable[[Step, Attributes], str] | None = None
    """What the sizes of the input come to."""


def setting(held: Attributes, name: str) -> str:
    """An attribute in a formula; its name, where a layer was created before the trace began."""
    return number(held[name]) if name in held else name


def numeric(held: Attributes, name: str) -> float | None:
    """An attribute that is a number; None if it is not one, or not known."""
    value = held.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def activation_of(held: Attributes) -> str:
    """The name of a layer's activation."""
    value = held.get("activation")
    return name_of(value) if isinstance(value, Function | Instance) else "activation"


def inputs_of(given: Items) -> list[str]:
    """Names for the inputs in a list: `x1`, `x2`."""
    return [f"x{number}" for number in range(1, given.length + 1)]


def terms_of(call: Step) -> list[str]:
    """Names for the inputs of a call: `x`, or `x1` and `x2` for a list."""
    given = next(iter(call.inputs.values()), None)
    return inputs_of(given) if isinstance(given, Items) else ["x"]


def sizes_of(held: Attributes, name: str) -> list[str]:
    """The numbers in an attribute that is a tuple."""
    value = held.get(name)
    return [in_sentence(item) for item in value.items] if isinstance(value, Items) else ["..."]


def short(value: float) -> str:
    """A number with four digits."""
    return f"{value:.4g}"


def axis_of(held: Attributes) -> str:
    """The axis, or the axes, of a layer: `1`, `(1, 2)`."""
    value = held.get("axis")
    if isinstance(value, Items) and value.length == 1:
        return in_sentence(value.items[0])
    return in_sentence(value)


def applied(held: Attributes, to: str, name: str = "activation") -> str:
    """An activation of a layer, applied: `tanh(h)`, or only `h` if it changes nothing."""
    value = held.get(name)
    function = name_of(value) if isinstance(value, Function | Instance) else name
    return to if function == "linear" else f"{function}({to})"


def plus_bias(held: Attributes) -> str:
    """What a formula ends with if the layer has a bias."""
    return " + bias" if held.get("use_bias") else ""


def unchanged(held: Attributes) -> str:
    """The formula of a layer that returns its input."""
    return "x"
