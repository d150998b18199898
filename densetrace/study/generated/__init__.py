"""Test cases generated from a seed: short Keras scripts, as text, for a comparison of two stacks.

`cases.generate(seed, number)` returns one case. Nothing here runs it or knows a layer.
"""
