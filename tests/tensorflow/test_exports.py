"""Public names of operations: each is one function's."""

import re
import subprocess
import sys
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import densetrace.tensorflow as tf
from densetrace.tensorflow import exports
from densetrace.tensorflow.exports import modules
from densetrace.tensorflow.operation import OPERATIONS, export


def test_a_name_is_one_functions() -> None:
    with pytest.raises(ValueError, match=r"tf\.matmul is defined twice"):
        export("matmul")(lambda: None)
    assert OPERATIONS["matmul"] is tf.matmul


def test_what_only_runs_inside_a_public_function_has_no_public_name() -> None:
    assert not [name for name, made in OPERATIONS.items() if made.__name__.startswith("_")]


def test_random_uniform_has_the_defaults_of_tensorflow() -> None:
    made = tf.random.uniform((2,), seed=3)
    assert (made.shape, made.dtype) == ((2,), tf.float32)


@pytest.mark.parametrize(
    ("module", "path"),
    [(tf, "tensorflow"), (tf.linalg, "tensorflow.linalg"), (tf.strings, "tensorflow.strings")],
)
def test_a_name_that_is_missing_is_an_error_that_names_its_module(module: Any, path: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{path}' has no attribute 'matmull'"):
        module.matmull  # noqa: B018 # the look-up raises


def test_a_module_lists_the_names_it_has() -> None:
    for path, names in modules().items():
        module = attrgetter(path)(tf) if path else tf
        if not isinstance(module, ModuleType) or module is tf:
            assert set(names) <= set(dir(module))
            assert all(getattr(module, name) is not None for name in set(names) - {"newaxis"})


LOADED = """
import sys
from densetrace.tensorflow.exports import modules
modules()
print(*sys.modules)
"""


def test_each_module_that_registers_an_operation_is_loaded() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=True
    )
    room = Path(tf.__file__).parent
    registering = {
        ".".join(("densetrace", *path.relative_to(room.parent).with_suffix("").parts))
        for path in room.rglob("*.py")
        if re.search(r"^@(operation|export)\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(registering) > 30
    assert registering <= set(ended.stdout.split())


def test_the_names_may_be_listed_while_another_thread_registers_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered: dict[str, object] = {}

    class Name(str):
        """A name whose module is asked for just when another thread registers an operation."""

        def rpartition(self, sep: str, /) -> tuple[str, str, str]:
            registered[f"other{len(registered)}"] = len
            return super().rpartition(sep)

    registered |= {Name("first"): abs, Name("second"): max}
    monkeypatch.setattr(exports, "OPERATIONS", registered)
    found = exports._by_module()[""]
    assert found["first"] is abs
    assert found["second"] is max
