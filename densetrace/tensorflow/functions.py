"""`tf.function`: Python runs once per signature of the arguments; later calls replay the graph.

Follows tensorflow/python/eager/polymorphic_function: polymorphic_function.py (which trace may
create variables) and tracing_compilation.py (when a function is traced again).
"""

import functools
import inspect
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NoReturn

from densetrace.recording.hooks import traced
from densetrace.system.real_home import known_as
from densetrace.tensorflow import signature_text, tape, variables
from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.dtypes import of_array
from densetrace.tensorflow.indexed_slices import IndexedSlices
from densetrace.tensorflow.nest import flatten, map_structure, pack_like
from densetrace.tensorflow.operation import export
from densetrace.tensorflow.ops.creating import constant, in_graph
from densetrace.tensorflow.replay import Plan, variables_in
from densetrace.tensorflow.scopes import name_scope
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorSpec
from densetrace.tensorflow.staging import staged
from densetrace.tensorflow.symbolic import (
    Graph,
    GraphTensor,
    Symbol,
    current_graph,
    inside,
    out_of_scope,
)
from densetrace.tensorflow.tape import tensors_in
from densetrace.tensorflow.tensor import Operators, Tensor
from densetrace.tensorflow.trace_type import (
    IteratorKey,
    covers,
    generalized,
    key_of,
    tensor_keys,
    with_tensors,
)

# -- running eagerly -------------------------------------------------------------------------------

_eagerly = False


@export("config.run_functions_eagerly")
def run_functions_eagerly(run_eagerly: bool) -> None:
    """Run Python at each call of a `tf.function` (True), or replay graphs again (False)."""
    global _eagerly
    _eagerly = bool(run_eagerly)


@export("config.functions_run_eagerly")
def functions_run_eagerly() -> bool:
    """Whether each call of a `tf.function` runs Python."""
    return _eagerly


# -- a trace ---------------------------------------------------------------------------------------


@known_as("tensorflow.python.eager.polymorphic_function.concrete_function")
class ConcreteFunction:
    """A function traced for one signature of arguments: a graph that is ready to run.

    Follows tensorflow/python/eager/polymorphic_function/concrete_function.py.
    """

    def __init__(
        self,
        graph: Graph,
        inputs: Sequence[Symbol],
        signature: tuple[tuple[Any, ...], dict[str, Any]],
        parameters: Sequence[inspect.Parameter],
        result: Any,
        bind: Callable[..., Any],
    ) -> None:
        self.graph = graph
        self.inputs = list(inputs)
        self.structured_input_signature = signature
        self.structured_outputs = result
        self._parameters = parameters
        self._leaves = flatten(result)
        self._is_leaf = isinstance(result, Tensor | Symbol)
        self._names = _names_of(result)
        self.outputs = [tensor for leaf in self._leaves for tensor in _parts(leaf)]
        self._plan = Plan(graph, inputs, self.outputs)
        self._bind = bind

    @property
    def name(self) -> str:
        """Its name."""
        return f"__inference_{self.graph.name}"

    @property
    def output_shapes(self) -> Any:
        """The shapes of its results."""
        return map_structure(lambda one: getattr(one, "shape", None), self.structured_outputs)

    @property
    def output_dtypes(self) -> Any:
        """The dtypes of its results."""
        return map_structure(lambda one: getattr(one, "dtype", None), self.structured_outputs)

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables that it reads or assigns."""
        return tuple(variables_in(self.graph))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """The trainable ones of these variables."""
        return tuple(variable for variable in self.variables if variable.trainable)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the graph.

        Raises:
            TypeError: when the arguments are not of the kind that it was traced for.
        """
        return self.run(self._bind(self, args, kwargs))

    def run(self, tensors: Sequence[Any]) -> Any:
        """Run the graph on tensors in place of its inputs, and return the result."""
        results = self._plan.run(tensors)
        if current_graph() is not None:  # constants that the function returns, too
            results = [in_graph(one) if isinstance(one, Tensor) else one for one in results]
        if self._is_leaf:
            return results[0]
        if self._names is not None:
            return dict(zip(self._names, results, strict=True))
        rest = iter(results)
        return pack_like(
            self.structured_outputs,
            [
                IndexedSlices(next(rest), next(rest), next(rest))
                if isinstance(leaf, IndexedSlices)
                else None
                if leaf is None
                else next(rest)
                for leaf in self._leaves
            ],
        )

    def pretty_printed_signature(self, verbose: bool = True) -> str:
        """Its name and parameters, and the tensors that go in and come out."""
        signature = self.structured_input_signature
        names = signature_text.names_of(self._parameters, len(signature[0]))
        if not verbose:
            return signature_text.short(self.graph.name, names, signature)
        leaves = [
            None if leaf is None else TensorSpec(leaf.shape, leaf.dtype) for leaf in self._leaves
        ]
        result = pack_like(self.structured_outputs, leaves)
        return signature_text.long(self.graph.name, names, signature, result)

    def __repr__(self) -> str:
        return (
            f"<ConcreteFunction {self.pretty_printed_signature(verbose=False)} at 0x{id(self):X}>"
        )

    def __str__(self) -> str:
        return f"ConcreteFunction {self.pretty_printed_signature()}"


