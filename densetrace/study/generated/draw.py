"""Random choices for one case, and the names of what it uses."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

Choice = TypeVar("Choice")

ODD_SHARE: Final = 0.06
"""The share of layers with an argument that Keras may refuse."""


@dataclass(frozen=True, slots=True)
class Case:
    """A script and what it covers.

    `covers` has pairs such as `("layer", "Dense")`. The script is written for the names of
    `prelude`, and leaves its results in the dict `found`.
    """

    seed: int
    number: int
    kind: str
    script: str
    covers: tuple[tuple[str, str], ...]


class Draw:
    """The choices of one case. The same seed and number always give the same choices."""

    def __init__(self, seed: int, number: int) -> None:
        self._random = random.Random(f"{seed}/{number}")
        self.covers: dict[tuple[str, str], None] = {}

    def cover(self, group: str, name: str) -> None:
        """Note that the case uses an object: `cover("layer", "Dense")`."""
        self.covers[group, name] = None

    def one(self, choices: Sequence[Choice]) -> Choice:
        """Choose one."""
        return self._random.choice(choices)

    def size(self, least: int, most: int) -> int:
        """Choose a whole number; both ends are possible."""
        return self._random.randint(least, most)

    def sizes(self, count: int, least: int = 1, most: int = 5) -> list[int]:
        """Choose several whole numbers."""
        return [self.size(least, most) for _ in range(count)]

    def chance(self, share: float) -> bool:
        """Return True in this share of the cases."""
        return self._random.random() < share

    def some(self, choices: Sequence[Choice], most: int) -> list[Choice]:
        """Choose up to `most` different ones, at least one."""
        return self._random.sample(choices, self.size(1, min(most, len(choices))))

    def weighted(self, shares: Mapping[Choice, int]) -> Choice:
        """Choose one; the numbers say how often each is chosen."""
        return self._random.choices(list(shares), list(shares.values()))[0]

    def keywords(
        self,
        options: Mapping[str, Sequence[str]],
        share: float = 0.35,
        always: Collection[str] = (),
    ) -> list[str]:
        """Write keyword arguments: each option with this probability, those of `always` always."""
        return [
            f"{name}={self.one(choices)}"
            for name, choices in options.items()
            if name in always or self.chance(share)
        ]


def call(name: str, arguments: Sequence[str]) -> str:
    """Write a call: `call("layers.Dense", ["3"])` is `layers.Dense(3)`."""
    return f"{name}({', '.join(arguments)})"
