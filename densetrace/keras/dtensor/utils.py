"""The decorator that takes `*_layout` arguments away from a layer's `__init__`.

Follows keras 2.14 dtensor/utils.py. The decorator is entered before `__init__`, and sets the
layouts as attributes after it.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from densetrace.recording.hooks import is_traced, traced

KERAS_VARIABLE_NAMES: Final = [
    "alpha",
    "beta",
    "bias",
    "depthwise",
    "embeddings",
    "gamma",
    "kernel",
    "moving_mean",
    "moving_variance",
    "pointwise",
    "recurrent",
]


def allow_initializer_layout(init_method: Callable[..., None]) -> Callable[..., None]:
    """Let a layer take a layout for each weight that its `__init__` takes an initializer for.

    For each of the eleven variable names whose `<name>_initializer` stands in the signature,
    `<name>_layout` is taken out of the keyword arguments before `init_method` runs, and set as an
    attribute of the layer after it, unless it was empty.

    Follows keras 2.14 dtensor/utils.py, allow_initializer_layout.
    """
    original = init_method if is_traced(init_method) else traced("init")(init_method)
    parameters = inspect.signature(init_method).parameters

    @functools.wraps(init_method)
    def wrapper(layer_instance: Any, *args: Any, **kwargs: Any) -> None:
        layouts = {}
        for variable_name in KERAS_VARIABLE_NAMES:
            if f"{variable_name}_initializer" in parameters:
                layout = kwargs.pop(f"{variable_name}_layout", None)
                if layout:
                    layouts[f"{variable_name}_layout"] = layout

        original(layer_instance, *args, **kwargs)

        for layout_name, layout in layouts.items():
            setattr(layer_instance, layout_name, layout)

    # As TensorFlow's decorators do: whoever asks for the parameters reads those of `__init__`.
    wrapper.__signature__ = inspect.signature(init_method)  # type: ignore[attr-defined] # read by inspect
    point = "keras.dtensor.utils.allow_initializer_layout"
    return traced("layout", point=point)(wrapper)
