"""Reading takes linear time: worst-case texts for every regular expression and every command.

The limits are far above linear and far below quadratic time.
"""

import json
import re
import subprocess
import sys
from dataclasses import replace
from typing import Final

import pytest

from densetrace.data.schema import KINDS
from densetrace.data.steps import ABSENT, Error, Step, Where
from densetrace.data.trace import Trace
from densetrace.data.values import (
    Binary,
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Number,
    Opaque,
    Tensor,
    Text,
    Value,
)
from densetrace.kinds.spans import Span
from densetrace.render.layout import wrap
from densetrace.render.prose import inlines
from densetrace.stepper.decoder import keys
from tests.cli.running import command as command_line
from tests.cli.running import environment
from tests.reliability.command import Command
from tests.reliability.large import TYPED, WAYS, ended
from tests.reliability.patterns import LENGTH, PACKAGE, Found, patterns

MATCHED_WITHIN: Final = 60.0
"""Seconds for the hundreds of worst-case texts of a pattern; most patterns take less than one."""

# -- regular expressions --------------------------------------------------------------------------

EXAMPLES: Final = {
    "densetrace.running.results: '([^.\\\\[\\\\]]+)|\\\\[(\\\\d+)\\\\]'": ("a.b[3]",),
    "densetrace.running.keras3_checks: 'input_\\\\d+|.+_input'": ("input_1", "dense_input"),
    "densetrace.running.keras3_checks: 'input_layer(_\\\\d+)?'": ("input_layer_1",),
    "densetrace.running.keras3_differences._NUMBERS": ("learning_rate=1e-3,",),
    "densetrace.running.keras3_differences: '(.*/)?Variable(_\\\\d+)?(:0)?'": ("a/Variable_1:0",),
    "densetrace.running.keras3_differences: 'variable(_\\\\d+)?'": ("variable_1",),
    "densetrace.running.keras3_differences: 'model(_\\\\d+)?'": ("model_1",),
    "densetrace.running.keras3_differences: 'functional(_\\\\d+)?'": ("functional_1",),
    "densetrace.running.keras3_rewritten: '(?m)^(model\\\\.compile\\\\(.*\\\\n)'": (
        "model.compile('sgd', 'mse')\nmodel.fit(x)",
    ),
    "densetrace.study.generation_ends._WORD": ("units=4.5",),
    "densetrace.study.settings._CAST": ("cast(self.learning_rate,",),
    "densetrace.render.layout._BREAK": ("f(x, y)",),
    "densetrace.sources.script.failures._CANNOT_IMPORT": (
        "cannot import name 'Nope' from 'keras.layers'",
    ),
    "densetrace.sources.script.old_paths._FROM": ("from keras.engine import Layer, Input as I",),
    "densetrace.sources.script.old_paths._IMPORT": ("import keras.engine",),
    "densetrace.sources.script.old_paths._NAMES": ("Layer, Input as I",),
    "densetrace.sources.script.old_paths._OF_KERAS": ("layers.add or layers.concatenate",),
    "densetrace.sources.script.old_paths._WORD": ("to_categorical",),
    "densetrace.engines.keras2.raw_operations._FUNCTION": ("__inference_standard_lstm_12",),
    "densetrace.engines.keras2.raw_operations._NUMBERED": ("standard_lstm_12_bias",),
    "densetrace.cli.option_values._POINT": ("[.5, 1.]",),
    "densetrace.render.brief._NUMBER": ("Zeros#1",),
    "densetrace.render.cells.NARROW": ("a → b",),
    "densetrace.render.summary._NUMBERED": ("lstm_cell (2)",),
    "densetrace.teach.layer_formulas._NAME": ("x @ kernel_1", "relu(x)", "axis=1"),
    "densetrace.terminal.links._SEQUENCE": ("a\x1b]8;;file:///x.py\x1b\\",),
    "densetrace.terminal.pager._RAW_COLOURS": ("-FRX", "--RAW-CONTROL-CHARS"),
    "densetrace.terminal.pager._VERSION": ("less 590 (GNU",),
    "densetrace.teach.operation_words._PRIVATE": ("_conform",),
    "densetrace.tensorflow.module._WORD": ("MyDenseABLayer",),
    "densetrace.tensorflow.tensor._SHAPE_IN_REPR": ("array([], shape=(0, 3), dtype=float32)",),
    "densetrace.system.files._BESIDE": (".densetrace-12-0123abcd",),
    "densetrace.data.json_reader._MARK": (' \n"', " ["),
    "densetrace.data.json_reader._KEY": (' "a\\n\\"b" : ',),
    "densetrace.keras.backend._FIRST_SCOPE": ("a_1/b",),
    "densetrace.keras.backend._INNER_SCOPE": ("_1/b",),
    "densetrace.keras.layers.core.einsum_dense._DOTS": ("...a",),
    "densetrace.keras.layers.core.einsum_dense._EQUATION": ("ab,bc->ac", "0ab,bc->0ac"),
    "densetrace.keras.utils.generic_utils: '(.)([A-Z][a-z]+)'": ("MyDense",),
    "densetrace.keras.utils.generic_utils: '([a-z])([A-Z])'": ("myDense",),
    "densetrace.cli.option_values: '[0-9]{1,18}'": ("28",),
    "densetrace.cli.option_values: ',\\\\s*+(?=[\\\\])])'": ("[1, 2,  ]",),
    "densetrace.sources.script.script._PROMPT": (">>> x", "... x", "In [12]: x"),
    "densetrace.sources.script.script._NOTEBOOK_COMMAND": ("!pip", "%%time", "files = !ls"),
    "densetrace.render.html_page._PLACEHOLDER": ("a {{title}} b",),
    "densetrace.data.json_writer._DOUBTFUL": ("a\x7fb",),
    "densetrace.render.code_words._SHAPE": ("(None, 3)", "(-1,)"),
    "densetrace.render.code_words._TOKEN": ("'relu'", "Layer.__new__", "("),
    "densetrace.render.markdown_text._MARKUP": ("a*b", "12. word", "- word"),
    "densetrace.system.files: '[0-9]{1,9}'": ("63",),
    "densetrace.render.markdown_text._BACKTICKS": ("a``b",),
    "densetrace.render.phases._LINE_BREAK": ("a \r\n  b",),
    "densetrace.render.prose._ITEM": (" 12.  word", "-  word"),
    "densetrace.render.prose._FENCE": ("  ````python x",),
    "densetrace.render.prose._BACKTICKS": ("a``b",),
    "densetrace.render.prose._BEGINS": ("a``b", "[a](b)", "**a**"),
    "densetrace.render.prose._STRONG": ("**ab**", "*ab*"),
    "densetrace.render.prose._BRACKET": ("[a](b)",),
    "densetrace.render.prose._TARGET_ENDS": ("[a](b)",),
    "densetrace.render.layout._WORD": ("a  b",),
    "densetrace.sources.expression.refusals: '\\\\w*'": ("word",),
    "densetrace.sources.expression.refusals: gists 0": ("cannot mix bytes and",),
    "densetrace.sources.expression.refusals: gists 1": (
        "(unicode error) can't",
        "only ASCII",
    ),
    "densetrace.sources.expression.refusals: gists 2": ("positional follows keyword",),
    "densetrace.sources.expression.refusals: gists 3": (
        "cannot assign to",
        "Maybe you meant",
    ),
    "densetrace.sources.expression.refusals: gists 4": ("invalid decimal literal",),
    "densetrace.sources.expression.refusals: gists 5": ("Generator expression",),
    "densetrace.sources.expression.refusals: gists 6": ("forgot a comma",),
    "densetrace.sources.expression.refusals: pattern 0": (">>> Dense(1)",),
    "densetrace.sources.expression.refusals: pattern 1": ("!pip",),
    "densetrace.sources.expression.refusals: pattern 2": (
        "import keras",
        "type  A  = 1",
        "@a",
    ),
    "densetrace.sources.expression.refusals: pattern 3": ("a.b  = 1",),
    "densetrace.sources.expression.refusals: pattern 4": ("Dense  ??",),
    "densetrace.sources.expression.refusals: pattern 5": ("keras.Dense  64  'a'",),
    "densetrace.sources.expression.refusals: pattern 6": ("keras.Dense  {",),
    "densetrace.sources.expression.scan._IMPOSSIBLE": ("a\x00b",),
    "densetrace.sources.expression.scan._PIECE": (
        "D('a\\')",
        '"""a\\""',
        "f'' not -é #x\n",
    ),
    "densetrace.stepper.find._ATTRIBUTE": ("x = self.kernel",),
    "densetrace.stepper.decoder._SEQUENCE": ("\x1b[1;5 A", "\x1bOA"),
    "densetrace.system.escape._PLAIN": ("a→",),
    "densetrace.study.comparable._AUTOMATIC_NAME": ("dense_12_input/kernel:0", "dense_1"),
    "densetrace.kinds.statements._SETS_ATTRIBUTE": ("self._units  = units",),
    "densetrace.cli.option_values: '[0-9]{1,9}'": ("12",),
    "densetrace.system.real_home.PART": ("keras._training_loops",),
    "densetrace.study.calls._NUMBERED": ("fit 2.batch_size",),
    "densetrace.study.training_targets._EPOCH": ("epoch 12.loss", "fit 2 epoch 12.loss"),
    "densetrace.tensorflow.ops.einsum._EQUATION": ("ab...,b...c->a...c",),
    "densetrace.study.training_targets._SLOT": ("m of dense/kernel",),
    "densetrace.study.why._WORDS": ("dense.kernel[0]",),
    "densetrace.study.why: '-?\\\\d{1,3}'": ("-12",),
    "densetrace.teach.asserts._LAYOUT": ("a │ b",),
    "densetrace.teach.entries._GAP": ("a {result} b",),
    "densetrace.teach.fences._FENCE": ("  ````python x", "~~~~"),
    "densetrace.teach.fences._HEADING": ("  ##  Title  ##  ",),
    "densetrace.teach.fences: '`+'": ("a``b",),
    "densetrace.teach.lesson_reader._LABEL": ("Said:  words",),
}
"""Texts that each pattern matches, from which the worst-case texts are generated."""

