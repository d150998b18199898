"""A Keras script runs on our stack as Python would run it, and leaves nothing behind."""

import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from densetrace.data.steps import Step, Stop
from densetrace.recording.recorder import Recorder, recording
from densetrace.sources.script.script import Script, ScriptOutcome, run_script
from densetrace.system.errors import RequestError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "lesson.py", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(textwrap.dedent(text).encode(encoding))
        return path

    return write


@pytest.fixture
def run(write: Write) -> Callable[..., ScriptOutcome]:
    def run(text: str, *arguments: str) -> ScriptOutcome:
        return run_script(Script.load(write(text)), arguments)

    return run


Run = Callable[..., ScriptOutcome]


def refused(run: Run, text: str) -> Stop:
    """Run a script that is refused; return what stopped it."""
    outcome = run(text)
    assert outcome.code == 2, outcome.message
    assert outcome.stop is not None
    assert outcome.stop.how == "refused"
    assert outcome.message == f"Error: {outcome.stop.message}\n{outcome.stop.hint}"
    return outcome.stop


# -- it runs as Python would run it ----------------------------------------------------------------


def test_a_script_is_the_main_module_with_its_own_arguments_and_folder(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        """
        import sys, helper
        if __name__ == "__main__":
            print(sys.argv, __file__, helper.TEN, sys.modules["__main__"].__file__ == __file__)
        """
    )
    write("TEN = 10", name="helper.py")
    assert run_script(Script.load(path), ["--epochs", "3"]) == ScriptOutcome()
    expected = f"{[str(path), '--epochs', '3']} {path} 10 True\n"
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    "imports",
    [
        "import tensorflow as tf\nDense = tf.keras.layers.Dense",
        "from tensorflow import keras\nDense = keras.layers.Dense",
        "from tensorflow.keras import layers\nDense = layers.Dense",
        "from tensorflow.keras.layers import Dense",
        "import tensorflow.keras.layers as layers\nDense = layers.Dense",
        "import keras\nDense = keras.layers.Dense",
        "from keras.layers import *",
        "import tf_keras\nDense = tf_keras.layers.Dense",
    ],
)
def test_dense_is_ours_however_it_is_imported(run: Run, imports: str) -> None:
    home = "densetrace.keras.layers.core.dense"
    outcome = run(f"{imports}\nassert Dense.call.__module__ == {home!r}")
    assert outcome == ScriptOutcome()


