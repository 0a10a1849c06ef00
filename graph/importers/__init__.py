"""Imports open data that others publish: read as published, every row accounted for."""
