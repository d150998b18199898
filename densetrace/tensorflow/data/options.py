"""`tf.data.Options`: settings of datasets. They are kept, and change nothing.

Follows tensorflow/python/data/ops/options.py.
"""

from typing import Any

from densetrace.system.real_home import known_as
from densetrace.tensorflow.operation import export


class _Group:
    """Settings under one name: any of them may be set and read; one that is not set is None."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


@export("data.Options")
@known_as("tensorflow.python.data.ops.options")
class Options(_Group):
    """How TensorFlow runs a dataset: threads, optimizations, determinism, distribution."""

    def __init__(self) -> None:
        self.autotune = _Group()
        self.experimental_distribute = _Group()
        self.experimental_optimization = _Group()
        self.threading = _Group()

    def merge(self, options: "Options") -> "Options":
        """New options: these, and what others set."""
        merged = Options()
        for source in (self, options):
            for name, value in vars(source).items():
                if isinstance(value, _Group):
                    vars(getattr(merged, name)).update(vars(value))
                elif value is not None:
                    setattr(merged, name, value)
        return merged
