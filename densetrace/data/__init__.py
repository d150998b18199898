"""A trace as data: steps, values, their JSON, and how both are worded."""