def test_a_whole_lesson_runs(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(
        """
        import numpy as np
        import tensorflow as tf
        from tensorflow.keras import initializers, regularizers
        from tensorflow.keras.models import Sequential

        class Scale(tf.keras.layers.Layer):
            def build(self, input_shape):
                self.factor = self.add_weight("factor", shape=(), initializer="ones")
                super().build(input_shape)
            def call(self, inputs):
                return tf.multiply(inputs, self.factor)

        model = Sequential([
            tf.keras.Input(shape=(3,)),
            tf.keras.layers.Dense(
                4, activation=tf.nn.relu, kernel_initializer=initializers.HeNormal(1)
            ),
            tf.keras.layers.Dense(2, kernel_regularizer=regularizers.l2(0.01)),
            Scale(),
        ])
        model.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
        print(model(tf.constant([[1.0, 2.0, 3.0]])).shape, len(model.losses))
        print(float(tf.reduce_sum(tf.ones((2, 3)))), tf.float32.name)
        """
    )
    assert outcome == ScriptOutcome()
    assert capsys.readouterr().out == "(1, 2) 1\n6.0 float32\n"


def test_steps_name_the_line_of_the_script_that_caused_them(write: Write) -> None:
    script = Script.load(
        write("from keras.layers import Dense\n\nlayer = Dense(\n    3)\nlayer.build((1, 2))\n")
    )
    recorder = Recorder()
    with recording(recorder):
        run_script(script)
    steps: tuple[Step, ...] = recorder.steps()
    lines = [step.where.line for step in steps if step.where]
    assert {step.where.file for step in steps if step.where} == {"lesson.py"}
    assert set(lines) == {3, 5}


@pytest.mark.parametrize(
    ("leaving", "outcome"),
    [
        ("sys.exit()", ScriptOutcome(0)),
        ("sys.exit(3)", ScriptOutcome(3)),
        ("sys.exit(256 + 7)", ScriptOutcome(7)),
        ("sys.exit('no data')", ScriptOutcome(1, "no data")),
        ("raise SystemExit", ScriptOutcome(0)),
    ],
)
def test_the_exit_code_is_the_scripts_own(run: Run, leaving: str, outcome: ScriptOutcome) -> None:
    assert run(f"import sys\n{leaving}") == outcome


def test_a_coding_line_is_honoured(write: Write) -> None:
    path = write("# -*- coding: latin-1 -*-\nassert len('é') == 1\n", encoding="latin-1")
    assert run_script(Script.load(path)) == ScriptOutcome()


# -- nothing is left behind ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending", ["pass", "1 / 0", "raise SystemExit(1)", "raise KeyboardInterrupt"]
)
def test_the_interpreter_is_as_it_was_however_the_script_ends(
    run: Run, tmp_path: Path, ending: str
) -> None:
    before = sys.argv, sys.path, list(sys.path), list(sys.meta_path), sys.modules["__main__"]
    folder = os.getcwd()
    (tmp_path / "sub").mkdir()
    (tmp_path / "mine.py").write_text("from keras.layers import Dense")
    try:
        run(
            f"import os, sys, tensorflow, mine\nsys.path.append('x')\nsys.argv.append('y')\n"
            f"os.chdir({str(tmp_path / 'sub')!r})\n{ending}"
        )
    except KeyboardInterrupt:
        assert "Keyboard" in ending
    assert (
        sys.argv,
        sys.path,
        list(sys.path),
        list(sys.meta_path),
        sys.modules["__main__"],
    ) == before
    assert os.getcwd() == folder
    assert not {"tensorflow", "tensorflow.keras", "keras.layers", "mine"} & set(sys.modules)


def test_a_real_tensorflow_is_shadowed_and_comes_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = {name: ModuleType(name) for name in ("tensorflow", "tensorflow.data", "keras")}
    for name, module in real.items():
        monkeypatch.setitem(sys.modules, name, module)
    assert (
        run("import keras, tensorflow\nkeras.layers.Dense, tensorflow.constant") == ScriptOutcome()
    )
    for name, module in real.items():
        assert sys.modules[name] is module
    assert "keras.layers" not in sys.modules


# -- what our stack lacks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "import tensorflow as tf\n\ntf.data.TextLineDataset('a')",
            "line 3 uses tf.data.TextLineDataset",
        ),
        (
            "from tensorflow.keras.layers import Dense, Conv3D\nConv3D(3, 3)",
            "line 2 uses tf.keras.layers.Conv3D",
        ),
        ("import keras\nkeras.layers.Conv3D(3, 3)", "line 2 uses keras.layers.Conv3D"),
        ("from keras.layers import *\nDense(3)\nConv3D(3, 3)", "line 3 uses keras.layers.Conv3D"),
        (
            "from keras.applications import VGG16\nVGG16()",
            "line 2 uses keras.applications.VGG16",
        ),
        ("from keras.layers import Conv3D\nConv3D(1, 1)", "line 2 uses keras.layers.Conv3D"),
        ("import keras\nkeras.ops", "line 2 uses keras.ops"),
        (
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()",
            "line 2 uses tf.compat.v1.disable_v2_behavior",
        ),
        (
            'import tensorflow as tf\nwith tf.summary.record_if("x"): pass',
            "line 2 uses tf.summary.record_if",
        ),
        (
            "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\nmodel.export('a')",
            "line 3 uses Model.export",
        ),
        (
            "import keras\nclass Mine(keras.layers.Layer):\n"
            "    def call(self, x):\n        self.with_name_scope()\nMine()([[1.0]])",
            "line 4 uses Layer.with_name_scope",
        ),
    ],
)
def test_what_is_lacking_is_named_with_its_line(run: Run, text: str, said: str) -> None:
    stop = refused(run, text)
    assert stop.message == f"{said}, which densetrace does not provide."
    assert stop.where is not None
    number = int(said.split()[1])
    line = textwrap.dedent(text).splitlines()[number - 1].strip()
    assert (stop.where.file, stop.where.line, stop.where.text) == ("lesson.py", number, line)