FOUND: Final = list(patterns())


def matched(found: Found, examples: tuple[str, ...], seconds: float) -> None:
    """Match the worst-case texts in another process.

    Raises:
        subprocess.TimeoutExpired: if it takes more than `seconds`.
    """
    request = {
        "pattern": found.pattern,
        "flags": found.flags,
        "methods": found.methods,
        "examples": examples,
    }
    subprocess.run(
        [sys.executable, "-m", "tests.reliability.patterns"],
        input=json.dumps(request),
        text=True,
        timeout=seconds,
        check=True,
        env=environment({}),
    )


def test_every_pattern_has_examples() -> None:
    assert {found.name for found in FOUND} == set(EXAMPLES)
    assert not [path for path in PACKAGE.rglob("*.py") if "from re import" in path.read_text()]


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.name)
def test_a_pattern_takes_linear_time(found: Found) -> None:
    examples = EXAMPLES[found.name]
    for example in examples:
        assert any(
            getattr(re.compile(found.pattern, found.flags), method)(*way)
            for method in found.methods
            for way in [("", example) if method == "sub" else (example,)]
        ), example
    matched(found, examples, MATCHED_WITHIN)


@pytest.mark.parametrize(
    ("pattern", "method", "example"),
    [
        (r"self\._*(\w+)\s*=[^=]", "match", "self._units  = units"),
        (r"\[([^\]]+)\]\(([^)\s]+)\)", "finditer", "[a](b)"),
    ],
)
def test_a_pattern_that_takes_quadratic_time_is_detected(
    pattern: str, method: str, example: str
) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        matched(Found("", pattern, 0, (method,)), (example,), 3.0)


