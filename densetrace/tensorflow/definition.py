"""What the definition of an operation declares: its operands, by the annotations of its parameters,
and its rules."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np

from densetrace.tensorflow.dtypes import DType
from densetrace.tensorflow.errors import InvalidArgumentError
from densetrace.tensorflow.shapes import UNKNOWN_RANK, TensorShape, broadcast
from densetrace.tensorflow.tensor import Array


class Operand(np.ndarray[Any, np.dtype[Any]]):
    """Annotates a tensor parameter. The operands of an operation have one dtype."""


class Operands(tuple[Array, ...]):
    """Annotates a parameter that takes a list of tensors of that dtype."""


class Index(Operand):
    """Annotates a tensor parameter that does not share the dtype of the others; Python integers
    become int32."""


class Integers(Operand):
    """Annotates a tensor parameter of integers, of any integer dtype."""


class Condition(Operand):
    """Annotates a tensor parameter of booleans."""


class Sizes(tuple[int, ...]):
    """Annotates a shape, or sizes: integers, a tensor of them, or a list with tensors in it."""


_ROLES: Final = {
    Operand: "same", Operands: "list", Index: "own", Integers: "int", Condition: "bool",
    Sizes: "sizes",
}  # fmt: skip


def role(annotation: Any) -> str:
    """Return the role of a parameter. An optional operand is annotated `Operand | None`."""
    for one in getattr(annotation, "__args__", (annotation,)):
        if one in _ROLES:
            return _ROLES[one]
    return ""


BY_TRUTH: Final = ("keepdims", "conjugate", "stable", "antialias")
"""The flags that TensorFlow reads by the truth of any value; others must be bools."""

Conversion: TypeAlias = Literal["graph", "tensor", "first", "hint", "own"]

FIRST: Final = ("first", "hint", "own")
"""The conversions in which the first operand decides the dtype."""


class Spec(NamedTuple):
    """An operand as a shape rule sees it: shape, dtype, and numbers that are known sizes."""

    shape: TensorShape
    dtype: DType
    known: Any = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Its sizes, where all are known."""
        return tuple([size for size in self.shape if size is not None])


Rule: TypeAlias = Callable[..., Any]
"""From the specs of the operands and the attributes to (shape, dtype), or a list of those."""


def elementwise_rule(*specs: Spec, **attributes: Any) -> tuple[TensorShape, DType]:
    """The broadcast shape, in the dtype of the operands."""
    if len(specs) == 1:
        return specs[0].shape, specs[0].dtype
    return broadcast(*(spec.shape for spec in specs)), specs[0].dtype