def test_what_a_helper_module_lacks_is_named_with_its_file(run: Run, write: Write) -> None:
    write("import tensorflow as tf\ntf.data.TextLineDataset('a')", name="helper.py")
    stop = refused(run, "import helper")
    assert stop.message.startswith("helper.py, line 2 uses tf.data.TextLineDataset,")
    assert stop.where is not None
    assert (stop.where.file, stop.where.line) == ("helper.py", 2)


def test_a_script_may_ask_before_it_uses(run: Run) -> None:
    outcome = run(
        """
        import importlib.util
        import keras, tensorflow as tf
        assert importlib.util.find_spec("tensorflow") is not None
        assert importlib.util.find_spec("tensorflow.data") is not None
        for name in ("Dense", "Conv3D", "experimental"):  # these exist on Keras
            assert hasattr(keras.layers, name) and name in dir(keras.layers), name
        for name in ("Conv9D", "Operation"):  # these do not exist on Keras 2.14
            assert not hasattr(keras.layers, name) and name not in dir(keras.layers), name
            assert getattr(keras.layers, name, None) is None
        try:
            from tensorflow.keras.layers import Conv9D
        except ImportError:
            Conv9D = None
        try:
            import keras.ops
        except ImportError:
            pass
        """
    )
    assert outcome == ScriptOutcome()


HARMLESS = """
    import keras
    import keras.datasets, tensorflow.data
    from keras.datasets import mnist
    from tensorflow.keras.layers import Activation, Conv3D
    from keras.layers import *
    import tensorflow as tf
    AUTOTUNE = tf.data.AUTOTUNE
    assert Conv3D is not None and Conv3D is not Dense
    assert Conv3D in (Dense, Conv3D) and Dense not in [Conv3D] and {Conv3D: 1}[Conv3D] == 1
    assert Conv3D != Dense and not Conv3D == 3
    print(Conv3D, [Conv3D], f"{Conv3D}", mnist.load_data)
    class Mine:
        kind = Conv3D
        def build(self, data: tf.data.Dataset) -> Conv3D: ...
    Dense(3)
"""


def test_what_is_lacking_may_be_imported_kept_printed_and_compared(run: Run) -> None:
    assert run(HARMLESS) == ScriptOutcome()


@pytest.mark.parametrize(
    "use",
    [
        "Conv3D(3, 3)",
        "Conv3D.__name__",
        "getattr(Conv3D, 'x', None)",
        "hasattr(Conv3D, 'x')",
        "Conv3D.x = 1",
        "del Conv3D.x",
        "class Mine(Conv3D): pass",
        "isinstance(3, Conv3D)",
        "isinstance(Conv3D, type)",
        "issubclass(int, Conv3D)",
        "bool(Conv3D)",
        "not Conv3D",
        "len(Conv3D)",
        "list(Conv3D)",
        "a, b = Conv3D",
        "print(*Conv3D)",
        "3 in Conv3D",
        "Conv3D[0]",
        "Conv3D[0] = 1",
        "with Conv3D: pass",
        "Conv3D + 1",
        "1 - Conv3D",
        "x = 1; x @= Conv3D",
        "Conv3D < 1",
        "-Conv3D",
        "int(Conv3D)",
        "range(Conv3D)",
        "open(Conv3D)",
        "dir(Conv3D)",
        "vars(Conv3D)",
        "import copy; copy.copy(Conv3D)",
        "import numpy; numpy.ones(3) + Conv3D",
        "import numpy; numpy.array(Conv3D, 'float32')",
        "import numpy; numpy.zeros(2, dtype=Conv3D)",
        "import tensorflow as tf; tf.constant(1, dtype=Conv3D)",
        "@Conv3D\ndef f(): pass",
        "match 3:\n    case Conv3D(): pass",
        "import keras\nmatch 3:\n    case keras.layers.Conv3D(): pass",
        "raise Conv3D",
        "try:\n    1 / 0\nexcept Conv3D:\n    pass",
        "def f(a):\n    try:\n        1 / 0\n    except (OSError, a):\n        pass\nf(Conv3D)",
        "Dense(3, activation=Conv3D)([[1.0]])",
        "Dense(Conv3D)",
        "import keras; keras.Sequential([Conv3D])",
        "import keras; keras.Sequential(Conv3D)",
        "try:\n    Conv3D(3)\nexcept Exception:\n    pass",
    ],
)
def test_whatever_else_is_done_with_it_is_refused(run: Run, use: str) -> None:
    stop = refused(run, f"from keras.layers import Conv3D, Dense\n{use}\n")
    assert stop.message.endswith(" uses keras.layers.Conv3D, which densetrace does not provide.")
    assert stop.hint.startswith("Keras 2.14 has it: ")


