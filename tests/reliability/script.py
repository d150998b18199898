"""A script that the robustness tests run."""

from tensorflow.keras.layers import Dense  # type: ignore[import-untyped,unused-ignore] # a stand-in module

layer = Dense(3)
print("made")
layer.build((None, 2))
