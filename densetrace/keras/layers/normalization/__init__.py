"""Layers that normalize: each in its own module, imported on demand.

Follows keras 2.14 layers/normalization/__init__.py.
"""
