"""Any expression ends with exit code 0, 1 or 2: no traceback, no signal, at most 2 seconds of CPU
time and 300 MB, and no code in it is executed.

A thousand examples of each of four kinds in every run. 130,000 in all, side by side, take about a
quarter of an hour on two processors that do nothing else (`-n` needs pytest-xdist):

    python -m pytest -n 4 tests/reliability/test_expressions.py -k each_kind --examples 32500
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from densetrace.data.trace import Trace
from tests.cli.running import run
from tests.cli.test_hostile_cli import ALL, Row
from tests.reliability.command import Command, ended_well, nothing_left_in
from tests.reliability.expressions import SEEDS, anything, calls, damaged, odd_arguments

FORMATS = ("tree", "plain", "json", "html", "svg", "markdown", "chrome")
ANSWERS = ("tree", "plain", "json")
KEYS = "jjnl/kernel\nnnN?jsg3\n:17\nkkq"

WAYS = (
    *((["explain", "{}", "--format", form, "--level", "framework"], "") for form in FORMATS),
    *((["explain", "{}", "--until", stage], "") for stage in ("new", "init", "build")),
    (["explain", "{}", "--input", "[[1, 2, 3]]"], ""),
    (["explain", "{}", "--input-shape", "4,5", "--only", "get,op", "--depth", "2"], ""),
    (["explain", "-"], "{}"),
    (["step", "{}"], KEYS),
    (["step", "{}", "--predict", "--format", "plain"], KEYS),
    *((["why", "{}", target, "--format", form], "")
      for target in ("kernel", "output.shape") for form in ANSWERS),
    *((["diff", "{}", other, "--format", form], "") for other in SEEDS[:2] for form in ANSWERS),
    (["quiz", "{}", "--seed", "1"], "a\n?\n2\nq\n"),
    (["quiz", "{}", "--seed", "2", "--json"], "b\n" * 20),
    (["verify", "{}"], ""),
)  # fmt: skip
"""Every command that takes an expression, in every format; {} is the expression."""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A worker for this file, in a folder that must remain empty."""
    command = Command(tmp_path_factory.mktemp("work"))
    yield command
    command.end()
    nothing_left_in(command.folder)


def put(command: Command, expression: str, way: tuple[list[str], str]) -> None:
    arguments, stdin = way
    # An argument cannot contain NUL, but standard input can.
    given = [word.replace("{}", expression.replace("\0", " ")) for word in arguments]
    ended = command.run(*given, stdin=stdin.replace("{}", expression))
    ended_well(ended, (given, expression))
    if ended.code != 2 and given[-3:-2] == ["json"] and given[0] == "explain":
        trace = Trace.loads(ended.stdout)
        assert Trace.loads(trace.dumps()) == trace


KINDS = {
    "any text": anything(),
    "damaged expressions": damaged(),
    "calls of the grammar": calls(),
    "odd values at each argument": odd_arguments(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_expressions_of_each_kind(
    request: pytest.FixtureRequest, command: Command, kind: str
) -> None:
    """Tries `--examples` expressions, each with one of the commands."""

    @settings(
        max_examples=request.config.getoption("--examples"),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(KINDS[kind], st.sampled_from(WAYS))
    def try_one(expression: str, way: tuple[list[str], str]) -> None:
        put(command, expression, way)

    try_one()


@pytest.mark.parametrize("row", ALL, ids=lambda row: f"line{row.number}")
def test_the_hostile_table(request: pytest.FixtureRequest, row: Row, command: Command) -> None:
    """Tries each row with two or three commands, or with all if `--examples` is above 1000."""
    more = request.config.getoption("--examples") > 1000
    for way in WAYS if more else WAYS[row.number % 13 :: 13]:
        put(command, row.expression, way)


def test_a_separate_process_ends_like_the_worker(tmp_path: Path, command: Command) -> None:
    for row in ALL[::30]:
        if "\0" in row.expression or len(row.expression) > 10_000:
            continue
        alone = run("explain", row.expression, cwd=tmp_path)
        here = command.run("explain", row.expression)
        assert (alone.returncode, alone.stdout.decode()) == (here.code, here.stdout)
    nothing_left_in(tmp_path)


MISSHAPEN = {
    "one big layer": "Dense(300000000)",
    "a layer of the biggest bound": "Dense(10000000)",
    "a square": "Sequential([Dense(30000), Dense(30000)])",
    "layers that add up": "Sequential([" + "Dense(3000), " * 20 + "])",
    "a big result": "Dense(1000, input_shape=(1000000, 3))",
    "a factorization": "Dense(3000, input_shape=(3000,), kernel_initializer='orthogonal')",
    "a penalty of pairs": (
        "Dense(1000000, activity_regularizer=OrthogonalRegularizer(mode='columns'))"
    ),
    "a spread that stretches": (
        "Dense(1, input_shape=(1000000,), kernel_initializer=RandomNormal(stddev=["
        + "1, " * 3000 + "]))"
    ),
    "a slope that cannot stretch": f"LeakyReLU(alpha=[{'1, ' * 3000}], input_shape=(1000000, 1))",
    "number by number": "Dense(3000000, activation='gelu')",
    "a batch of nothing that is too wide": f"InputLayer(0, {2**63 - 1})",
    "a negative size": "Dense(3, input_shape=(-1,))",
    "nine thousand dimensions": f"Dense(3, input_shape=({'1, ' * 9000}))",
    "a shape of truth": "Dense(3, input_shape=(True,))",
}  # fmt: skip


@pytest.mark.parametrize("expression", MISSHAPEN.values(), ids=MISSHAPEN)
def test_an_expression_that_is_too_large_is_refused_before_it_allocates(
    expression: str, command: Command
) -> None:
    ended = command.run("explain", expression)
    ended_well(ended, [expression])
    assert ended.code == (0 if "True" in expression else 1 if "alpha" in expression else 2)


@pytest.mark.parametrize(
    "expression",
    [
        "Dense(4096, input_shape=(4096,))",
        "Dense(1000, input_shape=(25088,))",
        "Dense(512, input_shape=(512,), kernel_initializer='orthogonal')",
    ],
)
def test_layers_of_usual_sizes_are_accepted(expression: str, command: Command) -> None:
    ended = command.run("explain", expression)
    ended_well(ended, [expression])
    assert ended.code == 0
