"""`tf.function`: when Python runs, what is replayed, and that numbers are those of eager runs."""

import gc
import inspect
import sys
import weakref
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densetrace import keras
from densetrace.tensorflow.errors import InvalidArgumentError, OperatorNotAllowedInGraphError
from densetrace.tensorflow.exports import modules
from densetrace.tensorflow.nest import map_structure
from densetrace.tensorflow.staging import StagingError
from densetrace.tensorflow.symbolic import Symbol

tf = SimpleNamespace(**modules()[""])
tf.config = SimpleNamespace(**modules()["config"])
tf.random = SimpleNamespace(**modules()["random"])


@pytest.fixture(autouse=True)
def _in_graphs() -> Iterator[None]:
    yield
    tf.config.run_functions_eagerly(False)


def vector(*numbers: float) -> Any:
    return tf.constant(list(numbers), "float32")


def traced(body: Callable[..., Any]) -> Any:
    """`tf.function` as a decorator."""
    return tf.function(body)


def traced_with(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`tf.function` as a decorator with arguments."""
    decorator: Callable[[Callable[..., Any]], Any] = tf.function(**options)
    return decorator


class Counted:
    """A function, and how many times Python ran it."""

    def __init__(self, body: Callable[..., Any], **options: Any) -> None:
        self.runs = 0

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.runs += 1
            return body(*args, **kwargs)

        counted.__signature__ = inspect.signature(body)  # type: ignore[attr-defined] # read by inspect
        self.function = tf.function(counted, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


# -- when Python runs ------------------------------------------------------------------------------


def test_python_runs_once_for_a_shape_and_dtype() -> None:
    double = Counted(lambda x: x + x)
    assert double(vector(1, 2)).numpy().tolist() == [2, 4]
    assert double(vector(3, 4)).numpy().tolist() == [6, 8]
    assert double.runs == 1
    double(vector(1, 2, 3))
    assert double.runs == 2
    double(tf.constant([1, 2]))
    assert double.runs == 3
    assert double.function.experimental_get_tracing_count() == 3


def test_side_effects_of_python_happen_once() -> None:
    seen: list[Any] = []

    @traced
    def f(x: Any) -> Any:
        seen.append(x)
        return x + 1.0

    for _ in range(3):
        f(vector(1))
    assert len(seen) == 1
    assert isinstance(seen[0], Symbol)
    assert str(seen[0]) == 'Tensor("x:0", shape=(1,), dtype=float32)'


def test_arguments_of_python_decide_by_their_value() -> None:
    scale = Counted(lambda x, k=2.0, mode="a": x * k)
    x = vector(1, 2)
    for _ in range(2):
        scale(x)
        scale(x, 2.0)
        scale(x, k=2.0)
        scale(x, mode="a")
    assert scale.runs == 1
    assert scale(x, 3.0).numpy().tolist() == [3, 6]
    scale(x, mode="b")
    assert scale.runs == 3


def test_objects_decide_by_which_they_are_and_nests_by_their_structure() -> None:
    class Thing:
        pass

    first, second = Thing(), Thing()
    f = Counted(lambda x, thing: x[0] + x[1] if isinstance(x, list | tuple) else x["a"] + x["b"])
    a, b = vector(1), vector(2)
    f([a, b], first)
    f([b, a], first)
    assert f.runs == 1
    f((a, b), first)
    f([a, b], second)
    f({"b": a, "a": b}, second)
    f({"a": a, "b": b}, second)
    assert f.runs == 4


def test_variables_decide_by_which_they_are() -> None:
    first, second = tf.Variable(1.0), tf.Variable(5.0)
    f = Counted(lambda v, x: v * x)
    assert float(f(first, tf.constant(2.0))) == 2
    first.assign(3.0)
    assert float(f(first, tf.constant(2.0))) == 6
    assert f.runs == 1
    assert float(f(second, tf.constant(2.0))) == 10


def test_arrays_are_tensors() -> None:
    f = Counted(lambda x: x * 2)
    assert f(np.array([1.0, 2.0], np.float32)).numpy().tolist() == [2, 4]
    assert f(vector(2, 3)).numpy().tolist() == [4, 6]
    assert f.runs == 1
    given = np.ones(2, np.float32)
    kept = tf.function(lambda x: x)(given)
    given[0] = 7
    assert kept.numpy().tolist() == [1, 1]


def test_a_trace_for_any_size_serves_each_size() -> None:
    f = Counted(lambda x: tf.reduce_sum(x))
    f.function.get_concrete_function(tf.TensorSpec([None], "float32"))
    assert float(f(vector(1, 2))) == 3
    assert float(f(vector(1, 2, 3))) == 6
    assert f.runs == 1


def test_sizes_are_relaxed_when_that_is_asked_for() -> None:
    f = Counted(lambda x: x * 2.0, reduce_retracing=True)
    for size in (1, 2, 3, 4):
        f(tf.ones([size]))
    assert f.runs == 2
    strict = Counted(lambda x: x * 2.0)
    for size in (1, 2, 3, 4):
        strict(tf.ones([size]))
    assert strict.runs == 4


def test_input_signature() -> None:
    f = Counted(lambda x, k=3.0: x * k, input_signature=[tf.TensorSpec([None], "float32")])
    assert f(vector(1)).numpy().tolist() == [3]
    assert f([1, 2]).numpy().tolist() == [3, 6]
    assert f.runs == 1
    assert f.function.get_concrete_function()(vector(4)).numpy().tolist() == [12]
    with pytest.raises(TypeError, match="Can not cast"):
        f(tf.constant([[1.0]]))
    with pytest.raises(TypeError, match="Can not cast"):
        f(tf.constant([1], "int32"))
    with pytest.raises(TypeError, match=r"Binding inputs to tf\.function failed"):
        f()
    assert f.runs == 1


def test_input_signature_of_a_nest() -> None:
    spec = tf.TensorSpec([None], "float32")
    f = Counted(lambda pair: pair["a"] - pair["b"], input_signature=[{"a": spec, "b": spec}])
    assert f({"a": vector(3), "b": vector(1)}).numpy().tolist() == [2]
    assert f({"b": vector(3, 1), "a": vector(1, 1)}).numpy().tolist() == [-2, 0]
    assert f.runs == 1


def test_decorators_with_and_without_arguments_keep_name_and_docstring() -> None:
    @traced_with(autograph=False, jit_compile=True, experimental_relax_shapes=True)
    def first(x: Any) -> Any:
        """What it does."""
        return x

    @traced
    def second(x: Any) -> Any:
        return x

    assert (first.__name__, first.__doc__) == ("first", "What it does.")
    assert second.python_function(vector(1)).numpy().tolist() == [1]
    assert list(inspect.signature(second).parameters) == ["x"]
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        second()


def test_objects_that_can_be_called() -> None:
    class Twice:
        def __init__(self) -> None:
            self.runs = 0

        def __call__(self, x: Any) -> Any:
            self.runs += 1
            return x * 2.0

    twice = Twice()
    f = tf.function(twice)
    assert f(vector(1)).numpy().tolist() == f(x=vector(1)).numpy().tolist() == [2]
    assert twice.runs == 1
    assert tf.function(tf.reduce_sum)(vector(1, 2)).numpy() == 3


def test_methods_are_traced_for_each_instance() -> None:
    class Model:
        def __init__(self, factor: float) -> None:
            self.factor, self.runs = factor, 0

        @traced
        def call(self, x: Any) -> Any:
            self.runs += 1
            return x * self.factor

    two, three = Model(2.0), Model(3.0)
    for _ in range(2):
        assert two.call(vector(1)).numpy().tolist() == [2]
        assert three.call(vector(1)).numpy().tolist() == [3]
    assert (two.runs, three.runs) == (1, 1)
    assert two.call.experimental_get_tracing_count() == 1
    assert two.call is two.call
    assert list(inspect.signature(two.call).parameters) == ["x"]
    gone = weakref.ref(two)
    del two
    gc.collect()
    assert gone() is None


def test_what_is_no_argument_for_a_function() -> None:
    f = tf.function(lambda x: x)
    with pytest.raises(TypeError, match="Could not generate a generic TraceType"):
        f({1, 2})
    with pytest.raises(TypeError, match="symbolic input or output of Keras"):
        f(Symbol([2]))


def test_run_functions_eagerly() -> None:
    f = Counted(lambda x: 5)
    assert f(vector(1)).dtype == "int32"
    assert not tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    assert tf.config.functions_run_eagerly()
    assert f(vector(1)) == 5
    assert type(f(vector(1))) is int
    assert f.runs == 3


# -- variables -------------------------------------------------------------------------------------


def test_python_runs_twice_when_the_first_trace_makes_variables() -> None:
    made: list[Any] = []

    def body(x: Any) -> Any:
        if not made:
            made.append(tf.Variable(lambda: tf.ones([2]), name="v"))
        return x * made[0].assign_add([1.0, 1.0])

    f = Counted(body)
    assert f(vector(1, 2)).numpy().tolist() == [2, 4]
    assert f.runs == 2
    assert f.function.experimental_get_tracing_count() == 2
    assert f(vector(1, 2)).numpy().tolist() == [3, 6]
    assert f.runs == 2
    assert made[0].numpy().tolist() == [3, 3]


@pytest.mark.parametrize("initial", [lambda x: tf.ones([2]) * 3.0, lambda x: x + x, lambda x: x])
def test_initial_values_may_be_computed_in_the_function(initial: Callable[[Any], Any]) -> None:
    held: list[Any] = []

    @traced
    def f(x: Any) -> Any:
        if not held:
            held.append(tf.Variable(initial(x)))
        return held[0] + x

    x = vector(1, 2)
    assert f(x).numpy().tolist() == (initial(x) + x).numpy().tolist()


def test_variables_made_again_and_again_are_refused() -> None:
    @traced
    def f(x: Any) -> Any:
        return tf.Variable(1.0) + x

    with pytest.raises(ValueError, match="only supports singleton"):
        f(tf.constant(1.0))

    made: list[Any] = []

    @traced
    def later(x: Any, make: bool) -> Any:
        if make:
            made.append(tf.Variable(1.0))
        return x

    later(tf.constant(1.0), False)
    with pytest.raises(ValueError, match="Creating variables on a non-first call"):
        later(tf.constant(1.0), True)
    assert not made


def test_reads_and_assignments_run_in_order_each_time() -> None:
    v = tf.Variable(1.0)

    @traced
    def f(x: Any) -> Any:
        before = v + 0.0
        v.assign_add(x)
        v.assign_add(x)
        middle = v * 10.0
        v.assign(v * 2.0)
        return before, middle, v

    assert [float(one) for one in f(tf.constant(1.0))] == [1, 30, 6]
    assert [float(one) for one in f(tf.constant(1.0))] == [6, 80, 16]
    assert float(v) == 16
    v.assign(0.0)
    assert [float(one) for one in f(tf.constant(1.0))] == [0, 20, 4]


def test_random_numbers_are_drawn_each_time() -> None:
    f = tf.function(lambda: tf.random.normal([8]))
    assert f().numpy().tolist() != f().numpy().tolist()


def test_a_concrete_function_knows_its_variables() -> None:
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, trainable=False, name="w")
    concrete = tf.function(lambda x: x * v + w).get_concrete_function(tf.TensorSpec([], "float32"))
    assert [one.name for one in concrete.variables] == ["v:0", "w:0"]
    assert [one.name for one in concrete.trainable_variables] == ["v:0"]


# -- what it gives ---------------------------------------------------------------------------------


class Pair(NamedTuple):
    """Two results."""

    a: Any
    b: Any


def test_results_keep_their_structure() -> None:
    @traced
    def f(x: Any) -> Any:
        return {"pair": Pair(x, [x + 1.0, None]), "none": None, "number": 3, "empty": ()}

    for _ in range(2):
        result = f(vector(1))
        assert isinstance(result["pair"], Pair)
        assert result["pair"].b[0].numpy().tolist() == [2]
        assert result["pair"].b[1] is None
        assert result["none"] is None
        assert result["number"].dtype == "int32"
        assert result["empty"] == ()
    assert tf.function(lambda: None)() is None
    assert tf.function(lambda x: [x])(vector(1))[0].numpy().tolist() == [1]


def test_results_that_are_no_tensors_are_refused() -> None:
    with pytest.raises(TypeError, match="must return zero or more Tensors"):
        tf.function(lambda: object())()


def test_concrete_functions_take_what_they_were_traced_for() -> None:
    f = tf.function(lambda x, k: x * k)
    concrete = f.get_concrete_function(tf.TensorSpec([None], "float32"), 2.0)
    assert concrete(vector(1, 2)).numpy().tolist() == [2, 4]
    assert concrete(x=vector(1)).numpy().tolist() == [2]
    assert concrete.outputs[0].shape == [None]
    assert concrete.structured_input_signature[0][0] == tf.TensorSpec([None], "float32")
    for wrong in ((vector(1), 3.0), (tf.constant([1]),), (), (vector(1), 2.0, 1)):
        with pytest.raises(TypeError, match=r"Binding inputs to tf\.function failed"):
            concrete(*wrong)
    assert f.pretty_printed_concrete_signatures() == (
        "<lambda>(x, k=2.0)\n"
        "  Args:\n"
        "    x: float32 Tensor, shape=(None,)\n"
        "  Returns:\n"
        "    float32 Tensor, shape=(None,)"
    )


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "printed"),
    [
        (
            lambda x, training=False: x, (1.0,), {"training": True},
            "(x, training=True) | Args: | x: float32 Tensor, shape=() | "
            "Returns: | float32 Tensor, shape=()",
        ),
        (
            lambda a, b: {"s": b, "d": (b, [a])}, (1.0, "spec"), {},
            "(a, b) | Args: | a: float32 Tensor, shape=() | b: float32 Tensor, shape=<unknown> | "
            "Returns: | {'d': (<1>, [<2>]), 's': <3>} | <1>: float32 Tensor, shape=<unknown> | "
            "<2>: float32 Tensor, shape=() | <3>: float32 Tensor, shape=<unknown>",
        ),
        (
            lambda d: None, ({"a": 1.0, "b": [2.0, "k"]},), {},
            "(d) | Args: | d: {'a': <1>, 'b': [<2>, <3>]} | <1>: float32 Tensor, shape=() | "
            "<2>: float32 Tensor, shape=() | <3>: 'k' | Returns: | NoneTensorSpec()",
        ),
        (
            lambda x, *, y, z=3: [x, None], (1.0,), {"y": 1.0},
            "(x, *, y, z=3) | Args: | x: float32 Tensor, shape=() | y: float32 Tensor, shape=() | "
            "Returns: | [<1>, <2>] | <1>: float32 Tensor, shape=() | <2>: NoneTensorSpec()",
        ),
        (
            lambda *a: a[0], (1.0, 1.0), {},
            "(a_0, a_1) | Args: | a_0: float32 Tensor, shape=() | a_1: float32 Tensor, shape=() | "
            "Returns: | float32 Tensor, shape=()",
        ),
        (lambda: 1, (), {}, "() | Returns: | int32 Tensor, shape=()"),
    ],
)  # fmt: skip
def test_a_traced_function_prints_its_signature(
    function: Any, args: Any, kwargs: Any, printed: str
) -> None:
    def tensors(one: Any) -> Any:
        if one == "spec":
            return tf.TensorSpec(None)
        return tf.constant(one) if isinstance(one, float) else one

    args, kwargs = (map_structure(tensors, given) for given in (args, kwargs))
    concrete = tf.function(function).get_concrete_function(*args, **kwargs)
    lines = [line.strip() for line in str(concrete).split("\n")]
    assert " | ".join(lines) == f"ConcreteFunction <lambda>{printed}"
    assert repr(concrete).startswith(f"<ConcreteFunction {lines[0].split(' ', 1)[1]} at 0x")


def test_errors_come_when_it_is_traced_or_when_it_runs() -> None:
    f = Counted(lambda x, y: tf.matmul(x, y))
    with pytest.raises(ValueError, match="imension"):
        f(tf.ones([2, 3]), tf.ones([2, 3]))
    anything = tf.TensorSpec([None, None], "float32")
    late = Counted(lambda x, y: tf.matmul(x, y), input_signature=[anything, anything])
    with pytest.raises(InvalidArgumentError, match="size"):
        late(tf.ones([2, 3]), tf.ones([2, 3]))
    assert late(tf.ones([2, 3]), tf.ones([3, 1])).shape == [2, 1]


def test_what_python_cannot_follow_is_refused_with_the_way_out() -> None:
    @traced
    def f(x: Any) -> Any:
        return x if x > 0.0 else -x

    with pytest.raises(OperatorNotAllowedInGraphError, match=r"tf\.cond"):
        f(tf.constant(1.0))

    @traced
    def loop(x: Any) -> Any:
        for one in tf.range(x):
            x += one
        return x

    with pytest.raises(OperatorNotAllowedInGraphError, match=r"tf\.unstack"):
        loop(tf.constant(3))


def test_symbols_that_leave_their_function_are_refused() -> None:
    left: list[Any] = []
    tf.function(lambda x: left.append(x))(vector(1))
    with pytest.raises(TypeError, match="out of scope"):
        tf.function(lambda: left[0] + 1.0)()
    with pytest.raises(TypeError, match="out of scope"):
        tf.function(lambda x: x)(left[0])


def test_nested_functions_are_traced_once_and_become_one_list() -> None:
    inner = Counted(lambda x: x * 2.0)
    outer = Counted(lambda x: inner(x) + inner(x + 1.0))
    assert outer(vector(1)).numpy().tolist() == [6]
    assert outer(vector(2)).numpy().tolist() == [10]
    assert inner(vector(1)).numpy().tolist() == [2]
    assert (inner.runs, outer.runs) == (1, 1)
    graph = outer.function.get_concrete_function(vector(1)).graph
    assert [node.operation.name for node in graph.nodes if node.operation.name != "constant"] == [
        "multiply", "add", "multiply", "add"
    ]  # fmt: skip


def test_what_nobody_needs_is_not_run() -> None:
    anything = tf.TensorSpec([None, None], "float32")

    @traced_with(input_signature=[anything])
    def f(x: Any) -> Any:
        tf.matmul(x, x)  # does not fit
        return x + 1.0

    assert f(tf.ones([2, 3])).shape == [2, 3]


# -- gradients -------------------------------------------------------------------------------------


def test_gradients_through_a_function() -> None:
    v = tf.Variable([2.0, 3.0])
    f = Counted(lambda x: tf.reduce_sum(x * v * v))
    x = vector(1, 2)
    for _ in range(2):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        dx, dv = tape.gradient(y, [x, v])
        assert dx.numpy().tolist() == [4, 9]
        assert dv.numpy().tolist() == [4, 12]
    assert f.runs == 1


def test_gradients_in_a_function_and_of_gradients() -> None:
    v = tf.Variable(3.0)

    @traced
    def slope(x: Any) -> Any:
        with tf.GradientTape() as tape:
            y = x * v * v
        return tape.gradient(y, v)

    x = tf.constant(2.0)
    assert float(slope(x)) == 12
    v.assign(1.0)
    assert float(slope(x)) == 4
    with tf.GradientTape() as tape:
        result = slope(x)
    assert float(tape.gradient(result, v)) == 4


def test_tensors_around_a_function_are_constants_of_it_with_gradients() -> None:
    x = vector(1, 2)
    f = Counted(lambda: tf.reduce_sum(x * x))
    for _ in range(2):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f()
        assert tape.gradient(y, x).numpy().tolist() == [2, 4]
    assert f.runs == 1


def test_jacobians_through_a_function() -> None:
    x = vector(1, 2)
    f = tf.function(lambda x: x * x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
    assert tape.jacobian(y, x).numpy().tolist() == [[2, 0], [0, 4]]


def test_the_gradient_of_a_lookup_leaves_a_function_as_slices() -> None:
    table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    def slopes(rows: Any) -> Any:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.gather(table, rows) * 2.0)
        return {"of table": tape.gradient(y, table), "y": y}

    rows = tf.constant([2, 0, 2])
    eager, graph = slopes(rows)["of table"], tf.function(slopes)(rows)["of table"]
    assert type(graph) is type(eager)
    assert tf.convert_to_tensor(graph).numpy().tolist() == [[2, 2], [0, 0], [4, 4]]

    def chosen(rows: Any) -> Any:
        with tf.GradientTape() as tape:
            y = tf.cond(rows[0] > 0, lambda: tf.gather(table, rows), lambda: table[:1])
        return tape.gradient(y, table)

    for _ in range(2):
        found = tf.function(chosen)(rows)
        assert tf.convert_to_tensor(found).numpy().tolist() == [[1, 1], [0, 0], [2, 2]]


def test_a_training_step() -> None:
    w = tf.Variable([[0.5], [-0.5]])
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    y = tf.constant([[1.0], [2.0]])

    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
        w.assign_sub(0.01 * tape.gradient(loss, w))
        return loss

    eager = [float(step()) for _ in range(5)]
    eager_w = w.numpy().tolist()
    w.assign([[0.5], [-0.5]])
    traced = tf.function(step)
    assert [float(traced()) for _ in range(5)] == eager
    assert w.numpy().tolist() == eager_w


_UNARY = ("tanh", "sigmoid", "square", "exp", "abs", "negative", "softplus")
_BINARY = ("add", "subtract", "multiply", "maximum")
_tf_math = SimpleNamespace(**modules()["math"])


@settings(max_examples=30, deadline=None)
@given(
    chain=st.lists(
        st.tuples(
            st.sampled_from([*_UNARY, *_BINARY, "assign", "matmul", "concat"]), st.integers(0)
        ),
        min_size=1,
        max_size=8,
    ),
    seed=st.integers(0, 1000),
)
def test_eager_graph_and_taped_runs_agree_to_the_bit(
    chain: list[tuple[str, int]], seed: int
) -> None:
    numbers = np.random.default_rng(seed)
    x = tf.constant(numbers.normal(0, 0.5, (3, 3)), "float32")
    begin = numbers.normal(0, 0.5, (3, 3)).astype("float32")
    v = tf.Variable(begin)

    def run(x: Any) -> Any:
        made = [x, v]
        for name, at in chain:
            one, two = made[at % len(made)], made[(at // 3) % len(made)]
            if name == "assign":
                v.assign(tf.tanh(one + v))
                made.append(v * 2.0)
            elif name == "matmul":
                made.append(tf.matmul(one, two))
            elif name == "concat":
                made.append(tf.concat([one, two], 0)[:3])
            elif name in _UNARY:
                made.append(getattr(_tf_math, name)(one))
            else:
                made.append(getattr(_tf_math, name)(one, two))
        return made[-1] + v

    def with_gradients(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = run(x)
        return y, *tape.gradient(y, [x, v], unconnected_gradients="zero")

    def bits(results: Any) -> list[bytes]:
        found = [one.numpy().tobytes() for one in (*results, v)]
        v.assign(begin)
        return found

    function = tf.function(run)
    eager = bits(with_gradients(x))
    assert bits([run(x)]) == [eager[0], eager[-1]]
    for _ in range(2):
        assert bits([function(x)]) == [eager[0], eager[-1]]
    assert bits(tf.function(with_gradients)(x)) == eager
    run = function
    assert bits(with_gradients(x)) == eager


# -- choices and loops -----------------------------------------------------------------------------


def test_cond_chooses_when_the_graph_runs() -> None:
    runs: list[str] = []

    def body(x: Any) -> Any:
        def positive() -> Any:
            runs.append("positive")
            return x * 2.0

        def negative() -> Any:
            runs.append("negative")
            return -x

        return tf.cond(x > 0.0, positive, negative)

    assert float(body(tf.constant(3.0))) == 6
    assert runs == ["positive"]
    f = tf.function(body)
    runs.clear()
    assert [float(f(tf.constant(x))) for x in (3.0, -3.0, 1.0)] == [6, 3, 2]
    assert runs == ["positive", "negative"]
    outer = tf.function(lambda x: f(x) + 1.0)
    assert [float(outer(tf.constant(x))) for x in (3.0, -3.0)] == [7, 4]


@pytest.mark.parametrize("where", ["around", "inside", "both"])
def test_gradients_through_cond(where: str) -> None:
    v = tf.Variable(3.0)

    def value(x: Any) -> Any:
        return tf.cond(x > 0.0, lambda: x * v * v, lambda: -x)

    def gradients(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = inner(x) * 2.0
        return tape.gradient(y, [x, v], unconnected_gradients="zero")

    inner = tf.function(value) if where != "inside" else value
    f = tf.function(gradients) if where != "around" else gradients
    for _ in range(2):
        assert [float(one) for one in f(tf.constant(2.0))] == [18, 24]
        assert [float(one) for one in f(tf.constant(-2.0))] == [-2, 0]


def test_branches_may_assign() -> None:
    v = tf.Variable(1.0)

    @traced
    def f(x: Any) -> Any:
        before = v + 0.0

        def more() -> Any:
            v.assign_add(x)
            return v * 10.0

        result = tf.cond(x > 0.0, more, lambda: v * 1.0)
        return before, result, v + 0.0

    assert [float(one) for one in f(tf.constant(1.0))] == [1, 20, 2]
    assert [float(one) for one in f(tf.constant(-1.0))] == [2, 2, 2]


def test_cond_refuses_branches_that_differ() -> None:
    f = tf.function(lambda x: tf.cond(x > 0.0, lambda: x, lambda: (x, x)))
    with pytest.raises(TypeError, match="same number, type, and overall structure"):
        f(tf.constant(1.0))
    with pytest.raises(TypeError, match="must not be a Python bool"):
        tf.function(lambda x: tf.cond(True, lambda: x, lambda: x))(tf.constant(1.0))
    with pytest.raises(TypeError, match="must be callable"):
        tf.cond(True, 1, 2)


def test_branches_that_draw_have_no_gradient_inside_of_a_function() -> None:
    def value(x: Any) -> Any:
        return tf.cond(x > 0.0, lambda: x * tf.random.normal([]), lambda: x)

    def slope(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = value(x)
        return tape.gradient(y, x)

    with pytest.raises(StagingError, match="Put the tape around"):
        tf.function(slope)(tf.constant(1.0))
    value = tf.function(value)
    x = tf.constant(1.0)
    assert float(slope(x)) != float(slope(x))


def test_the_gradient_of_a_branch_does_not_act_again() -> None:
    v = tf.Variable(1.0)

    @traced
    def f(x: Any) -> Any:
        def more() -> Any:
            v.assign_add(1.0)
            return x * x

        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.cond(x > 0.0, more, lambda: x)
        return tape.gradient(y, x)

    assert float(f(tf.constant(3.0))) == 6
    assert float(v) == 2


def test_nests_of_branches() -> None:
    @traced
    def f(x: Any) -> Any:
        inner = lambda: tf.cond(x > 10.0, lambda: x * 100.0, lambda: x * 2.0)  # noqa: E731
        return tf.cond(x > 0.0, inner, lambda: x * 0.0)

    assert [float(f(tf.constant(x))) for x in (11.0, 1.0, -1.0)] == [1100, 2, 0]
    assert (
        float(tf.case([(tf.constant(False), lambda: tf.constant(1.0))], lambda: tf.constant(2.0)))
        == 2
    )


def test_while_loop() -> None:
    def powers(x: Any, count: Any) -> Any:
        return tf.while_loop(
            lambda i, y: i < count, lambda i, y: (i + 1, y * x), (tf.constant(0), tf.constant(1.0))
        )[1]

    assert float(powers(tf.constant(2.0), tf.constant(5))) == 32
    f = tf.function(powers)
    assert [float(f(tf.constant(2.0), tf.constant(n))) for n in (5, 0, 3)] == [32, 1, 8]
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x, tf.constant(3))
    assert float(tape.gradient(y, x)) == 12

    @traced
    def inside(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = powers(x, tf.constant(3))
        return tape.gradient(y, x)

    assert float(inside(x)) == 12


def test_a_loop_inside_of_a_function_has_a_gradient_for_what_it_captures() -> None:
    v = tf.Variable(2.0)

    @traced
    def f(x: Any, count: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.while_loop(lambda i, y: i < count, lambda i, y: (i + 1, y * x * v), [0, 1.0])[1]
        return y, *tape.gradient(y, [x, v])

    assert [float(one) for one in f(tf.constant(3.0), tf.constant(3))] == [216, 216, 324]
    assert [float(one) for one in f(tf.constant(3.0), tf.constant(0))] == [1, 0, 0]


def test_a_loop_that_takes_one_tensor_twice_has_its_second_gradient() -> None:
    @traced
    def f(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * y + x), [0, x])[1]
        return tape.gradient(y, x)

    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        slope = f(x)
    assert float(slope) == 131
    assert float(tape.gradient(slope, x)) == pytest.approx(598)


def test_a_loop_may_assign() -> None:
    v = tf.Variable(1.0)

    @traced
    def f(n: Any) -> Any:
        def body(i: Any) -> Any:
            v.assign(v * 2.0)
            return i + 1

        tf.while_loop(lambda i: i < n, body, [tf.constant(0)])
        return v + 0.0

    assert float(f(tf.constant(3))) == 8
    assert float(f(tf.constant(1))) == 16


def test_loops_with_a_size_that_grows_need_to_say_so() -> None:
    def grow(invariants: Any) -> Any:
        return tf.while_loop(
            lambda i, y: i < 3,
            lambda i, y: (i + 1, tf.concat([y, y], 0)),
            [tf.constant(0), tf.ones([1])],
            shape_invariants=invariants,
        )[1]

    with pytest.raises(ValueError, match="shape_invariants"):
        tf.function(lambda: grow(None))()
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    assert tf.function(lambda: grow(shapes))().shape == [8]


def test_maps() -> None:
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    for run in (lambda f: f, tf.function):
        total = run(lambda x: tf.map_fn(tf.reduce_sum, x))(x)
        assert total.numpy().tolist() == [3, 7]
        pair = run(lambda x: tf.vectorized_map(lambda row: (row * 2.0, row[0]), x))(x)
        assert pair[0].numpy().tolist() == [[2, 4], [6, 8]]
        assert pair[1].numpy().tolist() == [1, 3]
    flags = tf.map_fn(lambda row: row[0] > 1.0, x, fn_output_signature="bool")
    assert flags.numpy().tolist() == [False, True]
    with pytest.raises(TypeError, match="fn_output_signature"):
        tf.map_fn(lambda row: row[0] > 1.0, x)
    unknown = tf.function(
        lambda x: tf.map_fn(tf.reduce_sum, x), input_signature=[tf.TensorSpec([None, 2], "float32")]
    )
    assert unknown(x).numpy().tolist() == [3, 7]


# -- scopes and printing ---------------------------------------------------------------------------


def test_scopes() -> None:
    with tf.name_scope("a") as outer, tf.name_scope("b") as inner:
        assert (outer, inner) == ("a/", "a/b/")
        with tf.name_scope("c/") as absolute:
            assert absolute == "c/"
        with pytest.raises(ValueError, match="must be a string"):
            tf.name_scope(None)

        @traced
        def named() -> None:
            for expected in ("d/", "d_1/"):
                with tf.name_scope("d") as scope:
                    assert scope == expected

        named()
    seen: list[bool] = []

    @traced
    def f(x: Any) -> Any:
        seen.append(tf.executing_eagerly())
        with tf.init_scope():
            seen.append(tf.executing_eagerly())
            assert tf.ones([2]).numpy().tolist() == [1, 1]
        with tf.control_dependencies([x]):
            tf.no_op()
            seen.append(tf.group(x).type == "NoOp")

    assert f(vector(1)) is None
    assert seen == [False, True, True]
    assert tf.executing_eagerly()


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        (lambda: ["x", tf.constant([1.5, 2.0])], "x [1.5 2]"),
        (lambda: [tf.range(10)], "[0 1 2 ... 7 8 9]"),
        (lambda: [tf.constant([[1, 2], [3, 4]])], "[[1 2]\n [3 4]]"),
        (lambda: [tf.constant([[[1], [2]], [[3], [4]]])], "[[[1]\n  [2]]\n\n [[3]\n  [4]]]"),
        (lambda: [tf.constant(1.0) / 3.0, tf.constant(0.1)], "0.333333343 0.1"),
        (lambda: [{"a": tf.constant(True)}, (1, "b")], "{'a': 1} (1, 'b')"),
        (lambda: [tf.constant("text")], "text"),
        (lambda: [tf.constant(["a", "b"])], '["a" "b"]'),
        (lambda: [np.float32(2.5), np.int64(3), np.bool_(True), np.float16(0.1)], "2.5 3 True 0.1"),
        (lambda: [{"a": np.float32(1.5)}, [np.int64(3)]], "{'a': 1.5} [3]"),
        (lambda: [np.array([0.5], "float16"), b"a"], "array([0.5], dtype=float16) b'a'"),
        (lambda: [tf.constant([0.1, 3.1415926], tf.float16)], "[0.0999755859 3.140625]"),
        (lambda: [tf.constant([1 + 2j]), np.complex64(1 + 2j)], "[?] (1+2j)"),
    ],
)
def test_print(given: Any, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    tf.print(*given())
    assert capsys.readouterr() == ("", printed + "\n")

    @traced
    def f() -> None:
        tf.print(*given(), output_stream=sys.stdout)

    f()
    f()
    assert capsys.readouterr() == (f"{printed}\n" * 2, "")


def test_print_takes_and_refuses_options(capsys: pytest.CaptureFixture[str]) -> None:
    tf.print(tf.range(10), 1, summarize=1, sep="|", end="!")
    tf.print(tf.range(8), summarize=-1)
    assert capsys.readouterr().err == "[0 ... 9]|1![0 1 2 3 4 5 6 7]\n"
    with pytest.raises(ValueError, match="Unrecognized keyword"):
        tf.print(1, sepp="")
    with pytest.raises(ValueError, match="output stream"):
        tf.print(1, output_stream=3)


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_a_case_without_a_default_needs_a_true_predicate(wrap: Any) -> None:
    def chosen(a: Any) -> Any:
        return tf.case([(a > 0, lambda: tf.constant(1)), (a > -2, lambda: tf.constant(2))])

    run = wrap(chosen)
    assert [int(run(tf.constant(a))) for a in (1, 0, -1)] == [1, 2, 2]
    with pytest.raises(InvalidArgumentError, match="None of conditions"):
        run(tf.constant(-2))


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_maps_over_tensors_of_several_first_sizes(wrap: Any) -> None:
    def added(pair: Any) -> Any:
        return pair[0] + pair[1]

    mapped = wrap(lambda a, b: tf.map_fn(added, (a, b), fn_output_signature=tf.float32))
    at_once = wrap(lambda a, b: tf.vectorized_map(added, (a, b)))
    one, two, three = (tf.ones((size, 2)) for size in (1, 2, 3))
    for a, b in ((one, three), (two, three), (three, two)):
        with pytest.raises(ValueError, match="incompatible"):
            mapped(a, b)
    assert np.array_equal(at_once(one, three), np.full((3, 2), 2.0))
    assert np.array_equal(at_once(three, one), np.full((3, 2), 2.0))
    with pytest.raises(InvalidArgumentError, match="first size"):
        at_once(two, three)


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_a_vectorized_map_over_no_elements_has_the_shapes_of_results(wrap: Any) -> None:
    def results(x: Any) -> Any:
        return tf.vectorized_map(lambda row: (row * 2, tf.cast(tf.reduce_sum(row), "int32")), x)

    rows, sums = wrap(results)(tf.ones((0, 2)))
    assert rows.shape == (0, 2)
    assert sums.shape == (0,)
    assert sums.dtype == tf.int32


@pytest.mark.parametrize("signature", [None, [tf.TensorSpec([None, 2])]])
def test_the_call_of_a_layer_or_model_may_be_a_function(signature: Any) -> None:
    for base in (keras.layers.Layer, keras.Model):
        ran = []

        class Own(base):  # type: ignore[misc,valid-type] # the base is a variable
            @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
            def call(self, x: Any) -> Any:
                ran.append(x.shape)  # noqa: B023 - called in this turn of the loop
                return x * 2.0

        own = Own()
        for _ in range(2):
            assert own(tf.ones((1, 2))).numpy().tolist() == [[2.0, 2.0]]
        assert len(ran) == 1


def test_a_function_has_the_signature_of_what_it_wraps() -> None:
    def double(x: Any, times: int = 2) -> Any:
        return x * times

    assert inspect.signature(tf.function(double)) == inspect.signature(double)
    assert keras.layers.Lambda(tf.function(double))(tf.ones(1)).numpy().tolist() == [2.0]
