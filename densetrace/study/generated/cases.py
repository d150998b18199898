"""One case of any kind, from a seed and a number."""

from collections.abc import Callable, Mapping
from typing import Final

from densetrace.study.generated import functional, layers, models, own_layers, trainings
from densetrace.study.generated.draw import Case, Draw
from densetrace.study.generated.prelude import HELPERS, IMPORTS, SHOW

KINDS: Final[Mapping[str, tuple[int, Callable[[Draw], str]]]] = {
    "layer": (80, layers.script),
    "sequential model": (6, models.script),
    "functional model": (5, functional.script),
    "own layer": (5, own_layers.script),
    "training": (4, trainings.script),
}
"""Kind -> its share of the cases, in percent, and what writes its script."""


def generate(seed: int, number: int) -> Case:
    """Write the case of this number. It is the same whenever and wherever it is written."""
    draw = Draw(seed, number)
    kind = draw.weighted({name: share for name, (share, _) in KINDS.items()})
    script = KINDS[kind][1](draw)
    return Case(seed, number, kind, script, tuple(draw.covers))


def standalone(case: Case) -> str:
    """Return the case as a script for a file, which prints its results."""
    return "\n\n".join((IMPORTS + "\n" + HELPERS, case.script + "\n" + SHOW))
