"""`densetrace quiz`: asks about the next step, and shows the step that proves each answer."""

from typing import Annotated

import typer

from densetrace.cli import completion, epilog, options, outcome, sources
from densetrace.cli.app import app
from densetrace.system.errors import RequestError


@app.command(
    short_help="Answer questions about what Keras does next.",
    help="""\
Answer questions about what Keras does next, and see the step that proves each answer.

The questions come from the steps of the trace. With a second argument, some ask how the two
differ. You can pipe answers in, one per line.""",
    epilog=f"""\b
Examples:
  densetrace quiz "Dense(64, activation='relu')"
  densetrace quiz "Dense(3)" --fit --topic training
  densetrace quiz lesson.py --count 5 --topic lookups
  densetrace quiz "Dense(3)" "Dense(3, use_bias=False)"
  densetrace quiz trace.json --seed 7 -o quiz.html
  densetrace quiz "Dense(64)" --seed 7 --json < answers.txt > record.json

\b
Topics, each with its kinds of question:
  comparison: more-parameters larger-output what-differs who-runs
  shapes: model-shape which-shapes weight-shape output-shape layer-shape
  parameters: model-parameters one-more-unit parameter-count
  order: call-order construction-order compute-order
  building: built-when weights-now which-weights penalty first-values fan-in
  training: training-order fit-order step-order changes-weight what-changes
    metrics-outputs python-runs which-loss which-accuracy loss-parts
    gradient-shape update-value constraint-when
  calling: runs-next mode
  layers: trained-weights weight-holders random-layers
  models: compile compile-weights
  errors: failure
  lookups: lookup which-lookup deserializer
  construction: binding merged-dict merge auto-config origin entered-next
    first-action passed-to-base layer-name
  attributes: set-next default units
  layouts: layout-when layout-sets

\b
Type the letter of an answer, ? for a hint, q to stop. For a question about
order, type all letters: b d a c e.

{epilog.exit_codes(done="done, also if answers were wrong or the layer raised an error")}""",
)
def quiz(
    what: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you write it in Python, a script (FILE.py), a saved trace "
            "(FILE.json), or a pipe such as <(command).",
        ),
    ],
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="OTHER",
            show_default=False,
            help="A second one to compare it with.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(metavar="N", help="Ask at most this many questions. By default 12."),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            metavar="TOPIC",
            autocompletion=completion.topics,
            help="Ask only about this topic, or only this kind of question.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="The same seed asks the same questions.",
            min=0,
            max=2**32 - 1,
        ),
    ] = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    fit: options.FitOption = False,
    batches: options.BatchesOption = None,
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence",
            help="Before each answer, ask how sure you are, and compare that with your score at "
            "the end.",
        ),
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print the questions and answers as JSON; the conversation goes to "
            "standard error.",
        ),
    ] = False,
    handout: options.HandoutOption = None,
) -> int:
    from densetrace.terminal.quiz import any_seed, take

    if sources.is_standard_input(what) or (other and sources.is_standard_input(other)):
        raise RequestError(
            "A quiz reads your answers from standard input, so it cannot read its subject there.",
            'Give it as an argument: densetrace quiz "Dense(64)"',
        )
    chosen = any_seed() if seed is None else seed
    asked = options.RunOptions(engine=engine, max_steps=max_steps, fit=fit, batches=batches)
    trace, code = outcome.recorded(what, asked, seed=chosen, name="A" if other else "")
    second, other_code = None, None
    if other is not None:
        second, other_code = outcome.recorded(other, asked, seed=chosen, name="B")
        if trace.keras != second.keras:
            raise RequestError(
                "A quiz compares runs of the same Keras. One of these is from Keras 3.",
                "See the changes from Keras 2 to 3 with: densetrace diff A B",
            )
    again = ["densetrace", "quiz", what, *([other] if other else []), "--seed", str(chosen)]
    for option, value in {"--count": count, "--topic": topic, "--batches": batches}.items():
        again += [] if value is None else [option, str(value)]
    again += ["--fit"] * fit + ["--confidence"] * confidence
    again += [] if engine == "densetrace" else ["--engine", engine]
    taken = take(
        trace,
        count=count,
        topic=topic,
        seed=chosen,
        as_json=as_json,
        handout=handout,
        command=again,
        other=second,
        asks_confidence=confidence,
    )
    return taken or outcome.cut_short_code(code) or outcome.cut_short_code(other_code)
