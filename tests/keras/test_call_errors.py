"""An error in a layer's `call` keeps its type and names the layer and its arguments."""

from typing import Any

import numpy as np
import pytest

from densetrace.keras import Sequential, layers
from densetrace.keras.engine.training import Model
from densetrace.sources.script.standins import tree
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.staging import StagingError

tf: Any = tree("tensorflow")["tensorflow"]
X = np.ones((2, 3), np.float32)


class TwoNeeded(Exception):  # noqa: N818 - named by what its constructor needs
    """An exception whose constructor needs two arguments."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(first, second)


class SpecialError(ValueError):
    """A subclass of one of Python's exceptions."""


def layer_that_raises(error: BaseException) -> Any:
    class Raises(layers.Layer):
        def call(self, x: Any, training: Any = None, scale: float = 2.0) -> Any:
            raise error

    return Raises(name="it")


EAGER = [
    (ValueError("bad"), ValueError, "bad"),
    (TypeError("bad"), TypeError, "bad"),
    (KeyError("key"), KeyError, "key"),
    (ZeroDivisionError("zero"), ZeroDivisionError, "zero"),
    (IndexError(), IndexError, ""),
    (ValueError("first", "second"), ValueError, "first"),
    (SpecialError("special"), SpecialError, "special"),
    (TwoNeeded(1, 2), RuntimeError, "1"),
    (OSError(2, "gone"), OSError, "2"),
    (tf.errors.InvalidArgumentError(None, None, "shape"), tf.errors.InvalidArgumentError, "shape"),
]


@pytest.mark.parametrize(("error", "kind", "message"), EAGER)
def test_an_error_keeps_its_type_and_gets_the_arguments(
    error: Exception, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as raised:
        layer_that_raises(error)(X)
    text = raised.value.args[0] if raised.value.args else str(raised.value)
    assert text == (
        "Exception encountered when calling layer 'it' (type Raises).\n\n"
        f"{message}\n\n"
        "Call arguments received by layer 'it' (type Raises):\n"
        "  • x=tf.Tensor(shape=(2, 3), dtype=float32)\n"
        "  • training=None\n"
        "  • scale=2.0"
    )
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


SYMBOLIC = [
    (ValueError("bad"), ValueError),
    (KeyError("key"), RuntimeError),
    (IndexError("index"), StagingError),
    (ZeroDivisionError("zero"), StagingError),
    (TwoNeeded(1, 2), StagingError),
    (SpecialError("special"), StagingError),
    (NotImplementedError("later"), NotImplementedError),
    (tf.errors.OutOfRangeError(None, None, "end"), tf.errors.OutOfRangeError),
]


@pytest.mark.parametrize(("error", "kind"), SYMBOLIC)
def test_on_symbols_autograph_decides_the_type(error: Exception, kind: type[Exception]) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - its type is compared below
        layer_that_raises(error)(tf.keras.Input((3,)))
    assert type(raised.value) is kind
    assert str(raised.value).startswith('Exception encountered when calling layer "it"')


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_ends_a_program_passes(error: BaseException) -> None:
    with pytest.raises(type(error)) as raised:
        layer_that_raises(error)(X)
    assert raised.value is error


def test_what_densetrace_lacks_passes() -> None:
    error = NotInDensetraceError("Model.fly")
    for given in (X, tf.keras.Input((3,))):
        with pytest.raises(NotInDensetraceError) as raised:
            layer_that_raises(error)(given)
        assert raised.value is error


class Inner(layers.Layer):
    """Raises on each call."""

    def call(self, x: Any) -> Any:
        raise ValueError("inside")


class Outer(layers.Layer):
    """Calls another layer."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Inner()

    def call(self, x: Any) -> Any:
        return self.inner(x)


def test_of_nested_layers_the_innermost_is_named() -> None:
    for outer in (Outer(), Sequential([layers.Dense(2), Inner()])):
        with pytest.raises(ValueError, match="inside") as raised:
            outer(X)
        assert str(raised.value).count("Exception encountered") == 1
        assert "(type Inner)" in str(raised.value)


def test_in_a_model_too() -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Inner()

        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return self.inner(inputs)

    with pytest.raises(ValueError, match=r"layer 'inner_?[0-9]*' \(type Inner\)"):
        Own()(X)


def test_a_layer_may_catch_it_and_raise_another() -> None:
    class Catches(Outer):
        def call(self, x: Any) -> Any:
            try:
                return self.inner(x)
            except ValueError as error:
                raise TypeError("again") from error

    with pytest.raises(TypeError, match="again") as raised:
        Catches()(X)
    assert "layer 'catches'" in str(raised.value)


def test_arguments_that_do_not_fit_are_pythons_own_error() -> None:
    with pytest.raises(TypeError, match="positional argument") as raised:
        Inner()(X, 5)
    assert "Exception encountered" not in str(raised.value)


def test_an_error_in_build_has_no_arguments() -> None:
    class Builds(layers.Layer):
        def build(self, shape: Any) -> None:
            raise ValueError("while building")

    with pytest.raises(ValueError, match=r"^while building$"):
        Builds()(X)


def test_arguments_are_written_with_their_shapes() -> None:
    class Several(layers.Layer):
        def call(self, inputs: Any, extra: Any = None, *, names: Any = None) -> Any:
            raise ValueError("no")

    with pytest.raises(ValueError, match="no") as raised:
        Several()({"a": X, "b": [X, X]}, names="n", extra=tf.ones((4,), tf.int32))
    lines = str(raised.value).splitlines()[-3:]
    tensor = "'tf.Tensor(shape=(2, 3), dtype=float32)'"
    assert lines == [
        f"  • inputs={{'a': {tensor}, 'b': [{tensor}, {tensor}]}}",
        "  • extra=tf.Tensor(shape=(4,), dtype=int32)",
        "  • names='n'",
    ]
