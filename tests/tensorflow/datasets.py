"""Datasets of `tf.data`, and what is observed of them: spec, size, elements, errors.

Run with a real TensorFlow 2.14 (it imports nothing else), this file writes the expectations of
test_datasets.py:

    python tests/tensorflow/datasets.py
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parents[1] / "data" / "tensorflow-2.14-datasets.json"

PRELUDE = """
import numpy as np
D = tf.data.Dataset
pairs = D.from_tensor_slices((np.arange(10.0), np.arange(10)))
def dicts(n):
    for i in range(n):
        yield {"a": i, "b": [i] * 2}
def ends_badly(error):
    def generator():
        yield 1
        raise error
    return D.from_generator(generator, tf.int32)
def ragged():
    return D.from_generator(lambda: iter([[1], [2, 3]]), output_signature=tf.TensorSpec((None,), tf.int32))
def twice(dataset):
    return [list(dataset.as_numpy_iterator()), list(dataset.as_numpy_iterator())]
def in_a_function(function, *iterators):
    calls = []
    def counted(iterator):
        calls.append(None)
        return function(iterator)
    traced = tf.function(counted)
    return [traced(one) for one in iterators], len(calls)
def seeded(seed, *datasets):
    tf.random.set_seed(seed)
    try:
        return [twice(make()) for make in datasets]
    finally:
        tf.random.set_seed(None)
