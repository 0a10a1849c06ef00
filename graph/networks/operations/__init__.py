"""What can be asked of a network, the same for HTTP, pages and the command line."""
