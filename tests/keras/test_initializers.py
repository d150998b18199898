"""Initializers: lookup by name, checks, repeatable numbers, and bounds before allocation."""

import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest

from densetrace.keras import initializers, utils
from densetrace.keras._registries import found
from densetrace.recording.recorder import Recorder, recording
from densetrace.tensorflow.errors import InvalidArgumentError, ResourceExhaustedError
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Tensor

SNAKE_CASE = {
    "constant": "Constant",
    "glorot_normal": "GlorotNormal",
    "glorot_uniform": "GlorotUniform",
    "he_normal": "HeNormal",
    "he_uniform": "HeUniform",
    "identity": "Identity",
    "initializer": "Initializer",
    "lecun_normal": "LecunNormal",
    "lecun_uniform": "LecunUniform",
    "ones": "Ones",
    "orthogonal": "Orthogonal",
    "random_normal": "RandomNormal",
    "random_uniform": "RandomUniform",
    "truncated_normal": "TruncatedNormal",
    "variance_scaling": "VarianceScaling",
    "zeros": "Zeros",
}
OLD = {
    "normal": "RandomNormal",
    "one": "Ones",
    "uniform": "RandomUniform",
    "zero": "Zeros",
    **{f"{name}V2": name for name in SNAKE_CASE.values() if name != "Initializer"},
    **{
        f"{name}V2": SNAKE_CASE[name]
        for name in SNAKE_CASE
        if name.split("_")[0] in ("glorot", "he", "lecun")
    },
}
RANDOM = [
    initializers.RandomUniform,
    initializers.RandomNormal,
    initializers.TruncatedNormal,
    initializers.VarianceScaling,
    initializers.Orthogonal,
    initializers.GlorotUniform,
    initializers.GlorotNormal,
    initializers.LecunUniform,
    initializers.LecunNormal,
    initializers.HeUniform,
    initializers.HeNormal,
]
FIXED = [initializers.Zeros, initializers.Ones, initializers.Constant, initializers.Identity]
WHOLE_ONLY = (initializers.Orthogonal, initializers.Identity)


# -- looking up -----------------------------------------------------------------------------------


def test_every_name_that_keras_finds_is_found() -> None:
    expected = SNAKE_CASE | OLD | {name: name for name in SNAKE_CASE.values()}
    names = {name: type(initializers.get(name)).__name__ for name in found("initializers")}
    assert names == expected


def test_every_name_is_an_attribute_of_the_module_too() -> None:
    assert all(getattr(initializers, name) is cls for name, cls in found("initializers").items())


def test_none_classes_instances_and_callables() -> None:
    ones = initializers.Ones()
    assert initializers.get(None) is None
    assert initializers.get(ones) is ones
    assert isinstance(initializers.get(initializers.Ones), initializers.Ones)
    assert initializers.get(len) is len


@pytest.mark.parametrize(
    ("identifier", "error"),
    [
        *[(name, ValueError) for name in ("", "zeroes", "Zeros ", "keras.initializers.Zeros")],
        *[(value, ValueError) for value in (5, True, b"zeros", ("zeros",), {"zeros"}, {}, {1: 2})],
        ({"class_name": "builtins.eval", "config": {}}, ValueError),
        ({"class_name": "__tensor__", "config": {"value": [1], "dtype": "float32"}}, ValueError),
        ({"class_name": 5, "config": {}}, ValueError),
        ({"class_name": None, "config": {}}, ValueError),
        ({"class_name": initializers.HeNormal, "config": {}}, ValueError),
        ({"class_name": {"class_name": "HeNormal"}, "config": {}}, TypeError),
        ({"class_name": "HeNormal", "config": "seed"}, AttributeError),
        ({"class_name": "HeNormal", "config": None}, AttributeError),
        ({"class_name": "HeNormal", "config": [1]}, TypeError),
        ({"class_name": "HeNormal", "config": {1: 2}}, TypeError),
        ({"class_name": "zeros", "config": {"x": 1}}, TypeError),
        ({"class_name": "A" * 3000, "config": {}}, ValueError),
        ({"module": "keras.initializers"}, ValueError),
        ({"module": None, "class_name": "HeNormal", "config": {}}, TypeError),
        ({"module": "keras.initializers", "class_name": "HeNormal", "config": "x"}, AttributeError),
    ],
)
def test_an_invalid_identifier_raises_the_error_that_keras_raises(
    identifier: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        initializers.get(identifier)


def test_an_unknown_name_in_a_config_with_a_module_passes_through() -> None:
    config = {"module": "builtins", "class_name": "eval", "config": {"source": "1"}}
    assert initializers.get(config) == "eval"


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "HeNormal", "config": {"seed": 1}},
        {"class_name": "he_normal", "config": {"seed": 1, "dtype": "float32"}},
        {"class_name": "HeNormal", "config": {"seed": 1}, "extra": [1, {"a": None}]},
        {"module": "keras.initializers", "class_name": "HeNormal", "config": {"seed": 1}},
    ],
)
def test_a_config_creates_an_initializer(config: dict[str, Any]) -> None:
    initializer = initializers.get(config)
    assert isinstance(initializer, initializers.HeNormal)
    assert initializer.get_config() == {"seed": 1}


