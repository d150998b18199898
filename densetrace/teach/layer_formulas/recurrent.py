"""The layers and cells that compute one time step after another.

The attributes are those of the layer and of its cell.
"""

from collections.abc import Callable, Mapping
from typing import Final

from densetrace.data.wording import plain
from densetrace.teach.layer_formulas.parts import Attributes, LayerFormula, applied, plus_bias


def _simple_step(held: Attributes, x: str) -> str:
    sums = f"{x} @ kernel{plus_bias(held)} + h @ recurrent_kernel"
    return f"h = {applied(held, sums)}"


def _lstm_step(held: Attributes, x: str) -> str:
    """The four parts of the sums have no activation yet: `i` is one for the input gate."""
    sums = f"{x} @ kernel + h @ recurrent_kernel{plus_bias(held)}"
    i, f, o = (applied(held, part, "recurrent_activation") for part in ("i", "f", "o"))
    return (
        f"i, f, g, o = split({sums}, 4); c = {f} * c + {i} * {applied(held, 'g')}; "
        f"h = {o} * {applied(held, 'c')}"
    )


def _gru_step(held: Attributes, x: str) -> str:
    """With `reset_after` the reset gate multiplies a product with the state, else the state."""
    is_after = held.get("reset_after") is not False
    biases = ("",) * 2
    if held.get("use_bias"):
        biases = (" + bias[0]", " + bias[1]") if is_after else (" + bias", "")
    of_x = f"xz, xr, xg = split({x} @ kernel{biases[0]}, 3); "
    if is_after:
        of_h = f"hz, hr, hg = split(h @ recurrent_kernel{biases[1]}, 3); "
        z, r, reset = "xz + hz", "xr + hr", "r * hg"
    else:
        of_h = "kz, kr, kg = split(recurrent_kernel, 3); "
        z, r, reset = "xz + h @ kz", "xr + h @ kr", "(r * h) @ kg"
    gates = [f"{n} = {applied(held, s, 'recurrent_activation')}; " for n, s in (("z", z), ("r", r))]
    candidate = applied(held, f"xg + {reset}")
    if candidate.startswith("xg"):  # no activation, which would have brackets
        candidate = f"({candidate})"
    return f"{of_x}{of_h}{''.join(gates)}h = z * h + (1 - z) * {candidate}"


def _cell(step: Callable[[Attributes, str], str], states: str) -> LayerFormula:
    """A cell: its output, which is also a state, and how it is computed."""
    return LayerFormula(lambda held: f"h, [{states}]", lambda held: f"{step(held, 'x')}.")


def _recurrent(step: Callable[[Attributes, str], str], states: str) -> LayerFormula:
    """A recurrent layer: what it returns, and what it computes in each time step."""

    def outputs(held: Attributes) -> str:
        which = "each" if held.get("return_sequences") is True else "the last"
        shown = f"h after {which} time step"
        return f"[{shown}, last {states}]" if held.get("return_state") is True else shown

    def each(held: Attributes) -> str:
        order = "from the last to the first" if held.get("go_backwards") is True else "in order"
        kept = " The states are kept for the next batch." if held.get("stateful") is True else ""
        return f"For each time step x_t of x, {order}: {step(held, 'x_t')}.{kept}"

    return LayerFormula(outputs, each)


def _outputs_of_cell(held: Attributes) -> str:
    which = "each" if held.get("return_sequences") is True else "the last"
    shown = f"the cell's output after {which} time step"
    return f"[{shown}, the last states]" if held.get("return_state") is True else shown


def _order_of_backward(held: Attributes) -> str:
    again = "; its outputs are put back in order" if held.get("return_sequences") is True else ""
    return f"backward_layer reads the time steps from the last to the first{again}."


def _merged_directions(held: Attributes) -> str:
    forward, backward = "forward_layer(x)", "backward_layer(x)"
    mode = plain(held.get("merge_mode"))
    merged = {
        "concat": f"concat([{forward}, {backward}], axis=-1)",
        "ave": f"({forward} + {backward}) / 2",
        "sum": f"{forward} + {backward}",
        "mul": f"{forward} * {backward}",
    }.get(mode, f"{forward}, {backward}")
    if held.get("return_state") is True:
        return f"[{merged}, the last states of both]"
    return merged if mode in ("concat", "ave", "sum", "mul") else f"[{merged}]"


LAYERS: Final[Mapping[str, LayerFormula]] = {
    "SimpleRNNCell": _cell(_simple_step, "h"),
    "LSTMCell": _cell(_lstm_step, "h, c"),
    "GRUCell": _cell(_gru_step, "h"),
    "SimpleRNN": _recurrent(_simple_step, "h"),
    "LSTM": _recurrent(_lstm_step, "h, last c"),
    "GRU": _recurrent(_gru_step, "h"),
    "RNN": LayerFormula(_outputs_of_cell),
    "Bidirectional": LayerFormula(_merged_directions, _order_of_backward),
    "TimeDistributed": LayerFormula(
        lambda held: "layer(x_t) for each time step x_t of x",
        lambda held: "All time steps share the weights of the layer.",
    ),
}
