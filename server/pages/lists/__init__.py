"""Pages with lists: missions, things of a kind, the toolkit, search."""
