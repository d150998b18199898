"""Our stack beside a real Keras: expressions, the suite of them, and generated scripts, run on both
and compared.

It is above the packages that record traces and those that study them, since it needs both.
"""

from typing import TYPE_CHECKING, Any, Final

from densetrace import engines
from densetrace.data.outputs import Outputs
from densetrace.engines import ENGINES, Engine
from densetrace.running.compare import run_both
from densetrace.sources.expression.limits import LARGEST_SEED
from densetrace.study.suite import SUITE
from densetrace.study.verify import Comparison, compare, is_other_version
from densetrace.system.activity import activity
from densetrace.system.arguments import received
from densetrace.system.errors import RequestError, did_you_mean

if TYPE_CHECKING:
    from densetrace.running.generated import Pair
    from densetrace.running.lifecycle import Shapes
    from densetrace.study.generated.draw import Case
    from densetrace.study.proof import Report, Result

LOGGED: Final = 1e-5
LOGGED_SENSITIVE: Final = 1e-2
"""The largest difference of numbers in the steps of a script, such as the loss of a batch; the
second for training runs in which rounding errors grow."""

CHUNK: Final = 25
"""The cases that a process compares before it reports."""


def real_keras(name: str | None, *, scripts: bool = False) -> Engine:
    """The real Keras to compare with. Scripts are also compared with Keras 3, on TensorFlow."""
    if isinstance(name, str) and name == "densetrace":
        raise RequestError(
            "densetrace is compared with a real Keras, not with itself.",
            "Give --engine tf_keras or --engine keras.",
        )
    if name is not None and not (isinstance(name, str) and name in ENGINES[1:]):
        raise RequestError(
            f"The Keras to compare with is {' or '.join(ENGINES[1:])}. Received: {received(name)}.",
            did_you_mean(name, ENGINES[1:]) if isinstance(name, str) else "",
        )
    real = engines.installed_keras() if name is None else engines.load(name)
    if real.generation == 3 and scripts:
        if real.backend != "tensorflow":
            raise RequestError(
                "Generated scripts call TensorFlow, so Keras 3 must run on it. "
                f"Received: {real.title} on {real.backend}.",
                "Set KERAS_BACKEND=tensorflow.",
            )
    elif real.generation == 3:
        raise RequestError(
            "verify compares with Keras 2, which densetrace follows; Keras 3 runs different "
            "steps. "
            f"Received: {real.title}.",
            "Give --engine tf_keras, or compare the results of scripts: --generate 100.",
        )
    return real


# -- expressions -----------------------------------------------------------------------------------


def of_expression(
    expression: str,
    real: Engine,
    input_shape: "Shapes | None" = None,
    inputs: Any = None,
    fit: bool = False,
) -> Comparison:
    """Run an expression on both, and compare the traces. The arguments are those of
    `densetrace.verify`."""
    return compare(*run_both(expression, real, input_shape=input_shape, inputs=inputs, fit=fit))


def of_suite(real: Engine) -> tuple[Comparison, ...]:
    """Compare each expression of the suite."""
    compared: list[Comparison] = []
    with activity("Comparing", lambda: f"{len(compared)} of {len(SUITE)} expressions"):
        for expression in SUITE:
            compared.append(of_expression(expression, real))
    return tuple(compared)


# -- generated scripts -----------------------------------------------------------------------------


def of_generated(count: int, seed: int, first: int, engine: str | None, jobs: int) -> "Report":
    """Compare the cases from `first` on, in several processes if `jobs` says so. The arguments are
    those of `densetrace.api.verify_generated`."""
    from densetrace.running.generated import Pair, silenced
    from densetrace.study.generated.cases import generate
    from densetrace.study.proof import Report

    _in_range(count, "cases", 1)
    _in_range(seed, "seed", 0)
    _in_range(first, "case", 0)
    _in_range(jobs, "jobs", 1)
    real = real_keras(engine, scripts=True)
    numbers = range(first, first + count)
    results: list[Result] = []
    with activity("Comparing", lambda: _so_far(results, count)), silenced():
        if jobs == 1:
            with Pair(real).hooked() as pair:
                for number in numbers:
                    results.append(_case_compared(pair, generate(seed, number))[0])
        else:
            from densetrace.system.processes import in_processes

            chunks = [(real.name, seed, numbers[at : at + CHUNK]) for at in range(0, count, CHUNK)]
            for found in in_processes(_chunk_compared, chunks, jobs):
                results.extend(found)
    return Report(seed, real.describe(), tuple(results))


def _in_range(number: int, name: str, least: int) -> None:
    if type(number) is not int or not least <= number <= LARGEST_SEED:
        raise RequestError(
            f"{name} is a whole number from {least} to {LARGEST_SEED}. "
            f"Received: {received(number)}."
        )


def _so_far(results: "list[Result]", count: int) -> str:
    differ = sum(1 for one in results if not one.agrees)
    end = f", {differ:,} differ" if differ else ""
    return f"{len(results):,} of {count:,} cases{end}"


def _chunk_compared(work: "tuple[str, int, range]") -> "list[Result]":
    """Compare some cases, in a process of its own."""
    from densetrace.running.generated import Pair, silenced
    from densetrace.study.generated.cases import generate

    name, seed, numbers = work
    with silenced(), Pair(real_keras(name, scripts=True)).hooked() as pair:
        return [_case_compared(pair, generate(seed, number))[0] for number in numbers]


def of_case(number: int, seed: int, engine: str | None) -> "tuple[Case, Comparison, Result]":
    """Compare one case: the case, the comparison of its traces, and the result."""
    from densetrace.running.generated import Pair, silenced
    from densetrace.study.generated.cases import generate

    _in_range(number, "case", 0)
    _in_range(seed, "seed", 0)
    case = generate(seed, number)
    with silenced(), Pair(real_keras(engine, scripts=True)).hooked() as pair:
        result, found = _case_compared(pair, case)
    for trace in (found.ours, found.theirs):
        trace.source["text"] = f"case {number} of seed {seed}"
    return case, found, result


def _case_compared(pair: "Pair", case: "Case") -> "tuple[Result, Comparison]":
    from densetrace.study.generated.prelude import HELPERS
    from densetrace.study.proof import result_of, result_with_keras_3
    from densetrace.study.stated_departures import end_stated, result_stated

    both = pair.run(HELPERS, case.script)
    layers = {name for group, name in case.covers if group == "layer"}
    is_other = is_other_version(both.theirs.engine)
    differing = tuple(
        one.sentence
        for one in both.differing
        if not is_other or not result_stated(one.place, one.ours, one.theirs, layers)
    )
    outputs = Outputs(not differing, both.tolerance, problem=differing[0] if differing else "")
    if pair.real.generation == 3:
        found = Comparison(both.ours, both.theirs, (), outputs)
        result = result_with_keras_3(
            case,
            found,
            both.compared,
            differing,
            both.stated,
            is_sensitive=both.is_sensitive,
            other_end=both.other_end,
        )
        return result, found
    close = LOGGED_SENSITIVE if both.is_sensitive else LOGGED
    found = compare(both.ours, both.theirs, outputs, close)
    result = result_of(
        case,
        found,
        differing,
        both.messages,
        is_sensitive=both.is_sensitive,
        explained=end_stated(both.messages[1], is_other),
    )
    return result, found
