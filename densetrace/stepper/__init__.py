"""Steps through a trace in the terminal, forward and back: cursor, keys, screen, loop."""
