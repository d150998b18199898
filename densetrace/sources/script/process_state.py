"""Remember and restore the state of the process, apart from names.

Each function remembers one kind of state and returns a function that restores it, as far as the
system allows: a lowered hard limit stays.
"""

import _locale  # `locale` itself takes 6 ms to load
import codecs
import errno
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

resource: Any
try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

Restorer = Callable[[], None]

SPARE_FILES: Final = 64
"""How many more open files to allow if a script has used up its limit."""

_ERROR_HANDLERS: Final = (
    "strict", "ignore", "replace", "backslashreplace", "namereplace", "xmlcharrefreplace",
    "surrogateescape", "surrogatepass",
)  # fmt: skip


def remember() -> list[Restorer]:
    """The functions that restore everything; call the last one first."""
    remember_each = (
        _folder, _environment, _umask, _c_locale, _codecs, _logging, _garbage, _interpreter,
        _monitoring, _limits, _signals,
    )  # fmt: skip
    return [remember_one() for remember_one in remember_each]


def alarm_stopper() -> Callable[[], object]:
    """A function that stops the alarm before it interrupts restoring, without global names."""
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return partial(signal.setitimer, signal.ITIMER_REAL, 0)
    return _nothing


def _folder() -> Restorer:
    try:
        folder = os.getcwd()
    except OSError:  # the folder was deleted, so it cannot be restored
        return _nothing

    def restore() -> None:
        with suppress(OSError):
            os.chdir(folder)

    return restore


def _environment() -> Restorer:
    environ, before = os.environ, dict(os.environ)

    def restore() -> None:
        for name in environ.keys() - before.keys():
            del environ[name]
        environ.update(before)

    return restore


def _umask() -> Restorer:
    before = os.umask(0o077)
    os.umask(before)

    def restore() -> None:
        os.umask(before)

    return restore


def _c_locale() -> Restorer:
    """The C library's locale."""
    before = _locale.setlocale(_locale.LC_ALL)

    def restore() -> None:
        _locale.setlocale(_locale.LC_ALL, before)

    return restore


def _codecs() -> Restorer:
    """The error handlers of codecs, which our own streams use."""
    before = {name: codecs.lookup_error(name) for name in _ERROR_HANDLERS}

    def restore() -> None:
        for name, handler in before.items():
            if codecs.lookup_error(name) is not handler:
                codecs.register_error(name, handler)

    return restore


def _logging() -> Restorer:
    before = sys.modules.get("logging")
    level, handlers, disabled = 30, [], 0  # its state when first imported
    if before is not None:
        root = before.getLogger()
        level, handlers, disabled = root.level, list(root.handlers), root.manager.disable

    def restore() -> None:
        logging = before or sys.modules.get("logging")
        if logging is None:
            return
        root = logging.getLogger()
        for handler in set(root.handlers) - set(handlers):
            with suppress(Exception):
                handler.flush()
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.disable(disabled)

    return restore


def _garbage() -> Restorer:
    is_enabled, threshold, debug = gc.isenabled(), gc.get_threshold(), gc.get_debug()
    callbacks = list(gc.callbacks)

    def restore() -> None:
        gc.callbacks[:] = callbacks
        gc.set_debug(debug)
        gc.set_threshold(*threshold)
        (gc.enable if is_enabled else gc.disable)()

    return restore


def _interpreter() -> Restorer:
    digits, interval = sys.get_int_max_str_digits(), sys.getswitchinterval()

    def restore() -> None:
        sys.set_int_max_str_digits(digits)
        sys.setswitchinterval(interval)
        if "faulthandler" in sys.modules:  # the script may have scheduled the end of the process
            sys.modules["faulthandler"].cancel_dump_traceback_later()

    return restore


def _monitoring() -> Restorer:
    """Monitoring tools (Python 3.12 and later)."""
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is None:
        return _nothing
    tools = [monitoring.get_tool(tool) for tool in range(6)]

    def restore() -> None:
        for tool, before in enumerate(tools):
            if before is None and monitoring.get_tool(tool) is not None:
                monitoring.set_events(tool, 0)
                monitoring.free_tool_id(tool)

    return restore


def _limits() -> Restorer:
    """The resource limits of the process, with at least one more file allowed to be opened."""
    if resource is None:
        return _nothing
    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    before = {kind: resource.getrlimit(kind) for kind in {getattr(resource, n) for n in names}}

    def restore() -> None:
        for kind, (soft, _) in before.items():
            now, hard = resource.getrlimit(kind)
            if now != soft:
                _set_limit(kind, soft, hard)
        try:
            os.close(os.dup(0))
        except OSError as error:
            if error.errno == errno.EMFILE:
                soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
                _set_limit(resource.RLIMIT_NOFILE, soft + SPARE_FILES, hard)

    return restore


def _set_limit(kind: int, soft: int, hard: int) -> None:
    """Set the soft limit, as near to `soft` as the hard limit allows."""
    unlimited = resource.RLIM_INFINITY
    if hard != unlimited and (soft == unlimited or soft > hard):
        soft = hard
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (soft, hard))


def _signals() -> Restorer:
    """Signal handlers, the mask of blocked signals, and timers. A timer of the script must not fire
    in our own code; an alarm of the caller must still fire on time."""
    if threading.current_thread() is not threading.main_thread():
        return _nothing  # only the main thread can change them
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    if not hasattr(signal, "setitimer"):  # Windows has neither timers nor a mask
        return lambda: _set_handlers(handlers)
    timers = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
    delay, interval = signal.getitimer(signal.ITIMER_REAL)
    unset = [timer for timer in timers[1:] if signal.getitimer(timer)[0] == 0]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    begun = time.monotonic()

    def restore() -> None:
        # A timer that has fired meanwhile is over, unless it repeats.
        left = max(0.0, delay - (time.monotonic() - begun)) if delay else 0.0
        signal.setitimer(signal.ITIMER_REAL, left or interval, interval)
        for timer in unset:
            signal.setitimer(timer, 0)
        _set_handlers(handlers)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    return restore


def _set_handlers(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)


def _nothing() -> None:
    """Restore nothing."""
