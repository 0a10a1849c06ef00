"""Scores as RDF beside the dataset."""
