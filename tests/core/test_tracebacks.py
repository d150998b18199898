"""A traceback has the person's frames and those of libraries, and ours only for a fault of ours."""

import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pytest

import densetrace
import densetrace.tensorflow as tf
from densetrace.keras import Input, Model, Sequential
from densetrace.keras.layers import Dense, Layer
from densetrace.recording import tracebacks
from densetrace.recording.hooks import traced
from densetrace.recording.tracebacks import HOOK_FILE

PACKAGE = str(Path(densetrace.__file__).parent) + os.sep
HERE = __file__


@pytest.fixture(autouse=True)
def _filtering() -> Iterator[None]:
    yield
    tf.debugging.enable_traceback_filtering()


def files(error: BaseException) -> list[str]:
    """The file of each frame from this test's call on, the wrapper as `hook`, ours as `ours`."""
    found = []
    for frame in traceback.extract_tb(error.__traceback__)[1:]:
        mine = "ours" if frame.filename.startswith(PACKAGE) else Path(frame.filename).name
        found.append("hook" if frame.filename == HOOK_FILE else mine)
    return found


def raised(call: Callable[[], object]) -> Exception:
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


class OwnBuild(Layer):
    """A layer with its own error in `build`."""

    def build(self, input_shape: Any) -> None:
        """Raise an error with a cause."""
        try:
            raise KeyError("missing")
        except KeyError as error:
            raise ValueError("the reason") from error


class OwnCall(Layer):
    """A layer whose `call` uses another one, with a function that fails in NumPy."""

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        super().__init__()
        self.compute = compute
        self.inner = Dense(2)

    def call(self, inputs: Any) -> Any:
        """Compute on the result of the inner layer."""
        return self.compute(self.inner(inputs))


X = np.ones((2, 3), np.float32)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Dense(3)(np.ones(2)),
        lambda: Dense(-1),
        lambda: Dense(),
        lambda: Dense(2, activation="rulu"),
        lambda: tf.matmul(X, X),
        lambda: tf.add(X, X[:, :2]),
        lambda: Sequential([Dense(2), 3]),
        lambda: Sequential([Dense(2)]).fit(X, X),
        lambda: Input(shape=(2,), batch_shape=(1, 2)),
        lambda: tf.Variable(1.0).assign([1.0, 2.0]),
    ],
)
@pytest.mark.parametrize("recorded", [False, True])
def test_an_error_that_we_raise_has_no_frame_of_ours(
    call: Callable[[], object], recorded: bool
) -> None:
    def run() -> None:
        if recorded:
            with densetrace.trace():
                call()
        else:
            call()

    error = raised(run)
    shown = files(error)
    # `Input` has no hook: Keras's own decorator filters there, and its frame stays.
    assert [name for name in shown if name != "contextlib.py"] in (
        ["test_tracebacks.py"] * 2 + ["hook"],
        ["test_tracebacks.py"] * 2 + ["ours"],
    )
    assert error.__suppress_context__ or error.__context__ is None


def test_no_attribute_of_a_persons_exception_is_read() -> None:
    read: list[str] = []

    class WatchedError(ValueError):
        def __getattribute__(self, name: str) -> Any:
            read.append(name)
            return super().__getattribute__(name)

    class Fails(Layer):
        def build(self, input_shape: Any) -> None:
            raise WatchedError

    try:
        Fails()(X)
    except WatchedError:
        found = list(read)
    assert found == []


def test_the_remaining_frame_names_the_function() -> None:
    frame = traceback.extract_tb(raised(lambda: Dense(3)(np.ones(2))).__traceback__)[-1]
    assert (frame.filename, frame.name) == (HOOK_FILE, "__call__")


def test_an_operator_shows_one_frame_of_ours() -> None:
    tensor, other = tf.ones((2, 3)), tf.ones((4, 3))
    error = raised(lambda: tensor + other)
    assert files(error) == ["test_tracebacks.py", "ours"]
    assert traceback.extract_tb(error.__traceback__)[-1].name == "__add__"
    layer = OwnCall(lambda inner: inner + other)
    assert files(raised(lambda: layer(X))) == [
        "test_tracebacks.py", "hook", "test_tracebacks.py", "test_tracebacks.py", "ours",
    ]  # fmt: skip


