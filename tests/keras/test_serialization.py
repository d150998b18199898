"""Serialization: round trips, registered objects, and code that a config cannot reach."""

import json
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densetrace.keras import activations, constraints, initializers, regularizers, utils
from densetrace.keras.saving import object_registration, serialization_lib
from densetrace.keras.saving.legacy import serialization as legacy
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.shapes import TensorShape
from densetrace.tensorflow.tensor import Tensor

LIBRARIES = [serialization_lib, legacy]


def custom(x: Any) -> Any:
    return x


class Plain:
    """A class with a config that does not use Keras."""

    def __init__(self, value: Any = 0) -> None:
        self.value = value

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Plain":
        return cls(**config)


@pytest.fixture(autouse=True)
def nothing_stays_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the registered objects after each test."""
    for table in ("_GLOBAL_CUSTOM_OBJECTS", "_GLOBAL_CUSTOM_NAMES"):
        live = getattr(object_registration, table)
        monkeypatch.setattr(object_registration, table, dict(live))


def roundtrip(obj: Any, **arguments: Any) -> Any:
    """Serialize an object, convert the config to JSON and back, and deserialize it."""
    config = json.loads(json.dumps(serialization_lib.serialize_keras_object(obj)))
    return serialization_lib.deserialize_keras_object(config, **arguments)


# -- round trips ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    ["hello", b"hello", 3, 1.5, True, None, ["hello", 0, 1.0, True], {"1": "a", "2": [True, None]}],
)
def test_plain_values_are_restored(value: Any) -> None:
    assert roundtrip(value) == value


def test_arrays_and_tensors_are_restored_with_their_dtype() -> None:
    array = roundtrip({"x": np.array([0, 1])})["x"]
    assert (type(array), array.dtype, array.tolist()) == (np.ndarray, np.int64, [0, 1])
    tensor = roundtrip(convert_to_tensor([[1.5]]))
    assert (type(tensor), tensor.dtype, tensor.numpy().tolist()) == (Tensor, np.float32, [[1.5]])


def test_single_numbers_and_shapes_become_plain() -> None:
    assert serialization_lib.serialize_keras_object(np.float32(1.5)) == 1.5
    assert serialization_lib.serialize_keras_object(np.array(5)) == 5
    assert serialization_lib.serialize_keras_object(TensorShape((None, 2))) == [None, 2]
    assert serialization_lib.serialize_keras_object((1, "a")) == (1, "a")


def test_keras_objects_are_restored_inside_lists_and_dicts() -> None:
    found = roundtrip({"all": [regularizers.L2(0.5), initializers.HeNormal(3)], "f": [None]})
    l2, he_normal = found["all"]
    assert (type(l2), l2.get_config()) == (regularizers.L2, {"l2": 0.5})
    assert (type(he_normal), he_normal.seed) == (initializers.HeNormal, 3)


@pytest.mark.parametrize("function", [activations.relu, activations.swish])
def test_keras_functions_are_restored(function: Any) -> None:
    assert roundtrip(function) is function


@pytest.mark.parametrize("value", [1j, {1, 2}, object(), slice(1), ...])
def test_a_value_without_a_config_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="get_config"):
        serialization_lib.serialize_keras_object(value)
    with pytest.raises(ValueError, match="get_config"):
        legacy.serialize_keras_object(value)


def test_a_config_that_is_not_a_dict_is_refused() -> None:
    class Odd(Plain):
        def get_config(self) -> Any:
            return "odd"

    with pytest.raises(TypeError, match="must return a dict"):
        serialization_lib.serialize_keras_object(Odd())


def test_a_config_in_the_legacy_format_nests_others() -> None:
    config = legacy.serialize_keras_object(initializers.Constant(regularizers.L2(0.5)))
    assert config["config"]["value"] == {
        "class_name": "L2",
        "config": {"l2": 0.5},
        "__passive_serialization__": True,
    }
    names = {"Constant": initializers.Constant, "L2": regularizers.L2}
    again = legacy.deserialize_keras_object(config, module_objects=names)
    assert again.value.get_config() == {"l2": 0.5}


@pytest.mark.parametrize("value", [b"a", 1j, {1, 2}])
def test_a_value_that_is_not_a_config_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        serialization_lib.deserialize_keras_object(value)
    with pytest.raises(ValueError, match="Could not interpret"):
        legacy.deserialize_keras_object(value)


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ValueError, match="bar"):
        serialization_lib.deserialize_keras_object("a", bar=1)


def test_a_shared_object_is_deserialized_once() -> None:
    shared = Plain(1)
    with serialization_lib.ObjectSharingScope():
        configs = serialization_lib.serialize_keras_object([shared, shared, Plain(1)])
        first, second, third = serialization_lib.deserialize_keras_object(
            configs, custom_objects={"Plain": Plain}
        )
    assert configs[0]["shared_object_id"] == configs[1]["shared_object_id"]
    assert "shared_object_id" not in configs[2]
    assert first is second is not third


def test_a_shared_object_of_the_legacy_format_is_deserialized_once() -> None:
    config = {"class_name": "Plain", "config": {}, "shared_object_id": 7}
    names = {"Plain": Plain}

    def make() -> Any:
        return legacy.deserialize_keras_object(config, custom_objects=names)

    assert make() is not make()
    with legacy.SharedObjectLoadingScope():
        assert make() is make()


# -- registered objects ---------------------------------------------------------------------------


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_custom_object_is_found_in_arguments_and_scopes(library: Any) -> None:
    config = {"class_name": "Own", "config": {"value": 2}}
    assert library.deserialize_keras_object(config, custom_objects={"Own": Plain}).value == 2
    with utils.custom_object_scope({"Own": Plain}):
        assert library.deserialize_keras_object(dict(config)).value == 2
    with pytest.raises((TypeError, ValueError), match="Own"):
        library.deserialize_keras_object(config)


def test_a_scope_reaches_every_get() -> None:
    own = {"own": custom, "Own": Plain}
    with utils.CustomObjectScope(own):
        assert activations.get("own") is custom
        assert regularizers.get("own") is custom
        assert isinstance(initializers.get("Own"), Plain)
        assert isinstance(constraints.get("Own"), Plain)
    with pytest.raises(ValueError, match="own"):
        activations.get("own")


def test_scopes_nest_and_end() -> None:
    find = utils.get_registered_object
    with utils.custom_object_scope({"a": 1}, {"b": 2}):
        with utils.custom_object_scope({"a": 3}):
            assert (find("a"), find("b")) == (3, 2)
        assert find("a") == 1
        with pytest.raises(KeyError), utils.custom_object_scope({"a": 4}):
            raise KeyError
        assert find("a") == 1
    assert find("a") is None


def test_a_scope_belongs_to_its_thread() -> None:
    found: list[Any] = []
    with utils.custom_object_scope({"a": 1}):
        thread = threading.Thread(target=lambda: found.append(utils.get_registered_object("a")))
        thread.start()
        thread.join()
    assert found == [None]


def test_a_class_is_registered_under_package_and_name() -> None:
    @utils.register_keras_serializable("tests", name="Renamed")
    class Own(Plain):
        pass

    @utils.register_keras_serializable()
    class Other(Plain):
        pass

    assert utils.get_registered_name(Own) == "tests>Renamed"
    assert utils.get_registered_name(Other) == "Custom>Other"
    assert utils.get_registered_object("tests>Renamed") is Own
    assert utils.get_custom_objects()["Custom>Other"] is Other
    config = serialization_lib.serialize_keras_object(Own(5))
    assert config["registered_name"] == "tests>Renamed"
    again = roundtrip(Own(5))
    assert (type(again), again.value) == (Own, 5)
    old = legacy.serialize_keras_object(Own(5))
    assert old["class_name"] == "tests>Renamed"
    assert legacy.deserialize_keras_object(old).value == 5


def test_a_registered_function_is_found() -> None:
    utils.register_keras_serializable("tests")(custom)
    assert utils.get_registered_name(custom) == "tests>custom"
    assert activations.get("tests>custom") is custom
    config = activations.serialize(custom)
    assert activations.deserialize(config) is custom


def test_a_class_without_a_config_is_not_registered() -> None:
    with pytest.raises(ValueError, match="get_config"):

        @utils.register_keras_serializable()
        class Bare:
            pass


def test_an_unregistered_object_goes_by_its_own_name() -> None:
    assert utils.get_registered_name(Plain) == "Plain"
    assert utils.get_registered_object("Plain") is None


# -- unreachable code -----------------------------------------------------------------------------


@pytest.fixture
def tripwire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The name of an importable module that must not be imported."""
    (tmp_path / "tripwire_module.py").write_text("def relu(x): return x\nclass L2: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "tripwire_module"
    assert "tripwire_module" not in sys.modules


@pytest.mark.parametrize(
    "named",
    [
        {"class_name": "function", "config": "relu", "registered_name": "relu"},
        {"class_name": "L2", "config": {}, "registered_name": None},
        {"class_name": "Outer.L2", "config": {}},
    ],
)
def test_a_config_imports_nothing(named: dict[str, Any], tripwire: str) -> None:
    with pytest.raises(TypeError, match="Could not locate"):
        serialization_lib.deserialize_keras_object({"module": tripwire, **named})


def test_a_function_of_another_module_is_not_an_activation(tripwire: str) -> None:
    config = {"class_name": "function", "config": "relu", "registered_name": "relu"}
    with pytest.raises(TypeError, match="Could not locate"):
        activations.get({"module": tripwire, **config})


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "eval"),
        ("os", "system"),
        ("keras.saving", "deserialize_keras_object"),
        ("keras.utils", "set_random_seed"),
        ("keras.activations", "get"),
        ("keras.regularizers", "deserialize"),
        ("densetrace.keras.regularizers", "L2"),
        ("densetrace.recording.hooks", "traced"),
    ],
)
def test_only_keras_objects_are_reached(module: str, name: str) -> None:
    configs: list[dict[str, Any]] = [
        {"module": module, "class_name": "function", "config": name, "registered_name": name},
        {"module": module, "class_name": name, "config": {}, "registered_name": None},
    ]
    for config in configs:
        with pytest.raises(TypeError, match="Could not locate"):
            serialization_lib.deserialize_keras_object(config)


