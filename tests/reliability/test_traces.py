"""A damaged trace loads or is refused in one sentence; every command accepts a trace that loads.

Tries every prefix of a trace, and ten times `--examples` mutations.
"""

import json

import jsonschema
import pytest

import densetrace
from densetrace.data.json_reader import loads
from densetrace.data.schema import KINDS, schema
from densetrace.data.steps import Step
from densetrace.data.trace import Trace
from densetrace.data.value_reader import DEEPEST
from densetrace.system.errors import RequestError
from tests.reliability.command import Command, ended_well
from tests.reliability.traces import cut, mutations

SCHEMA = schema()
IS_VALID = jsonschema.Draft202012Validator(SCHEMA).is_valid
EXPRESSIONS = (
    "Dense(2, activation='relu', kernel_regularizer='l2', kernel_constraint='max_norm')",
    "Sequential([Dense(2, input_shape=(3,)), Dense(1)])",
    "Dense(-1)",
)
KEYS = "jjnl/kernel\nnnN?jsg3\n:17\nkkq"

WAYS = (
    *((["explain", "{}", "--format", form, "--level", level], "")
      for form in ("tree", "plain", "json", "html", "svg", "markdown", "chrome")
      for level in ("author", "framework")),
    *((["why", "{}", target, "--format", form], "")
      for target in ("kernel", "output.shape", "dense.units")
      for form in ("tree", "plain", "json")),
    *((["diff", "{}", "Dense(2)", "--format", form], "") for form in ("tree", "plain", "json")),
    (["diff", "Dense(2)", "{}"], ""),
    (["step", "{}"], KEYS),
    (["step", "{}", "--predict"], KEYS),
    (["quiz", "{}", "--seed", "1"], "a\n?\n2\nq\n"),
    (["quiz", "{}", "--seed", "2", "--json"], "b\n" * 20),
)  # fmt: skip


def loaded(data: bytes) -> Trace | None:
    """Return the trace in these bytes, or None if it is refused in one printable sentence."""
    try:
        return Trace.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    except RequestError as error:
        refused = str(error)
    assert refused.isprintable()
    assert len(refused) < 400
    return None


def saved(expression: str) -> str:
    return densetrace.explain(expression, seed=1).dumps()


def shown(command: Command, data: bytes, way: tuple[list[str], str]) -> int:
    """Run a command on a file with these bytes; return its exit code."""
    path = command.folder / "trace.json"
    path.write_bytes(data)
    arguments, stdin = way
    ended = command.run(*(word.replace("{}", str(path)) for word in arguments), stdin=stdin)
    ended_well(ended, (arguments, data[:2000]))
    assert isinstance(ended.code, int)
    return ended.code


def test_every_prefix_of_a_trace_is_refused_in_one_sentence(command: Command) -> None:
    document = densetrace.explain("Dense(1)", until="new").dumps()
    for data in cut(document):
        assert loaded(data) is None
    for data in list(cut(document))[::500]:
        assert shown(command, data, (["explain", "{}"], "")) == 2


