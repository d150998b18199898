"""What each step of a trace means, in plain words, and the terms the words use."""
