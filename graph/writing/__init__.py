"""Writing to a graph: parsing a request, trying it, checking it and recording it in a journal."""
