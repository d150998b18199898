"""The arguments and options that several commands share."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal, NamedTuple

import typer

from densetrace.cli import completion, option_values
from densetrace.sources.expression.limits import LARGEST_SEED, MOST_STEPS
from densetrace.system import files
from densetrace.system.errors import RequestError, quoted, shown

# -- running --------------------------------------------------------------------------------------

Until = Literal["new", "init", "build", "call"]

SUBJECT_HELP: Final = (
    "A layer or model as you write it in Python, a script (FILE.py), or a saved trace (FILE.json). "
    "Use - to read an expression or a trace from standard input. A pipe such as <(command) works "
    "too."
)

SubjectArgument = Annotated[
    str, typer.Argument(metavar="EXPR", show_default=False, help=SUBJECT_HELP)
]
InputShapeOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SHAPE",
        help="Call the layer on an input of this shape: 28,28,1 for one example, or "
        "None,28,28,1 with the batch axis. By default, the input shape of the layer, or None,3. "
        "For a layer that takes several inputs, repeat the option; a single shape is used for all.",
    ),
]
InputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="NUMBERS",
        help='Call the layer on these numbers: "[[1, 2, 3], [4, 5, 6]]". For a layer that takes '
        "several inputs, repeat the option.",
    ),
]
UntilOption = Annotated[
    Until | None,
    typer.Option(
        help="Stop after new (Layer.__new__), init (__init__), build or call. By default, after "
        "the first call."
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        max=LARGEST_SEED,
        help="The seed for random numbers: the same seed gives the same numbers. By default, "
        "explain uses 0, diff uses 1, and other commands choose one at random.",
    ),
]
MaxStepsOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help=f"Record the first N steps and only count the others. By default {MOST_STEPS:,}.",
    ),
]
FitOption = Annotated[
    bool,
    typer.Option(
        "--fit",
        help="Also train for one batch after the first call: forward pass, loss, backward pass, "
        "update. The batch has 4 examples with random targets; the loss is mse, the optimizer sgd.",
    ),
]
BatchesOption = Annotated[
    str | None,
    typer.Option(
        metavar="N|all",
        help="Record this many batches of each training run in full, and each later batch as one "
        "step with the loss and metrics so far in its epoch. By default 1.",
    ),
]
_ENGINE_HELP: Final = (
    "What to run: densetrace, or an installed Keras: tf_keras (Keras 2) or keras (Keras 3 on your "
    "backend that you set up, or Keras 2.13 to 2.15). To install: "
    'pip install "densetrace[keras]". By default densetrace.'
)
EngineOption = Annotated[
    str,
    typer.Option(
        metavar="NAME", autocompletion=completion.engines, show_default=False, help=_ENGINE_HELP
    ),
]
OptionalEngineOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", autocompletion=completion.engines, help=_ENGINE_HELP),
]
"""The same, where a command needs to know whether it was given."""


class RunOptions(NamedTuple):
    """The options above, as they were typed."""

    input_shape: list[str] | None = None
    inputs: list[str] | None = None
    until: str | None = None
    seed: int | None = None
    engine: str = "densetrace"
    max_steps: int | None = None
    fit: bool = False
    batches: str | None = None

    def for_expressions(self) -> dict[str, object]:
        """The given options that apply only to expressions, by name. An option that may be repeated
        has a list of values."""
        values = (self.input_shape or None, self.inputs or None, self.until, self.seed)
        named = zip(("--input-shape", "--input", "--until", "--seed"), values, strict=True)
        given: dict[str, object] = {option: value for option, value in named if value is not None}
        return given | ({"--fit": True} if self.fit else {})

    def arguments(self) -> dict[str, Any]:
        """The arguments of `densetrace.api.explain`.

        Raises:
            RequestError: when a value is invalid, or two options contradict each other.
        """
        shape, inputs = option_values.sample(self.input_shape, self.inputs)
        return {
            "input_shape": shape,
            "inputs": inputs,
            "until": self.until,
            "seed": self.seed,
            "engine": self.engine,
            "max_steps": self.max_steps or MOST_STEPS,
            "fit": self.fit,
            "batches": option_values.batches(self.batches),
        }


def refuse(
    given: Mapping[str, object],
    because: str,
    hint: str = "Give an expression instead of the file.",
) -> None:
    """Refuse options that have no effect here.

    Raises:
        RequestError: when one is given.
    """
    for option in given:
        raise RequestError(f"{because}: {option} cannot change it.", hint)


# -- showing --------------------------------------------------------------------------------------

Level = Literal["user", "author", "framework"]
Format = Literal["tree", "plain", "json", "html", "svg", "markdown", "chrome"]

LevelOption = Annotated[
    Level,
    typer.Option(
        help="How much detail to show: user (what you get), author (what the author of a layer "
        "needs to know) or framework (every step).",
    ),
]
OnlyOption = Annotated[
    str | None,
    typer.Option(
        metavar="KIND[,KIND]",
        autocompletion=completion.kinds,
        help="Show only steps of these kinds, such as get,add_weight. docs/trace-format.md "
        "describes all kinds, and Tab completes them.",
    ),
]
DepthOption = Annotated[
    int | None, typer.Option(metavar="N", help="Show only this many levels of nesting.", min=1)
]
HeatmapsOption = Annotated[
    bool,
    typer.Option(
        "--heatmaps",
        help="At the end, show the weights, and after training the gradients, as heat maps.",
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        help="tree, plain (flat lines, good for screen readers; also ACCESSIBLE=1), json (the "
        "whole trace), html (a page to step through), svg (a picture), markdown (for a report or "
        "an issue) or chrome (for the viewer "
        "at ui.perfetto.dev). By default, the suffix of FILE decides: .json, .html, "
        ".svg or .md; .txt and no suffix mean tree. Other suffixes need --format.",
    ),
]
AnswerFormatOption = Annotated[
    Literal["tree", "plain", "json"] | None,
    typer.Option(
        help="tree, plain (flat lines, good for screen readers; also ACCESSIBLE=1) or json. "
        "By default, the suffix of FILE decides: .json; .txt and no suffix mean tree. Other "
        "suffixes need --format.",
    ),
]

DiffFormatOption = Annotated[
    Literal["tree", "plain", "json", "html"] | None,
    typer.Option(
        help="tree, plain (flat lines, good for screen readers; also ACCESSIBLE=1), json or html "
        "(a page with both side by side). By default, the suffix of FILE decides: .json or .html; "
        ".txt and no suffix mean tree. Other suffixes need --format.",
    ),
]


def _checked(context: typer.Context, file: str | None) -> str | None:
    """The file of `-o`, checked before anything runs: it must be writable."""
    if file is not None and not context.resilient_parsing:
        if file == "-":
            raise RequestError(
                "-o takes the name of a file. Received: -.",
                "To print the result, leave out -o, or write -o /dev/stdout",
            )
        files.check(file)
    return file


FileOption = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        callback=_checked,
        help="Write the result to FILE, completely or not at all. FILE may also be a pipe or a "
        "device, such as /dev/stdout or >(command).",
    ),
]

NoPagerOption = Annotated[
    bool,
    typer.Option(
        "--no-pager",
        help="Never use a pager. By default, a terminal shows a long tree in the program "
        "$DENSETRACE_PAGER, $PAGER or 'less'.",
    ),
]

_PAGES: Final = (".html", ".htm")
_OF_HANDOUTS: Final = (*_PAGES, ".md", ".markdown", ".txt", "")


def _checked_handout(context: typer.Context, file: str | None) -> str | None:
    """The file of a quiz's `-o`, checked before anything runs: Markdown needs two files."""
    if file is not None and not context.resilient_parsing:
        path = PurePath(file)
        if path.suffix.lower() not in _OF_HANDOUTS:
            raise RequestError(
                f"A handout is HTML or Markdown. Received: -o {quoted(file)}.",
                f"Name it {shown(path.stem)}.html or {shown(path.stem)}.md.",
            )
        files.check(file)
        if path.suffix.lower() not in _PAGES and not files.is_replaced(file):
            raise RequestError(
                "A handout in Markdown is two files, one with questions and one with answers, so "
                f"it cannot go to a pipe or a device. Received: -o {quoted(file)}.",
                "Give a file: -o quiz.md",
            )
    return file


HandoutOption = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        "--handout",
        metavar="FILE",
        callback=_checked_handout,
        help="Instead of asking the questions, write them to FILE: quiz.html is a page to print, "
        "with the solutions on separate pages; quiz.md is Markdown, with the answers in "
        "quiz-key.md.",
    ),
]