@pytest.mark.parametrize("cls", [*RANDOM, *FIXED])
def test_a_saved_initializer_is_restored(cls: Any) -> None:
    initializer = cls()
    config = initializers.serialize(initializer)
    assert config == {
        "module": "keras.initializers",
        "class_name": cls.__name__,
        "config": initializer.get_config(),
        "registered_name": None,
    }
    old = initializers.serialize(initializer, use_legacy_format=True)
    assert old == {"class_name": cls.__name__, "config": initializer.get_config()}
    for again in (initializers.get(config), initializers.get(old)):
        assert type(again) is cls
        assert again.get_config() == initializer.get_config()


def test_a_constant_array_is_saved_with_its_elements() -> None:
    constant = initializers.Constant(np.array([1.0, 2.0]))
    config = initializers.serialize(constant)
    assert config["config"]["value"]["class_name"] == "__numpy__"
    np.testing.assert_array_equal(initializers.get(config).value, [1, 2])


def test_an_old_name_of_a_distribution_is_accepted() -> None:
    config = {"distribution": "Normal", "mode": "fan_avg", "scale": 1.0, "seed": None}
    initializer = initializers.deserialize({"class_name": "VarianceScaling", "config": config})
    assert initializer.distribution == "truncated_normal"


def test_a_lookup_takes_the_steps_that_keras_takes() -> None:
    recorder = Recorder()
    with recording(recorder):
        initializers.get("zeros")
    (outer,) = recorder.steps()
    (inner,) = outer.children
    (last,) = inner.children
    legacy = "keras.saving.legacy.serialization.deserialize_keras_object"
    points = [step.point for step in (outer, inner, last)]
    assert points == ["keras.initializers.get", "keras.initializers.get", legacy]
    assert last.children == ()


