"""A plan compiled for one set of shapes: straight-line Python that computes into its own buffers.

What does not depend on the inputs is computed once, equal operations run once, buffers are reused
as soon as nothing needs their numbers, and variables are updated in place. All numbers are those of
an eager run, to the bit.
"""

import functools
import threading
import weakref
from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any, Final

import numpy as np

from densetrace.tensorflow import variables
from densetrace.tensorflow.layout import ALWAYS, Layout
from densetrace.tensorflow.listing import ASSIGN, READ, SMALL, VIEWS, Item, Listing
from densetrace.tensorflow.tensor import Array, Tensor

_CODE: Final = "<densetrace replay of a tf.function>"
"""The file name of generated code. It begins as that of all code that is not a script's, so that an
error or Ctrl-C in a replay is located at the line of the script."""


class Program:
    """A plan for inputs of one set of shapes.

    Args:
        listing: its operations.
        inputs: the slots of its inputs.
        unstable: ids of variables that graphs inside of it read or assign.
    """

    def __init__(self, listing: Listing, inputs: Sequence[int], unstable: set[int]) -> None:
        self._lock = threading.Lock()
        stable = {
            id(item.attributes["variable"]): item.attributes["variable"]
            for item in listing.items
            if item.operation in (READ, ASSIGN) and _is_stable(item, unstable)
        }
        assigned = [
            id(item.attributes["variable"])
            for item in listing.items
            if item.operation is ASSIGN and id(item.attributes["variable"]) in stable
        ]
        updated = {key: stable[key] for key in dict.fromkeys(assigned)}
        read = {key: one for key, one in stable.items() if key not in updated}
        self._read, self._updated = list(read.values()), list(updated.values())
        self._known: list[Callable[[], Any]] = [_nothing for _ in stable]
        layout = Layout(listing, inputs, updated)
        self.keeps_inputs = layout.keeps_inputs()
        """Whether an output may share memory with an input, or a variable may keep one."""
        writer = _Writer(listing, layout, inputs, updated, read)
        self.source = writer.source
        self._names = writer.names
        self._run = writer.function()
        self._large = [
            at for at, slot in enumerate(inputs) if getattr(listing.seen[slot], "ndim", 0) > 1
        ]

    def run(self, arrays: Sequence[Array]) -> list[Array] | None:
        """The outputs; None when the program cannot run on these arrays, or runs already.

        Raises:
            ValueError: when an operation fails; its name is added as a note.
        """
        for at in self._large:
            if not arrays[at].flags.c_contiguous:
                return None
        if not self._lock.acquire(blocking=False):
            return None
        try:
            held = self._variables_now()
            if held is None:
                return None
            with np.errstate(all="ignore"):
                return self._run(*arrays, *held)
        finally:
            self._lock.release()

    def _variables_now(self) -> list[Array] | None:
        """The arrays of the variables, those that are updated ready to be written to; None when
        rows of one are not contiguous."""
        held: list[Array] = []
        known = self._known
        at = 0
        for variable in self._read:
            array: Array = variable._stored._array
            if known[at]() is not array:
                if not array.flags.c_contiguous:
                    return None
                known[at] = weakref.ref(array)
            held.append(array)
            at += 1
        for variable in self._updated:
            tensor = variable._stored
            array = tensor._array
            # A copy if anything else may hold the numbers: they must not change there.
            is_shared = getrefcount(tensor) > _TENSOR_ALONE or getrefcount(array) > _ARRAY_ALONE
            if is_shared or known[at]() is not array:
                if not array.flags.c_contiguous:
                    return None
                if is_shared or array.base is not None or not array.flags.writeable:
                    array = array.copy()
                known[at] = weakref.ref(array)
            variable._stored = Tensor(array)
            held.append(array)
            at += 1
        return held

    def failed(self, error: BaseException) -> str:
        """The name of the operation that raised an error."""
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == _CODE:
                return self._names.get(trace.tb_lineno, "")
            trace = trace.tb_next
        return ""


def _nothing() -> None:
    """In place of a weak reference to an array that was not seen yet."""


def _is_stable(item: Item, unstable: set[int]) -> bool:
    """Whether the array of a variable has one shape for as long as the program exists."""
    variable = item.attributes["variable"]
    return (
        id(variable) not in unstable
        and (variable._declared is None or variable._declared.is_fully_defined())
        and variable._stored._array.dtype != object
    )


def _counts() -> tuple[int, int]:
    """The reference counts in `_variables_now` where nothing but the variable holds its value."""
    variable = variables.Variable(np.zeros(1))
    tensor = variable._stored
    array: Array = tensor._array
    return getrefcount(tensor), getrefcount(array)


_TENSOR_ALONE, _ARRAY_ALONE = _counts()


class _Pool:
    """Buffers that may be used again."""

    def __init__(self) -> None:
        self._free: dict[int, list[Array]] = {}

    def take(self, like: Array) -> Array:
        """A buffer in the shape and dtype of an array, with any numbers in it."""
        waiting = self._free.get(like.nbytes)
        raw = waiting.pop() if waiting else np.empty(like.nbytes, np.uint8)
        return raw.view(like.dtype).reshape(like.shape)

    def give(self, buffer: Array) -> None:
        """Take a buffer back."""
        raw = buffer.reshape(-1).view(np.uint8)
        self._free.setdefault(raw.nbytes, []).append(raw)


