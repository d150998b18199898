"""Hostile text in every field of every record, in every format and mode.

Records are generated from their type hints, so that new fields are tested automatically.
"""

import dataclasses
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Final, ForwardRef, Union, get_args, get_origin, get_type_hints

import pytest
from rich.console import Console

import densetrace
from densetrace.data import trace as trace_module
from densetrace.data import values
from densetrace.data.schema import KINDS
from densetrace.data.steps import ABSENT, Step, Stop
from densetrace.data.values import Items, Mapping, Record, Value
from densetrace.data.wording import in_full
from densetrace.render.theme import UNICODE
from densetrace.render.tree import Tree
from densetrace.stepper.cursor import Cursor
from densetrace.stepper.screen import draw
from densetrace.stepper.session import Session
from densetrace.stepper.state import States
from densetrace.stepper.timeline import Timeline
from densetrace.study.diff import diff
from densetrace.study.why import why
from densetrace.system.escape import printable
from densetrace.terminal.output import styled
from densetrace.terminal.source import Sources
from tests.cli.running import invoke, run

TEXTS: Final = {
    "escape sequences": "\x1b[2J\x9b3m\x1b]52;c;eA==\x07",
    "bidi marks": "a\u202e\u2066b\u200f\u061c",
    "line breaks": "a\r\n\u2028\u2029\x85\x0b\x0c\x1e\x08\x00\x7f",
    "surrogates and invisible ones": "\ud800\ufeff\u200b\u00ad\U000e0041",
    "markup": "[red]x[/] <script>x</script> ]]> `",
    "stacks and blanks": "e" + "\u0301" * 9 + "'\u0301\u3164\u2800\ufe0f",
}
FORMS: Final = ("tree", "plain", "json", "html", "svg", "markdown", "chrome")
SOURCES: Final = ("expression", "script", "python")
STOPPED: Final = {"expression": "refused", "script": "raised"}
NAMED: Final = {"type": "list"}
"""Fields with a fixed set of values, which a trace file cannot change."""


def filled(hint: Any, text: str) -> Any:
    """Create an object of a type, with the text in every text field."""
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if hint == "Value" or hint == Value or hint is str:
        return text
    if get_origin(hint) is dict:
        return {text: text}
    if hint is int:
        return 3
    if hint is bool:
        return False
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint, {**vars(trace_module), **vars(values)})
        fields = {name: filled(kind, text) for name, kind in hints.items() if name != "children"}
        if hint is Items:
            fields |= NAMED
        return hint(**fields)  # type: ignore[operator] # it is a class
    if get_origin(hint) is tuple:
        kinds = [kind for kind in get_args(hint) if kind is not Ellipsis]
        return tuple(filled(kind, text) for kind in kinds)
    if get_origin(hint) in (Union, UnionType):
        return filled(next(kind for kind in get_args(hint) if kind is not type(None)), text)
    raise AssertionError(f"no example of {hint} is known here")


def records(text: str) -> list[Value]:
    """Return the text, and each record type filled with it."""
    made = [filled(record, text) for record in get_args(Record)]
    nested = Items("tuple", tuple(made), len(made))
    return [text, *made, Mapping(tuple((text, record) for record in made), len(made)), nested]


@cache
def runs() -> list[densetrace.Trace]:
    """Return traces of real runs, which have all names of inputs and facts."""
    return [
        densetrace.explain(expression)
        for expression in (
            "Dense(2, 'relu', kernel_regularizer='l2', kernel_constraint='non_neg', name='a')",
            "Sequential([Dense(2), Dense(2, kernel_layout=None)])",
            "Dense(2, activation='nope')",
        )
    ]


