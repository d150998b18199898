"""Expressions that would run code or reach internals of a real Keras without the gate.

The code they carry only makes a file named `densetrace_canary` in the working folder.
"""

import base64
import marshal
from types import CodeType
from typing import Final

NAME: Final = "densetrace_canary"


def code() -> str:
    """A function that creates the file, marshalled as Keras saves a lambda."""
    module = compile(f"lambda *a, **k: open({NAME!r}, 'w').close()", "canary", "eval")
    function = next(part for part in module.co_consts if isinstance(part, CodeType))
    return base64.b64encode(marshal.dumps(function)).decode("ascii")


LAMBDA: Final = f"{{'class_name': '__lambda__', 'config': {{'value': ['{code()}', None, None]}}}}"
LAYER: Final = (
    "{'class_name': 'Lambda', 'module': 'keras.layers', 'registered_name': None, 'config': "
    f"{{'function': ('{code()}', None, None), 'function_type': 'lambda', 'module': 'builtins', "
    "'output_shape': None, 'output_shape_type': 'raw', 'arguments': {}}}"
)
MODEL: Final = (
    "{'class_name': 'Sequential', 'module': 'keras', 'registered_name': None, 'config': "
    f"{{'name': 'm', 'layers': [{LAYER}]}}}}"
)


def through(entry: str, key: str, inner: str) -> str:
    """A config that calls a deserializer of Keras on another config, in unsafe mode."""
    config = f"{{'{key}': {inner}, 'safe_mode': False}}"
    return f"{{'class_name': '{entry}', 'config': {config}}}"


UNSAFE: Final = through("deserialize_keras_object", "config", LAMBDA)

FIRES: Final = {
    "a lambda": f"Dense(3, activity_regularizer={UNSAFE})",
    "by position": f"Dense(3, None, True, 'zeros', 'zeros', None, None, {UNSAFE})",
    "in a nested call": f"Sequential([ReLU(), Dense(3, activity_regularizer={UNSAFE})])",
    "in a layer without weights": f"Softmax(axis=(1,), activity_regularizer={UNSAFE})",
    "a layer of a lambda": (
        f"Dense(3, activity_regularizer={through('deserialize_keras_object', 'config', LAYER)})"
    ),
    "a layer in a list": (
        f"Dense(3, activity_regularizer={through('deserialize_keras_object', 'config', MODEL)})"
    ),
    "a key written twice": (
        "Dense(3, activity_regularizer={'class_name': 'L2', 'class_name': "
        f"'deserialize_keras_object', 'config': {{'config': {LAMBDA}, 'safe_mode': False}}}})"
    ),
    "a deserializer in a deserializer": (
        "Dense(3, activity_regularizer={'class_name': 'deserialize', 'config': "
        f"{{'config': {UNSAFE}, 'use_legacy_format': True}}}})"
    ),
}
"""Expressions that create the file on a real Keras 2 without the gate."""