# -- texts in a trace -----------------------------------------------------------------------------

TEXTS: Final = {
    "blanks": " ",
    "letters": "a",
    "underscores": "_",
    "words": "a ",
    "lines": "\n",
    "wide": "漢",
    "accents": "e\u0301",
    "backticks": "`",
    "brackets": "[a](",
    "parentheses": "(",
    "names": "a_1/",
    "arguments": "a=b, ",
}
"""Pieces that are repeated in a long text."""


def repeated(piece: str, length: int = LENGTH) -> str:
    return piece * (length // len(piece))


def long_text(piece: str) -> str:
    """Return a text that begins like an attribute assignment and ends with another character."""
    return f"self.{repeated(piece)}y"


def traced(text: str) -> Trace:
    """Return a trace with a step of each kind, and this text in each field of some step."""
    values: list[Value] = [
        text,
        Text(text, len(text)),
        Number(text),
        Binary(text, len(text)),
        Function(text, text),
        Class(text, text),
        Mapping(((text, text),), 1),
        Items("list", (text,), 1),
        Instance(text, text, text, Mapping((("units", 1),), 1)),
        Tensor((2,), text, (1.5,)),
        Opaque(text),
    ]
    where = Where("keras/layers/core/dense.py", 7, "Dense.__init__", "self.units = units")
    usual = Step(0, "new", "keras.layers.Dense", "dense", {}, {}, None, None, where, 5)
    steps: list[Step] = []
    for number, kind in enumerate(KINDS):
        value = values[number % len(values)]
        named: dict[str, Value] = {"name": "units", "value": value, "identifier": value}
        step = replace(usual, id=number, kind=kind, inputs=named, facts={"class": "Dense"})
        match number % 7:
            case 0:
                step = replace(step, where=replace(where, text=text))
            case 1:
                step = replace(step, where=Where(text, 7, text, text))
            case 2:
                step = replace(step, subject=text, result=value)
            case 3:
                step = replace(step, result=ABSENT, error=Error(text, text))
                step = replace(step, where=replace(where, text=text))
            case 4:
                step = replace(step, point=f"keras.{text}", inputs={"name": text, "value": value})
            case 5:
                step = replace(step, inputs={text: 1} | named, facts={text: value})
            case 6:
                step = replace(step, result=value)
        steps.append(step)
    outer = replace(steps[0], children=tuple(steps[1:]))
    source: dict[str, Value] = {"kind": "script", "text": text}
    outcome: dict[str, Value] = {"error_type": "E", "error": text}
    return Trace(source, {"name": text, "follows": text}, outcome, (outer,))


@pytest.mark.parametrize("piece", TEXTS.values(), ids=TEXTS)
def test_a_trace_of_long_texts_is_shown_by_every_command(command: Command, piece: str) -> None:
    path = command.folder / "trace.json"
    traced(long_text(piece)).save(path)
    for way in WAYS:
        ended(command, *(word.format(path) for word in way), stdin=TYPED.get(way[0], ""))


# -- lessons --------------------------------------------------------------------------------------

LESSON: Final = "# A\n\n```trace show=nothing\nDense(1)\n```\n\n"

PROSE: Final = (
    repeated("[a]("),
    repeated("["),
    repeated("[a](b "),
    repeated("`"),
    repeated("`a``"),
    repeated("**a"),
    repeated("*"),
    f"### x{repeated(' ')}y",
    f"### {repeated('# ')}y",
    f"- {repeated(' ')}y",
    f"1. {repeated('a ')}",
    repeated("a\n"),
    repeated("> - "),
    repeated("漢", 30_000),
)
FENCES: Final = (
    f"```text {repeated('`')}\nx\n```",
    f"```trace {repeated('a ')}\nDense(1)\n```",
    f"```trace {repeated('a')}\nDense(1)\n```",
    f"```expect\nstep new: {repeated('a.')} == 1\n```",
    f"```expect\nshows {repeated('x ')}\n```",
    f"```expect\nstep new {repeated('(')}{repeated(')')}\n```",
    f"```expect\nstep new{repeated(' inside step new')}\n```",
    repeated("```expect\nstep new\n```\n"),
    "```claim confirmed\nSaid: a\n" + repeated("b\n") + "Means: step new\nSo: c\n```",
)


@pytest.mark.parametrize("prose", PROSE, ids=range(len(PROSE)))
def test_the_prose_of_a_lesson_is_shown(command: Command, prose: str) -> None:
    lesson = command.folder / "lesson.md"
    lesson.write_text(f"{LESSON}## B {prose}\n\n{prose}\n", "utf-8")
    for form in ([], ["--format", "html"], ["--format", "markdown"], ["--check"]):
        ended(command, "demo", str(lesson), *form)


@pytest.mark.parametrize("fence", FENCES, ids=range(len(FENCES)))
def test_the_blocks_of_a_lesson_are_read(command: Command, fence: str) -> None:
    lesson = command.folder / "lesson.md"
    lesson.write_text(f"{LESSON}{fence}\n", "utf-8")
    ended(command, "demo", str(lesson))


def test_a_lesson_of_many_pages_and_blocks_is_read(command: Command) -> None:
    lesson = command.folder / "lesson.md"
    lesson.write_text(LESSON + "".join(f"## A\n{number}\n" for number in range(30_000)), "utf-8")
    ended(command, "demo", str(lesson), codes=(0,))
    lesson.write_text("# A\n" + "```python\n1\n```\n" * 30_000 + "```python\n(\n```\n", "utf-8")
    assert ":90003: This is not Python" in ended(command, "demo", str(lesson), codes=(2,))


def test_the_marks_of_prose_are_found_in_any_order() -> None:
    found = [
        (inline.kind, inline.text)
        for inline in inlines("a [b](c) *d* **e** ``f`g`` [h](i `j [k](l)")
        if inline.kind != "text"
    ]
    assert found == [
        ("link", "b"), ("stress", "d"), ("strong", "e"), ("code", "f`g"), ("link", "k"),
    ]  # fmt: skip


# -- what is typed --------------------------------------------------------------------------------

EXPRESSIONS: Final = (
    f"Dense({repeated(' ', 90_000)}64)",
    "Dense(" + repeated("\n", 90_000) + "64)",
    "Dense(64 " + repeated("# a ", 90_000) + "\n)",
    f"Dense(3, name='{repeated('a ', 90_000)}')",
    f"Dense(3, name='{repeated('_', 90_000)}')",
    f"Dense(3, name='{repeated('漢', 30_000)}')",
    f"Dense({repeated('9', 90_000)})",
    f"Dense 6{repeated(' ', 90_000)}4",
    f"{repeated(' ', 90_000)}Dense ?",
    f"Dense{repeated(' ?', 90_000)}",
    f"{repeated('A.', 90_000)}A 1",
    f"{repeated('a', 90_000)} = ",
    repeated("(", 90_000),
    f"{repeated('-', 90_000)}1",
    repeated("Dense(", 90_000),
    repeated("f", 90_000) + "''",
    repeated("漢", 30_000),
    repeated("'''", 90_000),
    repeated("\\", 90_000),
    f"Dense({repeated('1,', 9_000)})",
)


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=range(len(EXPRESSIONS)))
def test_an_expression_is_read_and_shown(command: Command, expression: str) -> None:
    for form in ("tree", "plain", "html", "markdown"):
        ended(command, "explain", "-", "--format", form, stdin=expression)


