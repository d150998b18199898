"""Layers that change shapes: each in its own module, imported on demand.

Follows keras 2.14 layers/reshaping/__init__.py.
"""