# -- created --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"scale": 0}, ValueError),
        ({"scale": -1}, ValueError),
        ({"scale": "a"}, TypeError),
        ({"mode": "x"}, ValueError),
        ({"mode": ["fan_in"]}, TypeError),
        ({"distribution": "x"}, ValueError),
        ({"distribution": None}, AttributeError),
        ({"sed": 1}, TypeError),
    ],
)
def test_variance_scaling_checks_its_arguments(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        initializers.VarianceScaling(**arguments)


# -- called ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("cls", [*RANDOM, *FIXED])
def test_the_result_is_a_tensor_of_the_requested_shape_and_dtype(cls: Any, dtype: str) -> None:
    y = cls()((4, 3), dtype)
    assert isinstance(y, Tensor)
    assert y.shape == (4, 3)
    assert y.dtype.name == dtype
    assert np.all(np.isfinite(y))


@pytest.mark.parametrize("cls", [*RANDOM, *FIXED])
def test_a_shape_may_be_a_list_or_a_tensor_shape_and_empty(cls: Any) -> None:
    assert cls()([2, 3]).dtype == np.float32
    assert cls()(TensorShape((2, 3))).shape == (2, 3)
    assert cls()((0, 3)).shape == (0, 3)


@pytest.mark.parametrize("cls", [*RANDOM, initializers.Identity])
def test_an_integer_dtype_is_refused_by_floating_point_initializers(cls: Any) -> None:
    error = TypeError if cls is initializers.RandomUniform else ValueError
    with pytest.raises(error):
        cls()((2, 3), "int32")


def test_zeros_and_ones_accept_any_numeric_dtype() -> None:
    assert initializers.Zeros()((2,), "bool").numpy().tolist() == [False, False]
    assert initializers.Ones()((2,), "uint8").numpy().tolist() == [1, 1]
    with pytest.raises(TypeError):
        initializers.Zeros()((2,), "nope")


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        (5, (2,), [5, 5]),
        (5, (0,), []),
        ([5], (2,), [5, 5]),
        ([1, 2], (2,), [1, 2]),
        ([1, 2, 3, 4], (2, 2), [[1, 2], [3, 4]]),
        (True, (1,), [1]),
        (1e999, (1,), [np.inf]),
        (1e308, (1,), [np.inf]),
    ],
)
def test_a_constant_fills_its_shape(value: Any, shape: Any, expected: Any) -> None:
    assert initializers.Constant(value)(shape).numpy().tolist() == expected


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("value", "dtype", "error"),
    [
        ([1, 2, 3], None, TypeError),
        ("a", None, TypeError),
        (1.5, "int32", TypeError),
        (1, "bool", TypeError),
        (None, None, ValueError),
        ({"a": 1}, None, ValueError),
        ([[5]], None, InvalidArgumentError),
    ],
)
def test_a_constant_must_fit_the_shape_and_the_dtype(
    value: Any, dtype: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        initializers.Constant(value)((2,), dtype)


def test_random_integers_lie_between_their_bounds() -> None:
    y = initializers.RandomUniform(3, 6, seed=1)((1000,), "int32")
    assert (y.dtype, set(y.numpy().tolist())) == (np.int32, {3, 4, 5})
    for bounds, dtype, error in [
        ((6, 3), "int32", InvalidArgumentError),
        ((3, 3), "int32", InvalidArgumentError),
        ((3, None), "int32", ValueError),
        ((3, 6), "int8", ValueError),
        ((3, 6), "bool", ValueError),
    ]:
        with pytest.raises(error):
            initializers.RandomUniform(*bounds)((2,), dtype)


def test_the_identity_is_two_dimensional_and_may_be_rectangular() -> None:
    assert initializers.Identity(2)((2, 3)).numpy().tolist() == [[2, 0, 0], [0, 2, 0]]
    for shape in [(2,), (2, 2, 2)]:
        with pytest.raises(ValueError, match="rank"):
            initializers.Identity()(shape)


def test_an_orthogonal_needs_two_dimensions() -> None:
    with pytest.raises(ValueError, match="two-dimensional"):
        initializers.Orthogonal()((5,))


def test_the_base_class_cannot_be_called() -> None:
    with pytest.raises(NotImplementedError):
        initializers.Initializer()((2,))


@pytest.mark.parametrize(
    ("shape", "fan_in", "fan_out"),
    [((), 1, 1), ((8,), 8, 8), ((8, 2), 8, 2), ((3, 3, 8, 2), 72, 18)],
)
def test_the_fans_of_a_shape_set_the_limits(shape: Any, fan_in: int, fan_out: int) -> None:
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    for mode, fan in fans.items():
        drawn = [
            initializers.VarianceScaling(2.0, mode, "uniform", seed=seed)(shape)
            for seed in range(200)
        ]
        limit = np.sqrt(3 * 2 / fan)
        assert 0.9 * limit < np.abs(drawn).max() <= limit


# -- random, and repeatable -----------------------------------------------------------------------


@pytest.mark.parametrize("cls", RANDOM)
def test_an_unseeded_initializer_repeats_its_numbers_with_a_warning(cls: Any) -> None:
    initializer = cls()
    first = initializer((2, 3))
    with pytest.warns(UserWarning, match="being called multiple times"):
        second = initializer((2, 3))
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, cls()((2, 3)))


@pytest.mark.parametrize("cls", RANDOM)
def test_a_seed_gives_the_same_numbers_everywhere(cls: Any) -> None:
    initializer = cls(seed=1337)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = initializer((2, 3)), initializer((2, 3))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, cls(seed=1337)((2, 3)))
    np.testing.assert_array_equal(first, cls.from_config(initializer.get_config())((2, 3)))
    assert not np.allclose(first, cls(seed=1338)((2, 3)))


@pytest.mark.parametrize("cls", RANDOM)
def test_a_global_seed_makes_unseeded_initializers_repeatable(cls: Any) -> None:
    runs = []
    for _ in range(2):
        utils.set_random_seed(42)
        runs.append([cls()((2, 3)), cls()((2, 3))])
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.allclose(runs[0][0], runs[0][1])


