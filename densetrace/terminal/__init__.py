"""Output to a terminal, pipe or file, progress, and the dialogues of quizzes and lessons."""
