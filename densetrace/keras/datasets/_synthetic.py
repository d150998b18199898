"""Made-up data with the shapes, dtypes and ranges of the data sets: the same ones in each run.

A model can learn them: the images of a class are variations of one picture, the reviews of a kind
prefer some words, and a price follows from the columns beside it. The accuracy on them says
nothing about the real data.
"""

from typing import Any, Final

import numpy as np

_NOISE_IMAGES: Final = 1009
"""How many images of noise there are; an image is that of its class plus one of these."""
_NOISE: Final = 96
"""The noise of a pixel is below this, and a picture below 256 minus this."""
_STREAM: Final = 400_000
"""How many words are drawn in all: each text is a piece of the words of its class."""


def images(
    seed: int, classes: int, counts: tuple[int, int], shape: tuple[int, ...]
) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Return images u8[count, *shape] from 0 to 255 and their classes u8[count], for each count.

    `shape` is [height, width], with a black background, or [height, width, channels].
    """
    rng = np.random.default_rng(seed)
    pictures = np.stack([_picture(rng, shape) for _ in range(classes)])
    noise = rng.integers(0, _NOISE, (_NOISE_IMAGES, *shape), dtype=np.uint8)
    if len(shape) == 2:  # few pixels of a drawing are not black
        noise *= rng.random(noise.shape) < 0.2
    noise[:, 0, 0] = 0
    pictures[:, 0, 0] = 0
    peak = pictures.argmax() % pictures[0].size
    noise.reshape(_NOISE_IMAGES, -1)[:, peak] = _NOISE - 1
    made = []
    for count in counts:
        labels = rng.integers(0, classes, count, dtype=np.uint8)
        found = pictures[labels]
        found += noise[rng.integers(0, _NOISE_IMAGES, count)]
        made.append((found, labels))
    return made


def _picture(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return a picture of a few soft spots, from 0 to 160."""
    height, width, channels = (*shape, 1)[:3]
    rows, columns = np.mgrid[0:height, 0:width]
    picture = np.zeros((height, width, channels))
    for _ in range(5):
        row, column = rng.uniform(0.2, 0.8, 2) * (height, width)
        size = rng.uniform(1.5, 4.0)
        spot = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * size**2))
        picture += spot[..., None] * rng.uniform(0.3, 1.0, channels)
    if len(shape) == 2:
        picture[picture < 0.15] = 0
    return np.asarray(picture / picture.max() * (256 - _NOISE), np.uint8).reshape(shape)


def sequences(
    seed: int, counts: tuple[int, ...], classes: int, words: int, lengths: tuple[int, int, int],
    shares: Any = None,
) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:  # fmt: skip
    """Return texts as lists of word indices, O[count], and their classes, i64[count].

    A word's index is its rank: like in a language, rank 1 is the most frequent.

    Args:
        seed: determines all numbers.
        counts: how many texts there are in each part.
        classes: how many classes there are.
        words: the largest index.
        lengths: the shortest, the usual and the longest length of a text.
        shares: the share of each class; equal ones if None.
    """
    rng = np.random.default_rng(seed)
    found = np.exp(rng.random((classes, _STREAM // classes)) * np.log(words + 1)).astype(int)
    found = found.clip(1, words)
    of_class = np.arange(classes)[:, None]
    marked = (found > 20) & (found <= words - classes) & (rng.random(found.shape) < 0.25)
    found[marked] += (of_class - found)[marked] % classes
    found[:, 0] = words
    pool = np.arange(words + 1, dtype=object)  # one integer object for each word, not each use
    streams = [[*stream, *stream[: lengths[2]]] for stream in pool[found].tolist()]
    made = []
    for count in counts:
        labels = rng.choice(classes, count, p=shares).astype(np.int64)
        shortest, usual, longest = lengths
        sizes = np.exp(rng.normal(np.log(usual), 0.6, count)).astype(int).clip(shortest, longest)
        starts = rng.integers(0, found.shape[1], count)
        starts[0] = 0
        texts = np.empty(count, dtype=object)
        chosen = zip(labels.tolist(), starts.tolist(), sizes.tolist(), strict=True)
        for at, (label, start, size) in enumerate(chosen):
            texts[at] = streams[label][start : start + size]
        made.append((texts, labels))
    return made


_COLUMNS: Final = (
    (0.00632, 88.9762), (0.0, 100.0), (0.46, 27.74), (0.0, 1.0), (0.385, 0.871), (3.561, 8.78),
    (2.9, 100.0), (1.1296, 12.1265), (1.0, 24.0), (187.0, 711.0), (12.6, 22.0), (0.32, 396.9),
    (1.73, 37.97),
)  # fmt: skip
"""The smallest and largest number in each column of Boston housing."""
_WHOLE: Final = (3, 8, 9)
"""The columns of whole numbers."""


def houses(seed: int, count: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the columns of Boston housing, f64[count, 13], and prices, f64[count], 5 to 50."""
    rng = np.random.default_rng(seed)
    low, high = np.array(_COLUMNS).T
    shares = rng.beta(2, 2, (count, len(_COLUMNS)))
    shares[:, [0, 1]] **= 4  # most towns have little crime and no large plots
    shares[:, 3] = rng.random(count) < 0.07
    shares[0], shares[1] = 0.0, 1.0
    columns = low + shares * (high - low)
    columns[:, _WHOLE] = columns[:, _WHOLE].round()
    prices = 22 + 30 * (shares[:, 5] - 0.5) - 25 * (shares[:, 12] - 0.5) - 8 * shares[:, 0]
    prices = (prices + rng.normal(0, 2, count)).clip(5, 50).round(1)
    return columns, prices
