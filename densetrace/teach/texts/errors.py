"""What went wrong, and what to type instead."""

from typing import Final

from densetrace.kinds.kind import Level
from densetrace.teach.entries import Entry

_STOPS = (
    "An error ends each enclosing step, from the innermost outwards, until one of them catches it."
)


def _error(
    kind: str,
    outcome: str,
    what: str,
    why: str,
    where: str,
    note: str = "",
    point: str = "",
    level: Level = "user",
) -> Entry:
    return Entry(kind, what, why, where, point, outcome, note, level)


ENTRIES: Final = (
    _error(
        "",
        "raised inside",
        "{error} passed through this step: {message}. It was raised in {culprit_step}.",
        _STOPS,
        "{place}; the error was raised in {culprit_step}",
    ),
    _error(
        "",
        "raised",
        "This step ended with {error}: {message}.",
        _STOPS,
        "{place}",
    ),
    # -- construction ---------------------------------------------------------------------------
    _error(
        "layout",
        "raised inside",
        "{error} passed through the decorator: {message}. It was raised in {culprit_step}. No "
        "layout is set, because that happens after __init__.",
        _STOPS,
        "keras/dtensor/utils.py, allow_initializer_layout",
    ),
    _error(
        "layout",
        "raised TypeError",
        "The arguments do not fit {class}.__init__: {message}.",
        "The decorator accepts any arguments and passes them on, so Python only compares them "
        "with the signature of __init__ here. Layer.__new__, which accepts anything, has already "
        "run.",
        "keras/dtensor/utils.py, allow_initializer_layout",
        "The arguments do not match the signature of __init__. Pass each required argument once: "
        "a Dense needs units, as in Dense(64).",
    ),
    _error(
        "init",
        "unknown keyword",
        "Layer.__init__ does not know the argument {unknown}: {message}.",
        "A layer's __init__ passes any other keyword arguments on to Layer.__init__, which "
        "accepts only a few. So a misspelled argument fails here.",
        "keras/engine/base_layer.py, Layer.__init__",
        "{class} has no argument {unknown}. {suggestion}",
        "base_layer.Layer.__init__",
    ),
    *(
        _error(
            "init",
            f"{name} without a comma",
            f"{name}={{{name}}} is a number, and a shape is a tuple: {{message}}.",
            "A shape lists the size of each axis, and Layer.__init__ iterates over it. In Python "
            "the comma makes a tuple, not the parentheses.",
            "keras/engine/base_layer.py, Layer.__init__",
            f"({{{name}}}) is only the number {{{name}}}: write ({{{name}}},).",
            "base_layer.Layer.__init__",
        )
        for name in ("input_shape", "batch_input_shape")
    ),
    _error(
        "init",
        "raised TypeError",
        "One of the layer's arguments has a wrong type: {message}.",
        "trainable and dynamic must be True or False, a name must be a string, and dtype must be "
        "the name of a dtype.",
        "keras/engine/base_layer.py, Layer.__init__",
        "Check these arguments: trainable=True, dynamic=False, name='first', dtype='float32'.",
        "base_layer.Layer.__init__",
    ),
    _error(
        "init",
        "raised",
        "units={units} cannot be a number of outputs: {message}.",
        "units is a size of the kernel. Anything that isn't an int goes through int(), and Keras "
        "rejects a negative result. It accepts 0, which gives an empty output.",
        "keras/layers/core/dense.py, Dense.__init__",
        "units={units} cannot be a number of outputs. Pass a positive whole number, as in "
        "Dense(64).",
        "layers.core.dense.Dense.__init__",
    ),
    _error(
        "assign",
        "raised AttributeError",
        "{name} cannot be set: {message}.",
        "Layer has a property of this name that can only be read.",
        "keras/engine/base_layer.py, Layer.__setattr__",
        "Layer already has a read-only property called {name}. Choose another name for yours.",
    ),
    # -- lookups --------------------------------------------------------------------------------
    _error(
        "get",
        "unknown name",
        "No {thing} is called {identifier}: {message}.",
        "Keras looks names up when it creates the layer, so a misspelled name fails early. It "
        "finds only its own names and those that you registered.",
        "{place}",
        "No {thing} is called {identifier}. {suggestion}",
    ),
    _error(
        "get",
        "unknown config",
        "No {thing} class is called {class_name}: {message}.",
        "A config names a class. Keras finds only its own classes and those that you registered.",
        "{place}",
        "No {thing} class is called {class_name}. {suggestion}",
        level="author",
    ),
    _error(
        "get",
        "raised",
        "{registry}.get cannot interpret {identifier}: {message}.",
        "It accepts names, config dicts, and objects of the right kind.",
        "{place}",
        "{registry}.get does not accept {identifier}. Pass a name in quotes or an object.",
    ),
    _error(
        "deserialize",
        "raised",
        "No object can be created from {identifier}: {message}.",
        "Keras must know the class or function, or you must have registered it, and its config "
        "must fit.",
        "keras/saving/legacy/serialization.py, deserialize_keras_object, or "
        "keras/saving/serialization_lib.py, deserialize_keras_object",
        level="framework",
    ),
    # -- building -------------------------------------------------------------------------------
    _error(
        "build",
        "raised ValueError",
        "Dense.build cannot create a kernel for inputs of shape {input_shape}: {message}.",
        "The kernel has one row for each feature, so the last size of the input must be known. The "
        "other sizes may be None.",
        "keras/layers/core/dense.py, Dense.build",
        "The last size of the input must be known: it is the number of rows of the kernel. For 3 "
        "features, the shape is (None, 3).",
        "layers.core.dense.Dense.build",
    ),
    _error(
        "build",
        "raised TypeError",
        "Dense.build rejects the layer's dtype: {message}.",
        "Training changes weights in small steps, so they must be floating-point numbers.",
        "keras/layers/core/dense.py, Dense.build",
        "A Dense needs a floating-point dtype: dtype='float32', for example.",
        "layers.core.dense.Dense.build",
    ),
    _error(
        "add_weight",
        "raised",
        "The weight {name} of shape {shape} could not be created: {message}.",
        "A weight needs a shape with known sizes, a dtype, and an initializer that can fill it.",
        "keras/engine/base_layer.py, Layer.add_weight",
        "The weight {name} of shape {shape} could not be created.",
    ),
    _error(
        "initialize",
        "raised",
        "{subject} cannot fill a weight of shape {shape}: {message}.",
        "Some initializers only work for some shapes and dtypes: Identity needs two dimensions, "
        "Orthogonal at least two, and most need floating-point numbers.",
        "keras/engine/base_layer_utils.py, make_variable",
        "{subject} cannot fill a weight of shape {shape}. Choose another initializer for it.",
    ),
    _error(
        "initialize",
        "raised NotImplementedError",
        "{subject} has no __call__ of its own: {message}.",
        "Initializer is only the base class. Its subclasses define what to compute.",
        "keras/initializers/initializers.py, Initializer.__call__",
        "Initializer itself computes nothing. Use a subclass of it, or write __call__ in yours.",
        "initializers.Initializer.__call__",
    ),
    # -- calling --------------------------------------------------------------------------------
    _error(
        "invoke",
        "raised RuntimeError",
        "{subject} cannot be called: {message}.",
        "Its __init__ did not run Layer.__init__, which sets the attributes that a call needs.",
        "keras/engine/base_layer.py, Layer.__call__",
        "Its __init__ never called Layer.__init__. Make super().__init__() the first line of "
        "__init__.",
    ),
    _error(
        "check",
        "raised",
        "The input of shape {shape} does not fit {layer}, which requires {demands}: {message}.",
        "A check here gives a clearer error than the failing operation would.",
        "keras/engine/input_spec.py, assert_input_compatibility",
        "{layer} requires {demands}, but the input has the shape {shape}. Pass an input of the "
        "required shape.",
    ),
    _error(
        "check",
        "several inputs",
        "{layer} takes one input and was called on several: {message}.",
        "An InputSpec describes one input, so a list of inputs needs a list of them.",
        "keras/engine/input_spec.py, assert_input_compatibility",
        "{layer} takes one input. Call it on one tensor, or join several with Concatenate first.",
    ),
    _error(
        "check",
        "raised TypeError",
        "The input of {layer} is not a tensor: {message}.",
        "A layer needs to know the shape of its input, which only arrays and tensors have.",
        "keras/engine/input_spec.py, assert_input_compatibility",
        "{layer} needs an array or a tensor. Pass numbers, for example np.ones((2, 3)).",
    ),
    _error(
        "check",
        "too few dimensions",
        "The input of shape {shape} has {dimensions}, but {layer} requires {demands}: {message}.",
        "The first axis of an input counts the examples (the batch), even when there is only one. "
        "A Dense needs another axis for the features.",
        "keras/engine/input_spec.py, assert_input_compatibility",
        "The input has {dimensions}, but {layer} requires {demands}. {advice}",
    ),
    _error(
        "check",
        "wrong size",
        "The input of shape {shape} does not fit {layer}, which requires {demands}: {message}.",
        "A built layer has weights for one number of features, so every later input must have as "
        "many.",
        "keras/engine/input_spec.py, assert_input_compatibility",
        "{layer} requires {demands}, but the input has the shape {shape}. Pass an input of the "
        "required sizes, or create a new layer.",
    ),
    _error(
        "call",
        "raised",
        "{class}.call raised {error}: {message}.",
        "The code of call itself raised the error.",
        "{place}, called by keras/engine/base_layer.py, Layer.__call__",
    ),
    _error(
        "op",
        "raised",
        "{point} cannot work with {operands}: {message}.",
        "Each operation requires certain shapes and dtypes.",
        "TensorFlow's {point}, called in keras/layers/core/dense.py, Dense.call",
        "{point} cannot work with {operands}: compare their sizes and dtypes.",
    ),
    _error(
        "activation",
        "raised",
        "The activation {function} cannot work with {operands}: {message}.",
        "Some activations require certain shapes or dtypes: softmax needs two dimensions or more.",
        "{place}; a Dense calls its activation in keras/layers/core/dense.py, Dense.call",
        "The activation {function} cannot work with {operands}.",
    ),
    # -- models ---------------------------------------------------------------------------------
    _error(
        "add",
        "raised TypeError",
        "{layer_name} is not a layer, so {subject} rejects it: {message}.",
        "A Sequential model calls its layers one after the other, so it accepts only layers.",
        "keras/engine/sequential.py, Sequential.add",
        "add takes a layer. Pass one, for example Dense(64).",
    ),
    _error(
        "add",
        "raised ValueError",
        "{subject} rejects {layer_name}: {message}.",
        "The layers of a model must have different names, and each must have one output.",
        "keras/engine/sequential.py, Sequential.add",
        "The layers of a model need different names. Pass another name, for example name='second'.",
    ),
    _error(
        "pop",
        "raised TypeError",
        "{subject} has no layer to remove: {message}.",
        "pop removes the last layer, and there is none.",
        "keras/engine/sequential.py, Sequential.pop",
        "The model has no layers. Add one before you remove one.",
    ),
    _error(
        "compile",
        "raised",
        "compile rejects its arguments: {message}.",
        "Keras no longer accepts arguments of older versions.",
        "keras/engine/training.py, Model.compile",
        "compile does not accept these arguments. It needs optimizer and loss, and accepts "
        "metrics.",
    ),
)
