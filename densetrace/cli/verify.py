"""`densetrace verify`: compares densetrace with a real Keras."""

from typing import Annotated

import typer

from densetrace.cli import completion, option_values, options, sources
from densetrace.cli.app import app
from densetrace.system.exit_codes import DONE, RAISED
from densetrace.terminal import output


@app.command(
    short_help="Compare with a real Keras, step by step.",
    help="""\
Run an expression on densetrace and on a real Keras, and compare them: are all steps the same, what
differs and where is it in both sources, and do both compute the same from the same weights?""",
    epilog="""\b
Examples:
  densetrace verify
  densetrace verify "Dense(64, activation='relu')"
  densetrace verify "Sequential([Dense(8), Dense(1)])" --all
  densetrace verify "Dense(4, kernel_regularizer='l2')" --fit
  densetrace verify "Dense(4)" --engine tf_keras --format json

\b
It needs a real Keras: pip install "densetrace[keras]". docs/verify.md describes
the comparison. The differences in docs/departures.md are intended and do not
count. Exit codes: 0 all agree, 1 something differs, 2 a wrong request.""",
)
def verify(
    expr: Annotated[
        str | None,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you write it in Python. By default, a suite of expressions.",
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=completion.real_engines,
            show_default=False,
            help="The Keras to compare with: tf_keras, or keras (2.13 to 2.15). By default, the "
            "installed one.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every step, not only those that differ.")
    ] = False,
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    fit: options.FitOption = False,
    format: options.AnswerFormatOption = None,
    file: options.FileOption = None,
) -> int:
    from densetrace import api
    from densetrace.render import verify as view

    form = option_values.answer_format(format, file, output.is_accessible())
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
