"""A picture of a model: boxes for layers, arrows for tensors.

Follows keras 2.14 utils/vis_utils.py.
"""

import os
from typing import Any

from densetrace.data.picture import Box, Picture
from densetrace.keras.utils import io_utils, layer_utils
from densetrace.tensorflow.missing import NotInDensetraceError
from densetrace.tensorflow.nest import flatten


def is_wrapped_model(layer: Any) -> bool:
    """Return whether a layer wraps a functional model: `TimeDistributed(model)`.

    Follows keras 2.14 utils/vis_utils.py, is_wrapped_model.
    """
    inner = getattr(layer, "layer", None)
    return inner is not None and _is_functional(inner)


def add_edge(dot: Picture, src: str, dst: str) -> None:
    """Add an arrow, unless it is there already.

    Follows keras 2.14 utils/vis_utils.py, add_edge.
    """
    dot.edges[src, dst] = None


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float | None = 96,
    subgraph: bool = False,
    layer_range: Any = None,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Picture:
    """Return the picture of a model. It writes itself as SVG, or as text in the DOT language.

    Follows keras 2.14 utils/vis_utils.py, model_to_dot.

    Args:
        model: a built model.
        show_shapes: whether a box has the shapes of the inputs and outputs.
        show_dtype: whether a box has the dtype.
        show_layer_names: whether a box has the name of the layer.
        rankdir: the direction of the arrows: "TB" (down), "BT", "LR" or "RL".
        expand_nested: whether to draw the layers of nested models.
        dpi: the size: at 96, a line of text is 14 pixels high.
        subgraph: whether the picture is a part of another one: a frame around it has its name.
        layer_range: names of the first and the last layer to draw, or patterns for them.
        show_layer_activations: whether a box has the activation.
        show_trainable: whether a box says whether the layer is trainable: T or NT.

    Raises:
        ValueError: if the model is not built, or `layer_range` is not a pair of names.
    """
    # DEPARTS: Keras returns an object of pydot and needs pydot and graphviz. Here the picture is
    # drawn by densetrace, as SVG.
    if not model.built:
        raise ValueError("The model is not built. Call it on data first, or call `build()`.")
    dot = Picture(model.name, rankdir, dpi or 96)
    group = (model.name,) if subgraph else ()
    show = (show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable)
    if not _is_functional(model):
        dot.boxes[str(id(model))] = Box((((model.name, "name"),),), group)
        return dot
    layers = _layers_of(model)
    if layer_range is not None:
        chosen = {id(layer) for layer in layer_utils.layers_in_range(model.layers, layer_range)}
        layers = [layer for layer in layers if id(layer) in chosen]
    _draw(dot, model, layers, show, expand_nested, group)
    return dot


def _draw(
    dot: Picture,
    model: Any,
    layers: list[Any],
    show: tuple[bool, ...],
    expand_nested: bool,
    group: tuple[str, ...],
) -> None:
    """Add boxes and arrows for layers. A nested model that is drawn has no box of its own: arrows
    to it go to its inputs, arrows from it begin at its outputs."""
    entries: dict[int, list[str]] = {}
    exits: dict[int, list[str]] = {}
    for layer in layers:
        key = str(id(layer))
        inner = layer.layer if is_wrapped_model(layer) else layer
        if expand_nested and _is_functional(inner):
            before = set(dot.boxes)
            _draw(dot, inner, _layers_of(inner), show, expand_nested, (*group, inner.name))
            new = [box for box in dot.boxes if box not in before]
            entries[id(layer)] = [box for box in new if not _is_end(dot, box, 1)] or new[:1]
            exits[id(layer)] = [box for box in new if not _is_end(dot, box, 0)] or new[-1:]
            if inner is layer:
                continue
            for entry in entries[id(layer)]:  # as in Keras, the wrapper has a box before the model
                add_edge(dot, key, entry)
            entries[id(layer)] = [key]
        dot.boxes[key] = _box(layer, show, group, is_expanded=id(layer) in exits)
    drawn = {id(layer) for layer in layers}
    network = getattr(model, "_network_nodes", None)
    for layer in layers:
        for index, node in enumerate(layer._inbound_nodes):
            if network and f"{layer.name}_ib-{index}" not in network:
                continue
            for inbound in flatten(node.inbound_layers):
                if id(inbound) not in drawn:
                    continue
                for src in exits.get(id(inbound), [str(id(inbound))]):
                    for dst in entries.get(id(layer), [str(id(layer))]):
                        add_edge(dot, src, dst)


