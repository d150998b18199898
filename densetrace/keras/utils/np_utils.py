"""`to_categorical`, `to_ordinal` and `normalize`, which work on NumPy arrays.

Follows keras 2.14 utils/np_utils.py.
"""

from typing import Any

import numpy as np

from densetrace.keras._exports import keras_export


@keras_export("keras.utils.to_categorical")
def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> Any:
    """Return classes as rows with a one: i[n] or i[n, 1] -> f32[n, num_classes].

    Follows keras 2.14 utils/np_utils.py, to_categorical.

    Args:
        y: the classes, integers from 0.
        num_classes: the number of classes; one more than the largest if None.
        dtype: the dtype of the result.

    Raises:
        IndexError: if a class is not below `num_classes`.
    """
    classes = np.array(y, dtype="int")
    shape = classes.shape
    if shape and shape[-1] == 1 and len(shape) > 1:
        shape = tuple(shape[:-1])
    classes = classes.reshape(-1)
    if not num_classes:
        num_classes = int(np.max(classes)) + 1
    count = classes.shape[0]
    categorical = np.zeros((count, num_classes), dtype=dtype)
    categorical[np.arange(count), classes] = 1
    return np.reshape(categorical, (*shape, num_classes))


@keras_export("keras.utils.to_ordinal")
def to_ordinal(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> Any:
    """Return classes as rows of as many ones as the class has below it, then zeros.

    With 4 classes, class 2 is [1, 1, 0]: i[n] or i[n, 1] -> f32[n, num_classes - 1].
    Follows keras 2.14 utils/np_utils.py, to_ordinal.

    Args:
        y: the classes, integers from 0.
        num_classes: the number of classes; one more than the largest if None.
        dtype: the dtype of the result.
    """
    classes = np.array(y, dtype="int")
    shape = classes.shape
    if shape and shape[-1] == 1 and len(shape) > 1:
        shape = tuple(shape[:-1])
    classes = classes.reshape(-1)
    if not num_classes:
        num_classes = int(np.max(classes)) + 1
    ordinal = (np.arange(num_classes - 1) < classes[:, None]).astype(dtype)
    return np.reshape(ordinal, (*shape, num_classes - 1))


@keras_export("keras.utils.normalize")
def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """Return an array divided by its norms of an order along an axis; a norm of 0 counts as 1.

    Follows keras 2.14 utils/np_utils.py, normalize.
    """
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)
