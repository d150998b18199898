"""The terms of the explanations, each defined in a sentence or two."""

from typing import Final

from densetrace.system.errors import RequestError, did_you_mean, shown

GLOSSARY: Final = {
    "activation": "A function that a layer applies to its sums before it gives them out, such as "
    "relu. It bends the straight line that a weighted sum is.",
    "activity regularizer": "A regularizer for the output of a layer instead of its weights.",
    "argument": "A value that you give to a function or class. It is positional if only its place "
    "says what it is for, and a keyword argument if you write its name.",
    "attribute": "A value that an object keeps under a name, read as object.name.",
    "auto-config": "The arguments of a layer as Layer.__new__ noted them. It serves as the config "
    "of a layer whose class has no get_config of its own.",
    "batch": "Several examples that go through a model together. They stand along the first axis.",
    "bias": "One learned number for each unit, added to the unit's weighted sum.",
    "build": "The method in which a layer makes its weights, once the shape of its input is known.",
    "built": "The mark that says whether a layer has been built. While it is False, a call builds "
    "the layer first.",
    "call": "The method in which a layer computes its output. You call the layer itself, and Keras "
    "runs call.",
    "callable": "Anything that can be called with brackets: a function, a class, or an object with "
    "a __call__ method.",
    "cast": "To convert an array to another dtype.",
    "compile": "To give a model its optimizer, loss and metrics. Its layers stay as they are.",
    "config": "A dict of plain values from which an object can be made again, without its weights.",
    "constraint": "A rule that brings a weight back into bounds after each update, such as "
    "max_norm.",
    "custom object": "A class or function of your own that you made known to Keras, so that its "
    "name can be looked up.",
    "decorator": "A function that wraps another one, and does something before or after it.",
    "default": "What an argument is when you leave it out.",
    "deserialize": "To turn a name or a config back into the function or object that it stands "
    "for.",
    "device": "What computes: a CPU, a GPU or a TPU.",
    "dtype": "The type of the numbers in an array, such as float32.",
    "dtype policy": "Says in which dtype a layer keeps its weights and in which it computes. "
    "Usually both are float32.",
    "eager": "Computing at once, on real numbers. The opposite is symbolic.",
    "epsilon": "A tiny number that keeps a division from dividing by zero. In Keras it is 1e-7.",
    "fan-in": "How many numbers flow into one unit. For a Dense that is the number of features.",
    "fan-out": "To how many units each number flows. For a Dense that is the number of units.",
    "feature": "One of the numbers that describe an example. Features stand along the last axis.",
    "gradient": "How the loss would change if a weight changed a little. Training follows it "
    "downhill.",
    "identifier": "What you give a lookup: a name, a config dict, a class or an object.",
    "initializer": "An object that fills a new weight with its first values, such as "
    "GlorotUniform.",
    "input spec": "What a layer demands of its input: how many dimensions, and which sizes.",
    "instance": "An object made from a class.",
    "KerasTensor": "Keras's symbolic tensor: a shape and a dtype, and the layer that it came from.",
    "kernel": "The weights that a Dense multiplies its input by: one row for each feature, one "
    "column for each unit.",
    "layer": "A function with weights. It remembers how it was set, makes its weights at the first "
    "call, and computes.",
    "layout": "How a weight is spread over several devices (DTensor). It says nothing about the "
    "weight's values.",
    "lazy building": "Making weights at the first call and not before, because their shape depends "
    "on the input.",
    "legacy": "The older of Keras's two ways of reading configs. It reads dicts that have no "
    "'module' key.",
    "logits": "The numbers that go into softmax or sigmoid, before they become probabilities.",
    "lookup": "What a get function does: it turns a name, or what else you gave, into what "
    "Keras works with.",
    "loss": "The number that training makes smaller: how wrong the model is, plus all penalties.",
    "mask": "Marks the parts of the data to ignore, such as padding at the end of a sentence.",
    "metric": "A number that people watch during training, such as accuracy. It does not steer "
    "the training.",
    "model": "Layers connected to each other. A model is a layer too.",
    "MRO": "Method resolution order: the order in which Python looks through a class and those it "
    "inherits from. For a Dense: Dense, Layer, and the classes that Layer is made of.",
    "optimizer": "What changes the weights in training, a little at a time, such as sgd or adam.",
    "penalty": "What a regularizer adds to the loss.",
    "registry": "A set of names that a lookup knows, such as all activations.",
    "regularizer": "An object that turns values into a penalty, so that training keeps them small, "
    "such as L2.",
    "seed": "A number that random numbers start from. The same seed gives the same numbers again.",
    "serialize": "To turn an object into a config.",
    "shape": "The sizes of an array along its axes. (2, 3) means 2 rows of 3 numbers; None means "
    "that a size is not known yet.",
    "signature": "The arguments that a function takes: their names, order and defaults.",
    "standard deviation": "How far values typically lie from their mean.",
    "step": "One thing that Keras did while densetrace watched, such as one lookup.",
    "symbolic tensor": "A tensor that has a shape and a dtype but no numbers. Layers run on it to "
    "find the shapes of their outputs.",
    "tensor": "An array of numbers with any number of axes.",
    "trace": "The tree of all steps of one run.",
    "trainable": "Whether training may change a layer's weights.",
    "truncated normal": "Random numbers from a bell curve, where values too far from the middle "
    "are drawn again.",
    "unit": "One of the outputs of a Dense: a weighted sum of all features, plus a bias, through "
    "the activation.",
    "units": "How many units a Dense has: the size of the last axis of its output.",
    "variable": "An array that keeps its place while its values change. A layer's weights are "
    "variables.",
    "variance": "The square of the standard deviation.",
    "weight": "An array of numbers that a layer owns and training can change, such as the kernel.",
    "wrapper": "What a decorator puts around a function. It runs instead of it, and calls it.",
}
"""Term -> definition."""


def find_terms(asked: str) -> dict[str, str]:
    """A term with its definition; all terms if `asked` is empty.

    Case, hyphens and a plural s are ignored: `Fan In` finds `fan-in`.

    Raises:
        RequestError: if there is no such term.
    """
    word = " ".join(asked.split())
    if not word:
        return GLOSSARY
    by_plain = {_plain(term): term for term in GLOSSARY}
    for spelled in (_plain(word), _plain(word).removesuffix("s")):
        if spelled in by_plain:
            return {by_plain[spelled]: GLOSSARY[by_plain[spelled]]}
    inside = [term for term in GLOSSARY if _plain(word) in _plain(term)]
    hint = did_you_mean(word, GLOSSARY) or (
        f"Terms with this in them: {', '.join(inside)}."
        if inside
        else "All terms: densetrace glossary"
    )
    raise RequestError(f"The glossary has no such term. Received: {shown(word)}.", hint)


def _plain(term: str) -> str:
    return term.lower().replace("-", "").replace("_", "").replace(" ", "")
