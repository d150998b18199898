"""Callbacks and the progress bar print what they print on a real Keras 2.14."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densetrace.keras as keras
import densetrace.tensorflow as tf
from densetrace.keras.utils import generic_utils
from densetrace.tensorflow.missing import NotInDensetraceError
from tests.keras import callback_cases

RECORDED: dict[tuple[str, str], str] = {
    (case["kind"], case["name"]): case["prints"]
    for case in json.loads(
        (Path(__file__).parents[1] / "data" / "keras-2.14-callbacks.json").read_text("utf-8")
    )["cases"]
}
FLOAT = re.compile(r"\d+\.\d+(?:e-?\d+)?")


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in callback_cases.cases()],
)
def test_a_case_prints_what_it_prints_on_keras(
    kind: str, name: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras.backend.clear_session()
    clock = callback_cases.Clock()
    monkeypatch.setattr(generic_utils, "time", clock)
    monkeypatch.chdir(tmp_path)
    printed = callback_cases.printed(code, callback_cases.scope(keras, tf, clock))
    recorded = RECORDED[kind, name]
    if kind != "fits":
        assert printed == recorded
        return
    # What a fit computes may differ in the last digit that is printed.
    assert FLOAT.split(printed) == FLOAT.split(recorded)
    computed, expected = ([*map(float, FLOAT.findall(text))] for text in (printed, recorded))
    assert computed == pytest.approx(expected, rel=1e-3, abs=2e-4, nan_ok=True)


def test_every_recorded_case_is_run() -> None:
    assert {(kind, name) for kind, name, _ in callback_cases.cases()} == RECORDED.keys()


@pytest.mark.parametrize(
    ("name", "arguments", "instead"),
    [
        ("BackupAndRestore", ("folder",), "ModelCheckpoint"),
        ("RemoteMonitor", (), "CSVLogger"),
    ],
)
def test_callbacks_that_are_refused_say_what_to_use(
    name: str, arguments: Any, instead: str
) -> None:
    refused = getattr(keras.callbacks, name)
    with pytest.raises(NotInDensetraceError, match=rf"^densetrace .*{instead}.*leave the callback"):
        refused(*arguments)
    assert issubclass(refused, keras.callbacks.Callback)


def test_tensorboard_is_accepted_with_one_warning_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="writes no files for TensorBoard") as caught:
        callback = keras.callbacks.TensorBoard(tmp_path / "logs", update_freq="batch")
    assert [warning.filename for warning in caught] == [__file__]
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), callbacks=[callback], verbose=0)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="Unrecognized arguments"):
        keras.callbacks.TensorBoard(log_path="logs")


def test_messages_go_to_a_logger_on_request(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    keras.utils.disable_interactive_logging()
    try:
        keras.utils.Progbar(1).update(1)
    finally:
        keras.utils.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    assert "1/1 [==============================]" in caplog.text


def test_a_file_of_options_is_no_option() -> None:
    for path in ("model", "model.h5"):
        with pytest.raises(TypeError, match="Leave the argument out"):
            keras.callbacks.ModelCheckpoint(path, options={"a": 1})
