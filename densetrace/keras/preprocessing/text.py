"""Words of texts, their indices, and matrices. Follows keras 2.14 preprocessing/text.py."""

import hashlib
import json
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from densetrace.keras._exports import keras_export
from densetrace.recording.warn import warn

_FILTERS: Final = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


@keras_export("keras.preprocessing.text.text_to_word_sequence")
def text_to_word_sequence(
    input_text: str, filters: str = _FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """Return the words of a text.

    Follows keras 2.14 preprocessing/text.py, text_to_word_sequence.

    Args:
        input_text: the text.
        filters: characters that separate words.
        lower: whether to write words in lower case.
        split: the text between two words.
    """
    if lower:
        input_text = input_text.lower()
    separators: dict[str, str | int | None] = dict.fromkeys(filters, split)
    separated = input_text.translate(str.maketrans(separators))
    return [word for word in separated.split(split) if word]


@keras_export("keras.preprocessing.text.one_hot")
def one_hot(
    input_text: str,
    n: int,
    filters: str = _FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Return a number below `n` for each word, by Python's hash: two words may share one.

    Follows keras 2.14 preprocessing/text.py, one_hot.
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


@keras_export("keras.preprocessing.text.hashing_trick")
def hashing_trick(
    text: str,
    n: int,
    hash_function: Any = None,
    filters: str = _FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Return a number from 1 to `n - 1` for each word: two words may share one.

    Follows keras 2.14 preprocessing/text.py, hashing_trick.

    Args:
        text: the text.
        n: one more than the largest number.
        hash_function: gives a word its number; "md5" gives the same ones in each run; Python's hash
            if None.
        filters: characters that separate words.
        lower: whether to write words in lower case.
        split: the text between two words.
        analyzer: returns the words of the text, instead of `text_to_word_sequence`.
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    words = analyzer(text) if analyzer else text_to_word_sequence(text, filters, lower, split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


@keras_export("keras.preprocessing.text.Tokenizer")
class Tokenizer:
    """Gives each word an index, the most frequent one 1, and turns texts into indices or matrices.

    Follows keras 2.14 preprocessing/text.py, Tokenizer.

    Args:
        num_words: indices from this one on are left out; none if None.
        filters: characters that separate words.
        lower: whether to write words in lower case.
        split: the text between two words.
        char_level: whether each character is a word.
        oov_token: the word in place of one that is unknown or left out; it gets index 1.
        analyzer: returns the words of a text, instead of `text_to_word_sequence`.
        **kwargs: `document_count`, how many texts were seen before, and `nb_words`, the old name of
            `num_words`.

    Raises:
        TypeError: for other arguments.
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = _FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            warn("`nb_words` of `Tokenizer` is now called `num_words`.")
            num_words = kwargs.pop("nb_words")
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.word_counts: OrderedDict[str, int] = OrderedDict()
        self.word_docs: defaultdict[str, int] = defaultdict(int)
        self.filters = filters
        self.split = split
        self.lower = lower
        self.num_words = num_words
        self.document_count = document_count
        self.char_level = char_level
        self.oov_token = oov_token
        self.index_docs: defaultdict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.analyzer = analyzer

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts, and give each word its index. A text is a string, or a list of
        words."""
        for text in texts:
            self.document_count += 1
            words = list(self._words_of(text))
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        # Words of one count stay in the order in which they appeared.
        ranked = sorted(self.word_counts.items(), key=lambda counted: counted[1], reverse=True)
        known = [] if self.oov_token is None else [self.oov_token]
        known += [word for word, _ in ranked]
        self.word_index = {word: at for at, word in enumerate(known, start=1)}
        self.index_word = {at: word for word, at in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Any) -> None:
        """Count in how many lists of indices each index is."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for index in set(sequence):
                self.index_docs[index] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Return the indices of each text's words. An unknown word is left out, unless there is an
        `oov_token`."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """Yield what `texts_to_sequences` returns."""
        unknown = None if self.oov_token is None else self.word_index.get(self.oov_token)
        for text in texts:
            indices = (self.word_index.get(word) for word in self._words_of(text))
            found = (unknown if self._is_left_out(index) else index for index in indices)
            yield [index for index in found if index is not None]

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """Return the words of each list of indices, with spaces between them."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Any]) -> Iterator[str]:
        """Yield what `sequences_to_texts` returns."""
        unknown = None if self.oov_token is None else self.word_index.get(self.oov_token)
        unknown_word = None if unknown is None else self.index_word[unknown]
        for sequence in sequences:
            words = (
                self.index_word.get(index) if not self._is_left_out(index) else None
                for index in sequence
            )  # fmt: skip
            found = (unknown_word if word is None else word for word in words)
            yield " ".join(word for word in found if word is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> Any:
        """Return a row for each text, as `sequences_to_matrix` does."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> Any:
        """Return a row for each list of indices, with a column for each index: f64[samples, words].

        Args:
            sequences: lists of indices.
            mode: what a row has for a word: 1 ("binary"), how often it is there ("count"), its
                share ("freq"), or a weight that is larger for rare words ("tfidf").

        Raises:
            ValueError: if there is no `num_words` and no text was seen, or for another `mode`.
        """
        if not self.num_words and not self.word_index:
            raise ValueError("Pass `num_words`, or call `fit_on_texts` first.")
        num_words = self.num_words or len(self.word_index) + 1
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Call `fit_on_texts` first: the mode tfidf counts texts.")
        matrix = np.zeros((len(sequences), num_words))
        for row, sequence in zip(matrix, sequences, strict=True):
            for index, count in Counter(i for i in sequence if i < num_words).items():
                if mode == "count":
                    row[index] = count
                elif mode == "freq":
                    row[index] = count / len(sequence)
                elif mode == "binary":
                    row[index] = 1
                elif mode == "tfidf":
                    texts_with = self.index_docs.get(index, 0)
                    rarity = np.log(1 + self.document_count / (1 + texts_with))
                    row[index] = (1 + np.log(count)) * rarity
                else:
                    raise ValueError("Unknown vectorization mode:", mode)
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Return the settings and what was counted, the latter as JSON."""
        counted = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        settings = ("num_words", "filters", "lower", "split", "char_level", "oov_token",
                    "document_count")  # fmt: skip
        config = {name: getattr(self, name) for name in settings}
        return config | {name: json.dumps(getattr(self, name)) for name in counted}

    def to_json(self, **kwargs: Any) -> str:
        """Return the class and the config as JSON; `kwargs` are those of `json.dumps`."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **kwargs
        )

    def _words_of(self, text: Any) -> Iterable[Any]:
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text  # type: ignore[no-any-return] # a string or a list
            return [word.lower() for word in text] if isinstance(text, list) else text.lower()
        if self.analyzer is None:
            return text_to_word_sequence(text, self.filters, self.lower, self.split)
        return self.analyzer(text)

    def _is_left_out(self, index: int | None) -> bool:
        return index is None or bool(self.num_words and index >= self.num_words)


@keras_export("keras.preprocessing.text.tokenizer_from_json")
def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Return the tokenizer that `Tokenizer.to_json` wrote.

    Follows keras 2.14 preprocessing/text.py, tokenizer_from_json.
    """
    config = json.loads(json_string).get("config")
    names = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    counted = {name: json.loads(config.pop(name)) for name in names}
    for name in ("index_docs", "index_word"):  # JSON has only strings for keys
        counted[name] = {int(index): value for index, value in counted[name].items()}
    tokenizer = Tokenizer(**config)
    for name, value in counted.items():
        setattr(tokenizer, name, value)
    return tokenizer
