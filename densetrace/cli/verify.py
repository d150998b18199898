"""`densetrace verify`: compares densetrace with a real Keras."""

from typing import Annotated

import typer

from densetrace.cli import completion, epilog, option_values, options, sources
from densetrace.cli.app import app
from densetrace.sources.expression.limits import LARGEST_SEED
from densetrace.system.errors import RequestError, quoted
from densetrace.system.exit_codes import DONE, RAISED
from densetrace.terminal import capabilities, output


@app.command(
    short_help="Compare with a real Keras, step by step.",
    help="""\
Run an expression in densetrace and in a real Keras, and compare the two: which steps differ, where
they are in both sources, and whether both compute the same numbers from the same weights.""",
    epilog=f"""\b
Examples:
  densetrace verify
  densetrace verify "Dense(64, activation='relu')"
  densetrace verify "Sequential([Dense(8), Dense(1)])" --all
  densetrace verify "Dense(4, kernel_regularizer='l2')" --fit
  densetrace verify "Dense(4)" --engine tf_keras --format json
  densetrace verify --generate 1000 --seed 1 --jobs 2
  densetrace verify --seed 1 --case 17
  densetrace verify --generate 200 --engine keras

It needs a real Keras: pip install "densetrace[keras]". docs/verify.md
describes the comparison. The differences in docs/departures.md are intended
and do not count. With Keras 3, only the results of generated scripts are
compared, not the steps.

{
        epilog.exit_codes(
            done="all agree",
            raised="something differs",
            refused="no real Keras is installed",
        )
    }""",
)
def verify(
    expr: Annotated[
        str | None,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you write it in Python. By default, a built-in suite of "
            "expressions.",
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=completion.real_engines,
            show_default=False,
            help="The Keras to compare with: tf_keras, or keras (2.13 to 2.15; for generated "
            "scripts also Keras 3). By default, the Keras 2 that is installed.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every step, not only those that differ.")
    ] = False,
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    fit: options.FitOption = False,
    generate: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=LARGEST_SEED,
            show_default=False,
            help="Instead of an expression, compare N generated scripts: layers, models, "
            "custom layers, training runs. --all shows the results for each layer, optimizer, "
            "loss and metric.",
        ),
    ] = None,
    case: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            min=0,
            max=LARGEST_SEED,
            show_default=False,
            help="Show and compare only the generated script with this number.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="S",
            min=0,
            max=LARGEST_SEED,
            show_default=False,
            help="With --generate and --case: the seed of the scripts. By default 0.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="P",
            min=1,
            max=64,
            show_default=False,
            help="With --generate: use P processes.",
        ),
    ] = None,
    format: options.AnswerFormatOption = None,
    file: options.FileOption = None,
) -> int:
    from densetrace import api
    from densetrace.render import verify as view

    form = option_values.answer_format(format, file, capabilities.is_accessible())
    if generate is not None or case is not None:
        given = options.RunOptions(input_shape, inputs, fit=fit).for_expressions()
        options.refuse(given, "A generated script is run as it is", "Leave it out.")
        if expr is not None:
            raise RequestError(
                "Generated scripts are compared instead of an expression. "
                f"Received: {quoted(expr)}.",
                "Leave out the expression, or leave out --generate and --case.",
            )
        if case is not None:
            options.refuse(
                {"--generate": generate} if generate is not None else {},
                "--case compares one script",
                "Give one of the two.",
            )
            options.refuse(
                {"--jobs": jobs} if jobs is not None else {},
                "One script is compared in one process",
                "Leave it out.",
            )
            return _one_case(case, seed or 0, engine, everything, form, file)
        assert generate is not None
        return _generated(generate, seed or 0, engine, jobs or 1, everything, form, file)
    for option, value in (("--seed", seed), ("--jobs", jobs)):
        if value is not None:
            raise RequestError(
                f"{option} is for generated scripts.",
                f"For example: --generate 1000 {option} {value}",
            )
    if expr is None:
        given = options.RunOptions(input_shape, inputs, fit=fit).for_expressions()
        given |= {"--all": True} if everything else {}
        options.refuse(given, "The suite is compared as it is", "Give an expression.")
        table = api.verify_suite(engine=engine)
        output.answer(
            form,
            file,
            drawn=lambda width, signs: view.table(table, width, signs),
            flat=lambda: view.plain_table(table),
            data=lambda: view.table_form(table),
        )
        return DONE if all(one.agrees for one in table) else RAISED
    shape, numbers = option_values.sample(input_shape, inputs)
    text = sources.read(expr).text
    found = api.verify(text, engine=engine, input_shape=shape, inputs=numbers, fit=fit)
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.lines(found, width, signs, everything),
        flat=lambda: view.plain(found, everything),
        data=lambda: view.form(found, everything),
    )
    return DONE if found.agrees else RAISED


def _generated(
    count: int,
    seed: int,
    engine: str | None,
    jobs: int,
    everything: bool,
    form: str,
    file: str | None,
) -> int:
    from densetrace import api
    from densetrace.render import proof as view
    from densetrace.study.proof import form as as_data

    report = api.verify_generated(count, seed=seed, engine=engine, jobs=jobs)
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.lines(report, width, signs, everything),
        flat=lambda: view.plain(report, everything),
        data=lambda: as_data(report),
    )
    return DONE if report.agrees else RAISED


def _one_case(
    number: int, seed: int, engine: str | None, everything: bool, form: str, file: str | None
) -> int:
    from densetrace import api
    from densetrace.render import proof as view

    case, found, result = api.verify_case(number, seed=seed, engine=engine)
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.case_lines(case, found, result, width, signs, everything),
        flat=lambda: view.plain_case(case, found, result, everything),
        data=lambda: view.case_form(case, found, result, everything),
    )
    return DONE if result.agrees else RAISED
