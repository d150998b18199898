"""What a person hands over: an expression that is parsed, or a script that is run."""
