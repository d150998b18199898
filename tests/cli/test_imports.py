"""No command loads what it does not use: an import costs start-up."""

import subprocess
import sys
from pathlib import Path

import pytest

import densetrace
from tests.cli.running import environment

STACK = (
    "numpy",
    "densetrace.recording.hooks",
    "densetrace.recording.recorder",
    "densetrace.sources.expression.parser",
)
"""What runs a layer."""
COLOURS = ("rich.console", "rich.style")
NOBODY = ("asyncio", "logging", "multiprocessing", "pydantic", "rich.tree")
"""What no command needs."""
ONLY_COMPILE = (
    "densetrace.keras.engine.compile_utils",
    "densetrace.keras.losses",
    "densetrace.keras.metrics",
    "densetrace.keras.optimizers",
)
NOT_FOR_LAYERS = (
    "densetrace.tensorflow.generators",
    "densetrace.tensorflow.ops.matrices",
    "densetrace.tensorflow.ops.special",
    "densetrace.tensorflow.printing",
)
"""Operations that only scripts use, and some initializers."""
ROOMS = (
    "densetrace.terminal.lesson", "densetrace.stepper.loop", "densetrace.study.diff",
    "densetrace.study.why", "densetrace.teach.explanations", "densetrace.teach.quiz",
)  # fmt: skip
NOTHING = (*STACK, *ROOMS, "rich", "dataclasses", "densetrace.api", "densetrace.data.trace")
"""What a command that only says what it is does not load."""

EXPRESSION = "Dense(4, activation='relu')"
COMPILED = """\
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense
model = Sequential([Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
"""

MUST_NOT_LOAD: dict[tuple[str, ...], tuple[str, ...]] = {
    ("--help",): NOTHING,
    ("--version",): NOTHING,
    ("explain", "--help"): (*NOTHING, "densetrace.cli.quiz", "densetrace.cli.commands"),
    ("quiz", "--help"): NOTHING,
    ("--show-completion", "bash"): NOTHING,
    ("names",): (*STACK, *COLOURS, *ROOMS),
    ("names", "losses"): (*STACK, *COLOURS, *ROOMS),
    ("demo",): (*STACK, *COLOURS, *ROOMS),
    ("glossary",): (*STACK, *COLOURS, *ROOMS),
    ("glossary", "kernel"): (*STACK, *COLOURS, *ROOMS),
    ("explain", "TRACE"): (*STACK, *COLOURS, "densetrace.stepper.loop", "densetrace.study.why"),
    ("explain", "TRACE", "--level", "user"): (*STACK, *COLOURS),
    ("explain", "TRACE", "--format", "plain"): (*STACK, "rich"),
    ("explain", "TRACE", "--format", "json"): (*STACK, *ROOMS, "rich"),
    ("explain", "TRACE", "--format", "html"): (*STACK, *COLOURS),
    ("explain", "TRACE", "--format", "svg"): (*STACK, *COLOURS),
    ("explain", "TRACE", "--format", "markdown"): (*STACK, *COLOURS),
    ("explain", "TRACE", "--format", "chrome"): (*STACK, *ROOMS, "rich"),
    ("why", "TRACE", "kernel"): (*STACK, *COLOURS, "densetrace.study.diff"),
    ("why", "TRACE", "kernel", "--format", "json"): (*STACK, "rich"),
    ("diff", "TRACE", "TRACE"): (*STACK, *COLOURS, "densetrace.study.why"),
    ("diff", "TRACE", "TRACE", "--format", "json"): (*STACK, "rich"),
    ("step", "TRACE", "--format", "plain"): (*STACK, *COLOURS, "densetrace.study.diff"),
    ("quiz", "TRACE", "--count", "1"): (*STACK, *COLOURS, "densetrace.study.diff"),
    ("explain", EXPRESSION): (
        *COLOURS,
        *ONLY_COMPILE,
        *NOT_FOR_LAYERS,
        "densetrace.stepper.loop",
    ),
    ("explain", EXPRESSION, "--format", "json"): (*ONLY_COMPILE, *NOT_FOR_LAYERS, "rich"),
    ("explain", EXPRESSION, "--input-shape", "2,3"): (*COLOURS, *ONLY_COMPILE, *NOT_FOR_LAYERS),
    ("diff", "Dense(2)", "Dense(3)"): (*COLOURS, *ONLY_COMPILE, *NOT_FOR_LAYERS),
    ("why", "Dense(2)", "kernel"): (*COLOURS, *ONLY_COMPILE, *NOT_FOR_LAYERS),
    ("run", "COMPILED"): (*COLOURS, "densetrace.sources.expression.grammar"),
}

