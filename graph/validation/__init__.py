"""SHACL, over all data or over what one change can affect."""
