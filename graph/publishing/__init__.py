"""Presents the data: descriptions of things, progress, search, catalogue, dumps."""
