"""What talks to a terminal: output, and the conversations of quizzes and lessons."""