def _is_end(dot: Picture, box: str, side: int) -> bool:
    """Whether an arrow has this box at its begin (0) or its end (1)."""
    return any(edge[side] == box for edge in dot.edges)


def _is_functional(model: Any) -> bool:
    """Whether a model is one whose layers are connected by symbolic tensors."""
    return bool(getattr(model, "_is_graph_network", False))


def _layers_of(model: Any) -> list[Any]:
    """Return the layers of a model. `Sequential.layers` leaves out the input layer, which is
    drawn too."""
    layers = list(model.layers)
    if layers and layers[0]._inbound_nodes:
        for inbound in flatten(layers[0]._inbound_nodes[0].inbound_layers):
            is_input = type(inbound).__name__ == "InputLayer"
            if is_input and all(inbound is not layer for layer in layers):
                layers.insert(0, inbound)
    return layers


def _box(layer: Any, show: tuple[bool, ...], group: tuple[str, ...], is_expanded: bool) -> Box:
    shapes, dtype, names, activations, trainable = show
    name, class_name = layer.name, type(layer).__name__
    inner = getattr(layer, "layer", None)
    if inner is not None and hasattr(inner, "name") and not is_expanded:
        name = f"{name}({inner.name})"
        class_name = f"{class_name}({type(inner).__name__})"
    head = [(name, "name")] if names else []
    head.append((class_name, "class"))
    activation = getattr(layer, "activation", None)
    if activations and activation is not None:
        own = getattr(activation, "name", None) or getattr(activation, "__name__", None)
        head.append((str(own or activation), "class"))
    if dtype:
        head.append((str(layer.dtype or "?"), "aside"))
    if trainable:
        head.insert(0, ("T" if layer.trainable else "NT", "aside"))
    rows = [tuple(head)]
    if shapes:
        rows += [
            ((f"{word}:".ljust(7), "aside"), (_shape(layer, f"{word}_shape"), "shape"))
            for word in ("input", "output")
        ]
    return Box(tuple(rows), group)


def _shape(layer: Any, attribute: str) -> str:
    try:
        return str(getattr(layer, attribute))
    except (AttributeError, RuntimeError):
        return "?"


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float | None = 96,
    layer_range: Any = None,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Picture:
    """Write the picture of a model as an SVG file, and return it: a notebook shows it.

    Follows keras 2.14 utils/vis_utils.py, plot_model.

    Args:
        model: a built model.
        to_file: the file to write, which ends in `.svg`.
        show_shapes: as in `model_to_dot`, as are all that follow.
        show_dtype: whether a box has the dtype.
        show_layer_names: whether a box has the name of the layer.
        rankdir: the direction of the arrows.
        expand_nested: whether to draw the layers of nested models.
        dpi: the size.
        layer_range: names of the first and the last layer to draw.
        show_layer_activations: whether a box has the activation.
        show_trainable: whether a box says whether the layer is trainable.

    Raises:
        ValueError: if the model is not built.
        NotInDensetraceError: if the file does not end in `.svg`.
    """
    dot = model_to_dot(
        model,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        dpi=dpi,
        layer_range=layer_range,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
    )
    to_file = io_utils.path_to_string(to_file)
    stem, extension = os.path.splitext(to_file)
    if extension.lower() != ".svg":
        only = f"densetrace draws models as SVG only: write to_file={stem + '.svg'!r}"
        raise NotInDensetraceError(
            f"plot_model(to_file={to_file!r})",
            f"{only}. For another format",
            only,
        )
    dot.write(to_file, format="svg")
    return dot
