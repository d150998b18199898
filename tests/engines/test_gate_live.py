"""Expressions that contain code, on a real Keras: the code runs without the gate, never with it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from densetrace.data.names import OF_LAYERS, REGISTRIES, results
from densetrace.engines import Engine
from tests.cli.running import environment
from tests.sources.canary import ALLOWED, CONFIGS, FIRES, NAME, PLACES, STRINGS

pytestmark = pytest.mark.keras

PROGRAM: Final = """
import json, os, sys
from densetrace import api
from densetrace.system.errors import RequestError
from densetrace.running import lifecycle

request = json.load(sys.stdin)
if not request["gate"]:
    lifecycle.refuse_foreign_names = lambda *given: None
ends = []
for text in request["texts"]:
    try:
        if request["command"] == "verify":
            end = "agrees" if api.verify(text, engine=request["engine"]).agrees else "differs"
        else:
            end = api.explain(text, engine=request["engine"]).outcome.get("error_type", "ran")
    except RequestError as refused:
        end = "refused"
    left = os.listdir()
    for name in left:
        os.remove(name)
    ends.append([end, left])
print(json.dumps(ends))
"""


def ends(
    keras: Engine, texts: list[str], folder: Path, command: str = "explain", gate: bool = True
) -> list[tuple[str, Any]]:
    """Run each expression in another process; return its outcome and the files that it created."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps({"texts": texts, "engine": keras.name, "command": command, "gate": gate}),
        stdout=subprocess.PIPE,
        cwd=folder,
        env=environment({"TF_CPP_MIN_LOG_LEVEL": "3"}),
        timeout=240,
        check=True,
        text=True,
    )
    return [(end, left) for end, left in json.loads(done.stdout)]


def lookup_module(keras: Engine, registry: str) -> dict[str, Any]:
    """Return the globals of the module that defines the `get()` of a registry."""
    return vars(sys.modules[getattr(keras.keras, registry).get.__module__])


def test_without_the_gate_the_code_runs(keras: Engine, tmp_path: Path) -> None:
    """Shows that the expressions of the other tests are effective."""
    found = ends(keras, list(FIRES.values()), tmp_path, gate=False)
    assert [name for name, (_, left) in zip(FIRES, found, strict=True) if left != [NAME]] == []


def test_code_never_runs(keras: Engine, tmp_path: Path) -> None:
    placed = (PLACES[index % len(PLACES)].format(each) for index, each in enumerate(CONFIGS))
    texts = [*FIRES.values(), *placed]
    found = ends(keras, texts, tmp_path)
    wrong = [text for text, end in zip(texts, found, strict=True) if end != ("refused", [])]
    assert wrong == []


def test_verify_does_not_run_the_code_either(keras: Engine, tmp_path: Path) -> None:
    found = ends(keras, list(FIRES.values()), tmp_path, command="verify")
    assert found == [("refused", [])] * len(FIRES)


def test_internal_names_of_keras_are_refused(keras: Engine, tmp_path: Path) -> None:
    # Other tests of this process may have registered objects that the other process lacks.
    found = {name for registry in OF_LAYERS for name in lookup_module(keras, registry)}
    found.discard("__warningregistry__")  # Python adds it to a module that warned
    names = sorted(found.union(STRINGS, ["Custom>Adam"]).difference(*map(results, REGISTRIES)))
    texts = [PLACES[0].format(repr(name)) for name in names]
    ended = ends(keras, texts, tmp_path)
    wrong = [name for name, end in zip(names, ended, strict=True) if end != ("refused", [])]
    assert wrong == []


def test_names_in_our_registries_are_accepted(keras: Engine, tmp_path: Path) -> None:
    found = ends(keras, list(ALLOWED), tmp_path)
    ended = dict(zip(ALLOWED, found, strict=True))
    assert ended.pop("Dense(3, activation='nope')") == ("ValueError", [])
    assert {text: end for text, end in ended.items() if end != ("ran", [])} == {}


def test_string_arguments_of_layers_are_accepted(keras: Engine, tmp_path: Path) -> None:
    texts = [
        "Sequential([Input((8, 8, 3)), Conv2D(4, 3, padding='same', data_format='channels_last', "
        "kernel_initializer='he_uniform'), MaxPooling2D(padding='valid'), Flatten()])",
        "Sequential([Input((5, 3)), Bidirectional(LSTM(2, recurrent_initializer='orthogonal'), "
        "merge_mode='concat')])",
        "Sequential([Input((5, 3)), GRU(2, recurrent_activation='hard_sigmoid')])",
        "Sequential([Input((4, 4, 1)), RandomFlip('horizontal'), UpSampling2D(2, "
        "interpolation='bilinear'), RandomZoom(0.1, fill_mode='constant')])",
        "Sequential([Input((3,)), BatchNormalization(gamma_initializer='ones'), "
        "Activation('swish'), Lambda(keras.activations.relu)])",
    ]
    found = ends(keras, texts, tmp_path)
    assert dict(zip(texts, found, strict=True)) == dict.fromkeys(texts, ("ran", []))


def test_a_name_of_one_registry_finds_nothing_in_the_lookup_of_another(keras: Engine) -> None:
    for registry in OF_LAYERS:
        module = lookup_module(keras, registry)
        others = set().union(*map(results, OF_LAYERS)) - set(results(registry))
        assert others & set(module) == set(), registry