def test_a_reflected_operator_shows_one_frame_of_ours() -> None:
    rows, tensor = [[1.0, 2.0]], tf.ones((2, 3))
    error = raised(lambda: rows + tensor)
    assert files(error) == ["test_tracebacks.py", "ours"]
    assert traceback.extract_tb(error.__traceback__)[-1].name == "__radd__"


def test_a_training_shows_the_call_of_fit() -> None:
    model = Sequential([Dense(3)])
    model.compile("sgd", "mse")
    error = raised(lambda: model.fit(X, X[:, :2], verbose=0))
    assert files(error) == ["test_tracebacks.py", "hook"]


def test_frames_of_the_person_and_of_libraries_stay_in_between() -> None:
    layer = OwnCall(lambda tensor: np.reshape(tensor.numpy(), (3, 3)))
    shown = files(raised(lambda: layer(X)))
    assert shown[:4] == ["test_tracebacks.py", "hook", "test_tracebacks.py", "test_tracebacks.py"]
    assert set(shown[4:]) <= {"fromnumeric.py"}


def test_an_error_of_an_inner_layer_shows_each_call_of_the_person() -> None:
    layer = OwnCall(lambda tensor: Dense(2)(tensor[0]))
    assert files(raised(lambda: layer(X))) == [
        "test_tracebacks.py", "hook", "test_tracebacks.py", "test_tracebacks.py", "hook",
    ]  # fmt: skip


def test_a_cause_stays_with_its_frames() -> None:
    error = raised(lambda: OwnBuild()(X))
    assert files(error) == ["test_tracebacks.py", "hook", "test_tracebacks.py"]
    assert isinstance(error.__cause__, KeyError)
    [frame] = traceback.extract_tb(error.__cause__.__traceback__)
    assert frame.filename == HERE


def test_the_context_of_an_error_is_the_persons_own() -> None:
    def call() -> None:
        try:
            raise KeyError("first")
        except KeyError:
            Dense(-1)

    context = raised(call).__context__
    assert isinstance(context, KeyError)
    [frame] = traceback.extract_tb(context.__traceback__)
    assert frame.filename == HERE


def ours(source: str) -> Callable[[], object]:
    """A hooked function of this source, as if it were in a file of densetrace."""
    namespace: dict[str, Any] = {"np": np, "__name__": "sample"}
    exec(compile(source, f"{PACKAGE}sample.py", "exec"), namespace)
    function: Callable[[], object] = traced("activation", point="sample")(namespace["sample"])
    return function


@pytest.mark.parametrize(
    "statement",
    ["{}['name']", "None.name", "np.reshape([1, 2], (3,))", "int('x')", "assert not np"],
)
def test_a_fault_of_ours_stays_whole(statement: str) -> None:
    sample = ours(f"def inner():\n    {statement}\ndef sample():\n    inner()\n")
    error = raised(lambda: sample())
    assert files(error)[:4] == ["test_tracebacks.py", "hook", "ours", "ours"]
    # Hooks around it leave it whole too.
    layer = OwnCall(lambda tensor: sample())
    assert files(raised(lambda: layer(X))).count("ours") >= 3


def test_a_fault_of_ours_stays_whole_as_a_cause() -> None:
    sample = ours(
        "def sample():\n    try:\n        {}['name']\n"
        "    except KeyError as error:\n        raise ValueError('refused') from error\n"
    )
    error = raised(sample)
    assert files(error) == ["hook"]
    assert error.__cause__ is not None
    assert len(traceback.extract_tb(error.__cause__.__traceback__)) == 1


def test_a_refusal_as_a_cause_has_no_frames_of_ours() -> None:
    sample = ours(
        "def refuse():\n    raise KeyError('name')\n"
        "def sample():\n    try:\n        refuse()\n"
        "    except KeyError as error:\n        raise ValueError('refused') from error\n"
    )
    error = raised(sample)
    assert isinstance(error.__cause__, KeyError)
    assert error.__cause__.__traceback__ is None


def test_filtering_is_switched_off_and_on_as_in_tensorflow() -> None:
    assert tf.debugging.is_traceback_filtering_enabled()
    tf.debugging.disable_traceback_filtering()
    assert not tf.debugging.is_traceback_filtering_enabled()
    assert "ours" in files(raised(lambda: Dense(3)(np.ones(2))))
    in_thread: list[bool] = []
    thread = threading.Thread(
        target=lambda: in_thread.append(tf.debugging.is_traceback_filtering_enabled())
    )
    thread.start()
    thread.join()
    assert in_thread == [True]
    tf.debugging.enable_traceback_filtering()
    assert "ours" not in files(raised(lambda: Dense(3)(np.ones(2))))


