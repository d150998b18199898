"""Recurrent layers and their wrappers: each in its own module, imported on demand.

Follows keras 2.14 layers/rnn/__init__.py.
"""
