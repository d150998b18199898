"""How steps and values read in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densetrace.data.schema import KINDS
from densetrace.data.steps import ABSENT, Error, Step, Where
from densetrace.data.values import Function, Instance, Items, Mapping, Tensor, Value
from densetrace.kinds import label_of
from densetrace.kinds.spans import plain_text
from densetrace.render.folding import author_lines, framework_lines
from tests.render.steps import step

X = Tensor((2, 3), "float32", (1.0,))
Y = Tensor((2, 4), "float32", (0.0,))
SPEC = Instance(
    "InputSpec",
    "keras.engine.input_spec",
    "InputSpec#1",
    Mapping((("min_ndim", 2), ("shape", None), ("axes", Mapping(((-1, 3),), 1))), 3),
)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (
            step("get", "keras.activations.get", identifier="relu", result=Function("relu", "k")),
            "activations.get('relu') → function relu",
        ),
        (
            step(
                "get",
                "keras.regularizers.get",
                identifier="l2",
                result=Instance("L2", "keras.regularizers", "L2#1", Mapping((("l2", 0.01),), 1)),
            ),
            "regularizers.get('l2') → L2#1  (l2=0.01)",
        ),
        (step("assign", name="built", value=True, before=False), "built = True"),
        (step("assign", name="built", value=True, before=True), "built = True"),
        (step("name", base="dense", result="dense_1"), "name = 'dense_1'  ('dense' is taken)"),
        (
            step(
                "build", "keras.layers.core.dense.Dense.build", input_shape=Items("tuple", (2,), 1)
            ),
            "dense.build((2,))",
        ),
        (
            step("add_weight", "k.Layer.add_weight", name="kernel", trainable=False, result=Y),
            "add_weight('kernel', trainable=False) → f32[2,4]",
        ),
        (
            step("check", spec=SPEC, shape=Items("tuple", (2, 3), 2), facts={"verdict": "fits"}),
            "check InputSpec(min_ndim=2, axes={-1: 3}) against shape (2, 3): fits",
        ),
        (
            step("op", "tf.matmul", a=X, b=Y, c=None, result=Y),
            "matmul(f32[2,3], f32[2,4]) → f32[2,4]",
        ),
        (
            step("invoke", "k.Layer.__call__", input=X, mask=None, result=Y),
            "Layer.__call__(dense, f32[2,3]) → f32[2,4]",
        ),
        (
            step("init", "k.Layer.__init__", trainable=True, name=None, units=3),
            "Layer.__init__(units=3)",
        ),
        (
            step("add", "k.sequential.Sequential.add", subject="sequential", layer="dense"),
            "sequential.add('dense')",
        ),
    ],
)
def test_a_step_reads_in_one_line(made: Step, text: str) -> None:
    assert plain_text(label_of(made)) == text


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.just(X)
    | st.just(SPEC),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: Items("tuple", tuple(items), len(items)))
        | st.lists(st.tuples(inner, inner), max_size=3).map(
            lambda pairs: Mapping(tuple(pairs), len(pairs))
        )
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["class", "args", "kwargs", "identifier", "name", "value", "before", "base", "shape", "spec"]
)
FACTS = st.sampled_from(["verdict", "mode", "registry", "branch", "positional", "class"])


@given(
    kind=st.sampled_from(KINDS),
    point=st.sampled_from(["", "relu", "keras.engine.base_layer.Layer.__init__"]),
    inputs=st.dictionaries(NAMES, VALUES, max_size=4),
    facts=st.dictionaries(FACTS, VALUES, max_size=3),
    result=VALUES | st.just(ABSENT),
    error=st.none() | st.just(Error("E", "")),
)
def test_a_trace_from_a_file_may_lack_anything_and_still_reads(
    kind: str,
    point: str,
    inputs: dict[str, Value],
    facts: dict[str, Value],
    result: Value,
    error: Error | None,
) -> None:
    where = Where("f.py", 1, "f", "self._x = get(")
    odd = Step(0, kind, point, None, inputs, facts, result, error, where, 0)
    for fold in (author_lines, framework_lines):
        for line in fold((odd, odd), odd, lambda step: True):
            assert plain_text(line.spans)
