"""What the layers of attention do, and EinsumDense, which they consist of."""

from typing import Final

from densetrace.teach.entries import Entry
from densetrace.teach.texts.layers import build_entries, call_entry

_WEIGHTED: Final = (
    "A softmax turns scores into weights that add up to 1, so the output is a weighted mean of "
    "values. Positions with a high score count most."
)
_BASE: Final = "attention/base_dense_attention"
_HEADS: Final = "attention/multi_head_attention"

_EINSUM: Final = (
    *build_entries(
        "keras/layers/core/einsum_dense.py, EinsumDense.build",
        "layers.core.einsum_dense.EinsumDense.build",
        "EinsumDense.build reads the shape of the kernel of {subject} from the equation: each "
        "letter of the kernel is an axis of the input {input_shape} or of the output. It creates "
        "the kernel and, with bias_axes, a bias.",
        "A letter that the input and the kernel share, and the output does not have, is summed "
        "over. A Dense is the equation 'ab,bc->ac'.",
        "The letters of the equation give the shape of the kernel, those of bias_axes that of the "
        "bias.",
    ),
    call_entry(
        "core/einsum_dense",
        "EinsumDense",
        "{subject} multiplies {input} by its kernel along the axes that the equation names, then "
        "adds the bias and applies the activation: {result}.",
        "It is a Dense for any axes. MultiHeadAttention uses it to compute all heads in one "
        "product.",
    ),
)

_HEADED: Final = (
    call_entry(
        _HEADS,
        "MultiHeadAttention",
        "{subject} compares each position of the query {input} with each position of the key, and "
        "returns weighted means of the values: {result}.",
        "Three projections turn query, key and value into vectors for each head. The score of a "
        "query and a key is their dot product, divided by sqrt(key_dim) so that it does not grow "
        f"with the size of the vectors. {_WEIGHTED} A last projection joins the heads. The "
        "inner layers are created on the first call, because their equations depend on the "
        "number of axes.",
        "Four inner layers: query, key, value and attention_output. The first call creates them.",
    ),
)

_DENSE: Final = (
    Entry(
        "build",
        "BaseDenseAttention.build prepares random numbers for {subject} if there is a dropout. It "
        "creates no weights.",
        "Random numbers are needed only for a dropout.",
        f"keras/layers/{_BASE}.py, BaseDenseAttention.build",
        f"layers.{_BASE.replace('/', '.')}.BaseDenseAttention.build",
        note="This build adds no weights.",
        once=True,
    ),
    *build_entries(
        "keras/layers/attention/attention.py, Attention.build",
        "layers.attention.attention.Attention.build",
        "Attention.build creates a scalar weight for {subject} for use_scale=True, and another for "
        "score_mode='concat'; by default none.",
        "A dot product needs no weights: query and key are compared as they are. The layers "
        "before an Attention learn what to compare.",
        "By default there are no weights: use_scale and score_mode='concat' add a scalar each.",
    ),
    *build_entries(
        "keras/layers/attention/additive_attention.py, AdditiveAttention.build",
        "layers.attention.additive_attention.AdditiveAttention.build",
        "AdditiveAttention.build creates the weight scale of {subject}, one number per feature, "
        "unless use_scale is False.",
        "scale says how much each feature counts in a score.",
        "scale has one number per feature: how much the feature counts in a score.",
    ),
    call_entry(
        _BASE,
        "BaseDenseAttention",
        "{subject} compares each position of the query with each position of the key, among its "
        "inputs {input}, and returns weighted means of the values: {result}.",
        f"{_WEIGHTED} The inputs are [query, value], or [query, value, key] if the keys are not "
        "the values.",
        "The softmax of the scores gives each position of the query weights for all values, which "
        "add up to 1.",
    ),
)

ENTRIES: Final = (*_EINSUM, *_HEADED, *_DENSE)
