"""The arguments and options that several commands share."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal, NamedTuple

import typer

from densetrace.cli import completion, option_values
from densetrace.data.schema import KINDS
from densetrace.sources.expression.limits import LARGEST_SEED, MOST_STEPS
from densetrace.system import files
from densetrace.system.errors import RequestError, shown

# -- running --------------------------------------------------------------------------------------

Until = Literal["new", "init", "build", "call"]

SUBJECT_HELP: Final = (
    "A layer or model as you would write it, a script (FILE.py), a saved trace (FILE.json), or - "
    "to read an expression or a trace from standard input; also a pipe, such as <(command)."
)

SubjectArgument = Annotated[
    str, typer.Argument(metavar="EXPR", show_default=False, help=SUBJECT_HELP)
]
InputShapeOption = Annotated[
    str | None,
    typer.Option(
        metavar="SHAPE",
        help="Shape of the sample it is called on, such as 28,28,1 for one item or "
        "None,28,28,1 with the batch. By default the layer's own, else None,3.",
    ),
]
InputOption = Annotated[
    str | None,
    typer.Option(
        "--input",
        metavar="NUMBERS",
        help='Call it on these numbers instead: "[[1, 2, 3], [4, 5, 6]]".',
    ),
]
UntilOption = Annotated[
    Until | None,
    typer.Option(help="Stop after this stage. By default after the first call."),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        max=LARGEST_SEED,
        help="Where random weights start from: the same seed gives the same numbers. explain uses "
        "0 unless you give one.",
    ),
]
MaxStepsOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help=f"Keep the first N steps and only count the others. By default {MOST_STEPS:,}.",
    ),
]
FitOption = Annotated[
    bool,
    typer.Option(
        "--fit",
        help="Train it for one batch after the first call, and show that step: forward, loss, "
        "backward, update. Without a script of your own it is 4 samples, random targets, the loss "
        "mse and the optimizer sgd.",
    ),
]
BatchesOption = Annotated[
    str | None,
    typer.Option(
        metavar="N|all",
        help="Record this many batches of a training in full; each other batch is one step with "
        "its loss and metrics. By default 1.",
    ),
]
EngineOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        autocompletion=completion.engines,
        help="Which stack runs it: densetrace, or a real Keras that is installed: tf_keras "
        "(Keras 2) or keras (Keras 3 on its backend, or 2.13 to 2.15): "
        'pip install "densetrace[keras]".',
    ),
]


class RunOptions(NamedTuple):
    """The options above, as they were typed."""

    input_shape: str | None = None
    inputs: str | None = None
    until: str | None = None
    seed: int | None = None
    engine: str = "densetrace"
    max_steps: int | None = None
    fit: bool = False
    batches: str | None = None

    def for_expressions(self) -> dict[str, object]:
        """The given options that apply only to expressions, by name."""
        values = (self.input_shape, self.inputs, self.until, self.seed)
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
        help="How closely to look: user (what did I get), author (what a layer's author should "
        "know) or framework (every step).",
    ),
]
OnlyOption = Annotated[
    str | None,
    typer.Option(
        metavar="KIND[,KIND]",
        autocompletion=completion.kinds,
        help=f"Show only steps of these kinds, such as get,add_weight. Kinds: {' '.join(KINDS)}.",
    ),
]
DepthOption = Annotated[
    int | None, typer.Option(metavar="N", help="Show this many levels of nesting.", min=1)
]
HeatmapsOption = Annotated[
    bool,
    typer.Option(
        "--heatmaps",
        help="Close with the weights, and the gradients of a training, as heat maps.",
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        help="tree, plain (flat lines, good for a screen reader; also ACCESSIBLE=1), json (the "
        "whole trace), html (a page to step through), svg (a picture), markdown (for a report or "
        "an issue) or chrome (for Perfetto). By default the one that FILE has the suffix "
        "of: .json, .html, .svg, .md; a tree for .txt or none. Other suffixes need --format.",
    ),
]
AnswerFormatOption = Annotated[
    Literal["tree", "plain", "json"] | None,
    typer.Option(
        help="tree, plain (flat lines, good for a screen reader; also ACCESSIBLE=1) or json. "
        "By default the one that FILE has the suffix of: .json; a tree for .txt or none. Other "
        "suffixes need --format.",
    ),
]

DiffFormatOption = Annotated[
    Literal["tree", "plain", "json", "html"] | None,
    typer.Option(
        help="tree, plain (flat lines, good for a screen reader; also ACCESSIBLE=1), json or html "
        "(a page with both side by side). By default the one that FILE has the suffix of: .json, "
        ".html; a tree for .txt or none. Other suffixes need --format.",
    ),
]


def _checked(context: typer.Context, file: str | None) -> str | None:
    """The file of `-o`, checked before anything runs: it must be writable."""
    if file is not None and not context.resilient_parsing:
        if file == "-":
            raise RequestError(
                "-o takes the name of a file. Received: -.",
                "Leave -o out to print the result, or name the stream: -o /dev/stdout",
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
        help="Write to FILE instead, which never gets only a part of the result. A pipe or a "
        "device, such as /dev/stdout or >(command), is written to as it is.",
    ),
]

_OF_HANDOUTS: Final = (".md", ".markdown", ".txt", "")


def _checked_handout(context: typer.Context, file: str | None) -> str | None:
    """The file of `--handout`, checked before anything runs: two files must be possible."""
    if file is not None and not context.resilient_parsing:
        path = PurePath(file)
        if path.suffix.lower() not in _OF_HANDOUTS:
            raise RequestError(
                f"A handout is Markdown. Received: --handout {shown(file)}.",
                f"Call it {shown(path.stem)}.md.",
            )
        files.check(file)
        if not files.is_replaced(file):
            raise RequestError(
                "A handout is two files, one of them with the answers, so it cannot go to a pipe "
                f"or a device. Received: --handout {shown(file)}.",
                "Such as: --handout quiz.md",
            )
    return file


HandoutOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        callback=_checked_handout,
        help="Write the questions to FILE as Markdown, and the key beside it (quiz.md and "
        "quiz-key.md), instead of asking them.",
    ),
]