@pytest.mark.parametrize(
    ("use", "dotted"),
    [
        ("keras.Sequential().export('a')", "Model.export"),
        ("keras.layers.Dense(1).with_name_scope()", "Layer.with_name_scope"),
        ("keras.optimizers.legacy.SGD().get_updates(1, [])", "legacy.Optimizer.get_updates"),
    ],
)
def test_a_missing_member_is_refused_and_noted_when_the_script_catches_that(
    run: Run, use: str, dotted: str
) -> None:
    assert refused(run, f"import keras\n{use}").message.startswith(f"line 2 uses {dotted}, ")
    outcome = run(f"import keras\ntry:\n    {use}\nexcept Exception:\n    pass")
    assert outcome.code == 0
    assert outcome.message.startswith(f"Note: line 3 used {dotted}, which")


def test_a_missing_member_that_is_only_looked_at_is_not_refused(run: Run) -> None:
    text = "import keras\nassert hasattr(keras.Sequential(), 'export')"
    assert run(text) == ScriptOutcome()


def test_a_script_that_fails_for_another_reason_after_a_swallowed_refusal_fails_for_that(
    run: Run,
) -> None:
    outcome = run(
        "from keras.layers import Conv3D\n"
        "try:\n    Conv3D()\nexcept BaseException:\n    pass\n"
        "1 / 0"
    )
    assert outcome.error is not None
    assert outcome.error.type == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("import keras\nkeras.layers.Conv3D()", "Keras 2.14 has it: {real}"),
        ("import tensorflow as tf\ntf.edit_distance()", "TensorFlow 2.14 has it: {real}"),
        ("from keras.models import *\nmodel_from_yaml()", "Keras 2.14 has it: {real}"),
        ("import keras\nkeras.Sequential().export('a')", "Keras 2.14 has it: {real}"),
        (
            "import keras\nkeras.Sequential().save('a')",
            "densetrace does not support the SavedModel format: {real}",
        ),
        (
            "import keras\nkeras.callbacks.RemoteMonitor()",
            "densetrace sends nothing over the network: {real}",
        ),
        (
            "import tensorflow.compat.v1 as tf\ntf.Session()",
            "TensorFlow 2.14 may have it: {real}",
        ),
        (
            "import keras\nkeras.Layer",
            "It is a Keras 3 name; in Keras 2.14 write keras.layers.Layer.",
        ),
        (
            "from keras import ops",
            "It is a Keras 3 name; Keras 2.14 has tf and keras.backend for that.",
        ),
        (
            "import tensorflow as tf\ntf.keras.ops.matmul",
            "It is a Keras 3 name; Keras 2.14 has tf and keras.backend for that.",
        ),
        (
            "from keras.ops import matmul",
            "It is a Keras 3 name; Keras 2.14 has tf and keras.backend for that.",
        ),
        (
            "import tensorflow as tf\ntf.keras.Dense",
            "Write tf.keras.layers.Dense.",
        ),
        (
            "from keras.layers import Dens",
            "Keras 2.14 has no public name keras.layers.Dens.",
        ),
        (
            "from tensorflow.python.keras.layers import Dense",
            "tf.python.keras.layers is a private module. "
            "Write: from tensorflow.keras.layers import Dense",
        ),
        (
            "import tensorflow as tf\ntf.log(1.0)",
            "Write tf.math.log.",
        ),
        (
            "from keras.layers.core import Dense",
            "Keras 2.14 no longer has keras.layers.core. Write: from keras.layers import Dense",
        ),
    ],
)
def test_the_second_line_says_why_and_what_to_do(run: Run, text: str, hint: str) -> None:
    real = "run the script on a real Keras with --engine tf_keras."
    assert refused(run, text).hint == hint.format(real=real)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "from keras.layers import Desne",
            "line 1 uses keras.layers.Desne: did you mean keras.layers.Dense?",
        ),
        ("import keras.dataset", "line 1 uses keras.dataset: did you mean keras.datasets?"),
        (
            "from keras.layers import Zzzzzz",
            "line 1 uses keras.layers.Zzzzzz, which is not a public name of Keras 2.14.",
        ),
        (
            "import keras\nkeras.Sequential([keras.layers.Desne(1)])",
            "line 2 uses keras.layers.Desne: did you mean keras.layers.Dense?",
        ),
        (
            "import tensorflow as tf\ntf.keras.Dense",
            "line 2 uses tf.keras.Dense, which is not a public name of Keras 2.14.",
        ),
    ],
)
def test_the_first_line_says_what_is_meant(run: Run, text: str, message: str) -> None:
    assert refused(run, text).message == message


