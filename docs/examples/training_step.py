# /// script
# requires-python = ">=3.11"
# dependencies = ["densetrace"]
#
# [tool.uv.sources]
# densetrace = { path = "../.." }
# ///
"""Train a layer for one batch, and print each variable before and after its update."""

import densetrace

recorded = densetrace.explain("Dense(2, activation='relu')", fit=True, seed=1)

for step in recorded.find("update"):
    print(step.inputs["variable"])
    print("  before:", step.inputs["before"].elements)
    print("  after: ", step.facts["after"].elements)
