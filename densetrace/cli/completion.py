"""Shell completion: the words that arguments and options take.

typer completes commands, options and choices, and the shell completes files. Each function here
runs at every press of Tab, so it imports only its words, and never NumPy.
"""

import os
import sys
from collections.abc import Iterable

Offer = Iterable[str | tuple[str, str]]
"""Words, some with their meaning; typer leaves out those that do not fit."""


def begin() -> None:
    """Keep typer from importing rich during completion: it would only look for markup in the help,
    which has none, and double the time."""
    if "_DENSETRACE_COMPLETE" in os.environ:
        sys.modules["rich"] = None  # type: ignore[assignment] # marks a module that cannot be imported


def engines() -> Offer:
    """The engines that can run an expression."""
    from densetrace.engines import ENGINES

    return ENGINES


def real_engines() -> Offer:
    """The engines to compare densetrace with."""
    from densetrace.engines import ENGINES

    return ENGINES[1:]


def kinds(incomplete: str) -> Offer:
    """Kinds of steps; after a comma the next one."""
    from densetrace.data.schema import KINDS

    before = incomplete[: incomplete.rfind(",") + 1]
    return (before + kind for kind in KINDS)


def registries() -> Offer:
    """The registries of `densetrace names`."""
    from densetrace.data.names import listed

    return listed()


def lessons() -> Offer:
    """The lessons that come with densetrace, with their titles."""
    from densetrace.teach.course import titles

    return titles().items()


def terms() -> Offer:
    """The terms of the glossary, with their definitions, and the one for the signs in a tree."""
    from densetrace.teach.glossary import GLOSSARY, NOTATION_TERM

    return [*GLOSSARY.items(), (NOTATION_TERM, "The signs in a tree.")]


def topics() -> Offer:
    """The topics of a quiz, then its kinds of question."""
    from densetrace.teach.quiz import KINDS, TOPICS

    return (*TOPICS, *(kind.name for kind in KINDS))
