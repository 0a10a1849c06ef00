"""Pages of networks: the explorer, rankings, a network of one's own."""
