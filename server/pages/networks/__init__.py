"""Pages of networks: the explorer, rankings, and networks of a reader's own."""