@pytest.mark.parametrize("piece", TEXTS.values(), ids=TEXTS)
def test_a_long_argument_is_refused(command: Command, piece: str) -> None:
    word = long_text(piece)
    for arguments in (
        ["glossary", word],
        ["names", word],
        ["demo", word],
        ["why", "Dense(1)", word],
        ["explain", "Dense(1)", "--only", word],
        ["explain", "Dense(1)", "--input", f"[{word}]"],
        ["explain", "Dense(1)", "--input-shape", word],
        ["explain", "Dense(1)", "--until", word],
        ["explain", "Dense(1)", f"--{word}"],
        ["quiz", "Dense(1)", "--topic", word],
        [word],
    ):
        ended(command, *arguments, codes=(2,))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_long_word_is_completed(shell: str) -> None:
    for word in (repeated("a"), repeated("get,"), repeated("-")):
        typed = f"densetrace explain --only {word}"
        asked = {
            "_DENSETRACE_COMPLETE": f"complete_{shell}",
            "COMP_WORDS": typed,
            "COMP_CWORD": "3",
            "_TYPER_COMPLETE_ARGS": typed,
            "_TYPER_COMPLETE_WORD_TO_COMPLETE": word,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        }
        subprocess.run(
            command_line([]), env=environment(asked), capture_output=True, check=True, timeout=60
        )