class _Writer:
    """Writes the code of a program."""

    def __init__(
        self,
        listing: Listing,
        layout: Layout,
        inputs: Sequence[int],
        updated: dict[int, Any],
        read: dict[int, Any],
    ) -> None:
        self._listing = listing
        self._layout = layout
        self._space: dict[str, Any] = {"asarray": np.asarray, "copyto": np.copyto}
        self._texts: dict[int, str] = {}
        self._buffers: dict[int, Array] = {}
        self._views: set[int] = set()
        self._pool = _Pool()
        self.names: dict[int, str] = {}
        self._of_variable = {key: f"v{at}" for at, key in enumerate((*read, *updated))}
        self._texts.update((slot, f"i{at}") for at, slot in enumerate(inputs))
        parameters = [*[f"i{at}" for at in range(len(inputs))], *self._of_variable.values()]
        self._lines = [f"def run({', '.join(parameters)}):"]
        releases = self._releases()
        for at, item in enumerate(listing.items):
            self._write(at, item, releases.get(at, []))
        given = ", ".join([self._text(slot) for slot in listing.outputs])
        self._lines.append(f"    return [{given}]")
        self.source = "\n".join(self._lines)

    def function(self) -> Callable[..., list[Array]]:
        """The code as a function of the inputs, of the variables read and of those updated."""
        exec(compile(self.source, _CODE, "exec"), self._space)  # noqa: S102 # written above
        found: Callable[..., list[Array]] = self._space["run"]
        return found

    def _releases(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for source, born in self._layout.born.items():
            last = self._layout.last.get(source, born)
            if last != ALWAYS:
                found.setdefault(int(last), []).append(source)
        return found

    def _text(self, slot: int) -> str:
        if slot not in self._texts:
            self._texts[slot] = self._bind("c", self._listing.constants[slot])
        return self._texts[slot]

    def _bind(self, prefix: str, value: Any) -> str:
        name = f"{prefix}{len(self._space)}"
        self._space[name] = value
        return name

    def _line(self, text: str, item: Item) -> None:
        self._lines.append(f"    {text}")
        self.names[len(self._lines)] = item.operation.name

    def _write(self, at: int, item: Item, releases: list[int]) -> None:
        operation, layout = item.operation, self._layout
        slot = item.gives[0] if item.gives else -1
        key = id(item.attributes.get("variable"))
        if operation is READ and key in self._of_variable:
            name = self._of_variable[key]
            if at in layout.copied:
                self._texts[slot] = f"t{slot}"
                self._line(f"t{slot} = {name}.copy()", item)
            else:
                self._texts[slot] = name
            self._release(releases)
            return
        if operation is ASSIGN and key in self._of_variable:
            value = self._text(item.takes[0])
            if at not in layout.in_place:
                self._line(f"copyto({self._of_variable[key]}, {value})", item)
            self._texts[slot] = value
            self._release(releases)
            return
        takes = [self._text(one) for one in item.takes]
        if item.write is not None:
            if slot in layout.variable:
                target = self._of_variable[layout.variable[slot]]
            elif layout.last.get(slot, at) == ALWAYS:
                target, array = f"t{slot}", self._listing.seen[slot]
                allocate = self._bind("e", functools.partial(np.empty, array.shape, array.dtype))
                self._line(f"{target} = {allocate}()", item)
            else:
                target = self._buffer(slot, item, releases)
            function = self._bind("k", item.write)
            into = f"out={target}" if isinstance(item.write, np.ufunc) else target
            self._line(f"{function}({', '.join([*takes, into])})", item)
            self._texts[slot] = target
        elif operation in VIEWS and item.takes[0] in self._buffers and len(item.takes) == 1:
            view = self._buffers[item.takes[0]].reshape(self._listing.seen[slot].shape)
            self._buffers[slot] = view
            self._views.add(slot)
            self._texts[slot] = self._bind("w", view)
        else:
            names = [f"t{one}" for one in item.gives]
            self._texts.update(zip(item.gives, names, strict=True))
            call = f"{self._bind('k', item.compute)}({', '.join(takes)})"
            self._line(
                f"[{', '.join(names)}] = {call}"
                if item.several
                else f"{names[0]} = asarray({call})",
                item,
            )
        self._release(releases)

    def _buffer(self, slot: int, item: Item, releases: list[int]) -> str:
        array = self._listing.seen[slot]
        for source in releases if item.operation.in_place else ():
            held = self._buffers.get(source)
            if held is None or source in self._views or source not in item.takes:
                continue
            others = [one for one in item.takes if one != source]
            if any(source in self._layout.sources.get(one, ()) for one in others):
                continue
            if (held.shape, held.dtype) == (array.shape, array.dtype):
                releases.remove(source)
                self._buffers[slot] = held
                return self._texts[source]
        buffer = self._buffers[slot] = self._pool.take(array)
        return self._bind("b", buffer)

    def _release(self, sources: list[int]) -> None:
        for source in sources:
            array = self._listing.seen[source]
            if source in self._views:
                continue
            if source in self._buffers:
                self._pool.give(self._buffers[source])
            elif self._texts.get(source, "").startswith("t") and array.nbytes > SMALL:
                self._lines.append(f"    {self._texts[source]} = None")
