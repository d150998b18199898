"""The version of densetrace."""

__version__ = "0.1.0"
