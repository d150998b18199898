"""Explanations, glossary, questions and lessons for the steps of a trace, as data."""
