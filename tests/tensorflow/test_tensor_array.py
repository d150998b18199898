"""`tf.TensorArray`: each value and error is what TensorFlow 2.14 computed or raised."""

from collections.abc import Callable
from typing import Any

import pytest

from densetrace import tensorflow as tf
from densetrace.tensorflow.control_flow import while_loop
from densetrace.tensorflow.errors import InvalidArgumentError, OutOfRangeError
from densetrace.tensorflow.functions import function
from densetrace.tensorflow.tensor_array import TensorArray


def rows(count: int = 3, **options: Any) -> TensorArray:
    array = TensorArray(tf.float32, count, **options)
    for at in range(count):
        array = array.write(at, tf.fill([2], float(at)))
    return array


def listed(tensor: Any) -> Any:
    return tensor.numpy().tolist()


def test_what_was_written_is_read_stacked_and_joined() -> None:
    array = rows()
    assert listed(array.stack()) == [[0, 0], [1, 1], [2, 2]]
    assert listed(array.concat()) == [0, 0, 1, 1, 2, 2]
    assert listed(array.gather([2, 0])) == [[2, 2], [0, 0]]
    assert (array.dtype, array.dynamic_size) == (tf.float32, False)
    assert array.element_shape.as_list() == [2]
    assert (array.handle, listed(array.flow), listed(array.size())) == (None, 0, 3)
    assert array.identity() is array
    array.close()
    assert listed(array.size()) == 0


def test_an_element_is_read_once_unless_it_stays() -> None:
    array = rows()
    assert listed(array.read(1)) == [1, 1]
    assert listed(array.stack()) == [[0, 0], [0, 0], [2, 2]]
    with pytest.raises(InvalidArgumentError, match="Could not read index 1 twice"):
        array.read(1)
    kept = rows(clear_after_read=False)
    assert listed(kept.read(1)) == listed(kept.read(1))


def test_it_grows_if_it_may() -> None:
    array = TensorArray(tf.int32, size=0, dynamic_size=True).write(0, 1).write(3, 7)
    assert listed(array.stack()) == [1, 0, 0, 7]


def test_parts_of_a_tensor_become_its_elements() -> None:
    array = TensorArray(tf.float32, 3)
    assert listed(array.unstack(tf.ones([3, 2])).read(2)) == [1, 1]
    assert listed(TensorArray(tf.float32, 2).scatter([1, 0], [[1.0], [2.0]]).stack()) == [[2], [1]]
    parts = TensorArray(tf.float32, 3, infer_shape=False).split(tf.range(6.0), [1, 2, 3])
    assert listed(parts.read(1)) == [1, 2]


def test_without_elements_there_are_zeros_of_a_known_shape() -> None:
    assert listed(TensorArray(tf.float32, 2, element_shape=[2]).stack()) == [[0, 0], [0, 0]]
    assert TensorArray(tf.float32, 0, element_shape=[2]).stack().shape == (0, 2)
    assert TensorArray("float32", 0).stack().shape == (0,)


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: TensorArray(tf.float32), ValueError, "Size must be declared"),
        (lambda: TensorArray(tf.float32, 2).stack(), ValueError, "partially known TensorShape"),
        (lambda: TensorArray(tf.float32, 2).read(0), ValueError, "partially known TensorShape"),
        (lambda: rows().read(3), OutOfRangeError, "read from index 3"),
        (lambda: rows().read(-1), OutOfRangeError, "negative indices"),
        (lambda: rows().write(5, 1.0), OutOfRangeError, "not resizeable and size is: 3"),
        (lambda: rows().write(-1, 1.0), OutOfRangeError, "negative indices"),
        (lambda: rows().write(0, [1.0]), ValueError, "Incompatible shape for value"),
        (lambda: rows().write(0, tf.constant([1, 1])), InvalidArgumentError, "write dtype int32"),
        (lambda: rows(2).unstack([[1.0, 1.0]] * 3), ValueError, "static size 2"),
        (lambda: rows().grad("source"), NotImplementedError, "eager"),
    ],
)
def test_what_does_not_fit_is_refused(
    action: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        action()


def test_gradients_pass_through_it() -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        array = TensorArray(tf.float32, 3)
        for at in range(3):
            array = array.write(at, x * float(at))
        y = tf.reduce_sum(array.stack() ** 2)
    assert listed(tape.gradient(y, x)) == 20.0


def test_a_loop_of_python_fills_it_in_a_graph() -> None:
    @function
    def doubled(x: Any) -> Any:
        array = TensorArray(tf.float32, size=3)
        for at in range(3):
            array = array.write(at, x[at] * 2.0)
        return array.stack()

    assert listed(doubled(tf.constant([1.0, 2.0, 3.0]))) == [2.0, 4.0, 6.0]


def squares(count: Any) -> Any:
    _, array = while_loop(
        lambda at, array: at < count,
        lambda at, array: (at + 1, array.write(at, at * at)),
        (0, TensorArray(tf.int32, size=4)),
    )
    return array.stack()


def test_a_loop_of_tensorflow_fills_it_eagerly_only() -> None:
    assert listed(squares(4)) == [0, 1, 4, 9]
    with pytest.raises(NotImplementedError, match="run_functions_eagerly"):
        function(squares)(tf.constant(4))


def test_an_index_that_only_a_run_of_the_graph_knows_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="the index of a TensorArray"):
        function(lambda at: rows().read(at))(tf.constant(1))
    with pytest.raises(NotImplementedError, match="the indices of a TensorArray"):
        function(lambda at: rows().gather(at))(tf.constant([1]))
