"""The `densetrace` command: parse what was typed, call the public face, print what comes of it.

Results go to standard output, messages to standard error. Exit codes: 0 done, 1 the layer or the
script raised, 2 the request was wrong or its result cannot be written, 130 interrupted. A closed
pipe ends the output quietly and changes no exit code. Rooms of the house are loaded inside the
commands that enter them, so that help comes at once.

It is longer than other files because every option of every command is declared here, in the order
in which `--help` shows them; what a command does is in the rooms it enters.
"""

import errno
import sys
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal

import typer
from typer.core import TyperGroup

from densetrace.cli import completion, options
from densetrace.sources.expression.limits import LIMITS, MAX_CHARACTERS, MOST_STEPS
from densetrace.system import file_input, files, signals, streams
from densetrace.system.activity import activity
from densetrace.system.errors import RequestError, did_you_mean, error_text, shown
from densetrace.system.escape import visible
from densetrace.system.exit_codes import DONE, INTERRUPTED, RAISED, REFUSED
from densetrace.terminal import output, progress

if TYPE_CHECKING:
    from io import RawIOBase

    from densetrace.api import ScriptRun
    from densetrace.data.trace import Trace
    from densetrace.render.outline import View

# What typer raises when a command line is wrong; it has a public name only in later versions.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

LONGEST_MESSAGE = 300
LONGEST_EXPRESSION = 8 * MAX_CHARACTERS
PIPED = file_input.Kind("An expression or a saved trace", file_input.TRACE.most)


class Commands(TyperGroup):
    """The commands, with one way to end: every error is a message and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command. A programming error of ours passes through with its traceback."""
        streams.prepare()
        progress.begin(sys.stderr, in_lines=output.is_accessible() or output.is_dumb())
        try:
            code = super().main(
                args=args,
                prog_name="densetrace",
                complete_var=complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except RequestError as error:
            output.say(error_text(error))
            code = REFUSED
        except UsageError as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "densetrace"
            output.say(f"Error: {_usage_problem(error)}\nFor help: {path} --help")
            code = REFUSED
        except SystemExit as leaving:
            if not isinstance(leaving.__context__, BrokenPipeError):
                raise
            code = DONE  # typer says 1 when nobody reads its help
        except MemoryError:
            output.say("Error: There is not enough memory left.")
            code = REFUSED
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):  # left open by a script, or a limit
                output.say(f"Error: No file can be opened: {error.strerror}.")
                code = REFUSED
            elif error.filename is not None:
                raise
            else:
                streams.lead_nowhere(sys.stdout)
                reason = error.strerror or error
                output.say(f"Error: Cannot read or write a standard stream: {reason}.")
                code = REFUSED
        code = output.finish(code or 0)
        if standalone_mode:
            sys.exit(code)
        return code


