"""News of 46 topics as word indices. Follows keras 2.14 datasets/reuters.py."""

from typing import Any

import numpy as np

from densetrace.keras.datasets import _cached, _synthetic, _texts
from densetrace.keras.preprocessing.sequence import _remove_long_seq

_WORDS = 30979
_LABELS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves "
    "ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin "
    "strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem "
    "dlr gas silver wpi hog lead"
)


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    **kwargs: Any,
) -> Any:
    """Return the news and their topics: (O[8982], i64[8982]), (O[2246], i64[2246]).

    Follows keras 2.14 datasets/reuters.py, load_data.

    Args:
        path: the file in `~/.keras/datasets`, or an absolute path.
        num_words: indices from this one on are replaced; only the largest if None.
        skip_top: indices below this one are replaced.
        maxlen: news of this length or longer are left out; none if None.
        test_split: the share for the test.
        seed: for shuffling the news.
        start_char: the index before the first word; none if None.
        oov_char: the index for a replaced word, which is left out if None.
        index_from: is added to each index.
        **kwargs: `nb_words`, the old name of `num_words`.

    Raises:
        TypeError: for other arguments.
    """
    num_words = _texts.renamed(num_words, kwargs)
    texts, labels = _cached.read_or_make("reuters", path, _read, _make)
    texts, labels, _ = _texts.shuffled(seed, texts, labels)
    if maxlen:
        # A start mark counts, and it is not there yet.
        longest = maxlen - (start_char is not None)
        texts, labels = _remove_long_seq(longest, texts, labels)
    texts = _texts.encoded(texts, num_words, skip_top, start_char, oov_char, index_from)
    count = int(len(texts) * (1 - test_split))
    return (
        (_texts.of_lists(texts[:count]), np.array(labels[:count])),
        (_texts.of_lists(texts[count:]), np.array(labels[count:])),
    )


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Return the index of each word, without `index_from`: the most frequent word has 1.

    Follows keras 2.14 datasets/reuters.py, get_word_index.
    """
    return _texts.word_index("reuters", path, _WORDS)


def get_label_names() -> tuple[str, ...]:
    """Return the names of the topics, the first for class 0.

    Follows keras 2.14 datasets/reuters.py, get_label_names.
    """
    return tuple(_LABELS.split())


def _read(path: str) -> Any:
    texts, labels = _cached.arrays(path, ("x", "y"))
    _texts.expect_texts(texts, labels)
    return texts, labels


def _make() -> Any:
    ranks = np.full(46, 0.4 / 44)
    ranks[3], ranks[4] = 0.37, 0.23  # most news are about earnings or acquisitions
    ((texts, labels),) = _synthetic.sequences(6, (11228,), 46, _WORDS, (13, 120, 2376), ranks)
    return texts, labels
