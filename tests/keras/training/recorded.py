"""Replays the recorded trainings of `tests/data/keras-2.14-training*.json`.

The README beside them says how a case is made.
"""

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

import densetrace.keras as keras
import densetrace.tensorflow as tf
from densetrace.tensorflow.indexed_slices import IndexedSlices

_DATA = Path(__file__).parents[2] / "data"
CASES: list[dict[str, Any]] = [
    case
    for name in ("keras-2.14-training.json", "keras-2.14-training-more.json")
    for case in json.loads((_DATA / name).read_text("utf-8"))["cases"]
]

FUNCTIONAL = ("two-outputs",)
"""Cases with the functional form of a model, which densetrace does not have yet."""


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    """The cases of some kinds that densetrace can run."""
    return [case for case in CASES if case["kind"] in kinds and case["id"] not in FUNCTIONAL]


# -- data, a model ---------------------------------------------------------------------------------


def arrays(data: dict[str, Any]) -> dict[str, Any]:
    """x, y, sample weights, and x and y of the validation."""
    rng = np.random.default_rng(data["seed"])
    k = data.get("k", 1)

    def labels(n: int) -> Any:
        match data["y"]:
            case "onehot":
                return np.eye(k, dtype="float32")[rng.integers(0, k, n)]
            case "sparse":
                return rng.integers(0, k, n)
            case "binary":
                return rng.integers(0, 2, (n, k)).astype("float32")
            case "sign":
                return (2 * rng.integers(0, 2, (n, k)) - 1).astype("float32")
            case "regression":
                return rng.normal(0, 1, (n, k)).astype("float32")
            case "positive":
                return rng.uniform(0, 3, (n, k)).astype("float32")
            case "probs":
                found = rng.uniform(0.1, 1, (n, k))
                return (found / found.sum(1, keepdims=True)).astype("float32")
        raise ValueError(data["y"])

    def part(n: int) -> tuple[Any, Any]:
        x = rng.normal(0, 1, (n, data["d"])).astype("float32")
        return x, labels(n)

    x, y = part(data["n"])
    weights = rng.uniform(0.2, 2, data["n"]).astype("float32")
    x_validation, y_validation = part(data.get("nv", 5))
    return {"x": x, "y": y, "sw": weights, "xv": x_validation, "yv": y_validation}


def _recorder() -> Any:
    """A callback that notes every method in `log`: [method, epoch or batch or None, keys]."""

    def noting(name: str, indexed: bool) -> Any:
        def with_index(self: Any, index: int, logs: Any = None) -> None:
            self.log.append([name, int(index), sorted(logs or {})])

        def without(self: Any, logs: Any = None) -> None:
            self.log.append([name, None, sorted(logs or {})])

        return with_index if indexed else without

    methods: dict[str, Any] = {}
    for moment in ("begin", "end"):
        methods[f"on_epoch_{moment}"] = noting(f"on_epoch_{moment}", True)
        for mode in ("train", "test", "predict"):
            methods[f"on_{mode}_{moment}"] = noting(f"on_{mode}_{moment}", False)
            methods[f"on_{mode}_batch_{moment}"] = noting(f"on_{mode}_batch_{moment}", True)
    recorder = type("Recorder", (keras.callbacks.Callback,), methods)()
    recorder.log = []
    return recorder


def prepared(case: dict[str, Any]) -> dict[str, Any]:
    """The names that the statements of a case see, with its data, and its model with weights."""
    keras.backend.clear_session()
    names: dict[str, Any] = {
        "tf": tf, "keras": keras, "layers": keras.layers, "np": np, "Input": keras.Input,
        "Sequential": keras.Sequential, "Dense": keras.layers.Dense, "calls": [],
        "recorder": _recorder(), "out": {},
    }  # fmt: skip
    if "data" in case:
        names.update(arrays(case["data"]))
    if "model" in case:
        exec(case["model"], names)
        if case.get("wseed") is not None:
            model = names["model"]
            model(names["x"][:1])
            rng = np.random.default_rng(case["wseed"])
            model.set_weights(
                [rng.normal(0, 0.5, w.shape).astype("float32") for w in model.get_weights()]
            )
        names["calls"].clear()
        exec(case.get("then", ""), names)
    return names


# -- what came out, as JSON ------------------------------------------------------------------------


def _number(value: Any) -> Any:
    value = float(value)
    if np.isfinite(value):
        return value
    return "nan" if value != value else "inf" if value > 0 else "-inf"


