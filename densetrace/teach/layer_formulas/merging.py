"""The layers that merge several inputs."""

from collections.abc import Callable, Mapping
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor
from densetrace.teach.layer_formulas.parts import Attributes, setting, terms_of


def _dot(call: Step, held: Attributes) -> str:
    terms = terms_of(call)
    if held.get("normalize") is True:
        terms = [f"l2_normalize({term})" for term in terms]
    given = next(iter(call.inputs.values()), None)
    tensors = given.items if isinstance(given, Items) else ()
    if all(isinstance(tensor, Tensor) and len(tensor.shape) == 2 for tensor in tensors):
        return f"sum({' * '.join(terms)}, axis=1, keepdims=True)"
    return f"batch_dot({', '.join(terms)}, axes={setting(held, 'axes')})"


MERGES: Final[Mapping[str, Callable[[Step, Attributes], str]]] = {
    "Add": lambda call, held: " + ".join(terms_of(call)),
    "Subtract": lambda call, held: " - ".join(terms_of(call)),
    "Multiply": lambda call, held: " * ".join(terms_of(call)),
    "Average": lambda call, held: f"({' + '.join(terms_of(call))}) / {len(terms_of(call))}",
    "Maximum": lambda call, held: f"maximum({', '.join(terms_of(call))})",
    "Minimum": lambda call, held: f"minimum({', '.join(terms_of(call))})",
    "Concatenate": lambda call, held: (
        f"concat([{', '.join(terms_of(call))}], axis={setting(held, 'axis')})"
    ),
    "Dot": _dot,
}
"""The layers that merge, by class: the formula of their inputs."""
