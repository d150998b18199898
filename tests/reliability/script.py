"""What the tests of this room run as somebody's script."""

from tensorflow.keras.layers import Dense  # type: ignore[import-untyped,unused-ignore] # ours

layer = Dense(3)
print("made")
layer.build((None, 2))
