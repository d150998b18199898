"""An expression: parsed and checked, never evaluated."""
