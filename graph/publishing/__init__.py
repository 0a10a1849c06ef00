"""What is told of the data: descriptions of things, progress, search, catalogue, dumps."""
