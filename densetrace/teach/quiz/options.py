"""Options of a question, all worded in the same style, so that none stands out."""

from collections.abc import Iterable, Iterator
from typing import Final

from densetrace.teach.quiz.model import Option

_SPELLED: Final = {
    "glorot_normal": "GlorotNormal",
    "glorot_uniform": "GlorotUniform",
    "he_normal": "HeNormal",
    "he_uniform": "HeUniform",
    "lecun_normal": "LecunNormal",
    "lecun_uniform": "LecunUniform",
    "ones": "Ones",
    "zeros": "Zeros",
    "random_normal": "RandomNormal",
    "random_uniform": "RandomUniform",
    "l1": "L1",
    "l2": "L2",
    "max_norm": "MaxNorm",
    "min_max_norm": "MinMaxNorm",
    "non_neg": "NonNeg",
    "unit_norm": "UnitNorm",
    "adagrad": "Adagrad",
    "adam": "Adam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
"""Names that a lookup finds, and the class each stands for."""

_NEIGHBOURS: Final = {
    "activations": ("relu", "tanh", "sigmoid", "softmax", "elu", "linear"),
    "initializers": ("glorot_uniform", "zeros", "ones", "he_normal", "random_normal"),
    "regularizers": ("l2", "l1"),
    "constraints": ("max_norm", "non_neg", "unit_norm"),
    "optimizers": ("adam", "sgd", "rmsprop"),
}


def class_named(name: str) -> str:
    """The class that a name stands for, spelled as classes are."""
    return _SPELLED.get(name) or "".join(
        part[:1].upper() + part[1:] for part in name.split("_") if part
    )


def neighbours(registry: str, besides: Iterable[str]) -> Iterator[str]:
    """What other names of a registry give, as options: near enough to be plausible."""
    taken = {name.lower().replace("_", "") for name in besides}
    for name in _NEIGHBOURS.get(registry, ()):
        if name.replace("_", "") not in taken:
            what = "the function " if registry == "activations" else "an instance of "
            yield what + (name if registry == "activations" else class_named(name))


def only_wrong(texts: Iterable[str]) -> Iterator[Option]:
    """Wrong options that reveal no known misconception."""
    return (Option(text) for text in texts)


def ordinal(number: int) -> str:
    """`first`, `second`, ... for small numbers."""
    return ("first", "second", "third", "fourth", "fifth")[number] if number < 5 else f"{number}th"
