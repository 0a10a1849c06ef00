"""A score for each node, and the ranking that scores give."""
