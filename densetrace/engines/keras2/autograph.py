"""Hooks the copies of `call` that TensorFlow's AutoGraph rewrites.

On symbolic tensors, Keras hands a user's `call` to AutoGraph, which reads its source and runs a
rewritten copy. That copy would bypass the hook, so it is hooked as well.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from densetrace.engines.exchange import Exchange, caller_without_gate, reporter


@contextmanager
def converted_calls_hooked(exchange: Exchange, tensorflow: ModuleType) -> Iterator[None]:
    """Within a `with` block, hook AutoGraph's rewritten copies of hooked functions."""
    autograph = tensorflow.__internal__.autograph
    convert = autograph.tf_convert
    autograph.tf_convert = _hooking(convert, exchange)
    try:
        yield
    finally:
        autograph.tf_convert = convert


def _hooking(convert: Callable[..., Any], exchange: Exchange) -> Callable[..., Any]:
    @functools.wraps(convert)
    def tf_convert(f: Any, *args: Any, **kwargs: Any) -> Any:
        exchanged = exchange.find(getattr(f, "__func__", f))
        if exchanged is None:
            return convert(f, *args, **kwargs)
        instance = getattr(f, "__self__", None)
        bound = instance is not None
        plain = exchanged.plain.__get__(instance) if bound else exchanged.plain
        converted = convert(plain, *args, **kwargs)

        def without_instance(_: Any, *given: Any, **named: Any) -> Any:
            return converted(*given, **named)

        rewritten = without_instance if bound else converted
        reporting = reporter(rewritten, exchanged.hook, caller_without_gate)
        return functools.partial(reporting, instance) if bound else reporting

    return tf_convert
