"""The sample for a layer that goes through time, and the call of a cell.

Every function needs only the layer's class names and attributes, so that it serves every engine.
"""

from collections.abc import Callable
from typing import Any, Final

from densetrace.recording.introspect import facts_of, getfullargspec
from densetrace.recording.recorder import paused

Shape = tuple[int | None, ...]

TIMES: Final = 4
"""The time steps of a sample."""

_THROUGH_TIME: Final = frozenset(("RNN", "Bidirectional", "TimeDistributed"))


def _goes_through_time(layer: Any) -> bool:
    return not _THROUGH_TIME.isdisjoint(facts_of(type(layer)).lineage)


def shape_through_time(layer: Any, shape_inside: Callable[[Any], Shape]) -> Shape | None:
    """The input shape to assume for a layer that goes through time; None for any other layer.

    Args:
        layer: a layer.
        shape_inside: the shape to assume for the inputs at one time, of the cell or of the layer
            that `TimeDistributed` holds.
    """
    classes = facts_of(type(layer)).lineage
    if not _goes_through_time(layer):
        return None
    inside = getattr(layer, "layer" if "TimeDistributed" in classes else "cell", None)
    return (None, TIMES, *shape_inside(inside)[1:])


def called(layer: Any, batch: Any) -> Any:
    """The output of a layer for a batch. The cell of a recurrent layer also takes states: zeros."""
    has_states = hasattr(layer, "state_size") and hasattr(layer, "get_initial_state")
    if _goes_through_time(layer) or not has_states:
        return layer(batch)
    wanted = {"batch_size": len(batch), "dtype": layer.compute_dtype}
    taken = getfullargspec(layer.get_initial_state).args  # of Keras 3, without a dtype
    with paused():  # the states are part of the sample
        states = layer.get_initial_state(
            **{name: value for name, value in wanted.items() if name in taken}
        )
    return layer(batch, states if isinstance(states, list | tuple) else [states])
