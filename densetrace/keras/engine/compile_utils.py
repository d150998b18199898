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
from typing import Any, Final, Self

import densetrace.tensorflow as tf
from densetrace.keras import losses as losses_module
from densetrace.keras import metrics as metrics_module
from densetrace.keras.saving import serialization_lib
from densetrace.keras.utils import losses_utils
from densetrace.keras.utils.generic_utils import to_snake_case
from densetrace.recording.hooks import traced
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.nest import flatten, map_structure

# DEPARTS: Keras can train on several devices, each with its part of a batch. Here there is one
# device: a loss is not divided by their number, and a sum is multiplied by 1.
_REPLICAS: Final = 1


@of_keras
class Container:
    """Losses or metrics: one item for all outputs, or one per output in the same structure.

    Follows keras 2.14 engine/compile_utils.py, Container.
    """

    def __init__(self, output_names: list[str] | None = None) -> None:
        self._output_names = output_names

    def build(self, y_pred: Any) -> None:
        """Name the outputs, unless the model has names for them."""
        if self._output_names is None:
            self._output_names = create_pseudo_output_names(y_pred)

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


@of_keras
class LossesContainer(Container):
    """The losses of `compile`: computes their weighted sum, and the metrics of their means.

    Follows keras 2.14 engine/compile_utils.py, LossesContainer.

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
        self._built = False

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate the container, serialized."""
        self._losses = flatten(self._losses)
        serialized = serialization_lib.serialize_keras_object
        return {
            "losses": [serialized(loss) for loss in self._losses if loss is not None],
            "total_loss_mean": serialized(self._total_loss_mean),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create a container from the config that `get_config` returned."""
        deserialized = serialization_lib.deserialize_keras_object
        return cls(
            list(map(deserialized, config["losses"])),
            total_loss_mean=deserialized(config["total_loss_mean"]),
        )

    @property
    def metrics(self) -> list[metrics_module.Metric]:
        """The mean loss and, with several outputs, the mean loss of each; none before `build`."""
        if not self._built:
            return []
        each = [metric for metric in self._per_output_metrics if metric is not None]
        return [self._total_loss_mean, *each]

    @traced("losses_build")
    def build(self, y_pred: Any) -> None:
        """Resolve the losses, one for each output.

        Follows keras 2.14 engine/compile_utils.py, LossesContainer.build.

        Args:
            y_pred: the model's predictions for a first batch, or symbolic tensors like them.

        Raises:
            ValueError: if a loss is unknown, or the model has no output of a given name.
        """
        super().build(y_pred)
        self._losses = self._maybe_broadcast_to_outputs(y_pred, self._losses)
        self._losses = self._conform_to_outputs(y_pred, self._losses)
        self._losses = flatten(map_structure(self._get_loss_object, self._losses))
        self._loss_weights = self._maybe_broadcast_to_outputs(y_pred, self._loss_weights)
        self._loss_weights = self._conform_to_outputs(y_pred, self._loss_weights)
        self._loss_weights = flatten(self._loss_weights)
        self._create_metrics()
        self._built = True

    @property
    def built(self) -> bool:
        """Whether `build` has resolved the losses."""
        return self._built

    def _create_metrics(self) -> None:
        """Create a mean for the loss of each output, if there are several outputs."""
        assert self._output_names is not None  # since `Container.build`
        if len(self._output_names) == 1:
            self._per_output_metrics = [None]
        else:
            self._per_output_metrics = [
                None if loss is None else metrics_module.Mean(f"{name}_loss")
                for loss, name in zip(self._losses, self._output_names, strict=False)
            ]

    @traced("losses_call")
    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        regularization_losses: Any = None,
    ) -> Any:
        """Return the loss of a batch, and update the metrics of the means.

        Follows keras 2.14 engine/compile_utils.py, LossesContainer.__call__.

        Args:
            y_true: the labels, in the structure of the outputs, or a dict by output name.
            y_pred: the outputs of the model: f[batch, ...] each.
            sample_weight: the weights of the samples, one tensor or one per output.
            regularization_losses: the losses of the model's layers, f[] each.

        Returns:
            The sum of all losses times their weights: f[]; None if there is no loss.

        Raises:
            ValueError: if a loss is unknown, or labels do not fit an output.
        """
        y_true = self._conform_to_outputs(y_pred, y_true)
        sample_weight = self._conform_to_outputs(y_pred, sample_weight)
        if not self._built:
            self.build(y_pred)
        loss_values: list[Any] = []
        total_loss_mean_values: list[Any] = []
        batch_dim = None
        for y_t, y_p, sw, loss_obj, loss_weight, metric_obj in zip(
            flatten(y_true),
            flatten(y_pred),
            flatten(sample_weight),
            self._losses,
            self._loss_weights,
            self._per_output_metrics,
            strict=False,
        ):
            if y_t is None or loss_obj is None:
                continue
            y_t, y_p, sw = match_dtype_and_rank(y_t, y_p, sw)
            sw = losses_utils.apply_mask(y_p, sw, losses_utils.get_mask(y_p))
            loss_value = loss_obj(y_t, y_p, sample_weight=sw)
            total_loss_mean_value = loss_value
            if loss_obj.reduction == losses_utils.ReductionV2.SUM:
                total_loss_mean_value *= _REPLICAS
            if batch_dim is None:
                batch_dim = tf.shape(y_t)[0]
            if metric_obj is not None:
                metric_obj.update_state(total_loss_mean_value, sample_weight=batch_dim)
            if loss_weight is not None:
                loss_value *= loss_weight
                total_loss_mean_value *= loss_weight
            loss_values.append(loss_value)
            total_loss_mean_values.append(total_loss_mean_value)
        if regularization_losses:
            regularization_losses = losses_utils.cast_losses_to_common_dtype(regularization_losses)
            reg_loss = tf.add_n(regularization_losses)
            total_loss_mean_values.append(reg_loss)
            loss_values.append(reg_loss)
        if not loss_values:
            return None
        total_loss_mean_values = losses_utils.cast_losses_to_common_dtype(total_loss_mean_values)
        total_total_loss_mean_value = tf.add_n(total_loss_mean_values)
        self._total_loss_mean.update_state(total_total_loss_mean_value, sample_weight=batch_dim)
        loss_values = losses_utils.cast_losses_to_common_dtype(loss_values)
        return tf.add_n(loss_values)

    def reset_state(self) -> None:
        """Reset the metrics of the means."""
        if not self._built:
            return
        for metric in (self._total_loss_mean, *self._per_output_metrics):
            if metric is not None:
                metric.reset_state()

    @traced("loss_resolve")
    def _get_loss_object(self, loss: Any) -> losses_module.Loss | None:
        """Return the `Loss` object for a name, a config, a function or a `Loss`; None for None.

        Follows keras 2.14 engine/compile_utils.py, LossesContainer._get_loss_object.

        Raises:
            ValueError: if the loss is unknown.
        """
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


@of_keras
class MetricsContainer(Container):
    """The metrics of `compile`: updates them with each batch.

    Follows keras 2.14 engine/compile_utils.py, MetricsContainer.

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
        self._built = False
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

    @traced("metrics_build")
    def build(self, y_pred: Any, y_true: Any) -> None:  # type: ignore[override] # as in Keras
        """Resolve the metrics of each output.

        Follows keras 2.14 engine/compile_utils.py, MetricsContainer.build.

        Args:
            y_pred: the model's predictions for a first batch, or symbolic tensors like them.
            y_true: the labels of the batch; only their shapes matter.

        Raises:
            ValueError: if a metric is unknown, if two metrics have the same name, or if the model
                has no output of a given name.
        """
        super().build(y_pred)
        self._metrics = self._maybe_broadcast_to_outputs(y_pred, self._metrics)
        self._metrics = self._conform_to_outputs(y_pred, self._metrics)
        self._weighted_metrics = self._maybe_broadcast_to_outputs(y_pred, self._weighted_metrics)
        self._weighted_metrics = self._conform_to_outputs(y_pred, self._weighted_metrics)
        self._metrics = self._per_output(self._metrics, y_true, y_pred)
        self._weighted_metrics = self._per_output(self._weighted_metrics, y_true, y_pred)
        if not self._from_serialized:
            self._set_metric_names()
        self._create_ordered_metrics()
        self._built = True

    @property
    def built(self) -> bool:
        """Whether `build` has resolved the metrics."""
        return self._built

    def _per_output(self, metrics: Any, y_true: Any, y_pred: Any) -> list[list[Any]]:
        """Resolve the metrics of one kind: a list for each output."""
        structures = (up_to(y_pred, structure) for structure in (metrics, y_true, y_pred))
        return [
            self._get_metric_objects(of_output, y_t, y_p)
            for of_output, y_t, y_p in zip(*structures, strict=True)
        ]

    def _set_metric_names(self) -> None:
        """Make names unique: prefix the output's name, and "weighted" for weighted metrics."""
        assert self._output_names is not None  # since `Container.build`
        taken: set[str] = set()
        several = len(self._output_names) > 1
        for output, plain, weighted in zip(
            self._output_names, self._metrics, self._weighted_metrics, strict=False
        ):
            prefix = f"{output}_" if several else ""
            for metric in plain:
                if metric is not None:
                    _rename(metric, prefix + metric._name, taken)
            for metric in weighted:
                if metric is not None:
                    again = "weighted_" if prefix + metric._name in taken else ""
                    _rename(metric, prefix + again + metric._name, taken)

    def _create_ordered_metrics(self) -> None:
        """List the metrics: for each output those of `metrics`, then those of
        `weighted_metrics`."""
        self._metrics_in_order = [
            metric
            for of_output in zip(self._metrics, self._weighted_metrics, strict=True)
            for metric in flatten(of_output)
            if metric is not None
        ]

    @traced("metrics_update")
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch to all metrics.

        Follows keras 2.14 engine/compile_utils.py, MetricsContainer.update_state.

        Args:
            y_true: the labels, in the structure of the outputs, or a dict by output name.
            y_pred: the outputs of the model: f[batch, ...] each.
            sample_weight: the weights of the samples, which only `weighted_metrics` use.

        Raises:
            ValueError: as `build`, or if labels do not fit an output.
            TypeError: if the name of a metric is unknown.
        """
        y_true = self._conform_to_outputs(y_pred, y_true)
        sample_weight = self._conform_to_outputs(y_pred, sample_weight)
        if not self._built:
            self.build(y_pred, y_true)
        for y_t, y_p, sw, metric_objs, weighted_metric_objs in zip(
            flatten(y_true) if y_true is not None else [],
            flatten(y_pred),
            flatten(sample_weight),
            self._metrics,
            self._weighted_metrics,
            strict=False,
        ):
            none = all(metric is None for metric in (*metric_objs, *weighted_metric_objs))
            if y_t is None or none:
                continue
            y_t, y_p, sw = match_dtype_and_rank(y_t, y_p, sw)
            mask = losses_utils.get_mask(y_p)
            sw = losses_utils.apply_mask(y_p, sw, mask)
            for metric_obj in metric_objs:
                if metric_obj is not None:
                    metric_obj.update_state(y_t, y_p, sample_weight=mask)
            for weighted_metric_obj in weighted_metric_objs:
                if weighted_metric_obj is not None:
                    weighted_metric_obj.update_state(y_t, y_p, sample_weight=sw)

    def reset_state(self) -> None:
        """Reset all metrics, also those that are objects before `build`."""
        metrics: list[Any] = self._metrics_in_order
        if not self._built:
            metrics = [*flatten(self._user_metrics), *flatten(self._user_weighted_metrics)]
        for metric in metrics:
            if isinstance(metric, metrics_module.Metric):
                metric.reset_state()

    def _get_metric_objects(self, metrics: Any, y_t: Any, y_p: Any) -> list[Any]:
        """Return the `Metric` objects for the metrics of one output."""
        return [self._get_metric_object(metric, y_t, y_p) for metric in flatten(metrics)]

    @traced("metric_resolve")
    def _get_metric_object(self, metric: Any, y_t: Any, y_p: Any) -> metrics_module.Metric | None:
        """Return the `Metric` object for a name, a config, a function or a metric; None for None.

        What 'accuracy' and 'crossentropy' mean depends on the shapes of labels and predictions.
        Follows keras 2.14 engine/compile_utils.py, MetricsContainer._get_metric_object.

        Raises:
            ValueError: if the metric is unknown.
        """
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


def match_dtype_and_rank(y_t: Any, y_p: Any, sw: Any) -> tuple[Any, Any, Any]:
    """Return labels, predictions and weights, with labels and weights fitted to the predictions.

    Labels and weights of shape [batch] get a last dimension of 1 for predictions of rank 2. Labels
    are cast to the dtype of the predictions if both are floats or both are integers; weights always
    are.
    Follows keras 2.14 engine/compile_utils.py, match_dtype_and_rank.
    """
    if y_t.shape.rank == 1 and y_p.shape.rank == 2:
        y_t = tf.expand_dims(y_t, axis=-1)
    if sw is not None and sw.shape.rank == 1 and y_p.shape.rank == 2:
        sw = tf.expand_dims(sw, axis=-1)
    both_floating = y_t.dtype.is_floating and y_p.dtype.is_floating
    both_integer = y_t.dtype.is_integer and y_p.dtype.is_integer
    if both_floating or both_integer:
        y_t = tf.cast(y_t, y_p.dtype)
    if sw is not None:
        sw = tf.cast(sw, y_p.dtype)
    return y_t, y_p, sw


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
        TypeError: if `structure` has a dict where `outputs` has a list, or the reverse.
        ValueError: if `structure` has other keys than `outputs`, or more or fewer items.
    """
    if not is_nested(outputs):
        return [structure]
    if isinstance(outputs, dict) != isinstance(structure, dict) or not is_nested(structure):
        raise TypeError(
            "Losses, metrics and labels must be in the structure of the outputs, which is a "
            f"{type(outputs).__name__}. Received: {structure!r:.200}"
        )
    if isinstance(outputs, dict):
        if outputs.keys() != structure.keys():
            raise ValueError(
                f"A dict by output must have exactly these keys: {list(outputs)}. "
                f"Received: {list(structure)}"
            )
        pairs = [(outputs[key], structure[key]) for key in sorted(outputs)]
    elif len(outputs) != len(structure):
        raise ValueError(
            f"There must be one item for each of the {len(outputs)} outputs. "
            f"Received: {len(structure)}"
        )
    else:
        pairs = list(zip(outputs, structure, strict=True))
    return [leaf for output, part in pairs for leaf in up_to(output, part)]
