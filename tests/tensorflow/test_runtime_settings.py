"""Settings that a script makes before it begins: kept and returned, as TensorFlow 2.14 does."""

import logging

import pytest

from densetrace.tensorflow import environment, runtime_settings


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_settings, "_kept", {})


def test_there_is_one_device_and_it_can_be_hidden() -> None:
    (cpu,) = environment.list_physical_devices()
    assert runtime_settings.gpu_device_name() == ""
    runtime_settings.set_visible_devices([], "GPU")
    assert runtime_settings.get_visible_devices() == [cpu]
    runtime_settings.set_visible_devices([], "CPU")
    assert runtime_settings.get_visible_devices() == []
    runtime_settings.set_visible_devices(cpu)
    assert runtime_settings.get_visible_devices("CPU") == [cpu]
    assert runtime_settings.get_device_details(cpu) == {}


def test_a_device_that_is_not_there_is_refused() -> None:
    (cpu,) = environment.list_physical_devices()
    with pytest.raises(ValueError, match="Unrecognized device: '/GPU:0'"):
        runtime_settings.set_visible_devices("/GPU:0")
    with pytest.raises(ValueError, match="Unrecognized device"):
        runtime_settings.set_visible_devices(cpu, "GPU")
    with pytest.raises(ValueError, match="non-GPU devices"):
        runtime_settings.set_memory_growth(cpu, True)
    with pytest.raises(ValueError, match="Unrecognized device"):
        runtime_settings.set_memory_growth("/GPU:0", True)


@pytest.mark.parametrize(
    ("name", "first", "value"),
    [
        ("soft_device_placement", True, False),
        ("log_device_placement", False, True),
        ("inter_op_parallelism_threads", 0, 2),
        ("intra_op_parallelism_threads", 0, 3),
        ("jit", "", "autoclustering"),
    ],
)
def test_a_setting_is_kept(name: str, first: object, value: object) -> None:
    kept = getattr(runtime_settings, f"get_{name}")
    assert kept() == first
    getattr(runtime_settings, f"set_{name}")(value)
    assert kept() == value


def test_jit_is_one_of_two() -> None:
    runtime_settings.set_jit(False)
    assert runtime_settings.get_jit() == ""
    with pytest.raises(ValueError, match="'always'"):
        runtime_settings.set_jit("always")


def test_the_level_of_the_log_is_that_of_its_logger() -> None:
    before = runtime_settings.get_verbosity()
    try:
        runtime_settings.set_verbosity(logging.ERROR)
        assert logging.getLogger("tensorflow").level == runtime_settings.get_verbosity() == 40
    finally:
        runtime_settings.set_verbosity(before)


def test_rounding_of_gpus_is_only_kept() -> None:
    runtime_settings.enable_tensor_float_32_execution(False)
    assert not runtime_settings.tensor_float_32_execution_enabled()
