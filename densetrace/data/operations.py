"""The operations of TensorFlow that are hook points on a real Keras as well as on our stack."""

from typing import Final

ON_EVERY_ENGINE: Final = ("tf.cast", "tf.matmul", "tf.nn.bias_add", "tf.tensordot")
"""A comparison of two engines leaves out the steps of all other operations."""
