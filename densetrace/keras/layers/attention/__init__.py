"""Layers of attention: each in its own module, imported on demand.

Follows keras 2.14 layers/attention/__init__.py.
"""