def test_an_attribute_that_says_itself_that_it_has_no_value_is_the_scripts_own_error(
    run: Run,
) -> None:
    error = run("from keras.layers import Dense\nDense(2).output_shape").error
    assert error is None or error.type == "AttributeError"


def test_another_missing_module_is_the_scripts_own_affair(run: Run) -> None:
    error = run("import no_such_module_anywhere").error
    assert error is not None
    assert error.type == "ModuleNotFoundError"


# -- its own errors --------------------------------------------------------------------------------


def test_an_error_keeps_the_scripts_lines_and_none_of_ours(run: Run) -> None:
    outcome = run("from keras.layers import Dense\n\ndef make():\n    return Dense(-1)\n\nmake()\n")
    assert outcome.code == 1
    assert outcome.error is not None
    assert outcome.error.type == "ValueError"
    told = outcome.error.traceback
    assert 'lesson.py", line 4, in make' in told
    assert "return Dense(-1)" in told
    assert "densetrace" not in told.replace("lesson.py", "")


def test_causes_keep_their_place_and_control_characters_do_no_harm(run: Run) -> None:
    error = run(
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise OSError('\\x1b[2J') from e"
    ).error
    assert error is not None
    assert "ZeroDivisionError" in error.traceback
    assert "direct cause" in error.traceback
    assert "\\x1b[2J" in error.traceback
    assert "\x1b" not in error.traceback


def test_an_error_whose_text_cannot_be_made_is_told_all_the_same(run: Run) -> None:
    error = run("class Bad(Exception):\n    def __str__(self): 1 / 0\nraise Bad").error
    assert error is not None
    assert error.type == "Bad"


# -- what cannot be run ----------------------------------------------------------------------------


def load_refusal(path: Path | str) -> str:
    with pytest.raises(RequestError) as refused:
        Script.load(path)
    return str(refused.value)


def test_a_missing_script_is_refused_with_what_lies_beside_it(write: Write) -> None:
    path = write("pass")
    assert "Did you mean lesson.py?" in load_refusal(path.with_name("leson.py"))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "a file, not a folder" in load_refusal(tmp_path)


def test_a_script_that_is_no_text_is_refused(write: Write, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = '\xff'\n")
    assert "UTF-8" in load_refusal(tmp_path / "a.py")
    assert "UTF-8" in load_refusal(write("# coding: no-such-encoding\n"))


def test_a_syntax_error_is_shown_with_its_line_and_a_caret(write: Write) -> None:
    said = load_refusal(write("def f():\n    x = = 3\n"))
    assert "lesson.py is not Python (line 2): invalid syntax" in said
    assert said.splitlines()[1:] == ["    x = = 3", "        ^"]


@pytest.mark.parametrize("text", ["x = '\x00'", "(" * 10_000 + ")" * 10_000, "-" * 100_000 + "1"])
def test_what_python_itself_cannot_take_is_refused(write: Write, text: str) -> None:
    assert "lesson.py" in load_refusal(write(text))


def test_a_name_with_control_characters_is_shown_escaped() -> None:
    said = load_refusal("no\x1b[2Jthing.py")
    assert "no\\x1b[2Jthing.py" in said
    assert "\x1b" not in said
