"""How a layer or a model is called on its inputs: how many it takes, and how they are passed.

Every function needs only class names, attributes and signatures, so that it serves every engine.
"""

import inspect
from collections.abc import Sequence
from typing import Any, Final

from densetrace.recording.introspect import facts_of, getfullargspec
from densetrace.recording.recorder import paused

Shape = tuple[int | None, ...]

_TAKES_A_LIST: Final = frozenset(
    ("_Merge", "Merge", "Attention", "AdditiveAttention", "BaseDenseAttention")
)
"""Classes whose `call` has one parameter for two inputs or more; Keras 3 renamed `_Merge`."""

_THROUGH_TIME: Final = frozenset(("RNN", "Bidirectional", "TimeDistributed"))


def count_of(subject: Any) -> int:
    """The number of inputs that a layer or model is called on when none are given."""
    inputs = getattr(subject, "inputs", None)
    if isinstance(inputs, list | tuple) and inputs:
        return len(inputs)
    if takes_a_list(subject):
        return 2
    return 1 if is_cell(subject) else max(len(_required(subject.call)), 1)


def takes_a_list(layer: Any) -> bool:
    """Whether `call` of a layer takes several inputs as one list."""
    return not _TAKES_A_LIST.isdisjoint(facts_of(type(layer)).lineage)


def by_position(layer: Any) -> bool:
    """Whether `call` of a layer takes each input as an argument: `call(query, value)`."""
    return not is_cell(layer) and len(_required(layer.call)) > 1


def goes_through_time(layer: Any) -> bool:
    """Whether a layer takes a sequence and holds a cell or a layer for each time step."""
    return not _THROUGH_TIME.isdisjoint(facts_of(type(layer)).lineage)


def takes_states(layer: Any) -> bool:
    """Whether a layer takes the states that it begins with."""
    return not frozenset(("RNN", "Bidirectional")).isdisjoint(facts_of(type(layer)).lineage)


def is_cell(layer: Any) -> bool:
    """Whether a layer is the cell of a recurrent layer, whose `call` takes states too."""
    has_states = hasattr(layer, "state_size") and hasattr(layer, "get_initial_state")
    return has_states and not goes_through_time(layer)


def called(layer: Any, batch: Any) -> Any:
    """The output of a layer for a batch, or for a list of them, passed as its `call` wants them.

    A cell or a recurrent layer gets the inputs after the first as its states; by default a cell
    gets zeros.
    """
    if is_cell(layer):
        first, *states = batch if isinstance(batch, list) else [batch]
        return layer(first, states or _zeros(layer, len(first)))
    if isinstance(batch, list) and takes_states(layer):
        return layer(batch[0], initial_state=batch[1:])
    if isinstance(batch, list) and by_position(layer):
        return layer(*batch)
    return layer(batch)


def built(layer: Any, shapes: Sequence[Shape]) -> None:
    """Build a layer for the shapes of its inputs, passed as its `build` wants them."""
    if len(shapes) == 1:
        layer.build(shapes[0])
    elif len(_required(layer.build)) > 1:
        layer.build(*shapes)
    else:
        layer.build(list(shapes))


def _required(method: Any) -> list[str]:
    """The positional parameters of a bound method that have no default."""
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return []
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [one.name for one in parameters if one.kind in by_place and one.default is one.empty]


def _zeros(cell: Any, rows: int) -> list[Any]:
    """The initial states of a cell."""
    wanted = {"batch_size": rows, "dtype": cell.compute_dtype}
    taken = getfullargspec(cell.get_initial_state).args  # of Keras 3, without a dtype
    with paused():  # the states are part of the sample
        states = cell.get_initial_state(
            **{name: value for name, value in wanted.items() if name in taken}
        )
    return states if isinstance(states, list | tuple) else [states]  # type: ignore[return-value] # Keras takes either
