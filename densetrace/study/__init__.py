"""Questions about traces: how two of them differ, where a value came from, whether they agree.

Everything here takes a `Trace` and knows nothing of layers, hooks or terminals.
"""
