"""Checks whether two results differ exactly as a rule about Keras 3 says."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from densetrace.running.results import HALF, SINGLE, differences

Holds = Callable[[Any, Any], bool]

# -- names -----------------------------------------------------------------------------------------


def are_texts(value: Any) -> bool:
    """Whether this is a list of texts."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def named(ours: re.Pattern[str], theirs: re.Pattern[str]) -> Holds:
    """Whether both are texts that match two patterns."""

    def holds(one: Any, other: Any) -> bool:
        both = isinstance(one, str) and isinstance(other, str)
        return both and bool(ours.fullmatch(one) and theirs.fullmatch(other))

    return holds


is_input: Final = named(re.compile(r"input_\d+|.+_input"), re.compile(r"input_layer(_\d+)?"))
"""`dense_input` or `input_1`, and `input_layer`."""


def only(ours: Any, theirs: Any) -> Holds:
    """Whether the values are these two."""

    def holds(one: Any, other: Any) -> bool:
        typed = type(one) is type(ours) and type(other) is type(theirs)
        return typed and one == ours and other == theirs

    return holds


def is_last_part(ours: Any, theirs: Any) -> bool:
    """`dense/kernel:0` and `kernel`."""
    both = isinstance(ours, str) and isinstance(theirs, str)
    return both and ours.removesuffix(":0").rpartition("/")[2] == theirs


def is_snake(ours: Any, theirs: Any) -> bool:
    """`AdamW` and `adam_w`."""
    both = isinstance(ours, str) and isinstance(theirs, str)
    return both and ours != theirs and ours.lower() == theirs.replace("_", "")


def is_upper(ours: Any, theirs: Any) -> bool:
    """`same` and `SAME`."""
    both = isinstance(ours, str) and isinstance(theirs, str)
    return both and theirs != ours and theirs.lower() == ours


def is_default_name(ours: Any, theirs: Any) -> bool:
    """None and `ExponentialDecay`."""
    return ours is None and isinstance(theirs, str) and theirs in SCHEDULES


SCHEDULES: Final = (
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay",
    "PiecewiseConstant", "PolynomialDecay",
)  # fmt: skip


def is_sorted(ours: Any, theirs: Any) -> bool:
    """Whether theirs are the same names, sorted."""
    return are_texts(ours) and are_texts(theirs) and theirs == sorted(ours)


def has_other_rate(ours: Any, theirs: Any) -> bool:
    """Whether theirs are the same names, sorted, with `learning_rate` instead of `lr`."""
    if not (are_texts(ours) and are_texts(theirs) and "lr" in ours):
        return False
    return sorted(theirs) == sorted("learning_rate" if one == "lr" else one for one in ours)


def has_other_divergence(ours: Any, theirs: Any) -> bool:
    """Whether theirs are the same names, sorted, with `kl_divergence`, and with `learning_rate` if
    ours have `lr`."""
    if not (are_texts(ours) and are_texts(theirs)):
        return False
    names = [one.replace("kullback_leibler_divergence", "kl_divergence") for one in ours]
    return names != ours and (is_sorted(names, theirs) or has_other_rate(names, theirs))


# -- dtypes ----------------------------------------------------------------------------------------


def is_policy(ours: Any, theirs: Any) -> bool:
    """`float32` and the config of a policy of this name."""
    if not isinstance(theirs, dict) or theirs.get("class_name") != "DTypePolicy":
        return False
    return bool(theirs.get("config") == {"name": ours})


def is_mixed_policy(ours: Any, theirs: Any) -> bool:
    """The config of the policy `mixed_float16`, and the dtype of its variables."""
    mixed = isinstance(ours, dict) and ours.get("config") == {"name": "mixed_float16"}
    return mixed and theirs == "float32"


def computing(policy: Any) -> Any:
    """The dtype in which a policy of this name computes."""
    return policy.removeprefix("mixed_") if isinstance(policy, str) else policy


# -- numbers ---------------------------------------------------------------------------------------


def close_numbers(ours: Any, theirs: Any) -> bool:
    """Whether both are numbers, the same in single precision."""
    numbers = all(type(one) in (int, float) for one in (ours, theirs))
    return numbers and bool(np.isclose(ours, theirs, rtol=1e-6))


def is_the_number(ours: Any, theirs: Any) -> bool:
    """An array of one number, and this number."""
    one = isinstance(ours, np.ndarray) and ours.ndim == 0
    return one and type(theirs) in (int, float) and bool(np.isclose(ours, theirs, rtol=1e-6))


def same_axes(ours: Any, theirs: Any, ranks: frozenset[int]) -> bool:
    """An axis from the start beside one from the end of an array with one of these numbers of
    axes, or in a list beside a number."""
    axes = [one[0] if isinstance(one, list) and len(one) == 1 else one for one in (ours, theirs)]
    if not all(type(one) is int for one in axes):
        return False
    one, other = axes
    return one == other or (one >= 0 > other and one - other in ranks)


def is_zero(ours: Any, theirs: Any) -> bool:
    """Whether theirs are the number 0 where ours are other numbers of the same shape and dtype."""
    arrays = isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray)
    return arrays and (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype) and not theirs.any()


def same_but_for_dtype(ours: Any, theirs: Any) -> bool:
    """Whether these are the same floating-point numbers in two dtypes."""
    if not (isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray)):
        return False
    if ours.shape != theirs.shape or ours.dtype == theirs.dtype:
        return False
    if not ours.dtype.kind == theirs.dtype.kind == "f":
        return False
    allowed = HALF if np.float16 in (ours.dtype, theirs.dtype) else SINGLE
    numbers = ours.astype(np.float64), theirs.astype(np.float64)
    return not any(differences(numbers[0], numbers[1], allowed))


