"""Random traces from hypothesis: small trees of similar steps."""

from typing import Final

from hypothesis import strategies as st

from densetrace.data.steps import ABSENT, Error, Step, Where
from densetrace.data.trace import Trace
from densetrace.data.values import Instance, Items, Mapping, Tensor, Value

_NAMES: Final = st.sampled_from(["kernel", "bias", "units", "dense", "dense_1"])
_LEAVES: Final[st.SearchStrategy[Value]] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 2),
    st.sampled_from(["relu", "dense_1", "dense_12_input", "x"]),
    st.builds(Tensor, st.sampled_from([(2, 3), (3,), (None, 3)]), st.just("float32")),
    st.builds(
        Instance, st.sampled_from(["Zeros", "Dense"]), st.just("keras"), st.sampled_from("abc")
    ),
)
VALUES: Final = st.one_of(
    _LEAVES,
    st.lists(_LEAVES, max_size=2).map(lambda items: Items("list", tuple(items), len(items))),
    st.dictionaries(_NAMES, _LEAVES, max_size=2).map(
        lambda entries: Mapping(tuple(entries.items()), len(entries))
    ),
)

_POINTS: Final = {
    "new": "keras.engine.base_layer.Layer.__new__",
    "init": "keras.layers.core.dense.Dense.__init__",
    "get": "keras.activations.get",
    "assign": "keras.engine.base_layer.Layer.__setattr__",
    "add_weight": "keras.engine.base_layer.Layer.add_weight",
    "invoke": "keras.engine.base_layer.Layer.__call__",
    "op": "tf.matmul",
}
_LINES: Final = st.sampled_from(
    ["self.kernel = f(units)", "self.units = units", "Dense(3)", "self._x = get(name)", "(", ""]
)
_WHERES: Final = st.one_of(
    st.none(),
    st.builds(
        Where,
        st.sampled_from(["a.py", "densetrace/keras/dense.py"]),
        st.integers(0, 3),
        st.sampled_from(["<module>", "Dense.__init__"]),
        _LINES,
    ),
)


@st.composite
def _steps(draw: st.DrawFn, children: st.SearchStrategy[list[Step]] | None = None) -> Step:
    kind = draw(st.sampled_from(sorted(_POINTS)))
    inputs = draw(st.dictionaries(_NAMES, VALUES, max_size=2))
    if kind in ("assign", "add_weight"):
        inputs |= {"name": draw(_NAMES), "value": draw(VALUES)}
    facts: dict[str, Value] = (
        {"bound": Mapping((("units", draw(VALUES)),), 1)} if kind == "new" else {}
    )
    error = draw(st.sampled_from([None, None, None, Error("ValueError", "dense_1 is odd")]))
    return Step(
        id=draw(st.integers(0, 99)),
        kind=kind,
        point=_POINTS[kind],
        subject=draw(st.sampled_from([None, "dense", "dense_1"])),
        inputs=inputs,
        facts=facts,
        result=ABSENT if error else draw(VALUES),
        error=error,
        where=draw(_WHERES),
        ns=draw(st.integers(0, 9)),
        children=tuple(draw(children)) if children is not None else (),
    )


STEPS: Final[st.SearchStrategy[Step]] = st.recursive(
    _steps(), lambda inner: _steps(st.lists(inner, max_size=4)), max_leaves=12
)
TRACES: Final = st.lists(STEPS, max_size=4).map(
    lambda steps: Trace({"kind": "expression", "text": "Dense(3)"}, {}, {}, tuple(steps))
)