class Operation:
    """An operation: its names, its computation, its shape rule and its gradient."""

    __slots__ = (
        "check", "compute", "conversion", "flags", "function", "grad", "in_place", "into",
        "kinds", "may_be_none", "mismatch", "name", "names", "operand_names", "operand_roles",
        "optional", "parameters", "roles", "rule", "stateful", "ufunc", "weight", "widens_half",
    )  # fmt: skip

    def __init__(self, compute: Callable[..., Any], names: tuple[str, ...], **options: Any) -> None:
        self.compute = compute
        self.function: Callable[..., Any] = compute
        self.name = compute.__name__.removeprefix("_")
        self.names = names
        self.rule: Rule = options.get("rule") or elementwise_rule
        self.grad: Callable[..., Any] | None = None
        self.kinds: str | None = options.get("kinds")
        self.check: Callable[..., None] | None = None
        self.conversion: Conversion = options.get("conversion", "graph")
        self.mismatch: type[Exception] = options.get("mismatch", InvalidArgumentError)
        self.widens_half: bool = options.get("widens_half", False)
        self.stateful: bool = options.get("stateful", False)
        self.weight: int = options.get("weight", 1)
        self.ufunc: np.ufunc | None = options.get("ufunc")
        self.in_place: bool = options.get("in_place", self.ufunc is not None)
        self.into: Callable[..., Any] | None = None
        code = compute.__code__
        self.parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        self.roles = [role(compute.__annotations__.get(name)) for name in self.parameters]
        self.operand_names = [
            name for name, role in zip(self.parameters, self.roles, strict=True) if role
        ]
        self.operand_roles = [role for role in self.roles if role]
        defaults = compute.__defaults__ or ()
        last = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
        none_by_default = {one for one, value in zip(last, defaults, strict=True) if value is None}
        self.may_be_none = none_by_default | {
            name
            for name, annotation in compute.__annotations__.items()
            if type(None) in getattr(annotation, "__args__", ())
        }
        self.flags = [name for name in self.parameters if compute.__annotations__.get(name) is bool]
        self.optional = [name in self.may_be_none for name in self.operand_names]

    def check_absent(self, at: int) -> None:
        """Refuse None for the operand at this position, unless it is optional.

        Raises:
            ValueError: when it is not.
        """
        if not self.optional[at]:
            raise ValueError(
                f"{self.name} needs a value for {self.operand_names[at]}. Received: None"
            )

    def read_flags(self, attributes: dict[str, Any]) -> None:
        """Replace each flag that was given as another value by its truth.

        Raises:
            TypeError: when the flag must be a bool.
            ValueError: when its value has no truth: an array of several numbers.
        """
        for name in self.flags:
            value = attributes[name]
            if type(value) is bool:
                continue
            if name not in BY_TRUTH:
                raise TypeError(f"Expected bool for argument {name!r} not {value!r:.80}.")
            attributes[name] = bool(value)

    def lacking(self, attributes: dict[str, Any]) -> Exception | None:
        """The error for an attribute that is None and must not be; None if there is none."""
        for name, value in attributes.items():
            if value is None and name not in self.may_be_none:
                return ValueError(f"{self.name} needs a value for {name}. Received: None")
        return None

    def arguments(
        self, operands: Sequence[Any], attributes: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of a call: those required by position, and by name those that do not have
        their default values."""
        given = dict(zip(self.operand_names, operands, strict=True)) | attributes
        code = self.compute.__code__
        defaults = self.compute.__defaults__ or ()
        named = code.co_varnames[: code.co_argcount]
        optional = dict(zip(named[len(named) - len(defaults) :], defaults, strict=True))
        optional |= self.compute.__kwdefaults__ or {}
        args = tuple(given[name] for name in named if name in given and name not in optional)
        kwargs = {
            name: given[name]
            for name in self.parameters
            if name in given
            and (name not in named or name in optional)
            and not (name in optional and _is_default(given[name], optional[name]))
        }
        return args, kwargs

    def writer(self, specs: Sequence[Any], attributes: dict[str, Any]) -> Callable[..., Any] | None:
        """A function that computes the same into a buffer, its last argument, for operands of these
        shapes and dtypes; None when there is none."""
        dtypes = [spec.dtype.numpy for spec in specs if isinstance(spec, Spec)]
        halves = self.widens_half and np.dtype(np.float16) in dtypes
        if halves or np.dtype(object) in dtypes:
            return None
        if self.into is not None:
            found: Callable[..., Any] | None = self.into(*specs, **attributes)
            return found
        return self.ufunc

    def __repr__(self) -> str:
        return f"<operation tf.{self.names[0]}>"


def _is_default(value: Any, default: Any) -> bool:
    plain = type(value) is type(default) and isinstance(value, bool | int | float | str | tuple)
    return value is default or (plain and value == default)


class PartOfShape(tuple[int | None, ...]):
    """The sizes that a slice takes from a shape of which not all sizes are known.

    As a shape they are known. But TensorFlow computes with the sizes of a shape only where all of
    them are known: `tf.reduce_prod(tf.shape(x)[1:])` is unknown if the size of the batch is.

    Follows tensorflow/core/common_runtime/eval_const_tensor.cc.
    """


def as_constant(known: Any) -> Any:
    """The known numbers of a tensor if TensorFlow computes with them: an int or a tuple of ints."""
    if isinstance(known, PartOfShape) or (isinstance(known, tuple) and None in known):
        return None
    return known


def known_size(size: Any) -> int | None:
    """One size that a shape rule was given: None when it is not known."""
    known = size.known if isinstance(size, Spec) else size
    return known if isinstance(known, int) else None


def known_sizes(sizes: Any) -> tuple[int | None, ...] | None:
    """The sizes that a shape rule received, None for each unknown one; None when even their number
    is unknown."""
    if isinstance(sizes, Spec):
        if isinstance(sizes.known, tuple):
            return sizes.known
        count = sizes.shape[0] if sizes.shape.rank == 1 else None
        return None if count is None else (None,) * count
    return vector_of_sizes(sizes)


def vector_of_sizes(sizes: Any) -> tuple[int, ...]:
    """Known sizes as a vector.

    Raises:
        InvalidArgumentError: when they are nested.
    """
    vector = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    if any(isinstance(one, list | tuple) for one in vector):
        raise InvalidArgumentError(f"Sizes must be a vector. Received: {vector!r:.80}")
    return vector


def shape_of_sizes(sizes: Any) -> TensorShape:
    """The shape that sizes describe, as a shape rule received them: of unknown rank when not even
    their number is known."""
    known = known_sizes(sizes)
    return UNKNOWN_RANK if known is None else TensorShape(known)
