"""The terms of the explanations, each defined in a sentence or two."""

from typing import Final

from densetrace.system.errors import RequestError, did_you_mean, quoted

GLOSSARY: Final = {
    "accuracy": "The share of correct predictions. Keras turns the name into binary, categorical "
    "or sparse categorical accuracy when it sees the shapes of targets and outputs.",
    "activation": "A function that a layer applies to its weighted sums to get its output, such "
    "as relu. Without activations, several layers could compute no more than a "
    "single layer can.",
    "activity regularizer": "A regularizer for the output of a layer instead of its weights.",
    "Adam": "An optimizer that divides a mean of past gradients by the root of a mean of their "
    "squares, so the steps of all weights have a similar size.",
    "argument": "A value that you pass to a function or class. It is positional if its position "
    "says which parameter it is for, and a keyword argument if you write the name.",
    "attribute": "A value that an object stores under a name, read as object.name.",
    "auto-config": "The arguments of a layer as Layer.__new__ stored them. It serves as the "
    "config of a layer whose class has no get_config of its own.",
    "axis": "One of the directions of an array. Axis 0 is the batch, axis -1 the last one, which "
    "usually holds the features.",
    "backpropagation": "Computing gradients with the chain rule: from the loss back through the "
    "operations, in reverse order.",
    "backward pass": "The part of a training step that computes gradients, operation by "
    "operation, from the loss back to the weights.",
    "batch": "The examples that go through a model together, along the first axis. fit takes 32 "
    "at a time unless you set batch_size.",
    "batch normalization": "Normalizing each feature to mean 0 and variance 1: in training with "
    "the statistics of the batch, in predict with moving statistics.",
    "beta": "The learned number that a normalization layer adds to each normalized feature.",
    "bias": "One learned number for each unit, added to the unit's weighted sum.",
    "broadcasting": "Repeating an array along axes of size 1 until it fits another one, so that "
    "both can be added or multiplied.",
    "build": "The method in which a layer creates its weights, once the shape of its input is "
    "known.",
    "built": "The attribute that says whether a layer has been built. While it is False, a call "
    "builds the layer first.",
    "call": "The method in which a layer computes its output. You call the layer itself, and "
    "Keras runs call.",
    "callable": "Anything that can be called with parentheses: a function, a class, or an object "
    "with a __call__ method.",
    "callback": "An object whose methods fit calls at fixed moments, such as the end of an "
    "epoch. It can watch training, change it or stop it.",
    "cast": "To convert an array to another dtype.",
    "clipping": "Limiting gradients before the update: each number (clipvalue), each gradient's "
    "length (clipnorm) or the length of all together (global_clipnorm).",
    "compile": "To give a model its optimizer, loss and metrics. Its layers stay as they are.",
    "config": "A dict of plain values from which an object can be created again, without its "
    "weights.",
    "constraint": "A function that brings a weight back into bounds after each update, such as "
    "max_norm. It does not change the gradient.",
    "cross-entropy": "A loss for classes: the larger the predicted probability of the right "
    "class, the smaller it is.",
    "custom object": "A class or function of your own that you registered with Keras, so that "
    "its name can be looked up.",
    "decorator": "A function that wraps another one, and does something before or after it runs.",
    "default": "The value of a parameter when you pass no argument for it.",
    "deserialize": "To turn a name or a config back into the function or object that it "
    "represents.",
    "device": "The hardware that computes: a CPU, a GPU or a TPU.",
    "device layout": "Another name for layout.",
    "dropout": "Setting random elements to 0 in training, so that a model overfits less. In "
    "predict nothing is dropped.",
    "dtype": "The type of the numbers in an array, such as float32.",
    "dtype policy": "The dtype in which a layer stores its weights, and the one in which it "
    "computes. Usually both are float32.",
    "eager": "Computing immediately, on real numbers. With run_eagerly=True, fit runs Python for "
    "every batch. The opposite is graph mode.",
    "embedding": "A table with one learned row of numbers for each index, such as for each word. "
    "An Embedding layer looks rows up.",
    "epoch": "One pass of training over all training data, batch by batch.",
    "epsilon": "A tiny number that keeps a division from dividing by zero. In Keras it is 1e-7.",
    "evaluate": "The method that computes the loss and metrics of a model on data without "
    "changing its weights.",
    "fan-in": "How many numbers flow into one unit. For a Dense that is the number of features.",
    "fan-out": "How many units each number flows into. For a Dense that is the number of units.",
    "feature": "One of the numbers that describe an example. The last axis of the data holds the "
    "features.",
    "fit": "The method that trains a model. For each epoch and each batch it runs one training "
    "step.",
    "flatten": "To merge all axes except the batch into one, so that a Dense gets all numbers of "
    "an example as features.",
    "forward pass": "The part of a training step that computes outputs from inputs, layer by "
    "layer.",
    "functional model": "A model created from inputs and outputs: Model(inputs, outputs). It "
    "contains the layers between them.",
    "gamma": "The learned factor that a normalization layer multiplies each normalized feature by.",
    "gradient": "For each number of a weight, how fast the loss grows when that number grows. It "
    "has the shape of the weight.",
    "GradientTape": "TensorFlow's recorder of operations. It follows them backward to compute "
    "gradients.",
    "graph": "A list of operations that TensorFlow recorded while Python ran a function on "
    "symbolic tensors.",
    "graph mode": "Running a function as a graph: Python runs once to record the operations, and "
    "later calls replay them. fit works this way by default.",
    "History": "The object that fit returns. Its history attribute is a dict with a list for the "
    "loss and each metric, one number per epoch.",
    "hook": "The decorator that records each call of a function as a step. A function with a hook "
    "is a hook point.",
    "identifier": "The argument of a lookup: a name, a config dict, a class or an object.",
    "initializer": "An object that fills a new weight with its first values, such as "
    "GlorotUniform.",
    "input spec": "What a layer requires of its input: how many dimensions, and which sizes.",
    "instance": "An object created from a class.",
    "KerasTensor": "Keras's symbolic tensor: a shape, a dtype, and the layer that it came from.",
    "kernel": "The weight that a Dense multiplies its input by: one row for each feature, one "
    "column for each unit.",
    "label": "The right answer for an example when the answers are classes. A one-hot label has "
    "a 1 at the position of its class and 0 elsewhere.",
    "layer": "An object that computes outputs from inputs. It stores its settings; most layers "
    "have weights, which they create at the first call.",
    "layout": "How a weight is spread over several devices (DTensor), set by an argument such as "
    "kernel_layout. It does not affect the weight's values, and you seldom pass one.",
    "lazy building": "Creating weights at the first call and not before, because their shape "
    "depends on the input.",
    "learning rate": "The factor that sets the length of an update. For plain SGD the update is "
    "the learning rate times the gradient.",
    "legacy": "Said of the older of Keras's two ways of reading configs. See legacy deserializer.",
    "legacy deserializer": "The older of Keras's two functions that turn a config into an object, "
    "in keras.saving.legacy.serialization. It reads dicts that have no 'module' key.",
    "level": "How much of a trace is shown: user (the result), author (the steps that explain it) "
    "or framework (every step).",
    "logits": "The numbers that go into softmax or sigmoid, before they become probabilities.",
    "logs": "The dict with the loss and metrics that fit passes to callbacks after each batch "
    "and each epoch.",
    "lookup": "What a get function does: it turns a name, or another identifier, into the "
    "function or object that Keras uses.",
    "loss": "The number that training minimizes: how wrong the outputs are, plus all penalties.",
    "loss scale": "The factor that the loss is multiplied by in training with float16, so that "
    "small gradients do not become 0. The gradients are divided by it again.",
    "mask": "A tensor of booleans that marks the parts of the data to ignore, such as padding at "
    "the end of a sentence. The loss skips masked parts.",
    "matmul": "The matrix product of two arrays, written a @ b in Python: each row of the first is "
    "multiplied by each column of the second, number by number, and added up.",
    "Mean": "A metric that averages the values it gets. fit uses one for the loss, so the loss of "
    "an epoch is a mean over its batches.",
    "merge layer": "A layer that combines a list of inputs into one output, such as Add or "
    "Concatenate.",
    "metric": "A number that measures a model, such as accuracy. You read it during training; it "
    "does not change the weights.",
    "mixed precision": "Computing in float16 with weights in float32. The dtype policy "
    "mixed_float16 does this.",
    "model": "Several connected layers. A model is also a layer.",
    "momentum": "Continuing in the direction of earlier updates. Part of the last change is "
    "added to the next one.",
    "moving statistics": "The mean and variance that a BatchNormalization collects in training, "
    "for use in predict. The layer updates them, not the optimizer.",
    "MRO": "Method resolution order: the order in which Python searches a class and its base "
    "classes. For a Dense: Dense, Layer, and the base classes of Layer.",
    "node": "One call of a layer in a graph: which tensors went in and which came out. A shared "
    "layer has a node for each call.",
    "normalization": "Scaling numbers to a common range, such as mean 0 and variance 1. That "
    "makes training faster.",
    "optimizer": "An object that updates the weights from their gradients, such as SGD or Adam.",
    "overfitting": "Fitting the training data more and more closely while predictions on other "
    "data get worse. Validation shows it.",
    "parameter": "One number in a weight. A Dense(4) on 3 features has 16. In Python: a name in "
    "the signature of a function.",
    "penalty": "What a regularizer adds to the loss.",
    "plain": "Said of a value that is a str, int, float, bool or None. If all arguments of a layer "
    "are plain, Layer.__new__ stores them as its auto-config.",
    "predict": "The method that computes the outputs of a model on data, in batches, with "
    "training=False.",
    "prediction": "The output of a model for an example. The loss compares it with the target.",
    "rank": "The number of axes of a tensor: f32[2,3] has rank 2.",
    "recurrent layer": "A layer that processes a sequence one time step after the other, with the "
    "same weights, and keeps a state between time steps.",
    "registry": "The set of names that a lookup knows, such as all activations.",
    "regularization": "Keeping weights or outputs small during training, by adding a penalty to "
    "the loss.",
    "regularizer": "An object that turns values into a penalty, so that training keeps them "
    "small, such as L2.",
    "replay": "Running a recorded graph on a new batch. Python code such as your call does not "
    "run again.",
    "sample weight": "A factor for the loss of one example. Keras multiplies the example's loss "
    "by it before it takes the mean.",
    "schedule": "A function of the number of updates that gives the learning rate, such as "
    "ExponentialDecay.",
    "seed": "A number that random numbers start from. The same seed gives the same numbers again.",
    "serialize": "To turn an object into a config.",
    "SGD": "Stochastic gradient descent: an optimizer that subtracts the learning rate times the "
    "gradient, batch by batch.",
    "shape": "The sizes of an array along its axes. (2, 3) means 2 rows of 3 numbers; None is a "
    "size that is not known yet.",
    "shared layer": "A layer that a model calls several times. All calls use and train the same "
    "weights.",
    "signature": "The parameters of a function, with their order and defaults. For a "
    "tf.function: the shapes and dtypes of its inputs; a new one means a new graph.",
    "slot variable": "A variable that an optimizer keeps for a weight, with the same shape, such "
    "as its momentum. Adam has two for each weight.",
    "standard deviation": "How far values typically lie from their mean.",
    "state": "What a recurrent layer keeps from one time step to the next, such as the last "
    "output. It starts as zeros for each batch, unless the layer is stateful.",
    "step": "One recorded action of Keras, such as one lookup.",
    "symbolic tensor": "A tensor that has a shape and a dtype but no numbers. Layers run on it "
    "to find the shapes of their outputs.",
    "target": "The value that a model should output for an example, passed to fit as y.",
    "tensor": "An array of numbers with any number of axes.",
    "tensordot": "A product of two tensors that adds up over chosen axes. A Dense uses it for "
    "inputs of rank 3 or more, to multiply along the last axis.",
    "time step": "One position of a sequence, such as a word or a day. In f32[2,4,3] two sequences "
    "have 4 time steps of 3 features.",
    "trace": "The tree of all steps of one run. A tf.function has traces of another kind: each "
    "records its operations as a graph.",
    "train step": "Model.train_step: the method that runs one training step on one batch. You "
    "can override it.",
    "trainable": "Whether training may change a layer's weights.",
    "training argument": "The argument training of a call. It is True in fit and False in "
    "predict; Dropout and BatchNormalization act on it.",
    "training step": "What fit does with one batch: forward pass, loss, gradients, update, "
    "metrics.",
    "truncated normal": "Random numbers from a bell curve, where values too far from the mean are "
    "drawn again.",
    "unit": "One of the outputs of a Dense: a weighted sum of all features, plus a bias, through "
    "the activation.",
    "units": "How many units a Dense has: the size of the last axis of its output.",
    "update": "The change that an optimizer makes to a weight in one training step.",
    "validation": "Evaluating the model after each epoch on data that it is not trained on.",
    "variable": "An array whose values can be changed in place. A layer's weights are variables.",
    "variance": "The square of the standard deviation.",
    "velocity": "The slot variable of SGD with momentum: 0.9 times the last velocity (for "
    "momentum 0.9), minus the learning rate times the gradient.",
    "weight": "An array of numbers that belongs to a layer and is saved with it, such as the "
    "kernel. Training changes the trainable ones.",
    "weight decay": "Making weights slightly smaller at each update, independently of the "
    "gradient. It is a setting of the optimizer.",
    "wrapper": "The function that a decorator replaces another one with. It runs first and calls "
    "the original.",
}
"""Term -> definition."""


