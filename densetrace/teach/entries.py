"""What an explanation is made of: a text with gaps, and the safe filling of its gaps."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from densetrace.kinds.kind import Level

NOT_RECORDED: Final = "(not recorded)"
"""Stands where a trace lacks what a text asks for: a file may have been cut or written by hand."""

_GAP: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """The text for one kind of step, at one hook point, with one outcome.

    `kind` may be empty for an error: the text then serves any kind that has none of its own.
    `point` is how a Keras hook point ends (`Dense.build`); empty, any point of the kind, a
    person's own included. `outcome` is one of those `densetrace.teach.outcomes` finds; empty, any
    but an error. Gaps such as `{result}` are filled from the step (`densetrace.teach.words`).

    `note` is shown under the step in a tree, from `level` on; `once` says that it teaches a general
    idea, which need not be said again further down the same tree.
    """

    kind: str
    what: str
    why: str
    where: str
    point: str = ""
    outcome: str = ""
    note: str = ""
    level: Level = "author"
    once: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is found by."""
        return self.kind, self.point, self.outcome


def fill(text: str, word: Callable[[str], str | None]) -> str:
    """`text` with its gaps filled, once: what a word says is never read as a gap again. `word`
    finds the word for a gap, None when there is none."""

    def filled(gap: re.Match[str]) -> str:
        found = word(gap[1])
        return NOT_RECORDED if found is None else found

    return _GAP.sub(filled, text)


def index(entries: Iterable[Entry]) -> dict[tuple[str, str, str], Entry]:
    """Entries by key.

    Raises:
        ValueError: when two entries have the same key.
    """
    found: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        if found.setdefault(entry.key, entry) is not entry:
            raise ValueError(f"Only one text may stand for each key. Received twice: {entry.key}")
    return found
