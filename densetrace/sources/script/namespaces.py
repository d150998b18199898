"""Remember and restore the names in modules and in their classes.

A script may set `re.compile`, `builtins.len` or `pathlib.Path.__init__` to anything, and densetrace
needs all of them when the script has ended. So every namespace that densetrace may use is copied,
and each changed value is restored afterwards.
"""

import builtins
import sys
from collections.abc import Callable
from types import MappingProxyType, ModuleType
from typing import Any, Final

from densetrace.system.real_home import defining_module

USED: Final = frozenset({"densetrace", "numpy", "rich", "typer", "click"}) | sys.stdlib_module_names
"""The packages that densetrace uses; other packages are not restored."""

Namespace = dict[str, Any]

_HEAP: Final = 1 << 9
_IMMUTABLE: Final = 1 << 8
_ABSENT: Final = object()


def remember() -> Callable[[], None]:
    """Remember the namespaces of all loaded modules that densetrace uses.

    Returns:
        A function that restores them. It works whatever was changed: it uses no global name before
        it has restored the built-in ones and its own.
    """
    modules, classes = _loaded()
    of_builtins, of_this = vars(builtins), globals()
    builtins_before, this_before = dict(of_builtins), dict(of_this)

    def put_back() -> None:
        of_builtins.update(builtins_before)
        of_this.update(this_before)
        for name in of_builtins.keys() - builtins_before.keys():
            del of_builtins[name]
        for namespace, before in modules:
            _put_back_module(namespace, before)
        for cls, before in classes:
            _put_back_class(cls, before)

    return put_back


def _loaded() -> tuple[list[tuple[Namespace, Namespace]], list[tuple[type, Namespace]]]:
    """The namespaces of modules and the classes that they define, each with a copy."""
    modules: list[tuple[Namespace, Namespace]] = []
    classes: list[tuple[type, Namespace]] = []
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in USED or not isinstance(module, ModuleType):
            continue
        namespace = vars(module)
        before = dict(namespace)
        modules.append((namespace, before))
        for value in before.values():
            if not isinstance(value, type) or defining_module(value) != name:
                continue
            if value.__flags__ & (_HEAP | _IMMUTABLE) == _HEAP:
                classes.append((value, dict(_attributes(value))))
    return modules, classes


def _attributes(cls: type) -> MappingProxyType[str, Any]:
    return type.__dict__["__dict__"].__get__(cls)  # type: ignore[no-any-return] # the class's own dict


def _put_back_module(namespace: Namespace, before: Namespace) -> None:
    """Restore the values of a module. New names stay (they may be submodules), unless they hide a
    built-in name."""
    for name, value in before.items():
        if namespace.get(name, _ABSENT) is not value:
            namespace[name] = value
    for name in namespace.keys() - before.keys():
        if name in vars(builtins):
            del namespace[name]


def _put_back_class(cls: type, before: Namespace) -> None:
    attributes = _attributes(cls)
    for name, value in before.items():
        if attributes.get(name, _ABSENT) is not value:
            type.__setattr__(cls, name, value)
    for name in attributes.keys() - before.keys():
        type.__delattr__(cls, name)
