"""Converts tables to RDF, and builds the dataset from all tables."""