def test_mutations_are_refused_or_shown_by_every_command(
    request: pytest.FixtureRequest, command: Command
) -> None:
    count = 10 * request.config.getoption("--examples")
    whole = tried = 0
    for expression in EXPRESSIONS:
        for data in mutations(saved(expression), 1 + count // len(EXPRESSIONS)):
            tried += 1
            trace = loaded(data)
            if trace is None:
                continue
            whole += 1
            trace.find("add_weight")
            if whole % 30 == 0:
                shown(command, data, WAYS[whole // 30 % len(WAYS)])
            if whole % 60 == 0:
                assert Trace.loads(trace.dumps()) == trace
    assert tried >= count
    assert tried // 20 < whole < tried  # neither all nor none are refused


def test_a_trace_loads_if_and_only_if_the_schema_accepts_it() -> None:
    agreed = 0
    for expression in EXPRESSIONS:
        for data in mutations(saved(expression), 400):
            try:
                form = loads(data.decode("utf-8"))
            except ValueError:
                assert loaded(data) is None
                continue
            try:
                valid = IS_VALID(form)
            except RecursionError:  # jsonschema is limited by the recursion limit of Python
                continue
            trace = loaded(data)
            if valid and trace is None:
                with pytest.raises(
                    RequestError, match=r"in order of opening|not open there|nest at most"
                ):
                    Trace.from_json(form)
            else:
                assert valid == (trace is not None), data
                agreed += 1
    assert agreed > 200


HEAD = '"source": {}, "engine": {}, "outcome": {}, "steps": []}'


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ('{"format": "densetrace", "version": true, ' + HEAD, "no valid version. Received: True"),
        ('{"format": "densetrace", "version": -1, ' + HEAD, "no valid version. Received: -1"),
        ('{"format": "densetrace", "version": 1.5, ' + HEAD, "no valid version"),
        ('{"format": "densetrace", "version": 99, ' + HEAD, "reads up to 3. Upgrade"),
        (
            '{"format": "densetrace", "version": 1, "more": 1, ' + HEAD,
            "there is no field 'more' here",
        ),
        ('{"format": "densetrace", "version": NaN, ' + HEAD, "NaN is not a number in JSON"),
        ('{"format": "densetrace", "version": 1e999, ' + HEAD, "cannot represent the number 1e999"),
        ("[" * 100_000, "value at character 2 nests too deep"),
        ('{"a":' * 100_000, "value at character 6 nests too deep"),
        ("[" * 100_000 + "]" * 100_000, "nests too deep"),
        ('{"children":' * 100_000, "not a whole JSON document"),
        ('{"children":' * 100_000 + "1" + "}" * 100_000, "not a densetrace trace"),
        ("9" * 10_000, "not a whole JSON document"),
    ],
    ids=range(13),
)
def test_a_message_names_the_problem(document: str, problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        Trace.loads(document)


def test_the_last_of_two_fields_with_one_name_counts() -> None:
    twice = '{"format": "other", "format": "densetrace", "version": 1, ' + HEAD
    assert Trace.loads(twice) == Trace()


def test_values_nest_up_to_the_stated_depth() -> None:
    def document(depth: int) -> str:
        value = '{"length": 1, "list": [' * depth + "1" + "]}" * depth
        return '{"format": "densetrace", "version": 1, ' + HEAD.replace(
            '"source": {}', f'"source": {{"a": {value}}}'
        )

    assert Trace.loads(document(DEEPEST)).source
    with pytest.raises(RequestError, match=f"nest at most {DEEPEST} deep"):
        Trace.loads(document(DEEPEST + 1))


def nested(depth: int) -> Trace:
    """Return a trace of `depth` nested steps of all kinds."""
    step: tuple[Step, ...] = ()
    for number in reversed(range(depth)):
        kind = KINDS[number % len(KINDS)]
        step = (Step(number, kind, f"p.{number}", None, {}, {}, None, None, None, 0, step),)
    return Trace(steps=step)


def test_a_trace_of_any_depth_loads_again() -> None:
    deep = nested(5000)
    again = Trace.loads(deep.dumps())
    assert again.dumps() == deep.dumps()
    assert [step.id for step in again.walk()] == list(range(5000))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way[0]).replace("{}", "trace"))
def test_a_deep_trace_is_shown(command: Command, way: tuple[list[str], str]) -> None:
    shown(command, nested(3000).dumps().encode(), way)


def nest(document: str) -> str:
    return ' { "steps" :\n[' * 3000 + document + "] } " * 3000


@pytest.mark.parametrize(
    "document",
    ['[1, {}, [], {"a": [true, null, -1.5e3]}]', '"\\u00e9 \\" \\\\"', " [ ] ", "0", '{"a": {}}'],
)
def test_the_deep_reader_reads_the_same_as_the_standard_reader(document: str) -> None:
    form = loads(nest(document), deep=("steps",))
    for _ in range(3000):
        [form] = form["steps"]
    assert form == json.loads(document)


@pytest.mark.parametrize(
    "document",
    [
        *("[1 2]", "[,]", "[1,]", '{"a"}', '{"a": }', "{1: 2}", "01", "[1}", "nul", "1]["),
        *('{"steps": [1,]}', '{"steps": [{}}', '{"steps": []]', '{"a": 1,}', '{"a": NaN}', "1e999"),
    ],
)
def test_the_deep_reader_refuses_the_same_as_the_standard_reader(document: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(document)
    with pytest.raises(ValueError, match=r"."):
        loads(nest(document), deep=("steps",))
