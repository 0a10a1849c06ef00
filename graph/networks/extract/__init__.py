"""From the rows of a query to a network: ties, their cache, views, slices."""
