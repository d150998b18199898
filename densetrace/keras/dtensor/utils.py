"""The decorator that removes `*_layout` arguments before a layer's `__init__`.

Follows keras 2.14 dtensor/utils.py. The wrapper runs before `__init__`, and sets the layouts as
attributes afterwards.
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
    """Let a layer's `__init__` accept a layout for each weight that it has an initializer for.

    For each of the eleven variable names whose `<name>_initializer` is in the signature, the
    wrapper removes `<name>_layout` from the keyword arguments before `init_method` runs, and
    afterwards sets it as an attribute of the layer, unless it was empty.

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

    # As TensorFlow's decorators do: inspect.signature() returns the signature of `__init__`.
    wrapper.__signature__ = inspect.signature(init_method)  # type: ignore[attr-defined] # read by inspect
    point = "keras.dtensor.utils.allow_initializer_layout"
    return traced("layout", point=point)(wrapper)