def _names_of(result: Any) -> list[Any] | None:
    """The keys of a dict of tensors that is sorted by its keys, such as logs; else None."""
    if type(result) is not dict or list(result) != sorted(result):
        return None
    return (
        list(result) if all(isinstance(one, Tensor | Symbol) for one in result.values()) else None
    )


def _parts(leaf: Any) -> tuple[Any, ...]:
    """The tensors of one result: three for IndexedSlices, none for None."""
    if leaf is None:
        return ()
    if isinstance(leaf, IndexedSlices):
        return leaf.values, leaf.indices, leaf.dense_shape
    return (leaf,)


def _as_output(value: Any, name: str) -> Any:
    """A value that a function returned, as a tensor; None stays None."""
    if value is None or isinstance(value, Tensor | Symbol):
        return value
    if isinstance(value, IndexedSlices):
        sizes = value.dense_shape
        sizes = (
            sizes if isinstance(sizes, Tensor | Symbol) else constant(list(value.shape), "int32")
        )
        return IndexedSlices(value.values, value.indices, sizes)
    try:
        return convert_to_tensor(value)
    except (ValueError, TypeError) as error:
        raise TypeError(
            "To be compatible with tf.function, Python functions must return zero or more Tensors "
            "or ExtensionTypes or None values; in compilation of "
            f"{name}, found return value of type {type(value).__name__}, which is not a Tensor or "
            "ExtensionType."
        ) from error


# -- tf.function -----------------------------------------------------------------------------------

_ON_FIRST_CALL_ONLY: Final = (
    "tf.function only supports singleton tf.Variables created on the first call. Make sure the "
    "tf.Variable is only created once or created outside tf.function. See "
    "https://www.tensorflow.org/guide/function#creating_tfvariables for more information."
)
_NOT_LATER: Final = (
    "Creating variables on a non-first call to a function decorated with tf.function."
)


