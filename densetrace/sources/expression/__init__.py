"""Expressions, which are parsed and checked, never evaluated as Python."""
