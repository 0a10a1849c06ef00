"""What the library asks of the operating system: files written whole, folders, sandboxes,
frames, daemons.
"""
