"""The numbers of a training that `why` can be asked about beside the attributes of objects: what an
epoch logged (`epoch 2.loss`), the gradient of a variable (`gradient of dense/kernel`), and what an
optimizer keeps for it (`m of dense/kernel`).
"""

import re
from collections.abc import Iterator
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Items
from densetrace.kinds.fitting import logs_of
from densetrace.study.calls import Calls
from densetrace.study.index import NOTHING, Place, TraceIndex
from densetrace.study.training import log_place, owner_of
from densetrace.system.errors import RequestError, did_you_mean, shown

_EPOCH: Final = re.compile(r"(?:fit (\d{1,9}) )?epoch (\d{1,9})(?:\.(.*))?")
_GRADIENT: Final = "gradient of "
_SLOT: Final = re.compile(r"(\w{1,99}) of ([^ ]{1,999})")
_MAX_LISTED: Final = 12


def is_one(text: str) -> bool:
    """Whether a target is written as an epoch, as a gradient or as a slot variable."""
    return any(form.fullmatch(text) for form in (_EPOCH, _SLOT)) or text.startswith(_GRADIENT)


def find(index: TraceIndex, text: str, calls: Calls) -> tuple[str, Place, tuple[str, ...]]:
    """The name and the place of an epoch's number, of a gradient or of a slot variable: the last
    one of that name. Of an epoch, also the names of those of the same number in other runs.

    Raises:
        RequestError: if the trace has none of that name.
    """
    epoch = _EPOCH.fullmatch(text)
    if epoch is not None:
        return _of_epoch(index, calls, epoch[1], int(epoch[2]), epoch[3] or "")
    if text.startswith(_GRADIENT):
        return *_gradient(index, text.removeprefix(_GRADIENT)), ()
    return *_slot(index, text), ()


def as_attribute(text: str) -> str:
    """A variable as the attribute that it is: `dense.kernel` for `model/dense/kernel:0`."""
    return ".".join(text.replace(":0", "").split("/")[-2:])


def listed(index: TraceIndex) -> str:
    """A line of the numbers of a training that can be asked about; empty without a training."""
    logs: dict[str, None] = {}
    for kind in ("fit", "on_batch"):
        for number in index.of_kind(kind):
            logs |= dict.fromkeys(logs_of(index.steps[number]))
    names = list(logs)
    names += [f"epoch {_number(step)}.{name}" for step in _epochs(index)[-1:] for name in logs]
    names += [f"{_GRADIENT}{name}" for name in _gradients(index)]
    names += _slots(index)
    if not names:
        return ""
    more = f" and {len(names) - _MAX_LISTED:,} more" if len(names) > _MAX_LISTED else ""
    return f"The training has {shown(', '.join(names[:_MAX_LISTED]), 2000)}{more}."


# -- epochs ----------------------------------------------------------------------------------------


def _epochs(index: TraceIndex) -> list[Step]:
    return [index.steps[number] for number in index.of_kind("epoch")]


def _number(step: Step) -> int:
    """The number of an epoch, or of the last one of several, counted from 1."""
    last = step.facts.get("last", step.inputs.get("epoch"))
    return last + 1 if isinstance(last, int) else 0


def _of_epoch(
    index: TraceIndex, calls: Calls, run: str | None, wanted: int, name: str
) -> tuple[str, Place, tuple[str, ...]]:
    """The number of an epoch, of the last run that has such an epoch, or of one by its number."""
    found: dict[str, Place] = {}
    problem = ""
    hint = ""
    for number in reversed(index.of_kind("epoch")):
        step = index.steps[number]
        of = calls.around(number)
        if _number(step) != wanted or run not in (None, _count(of)):
            continue
        logs = logs_of(step)
        named = f"{of} epoch {wanted}" if _count(of) else f"epoch {wanted}"
        if name in logs:
            found.setdefault(f"{named}.{name}", log_place(number, step, name))
        elif not problem:
            problem = "A target of an epoch needs the name of one of its numbers."
            if name:
                problem = f"Epoch {wanted} logged no {shown(name)}."
            asked = ", ".join(f"{named}.{one}" for one in logs)
            hint = f"Try {shown(asked, 2000)}." if logs else ""
    if found:
        (target, place), *others = found.items()
        return target, place, tuple(other for other, _ in reversed(others))
    if problem:
        raise RequestError(problem, hint)
    known = list(dict.fromkeys(f"{_number(step)}" for step in _epochs(index)))
    more = f" and {len(known) - _MAX_LISTED:,} more" if len(known) > _MAX_LISTED else ""
    hint = f"Its epochs with numbers: {', '.join(known[:_MAX_LISTED])}{more}." if known else ""
    of_run = "" if run is None else f" of fit {run}"
    raise RequestError(f"No numbers of an epoch {wanted}{of_run} were recorded.", hint)


