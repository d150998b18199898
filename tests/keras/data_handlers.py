"""Data for `fit`, and what is observed of them: the batches of each epoch, their specs, the numbers
of steps, the errors.

Run with a real Keras 2.14 (it imports nothing else), this file writes the expectations of
test_data_adapter.py:

    python tests/keras/data_handlers.py
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parents[1] / "data" / "keras-2.14-data-handlers.json"

PRELUDE = """
import numpy as np
D = tf.data.Dataset
x, y = np.arange(14.0).reshape(7, 2), np.arange(7) % 3
sw = np.linspace(0, 1, 7)
xy = D.from_tensor_slices((x, y))
weights = {0: 1.0, 1: 5.0, 2: 7.0}
def batches(count=4, size=1):
    for i in range(count):
        yield x[i : i + size], [i]
def structures():
    yield [x[:2], x[:2]], {"o": y[:2]}, None
class Batches(Sequence):
    def __init__(self, count=3):
        self.count = count
    def __len__(self):
        return self.count
    def __getitem__(self, index):
        return x[index : index + 2], y[index : index + 2]
    def on_epoch_end(self):
        self.count -= 1
class Like:
    def __init__(self, data):
        self.data, self.shape, self.dtype = data, data.shape, data.dtype
    def __len__(self):
        return len(self.data)
    def __getitem__(self, key):
        return self.data[key]
