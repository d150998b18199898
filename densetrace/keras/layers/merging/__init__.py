"""Layers that merge several inputs: each in its own module, imported on demand.

Follows keras 2.14 layers/merging/__init__.py.
"""
