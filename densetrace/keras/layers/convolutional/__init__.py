"""Layers of convolutions: each in its own module, imported on demand.

Follows keras 2.14 layers/convolutional/__init__.py.
"""
