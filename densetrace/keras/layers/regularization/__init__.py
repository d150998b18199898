"""Layers that regularize, by noise or by a loss: each in its own module, imported on demand.

Follows keras 2.14 layers/regularization/__init__.py.
"""
