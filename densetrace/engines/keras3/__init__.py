"""Keras 3, on any of its backends: its hook points, under canonical names."""
