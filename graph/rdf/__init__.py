"""RDF in memory and in files: the store, changes to it, formats, and the terms of two libraries."""
