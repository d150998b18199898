"""What replaced the modules and names that older versions of Keras and TensorFlow had.

Scripts on the web use them, and Keras 2.14 raises an ImportError or an AttributeError there.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple


class _Old(NamedTuple):
    """Modules that Keras or TensorFlow no longer has, or never made public.

    `now` lists the modules of Keras that have their contents today, the first one first; it is
    empty if nothing has them, and `advice` then says what to do.
    """

    paths: tuple[str, ...]
    """The modules; those below them are meant, too."""
    now: str
    advice: str = ""
    is_private: bool = False

    def has(self, path: str) -> bool:
        """Whether a path is one of the modules, or below one."""
        return any(f"{path}.".startswith(f"{old}.") for old in self.paths)


def _old(paths: str, now: str, advice: str = "", *, is_private: bool = False) -> _Old:
    return _Old(tuple(paths.split()), now, advice, is_private)


def _below(module: str, names: str) -> str:
    return " ".join(f"{module}.{name}" for name in names.split())


_OF_LAYERS: Final = (
    "activation advanced_activations attention convolutional convolutional_recurrent core "
    "cudnn_recurrent dense_attention einsum_dense embeddings local locally_connected merge merging "
    "noise normalization pooling preprocessing recurrent recurrent_v2 regularization reshaping rnn "
    "serialization wrappers"
)
_OF_UTILS: Final = (
    "conv_utils data_utils dataset_utils generic_utils image_utils io_utils layer_utils "
    "losses_utils metrics_utils multi_gpu_utils np_utils object_identity test_utils tf_utils "
    "training_utils vis_utils"
)
_OF_OPTIMIZERS: Final = (
    "adadelta adadelta_v2 adagrad adagrad_v2 adam adam_v2 adamax adamax_v2 ftrl gradient_descent "
    "gradient_descent_v2 nadam nadam_v2 optimizer optimizer_v1 optimizer_v2 rmsprop rmsprop_v2 sgd"
)

_KERAS: Final = (
    _old(_below("layers", _OF_LAYERS), "layers"),
    _old(_below("utils", _OF_UTILS), "utils layers backend"),
    _old(f"{_below('optimizers', _OF_OPTIMIZERS)} optimizer_v1 optimizer_v2", "optimizers"),
    _old("engine topology training", "layers models utils"),
    _old("objectives", "losses"),
    _old("initializations", "initializers"),
    _old("saving_utils saving.save saving.hdf5_format saving.saving_utils", "models saving"),
    _old("legacy", "layers models"),
    _old(_below("backend", "common load_backend tensorflow_backend theano_backend"), "backend"),
    _old("callbacks.callbacks", "callbacks"),
    _old(
        "wrappers scikit_learn", "",
        "The scikit-learn wrappers have moved to a separate package: pip install scikeras, then "
        "write from scikeras.wrappers import KerasClassifier.",
    ),
    _old(
        "src api", "layers models utils optimizers losses metrics callbacks initializers backend",
        is_private=True,
    ),
)  # fmt: skip
"""Modules below `keras`."""

_TENSORFLOW: Final = (
    _old(
        "python.keras", "layers models utils optimizers losses metrics callbacks initializers "
        "regularizers constraints activations backend", is_private=True,
    ),
    _old("contrib.keras", "layers models utils optimizers losses metrics backend"),
    _old(
        "contrib", "",
        "TensorFlow 2 removed tf.contrib: look in tf.keras, or for a separate package.",
    ),
    _old("python", "", "tf.python is private: look in tf for a public name."),
    _old(
        "examples", "",
        "TensorFlow 2 removed the examples: write tf.keras.datasets.mnist.load_data().",
    ),
)  # fmt: skip
"""Modules below `tensorflow`."""

_RENAMED: Final = {
    "layers.Merge": "layers.Add or layers.Concatenate",
    "layers.merge": "layers.add or layers.concatenate",
    "layers.CuDNNLSTM": "layers.LSTM",
    "layers.CuDNNGRU": "layers.GRU",
    "layers.TimeDistributedDense": "layers.TimeDistributed(layers.Dense(...))",
    "layers.MaxoutDense": "layers.Dense, and tf.reduce_max over groups of its outputs",
    "layers.AtrousConvolution1D": "layers.Conv1D with dilation_rate",
    "layers.AtrousConvolution2D": "layers.Conv2D with dilation_rate",
    "layers.Deconvolution2D": "layers.Conv2DTranspose",
    "utils.multi_gpu_model": "tf.distribute.MirroredStrategy",
    "utils.print_summary": "model.summary()",
    "utils.plot": "utils.plot_model",
    "regularizers.WeightRegularizer": "regularizers.L1L2",
    "regularizers.ActivityRegularizer": "regularizers.L1L2",
    "regularizers.l1l2": "regularizers.l1_l2",
    "regularizers.activity_l1": "regularizers.l1 as activity_regularizer",
    "regularizers.activity_l2": "regularizers.l2 as activity_regularizer",
    "constraints.maxnorm": "constraints.max_norm",
    "constraints.nonneg": "constraints.non_neg",
    "constraints.unitnorm": "constraints.unit_norm",
    "initializers.normal": "initializers.random_normal",
    "initializers.uniform": "initializers.random_uniform",
    "initializers.zero": "initializers.zeros",
    "initializers.one": "initializers.ones",
    "losses.mean_squared_logarithmic": "losses.mean_squared_logarithmic_error",
    "metrics.fbeta_score": "metrics.FBetaScore",
    "metrics.fmeasure": "metrics.F1Score",
    "metrics.precision": "metrics.Precision",
    "metrics.recall": "metrics.Recall",
    "models.Graph": "models.Model with inputs and outputs",
    "backend.image_dim_ordering": "backend.image_data_format",
    "backend.set_image_dim_ordering": "backend.set_image_data_format",
    "backend.concat": "backend.concatenate",
    "backend.tf": "import tensorflow as tf",
    "datasets.california_housing": "datasets.boston_housing; california_housing came with Keras 3",
}
"""Names of Keras that have another name now."""

_SESSIONS: Final = "TensorFlow 2 has no sessions and placeholders: it computes immediately. "
_OF_TENSORFLOW_1: Final = {
    **dict.fromkeys(("Session", "InteractiveSession", "placeholder", "get_default_session",
                     "global_variables_initializer", "initialize_all_variables"), ""),
    "set_random_seed": "tf.random.set_seed",
    "ConfigProto": "tf.config",
    "GPUOptions": "tf.config",
    "get_default_graph": "tf.function, which creates a graph",
    "reset_default_graph": "tf.keras.backend.clear_session()",
    "get_variable": "tf.Variable",
    "to_float": "tf.cast(x, tf.float32)",
    "to_int32": "tf.cast(x, tf.int32)",
    "random_normal": "tf.random.normal",
    "random_uniform": "tf.random.uniform",
    "truncated_normal": "tf.random.truncated_normal",
    "mul": "tf.multiply",
    "sub": "tf.subtract",
    "div": "tf.divide",
    "app": "argparse or absl.app",
    "flags": "argparse or absl.flags",
    "layers": "tf.keras.layers",
    "losses": "tf.keras.losses",
    "train.AdamOptimizer": "tf.keras.optimizers.Adam",
    "train.GradientDescentOptimizer": "tf.keras.optimizers.SGD",
    "gfile": "tf.io.gfile",
    "logging": "tf.get_logger()",
}  # fmt: skip
"""Names of TensorFlow 1 and what replaced them; nothing if they belong to its sessions."""
_OF_SESSIONS: Final = ("get_session", "set_session")

_OF_KERAS: Final = re.compile(r"(?<![\w.])(?=(?:backend|constraints|datasets|initializers|layers|"
                              r"losses|metrics|models|regularizers|utils)\.)")  # fmt: skip
"""Before each name of a module of Keras."""

_FROM: Final = re.compile(r"\s*from\s+([\w.]+)\s+import\s+\(?([\w\s,]*)")
_NAMES: Final = re.compile(r"(\w+)(?:\s+as\s+\w+)?")
_WORD: Final = re.compile(r"\w+")
_IMPORT: Final = re.compile(r"\s*import\s+([\w.]+)")


def instead(root: str, path: str, line: str, has: Callable[[str, str], bool]) -> str | None:
    """Return what to write instead of an old module or name, or None if it is none.

    Args:
        root: the library, as the script spells it: `keras`, `tensorflow.keras`, `tensorflow`.
        path: the missing module or name below it: `layers.core`.
        line: the line that used it, which may say more.
        has: whether a public module of Keras 2.14 has a name: has("layers", "Dense").
    """
    path, wanted = _used(root, path, line)
    keras = "tf.keras" if root.startswith("tensorflow") else root
    if root != "tensorflow":
        if path in _RENAMED and not wanted:
            return f"Write {_OF_KERAS.sub(rf'{keras}.', _RENAMED[path])}."
        if any(name in _OF_SESSIONS for name in (path.rpartition(".")[2], *wanted)):
            return f"{_SESSIONS}Remove the line."
    for old in _KERAS if root != "tensorflow" else _TENSORFLOW:
        if old.has(path):
            return _replaced(old, keras, root, path, wanted, has)
    if root == "tensorflow" and path in _OF_TENSORFLOW_1:
        new = _OF_TENSORFLOW_1[path]
        return f"It belongs to TensorFlow 1. Write {new}." if new else (
            f"It belongs to TensorFlow 1. {_SESSIONS}Remove it, or use tf.Variable and "
            "tf.function."
        )  # fmt: skip
    return None


def _replaced(
    old: _Old, keras: str, root: str, path: str, wanted: Iterable[str],
    has: Callable[[str, str], bool],
) -> str:  # fmt: skip
    spelled = f"tf.{path}" if root == "tensorflow" else f"{keras}.{path}"
    begin = f"{spelled} is a private module." if old.is_private else (
        f"{'TensorFlow' if root == 'tensorflow' else 'Keras'} 2.14 no longer has {spelled}."
    )  # fmt: skip
    if not old.now:
        return old.advice
    modules = old.now.split()
    found: dict[str, list[str]] = {}
    for name in wanted:
        for module in ("", *modules):
            now = _RENAMED.get(f"{module}.{name}", "").partition(".")[2]
            known = now if now.isidentifier() else name
            if has(module, known):
                found.setdefault(module, []).append(known)
                break
    if not found:
        places = ", ".join(f"{keras}.{module}" for module in modules[:3])
        return f"{begin} Its contents are in {places}."
    package = "tensorflow.keras" if keras == "tf.keras" else keras
    lines = (
        f"from {f'{package}.{module}'.strip('.')} import {', '.join(names)}"
        for module, names in found.items()
    )
    return f"{begin} Write: {'; '.join(lines)}"


def _used(root: str, path: str, line: str) -> tuple[str, list[str]]:
    """Return the whole old module that a line refers to, and the names that it takes from it."""
    spellings = ("tf", "tensorflow") if root == "tensorflow" else (
        ("tf.keras", "tensorflow.keras") if root == "tensorflow.keras" else (root,)
    )  # fmt: skip
    if found := _FROM.match(line):
        module, names = found[1], _NAMES.findall(found[2])
        for spelling in spellings:
            if f"{module}.".startswith(f"{spelling}.{path}."):
                return module.removeprefix(f"{spelling}."), names
        return path, []
    if found := _IMPORT.match(line):
        for spelling in spellings:
            if f"{found[1]}.".startswith(f"{spelling}.{path}."):
                return found[1].removeprefix(f"{spelling}."), []
    last = path.rpartition(".")[2]
    after = (_WORD.match(piece) for piece in line.split(f"{last}.")[1:])
    return path, [word[0] for word in after if word]
