"""A script that the robustness tests run."""

from tensorflow.keras.layers import Dense  # type: ignore[import-untyped,unused-ignore] # a stand-in module
from tensorflow.keras.utils import set_random_seed  # type: ignore[import-untyped,unused-ignore] # a stand-in module

set_random_seed(1)
layer = Dense(3)
print("made")
layer.build((None, 2))
