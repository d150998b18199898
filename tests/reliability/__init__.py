"""What must not break: hostile input, torn pipes, signals, faults."""
