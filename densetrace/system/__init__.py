"""The process around us: errors, signals, streams, files, garbage collection, lazy imports."""
