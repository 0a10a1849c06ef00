"""A network as a value, and networks made from networks."""