# What is loaded is written down at the very end, wherever the command ends.
LISTED = """
import atexit, sys
file, sys.argv = sys.argv[1], ["densetrace", *sys.argv[2:]]
atexit.register(lambda: print(*(n for n, m in sys.modules.items() if m), file=open(file, "w")))
from densetrace.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The modules that the words in capitals of the table mean."""
    folder = tmp_path_factory.mktemp("imports")
    densetrace.explain(EXPRESSION).save(folder / "trace.json")
    (folder / "compiled.py").write_text(COMPILED)
    return {"TRACE": str(folder / "trace.json"), "COMPILED": str(folder / "compiled.py")}


def loaded(arguments: list[str], tmp_path: Path, **changes: str) -> set[str]:
    """The modules that are loaded when a command ends."""
    names = tmp_path / "modules.txt"
    ended = subprocess.run(
        [sys.executable, "-c", LISTED, str(names), *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment({"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", **changes}),
        check=False, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr, ended.stderr
    assert ended.stdout or "_DENSETRACE_COMPLETE" in changes
    return set(names.read_text().split())


@pytest.mark.parametrize("typed", MUST_NOT_LOAD, ids=" ".join)
def test_a_command_loads_only_what_it_uses(
    typed: tuple[str, ...], files: dict[str, str], tmp_path: Path
) -> None:
    there = loaded([files.get(word, word) for word in typed], tmp_path)
    assert sorted(there.intersection((*MUST_NOT_LOAD[typed], *NOBODY))) == []


def test_what_the_table_names_is_there_to_be_loaded(files: dict[str, str], tmp_path: Path) -> None:
    # A module that was renamed or moved would be forbidden in vain.
    forbidden = {name for names in MUST_NOT_LOAD.values() for name in (*names, *NOBODY)}
    code = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    there = sorted(forbidden - {"pydantic"})
    subprocess.run([sys.executable, "-c", code, *there], env=environment({}), check=True)


@pytest.mark.parametrize("asked", [{"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}])
def test_rich_is_asked_where_colour_is_asked_for(
    asked: dict[str, str], files: dict[str, str], tmp_path: Path
) -> None:
    assert "rich.console" in loaded(["explain", files["TRACE"]], tmp_path, TERM="xterm", **asked)
    there = loaded(["explain", files["TRACE"]], tmp_path, TERM="xterm", NO_COLOR="1", **asked)
    assert "rich.console" not in there


def test_compile_loads_what_it_needs(files: dict[str, str], tmp_path: Path) -> None:
    assert set(ONLY_COMPILE) <= loaded(["run", files["COMPILED"]], tmp_path)


def test_an_operation_that_layers_do_not_use_is_loaded_when_it_is_asked_for() -> None:
    code = """if True:
        import sys
        import densetrace.tensorflow as tf

        def loaded():
            return "densetrace.tensorflow.ops.matrices" in sys.modules

        tf.matmul, tf.linalg.matmul, tf.nn.relu
        print(loaded())
        tf.linalg.inv([[2.0]])
        print(loaded())
    """
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           env=environment({}), check=True)  # fmt: skip
    assert ended.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("listed", ["tf", "tf.linalg"])
def test_a_list_of_names_has_the_operations_that_layers_do_not_use(listed: str) -> None:
    code = f"import densetrace.tensorflow as tf; tf.matmul; print(*dir({listed}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           env=environment({}), check=True)  # fmt: skip
    assert set(ended.stdout.split()) >= {"tf": {"sort", "strings"}, "tf.linalg": {"inv"}}[listed]


@pytest.mark.parametrize(
    "typed",
    [
        "densetrace ",
        "densetrace explain --",
        "densetrace explain --format ",
        "densetrace explain --engine ",
        "densetrace explain --only get,",
        "densetrace names ",
        "densetrace demo ",
        "densetrace glossary ",
        "densetrace quiz trace.json --topic ",
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_loads_neither_numpy_nor_rich(typed: str, shell: str, tmp_path: Path) -> None:
    words = typed.split(" ")
    asked = {
        "_DENSETRACE_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": typed,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
    }
    there = loaded([], tmp_path, **asked)
    assert sorted(there.intersection((*STACK, *NOBODY, "rich", "densetrace.stepper.loop"))) == []


def test_the_library_loads_neither_numpy_nor_rich_before_they_are_used() -> None:
    code = "import densetrace, sys; print('trace' in dir(densetrace), *sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           env=environment({}), check=True)  # fmt: skip
    known, *there = ended.stdout.split()
    assert known == "True"
    assert not {"numpy", "rich", "typer", "densetrace.data.trace"}.intersection(there)
