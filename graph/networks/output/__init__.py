"""Pictures and files of networks."""
