"""Reads a batch of CIFAR10 and CIFAR100. Follows keras 2.14 datasets/cifar.py."""

from typing import Any

import numpy as np

from densetrace.keras import backend
from densetrace.keras.datasets import _cached


def load_batch(fpath: str, label_key: str = "labels") -> Any:
    """Return the images of a file, u8[samples, 3, 32, 32], and the list of their classes.

    Follows keras 2.14 datasets/cifar.py, load_batch.

    Raises:
        ValueError: if the sizes of the images are others.
    """
    # DEPARTS: Keras unpickles the file, which may run any code. Here the unpickler builds arrays,
    # lists and dicts, and refuses anything else.
    with open(fpath, "rb") as stream:
        batch = _cached.unpickled(stream, encoding="bytes")
    data = np.asarray(batch[b"data"])
    labels = batch[label_key.encode()]
    _cached.expect(data, (len(labels), 3 * 32 * 32), "u")
    return data.reshape(len(data), 3, 32, 32), labels


def in_data_format(images: Any) -> Any:
    """Return images u8[samples, 3, 32, 32] in the image format that is set."""
    return (
        images.transpose(0, 2, 3, 1) if backend.image_data_format() == "channels_last" else images
    )