app = typer.Typer(
    cls=Commands,
    name="densetrace",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Try one:
  densetrace explain "Dense(64, activation='relu')"
  densetrace names initializers""",
)


def main() -> None:
    """Run the command that was typed."""
    app()


@app.callback(
    invoke_without_command=True,
    help="""\
Show what really happens when somebody writes Dense(64, activation='relu').

densetrace follows Keras 2.14 step by step, on a NumPy stack of its own: no TensorFlow, no GPU.""",
)
def densetrace(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        from densetrace import __version__

        output.write([f"densetrace {__version__} (follows Keras 2.14)\n"], sys.stdout)
        raise typer.Exit
    if context.invoked_subcommand is None:
        output.write([context.get_help() + "\n"], sys.stdout)


@app.command(
    short_help="Show the whole life of a layer.",
    help=f"""\
Show the whole life of a layer: construction, then the first call, which builds it.

EXPR is read, never evaluated: calls of Keras names, numbers, strings, lists, tuples and dicts.

{LIMITS}""",
    epilog="""\b
Examples:
  densetrace explain "Dense(64, activation='relu')"
  densetrace explain "Dense(2, use_bias=False)" --input "[[1, 2, 3]]"
  densetrace explain "Dense(10)" --input-shape 28,28,1 --until build
  densetrace explain "Dense(3, kernel_regularizer='l2')" --only get
  densetrace explain "Dense(64)" -o trace.json
  densetrace explain trace.json --level framework

\b
Exit codes: 0 done, 1 the layer raised (the steps up to there are shown),
2 the request was wrong (steps that ran before are shown) or the output cannot
be written (a full disk, say), 130 interrupted. NO_COLOR, FORCE_COLOR, COLUMNS,
TERM=dumb and ACCESSIBLE=1 are honoured.""",
)
def explain(
    expr: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you would write it, a saved trace (FILE.json), or - to read "
            "either from standard input; also a pipe, such as <(command).",
        ),
    ],
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    until: options.UntilOption = None,
    seed: options.SeedOption = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    level: options.LevelOption = "author",
    only: options.OnlyOption = None,
    depth: options.DepthOption = None,
    format: options.FormatOption = None,
    file: options.FileOption = None,
) -> int:
    asked = {"--input-shape": input_shape, "--input": inputs, "--until": until, "--seed": seed}
    view = _view(level, only, depth)
    form = options.format_for(format, file, output.is_accessible())
    text = _text_of(expr)
    trace = _saved(text, asked | {"--max-steps": max_steps}, from_file=not _is_piped(expr))
    if trace is None:
        trace = _explained(text, input_shape, inputs, until, seed, engine, max_steps)
    output.show(trace, view, form, file)
    return _exit_code(trace)


@app.command(
    short_help="Run a Keras script, traced, without TensorFlow.",
    help="""\
Run an unmodified Keras script on this stack, without TensorFlow, and show its steps.

What the script prints stays where it prints it; -o FILE keeps the trace apart from it. Options
stand before SCRIPT: what follows it belongs to the script.""",
    context_settings={"allow_interspersed_args": False},
    epilog="""\b
Examples:
  densetrace run lesson.py
  densetrace run --level user lesson.py --epochs 3
  densetrace run --engine tf_keras lesson.py
  densetrace run -o trace.json lesson.py""",
)
def run(
    context: typer.Context,
    script: Annotated[
        str, typer.Argument(metavar="SCRIPT", show_default=False, help="A Python file.")
    ],
    args: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS...", show_default=False, help="Handed on to the script."),
    ] = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    level: options.LevelOption = "author",
    only: options.OnlyOption = None,
    depth: options.DepthOption = None,
    format: options.FormatOption = None,
    file: options.FileOption = None,
) -> int:
    view = _view(level, only, depth)
    form = options.format_for(format, file, output.is_accessible())
    ended = _run(script, args or [], engine, max_steps, form)
    output.show(ended.trace, view, form, file)
    if ended.message:
        _relay(ended.message)
    if not ended.read_arguments:
        declared = context.command.get_params(context)
        if misplaced := options.misplaced(args or [], declared):
            from densetrace.terminal.command_line import command_line

            words = " ".join(misplaced)
            output.say(
                f"Note: {visible(words)} went to the script, which did not read it.\n"
                "Options of densetrace go before SCRIPT: "
                f"{command_line(['densetrace', 'run', *misplaced, script])}"
            )
    return ended.exit_code


@app.command(
    short_help="Step through it in the terminal, forward and back.",
    help="""\
Step through the life of a layer, or through a script, forward and back.

The screen shows where you are in the tree, the step with its explanation, the source line
that caused it, and what the object holds by now.""",
    epilog="""\b
Examples:
  densetrace step "Dense(64, activation='relu')"
  densetrace step lesson.py --level user
  densetrace step trace.json --at 17
  densetrace step "Dense(64)" --predict
  echo "jj/kernel" | densetrace step "Dense(3)"

\b
In the stepper, ? tells all keys. What is piped in is taken for keys, and each
step is printed. Exit codes as for explain.""",
)
def step(
    what: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you would write it, a script (FILE.py), a saved trace "
            "(FILE.json), or - to read an expression or a trace from standard input; also a "
            "pipe, such as <(command).",
        ),
    ],
    at: Annotated[int, typer.Option(metavar="N", help="The step to begin with.")] = 1,
    level: options.LevelOption = "author",
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    until: options.UntilOption = None,
    seed: options.SeedOption = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    format: Annotated[
        Literal["screen", "plain"] | None,
        typer.Option(
            help="screen, or plain (lines and a prompt, good for a screen reader; also "
            "ACCESSIBLE=1). By default the screen, where there is one.",
        ),
    ] = None,
    predict: Annotated[
        bool,
        typer.Option(
            "--predict", help="Ask what comes next before it is shown, and keep the score."
        ),
    ] = False,
) -> int:
    from pathlib import Path

    from densetrace.stepper import loop

    asked = {"--input-shape": input_shape, "--input": inputs, "--until": until, "--seed": seed}
    text = _text_of(what)
    is_script, message = what.lower().endswith(".py"), ""
    trace = _saved(text, asked | {"--max-steps": max_steps}, from_file=not _is_piped(what))
    command = ["densetrace", "step", what if trace is not None or is_script else text.strip()]
    code = None
    if is_script:
        _refuse(asked, "A script is run as it is")
        ended = _run(what, [], engine, max_steps)
        trace, code, message = ended.trace, ended.exit_code, ended.message
        if not streams.is_read(sys.stdout):  # nobody is there to walk
            return code
        if message and not trace.steps:
            _relay(message)
    elif trace is None:
        trace = _explained(text, input_shape, inputs, until, seed, engine, max_steps)
        for option, value in asked.items():
            command += [] if value is None else [option, str(value)]
    if _is_standard_input(what):
        loop.take_terminal()
    folder = Path(what).parent if is_script else files.working_folder()
    walked = loop.step(
        trace,
        at=at,
        level=level,
        form=format,
        command=command,
        folder=folder,
        predict=predict,
        seed=seed or 0,
    )
    if message:
        _relay(message)
    if walked:
        return walked
    return _exit_code(trace) if code is None else code


@app.command(
    short_help="Answer questions about what comes next, and see the proof.",
    help="""\
Answer questions about what Keras does next, and see the step that proves each answer.

The questions are made from the steps themselves. Answers may be piped in, a line each.""",
    epilog="""\b
Examples:
  densetrace quiz "Dense(64, activation='relu')"
  densetrace quiz lesson.py --count 5 --topic lookups
  densetrace quiz trace.json --seed 7 --handout quiz.md
  densetrace quiz "Dense(64)" --seed 7 --json < answers.txt > record.json

\b
Topics: construction layouts lookups attributes building calling models errors.
Type the letter or the number of an answer, ? for a hint, q to stop.
Exit codes: 0 done, 2 the request was wrong, 130 interrupted.""",
)
def quiz(
    what: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you would write it, a script (FILE.py), a saved trace "
            "(FILE.json), or a pipe, such as <(command).",
        ),
    ],
    count: Annotated[
        int | None,
        typer.Option(metavar="N", help="Ask this many questions at most. By default 12."),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            metavar="TOPIC",
            autocompletion=completion.topics,
            help="Ask about this topic only, or one kind of question.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Ask what was asked with this seed before.", min=0, max=2**32 - 1
        ),
    ] = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print a record of questions and answers as JSON; the conversation goes to "
            "standard error.",
        ),
    ] = False,
    handout: options.HandoutOption = None,
) -> int:
    from densetrace.terminal import quiz

    if _is_standard_input(what):
        raise RequestError(
            "A quiz reads your answers from standard input, so it cannot read its subject there.",
            'Give it as an argument: densetrace quiz "Dense(64)"',
        )
    chosen, message, code = quiz.any_seed() if seed is None else seed, "", 0
    text = _text_of(what)
    trace = _saved(text, {"--max-steps": max_steps}, from_file=not _is_piped(what))
    if trace is None and what.lower().endswith(".py"):
        from contextlib import redirect_stdout

        with redirect_stdout(sys.stderr):  # what the script prints is no part of the quiz
            ended = _run(what, [], engine, max_steps)
        trace, message, code = ended.trace, ended.message, ended.exit_code
    elif trace is None:
        trace = _explained(text, None, None, None, chosen, engine, max_steps)
    if message:
        _relay(message)
    elif _is_cut_short(trace):
        code = _exit_code(trace)
    command = ["densetrace", "quiz", what, "--seed", str(chosen)]
    for option, value in {"--count": count, "--topic": topic}.items():
        command += [] if value is None else [option, str(value)]
    taken = quiz.take(
        trace,
        count=count,
        topic=topic,
        seed=chosen,
        as_json=as_json,
        handout=handout,
        command=command,
    )
    return taken or _cut_short(code)


@app.command(
    short_help="Show what differs in two lives.",
    help="""\
Show what differs in two lives, side by side, the same parts folded, and say in one sentence
what the difference comes to.""",
    epilog="""\b
Examples:
  densetrace diff "Dense(64)" "Dense(64, activation='relu')"
  densetrace diff "Dense(64)" "Dense(32)" --until build
  densetrace diff old.py new.py
  densetrace diff before.json after.json --format json

\b
Exit codes: 0 the same, 1 different, 2 the request was wrong, or one of the two
was refused half-way. Names that Keras makes up, source lines, times and the
numbers in arrays do not count.""",
)
def diff(
    first: Annotated[
        str,
        typer.Argument(
            metavar="A",
            show_default=False,
            help="A layer or model as you would write it, a script (FILE.py), a saved trace "
            "(FILE.json), or - to read an expression or a trace from standard input; also a "
            "pipe, such as <(command).",
        ),
    ],
    second: Annotated[
        str, typer.Argument(metavar="B", show_default=False, help="What to compare it with.")
    ],
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    until: options.UntilOption = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    format: options.AnswerFormatOption = None,
    file: options.FileOption = None,
) -> int:
    from densetrace.render import diff as view
    from densetrace.study.diff import diff as compare

    if first == second == "-":
        raise RequestError("Only one of the two can come from standard input.")
    form = options.answer_format(format, file, output.is_accessible())
    asked = {"--input-shape": input_shape, "--input": inputs, "--until": until}
    left, code = _handed_over(first, asked, engine, max_steps)
    if code == INTERRUPTED and first.lower().endswith(".py"):
        output.say("It was interrupted before there was anything to compare it with.")
        return INTERRUPTED
    right, other = _handed_over(second, asked, engine, max_steps)
    with activity("Comparing"):
        found = compare(left, right)
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.lines(found, width, signs),
        flat=lambda: view.plain(found),
        data=lambda: view.form(found),
    )
    # A script that raises does so on Keras, too; a refusal or Ctrl-C cuts the comparison short.
    return _cut_short(code) or _cut_short(other) or (DONE if found.same else RAISED)


@app.command(
    short_help="Show why something is what it is.",
    help="""\
Show the shortest chain of steps from what you wrote to what the object holds, each with its
explanation and its source line.""",
    epilog="""\b
Examples:
  densetrace why "Dense(64, activation='relu')" kernel
  densetrace why "Dense(64, activation='relu')" output.shape
  densetrace why "Sequential([Dense(8), Dense(1)])" dense_1.kernel
  densetrace why lesson.py scale.factor""",
)
def why(
    what: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you would write it, a script (FILE.py), a saved trace "
            "(FILE.json), or - to read an expression or a trace from standard input; also a "
            "pipe, such as <(command).",
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            show_default=False,
            help="An attribute, a weight or output, such as kernel, bias.dtype, dense_1.kernel "
            "or output.shape.",
        ),
    ],
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    until: options.UntilOption = None,
    seed: options.SeedOption = None,
    engine: options.EngineOption = "densetrace",
    max_steps: options.MaxStepsOption = None,
    format: options.AnswerFormatOption = None,
    file: options.FileOption = None,
) -> int:
    from densetrace.render import why as view
    from densetrace.study.why import why as ask

    form = options.answer_format(format, file, output.is_accessible())
    asked = {"--input-shape": input_shape, "--input": inputs, "--until": until, "--seed": seed}
    trace, code = _handed_over(what, asked, engine, max_steps)
    with activity("Looking back"):
        found = ask(trace, target)
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.lines(trace, found, width, signs),
        flat=lambda: view.plain(trace, found),
        data=lambda: view.form(found),
    )
    return _exit_code(trace) if code is None else code


@app.command(
    short_help="Compare with a real Keras, step by step.",
    help="""\
Run an expression on this stack and on a real Keras, and show both side by side: whether all
steps agree, what differs and where it stands in both sources, and whether both compute the same
from the same weights.""",
    epilog="""\b
Examples:
  densetrace verify
  densetrace verify "Dense(64, activation='relu')"
  densetrace verify "Sequential([Dense(8), Dense(1)])" --all
  densetrace verify "Dense(4)" --engine keras --format json

\b
It needs a real Keras: pip install "densetrace[keras]". docs/verify.md tells what
is compared, and docs/departures.md what is stated to differ, which does not
count. Exit codes: 0 all agree, 1 not, 2 the request was wrong.""",
)
def verify(
    expr: Annotated[
        str | None,
        typer.Argument(
            metavar="EXPR",
            show_default=False,
            help="A layer or model as you would write it. When left out, a suite of expressions.",
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=completion.real_engines,
            show_default=False,
            help="The Keras to compare with: tf_keras, or keras (2.13 to 2.15). By default the "
            "one that is installed.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every step, not only those that differ.")
    ] = False,
    input_shape: options.InputShapeOption = None,
    inputs: options.InputOption = None,
    format: options.AnswerFormatOption = None,
    file: options.FileOption = None,
) -> int:
    from densetrace import api
    from densetrace.render import verify as view

    form = options.answer_format(format, file, output.is_accessible())
    if expr is None:
        asked = {"--input-shape": input_shape, "--input": inputs, "--all": everything or None}
        _refuse(asked, "The suite is compared as it is", "Give an expression.")
        table = api.verify_suite(engine=engine)
        output.answer(
            form,
            file,
            drawn=lambda width, signs: view.table(table, width, signs),
            flat=lambda: view.plain_table(table),
            data=lambda: view.table_form(table),
        )
        return DONE if all(one.agrees for one in table) else RAISED
    if input_shape is not None and inputs is not None:
        raise RequestError("Numbers have a shape of their own: give --input or --input-shape.")
    found = api.verify(
        _text_of(expr),
        engine=engine,
        input_shape=None if input_shape is None else options.input_shape(input_shape),
        inputs=None if inputs is None else options.numbers(inputs),
    )
    output.answer(
        form,
        file,
        drawn=lambda width, signs: view.lines(found, width, signs, everything),
        flat=lambda: view.plain(found, everything),
        data=lambda: view.form(found, everything),
    )
    return DONE if found.agrees else RAISED


@app.command(
    short_help="Show what each get() can find.",
    help="""\
Show what each get() can find: the names, by the object that they give.""",
)
def names(
    registry: Annotated[
        str | None,
        typer.Argument(
            metavar="REGISTRY",
            autocompletion=completion.registries,
            show_default=False,
            help="activations, initializers, regularizers, constraints, optimizers, losses or "
            "metrics. All of them when left out.",
        ),
    ] = None,
) -> None:
    from densetrace import api
    from densetrace.render import names as view

    width = output.width_of(sys.stdout)
    output.write_styled(view.lines(api.names(registry), width), sys.stdout)


@app.command(
    short_help="Take a lesson: list them, or run one.",
    help="""\
Take a lesson: predict, run, investigate, modify, make.

Every output is made live. On a terminal a lesson waits after each page; into a pipe it goes
straight through.""",
    epilog="""\b
Examples:
  densetrace demo
  densetrace demo article
  densetrace demo lookups --step 2
  densetrace demo glorot --format html -o glorot.html
  densetrace demo mine.md --check

\b
A lesson runs the code that is in it: take a stranger's only as you would run a
stranger's script. docs/lessons.md tells how to write one.
Exit codes: 0 done, 1 something that the lesson expects did not come true,
2 the request was wrong or the lesson is broken, 130 interrupted.""",
)
def demo(
    lesson: Annotated[
        str | None,
        typer.Argument(
            metavar="LESSON",
            autocompletion=completion.lessons,
            show_default=False,
            help="A built-in lesson by name, or one of your own (FILE.md). All of them are listed "
            "when left out.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only say whether what the lesson expects comes true."),
    ] = False,
    step: Annotated[
        int | None,
        typer.Option("--step", metavar="N", help="Open the stepper at block N.", min=1),
    ] = None,
    at: Annotated[int, typer.Option(metavar="N", help="With --step, the step to begin with.")] = 1,
    level: Annotated[
        options.Level | None,
        typer.Option(help="With --step, how closely to look.", show_default=False),
    ] = None,
    pages: Annotated[
        bool,
        typer.Option(
            "--pages/--no-pages",
            help="Wait after each page, where there is a terminal.",
        ),
    ] = True,
    format: Annotated[
        Literal["html", "markdown"] | None,
        typer.Option(help="Make a hand-out, with all outputs in it."),
    ] = None,
    file: options.FileOption = None,
) -> int:
    from densetrace.cli import demo

    return demo.demo(
        lesson, check=check, step=step, at=at, level=level, pages=pages, format=format, file=file
    )


@app.command(
    short_help="Say what a term means.",
    help="""\
Say what a term means, in a sentence or two.""",
    epilog="""\b
Examples:
  densetrace glossary kernel
  densetrace glossary fan-in
  densetrace glossary""",
)
def glossary(
    term: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TERM",
            autocompletion=completion.terms,
            show_default=False,
            help="A term. All of them when left out.",
        ),
    ] = None,
) -> None:
    from densetrace.render import glossary as view
    from densetrace.teach.glossary import find_terms

    found = find_terms(" ".join(term or ()))
    signs = output.signs_of(sys.stdout)
    if output.is_accessible():
        output.write(map(signs.fit, view.plain(found)), sys.stdout)
    else:
        width = output.width_of(sys.stdout)
        output.write_styled(view.lines(found, width, signs), sys.stdout)


def _handed_over(
    what: str, asked: dict[str, Any], engine: str, max_steps: int | None
) -> "tuple[Trace, int | None]":
    """The trace of an expression, of a script or from a file; and the exit code of a run that said
    on standard error why it ended, which an expression and a file do only when they were cut short.
    What a script prints is no result of ours, so it goes to standard error."""
    text = _text_of(what)
    trace = _saved(text, asked | {"--max-steps": max_steps}, from_file=not _is_piped(what))
    if trace is None and what.lower().endswith(".py"):
        from contextlib import redirect_stdout

        _refuse(asked, "A script is run as it is")
        with redirect_stdout(sys.stderr):
            ended = _run(what, [], engine, max_steps)
        if ended.message:
            _relay(ended.message)
        return ended.trace, ended.exit_code
    if trace is None:
        shape, inputs = asked.get("--input-shape"), asked.get("--input")
        until, seed = asked.get("--until"), asked.get("--seed")
        trace = _explained(text, shape, inputs, until, seed, engine, max_steps)
    return trace, _exit_code(trace) if _is_cut_short(trace) else None


def _run(
    script: str, args: list[str], engine: str, max_steps: int | None, form: str = "tree"
) -> "ScriptRun":
    """A script, run. One that only stopped because nobody reads what it prints did not fail."""
    from densetrace import api

    output.rehearse(form)
    ended = api.run(script, args, engine=engine, max_steps=max_steps or MOST_STEPS)
    stopped = ended.trace.outcome.get("error_type") == "BrokenPipeError"
    if stopped and not streams.is_read(sys.stdout):
        return api.ScriptRun(ended.trace, 0, "")
    return ended


def _explained(
    text: str,
    input_shape: str | None,
    inputs: str | None,
    until: str | None,
    seed: int | None,
    engine: str,
    max_steps: int | None,
) -> "Trace":
    if text.lower().endswith(".py"):
        raise RequestError(
            f"explain takes an expression. Received a script: {shown(text)}.",
            f"Run it: densetrace run {shown(text)}",
        )
    if input_shape is not None and inputs is not None:
        raise RequestError("Numbers have a shape of their own: give --input or --input-shape.")
    from densetrace import api

    return api.explain(
        text,
        input_shape=None if input_shape is None else options.input_shape(input_shape),
        inputs=None if inputs is None else options.numbers(inputs),
        until=until,
        seed=seed,
        engine=engine,
        max_steps=max_steps or MOST_STEPS,
    )


def _saved(text: str, asked: Mapping[str, object], *, from_file: bool) -> "Trace | None":
    """The saved trace that somebody handed over, if it is one."""
    if from_file and text.lower().endswith(".json"):
        from densetrace import api

        _refuse(asked, "A saved trace is shown as it was recorded")
        return api.load(text)
    if not from_file and text.lstrip()[:1] == "{":
        from densetrace.data.trace import Trace

        _refuse(asked, "A saved trace is shown as it was recorded")
        return Trace.loads(text)
    return None


def _refuse(
    asked: Mapping[str, object],
    because: str,
    hint: str = "Give an expression instead of the file.",
) -> None:
    """Refuse options that only an expression can follow."""
    for option, value in asked.items():
        if value is not None:
            raise RequestError(f"{because}: {option} cannot change it.", hint)


def _exit_code(trace: "Trace") -> int:
    """The exit code of a run that was not a script of this command, and a word on standard error
    about what stopped it."""
    stop = trace.stop
    if stop is None:
        return 0
    if stop.how == "refused":
        output.say(error_text(RequestError(visible(stop.message), visible(stop.hint))))
        return stop.exit_code
    ran = "script" if trace.source.get("kind") == "script" else "layer"
    if stop.how == "interrupted":
        output.say(f"The {ran} was interrupted.")
        return stop.exit_code
    told = f"The {ran} raised {stop.type}: {' '.join(stop.message.split())}".rstrip(": ")
    output.say(shown(told, LONGEST_MESSAGE))
    return stop.exit_code


def _is_cut_short(trace: "Trace") -> bool:
    """Whether a refusal or Ctrl-C ended the run."""
    return trace.stop is not None and trace.stop.how != "raised"


def _cut_short(code: int | None) -> int:
    """The exit code of a run that a refusal or Ctrl-C ended, 0 for any other."""
    return code if code in (REFUSED, INTERRUPTED) else DONE


def _is_piped(what: str) -> bool:
    """Whether an argument is not itself an expression or the name of a trace or a script, but says
    where one is read: -, or a path such as /dev/fd/63, which no expression begins like."""
    return what == "-" or (
        what.startswith(("/", "./", "../")) and not what.lower().endswith((".json", ".py"))
    )


def _is_standard_input(what: str) -> bool:
    return what == "-" or (_is_piped(what) and files.leads_to(what, sys.stdin))


def _text_of(what: str) -> str:
    """An argument, or the text that is read where it says.

    Raises:
        RequestError: when that cannot be read, is too long, or is not UTF-8 text.
    """
    if not _is_piped(what):
        return what
    if what != "-":
        with file_input.opened(what, PIPED) as file:
            return _expression_or_trace(file, files.named(what))
    if sys.stdin.isatty():
        output.say("Type an expression, then Ctrl-D.")
        signals.wait_for_input(sys.stdin)
    return _expression_or_trace(sys.stdin.buffer, "standard input")


def _expression_or_trace(file: "RawIOBase | BinaryIO", name: str) -> str:
    """All of a saved trace, and of an expression more than is ever accepted."""
    data = file_input.read_begin(file, LONGEST_EXPRESSION)
    if data.removeprefix(BOM_UTF8).lstrip()[:1] == b"{":
        data = file_input.read_up_to(file, file_input.TRACE, name, data)
    elif len(data) == LONGEST_EXPRESSION:
        return data.decode("utf-8", "replace")
    return file_input.decoded(data, PIPED, name)


def _view(level: options.Level, only: str | None, depth: int | None) -> "View":
    from densetrace.render.outline import View

    return View(level, options.kinds(only), depth)


def _usage_problem(error: Any) -> str:
    """What was typed wrong, with a suggestion in the words that all our messages use."""
    if not getattr(error, "possibilities", None):
        problem = visible(error.format_message())
        if "unexpected extra argument" not in problem:
            return problem
        return f"{problem}\nQuote an expression as a whole: \"Dense(64, activation='relu')\""
    hint = did_you_mean(error.option_name, error.possibilities)
    return f"{visible(error.message)}. {hint}".rstrip()


def _relay(message: str) -> None:
    """Pass on what a script said on leaving."""
    output.say(message.rstrip("\n"))
