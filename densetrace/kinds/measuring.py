"""Outputs are measured: the loss (`compute_loss` down to `loss_call`) and the metrics
(`compute_metrics` down to `update_state`), each resolved and built with the first outputs."""

from collections.abc import Hashable, Iterable
from typing import Final

from densetrace.data.steps import ABSENT, Step
from densetrace.data.values import Value
from densetrace.data.wording import outcome, plain, short
from densetrace.kinds.fitting import logged
from densetrace.kinds.kind import (
    Effect,
    Kind,
    Setting,
    by_kind_and_point,
    loosely_by_point,
    of_base_class,
)
from densetrace.kinds.label import called, gives, named, point_end, subject
from densetrace.kinds.spans import ARROW, SPACE, Span, Spans, span


def _measured(step: Step) -> list[str]:
    """What is compared: `y=f32[5,3], y_pred=f32[5,3]`."""
    given: dict[str, Value] = {
        name: value for name, value in step.inputs.items() if value is not None
    }
    return named(given)


def _compute_loss(step: Step) -> Spans:
    return called(f"{subject(step)}.{point_end(step, 1)}", _measured(step), gives(step))


def _compute_metrics(step: Step) -> Spans:
    return called(f"{subject(step)}.{point_end(step, 1)}", _measured(step), logged(step))


def _loss_value(step: Step) -> Iterable[Setting]:
    return (Setting("loss", what="log"),)


def _container(step: Step) -> Spans:
    return called(point_end(step, 2), _measured(step), gives(step))


def _resolves(step: Step) -> Spans:
    """A name that becomes an object: `'accuracy' for f32[5,3] → MeanMetricWrapper#1`."""
    name = step.inputs.get("loss", step.inputs.get("metric"))
    shapes = [short(step.inputs[one]) for one in ("y_t", "y_p") if one in step.inputs]
    words = called(point_end(step, 1), [short(name), *shapes])
    if step.result is ABSENT:
        return words
    function = step.facts.get("function")
    found = short(function) if function is not None else outcome(step.result)
    return *words, SPACE, ARROW, SPACE, span(found, "result")


def _resolves_nothing(step: Step, parent: Step | None) -> bool:
    given: Value = step.inputs.get("loss", step.inputs.get("metric", "nothing"))
    return given is None and step.error is None


def _by_what_is_resolved(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.inputs.get("loss", step.inputs.get("metric"))


def loss_name(step: Step) -> str:
    """The name of a loss: of the function that it wraps, or its own label."""
    function = step.facts.get("function")
    return subject(step) if function is None else short(function)


def _loss(step: Step) -> Spans:
    return called(loss_name(step), _measured(step), gives(step))


def _loss_call(step: Step) -> Spans:
    return called(f"{loss_name(step)}.call", _measured(step), gives(step))


def _loss_run(step: Step, name: str) -> tuple[Effect, Effect]:
    loss = plain(loss_name(step))
    return Effect("computes", f"{loss}"), Effect("skips", f"{loss}")


def _by_class(step: Step, sets: str | None, about: Hashable) -> Hashable:
    return step.kind, step.facts.get("function", step.facts.get("class")), step.point


def _metric_method(step: Step) -> Spans:
    return called(f"{subject(step)}.{point_end(step, 1)}", _measured(step), gives(step))


def _method_of(step: Step) -> Spans:
    return called(f"{subject(step)}.{point_end(step, 1)}", ())


def _in_a_group(step: Step, parent: Step | None) -> bool:
    """Whether all metrics of a model are reset together."""
    return parent is not None and parent.kind == "reset_metrics"


def _has_no_metric(step: Step, parent: Step | None) -> bool:
    """Whether a container has no metrics to build or to update."""
    found = any(
        one.kind == "update_state" or (one.kind == "metric_resolve" and _asks(one))
        for one in step.walk()
    )
    return parent is not None and step.error is None and not found


def _asks(step: Step) -> bool:
    return not _resolves_nothing(step, None)


def _read_in_a_group(step: Step, parent: Step | None) -> bool:
    return parent is not None and parent.kind == "metrics_result"


def _read_again(step: Step, parent: Step | None) -> bool:
    return parent is not None and parent.kind in ("compute_metrics", "epoch", "evaluate")


def _metrics_result(step: Step) -> Spans:
    return (Span(f"{subject(step)}.{point_end(step, 1)}", "call"), *logged(step))


def _validates(step: Step, parent: Step | None) -> bool:
    return parent is not None and step.error is None


KINDS: Final = (
    Kind(name="compute_loss", label=_compute_loss, sets=_loss_value),
    Kind(name="losses_call", label=_container, identity=by_kind_and_point),
    Kind(name="losses_build", label=_container, identity=by_kind_and_point),
    Kind(
        name="loss_resolve",
        label=_resolves,
        is_repeated=_resolves_nothing,
        identity=_by_what_is_resolved,
        looks_up=True,
    ),
    Kind(name="loss", label=_loss, effect=_loss_run, identity=_by_class),
    Kind(name="loss_call", label=_loss_call, identity=_by_class),
    Kind(name="validate", label=_compute_loss, is_repeated=_validates),
    Kind(name="compute_metrics", label=_compute_metrics),
    Kind(
        name="metrics_update",
        label=_container,
        is_repeated=_has_no_metric,
        identity=by_kind_and_point,
    ),
    Kind(
        name="metrics_build",
        label=_container,
        is_repeated=_has_no_metric,
        identity=by_kind_and_point,
    ),
    Kind(
        name="metric_resolve",
        label=_resolves,
        is_repeated=_resolves_nothing,
        identity=_by_what_is_resolved,
        looks_up=True,
    ),
    Kind(
        name="update_state",
        label=_metric_method,
        hands_on=of_base_class,
        loose_identity=loosely_by_point,
    ),
    Kind(name="reset_state", label=_method_of, is_repeated=_in_a_group),
    Kind(name="metrics_result", label=_metrics_result, is_repeated=_read_again),
    Kind(
        name="metric_result",
        label=_metric_method,
        is_repeated=_read_in_a_group,
        loose_identity=loosely_by_point,
    ),
)
