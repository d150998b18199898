"""Layers of pooling: each in its own module, imported on demand.

Follows keras 2.14 layers/pooling/__init__.py.
"""
