"""The containers in which `Model.compile` stores losses and metrics until the first batch.

`compile` itself only resolves the optimizer. It stores losses and metrics unresolved, because the
meaning of 'accuracy' depends on the shapes of labels and predictions. The `build` methods of the
containers call `losses.get` and `metrics.get` at the first batch.
Follows keras 2.14 engine/compile_utils.py.

In Keras 2.14, `Model.compile(optimizer="rmsprop", loss=None, metrics=None, loss_weights=None,
weighted_metrics=None, run_eagerly=None, steps_per_execution=None, jit_compile=None,
pss_evaluation_shards=0, **kwargs)` does, in this order:

1. store the arguments unchanged, for `get_compile_config`;
2. remove `from_serialized` from `kwargs`, and `experimental_steps_per_execution` too unless
   `steps_per_execution` is given;
3. reject `distribute` and `target_tensors` (ValueError) and unknown keywords (TypeError);
4. call `optimizers.get` on each optimizer (the only lookups in a plain `compile`);
5. create `LossesContainer(loss, loss_weights, output_names)`, unless `loss` already is one: it
   creates the `Mean` metric named "loss", whose two weights are the last steps of a `compile`;
6. create `MetricsContainer(metrics, weighted_metrics, output_names, from_serialized)`;
7. set `self.loss = loss or {}`, and raise ValueError for `jit_compile` with `run_eagerly`.
"""

import copy
from collections.abc import Iterator
from typing import Any, Final

from densetrace.keras import losses as losses_module
from densetrace.keras import metrics as metrics_module
from densetrace.keras.utils.generic_utils import to_snake_case
from densetrace.tensorflow.nest import flatten, map_structure

# DEPARTS: Keras's containers also compute the loss and metrics of each batch. Here they only store
# the arguments of `compile` and resolve them when built from a first batch: densetrace does not
# train.


class Container:
    """Losses or metrics: one item for all outputs, or one per output in the same structure."""

    def __init__(self, output_names: list[str] | None = None) -> None:
        self._output_names = output_names
        self._built = False

    @property
    def built(self) -> bool:
        """Whether `build` has resolved the losses or metrics."""
        return self._built

    def _build(self, y_pred: Any) -> list[str]:
        if self._output_names is None:
            self._output_names = create_pseudo_output_names(y_pred)
        return self._output_names

    def _conform_to_outputs(self, outputs: Any, struct: Any) -> Any:
        """Return `struct` in the structure of `outputs`, from a dict by name or one item."""
        struct = map_to_output_names(outputs, self._output_names, struct)
        struct = map_missing_dict_keys(outputs, struct)
        if not is_nested(struct) and is_nested(outputs):
            struct = map_structure(lambda _: struct, outputs)
        return struct

    def _maybe_broadcast_to_outputs(self, outputs: Any, objects: Any) -> Any:
        """Return `objects` for each output, as copies if outputs must not share an object."""
        if not self._should_broadcast(objects):
            return objects
        several = len(flatten(outputs)) > 1

        def for_output(_: Any) -> Any:
            return map_structure(self._copy_object, objects) if several else objects

        return map_structure(for_output, outputs)

    def _should_broadcast(self, objects: Any) -> bool:
        raise NotImplementedError

    def _copy_object(self, item: Any) -> Any:
        raise NotImplementedError


class LossesContainer(Container):
    """The losses of `compile`, and the metric of their mean.

    Args:
        losses: the argument `loss` of `compile`.
        loss_weights: its argument `loss_weights`.
        output_names: the model's output names, if known already.
        total_loss_mean: the metric of the mean loss; a new `Mean` named "loss" if None.
    """

    def __init__(
        self,
        losses: Any,
        loss_weights: Any = None,
        output_names: list[str] | None = None,
        total_loss_mean: metrics_module.Mean | None = None,
    ) -> None:
        super().__init__(output_names)
        self._user_losses = losses
        self._user_loss_weights = loss_weights
        self._losses = losses
        self._loss_weights = loss_weights
        self._per_output_metrics: list[metrics_module.Mean | None] = []
        self._total_loss_mean = total_loss_mean or metrics_module.Mean(name="loss")

    @property
    def metrics(self) -> list[metrics_module.Metric]:
        """The mean loss and, with several outputs, the mean loss of each; none before `build`."""
        if not self._built:
            return []
        each = [metric for metric in self._per_output_metrics if metric is not None]
        return [self._total_loss_mean, *each]

    def build(self, y_pred: Any) -> None:
        """Resolve the losses, one for each output.

        Args:
            y_pred: the model's predictions for a first batch, or symbolic tensors like them.

        Raises:
            ValueError: if a loss is unknown, or the model has no output of a given name.
        """
        names = self._build(y_pred)
        losses = self._maybe_broadcast_to_outputs(y_pred, self._losses)
        losses = self._conform_to_outputs(y_pred, losses)
        self._losses = flatten(map_structure(self._get_loss_object, losses))
        weights = self._maybe_broadcast_to_outputs(y_pred, self._loss_weights)
        self._loss_weights = flatten(self._conform_to_outputs(y_pred, weights))
        self._per_output_metrics = [None]
        if len(names) > 1:
            self._per_output_metrics = [
                None if loss is None else metrics_module.Mean(f"{name}_loss")
                for loss, name in zip(self._losses, names, strict=False)
            ]
        self._built = True

    def _get_loss_object(self, loss: Any) -> losses_module.Loss | None:
        if loss is None:
            return None
        found = losses_module.get(loss)
        if isinstance(found, losses_module.Loss):
            result = found
        else:
            name = get_custom_object_name(found)
            result = losses_module.LossFunctionWrapper(found, name=name)
        result._allow_sum_over_batch_size = True
        return result

    def _should_broadcast(self, objects: Any) -> bool:
        return not is_nested(objects)

    def _copy_object(self, item: Any) -> Any:
        return item


