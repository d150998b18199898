"""`densetrace diff`: shows the differences between two traces."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from densetrace.cli import epilog, option_values, options, outcome
from densetrace.cli.app import app
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError, quoted
from densetrace.system.exit_codes import DONE, INTERRUPTED, RAISED
from densetrace.terminal import capabilities, output

SEED: Final = 1
"""The seed of both expressions where no other is given: only what differs makes numbers differ."""

if TYPE_CHECKING:
    from collections.abc import Iterable

    from densetrace.data.trace import Trace
    from densetrace.study.diff import Diff
    from densetrace.study.generations import Generations


@app.command(
    short_help="Show what differs between two traces.",
    help="""\
Show the differences between two traces side by side, and say in a few sentences what they
change: first in weights, outputs, losses and training, then inside Keras. Equal parts are folded.
Two expressions draw their random numbers from the same seed. With --engines, compare Keras 2 and
Keras 3 for one expression; if one saved trace is of Keras 2 and the other of Keras 3, they are
compared in the same way.""",
    epilog=f"""\b
Examples:
  densetrace diff "Dense(64)" "Dense(64, activation='relu')"
  densetrace diff "Dense(64)" "Dense(32)" --until build
  densetrace diff old.py new.py
  densetrace diff before.json after.json --format json
  densetrace diff "Dense(64)" "Dense(32)" -o diff.html
  densetrace diff "Dense(64)" --engines tf_keras,keras

If a layer or script raises an exception, only the steps up to it are
compared: the two are the same if both raise after the same steps. Generated
names, source lines, times and the numbers in arrays are not compared step by
step; the sentences do use the numbers. With --engines, the exit code is
always 1: Keras 2 and Keras 3 have different steps.

{
        epilog.exit_codes(
            done="the same",
            raised="different",
            refused="densetrace refuses to run one of the two",
        )
    }""",
)
def diff(
    first: Annotated[
        str,
        typer.Argument(metavar="A", show_default=False, help=options.SUBJECT_HELP),
    ],
    second: Annotated[
        str | None,
        typer.Argument(
            metavar="B",
            show_default=False,
            help="The second one. Leave it out with --engines.",
        ),
    ] = None,
    engines: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Run A on two engines, one of Keras 2 and one of Keras 3, such as "
            "tf_keras,keras or densetrace,keras.",
        ),
    ] = None,
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    until: options.UntilOption = None,
    seed: options.SeedOption = None,
    engine: options.OptionalEngineOption = None,
    max_steps: options.MaxStepsOption = None,
    fit: options.FitOption = False,
    format: options.DiffFormatOption = None,
    file: options.FileOption = None,
) -> int:
    from densetrace.render import diff as view
    from densetrace.study.diff import diff as compare

    if first == second == "-":
        raise RequestError("Only one of the two can come from standard input.")
    two = _engines(engines, second, engine)
    form = option_values.answer_format(format, file, capabilities.is_accessible(), has_page=True)
    asked = options.RunOptions(
        input_shape, inputs, until, seed, engine=two[0], max_steps=max_steps, fit=fit
    )
    asked.arguments()  # a wrong option is an error of neither A nor B
    left, code = _recorded(first, asked, "A")
    if code == INTERRUPTED and first.lower().endswith(".py"):
        output.say("It was interrupted before the second run started.")
        return INTERRUPTED
    right, other = _recorded(second or first, asked._replace(engine=two[1]), "B")
    cut_short = outcome.cut_short_code(code) or outcome.cut_short_code(other)
    if left.keras != right.keras:
        return cut_short or _changes(left, right, form, file)
    with activity("Comparing"):
        found = compare(left, right)
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.lines(found, width, signs),
        flat=lambda: view.plain(found),
        data=lambda: view.form(found),
        page=lambda: _page(found),
    )
    # A script that raises also raises on Keras; only a refusal or Ctrl-C cuts the comparison short.
    return cut_short or (DONE if found.same else RAISED)


def _engines(engines: str | None, second: str | None, engine: str | None) -> tuple[str, str]:
    """The engine of each of the two.

    Raises:
        RequestError: when they are not two, or given with a second subject or --engine.
    """
    if engines is None:
        if second is None:
            raise RequestError(
                "Missing argument 'B': the second one to compare.",
                'Add one: densetrace diff "Dense(64)" "Dense(32)". Or one expression with '
                "--engines tf_keras,keras.",
            )
        one = engine or "densetrace"
        return one, one
    if second is not None:
        raise RequestError(
            "With --engines, diff takes one expression.", "Leave out B, or leave out --engines."
        )
    if engine is not None:
        raise RequestError(
            f"--engines names both engines. Received also: --engine {quoted(engine)}.",
            "Leave out --engine, or leave out --engines and give B.",
        )
    one, _, other = (part.strip() for part in engines.partition(","))
    if not one or not other or "," in other:
        raise RequestError(
            f"--engines takes two engines. Received: {quoted(engines)}.",
            "For example: --engines tf_keras,keras.",
        )
    return one, other


def _changes(left: "Trace", right: "Trace", form: str, file: str | None) -> int:
    """Show what changed between Keras 2 and Keras 3."""
    from densetrace.render import generations as view
    from densetrace.study.generations import generations

    found = generations(left, right)
    assert found is not None, "one of the two is from Keras 3"
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.lines(found, width, signs),
        flat=lambda: view.plain(found),
        data=lambda: view.form(found),
        page=lambda: _page_of_changes(found),
    )
    return RAISED


def _page(found: "Diff") -> "Iterable[str]":
    from densetrace.render import diff_html

    return diff_html.chunks(found)


def _page_of_changes(found: "Generations") -> "Iterable[str]":
    from densetrace.render import diff_html

    return diff_html.changes_chunks(found)


def _recorded(argument: str, asked: options.RunOptions, name: str) -> "tuple[Trace, int | None]":
    """Record one of the two; messages about it contain its name.

    Raises:
        RequestError: when it cannot be read or run.
    """
    try:
        return outcome.recorded(argument, asked, seed=SEED, name=name)
    except RequestError as error:
        raise RequestError(f"In {name}: {error.problem}", error.hint) from error
