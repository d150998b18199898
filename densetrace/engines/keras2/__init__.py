"""Keras 2: its hook points, named as in our stack, and what TensorFlow runs in it."""
