"""What is asked of a trace: what two of them differ in, and where a value came from.

Everything here takes a `Trace` and knows nothing of layers, hooks or terminals.
"""
