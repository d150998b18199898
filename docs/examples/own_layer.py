# /// script
# requires-python = ">=3.11"
# dependencies = ["densetrace"]
#
# [tool.uv.sources]
# densetrace = { path = "../.." }
# ///
"""Trace a layer that you wrote, print its tree, and ask where its weight comes from."""

import numpy as np

from densetrace import Layer, trace


class Scale(Layer):
    """Multiplies each feature by a weight."""

    def build(self, input_shape):
        self.factor = self.add_weight("factor", shape=(input_shape[-1],), initializer="ones")

    def call(self, inputs):
        return inputs * self.factor


with trace() as recorded:
    Scale()(np.ones((2, 3), "float32"))

print(recorded.tree())
print(recorded.why("factor"))