@known_as("tensorflow.python.eager.polymorphic_function.polymorphic_function")
class Function:
    """A Python function that is traced once per signature of its arguments and then replayed."""

    autograph = False

    def __init__(
        self,
        python_function: Callable[..., Any],
        name: str,
        input_signature: Sequence[Any] | None = None,
        reduce_retracing: bool = False,
    ) -> None:
        functools.update_wrapper(self, python_function, updated=())
        self.python_function = python_function
        self.input_signature = None if input_signature is None else tuple(input_signature)
        self._name = name
        self._reduce_retracing = reduce_retracing
        self._traces: dict[Any, ConcreteFunction] = {}
        self._found: dict[Any, ConcreteFunction] = {}
        self._first: list[ConcreteFunction] = []
        self._created: list[bool] | None = None
        self._bound: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()
        self._signature = self.__signature__ = _signature_of(python_function)
        parameters = self._signature.parameters.values()
        self._plain_count = (
            len(parameters)
            if all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
            else -1
        )
        self._signature_key = key_of(self.input_signature, [])

    def __get__(self, instance: Any, owner: Any = None) -> "Function":
        """The function bound to an instance; each instance has its own traces."""
        if instance is None:
            return self
        if instance not in self._bound:
            method = self.python_function.__get__(instance)
            held = weakref.WeakMethod(method)

            @functools.wraps(method)
            def bound(*args: Any, **kwargs: Any) -> Any:
                target = held()
                assert target is not None
                return target(*args, **kwargs)

            del bound.__wrapped__  # it would keep the instance
            bound.__signature__ = inspect.signature(method)  # type: ignore[attr-defined] # read by inspect
            self._bound[instance] = Function(
                bound, self._name, self.input_signature, self._reduce_retracing
            )
            self._bound[instance].autograph = self.autograph
        return self._bound[instance]

    @traced("train_function", point="keras.engine.training.Model.make_train_function")
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function: replay the graph for this signature, or trace it first.

        Raises:
            TypeError: when the arguments do not fit the function or its input signature.
            ValueError: when it creates variables, but on its first call.
        """
        if _eagerly:
            return self.python_function(*args, **kwargs)
        args, kwargs = self._bind(args, kwargs)
        tensors: list[Any] = []
        concrete = self._concrete(args, kwargs, tensors)
        return concrete.run(tensors)

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The trace for arguments of this signature; a `tf.TensorSpec` may replace a tensor."""
        if self.input_signature is not None and not args and not kwargs:
            args = self.input_signature
        args, kwargs = self._bind(args, kwargs)
        return self._concrete(args, kwargs, [])

    def experimental_get_tracing_count(self) -> int:
        """The number of times that Python ran to trace the function."""
        return len(self._first) + len(self._traces)

    def pretty_printed_concrete_signatures(self, verbose: bool = True) -> str:
        """The signatures of all traces, as text."""
        return ("\n\n" if verbose else "\n").join(
            concrete.pretty_printed_signature(verbose) for concrete in self._traces.values()
        )

    def __repr__(self) -> str:
        return (
            "<tensorflow.python.eager.polymorphic_function.polymorphic_function.Function object at "
            f"{id(self):#x}>"
        )

    # -- its arguments -----------------------------------------------------------------------------

    def _bind(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with defaults filled in, converted to the input signature."""
        if kwargs or len(args) != self._plain_count:
            try:
                bound = self._signature.bind(*args, **kwargs)
            except TypeError as error:
                raise self._misfit(error, args, kwargs) from error
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        wanted = self.input_signature
        if wanted is not None:
            if len(args) < len(wanted):
                raise self._misfit("missing arguments", args, kwargs)
            try:
                args = (*map(_cast, wanted, args), *args[len(wanted) :])
            except (TypeError, ValueError) as error:
                raise self._misfit(error, args, kwargs) from error
        return args, kwargs

    def _misfit(self, why: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError:
        return TypeError(
            f"Binding inputs to tf.function failed due to `{why}`. Received args: {args!r:.300} "
            f"and kwargs: {kwargs!r:.300} for signature: {self._signature}."
        )

    def _key(self, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Any]) -> Any:
        wanted = self.input_signature
        if wanted is None:
            keys = [key_of(value, tensors) for value in args]
        else:
            for value in args[: len(wanted)]:
                key_of(value, tensors)
            rest = [key_of(value, tensors) for value in args[len(wanted) :]]
            keys = [*self._signature_key[1:], *rest]
        for name, value in kwargs.items():
            keys += [name, key_of(value, tensors)]
        return tuple(keys)

    # -- its traces --------------------------------------------------------------------------------

    def _concrete(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Any]
    ) -> ConcreteFunction:
        """The trace for these arguments; appends their tensors to the list."""
        key = self._key(args, kwargs, tensors)
        found = self._found.get(key)
        if found is None:
            found = next(
                (trace for general, trace in self._traces.items() if covers(general, key)), None
            )
            if found is None:
                found = self._traced(key, args, kwargs, tensors)
            self._found[key] = found
        if current_graph() is None:
            _check_eager(tensors)
        return found

    def _traced(
        self, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Any]
    ) -> ConcreteFunction:
        if current_graph() is None:
            _check_eager(tensors)
        if self._reduce_retracing:
            for other in self._traces:
                key = generalized(key, other) or key
        if self._created is None:
            self._created = created = []
            concrete = self._trace(key, args, kwargs, tensors, lambda made: created.append(True))
            if not created:
                self._traces[key] = concrete
                return concrete
            # A graph that creates variables cannot run twice, so Python runs a second time.
            self._first.append(concrete)
        message = _ON_FIRST_CALL_ONLY if self._created else _NOT_LATER

        def refuse(variable: Any) -> NoReturn:
            raise ValueError(message)

        concrete = self._traces[key] = self._trace(key, args, kwargs, tensors, refuse)
        return concrete

    def _trace(
        self,
        key: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Any],
        on_variable: Callable[[Any], None],
    ) -> ConcreteFunction:
        """Run Python on symbolic arguments and keep the graph."""
        graph = Graph(self._name)
        inputs = [
            _symbol(found, f"{graph.unique_name(name)}:0", graph)
            for found, name in zip(tensor_keys(key), self._tensor_names(args, kwargs), strict=True)
        ]

        def evaluate(symbol: Symbol) -> Any:
            """The value of a symbol now: for the initial value of a variable."""
            plan = Plan(graph, inputs, [symbol], stateful=False)
            taken = [tensor for node in plan.nodes for tensor in tensors_in(node.operands)]
            needed = {id(tensor) for tensor in [symbol, *taken]}
            values = [
                value if isinstance(value, Tensor) else None if id(one) not in needed else symbol
                for one, value in zip(inputs, tensors, strict=True)
            ]
            if any(value is symbol for value in values):
                return symbol  # it depends on an argument that has no value yet
            with inside(None):
                return plan.run_each(values)[0]

        graph.evaluate = evaluate
        symbols = iter(inputs)
        given = [with_tensors(value, symbols) for value in args]
        named = {name: with_tensors(value, symbols) for name, value in kwargs.items()}
        token = variables.creators.set((on_variable,))
        try:
            with inside(graph), tape.untaped(), name_scope(""):
                try:
                    result = self.python_function(*given, **named)
                except Exception as error:
                    if not self.autograph:
                        raise
                    raise staged(error) from error.__cause__
                leaves = [_as_output(leaf, self._name) for leaf in flatten(result)]
        finally:
            variables.creators.reset(token)
            graph.evaluate = None
        specs = iter([one.spec for one in tensor_keys(key)])
        signature = (
            tuple([with_tensors(value, specs) for value in args]),
            {name: with_tensors(value, specs) for name, value in kwargs.items()},
        )
        parameters = list(self._signature.parameters.values())
        outputs = pack_like(result, leaves)
        return ConcreteFunction(graph, inputs, signature, parameters, outputs, self._bound_to)

    def _tensor_names(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[str]:
        names = [
            name
            for name, one in self._signature.parameters.items()
            if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
        ]
        for at, value in enumerate(args):
            # The values of `*args` have names of their own.
            name = names[at] if at < len(names) else f"{self._rest_name()}_{at - len(names)}"
            yield from (name for _ in _tensors_of(value))
        for name, value in kwargs.items():
            yield from (name for _ in _tensors_of(value))

    def _rest_name(self) -> str:
        parameters = self._signature.parameters.items()
        return next((name for name, one in parameters if one.kind is one.VAR_POSITIONAL), "args")

    def _bound_to(
        self, concrete: ConcreteFunction, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> list[Any]:
        """The tensors among the arguments for a given trace, after checks.

        Python's arguments may be left out, since they are those of the trace.
        """
        wanted, named = concrete.structured_input_signature
        filled = list(wanted)
        names = list(self._signature.parameters)
        filled[: len(args)] = args
        for name, value in kwargs.items():
            if name in names[: len(filled)]:
                filled[names.index(name)] = value
            elif name not in named:
                raise self._misfit(f"got an unexpected keyword argument {name!r}", args, kwargs)
        given = [*filled, *[kwargs.get(name, value) for name, value in named.items()]]
        tensors: list[Any] = []
        try:
            if len(args) > len(wanted):
                raise TypeError("too many positional arguments")
            cast = list(map(_cast, [*wanted, *named.values()], given))
            for value in cast:
                key_of(value, tensors)
            if any(isinstance(value, TensorSpec) for value in tensors):
                raise TypeError("missing a required argument")
        except (TypeError, ValueError) as error:
            raise self._misfit(error, args, kwargs) from error
        return tensors


def _symbol(key: Any, name: str, graph: Graph) -> Symbol:
    """The symbol of an argument: of a tensor, or of an iterator over a dataset."""
    if isinstance(key, IteratorKey):
        symbol: Symbol = key.symbol(key.spec, name, graph)
        return symbol
    shape = UNKNOWN_RANK if key.shape is None else key.shape
    return GraphTensor(shape, of_array(key.dtype), name, graph)


def _signature_of(python_function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(python_function)
    except ValueError:  # Python does not know that of some functions in C
        return inspect.signature(lambda *args, **kwargs: None)


def _tensors_of(value: Any) -> list[Any]:
    found: list[Any] = []
    key_of(value, found)
    return found


def _check_eager(tensors: list[Any]) -> None:
    """Refuse symbolic tensors outside of any graph."""
    for tensor in tensors:
        if isinstance(tensor, GraphTensor):
            raise out_of_scope(tensor)
        if isinstance(tensor, Symbol):
            raise TypeError(
                "You are passing a symbolic input or output of Keras to tf.function, which takes "
                f"tensors. Call it inside of a layer's `call`. Received: {tensor!r}"
            )


def _cast(spec: Any, value: Any) -> Any:
    """An argument, converted as the input signature requires.

    Raises:
        TypeError: when it has another shape or dtype, or is another Python value.
    """
    if isinstance(spec, TensorSpec):
        if not isinstance(value, TensorSpec | Tensor | Symbol):
            value = convert_to_tensor(value, None if isinstance(value, Operators) else spec.dtype)
        if not spec.is_compatible_with(value):
            found = TensorSpec(value.shape, value.dtype)
            raise TypeError(f"Can not cast {found!r} to {spec!r}")
        return value
    if isinstance(spec, dict):
        if not isinstance(value, dict) or sorted(value) != sorted(spec):
            raise TypeError(f"Can not cast {value!r:.80} to {spec!r}")
        return {key: _cast(spec[key], value[key]) for key in spec}
    if isinstance(spec, list | tuple):
        if not isinstance(value, list | tuple) or len(value) != len(spec):
            raise TypeError(f"Can not cast {value!r:.80} to {spec!r}")
        return type(spec)(map(_cast, spec, value))
    same = value is spec if isinstance(spec, Operators) else value == spec
    if not same:
        raise TypeError(f"Can not cast {value!r:.80} to {spec!r}")
    return value


@export("autograph.experimental.do_not_convert")
def do_not_convert(func: Callable[..., Any] | None = None) -> Any:
    """Return the function unchanged: AutoGraph, which this decorator turns off, does not exist
    here."""
    return do_not_convert if func is None else func


@export("function")
def function(
    func: Callable[..., Any] | None = None,
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: Any = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Any:
    """Trace a function once per signature of its arguments and replay the graph. Also a decorator,
    with or without arguments.

    Args:
        func: the function.
        input_signature: a `tf.TensorSpec` for each tensor, or a nest of them: the function is
            traced once, for these.
        reduce_retracing: whether a function that is called with another size is traced for any
            size.
        autograph: accepted.
        jit_compile: accepted.
        experimental_implements: accepted.
        experimental_autograph_options: accepted.
        experimental_attributes: accepted.
        experimental_relax_shapes: another name of `reduce_retracing`.
        experimental_compile: accepted.
        experimental_follow_type_hints: accepted.
    """
    # DEPARTS: AutoGraph, which rewrites `if`, `while` and `for` on tensors, is not implemented: a
    # symbolic tensor raises an error as a Python bool, and the error says what to write instead.
    relaxed = reduce_retracing if experimental_relax_shapes is None else experimental_relax_shapes

    def decorated(python_function: Callable[..., Any]) -> Function:
        name = getattr(python_function, "__name__", type(python_function).__name__)
        found = Function(python_function, name, input_signature, bool(relaxed))
        found.autograph = autograph
        return found

    return decorated if func is None else decorated(func)
