# /// script
# requires-python = ">=3.11"
# dependencies = ["densetrace"]
#
# [tool.uv.sources]
# densetrace = { path = "../.." }
# ///
"""Print the lookups of a layer: which function looks up what, and what it returns."""

from densetrace import Dense, trace

with trace() as recorded:
    Dense(64, activation="relu", kernel_regularizer="l2")

for step in recorded.find("get"):
    identifier = step.inputs["identifier"]
    if isinstance(identifier, str):
        print(f"{step.point}({identifier!r}) -> {step.result}")