@pytest.mark.parametrize("piece", [" ", "a", "é", "a "])
def test_long_input_of_a_quiz_and_the_stepper_is_read(command: Command, piece: str) -> None:
    line = repeated(piece)
    ended(command, "quiz", "Dense(1)", "--seed", "1", stdin=f"{line}\na\n" * 3 + "q\n")
    ended(command, "step", "Dense(1)", stdin=f"/{line}\na{line}\n{line}\nq\n")


def test_keys_are_decoded_in_a_long_paste() -> None:
    paste = "\x1b[A\x1b[1;5Bj\x1b[" * 50_000
    assert sum(1 for _ in keys(paste)) >= 150_000
    for hard in ("\x1b[" * 500_000, f"\x1b[{'0' * 1_000_000}{' ' * 1_000_000}\x00"):
        assert sum(1 for _ in keys(hard)) <= 1_000_000


LINES: Final = (
    f"name = 'dense'{' ' * 1_000_000}; Dense(1, name=name)",
    f"Dense(1, name={'(' * 50}'dense'{')' * 50}) #{'a' * 1_000_000}",
    f"x = '{'_' * 1_000_000}'; Dense(1)",
    f"x = [{'1, ' * 300_000}]; Dense(1)",
    f"x = {'-' * 1_000_000}1",
    f"x = {'[' * 1_000_000}",
    f"x = {'a ' * 500_000}",
)


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_a_script_with_a_long_line_is_run(command: Command, line: str) -> None:
    script = command.folder / "script.py"
    script.write_text(f"from keras.layers import Dense\n{line}\n")
    for arguments in (["run", "{}"], ["why", "{}", "units"], ["diff", "{}", "Dense(1)"]):
        ended(command, *(word.format(script) for word in arguments))


def test_a_long_word_is_wrapped() -> None:
    for piece in ("a", "漢", "e\u0301"):
        word = repeated(piece)
        lines = [text for line in wrap([Span(word)], 20, 20) for text, _ in line]
        assert "".join(lines) == word
