"""The layers that attend: `Attention`, `AdditiveAttention`, `MultiHeadAttention`."""

from collections.abc import Callable, Mapping
from typing import Final

from densetrace.data.steps import Step
from densetrace.data.values import Items, Tensor
from densetrace.teach.layer_formulas.noise import dropped
from densetrace.teach.layer_formulas.parts import Attributes, LayerFormula, numeric, terms_of


def attention_of(call: Step, scored: Callable[[str, str, Attributes], str]) -> LayerFormula:
    """An attention of [query, value] or [query, value, key]: the scores, and what masks and
    training change."""
    query, value, *keys = terms_of(call)
    key = keys[0] if keys else value

    def formula(held: Attributes) -> str:
        return f"softmax({scored(query, key, held)}) @ {value}"

    def besides(held: Attributes) -> str:
        is_causal = True in (held.get("causal"), call.inputs.get("use_causal_mask"))
        masks = call.inputs.get("mask")
        given = masks.items if isinstance(masks, Items) else ()
        is_masked = is_causal or any(isinstance(mask, Tensor) for mask in given)
        masked = "Values that the mask hides get weights of 0." if is_masked else ""
        rate = numeric(held, "dropout") or 0
        zeroed = dropped({"rate": rate}, "weight") if rate else ""
        sums = "The weights of each query add up to 1."
        return " ".join(filter(None, (sums, masked, zeroed)))

    return LayerFormula(formula, besides)


def _dot_score(query: str, key: str, held: Attributes) -> str:
    if held.get("score_mode") == "concat":
        scaled = "scale * ({})" if held.get("use_scale") else "{}"
        return f"concat_score_weight * {_sum_of(query, key, scaled)}"
    scale = "scale * " if held.get("use_scale") else ""
    return f"{scale}{query} @ transpose({key}, (0, 2, 1))"


def _additive_score(query: str, key: str, held: Attributes) -> str:
    return _sum_of(query, key, "{}", "scale * " if held.get("use_scale") else "")


def _sum_of(query: str, key: str, inner: str, outer: str = "") -> str:
    """The sum along the features of each query and each key, after a tanh."""
    pairs = inner.format(f"{query}[:, :, None] + {key}[:, None]")
    return f"sum({outer}tanh({pairs}), axis=-1)"


SCORES: Final[Mapping[str, Callable[[str, str, Attributes], str]]] = {
    "Attention": _dot_score,
    "AdditiveAttention": _additive_score,
}

HEADED: Final = ("query", "value", "key")
"""The inputs of `MultiHeadAttention`."""


def heads_of(call: Step) -> LayerFormula | None:
    """The attention of several heads: their number and sizes are those of the projections."""
    calls = [step.result for step in call.children if step.kind == "invoke"]
    projected, *_, output = calls if len(calls) > 1 else (None, None)
    if not isinstance(projected, Tensor) or not isinstance(output, Tensor):
        return None
    if len(projected.shape) < 3:
        return None
    heads, size = projected.shape[-2:]
    has_key = isinstance(call.inputs.get("key"), Tensor)
    projections = (
        "q, k and v are projections of query, key and value"
        if has_key
        else "q is a projection of query, k and v are projections of value"
    )

    def besides(held: Attributes) -> str:
        return (
            f"{projections}, for {heads} heads: q and k have {size} numbers for each. output "
            "projects what all heads found, side by side."
        )

    return LayerFormula(
        lambda held: f"output(softmax(q @ transpose(k) / sqrt({size})) @ v)", besides
    )
