"""The operations, a family a module."""
