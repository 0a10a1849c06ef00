"""Publishes scores of networks as RDF beside the dataset."""
