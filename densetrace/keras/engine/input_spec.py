"""The requirements of a layer on its inputs, and the check of inputs against them.

Follows keras 2.14 engine/input_spec.py.
"""

from typing import Any

from densetrace.recording.hooks import traced
from densetrace.system.real_home import of_keras
from densetrace.tensorflow.dtypes import as_dtype
from densetrace.tensorflow.nest import flatten
from densetrace.tensorflow.shapes import TensorShape


@of_keras
class InputSpec:
    """The required rank, shape, dtype and axis sizes of an input; None means any.

    Follows keras 2.14 engine/input_spec.py, InputSpec.

    Raises:
        TypeError: if `axes` is not a dict with integer keys.
        ValueError: if an axis is not less than the rank.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Any = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
    ) -> None:
        self.dtype = None if dtype is None else as_dtype(dtype).name
        known = TensorShape(shape)
        self.shape = None if known.rank is None else tuple(known)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.name = name
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        try:
            axes = axes or {}
            self.axes = {int(axis): axes[axis] for axis in axes}
        except (ValueError, TypeError) as error:
            raise TypeError(
                f"Argument `axes` must be a dict with integer keys. Received: axes={axes}"
            ) from error
        rank = self.ndim or self.max_ndim
        if self.axes and rank is not None and max(self.axes) > rank - 1:
            raise ValueError(f"Axis {max(self.axes)} is greater than the last one: {rank - 1}")

    def __repr__(self) -> str:
        made = [f"{name}={value}" for name, value in self.get_config().items() if value]
        return f"InputSpec({', '.join(made)})"

    def get_config(self) -> dict[str, Any]:
        """Return the requirements as a dict of plain values."""
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "InputSpec":
        """Create a spec from the dict that `get_config` returns."""
        return cls(**config)


def to_tensor_shape(spec: InputSpec) -> TensorShape:
    """Return the shape that a spec requires: None for any size; unknown rank if it sets no rank.

    Follows keras 2.14 engine/input_spec.py, to_tensor_shape.
    """
    if spec.shape is not None:
        return TensorShape(spec.shape)
    if spec.ndim is None:
        return TensorShape(None)
    shape: list[Any] = [None] * spec.ndim
    for axis, size in spec.axes.items():
        shape[axis] = size
    return TensorShape(shape)


@traced("check")
def assert_input_compatibility(input_spec: Any, inputs: Any, layer_name: str) -> None:
    """Check that `inputs` meet the requirements of the layer.

    Follows keras 2.14 engine/input_spec.py, assert_input_compatibility.

    Raises:
        TypeError: if an input has no shape and so is not a tensor.
        ValueError: if the number of inputs, or a rank, dtype or size, does not fit.
    """
    if not input_spec:
        return
    specs = flatten(input_spec)
    if isinstance(inputs, dict):
        names = [spec.name for spec in specs]
        if all(names):
            inputs = _in_order(inputs, names)
    tensors = flatten(inputs)
    for tensor in tensors:
        if not hasattr(tensor, "shape"):
            raise TypeError(
                f"Inputs to a layer should be tensors. Got '{tensor}' (of type {type(tensor)}) "
                f"as input for layer '{layer_name}'."
            )
    if len(tensors) != len(specs):
        raise ValueError(
            f'Layer "{layer_name}" expects {len(specs)} input(s), but it received {len(tensors)} '
            f"input tensors. Inputs received: {inputs}"
        )
    for index, (tensor, spec) in enumerate(zip(tensors, specs, strict=True)):
        problem = None if spec is None else _mismatch(spec, tensor)
        if problem:
            raise ValueError(
                f'Input {index} of layer "{layer_name}" is incompatible with the layer: {problem}'
            )


def _in_order(inputs: dict[str, Any], names: list[str]) -> list[Any]:
    for name in names:
        if name not in inputs:
            raise ValueError(
                f'Missing data for input "{name}". You passed a data dictionary with keys '
                f"{list(inputs)}. Expected the following keys: {names}"
            )
    return [inputs[name] for name in names]


def _mismatch(spec: InputSpec, tensor: Any) -> str | None:
    """Return the mismatch of the tensor as Keras words it, or None if the tensor fits."""
    rank = tensor.shape.rank  # a NumPy scalar is no tensor: its shape is a tuple
    if rank is None:
        return None
    shape = tuple(tensor.shape)
    if spec.ndim not in (None, rank) and not spec.allow_last_axis_squeeze:
        return f"expected ndim={spec.ndim}, found ndim={rank}. Full shape received: {shape}"
    if spec.max_ndim is not None and rank > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={rank}"
    if spec.min_ndim is not None and rank < spec.min_ndim:
        return f"expected min_ndim={spec.min_ndim}, found ndim={rank}. Full shape received: {shape}"
    if spec.dtype not in (None, tensor.dtype.name):
        return f"expected dtype={spec.dtype}, found dtype={tensor.dtype}"
    for axis, size in spec.axes.items():
        if size is not None and shape[axis] not in (size, None):
            return (
                f"expected axis {axis} of input shape to have value {size}, "
                f"but received input with shape {shape}"
            )
    if spec.shape is not None and not _sizes_fit(spec, shape):
        return f"expected shape={spec.shape}, found shape={shape}"
    return None


def _sizes_fit(spec: InputSpec, shape: tuple[int | None, ...]) -> bool:
    wanted = spec.shape or ()
    if spec.allow_last_axis_squeeze:
        shape = shape[:-1] if shape[-1:] == (1,) else shape
        wanted = wanted[:-1] if wanted[-1:] == (1,) else wanted
    return all(
        want is None or size is None or want == size
        for want, size in zip(wanted, shape, strict=False)
    )
