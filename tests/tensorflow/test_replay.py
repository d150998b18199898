"""Replaying a graph: reused buffers and updates in place change no result."""

import threading
import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from densetrace.keras.layers import Dense
from densetrace.tensorflow.definition import Operation, Spec
from densetrace.tensorflow.dtypes import of_array
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.exports import modules
from densetrace.tensorflow.operation import OPERATIONS
from densetrace.tensorflow.program import Program
from densetrace.tensorflow.shapes import TensorShape

tf = SimpleNamespace(**modules()[""])
for _name in ("math", "nn"):
    setattr(tf, _name, SimpleNamespace(**modules()[_name]))

RUNS = 5
"""So many runs of a function: one traces and runs, one is observed, a program runs the others."""


def vector(*numbers: float) -> Any:
    return tf.constant(list(numbers), "float32")


def programs(function: Any) -> list[Program]:
    """The programs that the traces of a function have."""
    found = [
        program
        for concrete in function._traces.values()
        for program in concrete._plan._programs.values()
    ]
    return [program for program in found if isinstance(program, Program)]


def added_to(variable: Any) -> Any:
    """A function that adds to a variable."""

    def body(x: Any) -> None:
        variable.assign_add(x)

    return tf.function(body)


def numbers(value: Any) -> list[bytes]:
    return [np.asarray(one).tobytes() for one in value]


# -- training, the bits of an eager run ------------------------------------------------------------