def _count(call: str) -> str | None:
    """The number in the name of a call: `2` in `fit 2`."""
    return call.partition(" ")[2] or None


def _only(variables: list[str], asked: str) -> str:
    """The only variable with this last name, `scale/w` for `w`; else what was asked."""
    named = [name for name in variables if name.rpartition("/")[2] == asked]
    return named[0] if len(named) == 1 else asked


# -- gradients -------------------------------------------------------------------------------------


def _variables(step: Step) -> Iterator[str]:
    """The names of the variables that a gradient was computed for: `dense/kernel:0`."""
    found = step.inputs.get("variables")
    for name in found.items if isinstance(found, Items) else ():
        yield name if isinstance(name, str) else ""


def _gradients(index: TraceIndex) -> list[str]:
    found: dict[str, None] = {}
    for number in index.of_kind("gradient"):
        for name in _variables(index.steps[number]):
            found[name.removesuffix(":0")] = None
    return [name for name in found if name]


def _gradient(index: TraceIndex, asked: str) -> tuple[str, Place]:
    asked = _only(_gradients(index), asked)
    wanted = as_attribute(asked.replace(".", "/"))
    for number in reversed(index.of_kind("gradient")):
        for position, name in enumerate(_variables(index.steps[number])):
            place = Place(number, "result", "", (position,))
            if ".".join(map(str, owner_of(name))) == wanted and index.value(place) is not NOTHING:
                return f"{_GRADIENT}{name.removesuffix(':0')}", place
    known = _gradients(index)
    near = did_you_mean(asked, known)
    hint = f"It has those of {shown(', '.join(known[:_MAX_LISTED]), 2000)}." if known else ""
    problem = f"No gradient of {shown(asked)} was recorded."
    raise RequestError(problem, "\n".join(filter(None, (near, hint))))


# -- slot variables --------------------------------------------------------------------------------


def _slots(index: TraceIndex) -> dict[str, int]:
    """What optimizers keep for variables: `m of dense/kernel`, and the step that creates it."""
    found: dict[str, int] = {}
    for number in index.of_kind("slot"):
        step = index.steps[number]
        name = step.inputs.get("name", step.inputs.get("slot_name"))
        variable = step.inputs.get("variable", step.inputs.get("var"))
        if isinstance(name, str) and isinstance(variable, str) and step.result is not ABSENT:
            found[f"{name} of {variable.removesuffix(':0')}"] = number
    return found


def _slot(index: TraceIndex, text: str) -> tuple[str, Place]:
    known = _slots(index)
    slot, _, variable = text.partition(" of ")
    kept_for = [name.partition(" of ")[2] for name in known if name.startswith(f"{slot} of ")]
    variable = _only(kept_for, variable)
    wanted = as_attribute(variable.replace(".", "/"))
    for name, number in known.items():
        kept, _, of = name.partition(" of ")
        if kept == slot and ".".join(map(str, owner_of(f"{of}:0"))) == wanted:
            return name, Place(number, "result")
    hint = f"Optimizers keep {shown(', '.join(list(known)[:_MAX_LISTED]), 2000)}." if known else ""
    problem = f"No {shown(slot)} of {shown(variable)} was recorded."
    raise RequestError(problem, "\n".join(filter(None, (did_you_mean(text, known), hint))))
