"""Finds out which organisations of two datasets are the same, by rule and by decision."""
