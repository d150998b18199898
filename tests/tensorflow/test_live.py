"""The tensors agree with those of an installed TensorFlow: values, gradients, dtypes, errors."""

import functools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import densetrace.tensorflow as ours
from densetrace.tensorflow import tape as tape_module
from densetrace.tensorflow.operation import OPERATIONS
from tests.tensorflow import live_cases, neighbours
from tests.tensorflow.test_chains import kinked_links, smooth_links


@pytest.fixture(scope="session")
def real() -> Any:
    """The installed TensorFlow; a test that needs it is skipped where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("tensorflow", reason="needs a real TensorFlow")


# -- one operation at a time -----------------------------------------------------------------------


RAISE_BEFORE_2_16 = {"nn.softsign", "gather in batches"}
"""Before TensorFlow 2.16 their gradients raise for scalars or for empty tensors."""

ADDED_LATER = {"resize"}
"""TensorFlow 2.14, which is mirrored, has no second gradient of these; later ones do."""


@pytest.mark.keras
@pytest.mark.parametrize(("family", "name"), live_cases.NAMES)
def test_values_and_gradients_are_those_of_tensorflow(real: Any, family: str, name: str) -> None:
    case = live_cases.FAMILIES[family][0][name]
    for arrays in live_cases.inputs(family):
        mine = live_cases.outcome(ours, case, arrays)
        theirs = live_cases.outcome(real, case, arrays)
        is_old = real.__version__.startswith(("2.14.", "2.15."))
        if is_old and name in RAISE_BEFORE_2_16 and ("error" in mine or "error" in theirs):
            continue
        if name in ADDED_LATER and "error" not in theirs:
            assert mine.pop("error") == "LookupError"
            theirs.pop("second")
        dtype = "float32" if name in live_cases.ROUNDED else arrays[0].dtype.name
        wrong = live_cases.differences(mine, theirs, dtype)
        assert not wrong, (wrong, arrays, mine, theirs)


def _differentiable() -> set[str]:
    """The operations whose gradient depends on the gradient that comes in."""
    found = set()
    for function in OPERATIONS.values():
        made = getattr(function, "operation", None)
        if made is not None and made.grad is not None and not made.stateful:
            try:
                is_zero = made.grad(None, None) is None
            except Exception:  # it uses its arguments
                is_zero = False
            if not is_zero:
                found.add(made.names[0])
    return found


def test_each_gradient_has_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    gradients = tape_module._gradients

    def watching(step: Any, given: list[Any]) -> Iterator[tuple[Any, Any]]:
        seen.add(step.operation.names[0])
        return gradients(step, given)

    monkeypatch.setattr(tape_module, "_gradients", watching)
    for family, (cases, _) in live_cases.FAMILIES.items():
        for case in cases.values():
            for arrays in list(live_cases.inputs(family))[:4]:
                live_cases.outcome(ours, case, arrays)
    for call in neighbours.calls():  # the gradients of these were recorded
        neighbours.observed(ours, call)
    assert not _differentiable() - seen


# -- chains ----------------------------------------------------------------------------------------

# Without gelu, whose constants TensorFlow 2.14 rounds to float32 and later versions do not.
NAMES = sorted((smooth_links(ours) | kinked_links(ours)).keys() - {"gelu"})
chains = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 4))
numbers = st.sampled_from(live_cases.STYLES)


def _through(tf: Any, names: list[str]) -> Callable[..., Any]:
    links = smooth_links(tf) | kinked_links(tf)

    def case(tf: Any, x: Any) -> Any:
        for name in names:
            x = links[name](x)
        return x

    return case


@pytest.mark.keras
@settings(deadline=None, max_examples=150)
@given(chains, sizes, numbers)
def test_chains_agree_with_tensorflow(
    real: Any, names: list[str], shape: tuple[int, int], style: str
) -> None:
    # float64, so that roundings stay far below the tolerance of six digits in any chain.
    x = live_cases.array(shape, style, "float64")
    mine = live_cases.outcome(ours, _through(ours, names), [x])
    theirs = live_cases.outcome(real, _through(real, names), [x])
    assert mine.get("error") == theirs.get("error")
    for part in ("value", "gradients"):
        for a, b in zip(np.atleast_1d(mine[part]), np.atleast_1d(theirs[part]), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)


# -- dtypes and shapes that are refused ------------------------------------------------------------

DTYPES = ("float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool", "string")
KNOWN_DIFFERENCES = {
    ("math.squared_difference", "int8"),  # refused by TensorFlow: `kinds` does not tell sizes apart
    ("nn.silu", "string"),  # TensorFlow raises UnimplementedError, ours InvalidArgumentError
    ("math.reciprocal_no_nan", "bool"),  # a TypeError of a Python function in TensorFlow
    ("math.reciprocal_no_nan", "string"),
}
NO_KERNEL = "NotFoundError"
"""TensorFlow's CPU build takes the dtype but has no kernel for it."""

ELEMENTWISE = sorted(name for name in live_cases.UNARY if "." in name)
PAIRWISE = sorted(name for name in live_cases.BINARY if "." in name)


def _tensor(tf: Any, dtype: str, shape: tuple[int, ...]) -> Any:
    ones = np.full(shape, b"a") if dtype == "string" else np.ones(shape, dtype)
    return tf.constant(ones)


def _dtype_or_error(run: Callable[[], Any]) -> str:
    try:
        result = run()
    except Exception as error:  # the type is compared
        return type(error).__name__
    return str(result.dtype.name)


def _traced(tf: Any, case: Callable[..., Any], tensors: list[Any]) -> str:
    specs = [tf.TensorSpec(one.shape, one.dtype) for one in tensors]
    function = tf.function(lambda *given: case(tf, *given), autograph=False)
    return _dtype_or_error(lambda: function.get_concrete_function(*specs).structured_outputs)


def _compare(real: Any, name: str, case: Any, dtypes: tuple[str, ...], shapes: Any) -> None:
    """Compare the dtype or the error of a case, eagerly and traced into a graph."""
    if any((name, dtype) in KNOWN_DIFFERENCES for dtype in dtypes):
        return
    found = []
    for tf in (ours, real):
        given = [_tensor(tf, dtype, shape) for dtype, shape in zip(dtypes, shapes, strict=True)]
        run = functools.partial(case, tf, *given)
        found.append((_dtype_or_error(run), _traced(tf, case, given)))
    mine, theirs = found
    assert mine == theirs or theirs[0] == NO_KERNEL, (dtypes, shapes)


@pytest.mark.keras
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_dtype_is_supported_or_refused_as_in_tensorflow(real: Any, name: str) -> None:
    for dtype in DTYPES:
        _compare(real, name, live_cases.UNARY[name], (dtype,), [(2, 3)])


PAIRS = [*[(one, one) for one in DTYPES], ("float32", "int32"), ("int32", "bool")]


@pytest.mark.keras
@pytest.mark.parametrize("name", PAIRWISE)
@pytest.mark.parametrize("shapes", [((2, 3), (2, 3)), ((2, 3), (2,)), ((2, 3), (4, 2, 3))])
def test_two_operands_are_supported_or_refused_as_in_tensorflow(
    real: Any, name: str, shapes: Any
) -> None:
    for dtypes in PAIRS:
        _compare(real, name, live_cases.BINARY[name], dtypes, shapes)