"""

CALLS = r"""
handler(x)
handler(x, y)
handler(x, y, sw, batch_size=3, epochs=2)
handler(x[:6], y[:6], batch_size=3)
handler(x.astype("float16"), y.astype("int8"))
handler(x > 3, y)
handler([x, x], {"a": y, "b": x})
handler([x, x], [y, y], [sw, None])
handler({"q": x}, y, batch_size=4)
handler((x,), (y,), batch_size=4)
handler(tf.constant(x), tf.constant(y), batch_size=4)
handler(x.tolist(), y.tolist(), batch_size=4)
handler((1, 2, 3), (4, 5, 6))
handler(["a", "b"], [1, 2])
handler(3.5)
handler(x, y, steps_per_epoch=2)
handler(x, y, steps_per_epoch=3, batch_size=2, epochs=2)
handler(x, y, batch_size=3, steps_per_epoch=5)
handler(x, y, batch_size=2, initial_epoch=1, epochs=3, steps_per_epoch=2)
handler(x, y, batch_size=3, shuffle=True, epochs=3)
handler(x[:4], y[:4], batch_size=2, shuffle=True, epochs=2)
handler(Like(x), y, batch_size=3)
handler(Like(x.astype("float32")), Like(y), batch_size=3, shuffle=True)
handler(x, y, class_weight=weights)
handler(x, y, sw, class_weight=weights)
handler(x, np.eye(3)[y], class_weight=weights, batch_size=4)
handler(x, y[:, None], class_weight=weights, batch_size=4)
handler(x, y[:, None], sw, class_weight=weights, batch_size=4)
handler(x, y[:, None], sw, class_weight=weights, batch_size=7)
handler(x, y, class_weight={0: 1, 1: 2, 2: 3})
handler(x, y, class_weight={1: 1.0, 2: 2.0})
handler(x, [y, y], class_weight=weights)
handler(xy.batch(3), class_weight=weights)
handler(batches())
handler(batches(), epochs=2)
handler(batches(), steps_per_epoch=2, epochs=2)
handler(batches(), steps_per_epoch=3, epochs=2)
handler(structures())
handler(iter([x[:2]]))
handler(iter([(x[:2],)]))
handler(iter([(x[:2], y[:2], sw[:2])]), class_weight=weights)
handler(Batches())
handler(Batches(), epochs=2)
handler(Batches(), epochs=2, shuffle=True, workers=1)
handler(Batches(), steps_per_epoch=2)
handler(xy.batch(3))
handler(xy.batch(3), epochs=2)
handler(xy.batch(3), steps_per_epoch=2, epochs=2)
handler(xy.batch(3), steps_per_epoch=3, epochs=2)
handler(xy.batch(3).repeat(), steps_per_epoch=2, epochs=2)
handler(xy.batch(3), steps_per_epoch=5)
handler(xy.batch(3).filter(lambda a, b: True), epochs=2)
handler(xy.shuffle(7, seed=3).batch(3), epochs=3)
handler(xy.shuffle(7, seed=3).batch(3).repeat(), epochs=2, steps_per_epoch=3)
per_execution(1, x, batch_size=1)
per_execution(2, x, batch_size=1)
per_execution(3, x, batch_size=1)
per_execution(10, x, batch_size=1)
per_execution(2, x, batch_size=1, steps_per_epoch=3)
per_execution(2, xy.batch(1).filter(lambda a, b: True))
batch(x, y, sw)
batch([x], {"a": y})
batch(x, y, class_weight=weights)
batch(x, y[:3])
split((x, y, None), 0.3)
split(([x, {"a": y}], None), 0.5)
split((tf.constant(x),), 0.2)
split((None, None), 0.2)
split((x[:2],), 0.1)
split(([1, 2],), 0.1)
split((x,), 1.0)
unpack(1)
unpack([1, 2])
unpack((1,))
unpack((1, 2, 3))
unpack((1, 2, 3, 4))
unpack(())
pack(1)
pack((1,))
pack([1])
pack(1, 2)
pack(1, None, 3)
pack(1, 2, 3)
selected(x, None)
selected([1], [2])
selected(batches(), None)
selected(Batches(), None)
selected(xy, None)
selected(Like(x), x)
selected("abc", x)
selected({1: "a"}, [1])
selected(None, None)
selected([x, "a"], None)
handler(x, y[:3])
handler([x, x[:2]], y)
handler(x, y, sw[:2])
handler(x, y, steps_per_epoch=0)
handler(x[:0], y[:0])
handler(batches(), y)
handler(batches(), sample_weight=sw)
handler(Batches(), y)
handler(xy.batch(3), y)
handler(xy.batch(3), sample_weight=sw)
handler(xy.batch(3).repeat())
handler(xy.take(0).batch(3))
handler(iter([]))
handler(iter([(1, 2, 3, 4)]))
"""


def calls() -> list[str]:
    """The calls, one a line."""
    return CALLS.strip().splitlines()


def described(value: Any, tf: Any) -> Any:
    """A value as JSON: arrays and tensors with dtype and numbers."""
    if isinstance(value, tuple):
        return {"tuple": [described(one, tf) for one in value]}
    if isinstance(value, list):
        return [described(one, tf) for one in value]
    if isinstance(value, dict):
        return {"dict": [[key, described(one, tf)] for key, one in value.items()]}
    if isinstance(value, tf.Tensor | np.ndarray):
        array = np.asarray(value)
        listed = [one.decode() if isinstance(one, bytes) else one for one in array.ravel().tolist()]
        kind = "tensor" if isinstance(value, tf.Tensor) else "array"
        return {kind: [str(array.dtype), listed, *array.shape]}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def observed(call: str, tf: Any, adapters: Any, sequence: Any) -> dict[str, Any]:
    """What a call returns, or the type of the error that it raises."""

    def handler(*args: Any, **kwargs: Any) -> dict[str, Any]:
        made = adapters.DataHandler(*args, **kwargs)
        epochs: dict[str, list[Any]] = {}
        for epoch, iterator in made.enumerate_epochs():
            epochs[str(epoch)] = steps = []
            with made.catch_stop_iteration():
                for step in made.steps():
                    steps.append([step, next(iterator)])
        return {
            "adapter": type(made._adapter).__name__,
            "spec": str(made._dataset.element_spec),
            "steps": made.inferred_steps,
            "samples": made._samples,
            "size": made._adapter.representative_batch_size(),
            "partial": [made._adapter.has_partial_batch(), made._adapter.partial_batch_size()],
            "epochs": epochs,
        }

    def per_execution(count: int, *args: Any, **kwargs: Any) -> list[Any]:
        variable = tf.Variable(count)
        made = adapters.DataHandler(*args, epochs=2, steps_per_execution=variable, **kwargs)
        return [
            [[step, made.step_increment, int(variable.numpy())] for step in made.steps()]
            for _ in made.enumerate_epochs()
        ] + [int(variable.numpy())]

    def batch(x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None) -> Any:
        strategy = tf.distribute.get_strategy() if adapters.__name__.startswith("keras.") else None
        return list(adapters.single_batch_iterator(strategy, x, y, sample_weight, class_weight))

    scope: dict[str, Any] = {
        "tf": tf, "Sequence": sequence, "handler": handler, "per_execution": per_execution,
        "batch": batch, "split": adapters.train_validation_split,
        "unpack": adapters.unpack_x_y_sample_weight, "pack": adapters.pack_x_y_sample_weight,
        "selected": lambda x, y: adapters.select_data_adapter(x, y).__name__,
    }  # fmt: skip
    exec(PRELUDE, scope)
    import random

    random.seed(5)
    tf.random.set_seed(3)
    try:
        return {"result": described(eval(call, scope), tf)}
    except Exception as error:
        return {"error": type(error).__name__}
    finally:
        tf.random.set_seed(None)


if __name__ == "__main__":
    tensorflow = import_module("tensorflow")
    found = [
        {
            "call": each,
            **observed(
                each,
                tensorflow,
                import_module("keras.src.engine.data_adapter"),
                tensorflow.keras.utils.Sequence,
            ),
        }
        for each in calls()
    ]
    RECORDED.write_text('{"calls": [\n' + ",\n".join(map(json.dumps, found)) + "\n]}\n")
