"""The dtypes of tensors, as TensorFlow names and prints them."""

from typing import Any, Final

import numpy as np

from densetrace.system.real_home import known_as
from densetrace.tensorflow.missing import OF_TENSORFLOW, NotInDensetraceError, missing

NumpyDType = np.dtype[Any]


@missing(
    "DType",
    "experimental_as_proto experimental_from_proto experimental_type_proto is_subtype_of "
    "most_specific_common_supertype placeholder_value",
    OF_TENSORFLOW,
    properties="as_datatype_enum is_numpy_compatible is_quantized",
)
@known_as("tensorflow.python.framework.dtypes")
class DType:
    """The dtype of a tensor: `tf.float32`. It equals its name and NumPy's dtype.

    Follows tensorflow/python/framework/dtypes.py, DType.
    """

    __slots__ = ("is_bool", "is_complex", "is_floating", "is_integer", "name", "numpy", "size")

    def __init__(self, name: str, dtype: NumpyDType) -> None:
        self.name = name
        self.numpy = dtype
        self.size = dtype.itemsize
        self.is_floating = dtype.kind == "f"
        self.is_integer = dtype.kind in "iu"
        self.is_complex = dtype.kind == "c"
        self.is_bool = dtype.kind == "b"

    @property
    def as_numpy_dtype(self) -> type:
        """NumPy's scalar type: `np.float32`."""
        return self.numpy.type

    @property
    def base_dtype(self) -> "DType":
        """The dtype itself: reference dtypes do not exist here."""
        return self

    @property
    def is_numeric(self) -> bool:
        """Whether there is arithmetic for it."""
        return self.is_floating or self.is_integer or self.is_complex

    @property
    def is_unsigned(self) -> bool:
        """Whether it has integers without a sign."""
        return self.numpy.kind == "u"

    @property
    def real_dtype(self) -> "DType":
        """The dtype of the real part of complex numbers; for other dtypes the dtype itself."""
        return as_dtype(f"float{4 * self.size}") if self.is_complex else self

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of intensities in an image of this dtype: from 0 to 1, or to the largest
        integer.

        Raises:
            ValueError: for a dtype without one.
        """
        if self.is_integer:
            return 0, int(self.max)
        if self.is_bool:
            return 0, True
        if self.name in ("float32", "float64"):
            return 0, 1
        raise ValueError(f"{self} does not have defined limits.")

    @property
    def min(self) -> Any:
        """The smallest number.

        Raises:
            TypeError: for a dtype without one.
        """
        return self._limits().min

    @property
    def max(self) -> Any:
        """The largest number.

        Raises:
            TypeError: for a dtype without one.
        """
        return self._limits().max

    def _limits(self) -> Any:
        if self.is_floating:
            return np.finfo(self.numpy)
        if self.is_integer:
            return np.iinfo(self.numpy)
        raise TypeError(f"Cannot find the limits of {self}.")

    def is_compatible_with(self, other: Any) -> bool:
        """Whether this is the other dtype."""
        result: bool = self == other
        return result

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DType):
            return self is other
        if other is None:
            return False
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"


float16 = DType("float16", np.dtype("float16"))
float32 = DType("float32", np.dtype("float32"))
float64 = DType("float64", np.dtype("float64"))
int8 = DType("int8", np.dtype("int8"))
int16 = DType("int16", np.dtype("int16"))
int32 = DType("int32", np.dtype("int32"))
int64 = DType("int64", np.dtype("int64"))
uint8 = DType("uint8", np.dtype("uint8"))
uint16 = DType("uint16", np.dtype("uint16"))
uint32 = DType("uint32", np.dtype("uint32"))
uint64 = DType("uint64", np.dtype("uint64"))
complex64 = DType("complex64", np.dtype("complex64"))
complex128 = DType("complex128", np.dtype("complex128"))
bool_ = DType("bool", np.dtype("bool"))
string = DType("string", np.dtype(object))

ALL: Final = (
    float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
    complex64, complex128, bool_, string,
)  # fmt: skip

_BY_NAME: Final = {dtype.name: dtype for dtype in ALL} | {"half": float16, "double": float64}
_BY_NUMPY: Final[dict[NumpyDType, DType]] = {dtype.numpy: dtype for dtype in ALL}
_BY_TYPE: Final[dict[type, DType]] = {
    **{dtype.numpy.type: dtype for dtype in ALL},
    float: float32,
    bool: bool_,
    np.str_: string,
    np.bytes_: string,
}
_BY_NUMBER: Final[dict[int, DType]] = dict(
    zip(
        (19, 1, 2, 6, 5, 3, 9, 4, 17, 22, 23, 8, 18, 10, 7),
        ALL,
        strict=True,
    )
)
"""The numbers of dtypes, by which TensorFlow stores them."""


ONLY_IN_TENSORFLOW: Final = frozenset(
    (
        "bfloat16", "float8_e5m2", "float8_e4m3fn", "int4", "uint4", "qint8", "quint8", "qint16",
        "quint16", "qint32", "resource", "variant",
    )
)  # fmt: skip
"""The dtypes of TensorFlow 2.14 that NumPy does not have."""


def as_dtype(value: Any) -> DType:
    """The dtype for a name, a Python type or a NumPy dtype, as TensorFlow resolves it.

    Raises:
        TypeError: when there is no such dtype.
        NotInDensetraceError: when TensorFlow has it, and NumPy does not.
    """
    if type(value) is DType:
        return value
    # DEPARTS: bfloat16 and quantized dtypes, which NumPy does not have, are refused.
    if isinstance(value, str) and value in ONLY_IN_TENSORFLOW:
        raise NotInDensetraceError(
            f"tf.{value}", OF_TENSORFLOW,
            f"The dtype {value} is not part of densetrace: NumPy does not have it.",
        )  # fmt: skip
    try:
        if isinstance(value, str):
            found = _BY_NAME.get("float32" if value == "float" else value)
        elif isinstance(value, np.dtype):
            found = _BY_NUMPY.get(value.newbyteorder("=")) or (
                string if value.kind in "US" else None
            )
        elif isinstance(value, type):
            found = string if value in (object, np.object_) else _BY_TYPE.get(value)
            if found is None and issubclass(value, np.generic):
                found = _BY_NUMPY.get(np.dtype(value))
        elif isinstance(value, int | float | np.generic):
            # A number is looked up among the numbers of dtypes: True is 1, and so float32.
            found = _BY_NUMBER.get(value)  # type: ignore[arg-type] # equal numbers are one key
            if found is None and isinstance(value, np.generic):
                found = as_dtype(value.dtype)
        elif isinstance(value, np.ndarray):
            found = as_dtype(value.dtype)
        else:
            found = None
    except TypeError:
        found = None
    if found is None:
        raise TypeError(f"Cannot convert the argument `type_value`: {value!r:.80} to a dtype.")
    return found


def of_array(dtype: NumpyDType) -> DType:
    """The dtype of an array.

    Raises:
        TypeError: when tensors have no such dtype.
    """
    found = _BY_NUMPY.get(dtype)
    return as_dtype(dtype) if found is None else found
