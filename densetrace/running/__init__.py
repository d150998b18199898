"""An expression or a script runs and becomes a trace; two stacks are compared."""