"""  # noqa: E501 # one statement a line

CALLS = r"""
pairs
pairs.batch(3)
pairs.batch(5)
pairs.batch(5, drop_remainder=True)
pairs.batch(3, drop_remainder=True)
pairs.batch(2, num_parallel_calls=2)
pairs.batch(3).batch(2)
pairs.batch(3).unbatch()
D.from_tensors([[1, 2], [3, 4]]).unbatch().repeat(2)
D.from_tensor_slices([[1.0, 2.0], [3.0, 4.0]]).unbatch()
pairs.map(lambda a, b: (a, b))
pairs.map(lambda a, b: [a, a])
pairs.map(lambda a, b: {"a": [a, a]})
pairs.map(lambda a, b: (1, 2.5, "s"))
pairs.map(lambda a, b: a, num_parallel_calls=tf.data.AUTOTUNE)
pairs.batch(3).map(lambda a, b: (a[:, tf.newaxis], b * 2))
pairs.filter(lambda a, b: b > 6)
pairs.take_while(lambda a, b: b < 3)
pairs.take(2)
pairs.take(-1)
pairs.take(20)
pairs.skip(7)
pairs.skip(-1)
pairs.skip(20)
pairs.shard(3, 1)
pairs.take(6).skip(2).batch(3)
pairs.prefetch(1)
pairs.cache()
pairs.cache().batch(4)
pairs.repeat(2).batch(7)
pairs.take(2).repeat(0)
pairs.take(2).repeat(-1).take(5)
pairs.with_options(tf.data.Options())
pairs.take(2).enumerate(start=3)
pairs.take(2).concatenate(pairs.skip(8))
pairs.batch(3).concatenate(pairs.batch(5, drop_remainder=True))
D.zip((D.range(3), D.range(5)))
D.zip(D.range(3), D.range(5))
D.zip((D.range(3).repeat(), D.range(5)))
D.zip({"b": D.range(2), "a": pairs})
D.zip((D.range(6), D.range(6))).batch(4)
D.range(4)
D.range(1, 10, 3)
D.range(5, 1, -2)
D.range(3, output_type=tf.int32)
D.range(1, 1)
D.range(2**40).skip(2).take(2)
D.from_tensors(3)
D.from_tensors((1, None))
D.from_tensors([[1, 2], [3, 4]])
D.from_tensor_slices({"b": [1, 2], "a": ["x", "y"]})
D.from_tensor_slices({"b": [1, 2], "a": ["x", "y"]}).batch(2)
D.from_tensor_slices((np.arange(4.0).reshape(2, 2), {"y": [1, 2]}))
D.from_tensor_slices(np.array([], "float32")).batch(2)
D.from_generator(dicts, args=[2], output_signature={"a": tf.TensorSpec((), tf.int64), "b": tf.TensorSpec((None,), tf.float32)})
D.from_generator(lambda: iter([1, 2]), tf.int32)
D.from_generator(lambda: [(1, [2]), (3, [4, 5])], (tf.int32, tf.float32), ((), (None,)))
D.from_generator(lambda: [(1, [2]), (3, [4, 5])], (tf.int32, tf.float32), ((), (None,))).padded_batch(2, padding_values=(None, -1.0))
ragged().padded_batch(2)
ragged().padded_batch(2, padded_shapes=[4])
pairs.padded_batch(4)
pairs.batch(3).padded_batch(2)
D.range(5).flat_map(lambda n: D.range(n))
D.range(4).interleave(lambda n: D.from_tensors(n).repeat(3), cycle_length=2, block_length=2)
D.range(5).interleave(lambda n: D.range(n), cycle_length=3)
D.range(5).interleave(lambda n: D.range(n), cycle_length=2, num_parallel_calls=2)
D.range(7).window(3, shift=2).flat_map(lambda w: w.batch(3))
D.range(7).window(3, 1, 2, True).flat_map(lambda w: w)
D.range(9).window(2, shift=4).flat_map(lambda w: w.batch(2, drop_remainder=True))
D.range(9).filter(lambda e: e > 1).window(2, shift=3, drop_remainder=True).flat_map(lambda w: w)
D.range(9).filter(lambda e: e > 1).window(3, shift=1, stride=2).flat_map(lambda w: w.batch(4))
D.range(3).repeat().window(2, shift=5).take(3).flat_map(lambda w: w.batch(2))
pairs.window(3, shift=4).flat_map(lambda a, b: D.zip((a.batch(3), b.batch(3))))
D.range(7).window(3).map(lambda w: w.reduce(np.int64(0), lambda s, e: s + e))
D.range(7).window(3).interleave(lambda w: w, cycle_length=2)
[list(w.as_numpy_iterator()) for w in D.range(7).window(3, shift=1, stride=2)]
str(D.range(7).window(3)) + str(pairs.window(2).map(lambda a, b: a).element_spec)
[D.range(7).window(3, s, t, d).cardinality() for s in (1, 2, 9) for t in (1, 4) for d in (False, True)]
D.range(5).scan(np.int64(0), lambda s, e: (s + e, s * e))
D.range(3).apply(lambda d: d.map(lambda e: e + 1))
D.range(3).apply(tf.data.experimental.assert_cardinality(3))
D.range(10).shuffle(4, seed=42)
twice(D.range(10).shuffle(4, seed=42))
twice(D.range(10).shuffle(4, seed=42, reshuffle_each_iteration=False))
twice(D.range(6).shuffle(10, seed=7).repeat(3))
twice(D.range(6).shuffle(3, seed=7).repeat(3))
twice(D.range(6).repeat(2).shuffle(10, seed=7))
twice(D.range(6).shuffle(10, seed=7).batch(4).repeat(2))
twice(D.range(20).shuffle(5, seed=7).repeat(2).shuffle(4, seed=1))
twice(D.range(9).shuffle(4, seed=0))
twice(D.range(9).map(lambda e: e * 2).shuffle(5, seed=3).batch(2))
twice(D.range(9).shuffle(5, seed=3).cache().repeat(2))
twice(D.range(9).shuffle(5, seed=3).take(4).repeat(2))
twice(D.range(9).shuffle(5, seed=3).skip(4).batch(2))
twice(D.range(2**40).shuffle(5, seed=3).take(3))
seeded(1, lambda: D.range(10).shuffle(10), lambda: D.range(10).shuffle(10))
seeded(0, lambda: D.range(9).shuffle(4, seed=0), lambda: D.range(9).shuffle(4))
D.range(3).reduce(np.int64(0), lambda s, e: s + e)
D.range(3).reduce((0, 1.0), lambda s, e: (s[0] + 1, s[1] * 2.0))
pairs.reduce(np.float64(0), lambda s, e: s + e[0])
D.range(3).reduce([1], lambda s, e: tf.concat([s, [2]], 0))
D.range(1).get_single_element()
tf.data.experimental.get_single_element(D.range(1))
tf.data.experimental.cardinality(D.range(7))
D.range(3).repeat().cardinality()
list(D.from_tensor_slices([1.0, 2.0]))
list(pairs.take(1))
list(D.from_tensor_slices({"a": ["x"]}).as_numpy_iterator())
iter(pairs).element_spec
iter(D.range(2)).get_next()
[iter(D.range(n)).get_next_as_optional().has_value() for n in (0, 1)]
iter(D.range(1)).get_next_as_optional().get_value()
len(pairs)
bool(D.range(0))
(tf.data.AUTOTUNE, tf.data.INFINITE_CARDINALITY, tf.data.UNKNOWN_CARDINALITY)
isinstance(pairs, tf.data.Dataset), isinstance(iter(pairs), tf.data.Iterator), isinstance(3, tf.data.Dataset)
in_a_function(lambda it: next(it) + 1, iter(D.range(3)), iter(D.range(4)))
in_a_function(lambda it: next(it) + next(it) * 10, iter(D.range(3)))
in_a_function(lambda it: next(it), iter(pairs), iter(pairs.batch(2)), iter(pairs.batch(3)))
in_a_function(lambda it: next(it), iter(D.from_tensors({"b": 1, "a": (2.0,)})))
in_a_function(lambda it: tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s + next(it)), [0, tf.constant(0, tf.int64)]), iter(D.range(9)))
in_a_function(lambda it: next(it), iter(D.range(0)))
next(iter(D.range(0)))
iter(D.range(0)).get_next()
len(pairs.repeat())
len(pairs.filter(lambda a, b: True))
D.range(3).get_single_element()
D.range(0).get_single_element()
iter(D.range(0)).get_next_as_optional().get_value()
D.from_tensor_slices([[1], [2, 3]])
D.from_tensor_slices(3)
D.from_tensor_slices(([1, 2], [1, 2, 3]))
D.from_tensors(3).unbatch()
D.zip([pairs, pairs])
D.zip(3)
D.range()
D.range(2.5)
D.from_generator(3, tf.int32)
D.from_generator(lambda: iter([]))
D.from_generator(lambda: iter([]), tf.int32, output_signature=tf.TensorSpec((), tf.int32))
ends_badly(ValueError("bad"))
ends_badly(RuntimeError("bad"))
ends_badly(NotImplementedError("bad"))
D.from_generator(lambda: iter([1, "a"]), tf.int32)
D.from_generator(lambda: iter([[1, 2], 1]), output_signature=tf.TensorSpec((2,), tf.int32))
D.from_generator(lambda: iter([(1, 2), 3]), (tf.int32, tf.int32))
ragged().batch(2)
ragged().padded_batch(2, padded_shapes=[1])
pairs.batch(0)
pairs.batch(-1)
pairs.shuffle(0)
pairs.shard(3, 3)
pairs.map(3)
pairs.map(lambda a: a)
pairs.map(lambda a, b: None)
pairs.map(lambda a, b: a.numpy())
pairs.filter(lambda a, b: a)
pairs.concatenate(D.range(2))
pairs.concatenate(3)
pairs.apply(lambda d: 3)
pairs.flat_map(lambda a, b: a)
pairs.scan(0, lambda s, e: s)
D.range(3).window(0)
D.range(3).window(2, 0)
D.range(3).window(2, drop_remainder=1)
D.range(3).batch(2, 1)
D.range(3).window(2, stride=-1)
D.range(3).window("2")
D.range(3).window(2).as_numpy_iterator()
D.range(3).window(2).unbatch()
D.range(3).reduce(0, lambda s, e: s + e)
D.range(3).reduce(0, lambda s, e: 1.5)
D.range(3).apply(tf.data.experimental.assert_cardinality(4))
pairs[0]
tf.data.Dataset()
"""  # noqa: E501 # one call a line


def calls() -> list[str]:
    """The calls, one a line."""
    return CALLS.strip().splitlines()


def described(value: Any, tf: Any) -> Any:
    """A value as JSON: datasets with their elements, tensors with dtype and numbers."""
    if isinstance(value, tf.data.Dataset):
        elements = [described(one, tf) for one in value]
        return {
            "dataset": str(value),
            "size": int(value.cardinality().numpy()),
            "elements": elements,
        }
    if isinstance(value, tuple):
        return {"tuple": [described(one, tf) for one in value]}
    if isinstance(value, list):
        return [described(one, tf) for one in value]
    if isinstance(value, dict):
        return {"dict": [[key, described(one, tf)] for key, one in value.items()]}
    if isinstance(value, tf.Tensor):
        return {"tensor": described(value.numpy(), tf)}
    if isinstance(value, np.ndarray):
        return [str(value.dtype), [_plain(one) for one in value.ravel().tolist()], *value.shape]
    if isinstance(value, np.generic):
        return [str(value.dtype), value.item()]
    return value.decode() if isinstance(value, bytes) else value if _is_json(value) else str(value)


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def observed(call: str, tf: Any) -> dict[str, Any]:
    """What a call returns, or the type of the error that it, or reading its elements, raises."""
    scope: dict[str, Any] = {"tf": tf}
    exec(PRELUDE, scope)
    try:
        return {"result": described(eval(call, scope), tf)}
    except Exception as error:
        return {"error": type(error).__name__}


if __name__ == "__main__":
    tensorflow = import_module("tensorflow")
    found = {}
    for each in calls():
        found[each] = observed(each, tensorflow)
    lines = [json.dumps({"call": call, **seen}) for call, seen in found.items()]
    RECORDED.write_text('{"calls": [\n' + ",\n".join(lines) + "\n]}\n")