GADGETS = [
    "deserialize_keras_object",
    "serialize_keras_object",
    "deserialize",
    "get",
    "found",
    "traced",
    "trace_methods",
    "keras_export",
    "warnings",
    "np",
    "__builtins__",
    "__loader__",
    "__init__",
]


@pytest.mark.parametrize("name", GADGETS)
@pytest.mark.parametrize("module", [activations, initializers, regularizers, constraints])
def test_a_config_cannot_call_other_globals_of_a_module(module: Any, name: str) -> None:
    with pytest.raises(ValueError, match="Unknown"):
        module.get({"class_name": name, "config": {}})


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}}, ValueError),
        ({"class_name": "__tensor__", "config": {}}, KeyError),
        ({"class_name": "__bytes__", "config": {"value": 5}}, AttributeError),
        ({"class_name": "__typespec__", "spec_name": "TensorSpec", "config": []}, TypeError),
        ({"class_name": ["L2"], "config": {}}, TypeError),
    ],
)
def test_a_malformed_special_value_is_refused(
    config: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        serialization_lib.deserialize_keras_object(config)


@pytest.mark.parametrize("safe_mode", [True, False])
def test_a_lambda_is_never_loaded(safe_mode: bool) -> None:
    config = {"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}}
    with (
        serialization_lib.SafeModeScope(safe_mode),
        pytest.raises(ValueError, match="arbitrary code execution"),
    ):
        serialization_lib.deserialize_keras_object(config)
    assert serialization_lib.in_safe_mode() is None


def test_a_class_without_from_config_is_refused() -> None:
    class Bare:
        pass

    config = {"class_name": "Bare", "config": {}}
    with pytest.raises(TypeError, match="from_config"):
        serialization_lib.deserialize_keras_object(config, custom_objects={"Bare": Bare})


def test_the_newer_format_does_not_change_its_config() -> None:
    config = {
        "module": "keras.regularizers",
        "class_name": "L2",
        "config": {"l2": 0.5},
        "registered_name": None,
    }
    before = json.dumps(config)
    serialization_lib.deserialize_keras_object(config)
    regularizers.get(config)
    assert json.dumps(config) == before