def same_from(dtype: str) -> Holds:
    """Whether these are the same numbers, ours in this dtype and theirs in another."""

    def holds(ours: Any, theirs: Any) -> bool:
        return same_but_for_dtype(ours, theirs) and ours.dtype.name == dtype

    return holds


def are_halves(ours: Any, theirs: Any) -> bool:
    """The same numbers in single and in half precision, or the names of these dtypes."""
    if same_but_for_dtype(ours, theirs):
        return (ours.dtype.name, theirs.dtype.name) == ("float32", "float16")
    return isinstance(ours, str) and (ours, theirs) == ("float32", "float16")


def a_million_times(ours: Any, theirs: Any) -> bool:
    """Whether theirs are the same numbers, apart from some that are 1,000,000 times as large."""
    arrays = isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray)
    if not arrays or (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
        return False
    same = np.isclose(ours, theirs, rtol=SINGLE, atol=SINGLE)
    larger = np.isclose(1e6 * ours.astype(np.float64), theirs, rtol=SINGLE)
    return bool(np.all(same | larger))


# -- lists of results ------------------------------------------------------------------------------


def ranks(value: Any) -> frozenset[int]:
    """The numbers of axes of arrays and shapes in a result."""
    if isinstance(value, np.ndarray):
        return frozenset((value.ndim,))
    if not isinstance(value, list):
        return frozenset()
    if value and all(one is None or type(one) is int for one in value):
        return frozenset((len(value),))
    return frozenset().union(*map(ranks, value))


def flat(value: Any) -> Iterator[Any]:
    """The items of lists in lists; shapes stay lists."""
    sizes = isinstance(value, list) and all(one is None or type(one) is int for one in value)
    if isinstance(value, list) and not (sizes and value):
        for one in value:
            yield from flat(one)
    else:
        yield value


def unmatched(ours: Sequence[Any], theirs: Sequence[Any], allowed: float) -> list[Any]:
    """The arrays of ours without a counterpart in theirs, each of which is used once."""
    left, found = list(theirs), []
    for array in ours:
        at = next(
            (i for i, other in enumerate(left) if not any(differences(array, other, allowed))), None
        )
        if at is None:
            found.append(array)
        else:
            del left[at]
    return found


def same_state(
    ours: Sequence[Any], theirs: Sequence[Any], allowed: float, known: Mapping[str, Any]
) -> bool:
    """Whether the variables of two optimizers have the same numbers, in some order.

    Of those that only one of the two has, arrays are 0. A single number that only Keras 3 has is
    `known` by its name; None stands for any number.
    """
    mine, others = ([array for _, array in side] for side in (ours, theirs))
    if any(array.any() for array in unmatched(mine, others, allowed)):
        return False
    left = unmatched(others, mine, allowed)
    used = [(name, array) for name, array in theirs if any(array is one for one in left)]
    return all(not array.any() or _is_known(name, array, known) for name, array in used)


def _is_known(name: str, array: Any, known: Mapping[str, Any]) -> bool:
    if array.ndim or name not in known:
        return False
    number = known[name]
    return number is None or bool(np.isclose(array, number, rtol=SINGLE))


def product_of_nadam(steps: int, beta_1: float) -> float:
    """The product of the momentum schedule of Nadam after some steps."""
    times = np.arange(1, steps + 1)
    return float(np.prod(beta_1 * (1 - 0.5 * 0.96**times)))


def frozen(config: Any) -> Iterator[str]:
    """The names of the layers in a config that have trainable=False."""
    if isinstance(config, list):
        for one in config:
            yield from frozen(one)
    elif isinstance(config, dict):
        if config.get("trainable") is False and isinstance(config.get("name"), str):
            yield config["name"]
        yield from frozen([*config.values()])


# -- graphs ----------------------------------------------------------------------------------------


def connected(value: Any) -> Iterator[str]:
    """The names of the layers to which a part of the config of a functional model refers."""
    match value:
        case str():
            yield value
        case [str(name), int(), int(), *_]:
            yield name
        case {"keras_history": [str(name), *_]}:
            yield name
        case {"class_name": "__keras_tensor__", "config": dict(config)}:
            yield from connected(config)
        case {"args": list(args), "kwargs": dict(kwargs)}:
            yield from connected([one for one in args if not isinstance(one, str)])
            yield from connected([one for one in kwargs.values() if isinstance(one, dict)])
        case list():
            for one in value:
                yield from connected(one)


def without_operations(
    ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The results about the layers of a functional model, without those that are operations of
    TensorFlow; None if there are none, or other layers are left."""
    layers = ours.get("layers", [])
    kept = [index for index, (name, _) in enumerate(layers) if not name.startswith("tf.")]
    if len(kept) == len(layers) or len(kept) != len(theirs.get("layers", [])):
        return None
    left: dict[str, Any] = {"layers": [layers[index] for index in kept]}
    right: dict[str, Any] = {"layers": theirs["layers"]}
    if "shapes" in ours and "shapes" in theirs:
        left["shapes"] = [ours["shapes"][index] for index in kept]
        right["shapes"] = theirs["shapes"]
    if "config" in ours and "config" in theirs:
        configs = [one for one in ours["config"]["layers"] if not one["name"].startswith("tf.")]
        names = [name for name, _ in theirs["layers"]]
        others = [one for one in theirs["config"]["layers"] if one["name"] in names]
        left["config"] = {"layers": [_unconnected(one) for one in configs]}
        right["config"] = {"layers": [_unconnected(one) for one in others]}
    return left, right


def _unconnected(layer: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a layer without its calls, which may refer to operations."""
    return {key: value for key, value in layer.items() if key != "inbound_nodes"}
