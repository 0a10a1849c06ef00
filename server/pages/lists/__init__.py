"""Pages that list: missions, things of a kind, the toolkit, search."""