@cache
def names() -> dict[str, set[str]]:
    """Return the names of inputs and facts of each kind of step."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for trace in runs():
        for step in trace.walk():
            found[step.kind] |= {*step.inputs, *step.facts}
    return found


def entries(part: str, text: str, value: Value) -> dict[str, Value]:
    """Return this value under all names that a part of a trace can have."""
    known = {name for trace in runs() for name in getattr(trace, part)}
    return dict.fromkeys([*sorted(known), text], value)


def hostile(text: str, value: Value, source: str) -> densetrace.Trace:
    """Return a trace of steps of every kind, with this text and this value in every field."""
    made: list[Step] = []
    for number, kind in enumerate(KINDS):
        fields = dict.fromkeys([*sorted(names()[kind]), text], value)
        if "name" in fields and number % 2:
            fields["name"] = text
        step: Step = filled(Step, text)
        if number % 5 != 4:
            step = dataclasses.replace(step, error=None)
        made.append(
            dataclasses.replace(
                step,
                kind=kind,
                inputs=fields,
                facts=dict(fields),
                result=ABSENT if step.error else value,
                children=tuple(made[-2:]) if number % 4 == 3 else (),
            )
        )
    steps = tuple(_numbered(made, iter(range(10_000))))
    outcome = entries("outcome", text, value) | {"recording_stopped": value, "error": value}
    if source != "python":
        stop = dataclasses.replace(filled(Stop, text), how=STOPPED[source])
        outcome |= stop.outcome()
    if source == "script":
        outcome["error"] = value
    return densetrace.Trace(
        entries("source", text, value) | {"kind": source, "text": text},
        entries("engine", text, value) | {"name": text, "version": value, "follows": value},
        outcome,
        steps,
    )


def _numbered(steps: Any, numbers: Iterator[int]) -> Iterator[Step]:
    for step in steps:
        number = next(numbers)
        children = tuple(_numbered(step.children, numbers))
        yield dataclasses.replace(step, id=number, children=children)


def harmless(text: str, *, page: bool = False, data: bool = False) -> None:
    """Check that a text contains no control, bidi or invisible character and no lone surrogate.

    Unless it is data for other programs, the escaping function must leave it unchanged.
    """
    assert data or printable(text) == text
    found = re.search(r"[^\n\x20-\x7e]", text)
    while found is not None:
        assert found[0].isprintable(), repr(text[max(0, found.start() - 80) : found.end() + 20])
        found = re.compile(r"[^\n\x20-\x7e]").search(text, found.end())
    assert not (page and "<script>x" in text)


CASES = [
    pytest.param(text, number, source, id=f"{name}-{number}-{source}")
    for name, text in TEXTS.items()
    for number in range(len(records("")))
    for source in (SOURCES if number == 0 else SOURCES[:1])
]


@pytest.mark.parametrize(("text", "number", "source"), CASES)
def test_every_format_escapes_hostile_text(text: str, number: int, source: str) -> None:
    trace = hostile(text, records(text)[number], source)
    for level in ("user", "author", "framework"):
        harmless(trace.tree(level))
        harmless(trace.plain(level))
    harmless(trace.svg("framework"), page=True)
    harmless(trace.markdown("framework"))
    harmless(trace.html(), page=True)
    harmless(trace.chrome(), data=True)
    harmless(trace.dumps(), data=True)
    harmless(repr(trace))
    harmless(drawn_by_rich(trace))
    for kind, shown in (*trace._repr_mimebundle_().items(), trace._mime_()):
        harmless(shown, page=kind == "text/html")
    harmless(trace.tree().html(), page=True)
    for step in trace.walk():
        for value in step.inputs.values():
            harmless(in_full(value))


def drawn_by_rich(trace: densetrace.Trace) -> str:
    """Return the tree as printed by a rich console."""
    written = io.StringIO()
    Console(file=written, width=80).print(Tree(trace))
    return written.getvalue()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("width", [80, 40])
def test_the_screen_escapes_hostile_text(text: str, width: int) -> None:
    for value in records(text):
        trace = hostile(text, value, "script")
        timeline = Timeline(trace)
        session = Session(Cursor(timeline, "framework"), States(timeline))
        for key in [*"jjjvjjmevcjjjs", "?"]:
            session = session.press(key)
            frame = draw(session, Sources(Path.cwd()), UNICODE, width, 24)
            for row in frame.rows:
                for text_of_run, _ in row:
                    harmless(styled(text_of_run, "", {}))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_command_escapes_hostile_text(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path, other = tmp_path / "trace.json", tmp_path / "other.json"
    for number, value in enumerate(records(text)):
        trace = hostile(text, value, "expression")
        trace.save(path)
        hostile(text + "x", value, "expression").save(other)
        harmless(path.read_text("utf-8"), data=True)
        for arguments, stdin in ways(str(path), str(other), text):
            if number % 3 and arguments[0] != "step":  # the formats are tested above
                continue
            # The other commands set a format, or do not draw on the terminal.
            adapts = arguments[0] == "quiz" or arguments[-1] == "framework"
            for accessible in ("", "1") if adapts and arguments[0] != "step" else ("",):
                typed = stdin.encode("utf-8", "replace")
                ended = invoke(*arguments, stdin=typed, ACCESSIBLE=accessible)
                assert "Traceback" not in ended.stderr
                harmless(ended.stdout, data=bool({*arguments} & {"json", "chrome", "--json"}))
                harmless(ended.stderr)
    for page in tmp_path.glob("*.md"):
        harmless(page.read_text("utf-8"))
    assert list(tmp_path.glob("densetrace-step-*.md"))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-16"])
def test_output_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path, other = tmp_path / "trace.json", tmp_path / "other.json"
    text = "".join(TEXTS.values()) + "é→"
    for target in (path, other):
        hostile(text, records(text)[1], "expression").save(target)
    for arguments, stdin in ways(str(path), str(other), "x"):
        ended = run(*arguments, stdin=stdin.encode(), cwd=tmp_path, PYTHONIOENCODING=encoding)
        assert ended.returncode in (0, 1, 2)
        assert b"Traceback" not in ended.stderr
        harmless(ended.stderr.decode(encoding))


def ways(path: str, other: str, text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the commands that take a trace, with their piped input."""
    for form in FORMS:
        yield ["explain", path, "--format", form], ""
    yield ["explain", path, "--level", "framework"], ""
    yield ["step", path, "--level", "framework"], f"j\nj\nj\nv\nj\nj\nw\nj\nm\n/{text}\n.\nq\n"
    yield ["step", path, "--level", "framework"], "v\n" + "j\n" * 25 + "q\n"
    yield ["step", path, "--predict"], "j\na\nj\n?\nb\nq\n"
    yield ["quiz", path, "--seed", "1"], "a\nb\n?\nc\n" * 5
    yield ["quiz", path, "--seed", "1", "--json"], "a\nb\n" * 5
    yield ["quiz", path, "--seed", "1", "--handout", "quiz.md"], ""
    yield ["quiz", path, "--seed", "1", "-o", "quiz.html"], ""
    yield ["quiz", path, "Dense(3)", "--seed", "1", "--confidence"], "1\na\n" * 9
    for form in ("tree", "plain", "json"):
        yield ["why", path, text, "--format", form], ""
        yield ["why", path, "--format", form], ""
        yield ["diff", path, other, "--format", form], ""
    yield ["diff", path, other, "--format", "html"], ""


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_questions_escape_hostile_names(text: str, tmp_path: Path) -> None:
    """A trace of a real run, which allows every kind of question, with replaced names."""
    whole = densetrace.explain("Sequential([Dense(3, 'relu', kernel_regularizer='l2'), Dense(2)])")
    document = whole.dumps()
    for name in ("Dense", "dense_1", "kernel", "relu", "L2", "keras.layers.core.dense"):
        document = document.replace(f'"{name}"', json.dumps(name + text))
    path = tmp_path / "trace.json"
    path.write_text(document, "utf-8")
    for seed in range(4):
        for more in ([], ["--json"]):
            arguments = ["quiz", str(path), "--count", "20", "--seed", str(seed), *more]
            ended = invoke(*arguments, stdin="?\na\nb\nc\n" * 30)
            assert ended.exit_code == 0
            harmless(ended.stdout + ended.stderr, data="--json" in more)
    ended = invoke("step", str(path), "--predict", stdin="j\na\n" * 30 + "q\n")
    assert ended.exit_code == 0
    harmless(ended.stdout + ended.stderr)


def test_answers_of_the_library_escape_hostile_text() -> None:
    for text in TEXTS.values():
        for value in records(text):
            trace = hostile(text, value, "expression")
            other = hostile(text + "x", value, "expression")
            harmless(trace.diff_html(other), page=True)
            compared = trace.diff(other)
            harmless(compared)
            for kind, shown in (*compared._repr_mimebundle_().items(), compared._mime_()):
                harmless(shown, page=kind == "text/html")
            assert diff(trace, trace).same
            for target in (text, "name"):
                try:
                    answer = trace.why(target)
                    harmless(answer)
                    harmless(answer.html(), page=True)
                    why(trace, target)
                except densetrace.RequestError as error:
                    harmless(str(error))
