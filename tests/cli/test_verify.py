"""`densetrace verify`: what it says without a real Keras, and what it finds with one."""

import importlib.util
import json
from importlib.machinery import ModuleSpec

import pytest

from densetrace import api
from densetrace.engines import Engine, installed_keras
from densetrace.study.suite import SUITE
from densetrace.system.errors import RequestError
from tests.cli.running import invoke

INSTALL = 'pip install "densetrace[keras]"'
SMALL = "Dense(2, activation='relu')"


@pytest.fixture(scope="module")
def real() -> Engine:
    """The installed Keras; what asks for it is skipped where there is none."""
    try:
        return installed_keras()
    except RequestError as error:
        pytest.skip(f"needs a real Keras. {error}")


@pytest.fixture
def without_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no Keras and no TensorFlow seem to be installed."""
    find_spec = importlib.util.find_spec

    def absent(name: str, package: str | None = None) -> ModuleSpec | None:
        if name in ("keras", "tf_keras", "tensorflow"):
            return None
        return find_spec(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", absent)


@pytest.mark.usefixtures("without_keras")
class TestWithoutKeras:
    @pytest.mark.parametrize("arguments", [[], [SMALL], [SMALL, "--format", "json"]])
    def test_one_sentence_says_how_to_install_it(self, arguments: list[str]) -> None:
        result = invoke("verify", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert (
            result.stderr
            == f"Error: This needs a real Keras 2, which is not installed: {INSTALL}\n"
        )

    @pytest.mark.parametrize("engine", ["tf_keras", "keras"])
    @pytest.mark.parametrize("command", [["verify"], ["explain", SMALL], ["diff", SMALL, SMALL]])
    def test_so_does_each_command_that_is_told_an_engine(
        self, command: list[str], engine: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.metadata.version", _no_version)
        result = invoke(*command, "--engine", engine)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"The engine {engine} needs {engine} and tensorflow" in result.stderr
        assert INSTALL in result.stderr


def _no_version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError

    raise PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--engine", "densetrace"], "not with itself"),
        (["--engine", "foo"], "The Keras to compare with is tf_keras or keras. Received: 'foo'."),
        (["--generate", "2", "--fit"], "A generated script is run as it is: --fit cannot"),
        (["Dense(4)", "--case", "2"], "instead of an expression. Received: 'Dense(4)'."),
        (["--case", "2", "--jobs", "2"], "One script is compared in one process: --jobs cannot"),
        (["--jobs", "2"], "--jobs is for generated scripts."),
        (["--case", "x"], "--case takes a whole number from 0 to 4294967295. Received: 'x'."),
        (["--generate", "0"], "--generate takes a whole number from 1 to 4294967295. Received: 0."),
        (["--jobs", "1.5"], "--jobs takes a whole number from 1 to 64. Received: '1.5'."),
        (["--engine", "tf-keras"], "Did you mean tf_keras?"),
        (["--input-shape", "3"], "Give an expression."),
        (["--all"], "Give an expression."),
        ([SMALL, "--input", "[1]", "--input-shape", "1"], "--input or --input-shape"),
        ([SMALL, "--format", "html"], "--format"),
    ],
)
def test_a_wrong_request_says_what_to_type(arguments: list[str], hint: str) -> None:
    result = invoke("verify", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert hint in result.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["explain", SMALL, "--depth", "1.5"], "--depth takes a whole number of at least 1. "),
        (["quiz", SMALL, "--count", "w"], "--count takes a whole number. Received: 'w'."),
        (["explain", SMALL, "--seed", "a\x1b[31m"], r"4294967295. Received: 'a\x1b[31m'."),
    ],
)
def test_each_command_says_which_numbers_an_option_takes(
    arguments: list[str], problem: str
) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
class TestWithKeras:
    @pytest.mark.parametrize("expression", SUITE)
    def test_every_expression_of_the_suite_agrees(self, real: Engine, expression: str) -> None:
        found = api.verify(expression, engine=real.name)
        assert found.agrees, invoke("verify", expression, "--engine", real.name).stdout
        assert found.errors[0] or found.outputs is not None

    def test_the_verdict(self, real: Engine) -> None:
        result = invoke("verify", SMALL)
        assert (result.exit_code, result.stderr) == (0, "")
        assert f"54 of 54 steps agree with {real.title}; outputs agree" in result.stdout

    def test_as_data(self, real: Engine) -> None:
        data = json.loads(invoke("verify", SMALL, "--all", "--format", "json").stdout)
        assert data["engine"]["name"] == real.name
        assert (data["agrees"], data["outputs"]["agree"]) == (True, True)
        assert len(data["compared"]) == data["steps"]["agree"] == 54

    def test_a_wide_layer_is_allowed_the_rounding_of_long_sums(self, real: Engine) -> None:
        found = api.verify("Dense(10)", engine=real.name, input_shape=(None, 784))
        assert found.outputs is not None
        assert found.outputs.agree
        assert 1e-6 < found.outputs.tolerance < 1e-5

    def test_other_numbers_from_the_same_weights_are_found(
        self, real: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            real.keras.layers.Dense,
            "set_weights",
            lambda layer, weights: [
                variable.assign(1.5 * weight)
                for variable, weight in zip(layer.weights, weights, strict=True)
            ],
        )
        result = invoke("verify", "Dense(2)", "--engine", real.name)
        assert result.exit_code == 1
        assert "outputs differ by up to" in result.stdout

    def test_what_only_the_real_one_has_cannot_be_compared(self, real: Engine) -> None:
        result = invoke("verify", "Conv3D(8, 3)")
        assert result.exit_code == 2
        assert f'densetrace explain "Conv3D(8, 3)" --engine {real.name}' in result.stderr

    def test_a_name_that_neither_knows_is_misspelled(self, real: Engine) -> None:
        result = invoke("verify", "Dnse(8)", "--engine", real.name)
        assert result.exit_code == 2
        assert "Did you mean Dense?" in result.stderr
