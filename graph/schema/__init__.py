"""Reads and checks the ontology: terms, documents, linter, versions, formatter."""
