"""The options that commands share, and what people type after an option, as values."""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal

import typer

from densetrace.cli import completion
from densetrace.sources.expression.limits import LARGEST_SEED, MOST_STEPS
from densetrace.system import files
from densetrace.system.errors import RequestError, shown

MAX_CHARACTERS: Final = 100_000
MAX_DIMENSIONS: Final = 32

# -- declarations ---------------------------------------------------------------------------------

Level = Literal["user", "author", "framework"]
Format = Literal["tree", "plain", "json", "html", "svg", "markdown", "chrome"]
Until = Literal["new", "init", "build", "call"]

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
        help="Show only steps of these kinds, such as get,add_weight. Kinds: new layout init get "
        "deserialize assign name build add_weight initialize invoke check call op activation "
        "regularize constrain add pop compile.",
    ),
]
DepthOption = Annotated[
    int | None, typer.Option(metavar="N", help="Show this many levels of nesting.", min=1)
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


def _checked(context: typer.Context, file: str | None) -> str | None:
    """The file of `-o`, refused before anything is run when nothing can be written there."""
    if file is not None and not context.resilient_parsing:
        if not file:
            raise RequestError(
                "-o takes the name of a file. Received an empty one.", "Such as: -o trace.json"
            )
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

_BY_SUFFIX: Final = {
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "tree",
    "": "tree",
}
_ANSWERS: Final = ("tree", "plain", "json")
_OF_HANDOUTS: Final = (".md", ".markdown", ".txt", "")


def _checked_handout(context: typer.Context, file: str | None) -> str | None:
    """The file of `--handout`, refused before anything is run when it cannot be two files."""
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
        metavar="N", min=0, max=LARGEST_SEED, help="Make random weights repeat themselves."
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
EngineOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        autocompletion=completion.engines,
        help="Which stack runs it: densetrace, or a real Keras that is installed, tf_keras or "
        'keras (2.13 to 2.15): pip install "densetrace[keras]".',
    ),
]

# -- values ---------------------------------------------------------------------------------------

_UNKNOWN: Final = ("None", "?", "none")


def input_shape(text: str) -> tuple[int | None, ...]:
    """`28,28,1` and `(None, 28, 28, 1)` alike: a shape with its batch dimension first.

    Raises:
        RequestError: when it is no shape.
    """
    inside = text.strip()
    if inside[:1] + inside[-1:] in ("()", "[]"):
        inside = inside[1:-1]
    words = [word.strip() for word in inside.removesuffix(",").split(",")] if inside.strip() else []
    sizes = tuple(None if word in _UNKNOWN else _size(word, text) for word in words)
    shape = sizes if sizes[:1] == (None,) else (None, *sizes)
    if len(shape) > MAX_DIMENSIONS:
        raise RequestError(
            f"A shape has at most {MAX_DIMENSIONS} dimensions. "
            f"Received: --input-shape {shown(text)}."
        )
    return shape


def _size(word: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", word) or int(word) < 1:
        raise RequestError(
            f"A shape is positive whole numbers, with None for any size. "
            f"Received: --input-shape {shown(text)}.",
            "Type it like: --input-shape 3 or --input-shape None,28,28,1.",
        )
    return int(word)


def numbers(text: str) -> Any:
    """`[[1, 2, 3], [4, 5, 6]]` as lists of numbers; a tuple counts as a list.

    Raises:
        RequestError: when it is no list.
    """
    import json

    try:
        if len(text) > MAX_CHARACTERS:
            raise ValueError("it is too long")
        listed = re.sub(r",\s*+(?=[\])])", "", text).replace("(", "[").replace(")", "]")
        parsed = json.loads(listed)
        if not isinstance(parsed, list):
            raise ValueError("it is no list")
    except (ValueError, RecursionError) as error:
        raise RequestError(
            f"An input is numbers in brackets. Received: --input {shown(text)}.",
            'Type it like: --input "[[1, 2, 3], [4, 5, 6]]".',
        ) from error
    return parsed


def misplaced(arguments: Sequence[str], declared: Iterable[Any]) -> list[str]:
    """Which of a script's arguments look like options of a command: those that it declares, by
    their names, each with its value."""
    by_name = {name: option for option in declared for name in getattr(option, "opts", ())}
    found: list[str] = []
    waiting = list(reversed(arguments))
    while waiting:
        word = waiting.pop()
        name, has_value, _ = word.partition("=")
        option = by_name.get(name) if name.startswith("-") else None
        if option is None and name[:2] in by_name and not name.startswith("--"):
            option, has_value = by_name[name[:2]], name[2:]  # -ox.html
        if option is None:
            continue
        takes_next = not has_value and not getattr(option, "is_flag", False)
        if takes_next and not waiting:
            continue  # its value is missing, so what it was meant for cannot be said
        found.append(word)
        if takes_next:
            found.append(waiting.pop())
    return found


def kinds(text: str | None) -> frozenset[str]:
    """`get,build` as the kinds it names."""
    return frozenset((text or "").replace(",", " ").split())


def format_for(chosen: str | None, path: str | None, accessible: bool) -> str:
    """The format asked for, whatever the file is called; else the one that its suffix says; else
    the tree, or plain lines for somebody who has `ACCESSIBLE` set.

    Raises:
        RequestError: when no format has the file's suffix.
    """
    return _format_for(chosen, path, accessible, tuple(_BY_SUFFIX.values()))


def answer_format(chosen: str | None, path: str | None, accessible: bool) -> str:
    """As `format_for`, for answers, which are a tree, plain lines or JSON.

    Raises:
        RequestError: when none of these formats has the file's suffix.
    """
    return _format_for(chosen, path, accessible, _ANSWERS)


def _format_for(
    chosen: str | None, path: str | None, accessible: bool, formats: Collection[str]
) -> str:
    if chosen is not None:
        return chosen
    form = _BY_SUFFIX.get(PurePath(path or "").suffix.lower(), "")
    if form not in formats and path is not None and not files.is_replaced(path):
        form = "tree"  # the name of a pipe or a device says nothing
    if form not in formats:
        owned = [f"{one or 'none'} ({of})" for one, of in _BY_SUFFIX.items() if of in formats]
        raise RequestError(
            f"The suffix of FILE gives the format: {', '.join(owned)}. "
            f"Received: -o {shown(path or '')}.",
            "Choose one of these, or add --format, which goes with any name.",
        )
    return "plain" if accessible and form == "tree" else form
