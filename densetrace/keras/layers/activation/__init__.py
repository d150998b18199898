"""Layers that act as activation functions.

Follows keras 2.14 layers/activation/__init__.py.
"""

from densetrace.keras.layers.activation.elu import ELU
from densetrace.keras.layers.activation.leaky_relu import LeakyReLU
from densetrace.keras.layers.activation.prelu import PReLU
from densetrace.keras.layers.activation.relu import ReLU
from densetrace.keras.layers.activation.softmax import Softmax
from densetrace.keras.layers.activation.thresholded_relu import ThresholdedReLU

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU"]