def test_a_script_leaves_the_switch_as_it_was(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import tensorflow as tf\ntf.debugging.disable_traceback_filtering()\n")
    densetrace.run(script)
    assert tf.debugging.is_traceback_filtering_enabled()


def test_a_deep_recursion_ends_as_a_recursion_error() -> None:
    class Deep(Layer):
        def call(self, inputs: Any) -> Any:
            return self(inputs)

    with pytest.raises(RecursionError) as info:
        Deep()(X)
    assert "ours" not in files(info.value)


@pytest.mark.parametrize("is_fault", [False, True])
def test_an_exception_takes_linear_time_in_the_wrappers_it_leaves(
    is_fault: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = "{}['name']" if is_fault else "raise ValueError"
    sample: Any = ours(
        "def sample(depth):\n    if depth:\n        person(depth)\n"
        f"    else:\n        {statement}\n"
    )
    sample.__wrapped__.__globals__["person"] = lambda depth: sample(depth - 1)
    looked_at: list[TracebackType] = []

    def counted(entry: TracebackType | None) -> Iterator[TracebackType]:
        while entry is not None:
            looked_at.append(entry)
            yield entry
            entry = entry.tb_next

    monkeypatch.setattr(tracebacks, "_entries", counted)
    visited: list[int] = []
    for depth in (40, 80):
        looked_at.clear()
        error = raised(partial(sample, depth))
        visited.append(len(looked_at))
        assert files(error).count("ours") == (depth + 1 if is_fault else 0)
    assert visited[1] <= 2.5 * visited[0]


def test_what_is_known_of_one_exception_is_not_taken_for_the_next_one() -> None:
    # Each exception may get the ids of the one before it and of its traceback.
    def frames(make: Callable[[], object]) -> int:
        return len(traceback.extract_tb(raised(make).__traceback__))

    def refused() -> None:
        Dense(-1)

    def mistake() -> None:
        Dense("a")  # an error that Python finds in our code

    alone = frames(refused)
    for _ in range(30):
        frames(mistake)
        assert frames(refused) == alone


@pytest.mark.parametrize("how", ["script", "session"])
def test_plain_python_shows_the_persons_line_and_the_function(how: str, tmp_path: Path) -> None:
    source = "from densetrace import Dense\nDense(2, activation='rulu')\n"
    script = tmp_path / "script.py"
    script.write_text(source)
    command = [sys.executable, str(script)] if how == "script" else [sys.executable, "-i", "-q"]
    ended = subprocess.run(
        command, input=source, capture_output=True, text=True, timeout=60, check=False
    )
    lines = [line for line in ended.stderr.splitlines() if line.lstrip().startswith("File ")]
    assert len(lines) == 2, ended.stderr
    assert "line 2" in lines[0] or "line 1, in <module>" in lines[0]
    assert lines[1].startswith('  File "<densetrace hook>"')
    assert "Unknown activation function 'rulu'" in ended.stderr


def test_a_model_shows_one_frame_of_ours_like_its_layers() -> None:
    model = Sequential([Dense(3)])
    inputs = Input((3,))
    functional = Model(inputs, Dense(2)(inputs))
    for call in (lambda: model(np.ones(3)), lambda: functional(np.ones((2, 7)))):
        error = raised(call)
        assert files(error) == ["test_tracebacks.py", "hook"]
        assert traceback.extract_tb(error.__traceback__)[-1].name == "__call__"


def test_a_script_that_switches_filtering_off_sees_all_frames(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    lines = ["import tensorflow as tf", "", "layer = tf.keras.layers.Dense(3)", "layer(tf.ones(2))"]
    script.write_text("\n".join(lines))
    assert "densetrace" not in densetrace.run(script).message
    lines[1] = "tf.debugging.disable_traceback_filtering()"
    script.write_text("\n".join(lines))
    shown = densetrace.run(script).message.splitlines()
    assert shown[1] == f'  File "{script}", line 4, in <module>'  # none of what runs the script
    assert any("base_layer.py" in line for line in shown)
