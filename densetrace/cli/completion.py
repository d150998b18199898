"""What a shell offers when somebody presses Tab: the words that an argument or an option takes.

typer knows commands, options and choices by itself, and the shell knows files. Each function here
is asked at every press of the key, so it loads no more than the words, and never NumPy.
"""

import os
import sys
from collections.abc import Iterable

Offer = Iterable[str | tuple[str, str]]
"""Words, some with what they mean; typer leaves out those that do not fit what was typed."""


def begin() -> None:
    """Keep typer from loading rich, if it is a shell that asks: it would look for markup in help
    that has none, which takes as long as all the rest."""
    if "_DENSETRACE_COMPLETE" in os.environ:
        sys.modules["rich"] = None  # type: ignore[assignment] # Python's sign for "not to be had"


def engines() -> Offer:
    """The stacks that can run an expression."""
    from densetrace.engines import ENGINES

    return ENGINES


def real_engines() -> Offer:
    """The stacks that can be compared with ours."""
    from densetrace.engines import ENGINES

    return ENGINES[1:]


def kinds(incomplete: str) -> Offer:
    """Kinds of steps; behind a comma the next one."""
    from densetrace.data.schema import KINDS

    before = incomplete[: incomplete.rfind(",") + 1]
    return (before + kind for kind in KINDS)


def registries() -> Offer:
    """What `densetrace names` can be asked for."""
    from densetrace.data.names import REGISTRIES

    return REGISTRIES


def lessons() -> Offer:
    """The lessons that come with densetrace, with their titles."""
    from densetrace.teach.course import titles

    return titles().items()


def terms() -> Offer:
    """The terms of the glossary, with their definitions."""
    from densetrace.teach.glossary import GLOSSARY

    return GLOSSARY.items()


def topics() -> Offer:
    """What a quiz can be about."""
    from densetrace.teach.quiz.kinds import TOPICS

    return TOPICS
