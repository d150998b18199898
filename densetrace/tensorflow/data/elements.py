"""Elements of datasets: structures of tensors, and of the specs that describe them.

An element is a tensor, or a tuple or a dict of elements. Unlike in `tf.nest`, a list is no
structure: it becomes one tensor. Inside of datasets an element is the list of its arrays.

Follows tensorflow/python/data/util: nest.py and structure.py.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from densetrace.tensorflow.convert import convert_to_tensor
from densetrace.tensorflow.shapes import TensorShape, TensorSpec
from densetrace.tensorflow.tensor import Array, Tensor


class NoneTensorSpec:
    """The spec of None in an element."""

    def __repr__(self) -> str:
        return "NoneTensorSpec()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoneTensorSpec)

    def __hash__(self) -> int:
        return hash(NoneTensorSpec)


NONE: Final = NoneTensorSpec()


class Nestable:
    """An element of a dataset that is not a tensor: a dataset."""

    element_spec: Any


class DatasetSpec:
    """The spec of a dataset in an element, such as a window of another dataset. Follows
    tf.data.DatasetSpec."""

    shape: Final = TensorShape([])

    def __init__(self, element_spec: Any) -> None:
        self.element_spec = element_spec

    def __repr__(self) -> str:
        return f"DatasetSpec({self.element_spec!r}, {self.shape!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatasetSpec) and self.element_spec == other.element_spec

    def __hash__(self) -> int:
        return hash((DatasetSpec, *map(str, flatten(self.element_spec))))


def has_datasets(spec: Any) -> bool:
    """Whether something in an element is a dataset."""
    return any(isinstance(leaf, DatasetSpec) for leaf in flatten(spec))


def flatten(structure: Any) -> list[Any]:
    """The leaves of nested tuples and dicts, dicts in the order of their sorted keys."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, tuple):
        return [leaf for item in structure for leaf in flatten(item)]
    return [structure]


def pack(structure: Any, leaves: Iterable[Any]) -> Any:
    """The structure with its leaves replaced by others, in the order of `flatten`."""
    return _packed(structure, iter(leaves))


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(structure, dict):
        packed = {key: _packed(structure[key], leaves) for key in sorted(structure)}
        return type(structure)((key, packed[key]) for key in structure)
    if isinstance(structure, tuple):
        items = [_packed(item, leaves) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else tuple(items)
    return next(leaves)


def tensor_specs(spec: Any) -> list[TensorSpec]:
    """The specs of the tensors of an element, one for each of its arrays."""
    return [leaf for leaf in flatten(spec) if leaf is not NONE]


def element(spec: Any, tensors: Iterable[Any]) -> Any:
    """The element with this spec that consists of these tensors."""
    if type(spec) is TensorSpec:
        return next(iter(tensors))
    rest = iter(tensors)
    return pack(spec, [None if leaf is NONE else next(rest) for leaf in flatten(spec)])


def with_specs(spec: Any, specs: Iterable[TensorSpec]) -> Any:
    """The spec with other specs of its tensors."""
    rest = iter(specs)
    return pack(spec, [leaf if leaf is NONE else next(rest) for leaf in flatten(spec)])


def normalized(value: Any) -> Any:
    """A structure of values as a structure of tensors; None stays None.

    Raises:
        ValueError: when a value is not an array of numbers or strings.
    """
    leaves = [
        leaf if leaf is None or isinstance(leaf, Nestable) else convert_to_tensor(leaf)
        for leaf in flatten(value)
    ]
    return pack(value, leaves)


def spec_of(value: Any) -> Any:
    """The spec of an element, a structure of tensors."""
    return pack(value, map(_spec_of_leaf, flatten(value)))


def _spec_of_leaf(leaf: Any) -> Any:
    if leaf is None:
        return NONE
    if isinstance(leaf, Nestable):
        return DatasetSpec(leaf.element_spec)
    return TensorSpec(leaf.shape, leaf.dtype)


def arrays_of(value: Any) -> list[Any]:
    """The arrays of an element, a structure of eager tensors. A dataset in it stays what it is."""
    return [
        leaf if isinstance(leaf, Nestable) else leaf._array
        for leaf in flatten(value)
        if leaf is not None
    ]


def tensors_of(spec: Any, arrays: list[Array]) -> Any:
    """The element of these arrays, with eager tensors."""
    if type(spec) is TensorSpec:
        return Tensor(arrays[0])
    if has_datasets(spec):
        return element(spec, [one if isinstance(one, Nestable) else Tensor(one) for one in arrays])
    return element(spec, map(Tensor, arrays))


def map_specs(function: Any, spec: Any) -> Any:
    """The spec with a function applied to each spec of a tensor."""
    return pack(spec, [leaf if leaf is NONE else function(leaf) for leaf in flatten(spec)])


def common_spec(spec: Any, other: Any) -> Any:
    """The most specific spec that describes the elements of both.

    Raises:
        TypeError: when their structures or dtypes differ, or their ranks.
    """
    first, second = flatten(spec), flatten(other)
    fits = len(first) == len(second) and all(map(_is_alike, first, second))
    if not fits or pack(spec, range(len(first))) != pack(other, range(len(first))):
        raise TypeError(f"Incompatible dataset elements:\n  {spec} vs.   {other}")
    return pack(spec, map(_merged, first, second))


def _merged(one: Any, two: Any) -> Any:
    if one is NONE:
        return one
    if isinstance(one, DatasetSpec):
        return DatasetSpec(common_spec(one.element_spec, two.element_spec))
    return TensorSpec(one.shape.most_specific_compatible_shape(two.shape), one.dtype)


def _is_alike(one: Any, two: Any) -> bool:
    if one is NONE or two is NONE:
        return one is two
    if isinstance(one, DatasetSpec) or isinstance(two, DatasetSpec):
        return type(one) is type(two)
    return bool(one.dtype == two.dtype)