NOTATION: Final = {
    "f() → x": "The call f() returns x.",
    "a calls b": "a calls b, and the lines inside belong to b.",
    "name = x": "The attribute of this name is set to x.",
    "a = 1; b = 2": "Two lines in one: first a is set, then b.",
    "(was x)": "The previous value.",
    "#1": "The number of an object among those of its class, in the order in which they were "
    "created: GlorotUniform#2 is the second one.",
    "f32[2,3]": "A tensor of dtype float32 and shape (2, 3). None is a size that is not known yet, "
    "and f32[] a single number. i32 is int32, bool is bool.",
    "(0 to 0.27, mean 0.059)": "The smallest and the largest number of a tensor, and the mean "
    "of all its numbers, each rounded to two digits, or to as many as tell them apart. Near the "
    "limit of an initializer, digits are cut off instead, so a range is never wider than the "
    "limit. The mean is left out where it does not fit, and the range where fewer than 28 "
    "characters are left in a line.",
    "(min 0, mean 0.059, max 0.27; 0, 0.1, ...)": "The same, with the first numbers of the tensor.",
    "(matmul, bias_add, relu)": "The operations inside, in order, where no numbers are known.",
    "x \N{EN DASH} text": "The text explains the step on this line. A longer explanation is "
    "indented below the step.",
    "(symbolic)": "The call ran on tensors that have a shape and a dtype but no numbers.",
    "(recorded as a graph, twice)": "Python ran twice to record its operations as a graph, which "
    "then ran. tf.function calls this tracing; the trace that densetrace shows is another one.",
    "(failed while being recorded as a graph)": "Python raised an error, so there is no graph.",
    "(replayed)": "A graph ran again, without Python.",
    "(like dense, except:)": "Only the lines that differ from those of dense are shown. Without "
    "lines below it, the sign names the attributes that differ; (like dense): none does.",
    "a, b: each f(None)": "Two calls, with the same argument and result.",
    "(3 steps)": "3 steps are inside and not shown: --level framework shows them; if --depth "
    "hides them, a greater depth does.",
    "✗": "This step raised an error. The error is on the line that begins with ✗.",
    "~": "In a comparison: the same step on both sides, with different values. - is only on the "
    "left, + only on the right; there, (3 steps) counts the step of the line too.",
}
"""The signs and forms in a tree, and in a comparison."""

