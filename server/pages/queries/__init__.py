"""Pages of queries: the library and the editor."""
