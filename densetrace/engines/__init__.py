"""Which stack runs: densetrace's own, or an installed Keras, hooked from outside.

`load("tf_keras")` returns an engine; within its `hooked()` it reports to the active recorder.
"""

from contextlib import nullcontext
from typing import Final

from densetrace.engines.engine import OWN, Engine
from densetrace.system.arguments import received, word
from densetrace.system.errors import RequestError, did_you_mean

__all__ = ["ENGINES", "Engine", "installed_keras", "load"]

ENGINES: Final = ("densetrace", "tf_keras", "keras")


def load(name: str) -> Engine:
    """The engine of this name, imported if need be.

    Raises:
        RequestError: when there is no such engine, or what it needs is not installed.
    """
    if not isinstance(name, str) or name not in ENGINES:
        raise RequestError(
            f"The engine must be one of {', '.join(ENGINES)}. Received: {received(name)}.",
            did_you_mean(word(name), ENGINES),
        )
    if name == "densetrace":
        return _own()
    from densetrace.engines import installed

    return installed.load(name)


def installed_keras() -> Engine:
    """The installed Keras 2, which our stack can be compared with; tf_keras when there are two.

    Raises:
        RequestError: when none is installed, or it cannot be used.
    """
    from densetrace.engines import installed

    for name in ENGINES[1:]:
        if installed.is_there(name) and installed.generation(name) == 2:
            return installed.load(name)
    raise RequestError(f"This needs a real Keras 2, which is not installed: {installed.INSTALL}")


def _own() -> Engine:
    from densetrace import keras
    from densetrace._version import __version__
    from densetrace.tensorflow.ops import nn

    # Its functions are always hooked: they report whenever a recorder is active.
    return Engine(OWN, __version__, keras, nullcontext, nn)