@pytest.mark.parametrize("seed", ["a", 1.5, None, -1, 2**32])
def test_a_global_seed_is_an_integer_of_32_bits(seed: Any) -> None:
    with pytest.raises(ValueError, match=r"integer|between 0"):
        utils.set_random_seed(seed)


@pytest.mark.parametrize("seed", [-1, 0, 2**63 - 1, -(2**63), np.int32(4)])
def test_a_seed_may_be_any_integer_of_64_bits(seed: Any) -> None:
    assert initializers.HeNormal(seed)((2, 3)).shape == (2, 3)


@pytest.mark.parametrize(
    ("seed", "error"),
    [
        (2**63, ValueError),
        (-(2**63) - 1, ValueError),
        ("a", ValueError),
        (True, ValueError),
        ([1], ValueError),
        (1.0, InvalidArgumentError),
    ],
)
def test_an_invalid_seed_fails_when_numbers_are_drawn(seed: Any, error: type[Exception]) -> None:
    initializer = initializers.HeNormal(seed)
    with pytest.raises(error):
        initializer((2, 3))


def test_a_truncated_normal_stays_within_two_standard_deviations() -> None:
    y = np.asarray(initializers.TruncatedNormal(1.0, 0.5, seed=3)((200, 200)))
    assert np.abs(y - 1).max() < 1.0
    # Without the cut, the standard deviation would be 0.5.
    assert y.std() == pytest.approx(0.5 * 0.8796, rel=0.01)


# -- parts of a weight ----------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [cls for cls in [*RANDOM, *FIXED] if cls not in WHOLE_ONLY])
def test_a_part_of_a_weight_has_the_shape_of_the_part(cls: Any) -> None:
    part = cls()((4, 2), partition_shape=(2, 2), partition_offset=(0, 0))
    assert part.shape == (2, 2)


@pytest.mark.parametrize("cls", [cls for cls in RANDOM if cls not in WHOLE_ONLY])
def test_only_the_offset_makes_parts_differ(cls: Any) -> None:
    initializer = cls()
    first, second, again = (
        initializer((4, 2), partition_shape=(2, 2), partition_offset=offset)
        for offset in [(0, 0), (1, 0), (1, 0)]
    )
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(second, again)


@pytest.mark.parametrize("cls", WHOLE_ONLY)
def test_some_initializers_do_not_support_partitions(cls: Any) -> None:
    with pytest.raises(ValueError, match="doesn't support partition-related arguments"):
        cls()((4, 2), partition_shape=(2, 2))


@pytest.mark.parametrize("cls", [*RANDOM, *FIXED])
def test_other_keyword_arguments_are_refused(cls: Any) -> None:
    with pytest.raises(TypeError, match="foo"):
        cls()((2, 2), foo=1)


def test_a_layout_must_have_a_mesh() -> None:
    utils.set_random_seed(1)
    for cls in (initializers.Zeros, initializers.HeNormal):
        with pytest.raises(AttributeError, match="mesh"):
            cls()((2, 2), layout="shard0")


# -- bounds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [*RANDOM, *FIXED])
@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ((10**9, 10**9), ResourceExhaustedError),
        ((200_000, 200_000), ResourceExhaustedError),
        ((2**63 - 1, 4), InvalidArgumentError),
        ((10**10, 10**10), InvalidArgumentError),
        ((2**64, 2), ValueError),
    ],
)
def test_a_shape_that_is_too_large_is_refused_before_allocation(
    cls: Any, shape: tuple[int, ...], error: type[Exception]
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(error):
            cls()(shape)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("cls", [*RANDOM, *FIXED])
def test_a_size_is_not_negative(cls: Any) -> None:
    error = ValueError if cls is initializers.Constant else InvalidArgumentError
    with pytest.raises(error):
        cls()((-2, 3))


@pytest.mark.parametrize("shape", [None, (None, 2), (2.5,), "ab"])
def test_a_shape_must_consist_of_known_integers(shape: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        initializers.Zeros()(shape)


# -- traced ---------------------------------------------------------------------------------------


def test_a_custom_initializer_is_traced_automatically() -> None:
    class Twos(initializers.Initializer):
        def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
            return 2 * initializers.Ones()(shape, dtype)

    recorder = Recorder()
    with recording(recorder):
        assert Twos()((2,)).numpy().tolist() == [2, 2]
    (outer,) = recorder.steps()
    assert [outer.kind, outer.children[0].kind] == ["initialize", "initialize"]
    assert outer.children[0].point == "keras.initializers.initializers.Ones.__call__"