def plain(value: Any) -> Any:
    """A result as the recording writes it: a tensor becomes {shape, dtype, values}."""
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, IndexedSlices):
        return {
            "indexed_slices": True,
            "indices": plain(value.indices),
            "values": plain(value.values),
            "dense": plain(tf.convert_to_tensor(value)),
        }
    if isinstance(value, np.ndarray) or hasattr(value, "numpy"):
        found = flat(value)
        return found if found["shape"] else found["values"][0]
    return {"instance": type(value).__name__}


def flat(value: Any) -> dict[str, Any]:
    array = np.asarray(value)
    values = array.ravel().tolist()
    if array.dtype.kind not in "biu":
        values = [_number(one) for one in values]
    return {"shape": list(array.shape), "dtype": array.dtype.name, "values": values}


def _described(model: Any) -> dict[str, Any]:
    """The weights of a model, and its optimizer with its variables."""
    found: dict[str, Any] = {
        "weights": [
            {"name": w.name, "trainable": bool(w.trainable), **flat(w)} for w in model.weights
        ]
    }
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        variables = optimizer.variables
        rate = optimizer.learning_rate
        found["optimizer"] = {
            "class": type(optimizer).__name__,
            "iterations": int(optimizer.iterations),
            "learning_rate": plain(rate() if callable(rate) else rate),
            "variables": [
                {"name": v.name, **flat(v)}
                for v in (variables() if callable(variables) else variables)
            ],
        }
    return found


_TIME = re.compile(r"\b\d+(?:\.\d+)?(?:us|ms|s)(?:/(?:step|epoch|sample))?\b")


def _screen(text: str) -> str:
    """What a terminal shows in the end, with T for times."""
    lines = []
    for line in text.replace("\b", "").split("\n"):
        shown = _TIME.sub("T", line.split("\r")[-1])
        shown = re.sub(r"ETA: \S+", "ETA: T", shown)
        lines.append(re.sub(r"T(?: T)+", "T T", shown).rstrip())
    return "\n".join(lines)


def replayed(case: dict[str, Any], eager: bool = False) -> dict[str, Any]:
    """Run a case and return what the recording has as its `result`."""
    names = prepared(case)
    if "script" in case:
        exec(case["script"], names)
        found: dict[str, Any] = {"out": plain(names["out"])}
        if case["kind"] == "script" and "model" in names:
            found.update(_described(names["model"]))
        return found
    model = names["model"]
    arguments = eval(case["compile"], names)
    if eager:
        arguments["run_eagerly"] = True
    model.compile(**arguments)
    of_fit = {"verbose": 0, **eval(case["fit"], names)}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        history = model.fit(names["x"], names["y"], **of_fit)
    found = {
        "history": plain(history.history),
        "epoch": plain(history.epoch),
        "metrics_names": list(model.metrics_names),
    }
    if case.get("stdout"):
        found["stdout"] = _screen(printed.getvalue())
    if "record" in case:
        found["record"] = {name: plain(eval(code, names)) for name, code in case["record"].items()}
    if case.get("evaluate", True):
        size = of_fit.get("batch_size")
        x, y = names["x"], names["y"]
        evaluated = model.evaluate(x, y, return_dict=True, verbose=0, batch_size=size)
        found["evaluate"] = plain(evaluated)
        outputs = model.predict(x, verbose=0)
        first = [one[:3] for one in outputs] if isinstance(outputs, list) else outputs[:3]
        found["predict"] = plain(first)
    return found | _described(model)


def difference(wanted: Any, found: Any, tolerance: float, path: str = "result") -> str | None:
    """The first place where two results differ, in words; None when there is none."""
    if isinstance(wanted, dict):
        known = {*wanted, "dtype"}  # one of the files does not have each dtype
        if not isinstance(found, dict) or not wanted.keys() <= found.keys() <= known:
            keys = list(found) if isinstance(found, dict) else found
            return f"{path}: {list(wanted)} wanted, got {keys!r:.200}"
        pairs = [(key, wanted[key], found[key]) for key in wanted]
    elif isinstance(wanted, list):
        if not isinstance(found, list) or len(wanted) != len(found):
            return f"{path}: {len(wanted)} items wanted, got {found!r:.200}"
        pairs = [(at, one, found[at]) for at, one in enumerate(wanted)]
    else:
        numbers = type(wanted) in (int, float) and type(found) in (int, float)
        is_near = numbers and abs(wanted - found) <= tolerance * max(1, abs(wanted))
        return None if is_near or wanted == found else f"{path}: {wanted!r} wanted, got {found!r}"
    for key, one, other in pairs:
        differs = difference(one, other, tolerance, f"{path}.{key}")
        if differs:
            return differs
    return None
