"""Runs the application: waitress, its connections, signals, reload."""