class MetricsContainer(Container):
    """The metrics of `compile`.

    Args:
        metrics: the argument `metrics` of `compile`.
        weighted_metrics: its argument `weighted_metrics`.
        output_names: the model's output names, if known already.
        from_serialized: whether the metrics come from a saved model and already have names.

    Raises:
        ValueError: if a metric instance is given twice.
    """

    def __init__(
        self,
        metrics: Any = None,
        weighted_metrics: Any = None,
        output_names: list[str] | None = None,
        from_serialized: bool = False,
    ) -> None:
        super().__init__(output_names)
        _check_duplicated_metrics([*flatten(metrics), *flatten(weighted_metrics)])
        self._user_metrics = metrics
        self._user_weighted_metrics = weighted_metrics
        self._metrics = metrics
        self._weighted_metrics = weighted_metrics
        self._from_serialized = from_serialized
        self._metrics_in_order: list[metrics_module.Metric] = []

    @property
    def metrics(self) -> list[metrics_module.Metric]:
        """All metrics, output by output; none before `build`."""
        return self._metrics_in_order if self._built else []

    @property
    def unweighted_metrics(self) -> list[metrics_module.Metric] | None:
        """The metrics that ignore sample weights; None before `build`."""
        return flatten(self._metrics) if self._built else None

    @property
    def weighted_metrics(self) -> list[metrics_module.Metric] | None:
        """The metrics that receive sample weights; None before `build`."""
        return flatten(self._weighted_metrics) if self._built else None

    def build(self, y_pred: Any, y_true: Any) -> None:
        """Resolve the metrics of each output.

        Args:
            y_pred: the model's predictions for a first batch, or symbolic tensors like them.
            y_true: the labels of the batch; only their shapes matter.

        Raises:
            ValueError: if a metric is unknown, if two metrics have the same name, or if the model
                has no output of a given name.
        """
        names = self._build(y_pred)
        self._metrics = self._resolved(self._metrics, y_pred, y_true)
        self._weighted_metrics = self._resolved(self._weighted_metrics, y_pred, y_true)
        if not self._from_serialized:
            self._set_metric_names(names)
        self._metrics_in_order = [
            metric
            for of_output in zip(self._metrics, self._weighted_metrics, strict=True)
            for metric in flatten(of_output)
            if metric is not None
        ]
        self._built = True

    def _resolved(self, metrics: Any, y_pred: Any, y_true: Any) -> list[list[Any]]:
        metrics = self._maybe_broadcast_to_outputs(y_pred, metrics)
        metrics = self._conform_to_outputs(y_pred, metrics)
        y_true = self._conform_to_outputs(y_pred, y_true)
        per_output = (up_to(y_pred, struct) for struct in (metrics, y_true, y_pred))
        return [
            [self._get_metric_object(metric, y_t, y_p) for metric in flatten(of_output)]
            for of_output, y_t, y_p in zip(*per_output, strict=True)
        ]

    def _set_metric_names(self, output_names: list[str]) -> None:
        """Make names unique: prefix the output's name, and "weighted" for weighted metrics."""
        taken: set[str] = set()
        several = len(output_names) > 1
        for output, plain, weighted in zip(
            output_names, self._metrics, self._weighted_metrics, strict=False
        ):
            prefix = f"{output}_" if several else ""
            for metric in plain:
                if metric is not None:
                    _rename(metric, prefix + metric._name, taken)
            for metric in weighted:
                if metric is not None:
                    again = "weighted_" if prefix + metric._name in taken else ""
                    _rename(metric, prefix + again + metric._name, taken)

    def _get_metric_object(self, metric: Any, y_t: Any, y_p: Any) -> metrics_module.Metric | None:
        if metric is None:
            return None
        choices = _BY_PROBLEM.get(str(metric).lower())
        found = choices[_problem(y_t, y_p)] if choices else metrics_module.get(metric)
        if isinstance(found, losses_module.Loss):
            found._allow_sum_over_batch_size = True
        if isinstance(found, metrics_module.Metric):
            return found
        metric_name = metric if isinstance(metric, str) else get_custom_object_name(metric)
        return metrics_module.MeanMetricWrapper(found, name=metric_name)

    def _should_broadcast(self, objects: Any) -> bool:
        # 'mse' or ['mse', 'mae'], but not [['mse'], ['mae']].
        if not is_nested(objects):
            return True
        return isinstance(objects, list | tuple) and not any(map(is_nested, objects))

    def _copy_object(self, item: Any) -> Any:
        return metrics_module.clone_metric(item)