class Model:
    """Two layers, their optimizer's slots, and a training step in the arithmetic of Keras."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        random = np.random.default_rng(3)
        self.layers = [Dense(7, activation="relu"), Dense(4, activation="softmax")]
        for layer, size in zip(self.layers, (5, 7), strict=True):
            layer.build((None, size))
        self.weights = [weight for layer in self.layers for weight in layer.weights]
        for weight in self.weights:
            weight.assign(random.standard_normal(weight.numpy().shape).astype(np.float32))
        self.slots = [
            [tf.Variable(tf.zeros(weight.shape), trainable=False) for weight in self.weights]
            for _ in range(2)
        ]
        self.iterations = tf.Variable(0, dtype="int64", trainable=False)
        self.total = tf.Variable(0.0, trainable=False)

    def variables(self) -> list[Any]:
        return [*self.weights, *self.slots[0], *self.slots[1], self.iterations, self.total]

    def step(self, x: Any, y: Any) -> Any:
        """One step of training; returns the loss and the outputs."""
        with tf.GradientTape() as tape:
            hidden = self.layers[0](x)
            outputs = self.layers[1](hidden)
            losses = tf.nn.softmax_cross_entropy_with_logits(y, tf.math.log(outputs + 1e-3))
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, self.weights)
        for at, (gradient, weight) in enumerate(zip(gradients, self.weights, strict=True)):
            m, v = self.slots[0][at], self.slots[1][at]
            if self.kind == "SGD":
                m.assign(-gradient * 0.1 + m * 0.9)
                weight.assign_add(m)
            else:
                step = tf.cast(self.iterations + 1, "float32")
                scale = tf.sqrt(1 - tf.pow(0.999, step)) / (1 - tf.pow(0.9, step))
                m.assign_add((gradient - m) * 0.1)
                v.assign_add((tf.square(gradient) - v) * 0.001)
                weight.assign_sub((m * scale) / (tf.sqrt(v) + 1e-7))
        self.iterations.assign_add(1)
        self.total.assign_add(loss)
        return {"loss": loss, "outputs": outputs}


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_training_in_place_has_the_bits_of_eager_training(kind: str) -> None:
    random = np.random.default_rng(0)
    batches = [
        (random.standard_normal((size, 5)).astype(np.float32),
         np.eye(4, dtype=np.float32)[random.integers(0, 4, size)])
        for size in (6, 6, 6, 2, 6, 2, 2, 2, 6, 6)
    ]  # fmt: skip
    eager, replayed = Model(kind), Model(kind)
    function = tf.function(replayed.step)
    kept: list[tuple[Any, Any]] = []
    for x, y in batches:
        expected = eager.step(tf.constant(x), tf.constant(y))
        result = function(tf.constant(x), tf.constant(y))
        assert numbers(result.values()) == numbers(expected.values())
        assert numbers(replayed.variables()) == numbers(eager.variables())
        kept.append((result, expected))
    for result, expected in kept:
        assert numbers(result.values()) == numbers(expected.values())
    assert len(programs(function)) == 2


# -- what Python holds never changes ---------------------------------------------------------------


def test_results_are_not_overwritten_by_later_runs() -> None:
    function = tf.function(lambda x: [tf.nn.relu(x + 1.0), tf.reshape(x * 2.0, [2, 1])])
    results = [function(vector(at, -at - 2)) for at in range(RUNS)]
    assert [one[0].numpy().tolist() for one in results] == [[at + 1, 0] for at in range(RUNS)]
    assert [one[1].numpy().tolist() for one in results] == [
        [[2 * at], [-2 * at - 4]] for at in range(RUNS)
    ]
    assert programs(function)


def test_a_value_that_was_read_stays_as_it_was() -> None:
    variable = tf.Variable([0.0, 0.0])
    function = added_to(variable)
    read, views = [], []
    for _ in range(RUNS):
        function(vector(1, 2))
        read.append(variable.value())
        views.append(tf.reshape(variable.value(), [2, 1]))
    assert [one.numpy().tolist() for one in read] == [[at, 2 * at] for at in range(1, RUNS + 1)]
    assert [one.numpy().ravel().tolist() for one in views] == [
        [at, 2 * at] for at in range(1, RUNS + 1)
    ]


def test_a_variable_that_nobody_else_holds_keeps_its_memory() -> None:
    variable = tf.Variable(tf.zeros([1000]))
    function = added_to(variable)
    for _ in range(RUNS):
        function(tf.ones([1000]))
    before = id(variable._stored._array)
    function(tf.ones([1000]))
    assert id(variable._stored._array) == before
    held = variable.value()
    function(tf.ones([1000]))
    assert id(variable._stored._array) != before
    assert held.numpy()[0] == RUNS + 1
    assert variable.numpy()[0] == RUNS + 2


def test_an_array_that_became_a_variable_is_not_written_to() -> None:
    given = np.zeros(3, np.float32)
    tensor = tf.constant(given)
    variable = tf.Variable(tensor)
    function = added_to(variable)
    for _ in range(RUNS):
        function(vector(1, 1, 1))
    assert given.tolist() == tensor.numpy().tolist() == [0, 0, 0]
    assert variable.numpy().tolist() == [RUNS] * 3


def test_a_variable_given_to_the_function_that_updates_it() -> None:
    variable = tf.Variable([1.0, 1.0])
    function = tf.function(lambda x: [variable.assign_add(x).value(), x + 0.0, x])
    for _ in range(RUNS):
        before = variable.numpy()
        new, copy, same = function(variable.value())
        assert new.numpy().tolist() == (2 * before).tolist() == variable.numpy().tolist()
        assert copy.numpy().tolist() == same.numpy().tolist() == before.tolist()


# -- the order of reads and assignments ------------------------------------------------------------


def before_and_after(variable: Any, x: Any) -> Any:
    old = variable.value()
    variable.assign_add(x)
    return [old, variable.value(), old * 2.0]


def alias_of_old(variable: Any, x: Any) -> Any:
    old = tf.reshape(variable, [2, 1])
    variable.assign_sub(x)
    variable.assign(variable * 2.0)
    return [old + 1.0, tf.identity(variable)]


def swapped(variable: Any, x: Any) -> Any:
    variable.assign(tf.reverse(variable, [0]))
    return [variable + x, variable.value()]


def value_used_after_the_next_assignment(variable: Any, x: Any) -> Any:
    new = variable + x
    variable.assign(new)
    variable.assign(new * new)
    return [new + 0.0, variable.value()]


def one_value_for_two(variable: Any, x: Any) -> Any:
    other = OTHER
    new = variable * 0.5 + x
    variable.assign(new)
    other.assign(new)
    other.assign_add(variable)
    return [variable.value(), other.value(), new * 3.0]


def a_variable_of_another(variable: Any, x: Any) -> Any:
    OTHER.assign(variable)
    variable.assign_add(x)
    return [OTHER + 0.0, variable + 0.0]


def assigned_in_a_branch(variable: Any, x: Any) -> Any:
    variable.assign_add(x)
    tf.cond(
        variable[0] > 3.0, lambda: variable.assign(variable * -1.0) + 0.0, lambda: variable + 0.0
    )
    return [variable + 0.0, variable.value()]


def clipped(variable: Any, x: Any) -> Any:
    variable.assign_add(x)
    variable.assign(tf.clip_by_value(variable, -2.0, 2.0))
    return [variable.value()]


OTHER: Any = tf.Variable([0.0, 0.0])


@pytest.mark.parametrize(
    "body",
    [
        before_and_after, alias_of_old, swapped, value_used_after_the_next_assignment,
        one_value_for_two, a_variable_of_another, assigned_in_a_branch, clipped,
    ],
)  # fmt: skip
def test_assignments_keep_their_order(body: Callable[..., Any]) -> None:
    def run(wrap: Callable[[Any], Any]) -> list[list[Any]]:
        OTHER.assign([0.0, 0.0])
        variable = tf.Variable([1.0, -2.0])
        function = wrap(lambda x: body(variable, x))
        results = [function(vector(at, 1.5)) for at in range(RUNS)]
        if wrap is tf.function:
            assert programs(function)
        return [*map(numbers, results), numbers([variable, OTHER])]

    assert run(tf.function) == run(lambda function: function)


# -- which programs there are ----------------------------------------------------------------------


def test_sizes_of_a_batch_have_programs_of_their_own() -> None:
    function = tf.function(
        lambda x: tf.reduce_sum(x * 2.0) / tf.cast(tf.shape(x)[0], "float32"),
        input_signature=[tf.TensorSpec([None, 2], "float32")],
    )
    for _ in range(RUNS):
        for size in (1, 2, 5):
            assert float(function(tf.ones([size, 2]))) == 4.0
    assert len(programs(function)) == 3


def test_a_shape_that_is_an_argument_is_not_fixed() -> None:
    function = tf.function(lambda size: tf.fill([size, 2], 1.0) * 2.0)
    for size in (3, 3, 3, 1, 4, 0, 3):
        assert function(tf.constant(size)).shape == (size, 2)
        assert len(programs(function)) <= 1


def test_a_shape_that_depends_on_numbers_is_not_fixed() -> None:
    function = tf.function(lambda x: tf.where(x > 0.0)[:, 0] + 1)
    for given in ([1, 1, 1], [1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 1, 0], [1, 1, 1]):
        expected = [at + 1 for at, one in enumerate(given) if one]
        assert function(vector(*given)).numpy().tolist() == expected


def test_columns_run_operation_by_operation_with_the_same_bits() -> None:
    function = tf.function(lambda x: tf.reduce_sum(tf.sqrt(x) + 1.0, 0))
    x = tf.constant(np.random.default_rng(0).random((6, 4), np.float32))
    turned = tf.constant(np.asfortranarray(x.numpy()))
    for _ in range(RUNS):
        assert numbers([function(x)]) == numbers([tf.reduce_sum(tf.sqrt(x) + 1.0, 0)])
        assert numbers([function(turned)]) == numbers([tf.reduce_sum(tf.sqrt(turned) + 1.0, 0)])


def test_an_error_names_the_operation_that_failed() -> None:
    function = tf.function(lambda x, count: tf.repeat(tf.exp(x), count) + 1.0)
    for _ in range(RUNS):
        assert len(function(vector(1, 2, 3), tf.constant(2))) == 6
    assert programs(function)
    with pytest.raises(InvalidArgumentError, match="repeat: "):
        function(vector(1, 2, 3), tf.constant(-1))
    assert function(vector(0, 0, 0), tf.constant(1)).numpy().tolist() == [2, 2, 2]


def test_threads_do_not_share_buffers() -> None:
    function = tf.function(lambda x: tf.reduce_sum(tf.exp(tf.sqrt(x * x) - x) + 1.0, 1))
    given = [tf.fill([400, 50], float(at)) for at in range(4)]
    for one in given:
        function(one)
    wrong: list[Any] = []

    def work(one: Any) -> None:
        for _ in range(30):
            if function(one).numpy().tolist() != [100.0] * 400:
                wrong.append(one)

    threads = [threading.Thread(target=work, args=(one,)) for one in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_replay_allocates_nothing_for_what_it_does_not_return() -> None:
    variable = tf.Variable(tf.zeros([200, 200]))

    def body(x: Any) -> Any:
        hidden = tf.nn.relu(tf.matmul(x, x) + 1.0)
        variable.assign_sub(tf.exp(-hidden) * 0.5)
        return tf.reduce_sum(hidden)

    function = tf.function(body)
    x = tf.ones([200, 200])
    for _ in range(RUNS):
        function(x)
    tracemalloc.start()
    function(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.numpy().nbytes / 4


# -- operations that write into buffers ------------------------------------------------------------

_ATTRIBUTES: dict[str, list[dict[str, Any]]] = {
    "matmul": [
        {"transpose_a": a, "transpose_b": b, "adjoint_a": False, "adjoint_b": False,
         "a_is_sparse": False, "b_is_sparse": False, "output_type": None}
        for a in (False, True) for b in (False, True)
    ],
    "reduce_sum": [{"axis": axis, "keepdims": keep} for axis in (None, 0, -1, [0, 1], [])
                   for keep in (False, True)],
    "softmax": [{"axis": None}, {"axis": 0}],
    "bias_add": [{"data_format": None}],
    "broadcast_to": [{}],
    "cast": [{"dtype": "int32"}, {"dtype": "float64"}, {"dtype": "bool"}],
}  # fmt: skip
_ATTRIBUTES["reduce_mean"] = _ATTRIBUTES["reduce_sum"]
_ODD = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-30, -3.5, 88.0]


def _writers() -> list[Any]:
    made = {id(one.operation): one.operation for one in OPERATIONS.values()
            if hasattr(one, "operation")}  # fmt: skip
    made.update({id(one): one for one in _unnamed()})
    return [
        pytest.param(one, attributes, id=f"{one.name}-{at}")
        for one in made.values()
        if one.ufunc is not None or one.into is not None
        for at, attributes in enumerate(_ATTRIBUTES.get(one.name, [{}]))
    ]


def _unnamed() -> list[Operation]:
    """Operations that no public name leads to."""
    from densetrace.tensorflow.ops import casting, nn, selecting

    held = [*vars(nn).values(), *vars(selecting).values()]
    found = [getattr(one, "operation", None) for one in held]
    return [casting._CAST, *[one for one in found if isinstance(one, Operation)]]


def _operands(made: Operation, dtype: str, odd: bool) -> list[Any]:
    random = np.random.default_rng(5)
    count = len(made.operand_names)
    found: list[Any] = []
    for at, role in enumerate(made.operand_roles):
        if role == "bool":
            found.append(random.random((6, 6)) < 0.5)
        elif role == "sizes":
            found.append((3, 6, 6))
        else:
            shape = (6,) if made.name == "bias_add" and at == 1 else (6, 6)
            array = random.standard_normal(shape) * 3
            if odd:
                array.flat[: len(_ODD)] = _ODD[::-1] if at else _ODD
            with np.errstate(all="ignore"):
                found.append(array.astype(dtype))
    assert len(found) == count
    return found


@pytest.mark.parametrize(("made", "attributes"), _writers())
@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "bool"])
def test_writing_into_a_buffer_gives_the_same_bits(
    made: Operation, attributes: dict[str, Any], odd: bool, dtype: str
) -> None:
    operands = _operands(made, dtype, odd)
    kinds = made.kinds
    if kinds is not None and np.dtype(dtype).kind not in kinds:
        pytest.skip("no dtype of this operation")
    specs = [
        Spec(TensorShape(one.shape), of_array(one.dtype)) if isinstance(one, np.ndarray) else one
        for one in operands
    ]
    write = made.writer(specs, attributes)
    given = dict(zip(made.operand_names, operands, strict=True))
    with np.errstate(all="ignore"):
        try:
            expected = np.asarray(made.compute(**given, **attributes))
        except (TypeError, InvalidArgumentError):
            pytest.skip("not for these numbers")
        if write is None:
            return
        arrays = [one for one in operands if isinstance(one, np.ndarray)]
        out = np.full(expected.shape, 7, expected.dtype)
        _write(write, arrays, out)
        assert _bits(out) == _bits(expected)
        for at, one in enumerate(arrays) if made.in_place else ():
            if (one.shape, one.dtype) == (expected.shape, expected.dtype):
                copies = [array.copy() for array in arrays]
                _write(write, copies, copies[at])
                assert _bits(copies[at]) == _bits(expected)


def _write(write: Any, arrays: list[Any], out: Any) -> None:
    if isinstance(write, np.ufunc):
        write(*arrays, out=out)
    else:
        write(*arrays, out)


def _bits(array: Any) -> bytes:
    """The bytes of an array, all NaN alike."""
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), array.dtype.type(np.nan), array)
    return bytes(array.tobytes())
