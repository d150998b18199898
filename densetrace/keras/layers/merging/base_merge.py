"""The base class of the layers that merge several inputs into one output.

Follows keras 2.14 layers/merging/base_merge.py.
"""

from typing import Any

import densetrace.tensorflow as tf
from densetrace.keras import backend
from densetrace.keras.engine.base_layer import Layer
from densetrace.keras.utils import tf_utils
from densetrace.system.real_home import of_keras

Sizes = tuple[int | None, ...]


@of_keras
class _Merge(Layer):
    """A layer called on a list of inputs, which `_merge_function` makes one: sizes of 1 broadcast.

    Follows keras 2.14 layers/merging/base_merge.py, _Merge.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def _merge_function(self, inputs: Any) -> Any:
        raise NotImplementedError

    def _compute_elemwise_op_output_shape(
        self, shape1: Sizes | None, shape2: Sizes | None
    ) -> Sizes | None:
        """Return the shape that two shapes without batch size broadcast to; None if unknown.

        Raises:
            ValueError: if two sizes differ and neither is 1.
        """
        if shape1 is None or shape2 is None:
            return None
        if len(shape1) < len(shape2):
            shape1, shape2 = shape2, shape1
        if not shape2:
            return shape1
        sizes = list(shape1[: -len(shape2)])
        for one, other in zip(shape1[-len(shape2) :], shape2, strict=True):
            if one is None or other is None:
                sizes.append(None)
            elif one == 1 or other == 1:
                sizes.append(other if one == 1 else one)
            elif one == other:
                sizes.append(one)
            else:
                raise ValueError(
                    f"Inputs have incompatible shapes. Received shapes {shape1} and {shape2}"
                )
        return tuple(sizes)

    def _merged_shape(self, shapes: Any) -> Sizes | None:
        """Return the shape of the output without its batch size."""
        merged: Sizes | None = None if shapes[0] is None else shapes[0][1:]
        for shape in shapes[1:]:
            others = None if shape is None else shape[1:]
            merged = self._compute_elemwise_op_output_shape(merged, others)
        return merged

    @tf_utils.shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Check that the shapes fit, and note whether the ranks differ.

        Raises:
            ValueError: if there is no list of shapes, or they do not fit.
            IndexError: if the list of inputs is empty.
        """
        if not isinstance(input_shape[0], tuple):
            raise ValueError(
                "A merge layer should be called on a list of inputs. Received: "
                f"input_shape={input_shape} (not a list of shapes)"
            )
        batch_sizes = {shape[0] for shape in input_shape if shape} - {None}
        if len(batch_sizes) > 1:
            raise ValueError(
                "Cannot merge tensors with different batch sizes. "
                f"Got tensors with shapes {input_shape}"
            )
        self._merged_shape(input_shape)
        self._reshape_required = None in input_shape or len(set(map(len, input_shape))) != 1

    def call(self, inputs: Any) -> Any:
        """Return the inputs merged; those of a lower rank get axes after the first.

        Raises:
            ValueError: if `inputs` is not a list or tuple.
        """
        if not isinstance(inputs, list | tuple):
            raise ValueError(
                "A merge layer should be called on a list of inputs. Received: "
                f"inputs={inputs} (not a list of tensors)"
            )
        if not self._reshape_required:
            return self._merge_function(inputs)
        ranks: list[Any] = [backend.ndim(x) for x in inputs]
        if None in ranks:
            return self._merged_with_unknown_ranks(inputs)
        reshaped = []
        for x, rank in zip(inputs, ranks, strict=True):
            for _ in range(max(ranks) - rank):
                x = tf.expand_dims(x, axis=1)
            reshaped.append(x)
        return self._merge_function(reshaped)

    def _merged_with_unknown_ranks(self, inputs: Any) -> Any:
        """Merge with the batch axis last, so that any ranks broadcast; then put it back."""
        moved = [_batch_last(x) for x in inputs]
        return _batch_first(self._merge_function(moved))

    @tf_utils.shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape that the inputs' shapes broadcast to.

        Raises:
            ValueError: if they do not.
        """
        merged = self._merged_shape(input_shape)
        batch_sizes = {shape[0] for shape in input_shape if shape is not None} - {None}
        batch = batch_sizes.pop() if len(batch_sizes) == 1 else None
        return None if merged is None else (batch, *merged)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the conjunction of the inputs' masks; None if no input has one.

        Raises:
            ValueError: if the masks are not a list as long as that of the inputs.
        """
        if not has_masks(inputs, mask):
            return None
        masks = [tf.expand_dims(each, axis=0) for each in mask if each is not None]
        return backend.all(backend.concatenate(masks, axis=0), axis=0, keepdims=False)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that create an equal layer."""
        return super().get_config()


def has_masks(inputs: Any, mask: Any) -> bool:
    """Return whether any input has a mask.

    Raises:
        ValueError: if the masks are not a list as long as that of the inputs.
    """
    if mask is None:
        return False
    if not isinstance(mask, tuple | list):
        raise ValueError(f"`mask` should be a list. Received: mask={mask}")
    if not isinstance(inputs, tuple | list):
        raise ValueError(f"`inputs` should be a list. Received: inputs={inputs}")
    if len(mask) != len(inputs):
        raise ValueError(
            "The lists `inputs` and `mask` should have the same length. Received: "
            f"inputs={inputs} of length {len(inputs)}, and mask={mask} of length {len(mask)}"
        )
    return any(each is not None for each in mask)


def _batch_last(x: Any) -> Any:
    rank = backend.ndim(x)
    if rank is not None:
        return tf.transpose(x, perm=[*range(1, rank), 0]) if rank > 1 else x
    sizes = tf.shape(x)
    rows = tf.reshape(x, tf.stack([sizes[0], tf.reduce_prod(sizes[1:])], axis=0))
    moved = tf.concat([sizes[1:], tf.expand_dims(sizes[0], axis=-1)], axis=0)
    return tf.reshape(tf.transpose(rows, perm=(1, 0)), moved)


def _batch_first(y: Any) -> Any:
    rank = backend.ndim(y)
    if rank is not None:
        return tf.transpose(y, perm=[rank - 1, *range(rank - 1)]) if rank > 1 else y
    sizes = tf.shape(y)
    columns = tf.reshape(y, tf.stack([-1, sizes[-1]], axis=0))
    moved = tf.concat([tf.expand_dims(sizes[-1], axis=-1), sizes[:-1]], axis=0)
    return tf.reshape(tf.transpose(columns, perm=(1, 0)), moved)