CONFIGS: Final = (
    "{'class_name': '__lambda__', 'config': {}}",
    "{'class_name': 'Lambda', 'config': {}}",
    "{'class_name': 'Lambda', 'config': {}, 'module': 'keras.layers', 'registered_name': None}",
    "{'class_name': 'StringLookup', 'config': {'vocabulary': '/etc/passwd'}}",
    "{'class_name': 'TFSMLayer', 'config': {'filepath': 'x'}, 'module': 'keras.layers'}",
    "{'class_name': 'get', 'config': {'identifier': 'relu'}}",
    "{'class_name': 'deserialize', 'config': {'config': {}}}",
    "{'class_name': 'deserialize', 'config': {'name': 'relu'}}",
    "{'class_name': 'serialize_keras_object', 'config': {}}",
    "{'class_name': 'keras_export', 'config': {}}",
    "{'class_name': 'get_file', 'config': {'fname': 'x', 'origin': 'file:///etc/passwd'}}",
    "{'class_name': 'load_model', 'config': {'filepath': 'x.keras'}, 'module': 'keras.models'}",
    "{'class_name': 'function', 'config': 'relu', 'module': 'builtins', 'registered_name': 'relu'}",
    "{'class_name': 'function', 'config': 'system', 'module': 'os', 'registered_name': 'system'}",
    "{'class_name': '__typespec__', 'spec_name': 'x', 'module': 'os', 'registered_name': 'x'}",
    *(f"{{'class_name': '__{name}__', 'config': {{}}}}" for name in
      ("tensor", "numpy", "bytes", "typespec", "keras_tensor", "ellipsis", "slice", "builtins")),
    "{'class_name': 'Custom>Adam', 'config': {}}",
    "{'class_name': 'L2.from_config', 'config': {}}",
    "{'class_name': 'Nope', 'config': {}}",
    "{'class_name': b'L2', 'config': {}}",
    "{'class_name': ('L2',), 'config': {}}",
    "{'class_name': L2, 'config': {}}",
    "{'class_name': {'class_name': 'L2'}, 'config': {}}",
    "{'class_name': None}",
    "{'class_name': 'L2', 'config': {}, 'module': 'os'}",
    "{'class_name': 'L2', 'config': {}, 'module': 'builtins'}",
    "{'class_name': 'L2', 'config': {}, 'module': 'keras.layers'}",
    "{'class_name': 'L2', 'config': {}, 'module': 'keras.src.regularizers'}",
    "{'class_name': 'L2', 'config': {}, 'module': ['keras.regularizers']}",
    "{'class_name': 'L2', 'config': {}, 'module': L2}",
    "{'class_name': 'L2', 'config': {}, 'module': 'keras.regularizers', 'module': 'os'}",
    "{'class_name': 'L2', 'config': {}, 'registered_name': 'Custom>L2'}",
    "{'class_name': 'L2', 'config': {}, 'registered_name': 'L1'}",
    "{'class_name': 'L2', 'config': {}, 'safe_mode': False}",
    "{'class_name': 'L2', 'config': {}, 'custom_objects': {}}",
    "{'class_name': 'L2', 'config': {}, 'compile_config': {'loss': 'mse'}}",
    "{'class_name': 'L2', 'config': {}, 'shared_object_id': 1}",
    "{'class_name': 'L2', 'config': {}, 5: 1}",
    "{'safe_mode': False}",
    "{'module': 'os'}",
    "{'registered_name': 'x'}",
)  # fmt: skip
"""Configs that are refused at any position."""

STRINGS: Final = (
    "get", "deserialize", "serialize", "deserialize_keras_object", "serialize_keras_object",
    "legacy_serialization", "__builtins__", "__loader__", "sys", "backend",
)  # fmt: skip
"""Strings that Keras would find in the globals of the module that looks them up."""

PLACES: Final = (
    "Dense(3, activity_regularizer={})",
    "Dense(3, {})",
    "Dense({})",
    "Sequential({})",
    "Sequential([Dense(3, kernel_initializer={})])",
    "Sequential([({},)])",
    "Dense(3, kernel_initializer=Constant(value={}))",
    "Dense(3, activation={{'class_name': 'relu', 'config': {{'max_value': {}}}}})",
    "Dense(3, bias_regularizer={{'class_name': 'L2', 'config': {{'l2': [{}]}}}})",
    "Dense(3, weights=({{'a': [{{1: {}}}]}},))",
    "Dense(3, unknown={})",
    "keras.layers.Dense(3, dtype={})",
)
"""Positions of configs and strings in an expression."""

ALLOWED: Final = (
    "Dense(3, kernel_regularizer={'class_name': 'L2', 'config': {'l2': 0.5}})",
    "Dense(3, kernel_regularizer={'class_name': 'L2', 'config': {'l2': 0.5}, "
    "'module': 'keras.regularizers', 'registered_name': None})",
    "Dense(3, kernel_regularizer={'class_name': 'l1_l2', 'config': {'l1': 0.5}})",
    "Dense(3, kernel_initializer={'class_name': 'HeNormal', 'config': {'seed': 1}, "
    "'module': 'keras.initializers', 'registered_name': 'HeNormal'})",
    "Dense(3, kernel_constraint={'class_name': 'MaxNorm', 'config': {'max_value': 2, 'axis': 0}})",
    "Dense(3, activation={'class_name': 'LeakyReLU', 'config': {'alpha': 0.5}, "
    "'module': 'keras.layers', 'registered_name': None})",
    "Dense(3, dtype={'class_name': 'Policy', 'config': {'name': 'float64'}, "
    "'module': 'keras.mixed_precision', 'registered_name': None})",
    "Dense(3, 'relu', kernel_initializer='he_normal', bias_initializer='normal', "
    "kernel_regularizer='l1_l2', kernel_constraint='nonneg')",
    "Dense(3, name='get', dtype='float64')",
    "Dense(3, activation='nope')",
    "Sequential([Dense(3, name='deserialize'), Softmax()], name='sys')",
)  # fmt: skip
"""Expressions that pass the gate unchanged."""
