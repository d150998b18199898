"""Runs the blocks of a lesson and checks their expectations.

Every block runs on its own with the same seed, so that a lesson shows the same numbers each time.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from densetrace import api
from densetrace.cli import option_values
from densetrace.render.lesson import output_text
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError
from densetrace.teach.asserts import Judge
from densetrace.teach.lesson import Block, Claim, Lesson, LessonError, Verdict
from densetrace.teach.performance import (
    Failure,
    Judgement,
    Performance,
    Performed,
    error_line,
    failures_of,
)
from densetrace.terminal.command_line import command_line

SEED: Final = 0
SCRIPT: Final = "lesson.py"
"""The file name of a python block."""

LONGEST_PRINT: Final = 20_000


def perform(lesson: Lesson) -> Performed:
    """Run all blocks of a lesson, and decide its claims.

    Raises:
        LessonError: when a block cannot be run; an exception of a layer is part of the lesson.
        KeyboardInterrupt: on Ctrl-C.
    """
    performances: list[Performance] = []
    failures: list[Failure] = []
    blocks = lesson.blocks
    with activity("Running the lesson", lambda: f"{len(performances)} of {len(blocks)} blocks"):
        for block in blocks:
            performance, failed = _check_expectations(lesson, run_block(lesson, block))
            performances.append(performance)
            failures += failed
    judgements: list[Judgement] = []
    by_number = {performance.block.number: performance for performance in performances}
    for claim in lesson.claims:
        judgement, failed = _decide_claim(lesson, claim, by_number[claim.block])
        judgements.append(judgement)
        failures += failed
    failures.sort(key=lambda one: one.line)
    return Performed(lesson, tuple(performances), tuple(judgements), tuple(failures))


# -- running --------------------------------------------------------------------------------------


def run_block(lesson: Lesson, block: Block) -> Performance:
    """Run one block.

    Raises:
        LessonError: when it cannot be run.
    """
    run = {"trace": _trace, "python": _python, "diff": _diff, "why": _why, "quiz": _quiz}
    try:
        return run[block.language](block)
    except RequestError as error:
        raise LessonError(lesson.file, block.line, error.problem, error.hint) from error


def _trace(block: Block) -> Performance:
    trace = _record(block, block.text)
    command = _command(block, "explain", [block.text], *_RUN, "level", "only", "depth")
    return Performance(block, command, trace, error=error_line(trace))


def _diff(block: Block) -> Performance:
    from densetrace.study.diff import diff

    first, second = (line.strip() for line in block.text.splitlines() if line.strip())
    found = diff(_record(block, first), _record(block, second))
    command = _command(block, "diff", [first, second], *_RUN)
    return Performance(block, command, None, found)


def _why(block: Block) -> Performance:
    from densetrace.study.why import why

    trace = _record(block, block.text)
    target = block.options["target"]
    command = _command(block, "why", [block.text, target], *_RUN)
    return Performance(block, command, trace, why(trace, target), error=error_line(trace))


def _quiz(block: Block) -> Performance:
    from densetrace.teach.quiz import USUAL_COUNT, make_quiz

    seed, topic = int(block.options.get("seed", SEED)), block.options.get("topic", "")
    count = int(block.options.get("count", USUAL_COUNT))
    trace = _record(block, block.text)
    quiz = make_quiz(trace, count=count, topic=topic, seed=seed)
    command = _command(block, "quiz", [block.text, "--seed", str(seed)], "count", "topic", "fit")
    return Performance(block, command, trace, quiz, error=error_line(trace))


def _python(block: Block) -> Performance:
    with script_of(block) as path:
        printed = io.StringIO()
        _seed()
        # Warnings go to standard error, which is not part of the output of the block.
        with redirect_stdout(printed), redirect_stderr(io.StringIO()):
            ended = api.run(path, batches=option_values.batches(block.options.get("batches")))
    _check_complete(ended.trace)
    text = printed.getvalue()
    if len(text) > LONGEST_PRINT:
        text = f"{text[:LONGEST_PRINT]}\n... ({len(text):,} characters)\n"
    error = error_line(ended.trace)
    if ended.exit_code and not error:
        error = f"SystemExit: {ended.exit_code}"
    return Performance(block, "", ended.trace, None, text, error)


@contextmanager
def script_of(block: Block) -> Iterator[Path]:
    """Write a python block to a file that exists during a `with` block."""
    with TemporaryDirectory(prefix="densetrace-") as folder:
        path = Path(folder) / SCRIPT
        path.write_text(block.text + "\n", encoding="utf-8")
        yield path


_RUN: Final = ("input-shape", "input", "until", "seed", "fit", "batches")


def _record(block: Block, expression: str) -> api.Trace:
    asked = block.options
    arguments: dict[str, Any] = {"until": asked.get("until"), "seed": int(asked.get("seed", SEED))}
    arguments["fit"] = asked.get("fit") == "yes"
    arguments["batches"] = option_values.batches(asked.get("batches"))
    if "input-shape" in asked:
        arguments["input_shape"] = option_values.input_shape(asked["input-shape"])
    if "input" in asked:
        arguments["inputs"] = option_values.numbers(asked["input"])
    trace = api.explain(expression, **arguments)
    _check_complete(trace)
    return trace


def _check_complete(trace: api.Trace) -> None:
    """Check that a block was not refused half-way or interrupted.

    Raises:
        RequestError: when it was refused.
        KeyboardInterrupt: when it was interrupted.
    """
    stop = trace.stop
    if stop is not None and stop.how == "refused":
        raise RequestError(stop.message, stop.hint)
    if stop is not None and stop.how == "interrupted":
        raise KeyboardInterrupt


def _seed() -> None:
    from densetrace.keras import utils

    utils.set_random_seed(SEED)


def _command(block: Block, name: str, subject: list[str], *options_: str) -> str:
    """The command line that does the same as a block."""
    words = ["densetrace", name, *(" ".join(word.split()) for word in subject)]
    for option in options_:
        if option == "fit":
            words += ["--fit"] if block.options.get("fit") == "yes" else []
        elif option in block.options:
            words += [f"--{option}", block.options[option]]
    return command_line(words)


# -- judging --------------------------------------------------------------------------------------


def _judge_of(performance: Performance) -> Judge:
    text = output_text(performance)
    printed, error = performance.printed, performance.error
    return Judge(performance.trace, shown=text, printed=printed, error=error)


def _check_expectations(
    lesson: Lesson, performance: Performance
) -> tuple[Performance, list[Failure]]:
    """The run of a block with its findings, and the expectations that failed."""
    block, error, judge = performance.block, performance.error, _judge_of(performance)
    findings = tuple(judge.judge(one) for one in block.expectations)
    failures = failures_of(lesson, findings)
    if error and not any(one.uses(frozenset({"error"})) for one in block.expectations):
        line = f'assert "{error.partition(":")[0]}" in error'
        expected = f"no error (or, after the block, in an expect block: {line})"
        failures.append(Failure(lesson.file, block.line, expected, error))
    return replace(performance, findings=findings), failures


def _decide_claim(
    lesson: Lesson, claim: Claim, performance: Performance
) -> tuple[Judgement, list[Failure]]:
    """A claim, decided by the steps of the block before it."""
    trace = performance.trace
    assert trace is not None  # the lesson reader accepts claims only after a block with a trace
    judge = _judge_of(performance)
    meant = [judge.judge(one) for one in claim.means]
    proof = [judge.judge(one) for one in claim.proof]
    verdict: Verdict = "confirmed" if all(one.holds for one in meant) else "corrected"
    broken = [one for one in meant if one.broken]
    failures = failures_of(lesson, [*broken, *proof])
    if verdict != claim.verdict and not broken:
        contrary = next((one for one in meant if not one.holds), None)
        why = f" ({contrary.expectation.text}; found: {contrary.found})" if contrary else ""
        expected = f"this claim is {claim.verdict}"
        failures.append(Failure(lesson.file, claim.line, expected, f"it is {verdict}{why}"))
    findings = [*proof, *(meant if verdict == "confirmed" else [])]
    proven = tuple(found for found in findings if found.steps)
    return Judgement(claim, verdict, proven, trace), failures
