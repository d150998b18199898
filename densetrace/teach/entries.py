"""Explanation texts with gaps, and how the gaps are filled safely."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from densetrace.kinds.kind import Level

NOT_RECORDED: Final = "(not recorded)"
"""Fills the gap if a trace lacks the value: its file may have been cut or edited."""

_GAP: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """The text for one kind of step, at one hook point, with one outcome.

    `kind` may be empty for an error: the text then serves any kind without its own text. `point` is
    the end of a Keras hook point (`Dense.build`); empty matches any point, of your own classes too.
    `outcome` is one of those of `densetrace.teach.outcomes`; empty matches any but an error. Gaps
    such as `{result}` are filled from the step (`densetrace.teach.words`).

    `note` is shown under the step in a tree, from `level` on. A note with `once` explains a general
    idea and need not be repeated further down the tree; neither do the notes with the same `topic`.
    `again` replaces it there.
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
    topic: str = ""
    again: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The key that `index` uses."""
        return self.kind, self.point, self.outcome


def fill(text: str, word: Callable[[str], str | None]) -> str:
    """`text` with each gap replaced by `word(gap)`. Replaced text is not searched for gaps again.
    `word` returns None if there is no word."""

    def filled(gap: re.Match[str]) -> str:
        found = word(gap[1])
        return NOT_RECORDED if found is None else found

    return _GAP.sub(filled, text)


def index(entries: Iterable[Entry]) -> dict[tuple[str, str, str], Entry]:
    """Entries by key.

    Raises:
        ValueError: if two entries have the same key.
    """
    found: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        if found.setdefault(entry.key, entry) is not entry:
            raise ValueError(f"Only one text may stand for each key. Received twice: {entry.key}")
    return found
