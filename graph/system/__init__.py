"""Operating-system services: atomic file writes, folders, sandboxes, framing, daemons."""
