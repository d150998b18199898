"""Texts as lists of word indices: what `imdb` and `reuters` have in common."""

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


class _Codes(dict[int, int | None]):
    """Word -> its index in an encoded text; None for a word that is left out."""

    def __init__(self, kept: range, oov_char: int | None, index_from: int) -> None:
        super().__init__()
        self.kept = kept
        self.oov_char = oov_char
        self.index_from = index_from

    def __missing__(self, word: int) -> int | None:
        code = self[word] = self.of(word + self.index_from)
        return code

    def of(self, index: int) -> int | None:
        """Return an index, or what replaces it."""
        return index if index in self.kept else self.oov_char


def encoded(
    texts: Any, num_words: int | None, skip_top: int, start_char: int | None,
    oov_char: int | None, index_from: int | None,
) -> list[list[int]]:  # fmt: skip
    """Return texts with all indices moved by `index_from`, a start mark and rare words replaced."""
    shift = index_from or 0
    if not num_words:
        num_words = max((max(text) for text in texts if text), default=0) + shift
        num_words = max(num_words, start_char or 0)
    codes = _Codes(range(skip_top, num_words), oov_char, shift)
    begin = [] if start_char is None else [codes.of(start_char)]
    code_of = codes.__getitem__
    found: Any = [[*begin, *map(code_of, text)] for text in texts]
    if oov_char is None:
        found = [[code for code in text if code is not None] for text in found]
    return found  # type: ignore[no-any-return] # lists of integers now


def of_lists(texts: list[list[int]]) -> np.ndarray[Any, Any]:
    """Return lists as an array: O[samples], or O[samples, length] if all have one length."""
    if len(set(map(len, texts))) < 2:
        return np.array(texts, dtype="object")
    made = np.empty(len(texts), dtype=object)
    made[:] = texts  # NumPy would first look at each word, for a second axis
    return made


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