def _check_duplicated_metrics(metrics: list[Any]) -> None:
    instances = [metric for metric in metrics if isinstance(metric, metrics_module.Metric)]
    twice = [metric for i, metric in enumerate(instances) if metric in instances[:i]]
    if twice:
        raise ValueError(
            "Pass each metric instance only once: otherwise it counts every batch twice. "
            f"Received more than once: {', '.join(map(str, twice))}"
        )


def _rename(metric: Any, name: str, taken: set[str]) -> None:
    metric._name = name
    if name in taken:
        raise ValueError(f"Metrics of a model must have different names. Received twice: {name}")
    taken.add(name)


_ACCURACIES: Final = {
    "binary": metrics_module.binary_accuracy,
    "sparse": metrics_module.sparse_categorical_accuracy,
    "categorical": metrics_module.categorical_accuracy,
}

_CROSSENTROPIES: Final = {
    "binary": metrics_module.binary_crossentropy,
    "sparse": metrics_module.sparse_categorical_crossentropy,
    "categorical": metrics_module.categorical_crossentropy,
}

_BY_PROBLEM: Final[dict[str, dict[str, Any]]] = {
    "accuracy": _ACCURACIES,
    "acc": _ACCURACIES,
    "crossentropy": _CROSSENTROPIES,
    "ce": _CROSSENTROPIES,
}

"""The metric names whose meaning depends on the shapes of labels and predictions."""


def _problem(y_t: Any, y_p: Any) -> str:
    """Infer the kind of classification from the shapes of labels and predictions."""
    labels, predictions = tuple(y_t.shape), tuple(y_p.shape)
    if predictions[-1] == 1:
        return "binary"
    if len(labels) < len(predictions) or (labels[-1] == 1 and predictions[-1] > 1):
        return "sparse"
    return "categorical"


def create_pseudo_output_names(outputs: Any) -> list[str]:
    """Create names for outputs: "output_1" for one, "a_1" and "b" for {"a": [x], "b": y}."""
    return [
        "output_1"
        if not path
        else ("output_" if isinstance(path[0], int) else "") + "_".join(map(str, path))
        for path in _paths(outputs)
    ]


def _paths(structure: Any) -> Iterator[tuple[Any, ...]]:
    if not is_nested(structure):
        yield ()
        return
    if isinstance(structure, dict):
        children = [(key, structure[key]) for key in sorted(structure)]
    else:
        children = list(enumerate(structure, start=1))
    for key, child in children:
        for path in _paths(child):
            yield (key, *path)


def map_to_output_names(y_pred: Any, output_names: list[str] | None, struct: Any) -> Any:
    """Convert a dict by output name to a list in output order; return any other value unchanged.

    Raises:
        ValueError: if a key is not the name of an output.
    """
    flat = not is_nested(y_pred) or (
        isinstance(y_pred, list | tuple) and not any(map(is_nested, y_pred))
    )
    if not flat or not isinstance(struct, dict):
        return struct
    names = output_names or create_pseudo_output_names(y_pred)
    rest = copy.copy(struct)
    found = [rest.pop(name, None) for name in names]
    if rest:
        raise ValueError(
            f"The keys of a dict of losses or metrics must be names of outputs: {names}. "
            f"Received: {list(rest)}"
        )
    return found[0] if len(found) == 1 else found


def map_missing_dict_keys(y_pred: Any, struct: Any) -> Any:
    """Return `struct` with None for each output that it lacks."""
    if not isinstance(y_pred, dict) or not isinstance(struct, dict):
        return struct
    return {**struct, **{key: None for key in y_pred if key not in struct}}


def get_custom_object_name(item: Any) -> Any:
    """Return the name of a custom loss or metric, or else its class name in snake case."""
    if hasattr(item, "name"):
        return item.name
    if hasattr(item, "__name__"):
        return item.__name__
    return to_snake_case(type(item).__name__)


def is_nested(structure: Any) -> bool:
    """Return whether this is a list, tuple or dict, and not a leaf."""
    return isinstance(structure, list | tuple | dict)


def up_to(outputs: Any, structure: Any) -> list[Any]:
    """Return the parts of `structure` at the positions of the leaves of `outputs`, in order.

    Raises:
        ValueError: if `structure` does not have the structure of `outputs`.
    """
    if not is_nested(outputs):
        return [structure]
    if isinstance(outputs, dict):
        if outputs.keys() != structure.keys():
            raise ValueError(
                f"A dict by output must have exactly these keys: {list(outputs)}. "
                f"Received: {list(structure)}"
            )
        pairs = [(outputs[key], structure[key]) for key in sorted(outputs)]
    else:
        pairs = list(zip(outputs, structure, strict=True))
    return [leaf for output, part in pairs for leaf in up_to(output, part)]
