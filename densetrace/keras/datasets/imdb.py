"""Reviews of films, good or bad, as word indices. Follows keras 2.14 datasets/imdb.py."""

from typing import Any

import numpy as np

from densetrace.keras.datasets import _cached, _synthetic, _texts
from densetrace.keras.preprocessing.sequence import _remove_long_seq

_NAMES = ("x_train", "y_train", "x_test", "y_test")
_WORDS = 88584


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    **kwargs: Any,
) -> Any:
    """Return the reviews and whether they are good: (O[25000], i64[25000]), the same for the test.

    Follows keras 2.14 datasets/imdb.py, load_data.

    Args:
        path: the file in `~/.keras/datasets`, or an absolute path.
        num_words: indices from this one on are replaced; only the largest if None.
        skip_top: indices below this one are replaced.
        maxlen: reviews of this length or longer are left out; none if None.
        seed: for shuffling the reviews.
        start_char: the index before the first word; none if None.
        oov_char: the index for a replaced word, which is left out if None.
        index_from: is added to each index.
        **kwargs: `nb_words`, the old name of `num_words`.

    Raises:
        TypeError: for other arguments.
        ValueError: if no review is shorter than `maxlen`.
    """
    num_words = _texts.renamed(num_words, kwargs)
    x_train, y_train, x_test, y_test = _cached.read_or_make("imdb", path, _read, _make)
    x_train, y_train, rng = _texts.shuffled(seed, x_train, y_train)
    x_test, y_test, _ = _texts.shuffled(seed, x_test, y_test, rng)
    if maxlen:
        # A start mark counts, and it is not there yet.
        longest = maxlen - (start_char is not None)
        x_train, y_train = _remove_long_seq(longest, x_train, y_train)
        x_test, y_test = _remove_long_seq(longest, x_test, y_test)
        if not x_train or not x_test:
            raise ValueError(f"No review is shorter than maxlen. Received: maxlen={maxlen}")
    # DEPARTS: With start_char=None and index_from=0, Keras joins each training review with a test
    # review, and the test set is empty. Here they stay separate.
    texts = _texts.encoded(
        [*x_train, *x_test], num_words, skip_top, start_char, oov_char, index_from
    )
    count = len(x_train)
    return (
        (_texts.of_lists(texts[:count]), np.array(y_train)),
        (_texts.of_lists(texts[count:]), np.array(y_test)),
    )


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Return the index of each word, without `index_from`: the most frequent word has 1.

    Follows keras 2.14 datasets/imdb.py, get_word_index.
    """
    return _texts.word_index("imdb", path, _WORDS)


def _read(path: str) -> Any:
    x_train, y_train, x_test, y_test = _cached.arrays(path, _NAMES)
    _texts.expect_texts(x_train, y_train)
    _texts.expect_texts(x_test, y_test)
    return x_train, y_train, x_test, y_test


def _make() -> Any:
    train, test = _synthetic.sequences(5, (25000, 25000), 2, _WORDS, (10, 190, 2493))
    return *train, *test
