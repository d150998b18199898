"""The `densetrace` command: a file for each command."""
