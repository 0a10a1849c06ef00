"""SHACL validation of a whole graph, or of what one change can affect."""
