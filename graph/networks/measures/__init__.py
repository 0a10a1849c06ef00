"""Scores for each node, and the ranking by scores."""
