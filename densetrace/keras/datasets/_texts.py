"""Texts as lists of word indices: what `imdb` and `reuters` have in common."""

import itertools
import json
from typing import Any

import numpy as np

from densetrace.keras.datasets import _cached
from densetrace.tensorflow.environment import get_logger


def renamed(num_words: int | None, kwargs: dict[str, Any]) -> int | None:
    """Return `num_words`, or `nb_words`, its old name, with a warning.

    Raises:
        TypeError: if there are other arguments.
    """
    if "nb_words" in kwargs:
        get_logger().warning("`nb_words` of `load_data` is now called `num_words`.")
        num_words = kwargs.pop("nb_words")
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
    return num_words


def shuffled(seed: int, texts: Any, labels: Any, rng: Any = None) -> Any:
    """Return texts and their classes in another order, and the generator for more of them."""
    rng = rng or np.random.RandomState(seed)
    indices = np.arange(len(texts))
    rng.shuffle(indices)
    return texts[indices], labels[indices], rng


def encoded(
    texts: Any, num_words: int | None, skip_top: int, start_char: int | None,
    oov_char: int | None, index_from: int | None,
) -> list[list[int]]:  # fmt: skip
    """Return texts with all indices moved by `index_from`, a start mark and rare words replaced."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    flat = np.fromiter(itertools.chain.from_iterable(texts), np.int64, int(lengths.sum()))
    if index_from:
        flat = flat + index_from
    if start_char is not None:
        flat = np.insert(flat, np.cumsum(lengths) - lengths, start_char)
        lengths = lengths + 1
    if not num_words:
        num_words = int(flat.max())
    kept = (flat >= skip_top) & (flat < num_words)
    if oov_char is not None:
        flat = np.where(kept, flat, oov_char)
    else:
        ends = np.concatenate([[0], np.cumsum(kept)])[np.cumsum(lengths)]
        flat, lengths = flat[kept], np.diff(ends, prepend=0)
    pool = np.arange(flat.min(initial=0), flat.max(initial=0) + 1).astype(object)
    words = pool[flat - flat.min(initial=0)].tolist()  # one integer object for each word
    ends = np.cumsum(lengths).tolist()
    starts = [0, *ends[:-1]]
    return [words[start:end] for start, end in zip(starts, ends, strict=True)]


def of_lists(texts: list[list[int]]) -> np.ndarray[Any, Any]:
    """Return lists as an array: O[samples], or O[samples, length] if all have one length."""
    return np.array(texts, dtype="object")


def expect_texts(texts: Any, labels: Any) -> None:
    """Check that an array has lists of integers, and that each has a class.

    Raises:
        ValueError: otherwise.
    """
    _cached.expect(texts, (None,), "O")
    _cached.expect(labels, (len(texts),), "iu")
    for text in texts:
        if not isinstance(text, list) or not all(type(word) is int for word in text):
            raise ValueError("A text is a list of integers.")


def word_index(name: str, path: str, words: int) -> dict[str, int]:
    """Return the words of a data set and their indices, from 1."""

    def read(path: str) -> dict[str, int]:
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
        if not isinstance(found, dict):
            raise ValueError("A word index is a dict.")
        return found

    def make() -> dict[str, int]:
        return {f"word{index}": index for index in range(1, words + 1)}

    return _cached.read_or_make(f"the word index of {name}", path, read, make)
