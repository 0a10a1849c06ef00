"""Builds networks from the rows of a query: ties, their cache, views, time slices."""
