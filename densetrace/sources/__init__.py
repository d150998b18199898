"""The inputs of a run: an expression, which is parsed, or a script, which is run."""
