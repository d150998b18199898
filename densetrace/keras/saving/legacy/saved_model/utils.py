"""Whether objects are read from a format before `.keras`.

Follows keras 2.14 saving/legacy/saved_model/utils.py.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SaveOptionsContext(threading.local):
    """The options of the scope that is open in a thread."""

    def __init__(self) -> None:
        super().__init__()
        self.save_traces = True
        self.in_tf_saved_model_scope = False


_save_options_context = SaveOptionsContext()


@contextmanager
def keras_option_scope(save_traces: bool, in_tf_saved_model_scope: bool = True) -> Iterator[None]:
    """A scope in which configs are written and read by the legacy functions only.

    Follows keras 2.14 saving/legacy/saved_model/utils.py, keras_option_scope.
    """
    context = _save_options_context
    before = context.save_traces, context.in_tf_saved_model_scope
    context.save_traces, context.in_tf_saved_model_scope = save_traces, in_tf_saved_model_scope
    try:
        yield
    finally:
        context.save_traces, context.in_tf_saved_model_scope = before


def in_tf_saved_model_scope() -> bool:
    """Whether a scope is open in which the legacy functions are used.

    Follows keras 2.14 saving/legacy/saved_model/utils.py, in_tf_saved_model_scope.
    """
    return _save_options_context.in_tf_saved_model_scope
