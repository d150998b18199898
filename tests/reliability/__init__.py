"""Robustness tests: hostile input, broken pipes, signals, faults."""