NOTATION_TERM: Final = "notation"
"""The term that stands for all of `NOTATION`."""


def find_terms(asked: str) -> dict[str, str]:
    """A term with its definition; all terms if `asked` is empty; the signs for `notation`.

    Case, hyphens and a plural s are ignored: `Fan In` finds `fan-in`. A word that is no term but
    part of a sign, such as `f32` or `#1`, finds the sign.

    Raises:
        RequestError: if there is no such term.
    """
    word = " ".join(asked.split())
    if not word:
        return GLOSSARY
    if _plain(word) == NOTATION_TERM:
        return NOTATION
    by_plain = {_plain(term): term for term in GLOSSARY}
    for spelled in (_plain(word), _plain(word).removesuffix("s")):
        if spelled in by_plain:
            return {by_plain[spelled]: GLOSSARY[by_plain[spelled]]}
    if signs := _signs_with(word):
        return signs
    words = set(word.lower().replace("-", " ").split())
    inside = [term for term in GLOSSARY if words <= set(term.lower().replace("-", " ").split())]
    hint = did_you_mean(word, GLOSSARY) or (
        f"Terms that contain it: {', '.join(inside)}."
        if inside
        else "All terms: densetrace glossary"
    )
    raise RequestError(f"The glossary has no such term. Received: {quoted(word)}.", hint)


def _signs_with(word: str) -> dict[str, str]:
    """The signs that contain a word, or explain one such as `i32`; none for a word of letters."""
    if word.replace("_", "").isalpha():
        return {}
    low = word.lower()
    return {
        sign: meaning
        for sign, meaning in NOTATION.items()
        if low in sign.lower() or low in meaning.lower().split()
    }


def _plain(term: str) -> str:
    return term.lower().replace("-", "").replace("_", "").replace(" ", "")
